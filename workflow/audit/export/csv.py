"""Entries as CSV (RFC 4180): a header, then one line an entry, safe to open in a spreadsheet.

A column holds text as it is, a list or an object as JSON, and nothing where there is none; what cannot be seen stands
as an escape. Open files with `newline=""`, or line ends are doubled on some systems.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from workflow.audit.export.content import record, text
from workflow.store.placed import Placed

# The keys of an entry that every kind has, then those that only some have, then what has no column of its own. New ones
# are added at the end.
COLUMNS = (
    *("case", "seq", "kind", "transition", "from", "to", "actor", "for", "roles", "at", "claimed_at", "reason", "data"),
    *("definition", "conditions", "hash", "prev", "via"),
    *("stream", "blockers", "conforms", "gap", "reference", "key", "subject", "role", "recorder"),
    *("due_at", "leaf_index", "more"),
)
_MORE = COLUMNS[-1]

# A spreadsheet takes what begins with one of these for a formula, the wide forms of an East Asian keyboard included.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")


def write_csv(entries: Iterable[Placed], stream: TextIO, *, bom: bool = False, lang: str = "en") -> None:
    """Write the header and every entry.

    `bom` begins with a byte order mark, without which some spreadsheets take UTF-8 for something else; `lang` is the
    language of blockers' messages.
    """
    if bom:
        stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for placed in entries:
        said = record(placed, lang)
        more = {name: value for name, value in said.items() if name not in COLUMNS and value is not None}
        said[_MORE] = more or None
        writer.writerow([cell(said.get(name)) for name in COLUMNS])


def cell(value: Any) -> str:
    """A value as a cell holds it. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    shown = text(value)
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.match(shown) else shown
