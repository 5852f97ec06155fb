"""Links between cases and marks on people's records: each follows from an entry, and each entry left its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflow.audit.report import Findings, shown
from workflow.errors import StoreError
from workflow.log.entry import time_text
from workflow.rules.case import Case, Contribution, Refusal
from workflow.rules.contribute import contribute
from workflow.rules.procedure import Procedure, Way
from workflow.rules.record import Entry
from workflow.store.pages import pages
from workflow.store.unit import Unit

KINDS = frozenset({"linked", "marked"})
# Links that the engine makes itself, to the sub-cases that a transition opens.
OWN = ("subcase", "spawned")

_LINK = "SELECT seq FROM workflow_link WHERE case_id = ? AND link = ? AND other_id = ?"
_STRAY = (
    "SELECT t.case_id, t.link FROM workflow_link t WHERE NOT EXISTS (SELECT 1 FROM workflow_entry e "
    "WHERE e.case_id = t.case_id AND e.seq = t.seq AND e.kind = 'linked')"
)
_MARKS = "SELECT person, mark, case_id, seq, since, until FROM workflow_mark"
_KEY = ("person", "mark", "case_id", "seq")


Put = tuple[str, str, str, int, str, str | None]
"""A mark as it was put on a record: whose, which, by which entry, from when until when."""
Met = tuple[int, list[Put], list[tuple[str, str, str]]]
"""How many links were met, which marks were put on, and when one was taken off whom."""


class Ties:
    """The tables of links and marks, against the entries."""

    def __init__(self, unit: Unit, findings: Findings) -> None:
        self._unit = unit
        self._findings = findings
        self._links = 0
        self._marks: list[Put] = []
        self._ends: list[tuple[str, str, str]] = []

    @property
    def met(self) -> Met:
        """What was met so far."""
        return self._links, self._marks, self._ends

    def add(self, met: Met) -> None:
        """Take what was met in another process."""
        self._links += met[0]
        self._marks += met[1]
        self._ends += met[2]

    def check(self, procedure: Procedure, case: Case, entry: Entry, ways: tuple[Way, ...]) -> None:
        """One entry: `ways` are those that the transition before it may have gone."""
        if entry.kind == "marked":
            self._marked(procedure, case, entry, ways)
            return
        for code, found in _linked(procedure, case, entry, ways):
            self._findings.add(code, entry.case, entry.seq, **found)
        rows = self._unit.raw(_LINK, entry.case, entry.link, entry.other)
        self._links += len(rows)
        if [row[0] for row in rows] != [entry.seq]:
            self._findings.add("link", entry.case, entry.seq, link=shown(entry.link, quoted=False))

    def _marked(self, procedure: Procedure, case: Case, entry: Entry, ways: tuple[Way, ...]) -> None:
        people: list[Any] = list((entry.data or {}).get("people", ()))
        rules = [rule for way in ways for rule in way.marks if rule.mark == entry.mark]
        if all(list(procedure.related(rule.on, case)) != people or rule.off != bool(entry.off) for rule in rules):
            self._findings.add("mark", entry.case, entry.seq, mark=shown(entry.mark, quoted=False))
        moment = time_text(entry.moment)
        for person in people:
            if entry.off:
                self._ends.append((moment, person, entry.mark or ""))
            else:
                until = time_text(entry.until) if entry.until else None
                self._marks.append((person, entry.mark or "", entry.case, entry.seq, moment, until))

    def finish(self) -> None:
        """After all entries: what the tables hold beside what the entries left."""
        try:
            if self._unit.raw("SELECT COUNT(*) FROM workflow_link")[0][0] != self._links:
                for case, link in self._unit.raw(_STRAY):
                    self._findings.add("link", case, None, link=shown(link, quoted=False))
            rows = {tuple(row[:4]): tuple(row) for page in pages(self._unit, _MARKS, _KEY) for row in page}
        except StoreError as error:
            self._findings.trouble(error)
            return
        for expected in self._ended():
            found = rows.pop(expected[:4], None)
            if found != expected:
                self._findings.add("mark_row", expected[2], expected[3], mark=shown(expected[1], quoted=False))
        for _person, mark, case, seq, *_ in rows.values():
            self._findings.add("mark_row", case, seq if isinstance(seq, int) else None, mark=shown(mark, quoted=False))

    def _ended(self) -> Iterator[tuple[Any, ...]]:
        """The marks, each with the end that one taken off later set to it."""
        for person, mark, case, seq, since, until in self._marks:
            ends = [at for at, whose, what in self._ends if whose == person and what == mark and at >= since]
            first = min(ends, default=None)
            yield person, mark, case, seq, since, first if first and (until is None or first < until) else until


def _linked(
    procedure: Procedure, case: Case, entry: Entry, ways: tuple[Way, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    if entry.link in OWN:
        if not any(way.opens for way in ways):
            yield "link", {"link": entry.link}
        return
    other = {"id": entry.other or ""}
    other |= {name: entry.facts.get(f"other.{name}", "") for name in ("definition", "opened")}
    answer = contribute(procedure, case, Contribution("link", entry.actor, entry.link or "", other), entry.at)
    if isinstance(answer, Refusal):
        codes = ", ".join(sorted({each.code for each in answer.blockers}))
        yield "forbidden", {"found": shown(codes, quoted=False)}
