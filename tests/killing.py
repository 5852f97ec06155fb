"""Writers that are killed with SIGKILL: what they do, what they say they did, and what the store must hold afterwards.

A writer makes moves in a loop and writes a line to a file after each one that was answered. It is killed at some
moment; then everything it said must be in the log exactly once, everything else wholly or not at all. Two writers of a
wrong kind show that the check can fail: one says it before it is done, one commits in the middle of a move.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import NOTE
from workflow import Actor, ConflictError, Engine, Line, RefusedError, load_text
from workflow.store.unit import Unit

LI = Actor("li.na", ())
WANG = Actor("wang.wei", {"clerk"})
BATCH = 20
# Writers are forked from a server that has everything loaded, so that a kill costs no second.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["__main__", "tests.killing"])


class _Writer:
    """Makes moves and says so, until it is killed."""

    def __init__(self, url: str, said: str, name: str, kind: str) -> None:
        self._engine = Engine.open(url)
        self._engine.install(load_text(NOTE))
        self._file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._name = name
        self._kind = kind
        self._random = random.Random(name)
        self._open: list[str] = []
        self._count = 0

    def run(self) -> None:
        while True:
            self._count += 1
            batch = self._kind == "batches" or (self._kind == "moves" and self._random.random() < 0.1)
            with contextlib.suppress(ConflictError):  # two writers: nothing was written, the next one is another
                self._batch() if batch else self._one()

    def _say(self, *tokens: str) -> None:
        os.write(self._file, "".join(f"{token}\n" for token in tokens).encode())

    def _one(self) -> None:
        token = f"{self._name}/{self._count}"
        if self._kind == "early":
            self._say(token)
        self._move(token)
        if self._kind != "early":
            self._say(token)

    def _move(self, token: str) -> None:
        chance = self._random.random()
        if chance < 0.3 or not self._open:
            self._open.append(self._engine.submit("note", actor=LI, data={"title": token}, reason=token).id)
            return
        case = self._random.choice(self._open)
        try:
            if chance < 0.7:
                self._engine.advance(case, "file", actor=WANG, data={"pages": self._count}, reason=token)
            elif chance < 0.85:
                self._engine.advance(case, "file", actor=LI, reason=token)
            else:
                self._open.remove(case)
                self._engine.advance(case, "drop", actor=LI, reason=token)
        except RefusedError:
            pass  # an entry like any other, which has to be there as well

    def _batch(self) -> None:
        tokens = [f"{self._name}/{self._count}.{number}" for number in range(BATCH)]
        submit = {"op": "submit", "definition": "note", "actor": None}
        lines = [
            Line(number, {**submit, "data": {"title": token}, "reason": token})
            for number, token in enumerate(tokens, 1)
        ]
        for result, token in zip(self._engine.apply(lines, actor=LI, batch=BATCH), tokens, strict=True):
            assert result.ok, str(result.error)
            self._say(token)


def write(url: str, said: str, name: str, kind: str) -> None:
    """The whole life of a writer. `kind` is `moves`, `batches`, or wrong on purpose: `early`, `halves`."""
    if kind == "halves":
        moved = Unit.move_case

        def in_two(self: Unit, *args: Any) -> None:
            self.run("COMMIT")
            self.run("BEGIN IMMEDIATE")
            moved(self, *args)

        Unit.move_case = in_two  # type: ignore[assignment,method-assign]
    _Writer(url, said, name, kind).run()


@dataclass(slots=True)
class Found:
    """What a check after a kill found. All lists but `in_doubt` must be empty."""

    said: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.doubled, *self.torn, *self.halves, *self.problems]


class Campaign:
    """Kills on one store, with a check after each."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.file = folder / "notes.db"
        self.kills = 0
        self._said = folder / "said"
        self._random = random.Random(seed)

    @property
    def url(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.file}"

    def kill(self, kind: str, writers: int = 1, longest: float = 0.4) -> Found:
        """Let writers write, kill them at a random moment (opening and creating the store included), and check."""
        self.kills += 1
        running = [
            SERVER.Process(target=write, args=(self.url, str(self._said), f"{kind}-{self.kills}-{number}", kind))
            for number in range(writers)
        ]
        for each in running:
            each.start()
        time.sleep(self._random.uniform(0.0, longest))
        for each in running:
            each.kill()
        for each in running:
            each.join(timeout=60)
            assert each.exitcode == -9, f"the writer ended by itself: {each.exitcode}"
        return self.check()

    def check(self) -> Found:
        """Compare what was said with what is in the store."""
        engine = Engine.open(self.url)
        try:
            problems = [f"{each.case}/{each.seq}: {each.message}" for each in engine.verify().problems]
        finally:
            engine.close()
        said = self._said.read_text("utf-8").split("\n")[:-1] if self._said.exists() else []
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("SELECT body FROM workflow_payload WHERE name = 'reason'").fetchall()
            halves = [row[0] for row in connection.execute(_HALVES)]
        stored = Counter(json.loads(row[0]) for row in rows)
        batches = Counter(token.rsplit(".", 1)[0] for token in stored if "." in token)
        return Found(
            said=len(said),
            lost=[token for token in said if token not in stored],
            doubled=[token for token, count in stored.items() if count != 1],
            torn=[name for name, count in batches.items() if count != BATCH],
            halves=halves,
            problems=problems,
            in_doubt=sorted(set(stored) - set(said)),
        )


# Cases whose row and entries do not tell the same, asked of the database without a line of the engine's.
_HALVES = """
SELECT coalesce(c.id, e.case_id)
FROM workflow_entry e LEFT JOIN workflow_case c ON c.id = e.case_id
WHERE e.case_id NOT LIKE '00000000-%'
GROUP BY e.case_id
HAVING c.id IS NULL OR c.rev <> max(e.seq) OR c.rev <> count(*) OR min(e.seq) <> 1
    OR c.head <> (SELECT leaf_hash FROM workflow_entry WHERE case_id = c.id ORDER BY seq DESC LIMIT 1)
    OR c.state <> (SELECT to_state FROM workflow_entry WHERE case_id = c.id AND kind <> 'refused'
                   ORDER BY seq DESC LIMIT 1)
UNION
SELECT id FROM workflow_case WHERE NOT EXISTS (SELECT 1 FROM workflow_entry WHERE case_id = id)
UNION
SELECT case_id FROM workflow_payload p
WHERE NOT EXISTS (SELECT 1 FROM workflow_entry e WHERE e.case_id = p.case_id AND e.seq = p.seq)
"""
