"""What a rule of lint yields, and names that are not found with the one that may be meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Any

from workflow.errors import Severity

Path = tuple[str | int, ...]
Found = tuple[str, Severity, Path, dict[str, Any]]
"""A rule, its severity, the path into the file, and the figures of the message."""

MOST_COMPARED = 300


def near(name: str, known: Collection[str]) -> str:
    """The known name that comes closest; empty when none is close."""
    # Comparing with thousands of names would make a file that is wrong throughout take minutes.
    if len(known) > MOST_COMPARED:
        return ""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def unknown(kind: str, name: str, known: Collection[str], path: Path) -> Found:
    """There is no role, field, state … of that name."""
    return f"unknown_{kind}", "error", path, {"name": name, "near": near(name, known), "known": ", ".join(known)}
