"""A server with others on it, slow, cut off, stopped or killed: what was answered is there once, the rest is told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.cluster import Server, connected, place
from tests.grants import GRANT, LI, WANG, ZHAO, filed
from tests.support import run
from workflow import ConflictError, Engine, InputError, NotFoundError, Question, RefusedError, StoreError, load_text
from workflow import Line as Told
from workflow.store import statements as sql
from workflow.store.unit import Unit

pytestmark = pytest.mark.databases("postgres")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine whose guard does something meanwhile, once, when it is told what."""
    with Engine.open(f"{url}&application_name={schema(url)}", guards={"budget": meanwhile}) as engine:
        engine.install(load_text(GRANT))
        yield engine
    meanwhile.work = None


class Meanwhile:
    """A guard that runs while a transaction is open, after the case was read and before anything is written."""

    work: Callable[[], object] | None = None
    asked = 0

    def __call__(self, question: Question) -> bool:
        self.asked += 1
        work, self.work = self.work, None
        if work is not None:
            work()
        return True


meanwhile = Meanwhile()


def checked(engine: Engine) -> str:
    """A case that the guard has to let pass, next."""
    case = filed(engine, "4000")
    engine.advance(case.id, "check", actor=WANG)
    return case.id


def suppressed(other: Engine, case: str) -> None:
    with pytest.raises(RefusedError):
        other.advance(case, "drop", actor=WANG)


def kinds(engine: Engine, case: str) -> list[str | None]:
    return [entry.transition or entry.kind for entry in engine.history(case)]


class TestOthers:
    @pytest.mark.databases("postgres", "serializable", "partitioned")
    def test_who_comes_second_decides_again(self, engine: Engine, url: str) -> None:
        case = checked(engine)
        with Engine.open(url) as other:
            meanwhile.work = lambda: other.advance(case, "back", actor=WANG, reason="first")
            meanwhile.asked = 0
            with pytest.raises(RefusedError):
                engine.advance(case, "pay", actor=ZHAO)
        assert meanwhile.asked == 1, "the second time the state forbade it, before any guard was asked"
        assert kinds(engine, case) == ["submitted", "check", "back", "pay"]
        assert engine.verify().ok

    @pytest.mark.databases("postgres", "serializable")
    def test_one_that_is_still_allowed_is_done_once(self, engine: Engine, url: str) -> None:
        case = checked(engine)
        with Engine.open(url) as other:
            meanwhile.work = lambda: suppressed(other, case)
            meanwhile.asked = 0
            assert engine.advance(case, "pay", actor=ZHAO).rev == 4
        assert meanwhile.asked == 2
        assert [entry.kind for entry in engine.history(case)] == ["submitted", "advanced", "refused", "advanced"]
        assert engine.verify().ok

    def test_a_batch_is_done_anew(self, engine: Engine, url: str) -> None:
        first, second = checked(engine), checked(engine)
        lines = [
            Told(number, {"op": "advance", "case": case, "to": "paid"}) for number, case in enumerate((first, second))
        ]
        with Engine.open(url) as other:
            meanwhile.work = lambda: other.advance(first, "drop", actor=LI)
            told = [result.state for result in engine.apply(lines, actor=ZHAO)]
        assert told == ["dropped", "paid"]
        assert kinds(engine, first) == ["submitted", "check", "drop", "→ paid"]
        assert engine.verify().ok

    def _both(self, engine: Engine, work: Callable[[Unit, int, Callable[[], object]], None]) -> int:
        """Two transactions at once, which wait for each other in their first try; how many tries there were."""
        barrier, tries = threading.Barrier(2), [0, 0]

        def attempt(number: int) -> None:
            def once(unit: Unit) -> None:
                tries[number] += 1
                first = tries[number] == 1
                work(unit, number, lambda: first and barrier.wait(timeout=20))

            engine.store.run(once)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(attempt, range(2)))
        return sum(tries)

    @pytest.mark.databases("postgres", "serializable")
    def test_of_two_in_a_deadlock_one_begins_again(self, engine: Engine) -> None:
        engine.store.run(lambda unit: [unit.run(sql.ADD_COUNTER, name, "all", 0) for name in "ab"])

        def work(unit: Unit, number: int, meet: Callable[[], object]) -> None:
            first, second = "ab" if number else "ba"
            unit.run(sql.MOVE_COUNTER, first, "all")
            meet()
            unit.run(sql.MOVE_COUNTER, second, "all")

        assert self._both(engine, work) >= 3
        with engine.store.reading() as unit:
            assert [unit.one(sql.READ_COUNTER, name, "all")[0] for name in "ab"] == [2, 2]

    @pytest.mark.databases("serializable")
    def test_of_two_that_cannot_be_put_in_an_order_one_begins_again(self, engine: Engine) -> None:
        engine.store.run(lambda unit: [unit.run(sql.ADD_COUNTER, name, "all", 0) for name in "ab"])

        def work(unit: Unit, number: int, meet: Callable[[], object]) -> None:
            total = sum(unit.one(sql.READ_COUNTER, name, "all")[0] for name in "ab")
            meet()
            unit.run(sql.SET_COUNTER, total + 1, "ab"[number], "all")

        assert self._both(engine, work) >= 3
        with engine.store.reading() as unit:
            assert sorted(unit.one(sql.READ_COUNTER, name, "all")[0] for name in "ab") == [1, 2]

    def test_who_waits_too_long_is_told(self, engine: Engine, url: str) -> None:
        case = filed(engine).id
        with connected(url) as other, other.transaction():
            other.execute("LOCK TABLE workflow_entry IN EXCLUSIVE MODE")
            with Engine.open(f"{url}&timeout=0.2") as hasty, pytest.raises(ConflictError) as busy:
                hasty.advance(case, "check", actor=WANG)
            assert busy.value.code == "busy"
            done = run("--db", f"{url}&timeout=0.2", "actor", "add", "sun.li")
            assert (done.code, done.err) == (5, "error: the store is busy: another writer holds it; try again\n")
            with Engine.open(f"{url}&statement_timeout=0.2") as limited, pytest.raises(StoreError) as late:
                limited.advance(case, "check", actor=WANG)
            assert (late.value.code, late.value.exit_code) == ("timed_out", 7)
            assert "canceling statement due to statement timeout" in str(late.value)
        assert kinds(engine, case) == ["submitted"]


class TestServers:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda url: url.replace("/postgres?", "/nowhere?"), 'database "nowhere" does not exist'),
            (lambda url: url.replace("postgres@", "nobody@"), 'role "nobody" does not exist'),
            (lambda _: "postgresql+psycopg://u:secret@127.0.0.1:1/x", "Connection refused"),
        ],
    )
    def test_one_that_does_not_answer_is_told_by_name(self, url: str, change: Any, message: str) -> None:
        done = run("--db", change(url), "list")
        assert (done.code, done.out, done.err.count("\n")) == (7, "", 1)
        assert done.err.startswith("error: the store postgresql+psycopg://")
        assert message in done.err
        assert "secret" not in done.err

    @pytest.mark.parametrize(
        "option", ["isolation=none", "timeout=soon", "timeout=0", "prepare=maybe", "nonsense=1", "statement_timeout=-1"]
    )
    def test_an_option_that_is_wrong_is_bad_input(self, url: str, option: str) -> None:
        done = run("--db", f"{url}&{option}", "list")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert done.err.startswith("error: not a database URL: postgresql+psycopg://")

    def test_a_database_that_is_not_in_utf8_is_refused(self, postgres: str, url: str) -> None:
        name = f"latin_{schema(url)}"
        with connected(url) as server:
            server.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0".encode())
        done = run("--db", postgres.replace("/postgres?", f"/{name}?"), "db", "init")
        assert (done.code, done.out, done.err) == (7, "", "error: the database is not in UTF-8\n")
        with connected(url) as server:
            server.execute(f"DROP DATABASE {name}".encode())

    def test_without_the_driver_it_is_told_what_to_install(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "workflow.store.postgres", None)
        done = run("--db", url, "list")
        assert done.code == 7
        assert done.err.startswith(
            "error: PostgreSQL needs psycopg; install proposal-workflow with the extra postgres ("
        )

    def test_a_connection_that_was_ended_meanwhile_is_opened_again(self, engine: Engine, url: str) -> None:
        case = filed(engine).id
        end_all(url)
        assert engine.case(case).state == "filed"
        end_all(url)
        assert engine.advance(case, "check", actor=WANG).state == "checked"

    def test_one_that_is_ended_in_the_middle_is_begun_again(self, engine: Engine, url: str) -> None:
        case = checked(engine)
        meanwhile.work, meanwhile.asked = lambda: end_all(url), 0
        assert engine.advance(case, "pay", actor=ZHAO).state == "paid"
        assert meanwhile.asked == 2
        assert kinds(engine, case) == ["submitted", "check", "pay"]
        assert engine.verify().ok

    def test_a_reader_is_told(self, engine: Engine, url: str) -> None:
        with pytest.raises(StoreError) as told, engine.store.reading() as unit:
            end_all(url)
            unit.one("SELECT 1")
        assert told.value.code == "disconnected"
        assert engine.definitions() != []

    def test_a_standby_that_does_not_confirm_is_told(self) -> None:
        server = Server()
        try:
            engine = Engine.open(server.url)
            engine.install(load_text(GRANT))
            cases = [filed(engine).id for _ in range(50)]
            with connected(server.url) as other:
                other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                other.execute("SELECT pg_reload_conf()")
                with ThreadPoolExecutor(1) as pool:
                    # The server reads its settings in its own time: the first moves may not have to wait yet.
                    for case in cases:
                        moved = pool.submit(engine.advance, case, "check", actor=WANG)
                        cancel = (
                            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                        )
                        while not moved.done() and other.execute(cancel).fetchone() == (0,):
                            pass
                        if moved.exception(timeout=60) is not None:
                            break
                    with pytest.raises(StoreError) as told:
                        moved.result(timeout=60)
            assert told.value.code == "unconfirmed"
            assert "canceling wait for synchronous replication" in str(told.value)
            assert kinds(engine, case) == ["submitted", "check"]
            engine.close()
        finally:
            server.stop()


def schema(url: str) -> str:
    return url.rpartition("%3D")[2].partition("&")[0]


def end_all(url: str) -> None:
    """End every connection of the engine that is tested."""
    with connected(url) as other:
        ended = other.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE application_name = current_schema()"
        ).fetchone()
    assert ended is not None
    assert ended[0] != 0


class TestUsing:
    def test_a_session_without_transactions_is_refused(self, engine: Engine, url: str) -> None:
        pool = create_engine(url, isolation_level="AUTOCOMMIT")
        with Session(pool) as session, pytest.raises(InputError) as refused, engine.using(session):
            pass
        assert refused.value.code == "autocommit"
        pool.dispose()

    def test_who_comes_second_is_told_and_the_host_begins_again(self, engine: Engine, url: str) -> None:
        case = checked(engine)
        pool = create_engine(url)
        meanwhile.work = lambda: _elsewhere(url, case)
        with Session(pool) as session, engine.using(session):
            with pytest.raises(ConflictError):
                engine.advance(case, "pay", actor=ZHAO)
            session.rollback()
        assert kinds(engine, case) == ["submitted", "check", "back"]
        pool.dispose()

    def test_a_session_on_another_database_is_refused_and_goes_on(self, engine: Engine, postgres: str) -> None:
        with place(postgres) as other:
            pool = create_engine(other)
            with Session(pool) as session:
                with pytest.raises(StoreError) as refused, engine.using(session):
                    pass
                assert refused.value.code == "other_store"
                assert session.connection().exec_driver_sql("SELECT 1").scalar() == 1
            pool.dispose()


def _elsewhere(url: str, case: str) -> None:
    with Engine.open(url) as other:
        other.advance(case, "back", actor=WANG, reason="first")


@pytest.mark.databases("sqlite", "postgres")
def test_text_that_a_database_cannot_hold_is_told_the_same_everywhere(url: str) -> None:
    with Engine.open(url) as engine:
        engine.install(load_text(GRANT))
        case = filed(engine)
        for ask in (engine.case, engine.find, engine.actor, engine.definition, engine.history):
            with pytest.raises(NotFoundError):
                ask("a\x00b")
        assert list(engine.log(actor="\x00")) == []
        for name in ("a\x00b", "a\ud800b"):
            for transition, to in ((name, None), (None, name)):
                with pytest.raises(InputError) as refused:
                    engine.advance(case.id, transition, to=to, actor=WANG)
                assert refused.value.code == "bad_text"
            with pytest.raises(InputError):
                engine.submit("grant", actor=LI, data={"title": "x"}, reference=name)
        with pytest.raises(RefusedError):
            engine.submit("grant", actor=LI, data={"a\x00b": 1})
        with pytest.raises(RefusedError):
            engine.submit("grant", actor=LI, data={"title": "a\x00b"})
        assert [dict(entry.data or {}) for entry in engine.log(case="intake")] == [{"a\x00b": 1}, {"title": "a\x00b"}]
        assert engine.verify().ok
