"""Whole tables, page by page in the order of a key, whatever stands in them: for a check of the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflow.store.unit import Unit

PAGE = 500


def pages(unit: Unit, select: str, key: tuple[str, ...], size: int = PAGE) -> Iterator[list[Any]]:
    """The rows of a statement without WHERE and ORDER BY, at most `size` at a time.

    `key` names the columns that come first in each row and are a primary key: each page begins behind the last key
    of the one before, so that no page costs more than another. Raises StoreError when the database fails.
    """
    order = ", ".join(key)
    rows = unit.raw(f"{select} ORDER BY {order} LIMIT {size}")
    while rows:
        yield rows
        if len(rows) < size:
            return
        last = rows[-1][: len(key)]
        behind = f"({order}) > ({', '.join(map(_mark, last))})"
        rows = unit.raw(f"{select} WHERE {behind} ORDER BY {order} LIMIT {size}", *map(_value, last))


def _damaged(value: Any) -> bool:
    return isinstance(value, str) and not value.isascii() and any("\udc80" <= each <= "\udcff" for each in value)


def _mark(value: Any) -> str:
    return "CAST(? AS TEXT)" if _damaged(value) else "?"


def _value(value: Any) -> Any:
    return value.encode("utf-8", "surrogateescape") if _damaged(value) else value
