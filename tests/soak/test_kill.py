"""Hundreds of kills: of writers through the engine, of batches, of the command; and controls that must be caught."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.killing import BATCH, Campaign
from tests.support import NOTE, ROOT
from workflow import Engine, load_text


def campaign(folder: Path, kind: str, kills: int, per_store: int = 10, writers: int = 1) -> Counter[str]:
    """So many kills, a new store after every few; what was said, in doubt and wrong, added up."""
    sums: Counter[str] = Counter()
    for number in range(kills // per_store):
        place = folder / f"{kind}-{number}"
        place.mkdir()
        one = Campaign(place, seed=number)
        for _ in range(per_store):
            found = one.kill(kind, writers)
            if kind in ("moves", "batches"):
                assert found.wrong == [], (place, found)
        # Each check looks at the whole store, so that the last one of a store counts everything.
        sums["said"] += found.said
        sums["in doubt"] += len(found.in_doubt)
        sums["lost"] += len(found.lost)
        sums["halves"] += len(found.halves)
        sums["problems"] += len(found.problems)
    return sums


def test_nothing_is_lost_over_two_hundred_kills(tmp_path: Path) -> None:
    sums = campaign(tmp_path, "moves", 200)
    print(f"200 kills: {sums['said']} acts answered, {sums['in doubt']} done and not yet answered, 0 lost")
    assert sums["said"] > 5_000
    # One act or one batch at most is between commit and word when the kill comes.
    assert sums["in doubt"] <= 200 * BATCH


def test_nothing_is_lost_where_two_write(tmp_path: Path) -> None:
    sums = campaign(tmp_path, "moves", 60, writers=2)
    print(f"60 kills of two: {sums['said']} acts answered, {sums['in doubt']} done and not yet answered, 0 lost")
    assert sums["said"] > 1_500


def test_batches_are_whole_or_not_there_over_a_hundred_kills(tmp_path: Path) -> None:
    sums = campaign(tmp_path, "batches", 100)
    print(f"100 kills: {sums['said']} lines answered, {sums['in doubt']} done and not yet answered, 0 torn")
    assert sums["said"] > 5_000


def test_a_writer_that_speaks_too_early_is_caught(tmp_path: Path) -> None:
    sums = campaign(tmp_path, "early", 40)
    print(f"40 kills of a writer that speaks too early: {sums['lost']} losses seen")
    assert sums["lost"] > 0
    assert (sums["halves"], sums["problems"]) == (0, 0)


def test_a_writer_that_commits_in_the_middle_is_caught(tmp_path: Path) -> None:
    sums = campaign(tmp_path, "halves", 40, per_store=1)
    print(f"40 kills of a writer that commits in the middle: {sums['halves']} halves, {sums['problems']} findings")
    assert sums["halves"] > 0
    assert sums["problems"] >= sums["halves"]


def test_the_command_loses_no_line_of_a_file(tmp_path: Path) -> None:
    """`workflow apply FILE` killed 40 times: what it printed is in the log, batches of 200 are whole."""
    store, chance = tmp_path / "notes.db", random.Random(3)
    engine = Engine.open(f"sqlite:///{store}")
    engine.install(load_text(NOTE))
    engine.add_actor("li.na")
    engine.close()
    told: Counter[str] = Counter()
    for kill in range(40):
        file = tmp_path / "lines.jsonl"
        with file.open("w", encoding="utf-8") as stream:
            for number in range(20_000):
                line = {"op": "submit", "definition": "note", "data": {"title": "x"}, "reason": f"{kill}/{number}"}
                stream.write(json.dumps(line) + "\n")
        words = [sys.executable, str(ROOT / "cli.py"), "--db", f"sqlite:///{store}", "--as", "li.na"]
        with (tmp_path / "said").open("wb") as said:
            program = subprocess.Popen([*words, "apply", str(file)], stdout=said, stderr=subprocess.PIPE)
            time.sleep(chance.uniform(0.3, 2.5))
            program.kill()
            assert program.stderr is not None
            assert program.stderr.read() == b""
            program.stderr.close()
            assert program.wait(timeout=60) == -9
        for each in (tmp_path / "said").read_bytes().split(b"\n")[:-1]:
            answer = json.loads(each)
            assert answer["ok"] is True
            told[answer["case"]] += 1
    engine = Engine.open(f"sqlite:///{store}")
    assert engine.verify().problems == ()
    engine.close()
    with contextlib.closing(sqlite3.connect(store)) as connection:
        cases = {row[0] for row in connection.execute("SELECT id FROM workflow_case")}
        bodies = connection.execute("SELECT body FROM workflow_payload WHERE name = 'reason'").fetchall()
    kept = Counter(json.loads(row[0]).split("/")[0] for row in bodies)
    print(f"40 kills: {len(told)} lines answered, {len(cases)} done")
    assert set(told.values()) == {1}
    assert set(told) <= cases
    assert [count % 200 for count in kept.values()] == [0] * len(kept)
    assert len(told) > 2_000
