"""Guards: functions of the host that are asked before a case moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import grants
from tests.grants import GRANT, WANG, ZHAO, codes, filed
from workflow import Engine, Question, RefusedError, load_text

# The fixtures of this file.
clock, engine = grants.clock, grants.engine


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
