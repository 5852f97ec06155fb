"""The Python interface: what a developer who embeds the engine relies on."""

from __future__ import annotations

import logging
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests import grants
from tests.grants import GRANT, LI, WANG, ZHAO, codes, filed
from workflow import (
    Actor,
    Case,
    DefinitionError,
    Engine,
    Entry,
    InputError,
    NotFoundError,
    RefusedError,
    UnknownTransitionError,
    load_text,
)

# The fixtures of this file.
clock, engine = grants.clock, grants.engine


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
    dropped = engine.advance(case.id, "drop", actor=Actor("wang.wei", roles=(), acting_for="li.na"))
    entry = engine.history(case.id)[-1]
    assert (dropped.state, entry.actor.id, entry.actor.acting_for) == ("dropped", "wang.wei", "li.na")


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
