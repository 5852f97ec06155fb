"""Several writers at once: processes and threads on one store. One of them wins, nothing is lost, the log is whole."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import database
from tests.support import NOTE, ROOT, Desk, everything
from workflow import Actor, ConflictError, Engine, Line, RefusedError, WorkflowError, load_text

LI = Actor("li.na", ())
WANG = Actor("wang.wei", {"clerk"})
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(url: str) -> str:
    """The address of a store with the definition `note`."""
    engine = Engine.open(url)
    engine.install(load_text(NOTE))
    engine.close()
    return url


def outcome(work: Callable[[], Any]) -> str:
    """`ok`, or what was said instead."""
    try:
        work()
    except RefusedError:
        return "refused"
    except ConflictError:
        return "conflict"
    return "ok"


def in_processes(count: int, work: Callable[..., None], *given: Any) -> list[Any]:
    """What several processes that run `work(barrier, answers, number, *given)` at once answered."""
    barrier, answers = SPAWN.Barrier(count), SPAWN.Queue()
    runners = [SPAWN.Process(target=work, args=(barrier, answers, number, *given)) for number in range(count)]
    for each in runners:
        each.start()
    found = [answers.get(timeout=120) for _ in runners]
    for each in runners:
        each.join(timeout=60)
        assert each.exitcode == 0
    return found


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What several threads that run `work(number)` at once gave."""
    barrier = threading.Barrier(count)

    def started(number: int) -> Any:
        barrier.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


def move_all(barrier: Any, answers: Any, number: int, url: str, cases: list[str]) -> None:
    engine = Engine.open(url)
    barrier.wait(timeout=60)
    told = []
    for case in cases:
        # All stand at the same case at the same time, over and over.
        barrier.wait(timeout=60)
        told.append(outcome(partial(engine.advance, case, "drop", actor=LI)))
    engine.close()
    answers.put(told)


@pytest.mark.slow
def test_of_six_processes_that_make_the_same_move_one_does(store: str) -> None:
    engine = Engine.open(store)
    cases = [engine.submit("note", actor=LI, data={"title": f"{number}"}).id for number in range(20)]
    told = in_processes(6, move_all, store, cases)
    for at, case in enumerate(cases):
        answers = Counter(each[at] for each in told)
        assert answers["ok"] == 1
        assert answers["refused"] + answers["conflict"] == 5
        kinds = [entry.kind for entry in engine.history(case)]
        assert kinds == ["submitted", "advanced"] + ["refused"] * answers["refused"]
        assert engine.case(case).state == "gone"
    assert engine.verify().problems == ()
    engine.close()


@pytest.mark.slow
def test_the_same_by_six_commands(tmp_path: Path, url: str) -> None:
    desk = Desk.set_up(tmp_path, url)
    case = desk.note()["id"]
    words = [sys.executable, str(ROOT / "cli.py"), *desk.words("advance", case, "drop", by="li.na")]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)]
    said = [each.communicate(timeout=120) for each in running]
    codes = Counter(each.returncode for each in running)
    assert codes[0] == 1
    assert codes[3] + codes[5] == 5
    assert all(b"Traceback" not in err for _, err in said)
    assert desk.json("show", case).json["state"] == "gone"
    assert desk("audit", "verify", "-q").code == 0


def create(barrier: Any, answers: Any, number: int, url: str) -> None:
    barrier.wait(timeout=60)
    try:
        engine = Engine.open(url)
        engine.add_actor(f"person-{number}")
        engine.close()
        answers.put("ok")
    except WorkflowError as error:
        answers.put(str(error))


@pytest.mark.slow
def test_processes_that_create_the_same_store_create_one(store_kind: str, tmp_path: Path, postgres: str) -> None:
    for attempt in range(2):
        (tmp_path / str(attempt)).mkdir()
        with database(store_kind, tmp_path / str(attempt), postgres) as url:
            assert in_processes(4, create, url) == ["ok"] * 4
            engine = Engine.open(url)
            assert [entry.kind for entry in engine.log() if entry.kind.startswith("store")] == ["store_created"]
            assert [each.id for each in engine.actors()] == [f"person-{number}" for number in range(4)]
            assert engine.verify().problems == ()
            engine.close()
            assert [row[0] for row in everything(url)["workflow_meta"]].count("origin") == 1


def batch(barrier: Any, answers: Any, number: int, url: str) -> None:
    engine = Engine.open(url)
    barrier.wait(timeout=60)
    submit = {"op": "submit", "definition": "note", "actor": None, "data": {"title": "x"}}
    lines = [Line(at, {**submit, "reference": f"{number}-{at}"}) for at in range(150)]
    lines += [
        Line(at, {"op": "advance", "reference": f"{number}-{at}", "to": "filed", "data": {"pages": 1}})
        for at in range(150)
    ]
    told = [result.ok for result in engine.apply(lines, actor=Actor(f"author-{number}", {"clerk"}), batch=40)]
    engine.close()
    answers.put((number, told))


@pytest.mark.slow
def test_batches_of_several_processes_do_not_mix(store: str) -> None:
    told = dict(in_processes(3, batch, store))
    engine = Engine.open(store)
    for number in range(3):
        # The author may open a note and may not file it: every second half is refused.
        assert told[number] == [True] * 150 + [False] * 150
    assert len(engine.cases(limit=1000)) == 450
    kinds = Counter(entry.kind for entry in engine.log())
    assert (kinds["submitted"], kinds["refused"]) == (450, 450)
    assert engine.verify().problems == ()
    engine.close()


# Also in memory, where all threads share one connection; and on every kind of store on a server.
KINDS = ("sqlite", "memory", "postgres", "serializable", "partitioned")


@pytest.mark.databases(*KINDS)
class TestThreads:
    @pytest.fixture
    def engine(self, store: str) -> Iterator[Engine]:
        engine = Engine.open(store)
        engine.install(load_text(NOTE))  # one in memory is a new one
        yield engine
        engine.close()

    def test_eight_on_their_own_cases(self, engine: Engine) -> None:
        def work(number: int) -> list[str]:
            done = []
            for at in range(15):
                case = engine.submit("note", actor=LI, data={"title": f"{number}/{at}"})
                case = engine.advance(case.id, "file", actor=WANG, data={"pages": at + 1})
                assert case.data == {"title": f"{number}/{at}", "pages": at + 1}
                assert engine.case(case.id) == case
                assert outcome(partial(engine.advance, case.id, "file", actor=WANG)) == "refused"
                done.append(case.reference)
            return done

        references = [each for done in in_threads(8, work) for each in done]
        assert sorted(references) == [f"N-{number:03}" for number in range(1, 121)]
        kinds = Counter(entry.kind for entry in engine.log())
        assert (kinds["submitted"], kinds["advanced"], kinds["refused"]) == (120, 120, 120)
        assert engine.verify().problems == ()

    def test_eight_on_the_same_cases(self, engine: Engine) -> None:
        cases = [engine.submit("note", actor=LI, data={"title": "x"}).id for _ in range(15)]

        def work(number: int) -> list[str]:
            return [outcome(partial(engine.advance, case, "drop", actor=LI)) for case in cases]

        told = in_threads(8, work)
        assert [Counter(each[at] for each in told)["ok"] for at in range(15)] == [1] * 15
        assert {answer for each in told for answer in each} == {"ok", "refused"}
        assert engine.verify().problems == ()

    def test_one_key_makes_one_case(self, engine: Engine) -> None:
        def work(number: int) -> list[str]:
            opened = [engine.submit("note", actor=LI, data={"title": "x"}, key=f"k-{at}").id for at in range(10)]
            for case in opened:
                engine.advance(case, "drop", actor=LI, key="m")
            return opened

        told = in_threads(8, work)
        assert [each == told[0] for each in told] == [True] * 8
        assert sorted(each.id for each in engine.cases(limit=1000)) == sorted(told[0])
        assert Counter(entry.kind for case in told[0] for entry in engine.history(case)) == {
            "submitted": 10,
            "advanced": 10,
        }
        assert engine.verify().problems == ()

    def test_one_definition_found_by_all_is_installed_once(self, tmp_path: Path, url: str) -> None:
        (tmp_path / "note.yaml").write_text(NOTE, encoding="utf-8")
        engine = Engine.open(url, definitions=[tmp_path])
        in_threads(8, lambda _: engine.submit("note", actor=LI, data={"title": "x"}))
        assert [entry.subject for entry in engine.log() if entry.kind == "definition_installed"] == ["note 1"]
        assert len(engine.cases()) == 8
        engine.close()

    def test_whoever_reads_meanwhile_sees_a_whole_log(self, engine: Engine) -> None:
        """A check of everything, a list and a history, again and again, while three others write."""
        stop = threading.Event()

        def work(number: int) -> int:
            if number == 3:
                checks = 0
                while not stop.is_set() or checks == 0:
                    assert engine.verify().problems == ()
                    for case in engine.cases(limit=20):
                        entries = engine.history(case.id)
                        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
                    checks += 1
                return checks
            try:
                for at in range(40):
                    case = engine.submit("note", actor=LI, data={"title": f"{number}/{at}"})
                    engine.advance(case.id, "drop", actor=LI)
            finally:
                if number == 0:
                    stop.set()
            return 0

        assert in_threads(4, work)[3] >= 1
        assert engine.verify().cases == 120
