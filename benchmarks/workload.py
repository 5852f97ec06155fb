"""The work that every contestant does, and how it is timed.

A case passes five transitions. Each is one durable transaction (SQLite, WAL, synchronous=FULL): read the case, check
the actor's role, evaluate `score >= 60` on its data, write the new state, append a record with a comment of about 300
bytes, commit. Cases are driven one transition at a time over all of them, so that nobody profits from a warm case.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

WAYS = (
    ("accept", "submitted", "accepted", "reviewer"),
    ("evaluate", "accepted", "evaluated", "reviewer"),
    ("adopt", "evaluated", "adopted", "manager"),
    ("implement", "adopted", "implemented", "owner"),
    ("reward", "implemented", "rewarded", "manager"),
)
ACTOR = "u-1042"
ROLES = ("reviewer", "manager", "owner")
COMMENT = "Figures checked with controlling; the drawing is attached to the file of the line. " * 3
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


class Contestant(Protocol):
    """Opens cases, moves one, and says at the end how many are rewarded and how many records there are."""

    def open_cases(self, number: int) -> list[Any]:
        """Open cases, durably; their ids."""

    def move(self, case: Any, way: tuple[str, str, str, str], roles: tuple[str, ...]) -> None:
        """One durable transition; raises when the roles do not allow it."""

    def outcome(self) -> tuple[int, int]:
        """Cases that are rewarded, records of transitions."""


def case_data(number: int) -> dict[str, Any]:
    """What a case holds."""
    return {
        "title": f"Shorten the changeover on line {number % 40}",
        "score": 60 + number % 40,
        "department": f"D{number % 25:02d}",
        "description": "x" * 150,
    }


def run(contestant: Contestant, number: int) -> None:
    """Drive the contestant and print one JSON line. Stops with an error when the work was not done."""
    cases = contestant.open_cases(number)
    try:
        contestant.move(cases[0], WAYS[0], ("guest",))
    except Exception as refusal:
        refused = type(refusal).__name__
    else:
        raise SystemExit("a guest could move a case")
    took: list[float] = []
    before, began = _cpu(), time.perf_counter()
    for way in WAYS:
        for case in cases:
            at = time.perf_counter()
            contestant.move(case, way, ROLES)
            took.append(time.perf_counter() - at)
    wall, cpu = time.perf_counter() - began, _cpu() - before
    rewarded, records = contestant.outcome()
    if rewarded != number or records < number * len(WAYS):
        raise SystemExit(f"{rewarded} of {number} rewarded, {records} records")
    took.sort()
    result = {
        "rate": len(took) / wall,
        "cpu_ms": cpu / len(took) * 1000,
        "p50_us": took[len(took) // 2] * 1e6,
        "p99_us": took[len(took) * 99 // 100] * 1e6,
        "refused": refused,
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(make: Callable[[str], Contestant]) -> None:
    """Run as a program: the path of the database file, then the number of cases."""
    run(make(sys.argv[1]), int(sys.argv[2]))
