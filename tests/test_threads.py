"""One engine in many threads, and in a process that forks."""

from __future__ import annotations

import os
import threading

from tests import grants
from tests.grants import GRANT, WANG, ZHAO, filed
from workflow import Case, Engine, RefusedError, load_text

# The fixtures of this file.
clock, engine = grants.clock, grants.engine


def test_many_threads_share_an_engine(engine: Engine) -> None:
    cases = [filed(engine) for _ in range(8)]
    failed: list[BaseException] = []

    def work(case: Case) -> None:
        try:
            engine.advance(case.id, "check", actor=WANG)
            engine.advance(case.id, "back", actor=WANG, reason="again")
            engine.advance(case.id, "check", actor=WANG)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {engine.case(case.id).rev for case in cases} == {4}
    assert engine.verify().problems == ()


def test_threads_share_a_store_in_memory() -> None:
    engine = Engine.open("sqlite://")
    engine.install(load_text(GRANT))
    case = filed(engine)
    won: list[str] = []

    def work() -> None:
        try:
            won.append(engine.advance(case.id, "check", actor=WANG).state)
        except RefusedError as refused:
            won.append(refused.blockers[0].code)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == ["checked"] + ["state"] * 5
    engine.close()


def test_a_forked_child_does_not_share_its_parents_connection(engine: Engine) -> None:
    case = filed(engine)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if engine.advance(case.id, "check", actor=WANG).state == "checked" else 1
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert engine.advance(case.id, "pay", actor=ZHAO).state == "paid"
    assert engine.verify().problems == ()
