"""`python -m benchmarks [--rounds N] [--cases N]`: every contestant in every round, in shuffled order.

The ratio of a contestant is the median, over the rounds, of its figure divided by the floor's in the same round; a
machine that is slower for a while is slower for both.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CONTESTANTS = {
    "floor": "raw sqlite3",
    "engine": "workflow engine",
    "sessions": "SQLModel sessions by hand",
}


def once(name: str, cases: int) -> dict[str, Any]:
    """One contestant in a process and a database file of its own."""
    with tempfile.TemporaryDirectory(prefix="workflow-bench-") as folder:
        command = [sys.executable, "-m", f"benchmarks.{name}", str(Path(folder) / "bench.db"), str(cases)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=400)
    chosen = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    for each in range(chosen.rounds):
        order = list(CONTESTANTS)
        random.shuffle(order)
        for name in order:
            results[name].append(once(name, chosen.cases))
        print(f"round {each + 1} of {chosen.rounds} done", file=sys.stderr)
    print(
        f"one durable transition on SQLite {sqlite3.sqlite_version} (WAL, synchronous=FULL), Python "
        f"{platform.python_version()}, {platform.machine()}, {chosen.rounds} rounds of {chosen.cases} cases x 5\n"
    )
    print("| contestant | transitions/s | x floor | CPU ms | x floor CPU | p50 µs | p99 µs |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, title in CONTESTANTS.items():
        own = results[name]
        cells = [
            title,
            f"{_median(own, 'rate'):,.0f}",
            _spread(_ratios(results, name, "rate")),
            f"{_median(own, 'cpu_ms'):.3f}",
            _spread(_ratios(results, name, "cpu_ms")),
            f"{_median(own, 'p50_us'):,.0f}",
            f"{_median(own, 'p99_us'):,.0f}",
        ]
        print(f"| {' | '.join(cells)} |")


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _median(several: list[dict[str, Any]], figure: str) -> float:
    return float(statistics.median(each[figure] for each in several))


def _ratios(results: dict[str, list[dict[str, Any]]], name: str, figure: str) -> list[float]:
    return [own[figure] / floor[figure] for own, floor in zip(results[name], results["floor"], strict=True)]


if __name__ == "__main__":
    main()
