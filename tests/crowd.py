"""Many writers on the few cases of one server that is killed meanwhile, and the count of what they were told.

Each writer does one thing after the other, with a key, and writes the key to a file when it was answered. When it is
told of a failure instead, it repeats the thing with the same key. In the end each key that was answered must be in the
log exactly once, and none twice.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster import Server
from tests.killing import SERVER as PROCESSES
from workflow import Actor, ConflictError, Engine, StoreError, load_text

PAD = """\
workflow: pad
version: 1
fields: {text: {type: text}}
submit: {by: anyone, accept: text}
states: {open: {initial: true}, gone: {final: true}}
transitions:
  write: {from: open, to: "=", by: anyone, accept: text}
  drop: {from: open, to: gone, by: anyone}
"""
LI = Actor("li.na", ())


def write(url: str, said: str, number: int, cases: list[str], stop: Any, kind: str) -> None:
    """The whole life of a writer. `kind` is `careful`, or wrong on purpose: `hasty` speaks before it was answered."""
    chance, count = random.Random(number), 0
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Engine.open(url) as engine:
        while not stop.is_set():
            count += 1
            name = f"{number}/{count}"
            case = None if chance.random() < 0.1 else chance.choice(cases)
            until = time.monotonic() + 120
            while True:
                if kind == "hasty":
                    os.write(file, f"{name}\n".encode())
                try:
                    if case is None:
                        engine.submit("pad", actor=LI, data={"text": name}, key=name)
                    else:
                        engine.advance(case, "write", actor=LI, data={"text": name}, key=name)
                    break
                except (ConflictError, StoreError) as error:
                    assert error.code in ("overtaken", "stale", "busy", "unreachable", "disconnected", "in_doubt")
                    assert time.monotonic() < until, "the server does not come back"
            if kind == "careful":
                os.write(file, f"{name}\n".encode())
    os.close(file)


@dataclass(slots=True)
class Counted:
    """What a check found after the writers were done. Both lists must be empty."""

    said: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def crowd(
    server: Server,
    folder: Path,
    *,
    writers: int,
    seconds: float,
    kills: int,
    options: str = "",
    partitions: int = 0,
    kind: str = "careful",
) -> Counted:
    """Let the writers write, kill the server with SIGKILL so many times, start it again each time, and count.

    Hasty writers are killed with it, which is when they have said too much.
    """
    url = f"{server.url}&timeout=30{options}"
    with Engine.attach(url) as engine:
        if partitions:
            engine.upgrade(partitions=partitions)
    with Engine.open(url) as engine:
        engine.install(load_text(PAD))
        cases = [engine.submit("pad", actor=LI).id for _ in range(4)]
    said, stop = folder / "said", PROCESSES.Event()
    running = [
        PROCESSES.Process(target=write, args=(url, str(said), number, cases, stop, kind)) for number in range(writers)
    ]
    for each in running:
        each.start()
    began = time.monotonic()
    while not said.exists() or len({line.split("/")[0] for line in said.read_text("utf-8").split("\n")[:-1]}) < writers:
        assert time.monotonic() < began + 120, "not every writer has begun"
        time.sleep(0.1)
    for _ in range(kills):
        time.sleep(seconds / (kills + 1))
        server.kill()
        if kind == "hasty":
            for each in running:
                each.kill()
        server.start()
    time.sleep(seconds / (kills + 1))
    stop.set()
    for each in running:
        each.join(timeout=180)
        assert each.exitcode == (0 if kind == "careful" else -9), f"a writer failed: {each.exitcode}"
    return count(url, said)


def count(url: str, said: Path) -> Counted:
    """Compare what was answered with what is in the log."""
    with Engine.open(url) as engine:
        stored = Counter(str((entry.data or {}).get("text")) for entry in engine.log() if entry.key is not None)
        problems = [f"{each.case}/{each.seq}: {each.message}" for each in engine.verify().problems]
    told = said.read_text("utf-8").split("\n")[:-1]
    return Counted(
        said=len(told),
        lost=[name for name in told if name not in stored],
        doubled=[name for name, times in stored.items() if times != 1],
        problems=problems,
    )
