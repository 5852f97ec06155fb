"""The tables beside the entries: each row must follow from an entry, and each entry must have left its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflow.audit.chain import PAYLOADS, Tally
from workflow.audit.report import Findings, shown
from workflow.audit.standing import Delegations, delegated
from workflow.errors import StoreError
from workflow.log.entry import STREAMS
from workflow.rules.case import Case
from workflow.rules.record import Entry
from workflow.store.pages import pages
from workflow.store.statements import DELEGATION_COLUMNS, READ_OWN_REFERENCE, READ_REQUEST
from workflow.store.unit import Unit

_DIRECTORY = STREAMS["directory"]
_STREAMS = ", ".join(f"'{number}'" for number in STREAMS.values())
_PAYLOADS = ", ".join(f"'{name}'" for name in PAYLOADS)
_NO_ENTRY = "NOT EXISTS (SELECT 1 FROM workflow_entry e WHERE e.case_id = t.case_id AND e.seq = t.seq)"

# Rows that follow from nothing. Asked only of a table that has more rows than were met on the way.
_STRAY_CASES = (
    "SELECT t.id FROM workflow_case t WHERE NOT EXISTS (SELECT 1 FROM workflow_entry e WHERE e.case_id = t.id) "
    f"OR t.id IN ({_STREAMS})"
)
_STRAY_PAYLOADS = (
    f"SELECT t.case_id, t.seq, t.name FROM workflow_payload t WHERE t.name NOT IN ({_PAYLOADS}) OR {_NO_ENTRY}"
)
_STRAY_WAITING = f"SELECT t.case_id, t.seq FROM workflow_pending t WHERE {_NO_ENTRY}"
_STRAY_REFERENCES = (
    "SELECT t.case_id, t.reference, t.definition FROM workflow_reference t WHERE NOT EXISTS (SELECT 1 FROM "
    "workflow_case c WHERE c.id = t.case_id AND c.reference = t.reference AND c.definition = t.definition)"
)
_STRAY_REQUESTS = (
    "SELECT t.case_id, t.key, t.definition FROM workflow_request t WHERE NOT EXISTS (SELECT 1 FROM workflow_case c "
    "JOIN workflow_entry e ON e.case_id = c.id AND e.seq = 1 "
    "WHERE c.id = t.case_id AND c.definition = t.definition AND e.key = t.key)"
)


class Ledgers:
    """The tables that hold a row for a case, an entry or a payload."""

    def __init__(self, unit: Unit, findings: Findings) -> None:
        self.rows = 0
        self._unit = unit
        self._findings = findings
        self._references = 0
        self._requests = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many rows were met: of cases, references, keys."""
        return self.rows, self._references, self._requests

    def add(self, counts: tuple[int, int, int]) -> None:
        """Count what was met in another process."""
        self.rows += counts[0]
        self._references += counts[1]
        self._requests += counts[2]

    def opened(self, case: Case, entry: Entry) -> None:
        """A case was opened: its reference, and the key of the request, must lead to it. Raises StoreError."""
        found = self._unit.raw(READ_OWN_REFERENCE, case.reference, case.definition.name)
        self._references += self._led("reference", found, case, entry, reference=shown(case.reference))
        if entry.key is not None:
            found = self._unit.raw(READ_REQUEST, case.definition.name, entry.key)
            self._requests += self._led("request", found, case, entry, key=shown(entry.key))

    def _led(self, code: str, rows: list[Any], case: Case, entry: Entry, **names: str) -> bool:
        if not rows:
            self._findings.add(f"{code}_missing", entry.case, entry.seq, **names)
        elif rows[0][0] != case.id:
            self._findings.add(code, entry.case, entry.seq, found=shown(rows[0][0], quoted=False), **names)
        else:
            return True
        return False

    def finish(self, tally: Tally) -> None:
        """After all entries: no table may hold more than what they left."""
        for case in self._strays("workflow_case", self.rows, _STRAY_CASES):
            self._findings.add("case_unlogged", case[0])
        for case, seq, name in self._strays("workflow_payload", tally.payloads, _STRAY_PAYLOADS):
            self._findings.add("payload_stray", case, seq, name=shown(name, quoted=False))
        for case, seq in self._strays("workflow_pending", tally.waiting, _STRAY_WAITING):
            self._findings.add("pending_stray", case, seq)
        for case, name, definition in self._strays("workflow_reference", self._references, _STRAY_REFERENCES):
            self._findings.add(
                "reference_unlogged", case, reference=shown(name), definition=shown(definition, quoted=False)
            )
        for case, name, definition in self._strays("workflow_request", self._requests, _STRAY_REQUESTS):
            self._findings.add("request_unlogged", case, key=shown(name), definition=shown(definition, quoted=False))

    def _strays(self, table: str, met: int, statement: str) -> Iterator[Any]:
        try:
            if self._unit.raw(f"SELECT COUNT(*) FROM {table}")[0][0] != met:
                yield from self._unit.raw(statement)
        except StoreError as error:
            self._findings.trouble(error)


class People:
    """The stream of the directory, folded, and then held against the directory as it stands."""

    def __init__(self, unit: Unit, findings: Findings) -> None:
        self._unit = unit
        self._findings = findings
        self._people: dict[str, tuple[int, Any]] = {}
        self._grants: dict[tuple[str, str], int] = {}
        self._revoked: dict[tuple[str, str], int] = {}
        self.delegations: Delegations = {}

    def take(self, entry: Entry, complete: bool) -> bool:
        """One more entry. Always True: an entry that cannot follow leaves the directory as it was."""
        who, role = entry.subject or "", entry.role or ""
        if entry.kind == "actor_added":
            if who in self._people:
                return self._odd(entry, "known", actor=who)
            # A name behind a payload that is missing is not known, and so not compared.
            self._people[who] = (entry.seq, (entry.data or {}).get("name") if complete else _Unknown)
        elif who not in self._people:
            return self._odd(entry, "unknown", actor=who)
        elif entry.kind in _PASSING:
            return self._pass_on(entry, who)
        elif entry.kind == "role_granted":
            if (who, role) in self._grants:
                return self._odd(entry, "granted", actor=who, role=role)
            self._grants[who, role] = entry.seq
        else:
            if self._grants.pop((who, role), None) is None:
                return self._odd(entry, "not_granted", actor=who, role=role)
            self._revoked[who, role] = entry.seq
        return True

    def _pass_on(self, entry: Entry, who: str) -> bool:
        """Roles that somebody lets another use or gives away must be theirs; a delegation is revoked once."""
        if entry.kind == "delegation_revoked":
            found = self.delegations.get(entry.number or 0)
            if found is None or found.principal != who or found.revoked is not None:
                return self._odd(entry, "no_delegation", number=str(entry.number))
            self.delegations[entry.number or 0] = found._replace(revoked=entry.at)
            return True
        receiver = entry.receiver or ""
        if receiver not in self._people:
            return self._odd(entry, "unknown", actor=receiver)
        for role in entry.passed or ():
            if (who, role) not in self._grants:
                return self._odd(entry, "not_granted", actor=who, role=role)
        if entry.kind == "delegated":
            self.delegations[entry.seq] = delegated(entry)
            return True
        for role in entry.passed or ():
            del self._grants[who, role]
            self._revoked[who, role] = entry.seq
            self._grants.setdefault((receiver, role), entry.seq)
        return True

    def _odd(self, entry: Entry, problem: str, **names: str) -> bool:
        params = {key: shown(each, quoted=False) for key, each in names.items()}
        self._findings.add("fold", entry.case, entry.seq, problem=problem, **params)
        return True

    def finish(self, whole: bool) -> None:
        """After the last entry: both tables of the directory must say the same. Raises StoreError."""
        if whole:
            self._compare_people()
            self._compare_grants()
            self._compare_delegations()

    def _compare_people(self) -> None:
        left = dict(self._people)
        for rows in pages(self._unit, "SELECT id, name FROM workflow_actor", ("id",)):
            for who, name in rows:
                seq, expected = left.pop(who, (None, None))
                actor = shown(who, quoted=False)
                if seq is None:
                    self._add("actor_unlogged", None, actor=actor)
                elif expected is not _Unknown and name != expected:
                    self._add("actor_name", seq, actor=actor, found=shown(name), expected=shown(expected))
        for who, (seq, _) in left.items():
            self._add("actor_missing", seq, actor=shown(who, quoted=False))

    def _compare_grants(self) -> None:
        left = dict(self._grants)
        for rows in pages(self._unit, "SELECT actor, role FROM workflow_grant", ("actor", "role")):
            for who, role in rows:
                if left.pop((who, role), None) is None:
                    seq = self._revoked.get((who, role))
                    self._add("grant_unlogged" if seq is None else "grant_revoked", seq, **_grant(who, role))
        for (who, role), seq in left.items():
            self._add("grant_missing", seq, **_grant(who, role))

    def _compare_delegations(self) -> None:
        left = {number: each for number, each in self.delegations.items() if each.revoked is None}
        for rows in pages(self._unit, f"SELECT {DELEGATION_COLUMNS} FROM workflow_delegation", ("number",)):
            for row in rows:
                found = left.pop(row[0], None)
                if found is None:
                    self._add("delegation_unlogged", None, number=shown(row[0], quoted=False))
                elif tuple(row[1:]) != found.row():
                    self._add("delegation_changed", row[0], number=str(row[0]))
        for number in left:
            self._add("delegation_missing", number, number=str(number))

    def _add(self, code: str, seq: int | None, **params: str) -> None:
        self._findings.add(code, _DIRECTORY, seq, **params)


_PASSING = frozenset({"delegated", "delegation_revoked", "handed_over"})


class _Unknown:
    """Stands for a name that nobody can tell any more."""


def _grant(who: Any, role: Any) -> dict[str, str]:
    return {"actor": shown(who, quoted=False), "role": shown(role, quoted=False)}
