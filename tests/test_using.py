"""An engine inside the host's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests import cluster
from tests.grants import GRANT, LI, WANG, filed
from workflow import Engine, InputError, NotFoundError, RefusedError, StoreError, load_text


class TestUsing:
    """An engine inside the host's own transaction."""

    @pytest.fixture
    def host(self, store_kind: str, url: str) -> Iterator[tuple[Engine, Any]]:
        pool = cluster.host(url)
        with pool.begin() as connection:
            connection.execute(text("CREATE TABLE budget (spent INTEGER)"))
        if store_kind != "partitioned":  # there our tables are made beforehand
            with pytest.raises(StoreError) as foreign:
                Engine.open(pool)
            assert foreign.value.code == "foreign"
        engine = Engine.attach(pool)
        engine.upgrade()
        engine.install(load_text(GRANT))
        yield engine, pool
        pool.dispose()

    def test_what_the_host_commits_is_there(self, host: tuple[Engine, Any]) -> None:
        engine, pool = host
        with Session(pool) as session:
            with engine.using(session):
                case = filed(engine)
                engine.advance(case.id, "check", actor=WANG)
                assert engine.case(case.id).state == "checked"
            session.execute(text("INSERT INTO budget VALUES (100)"))
            session.commit()
        assert engine.case(case.id).state == "checked"
        assert engine.verify().problems == ()

    def test_what_the_host_rolls_back_never_was(self, host: tuple[Engine, Any]) -> None:
        engine, pool = host
        kept = filed(engine)
        with Session(pool) as session:
            with engine.using(session):
                engine.advance(kept.id, "check", actor=WANG)
                case = filed(engine)
            session.rollback()
        assert engine.case(kept.id) == kept
        with pytest.raises(NotFoundError):
            engine.case(case.id)
        assert engine.verify().problems == ()

    def test_a_refusal_leaves_no_entry_and_the_session_goes_on(self, host: tuple[Engine, Any]) -> None:
        engine, pool = host
        case = filed(engine)
        with Session(pool) as session, engine.using(session):
            with pytest.raises(RefusedError):
                engine.advance(case.id, "check", actor=LI)
            engine.advance(case.id, "drop", actor=LI)
            session.commit()
        assert [entry.kind for entry in engine.history(case.id)] == ["submitted", "advanced"]

    def test_two_sessions_that_move_one_case_cannot_both_succeed(self, host: tuple[Engine, Any]) -> None:
        engine, pool = host
        case = filed(engine)
        with Session(pool) as session, engine.using(session):
            before = engine.case(case.id)
            session.rollback()
        assert before.rev == 1
        engine.advance(case.id, "check", actor=WANG)
        with Session(pool) as session, engine.using(session), pytest.raises(RefusedError):
            engine.advance(case.id, "check", actor=WANG)

    def test_blocks_do_not_nest(self, host: tuple[Engine, Any]) -> None:
        engine, pool = host
        with Session(pool) as session, engine.using(session), pytest.raises(InputError), engine.using(session):
            pass
