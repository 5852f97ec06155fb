"""One chain: each stored entry held against itself and against the one before it. Knows no definition and no case."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from workflow.audit.awards import KINDS as AWARDING
from workflow.audit.erasure import Coverings
from workflow.audit.places import Places
from workflow.audit.proceedings import KINDS as PROCEEDING
from workflow.audit.report import Findings, shown
from workflow.audit.ties import KINDS as TYING
from workflow.log.entry import NO_PREVIOUS, SALT_BYTES, STREAM_NAMES, Malformed, commitment, decode, leaf_hash
from workflow.rules.case import Actor
from workflow.rules.record import Entry, read_entry
from workflow.store.statements import ENTRY_COLUMNS
from workflow.store.unit import project

_NAMES = tuple(ENTRY_COLUMNS.split(", "))
_PROJECTED = len(_NAMES) - 2
_WAITING = len(_NAMES)
_PLACE = _WAITING + 1
_FIRST_PAYLOAD = _PLACE + 1
# The place of what waits: no entry of the same chain may stand before it.
_BEHIND_ALL = 2**63
_SEQ, _CONFORMS = _NAMES.index("seq"), _NAMES.index("conforms")
PAYLOADS = ("data", "reason")

# A row: the columns of the entry, its seq where it waits for the tree, its place in the tree, then seq, commitment,
# salt and body of each payload. What is missing is NULL.
KEY = ("e.case_id", "e.seq")
SELECT = (
    f"SELECT {', '.join(f'e.{name}' for name in _NAMES)}, w.seq, l.leaf_index, "
    f"{', '.join(f'{name}.seq, {name}.commitment, {name}.salt, {name}.body' for name in PAYLOADS)} "
    "FROM workflow_entry e LEFT JOIN workflow_pending w ON w.case_id = e.case_id AND w.seq = e.seq "
    "LEFT JOIN workflow_leaf l ON l.case_id = e.case_id AND l.seq = e.seq "
) + " ".join(
    f"LEFT JOIN workflow_payload {name} ON {name}.case_id = e.case_id AND {name}.seq = e.seq AND {name}.name = '{name}'"
    for name in PAYLOADS
)

# Which kinds of entries a stream holds; every other chain is a case.
_KINDS = {
    "store": {
        "store_created",
        "store_upgraded",
        "exported",
        "key_added",
        "key_retired",
        "log_recovered",
        "case_heads",
        "erased",
    },
    "definitions": {"definition_installed"},
    "directory": {"actor_added", "role_granted", "role_revoked", "delegated", "delegation_revoked", "handed_over"},
    "intake": {"refused"},
    "case": {"submitted", "advanced", "refused", "imported", "disclosed", *PROCEEDING, *AWARDING, *TYING},
}


@lru_cache(maxsize=10_000)
def _known(who: str, roles: tuple[str, ...], acting_for: str | None, under: tuple[int, ...] | None) -> Actor:
    return Actor(who, roles, acting_for, under)


def _actor(part: dict[str, Any]) -> Actor:
    """The same few people act again and again."""
    under = tuple(part["under"]) if "under" in part else None
    return _known(part["id"], tuple(part.get("role", ())), part.get("for"), under)


class Tally:
    """What was met on the way through all chains, to be compared with how many rows the tables have."""

    def __init__(self) -> None:
        self.entries = 0
        self.cases = 0
        self.waiting = 0
        self.placed = 0
        self.payloads = 0
        self.destroyed = 0

    def add(self, other: Tally) -> None:
        """Count what was met elsewhere too."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


class Chain:
    """The entries of one case or stream, taken in the order of their numbers.

    `whole` is True as long as every entry so far is the one that was written, so that what follows from them can be
    told; `complete` says of the entry taken last whether all its payloads are there.
    """

    def __init__(
        self,
        case: Any,
        origin: str | None,
        findings: Findings,
        tally: Tally,
        places: Places | None = None,
        coverings: Coverings | None = None,
    ) -> None:
        self.case = case
        self.name = STREAM_NAMES.get(case, "case") if isinstance(case, str) else "case"
        self.whole = True
        self.complete = True
        # Of the stream of the store: the leaf taken last, and its place.
        self.leaf: dict[str, Any] = {}
        self.index: Any = None
        self._origin = origin
        self._findings = findings
        self._tally = tally
        self._kinds = _KINDS[self.name]
        self._seq = 0
        self._at = ""
        self._links: tuple[str, ...] = (NO_PREVIOUS,)
        self._places = places
        self._index = -1
        self._coverings = coverings or Coverings()
        self._gone = self._coverings.here(case)
        self._missing: list[tuple[Any, str]] = []
        self._kept: list[tuple[Any, str]] = []

    def close(self) -> None:
        """After the last entry: weigh the payloads that are missing."""
        if self._missing or self._kept:
            weigh = self._coverings.weigh
            self._tally.destroyed += weigh(self.case, self._missing, self._kept, self._findings)

    def take(self, row: tuple[Any, ...]) -> Entry | None:
        """Check one stored entry. None when its leaf is not the one that was written here.

        Such an entry is one finding: nothing else that it says is held against it or against the next.
        """
        seq, stored, digest = row[1], row[_PROJECTED], row[_PROJECTED + 1]
        self._tally.entries += 1
        links, self._links = self._links, ()
        try:
            if not isinstance(stored, bytes):
                raise Malformed(f"stored as {type(stored).__name__}")
            leaf = decode(stored)
        except Malformed as error:
            self._damaged(row, "leaf", problem=shown(str(error), quoted=False))
            return None
        if (computed := leaf_hash(stored)) != digest:
            # The next entry shows which of the two was changed; both are known to be its link.
            self._links = (computed.hex(), digest.hex()) if isinstance(digest, bytes) else (computed.hex(),)
            self._damaged(row, "hash")
            return None
        if leaf["case"] != row[0] or leaf["seq"] != seq:
            self._count(row)
            self._compare(row, leaf)
            self.whole = False
            return None
        if self._follow(seq) and links and leaf["prev"] not in links:
            self._lose("chain", seq)
        self._links = (computed.hex(),)
        if leaf["at"] < self._at:
            self._found("time", seq, found=leaf["at"], expected=self._at)
        self._at = leaf["at"]
        if leaf["log"] != self._origin and self._origin is not None:
            self._lose("origin", seq, found=shown(leaf["log"]))
        elif leaf["kind"] not in self._kinds:
            self._lose("misplaced", seq, kind=leaf["kind"], chain=self.name, problem=self.name)
        self._stands(row, computed, leaf)
        self._compare(row, leaf)
        data, reason = self._payloads(row, leaf)
        if "panel" in leaf:
            self._coverings.of(leaf)
        if self.name == "store":
            self._coverings.of(leaf)
            self.leaf, self.index = leaf, row[_PLACE]
        return read_entry(leaf, computed, data, reason, _actor(leaf["actor"]))

    def _damaged(self, row: tuple[Any, ...], code: str, **params: str) -> None:
        if isinstance(row[1], int):
            self._follow(row[1])
        computed = leaf_hash(row[_PROJECTED]) if isinstance(row[_PROJECTED], bytes) else b""
        self._stands(row, computed, None)
        self._count(row)
        self._lose(code, row[1], **params)

    def _stands(self, row: tuple[Any, ...], computed: bytes, leaf: dict[str, Any] | None) -> None:
        """Where the entry stands in the tree, or that it waits for a place there: one of both, and in order."""
        waits, index, places = row[_WAITING], row[_PLACE], self._places
        if waits is not None:
            self._tally.waiting += 1
        if index is None:
            if waits is None:
                self._found("pending", row[1])
            self._index = _BEHIND_ALL
        else:
            self._tally.placed += 1
            if waits is not None:
                self._found("pending_placed", row[1])
            if type(index) is not int or places is None or not places.put(index, computed, leaf):
                self._found("leaf_place", row[1], found=shown(index))
                return
            if index <= self._index:
                self._found("leaf_order", row[1], found=str(index))
            self._index = index
        if leaf is not None and "after" in leaf and places is not None:
            after = leaf["after"]
            if not places.claim(after, leaf["at"]) or (index is not None and after["size"] > index):
                self._found("after", row[1], size=str(after["size"]))

    def _follow(self, seq: int) -> bool:
        """The number must be the next. After a gap it is counted on from what is there."""
        expected, self._seq = self._seq + 1, seq
        if seq != expected:
            self._lose("sequence", seq, expected=str(expected), found=str(seq))
        return seq == expected

    def _compare(self, row: tuple[Any, ...], leaf: dict[str, Any]) -> None:
        """Every column must be what the leaf says, in value and in type."""
        expected = project(leaf)
        # 1 equals 1.0 and True; of all other values, equal ones are of one type.
        if row[:_PROJECTED] == expected and type(row[_SEQ]) is int and type(row[_CONFORMS]) in (int, type(None)):
            return
        for name, found, wanted in zip(_NAMES, row, expected, strict=False):
            if found != wanted or type(found) is not type(wanted):
                self._found("column", row[1], column=name, found=shown(found), expected=shown(wanted))

    def _count(self, row: tuple[Any, ...]) -> None:
        self._tally.payloads += sum(row[at] is not None for at in range(_FIRST_PAYLOAD, len(row), 4))

    def _payloads(self, row: tuple[Any, ...], leaf: dict[str, Any]) -> tuple[Any, Any]:
        """The data and the reason, None where there is none or none that can be trusted."""
        self.complete = True
        at = _FIRST_PAYLOAD
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
        if there is None:
            return self._spoilt("payload_missing", seq, name)
        if salt is None and body is None and isinstance(sealed, bytes) and sealed.hex() == committed:
            # What is destroyed leaves its row; whether it may be, an entry must say.
            self.complete = False
            self._missing.append((seq, name))
            return None
        if self._gone and (seq, name) in self._gone:
            self._kept.append((seq, name))
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
