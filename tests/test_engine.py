"""The Python interface: what a developer who embeds the engine relies on."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from workflow import (
    Actor,
    Case,
    DefinitionError,
    Engine,
    Entry,
    InputError,
    NotFoundError,
    Question,
    RefusedError,
    StoreError,
    UnknownTransitionError,
    load_text,
)

GRANT = """
workflow: grant
version: 1
reference: "G-{year}-{number:03d}"
roles:
  applicant: {is: submitter}
  officer:
  owner: {field: owner}
fields:
  title: {type: text}
  amount: {type: money, currency: CNY}
  due: {type: date}
  owner: {type: text}
submit: {require: title, accept: [amount, due]}
states:
  filed: {initial: true}
  checked:
  paid: {final: true}
  dropped: {final: true}
transitions:
  check: {from: filed, to: checked, by: officer, accept: [amount, owner], apart_from: applicant}
  back: {from: checked, to: filed, by: [officer, owner], reason: true, at_most: 1}
  pay:
    - {from: checked, to: paid, by: officer, when: amount < 1000, apart_from: check}
    - {from: checked, to: paid, by: officer, guard: budget, apart_from: check}
  drop: {from: "*", to: dropped, by: applicant}
"""

LI = Actor("li.na")
WANG = Actor("wang.wei", roles={"officer"})
ZHAO = Actor("zhao.min", roles={"officer"})
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    made = Engine.open(f"sqlite:///{tmp_path / 'grants.db'}", clock=clock, guards={"budget": _budget})
    made.install(load_text(GRANT))
    yield made
    made.close()


def _budget(question: Question) -> bool | str:
    return Decimal(question.data["amount"]) <= 5000 or "the budget is 5000"


def filed(engine: Engine, amount: Any = "100", **more: Any) -> Case:
    return engine.submit("grant", actor=LI, data={"title": "A bridge", "amount": amount, **more})


def codes(refused: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def test_a_case_goes_from_submitted_to_its_end_and_every_attempt_is_an_entry(engine: Engine) -> None:
    case = filed(engine, Decimal("99.9"), due=date(2026, 5, 1))
    assert (case.state, case.reference, case.submitter, case.final) == ("filed", "G-2026-001", "li.na", False)
    assert case.data == {"title": "A bridge", "amount": "99.90", "due": "2026-05-01"}
    with pytest.raises(RefusedError) as refused:
        engine.advance(case.id, "check", actor=LI)
    assert codes(refused) == ["role", "separation"]
    engine.advance(case.id, "check", actor=WANG)
    paid = engine.advance(case.id, "pay", actor=ZHAO, reason="in the plan")
    assert (paid.state, paid.final, paid.rev) == ("paid", True, 4)
    history = engine.history(case.id)
    assert [(e.seq, e.kind, e.transition, e.source, e.target, e.actor.id) for e in history] == [
        (1, "submitted", None, None, "filed", "li.na"),
        (2, "refused", "check", "filed", None, "li.na"),
        (3, "advanced", "check", "filed", "checked", "wang.wei"),
        (4, "advanced", "pay", "checked", "paid", "zhao.min"),
    ]
    assert [blocker.code for blocker in history[1].blockers] == ["role", "separation"]
    assert history[3].reason == "in the plan"
    assert engine.case(case.id) == paid
    assert engine.verify().problems == ()


def test_values_are_frozen(engine: Engine) -> None:
    case = filed(engine)
    with pytest.raises(AttributeError):
        case.state = "paid"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        LI.id = "wang.wei"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        engine.history(case.id)[0].target = "paid"  # type: ignore[misc]


def test_all_blockers_are_given_at_once_each_with_what_unblocks_it(engine: Engine) -> None:
    case = filed(engine)
    engine.advance(case.id, "check", actor=WANG, data={"owner": "sun.li"})
    engine.advance(case.id, "back", actor=Actor("sun.li"), reason="figures")
    engine.advance(case.id, "check", actor=WANG)
    with pytest.raises(RefusedError) as refused:
        engine.advance(case.id, "back", actor=LI, data={"amount": "1"})
    assert codes(refused) == ["role", "limit", "reason", "bad_field"]
    assert all(blocker.message and blocker.unblock for blocker in refused.value.blockers)
    assert refused.value.blockers[1].params == {"transition": "back", "at_most": 1, "done": 1}


def test_the_second_way_of_a_transition_is_taken_when_the_first_does_not_hold(engine: Engine) -> None:
    case = filed(engine, "4000")
    engine.advance(case.id, "check", actor=WANG)
    assert engine.advance(case.id, "pay", actor=ZHAO).state == "paid"
    rich = filed(engine, "6000")
    engine.advance(rich.id, "check", actor=WANG)
    with pytest.raises(RefusedError) as refused:
        engine.advance(rich.id, "pay", actor=ZHAO)
    assert codes(refused) == ["condition", "guard"]
    assert refused.value.blockers[1].params["said"] == "the budget is 5000"


def test_a_guard_that_is_not_registered_refuses_and_one_that_is_not_true_too(tmp_path: Path) -> None:
    answers: list[Any] = [None, 1, "", [True]]
    for guards in ({}, {"budget": lambda _: answers.pop()}):
        engine = Engine.open("sqlite://", guards=guards)
        engine.install(load_text(GRANT))
        case = filed(engine, "4000")
        engine.advance(case.id, "check", actor=WANG)
        for _ in range(len(answers) if guards else 1):
            with pytest.raises(RefusedError) as refused:
                engine.advance(case.id, "pay", actor=ZHAO)
            assert codes(refused)[-1] == "guard"
        engine.close()
    assert answers == []


def test_a_guard_may_read_the_engine(tmp_path: Path) -> None:
    seen: list[str] = []

    def budget(question: Question) -> bool | str:
        assert question.case is not None
        seen.append(made.case(question.case.id).state)
        return True

    made = Engine.open(f"sqlite:///{tmp_path / 'g.db'}", guards={"budget": budget})
    made.install(load_text(GRANT))
    case = filed(made, "4000")
    made.advance(case.id, "check", actor=WANG)
    assert made.advance(case.id, "pay", actor=ZHAO).state == "paid"
    assert seen == ["checked"]
    made.close()


def test_an_unknown_transition_is_not_found_and_refused_and_recorded(engine: Engine) -> None:
    case = filed(engine)
    with pytest.raises(UnknownTransitionError) as unknown:
        engine.advance(case.id, "chekc", actor=WANG)
    assert isinstance(unknown.value, NotFoundError)
    assert isinstance(unknown.value, RefusedError)
    assert (unknown.value.exit_code, unknown.value.near) == (4, ("check",))
    assert [entry.kind for entry in engine.history(case.id)] == ["submitted", "refused"]


def test_a_state_may_be_named_instead_of_a_transition_where_only_one_leads_there(engine: Engine) -> None:
    case = filed(engine)
    assert engine.advance(case.id, to="checked", actor=WANG).state == "checked"
    with pytest.raises(RefusedError) as refused:
        engine.advance(case.id, to="nowhere", actor=WANG)
    assert codes(refused) == ["state"]
    with pytest.raises(InputError):
        engine.advance(case.id, "pay", to="paid", actor=WANG)


def test_options_say_what_is_open_and_what_is_not_and_agree_with_advance(engine: Engine) -> None:
    case = filed(engine)
    engine.advance(case.id, "check", actor=WANG)
    found = {(option.transition, option.to): option for option in engine.options(case.id, actor=WANG)}
    assert {key: option.allowed for key, option in found.items()} == {
        ("back", "filed"): True,
        ("pay", "paid"): False,
        ("drop", "dropped"): False,
    }
    assert found["back", "filed"].fields == ({"name": "reason", "type": "text", "title": "reason", "required": True},)
    assert [blocker.code for blocker in found["pay", "paid"].blockers] == ["separation"]
    with pytest.raises(RefusedError) as refused:
        engine.advance(case.id, "drop", actor=WANG)
    assert refused.value.blockers == found["drop", "dropped"].blockers


def test_the_same_key_gives_the_old_answer_even_after_the_case_went_on(engine: Engine) -> None:
    first = engine.submit("grant", actor=LI, data={"title": "A"}, key="form-1")
    again = engine.submit("grant", actor=LI, data={"title": "A"}, key="form-1")
    assert again == first
    checked = engine.advance(first.id, "check", actor=WANG, data={"amount": "5"}, key="k-1")
    engine.advance(first.id, "pay", actor=ZHAO)
    assert engine.advance(first.id, "check", actor=WANG, data={"amount": "5.00"}, key="k-1") == checked
    assert [entry.kind for entry in engine.history(first.id)] == ["submitted", "advanced", "advanced"]
    others: list[dict[str, Any]] = [{"data": {"amount": "6"}}, {"actor": ZHAO}]
    for other in others:
        with pytest.raises(InputError) as reused:
            engine.advance(first.id, "check", **{"actor": WANG, "data": {"amount": "5"}, "key": "k-1", **other})
        assert reused.value.code == "key_reused"
    with pytest.raises(InputError):
        engine.submit("grant", actor=LI, data={"title": "B"}, key="form-1")


def test_a_refusal_does_not_use_up_its_key(engine: Engine) -> None:
    case = filed(engine)
    with pytest.raises(RefusedError):
        engine.advance(case.id, "check", actor=LI, key="k")
    assert engine.advance(case.id, "check", actor=WANG, key="k").state == "checked"


def test_a_dry_run_decides_as_ever_and_writes_nothing(engine: Engine) -> None:
    case = filed(engine)
    tried = engine.advance(case.id, "check", actor=WANG, dry_run=True)
    assert (tried.state, tried.dry_run) == ("checked", True)
    with pytest.raises(RefusedError):
        engine.advance(case.id, "check", actor=LI, dry_run=True)
    assert engine.submit("grant", actor=LI, data={"title": "B"}, dry_run=True).reference == "G-2026-002"
    assert engine.case(case.id) == case
    assert len(engine.history(case.id)) == 1
    assert engine.cases() == [case]


def test_a_refused_submission_stands_in_the_intake(engine: Engine) -> None:
    with pytest.raises(RefusedError) as refused:
        engine.submit("grant", actor=LI, data={"amount": "x", "colour": "red"})
    assert codes(refused) == ["missing_field", "bad_field", "bad_field"]
    assert engine.cases() == []
    intake = [entry for entry in engine.log() if entry.kind == "refused"]
    assert [(entry.as_dict()["stream"], entry.transition, entry.data) for entry in intake] == [
        ("intake", "submit", {"amount": "x", "colour": "red"})
    ]
    assert engine.verify().problems == ()


def test_floats_are_refused_as_money(engine: Engine) -> None:
    with pytest.raises(RefusedError) as refused:
        filed(engine, 100.5)
    assert refused.value.blockers[0].params["problem"] == "float"


def test_a_definition_changes_nothing_for_cases_that_began_under_the_old_one(engine: Engine) -> None:
    old = filed(engine, "4000")
    engine.install(load_text(GRANT.replace("version: 1", "version: 2").replace("amount < 1000", "amount < 9999")))
    new = filed(engine, "6000")
    assert (old.definition.version, new.definition.version) == ("1", "2")
    for case in (old, new):
        engine.advance(case.id, "check", actor=WANG)
    assert engine.advance(new.id, "pay", actor=ZHAO).state == "paid"
    assert engine.advance(old.id, "pay", actor=ZHAO).state == "paid"
    with pytest.raises(InputError) as other:
        engine.install(load_text(GRANT.replace("amount < 1000", "amount < 1001")))
    assert other.value.code == "definition_other"
    with pytest.raises(DefinitionError):
        engine.install(Path(__file__))


def test_the_roles_of_the_directory_count_when_the_host_names_none(engine: Engine) -> None:
    case = filed(engine)
    engine.add_actor("wang.wei", roles=["officer"])
    assert engine.advance(case.id, "check", actor=Actor("wang.wei"), dry_run=True).state == "checked"
    engine.revoke("wang.wei", "officer")
    with pytest.raises(RefusedError):
        engine.advance(case.id, "check", actor=Actor("wang.wei"))
    with pytest.raises(RefusedError):
        engine.advance(case.id, "check", actor=Actor("wang.wei", roles=()))


def test_acting_for_somebody_uses_their_relation_and_binds_both(engine: Engine) -> None:
    case = filed(engine)
    with pytest.raises(RefusedError) as refused:
        engine.advance(case.id, "check", actor=Actor("wang.wei", roles={"officer"}, acting_for="li.na"))
    assert codes(refused) == ["separation"]
    dropped = engine.advance(case.id, "drop", actor=Actor("wang.wei", acting_for="li.na"))
    entry = engine.history(case.id)[-1]
    assert (dropped.state, entry.actor.id, entry.actor.acting_for) == ("dropped", "wang.wei", "li.na")


def test_the_clock_may_go_back_and_the_log_does_not(engine: Engine, clock: Clock) -> None:
    case = filed(engine)
    clock.now -= timedelta(days=3)
    moved = engine.advance(case.id, "check", actor=WANG)
    assert moved.updated_at == case.updated_at
    clock.now = START.replace(tzinfo=None)
    with pytest.raises(InputError) as naive:
        engine.advance(case.id, "pay", actor=ZHAO)
    assert naive.value.code == "no_clock"
    assert engine.case(case.id) == moved


def test_a_claimed_time_is_kept_beside_the_recorded_one(engine: Engine) -> None:
    claimed = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)
    case = filed(engine)
    engine.advance(case.id, "check", actor=WANG, at=claimed)
    entry = engine.history(case.id)[-1]
    assert (entry.claimed_at, entry.at) == (claimed, START)
    with pytest.raises(InputError):
        engine.advance(case.id, "pay", actor=ZHAO, at=claimed.replace(tzinfo=None))


def test_listeners_hear_of_every_entry_after_its_commit_and_stop_nobody(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[str, str]] = []

    def listener(entry: Entry, case: Case | None) -> None:
        assert case is not None
        heard.append((entry.kind, engine.case(case.id).state))

    def broken(entry: Entry, case: Case | None) -> None:
        raise RuntimeError("no paper")

    engine.listen(broken)
    engine.listen(listener)
    case = filed(engine)
    caplog.clear()
    with caplog.at_level(logging.INFO, "workflow"):
        engine.advance(case.id, "check", actor=WANG)
    with pytest.raises(RefusedError):
        engine.advance(case.id, "check", actor=WANG)
    engine.advance(case.id, "pay", actor=ZHAO, dry_run=True)
    assert heard == [("submitted", "filed"), ("advanced", "checked"), ("refused", "checked")]
    assert [record.message for record in caplog.records][:2] == ["case_advanced", "listener_failed"]


def test_the_library_is_silent_until_the_host_configures_logging(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    case = filed(engine)
    engine.advance(case.id, "check", actor=WANG)
    assert capsys.readouterr() == ("", "")


class TestUsing:
    """An engine inside the host's own transaction."""

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[tuple[Engine, Any]]:
        pool = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
        with pool.begin() as connection:
            connection.execute(text("CREATE TABLE budget (spent INTEGER)"))
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


def test_todo_lists_what_options_allow(engine: Engine) -> None:
    first, second, third = sorted(filed(engine) for _ in range(3))
    engine.advance(second.id, "check", actor=WANG)
    engine.advance(third.id, "drop", actor=LI)
    assert [case.id for case in engine.todo(actor=WANG)] == [first.id, second.id]
    assert [case.id for case in engine.todo(actor=LI)] == [first.id, second.id]
    assert engine.todo(actor=Actor("sun.li")) == []
    for case in (first, second):
        assert any(option.allowed for option in engine.options(case.id, actor=ZHAO))
    assert [case.id for case in engine.todo(actor=ZHAO, limit=1)] == [first.id]


def test_stats_count_and_time(engine: Engine, clock: Clock) -> None:
    first, second = filed(engine), filed(engine)
    clock.now += timedelta(days=2)
    engine.advance(first.id, "check", actor=WANG)
    clock.now += timedelta(days=4)
    engine.advance(second.id, "check", actor=WANG)
    figures = engine.stats()["definitions"]["grant"]
    assert (figures["cases"], figures["open"], figures["entries"]) == (2, 2, {"submitted": 2, "advanced": 2})
    assert figures["states"] == {
        "checked": {"cases": 2, "share": 1.0, "left": 0, "median_seconds": None, "p90_seconds": None},
        "filed": {"cases": 0, "share": 0.0, "left": 2, "median_seconds": 4 * 86400.0, "p90_seconds": 6 * 86400.0},
    }


DATED = GRANT.replace("version: 1", "version: 1\ncalendar: CN").replace(
    "filed: {initial: true}\n  checked:", "filed: {initial: true, due: 5wd}\n  checked: {due: 24h}"
)


def test_due_times_are_recorded_when_a_state_is_entered(clock: Clock, tmp_path: Path) -> None:
    engine = Engine.open(f"sqlite:///{tmp_path / 'due.db'}", clock=clock)
    engine.install(load_text(DATED))
    clock.now = datetime(2025, 9, 26, 2, 0, tzinfo=UTC)
    case = filed(engine)
    assert case.due_at == datetime(2025, 10, 10, 16, 0, tzinfo=UTC)
    clock.now += timedelta(days=20)
    assert engine.cases(overdue=True) == [case]
    assert engine.stats()["overdue"] == 1
    checked = engine.advance(case.id, "check", actor=WANG)
    assert checked.due_at == clock.now + timedelta(hours=24)
    assert engine.cases(overdue=True) == []
    assert [entry.due_at for entry in engine.history(case.id)] == [case.due_at, checked.due_at]
    dropped = engine.advance(case.id, "drop", actor=LI)
    assert (dropped.due_at, engine.case(case.id).due_at) == (None, None)
    assert engine.verify().problems == ()
    engine.close()
