"""Entries as JSON Lines: one object a line, what `Entry.as_dict` gives, with the index of its leaf."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from workflow.audit.export.content import record
from workflow.audit.export.plain import plain
from workflow.store.placed import Placed


def write_jsonl(entries: Iterable[Placed], stream: TextIO, *, lang: str = "en") -> None:
    """Write every entry. `lang` is the language of blockers' messages."""
    for placed in entries:
        stream.write(plain(record(placed, lang)) + "\n")
