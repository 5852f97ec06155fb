"""Whatever people do, allowed or not, the log that comes of it checks out: a check that cries wolf is worth nothing."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.book import GRANT, budget
from tests.conftest import PROPOSAL, Clock, repeatable
from workflow import Actor, Engine, Line, WorkflowError, load_text

DEFINITIONS = {each.workflow: each for each in (load_text(PROPOSAL), load_text(GRANT))}
FIELDS = sorted({name for each in DEFINITIONS.values() for name in each.fields} | {"colour"})
STATES = sorted({name for each in DEFINITIONS.values() for name in each.states} | {"nowhere"})
TRANSITIONS = sorted({name for each in DEFINITIONS.values() for name in each.transitions} | {"wish", "→ adopted", ""})

VALUES = st.one_of(
    st.sampled_from([None, True, "li.na", "zhao.min", "60", "100.00", "99999.00", "2026-02-30", "2026-03-01", "a, b"]),
    st.sampled_from([60, 0, -1, 2**53, 2**64, 1.5, float("nan"), Decimal("5.0"), Decimal("1E2"), Decimal("NaN")]),
    st.sampled_from([date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), [], ["a", 1], {"a": {"b": []}}, ("a",), b"a"]),
    st.integers(0, 2_000),
    st.text(max_size=5),
)
DATA = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)
FITTING = st.fixed_dictionaries(
    {}, optional={"title": st.text(max_size=5), "benefit": st.sampled_from(["1", Decimal("2.5")])}
)
REASONS = st.sampled_from([None, "", " ", "because", "由于\n\x1b[1m"])
PEOPLE = st.builds(
    Actor,
    st.sampled_from(["li.na", "wang.wei", "zhao.min"]),
    st.one_of(st.none(), st.sets(st.sampled_from(["clerk", "secretary", "director"]))),
    st.sampled_from([None, None, None, "li.na", "guest"]),
)
SUBMIT = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(sorted(DEFINITIONS)), PEOPLE, DATA, REASONS),
    st.tuples(st.just("submit"), st.just("proposal"), PEOPLE, FITTING.map(lambda d: {"title": "a", **d}), REASONS),
    st.tuples(st.just("submit"), st.just("grant"), PEOPLE, st.just({"amount": 500, "owner": "li.na"}), REASONS),
)
# What leaves the state of a case, by number; or any transition; or any state.
WAY = st.one_of(
    st.tuples(st.integers(0, 5), st.none()),
    st.tuples(st.sampled_from(TRANSITIONS), st.none()),
    st.tuples(st.none(), st.sampled_from(STATES)),
)
EVERY_ROLE = st.builds(
    Actor, st.sampled_from(["li.na", "wang.wei", "zhao.min"]), st.just({"clerk", "secretary", "director"})
)
TRY = st.tuples(st.just("advance"), st.integers(0, 5), WAY, PEOPLE, DATA, REASONS)
ADVANCE = st.tuples(
    st.just("advance"),
    st.integers(0, 5),
    st.tuples(st.integers(0, 5), st.none()),
    EVERY_ROLE,
    st.sampled_from([{}, {}, {"score": 70}, {"score": "5"}, {"tags": "a, b"}]),
    st.just("because"),
)
IMPORT = st.tuples(
    st.just("import"),
    st.sampled_from(["OLD-1", "OLD-2"]),
    st.one_of(st.none(), st.sampled_from(STATES)),
    st.sampled_from(STATES),
    PEOPLE,
    DATA,
)
ROLE = st.tuples(st.sampled_from(["grant", "revoke"]), st.sampled_from(["li.na", "guest"]), st.sampled_from(["clerk"]))
WAIT = st.tuples(st.just("wait"), st.integers(-100, 100))

# Mostly what moves a case.
STEPS = (*[ADVANCE] * 6, TRY, TRY, SUBMIT, IMPORT, ROLE, WAIT)
STEP = st.integers(0, len(STEPS) - 1).flatmap(lambda number: STEPS[number])


def act(engine: Engine, clock: Clock, cases: list[str], step: tuple[Any, ...]) -> None:
    """Try one thing. What was refused or was bad input is a part of it."""
    kind, *rest = step
    if kind == "submit":
        name, who, data, reason = rest
        cases.append(engine.submit(name, actor=who, data=data, reason=reason).id)
    elif kind == "advance":
        which, (transition, to), who, data, reason = rest
        if cases:
            case = cases[which % len(cases)]
            if isinstance(transition, int):
                open_here = [each.transition for each in engine.options(case, actor=who)] or ["none"]
                transition = open_here[transition % len(open_here)]
            engine.advance(case, transition, to=to, actor=who, data=data, reason=reason)
    elif kind == "import":
        reference, source, target, who, data = rest
        said = {"op": "import", "definition": "proposal", "reference": reference, "from": source, "to": target}
        said |= {"at": "2020-01-01T00:00:00+08:00", "actor": who.id, "for": who.acting_for, "data": data}
        for result in engine.apply([Line(1, said)], actor=Actor("wang.wei")):
            if result.case is not None:
                cases.append(result.case)
    elif kind == "wait":
        clock.move(minutes=rest[0])
    else:
        getattr(engine, kind)(*rest)


@settings(max_examples=80)
@given(
    st.lists(SUBMIT, min_size=1, max_size=3),
    st.lists(STEP, min_size=5, max_size=25),
)
def test_whatever_people_do_the_log_checks_out(first: list[tuple[Any, ...]], then: list[tuple[Any, ...]]) -> None:
    clock = Clock()
    guards = {"budget": budget, "board": lambda question: question.actor.id == "zhao.min"}
    engine = Engine.open("sqlite://", clock=clock, entropy=repeatable().randbytes, guards=guards)
    for each in DEFINITIONS.values():
        engine.install(each)
    engine.add_actor("li.na", roles=["director"])
    cases: list[str] = []
    for step in first + then:
        with contextlib.suppress(WorkflowError):
            act(engine, clock, cases, step)
    report = engine.verify()
    engine.close()
    assert report.problems == ()
    assert report.cases == len(Counter(cases))
