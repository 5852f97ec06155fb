"""Entries as JSON Lines: one object a line, exactly what `Entry.as_dict` gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from workflow.audit.export.plain import plain
from workflow.rules.record import Entry


def write_jsonl(entries: Iterable[Entry], stream: TextIO, *, lang: str = "en") -> int:
    """Write every entry and say how many there were. `lang` is the language of blockers' messages."""
    count = 0
    for entry in entries:
        count += 1
        stream.write(plain(entry.as_dict(lang)) + "\n")
    return count
