"""Whatever people try, a case stays within its definition, and its log gives the same case again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from workflow import Actor, Case, Engine, RefusedError, load_text
from workflow.casework import Casework
from workflow.definition.checking import check
from workflow.definition.loading import UNSOUND
from workflow.definition.model import Definition
from workflow.rules.case import Command, Decision, Refusal
from workflow.rules.decide import decide
from workflow.rules.procedure import Procedure

STATES = [f"s{number}" for number in range(6)]
ROLES = ["clerk", "chief", "author"]
PEOPLE = [
    Actor("li.na", {"clerk"}),
    Actor("wang.wei", {"chief"}),
    Actor("zhao.min", {"clerk", "chief"}),
    Actor("x", ()),
]
CONDITIONS = ["n > 3", "n <= 3 || flag", "flag", "has(data.n)", "times['t0'] < 2"]


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Any definition that is well formed, sound or not."""
    way = st.fixed_dictionaries(
        {
            "from": st.one_of(st.just("*"), st.lists(st.sampled_from(STATES[:5]), min_size=1, max_size=3, unique=True)),
            "to": st.sampled_from([*STATES, "="]),
            "by": st.lists(st.sampled_from([*ROLES, "anyone"]), min_size=1, max_size=2, unique=True),
        },
        optional={
            "when": st.sampled_from(CONDITIONS),
            "require": st.lists(st.sampled_from(["n", "reason"]), max_size=2, unique=True),
            "accept": st.just(["n", "flag"]),
            "apart_from": st.lists(st.sampled_from(["author", "t0", "t1"]), max_size=2, unique=True),
            "at_most": st.integers(1, 2),
        },
    )
    ways = draw(st.lists(way, min_size=4, max_size=8))
    transitions: dict[str, list[Any]] = {"t0": [], "t1": []}
    for number, each in enumerate(ways):
        transitions.setdefault(f"t{number % 4}", []).append(each)
    plain = {
        "workflow": "any",
        "version": 1,
        "roles": {"clerk": None, "chief": None, "author": {"is": "submitter"}},
        "fields": {"n": {"type": "integer"}, "flag": {"type": "boolean"}},
        "states": {name: {"initial": name == "s0", "final": name == "s5"} for name in STATES},
        "transitions": transitions,
    }
    definition = Definition.model_validate(plain)
    wrong = {rule for rule, severity, _, _ in check(definition) if severity == "error"}
    assume(wrong <= UNSOUND)
    return definition


commands = st.lists(
    st.tuples(
        st.sampled_from(["t0", "t1", "t2", "t3", "nowhere"]),
        st.sampled_from(PEOPLE),
        st.fixed_dictionaries({}, optional={"n": st.integers(-5, 9), "flag": st.booleans(), "m": st.just(1)}),
        st.sampled_from([None, "because"]),
    ),
    max_size=12,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(definitions(), commands)
def test_a_case_never_leaves_its_definition_and_replays_to_itself(definition: Definition, tries: list[Any]) -> None:
    engine = Engine.open("sqlite://")
    try:
        engine.install(definition)
        case = engine.submit("any", actor=PEOPLE[0], data={"n": 1})
        accepted = 1
        for transition, actor, data, reason in tries:
            before = engine.case(case.id)
            try:
                moved = engine.advance(case.id, transition, actor=actor, data=data, reason=reason)
            except RefusedError as refused:
                assert refused.blockers
                after = engine.case(case.id)
                assert after._replace(rev=0, head=b"", updated_at=before.updated_at) == before._replace(rev=0, head=b"")
                continue
            accepted += 1
            _check_move(definition, before, moved, transition, actor, data, reason)
        history = engine.history(case.id)
        assert len(history) == len(tries) + 1
        assert sum(entry.kind != "refused" for entry in history) == accepted
        with engine.store.reading() as unit:
            assert Casework(unit, engine._office).fold(case.id) == engine.case(case.id)
        assert engine.verify().problems == ()
    finally:
        engine.close()


def _check_move(
    definition: Definition, before: Case, after: Case, transition: str, actor: Actor, data: Any, reason: str | None
) -> None:
    """The move by the words of the definition alone, without the engine's own reading of them."""
    assert not definition.states[before.state].final
    fitting = [
        way
        for way in definition.transitions[transition]
        if (way.from_ == "*" or before.state in way.from_)
        and after.state == (before.state if way.to == "=" else way.to)
    ]
    assert fitting
    roles = {"anyone", *(actor.roles or ()), *(["author"] if actor.id == "li.na" else [])}
    made_by = {name: set(track.people) for name, track in before.trail.items()}
    allowed = []
    for way in fitting:
        known = {**before.data, **data}
        apart = {"li.na"} if "author" in way.apart_from else set()
        for name in way.apart_from:
            apart |= made_by.get(name, set()) if name != "author" else set()
        times = before.trail[transition].times if transition in before.trail else 0
        allowed.append(
            bool(roles & set(way.by))
            and actor.id not in apart
            and (way.at_most is None or times < way.at_most)
            and ("reason" not in way.require or reason is not None)
            and ("n" not in way.require or "n" in known)
            and set(data) <= {*way.accept, *(set(way.require) - {"reason"})}
            and all(_holds(condition.check, known, before) for condition in way.when)
        )
    assert any(allowed)
    assert after.data == {**before.data, **data}


def _holds(check: str, known: dict[str, Any], before: Case) -> bool:
    n, flag = known.get("n"), known.get("flag")
    return {
        "n > 3": n is not None and n > 3,
        "n <= 3 || flag": (n is not None and n <= 3) or flag is True,
        "flag": flag is True,
        "has(data.n)": n is not None,
        "times['t0'] < 2": "t0" in before.trail and before.trail["t0"].times < 2,
    }[check]


def plain(answer: Decision | Refusal) -> Any:
    """An answer without the way, which is a part of the procedure that gave it."""
    if isinstance(answer, Refusal):
        return answer
    return answer._replace(way=(answer.way.name, answer.way.index))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(definitions(), commands)
def test_deciding_twice_gives_the_same_and_options_agree_with_it(definition: Definition, tries: list[Any]) -> None:
    procedure, again = Procedure(definition), Procedure(definition)
    engine = Engine.open("sqlite://")
    try:
        engine.install(definition)
        case = engine.submit("any", actor=PEOPLE[0], data={"n": 1})
        now = datetime(2026, 1, 5, tzinfo=UTC)
        for transition, actor, data, reason in tries:
            command = Command(actor, transition, None, data, reason)
            first = decide(procedure, case, command, now)
            assert plain(decide(again, case, command, now)) == plain(first)
            assert plain(decide(again, case, command, now + timedelta(days=9))) == plain(first)
            if isinstance(first, Decision):
                offered = {(o.transition, o.to) for o in engine.options(case.id, actor=actor) if o.allowed}
                assert (transition, first.target) in offered
                case = engine.advance(case.id, transition, actor=actor, data=data, reason=reason)
                assert case.state == first.target
    finally:
        engine.close()


def test_the_definitions_of_these_tests_are_of_the_language() -> None:
    with Engine.open("sqlite://") as engine, pytest.raises(RefusedError):
        engine.install(load_text("workflow: a\nversion: 1\nstates: {s: {initial: true, final: true}}"))
        engine.advance(engine.submit("a", actor=PEOPLE[0]).id, "go", actor=PEOPLE[0])
