"""What an export is: the question, the state of the log, how much was found, and the hash of the file.

It is written beside the export, so that whoever gets both can tell that the file is whole, unedited and complete, and
with which command it is made again (information produced by the entity: source, parameters, count, completeness).
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow.log.entry import STREAM_NAMES, time_text
from workflow.store.placed import Placed, Tree

SUFFIX = ".manifest.json"
_CHUNK = 1 << 20


class Tally:
    """Counts what passes through it, and keeps the first and the last by time and by index."""

    def __init__(self) -> None:
        self.count = 0
        self.cases = 0
        self.sealed = 0
        self.first: Placed | None = None
        self.last: Placed | None = None
        self.lowest: int | None = None
        self.highest: int | None = None

    def through(self, entries: Iterable[Placed]) -> Iterator[Placed]:
        """The same entries, counted."""
        for placed in entries:
            self.take(placed)
            yield placed

    def take(self, placed: Placed) -> None:
        """Count one entry."""
        entry = placed.entry
        self.count += 1
        self.cases += entry.seq == 1 and entry.case not in STREAM_NAMES
        if self.first is None or entry.at < self.first.entry.at:
            self.first = placed
        if self.last is None or entry.at >= self.last.entry.at:
            self.last = placed
        if placed.leaf_index is not None:
            self.sealed += 1
            self.lowest = placed.leaf_index if self.lowest is None else min(self.lowest, placed.leaf_index)
            self.highest = placed.leaf_index if self.highest is None else max(self.highest, placed.leaf_index)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One export. `query` has the options that chose the entries; `digest` is the SHA-256 of the file in hex."""

    format: str
    file: str
    size: int
    digest: str
    origin: str
    tree: Tree | None
    query: Mapping[str, Any]
    tally: Tally
    by: str
    at: datetime
    program: str

    def as_dict(self) -> dict[str, Any]:
        """The manifest as JSON."""
        tally = self.tally
        return {
            "file": self.file,
            "format": self.format,
            "bytes": self.size,
            "sha256": self.digest,
            "log": self.origin,
            "tree": None if self.tree is None else {"size": self.tree.size, "root": self.tree.root},
            "query": dict(self.query),
            "entries": tally.count,
            "sealed": tally.sealed,
            "first": _place(tally.first),
            "last": _place(tally.last),
            "first_index": tally.lowest,
            "last_index": tally.highest,
            "by": self.by,
            "at": time_text(self.at),
            "program": self.program,
            "command": self.command(),
        }

    def command(self) -> str:
        """What makes the file again from the same store; from the last entry on, the log may have grown."""
        words = ["workflow", "audit", "export", "--format", self.format]
        bounded = dict(self.query)
        if "size" not in bounded and "until" not in bounded and self.tally.last is not None:
            bounded["until"] = time_text(self.tally.last.entry.at)
        for name, value in bounded.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return shlex.join([*words, "-o", self.file])


def digest_of(path: Path) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256 in hex."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
            size += len(chunk)
    return size, found.hexdigest()


def _place(placed: Placed | None) -> dict[str, Any] | None:
    if placed is None:
        return None
    entry = placed.entry
    return {"case": entry.case, "seq": entry.seq, "at": time_text(entry.at), "index": placed.leaf_index}
