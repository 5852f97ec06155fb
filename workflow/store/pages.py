"""Whole tables, page by page in the order of a key, whatever stands in them: for a check of the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workflow.store.unit import Unit

PAGE = 500


def pages(
    unit: Unit,
    select: str,
    key: tuple[str, ...],
    size: int = PAGE,
    *,
    low: str | None = None,
    high: str | None = None,
) -> Iterator[list[Any]]:
    """The rows of a statement without WHERE and ORDER BY, at most `size` at a time.

    `key` names the columns that come first in each row and are a primary key: each page begins behind the last key
    of the one before, so that no page costs more than another. `low` and `high` bound the first column, the second of
    them left out. Raises StoreError when the database fails.
    """
    order = ", ".join(key)
    bounds = [(f"{key[0]} {sign} ?", value) for sign, value in ((">=", low), ("<", high)) if value is not None]
    rows = unit.raw(f"{select} {_where(bounds)} ORDER BY {order} LIMIT {size}", *(value for _, value in bounds))
    above = bounds[-1:] if high is not None else []
    while rows:
        yield rows
        if len(rows) < size:
            return
        last = rows[-1][: len(key)]
        behind = [(f"({order}) > ({', '.join(map(_mark, last))})", None), *above]
        values = [*map(_value, last), *(value for _, value in above)]
        rows = unit.raw(f"{select} {_where(behind)} ORDER BY {order} LIMIT {size}", *values)


def _where(conditions: Sequence[tuple[str, str | None]]) -> str:
    return f"WHERE {' AND '.join(text for text, _ in conditions)}" if conditions else ""


def _damaged(value: Any) -> bool:
    return isinstance(value, str) and not value.isascii() and any("\udc80" <= each <= "\udcff" for each in value)


def _mark(value: Any) -> str:
    return "CAST(? AS TEXT)" if _damaged(value) else "?"


def _value(value: Any) -> Any:
    return value.encode("utf-8", "surrogateescape") if _damaged(value) else value
