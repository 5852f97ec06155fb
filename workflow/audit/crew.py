"""Several processes for one check: each reads ranges of cases of one SQLite file, all of them at the same moment.

Writers are kept out while every process begins its transaction, so that what they see is one database. The processes
are spawned: the program's main module must be one that can be imported.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from workflow.audit.awards import Ledger
from workflow.audit.chain import Tally
from workflow.audit.erasure import Coverings
from workflow.audit.ledgers import Ledgers
from workflow.audit.library import Library
from workflow.audit.passing import Pass
from workflow.audit.places import Places
from workflow.audit.report import Findings
from workflow.audit.standing import Delegations
from workflow.audit.ties import Ties
from workflow.errors import ConflictError, Problem, StoreError
from workflow.log.entry import STREAMS
from workflow.store.database import Store
from workflow.store.unit import Unit

# Fewer entries than this are read by one process sooner than another one starts.
WORTH = 30_000
# So many entries a range, about.
RANGE = 10_000
# Before it sort the streams, and whatever else is no case of ours.
FIRST_CASE = max(STREAMS.values()) + "0"
_SAMPLE = "SELECT case_id FROM workflow_entry ORDER BY at, case_id, seq LIMIT 1 OFFSET ?"

Range = tuple[str | None, str | None]


class Part(NamedTuple):
    """What was found in one range; `whole` is False when the database failed in it."""

    number: int
    whole: bool
    problems: list[Problem]
    tally: Tally
    counts: tuple[int, int, int]
    awards: Any
    ties: Any


class Setup(NamedTuple):
    """What a process needs before its first range."""

    origin: str | None
    path: str
    size: int
    known: Mapping[Any, Any]
    delegations: Delegations


class Crew:
    """Processes over one file, each of which has begun to read it."""

    def __init__(self, url: Any, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._links: list[Connection] = []
        self._processes: list[Any] = []
        for _ in range(processes):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(url, there), daemon=True)
            process.start()
            there.close()
            self._links.append(here)
            self._processes.append(process)
        self._waits = {link: link.recv() for link in self._links}

    def close(self) -> None:
        """Let the processes go, done or not."""
        for link in self._links:
            link.close()
        for process in self._processes:
            process.join(timeout=1)
            process.kill()
            process.join()

    def read(self, setup: Setup, ranges: list[Range], places: Places) -> Iterator[Part]:
        """Have every range read; each part as soon as it is there. Raises EOFError when a process dies."""
        left = list(enumerate(ranges))[::-1]
        for link in self._links:
            link.send(setup)
            link.send(left.pop() if left else None)
        busy = set(self._links)
        while busy:
            for ready in wait(busy):
                assert isinstance(ready, Connection)
                said = ready.recv()
                if isinstance(said, Part):
                    yield said
                    ready.send(left.pop() if left else None)
                else:
                    places.take_over(said)
                    busy.discard(ready)


def split(unit: Unit, total: int) -> list[Range]:
    """Ranges of about as many entries each. Any split is right; the bounds are cases at even distances in time."""
    found = set()
    parts = total // RANGE
    for number in range(1, parts):
        rows = unit.raw(_SAMPLE, total * number // parts)
        if rows and isinstance(rows[0][0], str) and rows[0][0] > FIRST_CASE and rows[0][0].isascii():
            found.add(rows[0][0])
    edges = [FIRST_CASE, *sorted(found), None]
    return [(edges[at], edges[at + 1]) for at in range(len(edges) - 1)]


@contextlib.contextmanager
def still(store: Store) -> Iterator[bool]:
    """Keep writers out of a store's file for a moment; False when one is in it.

    A file that may not be written stays as it is by itself.
    """
    lock = Store.connect(store.pool.url)
    with contextlib.ExitStack() as stack:
        stack.callback(lock.close)
        try:
            stack.enter_context(lock.writing(keep=False))
        except ConflictError:
            yield False
            return
        except StoreError:
            pass
        yield True


def _work(url: Any, link: Connection) -> None:
    """The whole life of a process: begin to read, then range after range, then hand over what was claimed of trees."""
    # Nothing here makes circles, and looking for them among a million values takes a third of the time.
    gc.disable()
    store = Store.connect(url)
    with contextlib.suppress(EOFError, OSError), store.reading() as unit:
        unit.raw("SELECT COUNT(*) FROM workflow_meta")
        link.send(None)
        setup: Setup = link.recv()
        library = Library(unit, Findings())
        library.read()
        places = Places(setup.size, setup.path)
        try:
            _read(unit, setup, library, places, link)
        except BaseException:
            places.close()
            raise
        link.send(places.hand_over())
    store.close()


def _read(unit: Unit, setup: Setup, library: Library, places: Places, link: Connection) -> None:
    """Range after range, until there are none. Raises EOFError when nobody wants to know any more."""
    coverings = Coverings(setup.known)
    while (task := link.recv()) is not None:
        number, (low, high) = task
        findings = Findings()
        library.findings = findings
        ledgers = Ledgers(unit, findings)
        awards, ties = Ledger(unit, findings), Ties(unit, findings)
        part = Pass(unit, setup.origin, findings, library, ledgers, awards, ties, places, coverings)
        part.delegations = setup.delegations
        whole = part.read(low, high)
        link.send(Part(number, whole, findings.problems, part.tally, ledgers.counts, awards.met, ties.met))
