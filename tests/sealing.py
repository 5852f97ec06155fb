"""A sequencer that is killed with SIGKILL before one of its statements, and what must hold of the tree afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.conftest import PROPOSAL
from tests.killing import SERVER
from workflow import Actor, Engine, load_text
from workflow.audit import keys, seal
from workflow.audit.keys import Memory
from workflow.log.merkle import EMPTY, root
from workflow.log.note import parse_checkpoint, parse_note

LI = Actor("li.na", ())
START = datetime(2026, 1, 1, tzinfo=UTC)


class Countdown:
    """Kills the process that it counts for before step `last`, counting from 1; never when that is 0."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def write_and_seal(url: str, turn: int, writes: int, last: int, batch: int) -> None:
    """Write some entries, then seal, and be killed before one of the statements or files of the sealing."""
    seal.BATCH = batch
    # A lease that a killed one left runs out before the next turn.
    engine = Engine.open(url, clock=lambda: START + timedelta(minutes=2 * turn))
    engine.install(load_text(PROPOSAL))
    for number in range(writes):
        case = engine.submit("proposal", actor=LI, data={"title": f"{turn}/{number}"})
        if number % 2:
            engine.advance(case.id, "register", actor=Actor("wang.wei", {"secretary"}))
    count = Countdown(last)
    engine.store.connection().driver_connection.set_trace_callback(count)
    written = keys.write_text

    def counted(*args: Any) -> None:
        count()
        written(*args)
        count()

    keys.write_text = counted  # type: ignore[assignment]
    engine.seal()
    os._exit(0)


class Sealing:
    """One store on which sealers are killed, and what was ever seen of its tree."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.file = folder / "store.db"
        self.turn = 0
        self.killed = 0
        self.roots: dict[int, bytes] = {}
        self._random = random.Random(seed)

    @property
    def url(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.file}"

    def kill(self, last: int, *, writes: int | None = None, batch: int | None = None) -> bool:
        """Let one seal and kill it before step `last`; whether it got that far. Raises AssertionError on any harm."""
        self.turn += 1
        given = (
            self.url,
            self.turn,
            self._random.randrange(4) if writes is None else writes,
            last,
            batch or self._random.choice([1, 2, 3, 100]),
        )
        child = SERVER.Process(target=write_and_seal, args=given)
        child.start()
        child.join(timeout=60)
        assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
        self.killed += child.exitcode != 0
        self.check()
        return child.exitcode != 0

    def check(self) -> None:
        """No place is lost, doubled or out of order, nothing waits that has one, no size has two roots."""
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            places = connection.execute(
                "SELECT l.leaf_index, l.case_id, l.seq, e.leaf_hash FROM workflow_leaf l "
                "LEFT JOIN workflow_entry e ON e.case_id = l.case_id AND e.seq = l.seq ORDER BY l.leaf_index"
            ).fetchall()
            assert [row[0] for row in places] == list(range(len(places)))
            assert all(row[3] is not None for row in places)
            entries = set(connection.execute("SELECT case_id, seq FROM workflow_entry"))
            placed = {(row[1], row[2]) for row in places}
            waiting = set(connection.execute("SELECT case_id, seq FROM workflow_pending"))
            assert placed | waiting == entries
            assert not placed & waiting
            last: dict[str, int] = {}
            for _, case, seq, _ in places:
                assert seq == last.get(case, 0) + 1
                last[case] = seq
            hashes = [row[3] for row in places]
            shown = [
                parse_checkpoint(parse_note(row[0]).text)
                for row in connection.execute("SELECT note FROM workflow_checkpoint")
            ]
            notes = connection.execute("SELECT size, note FROM workflow_checkpoint").fetchall()
        assert [size for size, _ in notes] == [each.size for each in shown]
        remembered = Memory(self.file.with_name("store.db.key.memory")).read().values()
        for said in [*shown, *remembered]:
            assert said.size <= len(hashes)
            assert self.roots.setdefault(said.size, said.root) == said.root
            assert said.root == (root(hashes[: said.size]) if said.size else EMPTY)
        # What was shown was remembered before.
        assert max((each.size for each in shown), default=0) <= max((each.size for each in remembered), default=0)
