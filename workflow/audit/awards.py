"""Awards, reckoned again: each assessment from the case as it was, each payment from what was due, each ledger line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from workflow.audit.report import Findings, shown
from workflow.errors import StoreError
from workflow.log.entry import time_text
from workflow.rules.awarding import Act, awarding, fact_of
from workflow.rules.case import Case
from workflow.rules.payments import EXACT, ZERO
from workflow.rules.procedure import Procedure, Way
from workflow.rules.record import Entry
from workflow.store.pages import pages
from workflow.store.statements import READ_AWARDS
from workflow.store.unit import Unit

KINDS = frozenset({"awarded", "approved", "paid", "reversed"})
_KEY = {"awarded": "propose", "approved": "approve", "paid": "pay", "reversed": "reverse"}
_STRAY = (
    "SELECT t.case_id, t.seq, t.line FROM workflow_award t WHERE NOT EXISTS (SELECT 1 FROM workflow_entry e "
    "WHERE e.case_id = t.case_id AND e.seq = t.seq AND e.kind IN ('paid', 'reversed'))"
)


class Moved:
    """The transition on which an award entry follows: the case before it, its entry, and the way that it went."""

    def __init__(self, procedure: Procedure, case: Case, entry: Entry) -> None:
        self.procedure = procedure
        self.case = case
        self.entry = entry

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that the transition may have gone."""
        leaving = self.procedure.leaving[self.case.state].get(self.entry.transition or "", ())
        return tuple(way for way in leaving if way.target(self.case.state) == self.entry.target)

    def expects(self, kind: str, award: str) -> Iterator[Act]:
        """What the rules do with that award, for each way that the transition may have gone."""
        for way in self.ways:
            if award in getattr(way.award, _KEY[kind]):
                yield from self._acts(way, kind, award)

    def _acts(self, way: Way, kind: str, award: str) -> Iterator[Act]:
        data = {**self.case.data, **(self.entry.data or {})}
        entry = self.entry
        _, acts = awarding(self.procedure, self.case, way, entry.actor, data, entry.moment, entry.facts)
        yield from (act for act in acts if act.kind == kind and act.award == award)


class Ledger:
    """The ledger and the budgets, against the entries that paid."""

    def __init__(self, unit: Unit, findings: Findings) -> None:
        self._unit = unit
        self._findings = findings
        self._lines = 0
        self._spent: dict[tuple[str, str], Decimal] = {}

    @property
    def met(self) -> tuple[int, dict[tuple[str, str], Decimal]]:
        """How many lines were met, and what they spent of each budget."""
        return self._lines, self._spent

    def add(self, met: tuple[int, dict[tuple[str, str], Decimal]]) -> None:
        """Count what was met in another process."""
        self._lines += met[0]
        for place, spent in met[1].items():
            self._spent[place] = EXACT.add(self._spent.get(place, ZERO), spent)

    def check(self, entry: Entry, moved: Moved | None) -> None:
        """One entry of an award: that it follows from the transition before it, and that its lines are there."""
        name = entry.award or ""
        said = dict(entry.data or {})
        expected = list(moved.expects(entry.kind, name)) if moved is not None else []
        if all(dict(each.said) != said or each.pool != entry.pool for each in expected):
            found = _figures(said)
            wanted = " or ".join(_figures(each.said) for each in expected)
            self._add("award", entry, award=shown(name, quoted=False), found=found, expected=wanted)
        if entry.kind in ("paid", "reversed"):
            self._rows(entry, moved.procedure.ref.name if moved else "", said)

    def _rows(self, entry: Entry, definition: str, said: Mapping[str, Any]) -> None:
        rows = self._unit.raw(READ_AWARDS, entry.case, entry.seq)
        more = (said.get("currency"), entry.pool, entry.period, time_text(entry.moment))
        wanted = [
            (entry.case, entry.seq, number, definition, entry.award, person, entry.kind, amount, *more)
            for number, (person, amount) in enumerate(said.get("lines", ()))
        ]
        self._lines += len(rows)
        if [tuple(row) for row in rows] != wanted:
            self._add("ledger", entry, award=shown(entry.award, quoted=False))
        if entry.pool is not None and entry.period is not None:
            place = (entry.pool, entry.period)
            for _, amount in said.get("lines", ()):
                self._spent[place] = EXACT.add(self._spent.get(place, ZERO), Decimal(amount))

    def finish(self) -> None:
        """After all entries: no line and no budget that they did not leave."""
        try:
            if self._unit.raw("SELECT COUNT(*) FROM workflow_award")[0][0] != self._lines:
                for case, seq, line in self._unit.raw(_STRAY):
                    self._findings.add("ledger_stray", case, seq, line=str(line))
            for rows in pages(self._unit, "SELECT name, period, spent FROM workflow_pool", ("name", "period")):
                for name, period, spent in rows:
                    self._budget(name, period, spent)
        except StoreError as error:
            self._findings.trouble(error)
            return
        for (name, period), spent in self._spent.items():
            self._findings.add("pool", None, None, pool=fact_of(name, period), found="-", expected=f"{spent:f}")

    def _budget(self, name: Any, period: Any, spent: Any) -> None:
        wanted = self._spent.pop((name, period), None)
        if wanted is None or spent != f"{wanted:f}":
            expected = "-" if wanted is None else f"{wanted:f}"
            place = shown(f"{name} {period}", quoted=False)
            self._findings.add("pool", None, None, pool=place, found=shown(spent), expected=expected)

    def _add(self, code: str, entry: Entry, **params: str) -> None:
        self._findings.add(code, entry.case, entry.seq, **params)


def _figures(said: Mapping[str, Any]) -> str:
    """An assessment by its amount and grade, a payment by its lines."""
    if "lines" in said:
        return shown(" ".join(amount for _, amount in said["lines"]) or "nothing", quoted=False)
    return shown(f"{said.get('amount', '')} {said.get('grade', '')}".strip() or "-", quoted=False)
