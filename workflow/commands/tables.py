"""Tables for a terminal, by Rich. Cells are plain text, so that no markup in them is ever acted on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):\d{2}\.\d{6}Z")
_CASE = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{12}\Z")

_WHOLE = {"at", "case", "updated", "reference", "seq", "kind"}


def _short(cell: str) -> str:
    """What fits a terminal: times to the minute, and of an id as much as tells it from all others."""
    return _CASE.sub(r"\1", _TIME.sub(r"\1 \2", cell))


def show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Draw rows under headings."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for column in columns:
        table.add_column(Text(column), overflow="fold", no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*(Text(_short(cell)) for cell in row))
    Console().print(table)
