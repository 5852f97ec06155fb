"""One chain: each stored entry held against itself and against the one before it. Knows no definition and no case."""

from __future__ import annotations

from typing import Any

import orjson

from workflow.audit.report import Findings, shown
from workflow.log.entry import NO_PREVIOUS, SALT_BYTES, STREAM_NAMES, Malformed, commitment, decode, leaf_hash
from workflow.rules.record import Entry, read_entry
from workflow.store.statements import ENTRY_COLUMNS
from workflow.store.unit import project

_NAMES = tuple(ENTRY_COLUMNS.split(", "))
_PROJECTED = len(_NAMES) - 2
_NUMBERS = tuple(_NAMES.index(name) for name in ("seq", "conforms"))
PAYLOADS = ("data", "reason")

# A row: the columns of the entry, the seq of its place in the waiting list, then seq, commitment, salt and body of
# each payload. What is missing is NULL.
KEY = ("e.case_id", "e.seq")
SELECT = (
    f"SELECT {', '.join(f'e.{name}' for name in _NAMES)}, w.seq, "
    f"{', '.join(f'{name}.seq, {name}.commitment, {name}.salt, {name}.body' for name in PAYLOADS)} "
    "FROM workflow_entry e LEFT JOIN workflow_pending w ON w.case_id = e.case_id AND w.seq = e.seq "
) + " ".join(
    f"LEFT JOIN workflow_payload {name} ON {name}.case_id = e.case_id AND {name}.seq = e.seq AND {name}.name = '{name}'"
    for name in PAYLOADS
)

# Which kinds of entries a stream holds; every other chain is a case.
_KINDS = {
    "store": {"store_created", "store_upgraded", "exported"},
    "definitions": {"definition_installed"},
    "directory": {"actor_added", "role_granted", "role_revoked"},
    "intake": {"refused"},
    "case": {"submitted", "advanced", "refused", "imported"},
}


class Tally:
    """What was met on the way through all chains, to be compared with how many rows the tables have."""

    def __init__(self) -> None:
        self.entries = 0
        self.cases = 0
        self.waiting = 0
        self.payloads = 0


class Chain:
    """The entries of one case or stream, taken in the order of their numbers.

    `whole` is True as long as every entry so far is the one that was written, so that what follows from them can be
    told; `complete` says of the entry taken last whether all its payloads are there.
    """

    def __init__(self, case: Any, origin: str | None, findings: Findings, tally: Tally) -> None:
        self.case = case
        self.name = STREAM_NAMES.get(case, "case") if isinstance(case, str) else "case"
        self.whole = True
        self.complete = True
        self._origin = origin
        self._findings = findings
        self._tally = tally
        self._kinds = _KINDS[self.name]
        self._seq = 0
        self._at = ""
        self._links: tuple[str, ...] = (NO_PREVIOUS,)

    def take(self, row: tuple[Any, ...]) -> Entry | None:
        """Check one stored entry. None when its leaf cannot be read or belongs elsewhere."""
        seq, stored_leaf, stored_hash = row[1], row[_PROJECTED], row[_PROJECTED + 1]
        self._tally.entries += 1
        self._follow(seq)
        if row[_PROJECTED + 2] is None:
            self._found("pending", seq)
        else:
            self._tally.waiting += 1
        links, self._links = self._links, (stored_hash.hex(),) if isinstance(stored_hash, bytes) else ()
        try:
            if not isinstance(stored_leaf, bytes):
                raise Malformed(f"stored as {type(stored_leaf).__name__}")
            leaf = decode(stored_leaf)
        except Malformed as error:
            self._lose("leaf", seq, problem=shown(str(error), quoted=False))
            self._count(row)
            return None
        digest = leaf_hash(stored_leaf)
        if digest != stored_hash:
            self._lose("hash", seq)
            self._links += (digest.hex(),)
        if links and leaf["prev"] not in links:
            self._lose("chain", seq)
        if leaf["at"] < self._at:
            self._found("time", seq, found=leaf["at"], expected=self._at)
        self._at = leaf["at"]
        if leaf["log"] != self._origin and self._origin is not None:
            self._lose("origin", seq, found=shown(leaf["log"]))
        elif leaf["kind"] not in self._kinds:
            self._lose("misplaced", seq, kind=leaf["kind"], chain=self.name, problem=self.name)
        if digest == stored_hash:
            self._compare(row, leaf)
        data, reason = self._payloads(row, leaf)
        if leaf["case"] != row[0] or leaf["seq"] != seq:
            self.whole = False
            return None
        return read_entry(leaf, digest, data, reason)

    def _follow(self, seq: Any) -> None:
        """The number must be the next. After a gap it is counted on from what is there."""
        if not isinstance(seq, int):
            return
        if seq != self._seq + 1:
            self._lose("sequence", seq, expected=str(self._seq + 1), found=str(seq))
            self._links = ()
        self._seq = seq

    def _compare(self, row: tuple[Any, ...], leaf: dict[str, Any]) -> None:
        """Every column must be what the leaf says, in value and in type."""
        expected = project(leaf)
        if row[:_PROJECTED] == expected and all(type(row[at]) is type(expected[at]) for at in _NUMBERS):
            return
        for name, found, wanted in zip(_NAMES, row, expected, strict=False):
            if found != wanted or type(found) is not type(wanted):
                self._found("column", row[1], column=name, found=shown(found), expected=shown(wanted))

    def _count(self, row: tuple[Any, ...]) -> None:
        self._tally.payloads += sum(row[at] is not None for at in range(_PROJECTED + 3, len(row), 4))

    def _payloads(self, row: tuple[Any, ...], leaf: dict[str, Any]) -> tuple[Any, Any]:
        """The data and the reason, None where there is none or none that can be trusted."""
        self.complete = True
        at = _PROJECTED + 3
        data = reason = None
        if row[at] is not None or "data" in leaf:
            data = self._payload("data", dict, leaf, row[1], *row[at : at + 4])
        if row[at + 4] is not None or "reason" in leaf:
            reason = self._payload("reason", str, leaf, row[1], *row[at + 4 :])
        return data, reason

    def _payload(
        self, name: str, kind: type, leaf: dict[str, Any], seq: Any, there: Any, sealed: Any, salt: Any, body: Any
    ) -> Any:
        committed = leaf.get(name)
        if there is not None:
            self._tally.payloads += 1
        if committed is None:
            self._found("payload_stray", seq, name=name)
            return None
        if there is None or (salt is None and body is None):
            return self._spoilt("payload_missing", seq, name)
        if not (
            isinstance(salt, bytes)
            and len(salt) == SALT_BYTES
            and isinstance(body, bytes)
            and isinstance(sealed, bytes)
            and sealed == commitment(salt, body)
            and sealed.hex() == committed
        ):
            return self._spoilt("payload_changed", seq, name)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return self._spoilt("payload_malformed", seq, name, problem=shown(str(error), quoted=False))
        if not isinstance(value, kind):
            problem = f"{type(value).__name__}, not {kind.__name__}"
            return self._spoilt("payload_malformed", seq, name, problem=problem)
        return value

    def _spoilt(self, code: str, seq: Any, name: str, **params: str) -> None:
        self.complete = False
        self._found(code, seq, name=name, **params)

    def _lose(self, code: str, seq: Any, **params: str) -> None:
        self.whole = False
        self._found(code, seq, **params)

    def _found(self, code: str, seq: Any, **params: str) -> None:
        self._findings.add(code, self.case, seq, **params)
