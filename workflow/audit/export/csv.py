"""Entries as CSV (RFC 4180): a header, then one line an entry, safe to open in a spreadsheet.

A column holds text as it is, a list or an object as JSON, and nothing where there is none. Open files with
`newline=""`, or line ends are doubled on some systems.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from workflow.audit.export.plain import plain
from workflow.rules.record import Entry

# The keys of an entry that every kind has, then those that only some have. New ones are added at the end.
COLUMNS = (
    *("case", "seq", "kind", "transition", "from", "to", "actor", "for", "roles", "at", "claimed_at", "reason", "data"),
    *("definition", "conditions", "hash", "prev", "via"),
    *("stream", "blockers", "conforms", "gap", "reference", "key", "subject", "role", "recorder"),
    *("receiver", "passed", "since", "until", "under", "fields", "hidden"),
)

# A spreadsheet takes what begins with one of these for a formula, the wide forms of an East Asian keyboard included.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")


def write_csv(entries: Iterable[Entry], stream: TextIO, *, bom: bool = False, lang: str = "en") -> int:
    """Write the header and every entry, and say how many entries there were.

    `bom` begins with a byte order mark, without which some spreadsheets take UTF-8 for something else; `lang` is the
    language of blockers' messages.
    """
    if bom:
        stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for entry in entries:
        count += 1
        said = entry.as_dict(lang)
        writer.writerow([cell(said.get(name)) for name in COLUMNS])
    return count


def cell(value: Any) -> str:
    """A value as a cell holds it. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else plain(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
