"""The ledger of awards, read by keyset pages: what was paid, and what was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from workflow.store.statements import AWARD_COLUMNS
from workflow.store.unit import Unit

_PAGE = 500


class AwardLine(NamedTuple):
    """One line of the ledger; `amount` is below zero where something was taken back. Amounts are decimals as text."""

    case: str
    seq: int
    line: int
    definition: str
    award: str
    person: str
    kind: str
    amount: str
    currency: str
    pool: str | None
    period: str | None
    at: str
    reference: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


def award_lines(
    unit: Unit,
    *,
    case: str | None = None,
    definition: str | None = None,
    award: str | None = None,
    person: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
) -> Iterator[AwardLine]:
    """The lines that fit all that is given, in the order of their times."""
    asked = {
        "t.case_id = ?": case,
        "t.definition = ?": definition,
        "t.award = ?": award,
        "t.person = ?": person,
        "t.at >= ?": since,
        "t.at <= ?": until,
    }
    chosen = {clause: value for clause, value in asked.items() if value is not None}
    clauses = [*chosen, "(t.at, t.case_id, t.seq, t.line) > (?, ?, ?, ?)"]
    columns = ", ".join(f"t.{name}" for name in AWARD_COLUMNS.split(", "))
    statement = (
        f"SELECT {columns}, c.reference FROM workflow_award t LEFT JOIN workflow_case c ON c.id = t.case_id "
        f"WHERE {' AND '.join(clauses)} ORDER BY t.at, t.case_id, t.seq, t.line LIMIT ?"
    )
    last: tuple[Any, ...] = ("", "", 0, 0)
    left = limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(left, _PAGE)
        rows = unit.all(statement, *chosen.values(), *last, size)
        for row in rows:
            yield AwardLine(*row)
        if len(rows) < size:
            return
        found = AwardLine(*rows[-1])
        last = (found.at, found.case, found.seq, found.line)
        left = None if left is None else left - len(rows)
