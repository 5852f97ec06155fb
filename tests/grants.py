"""A definition of grants, its people, and an engine for it on a store of its own, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from workflow import Actor, Case, Engine, Question, RefusedError, load_text

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
def engine(url: str, clock: Clock) -> Iterator[Engine]:
    made = Engine.open(url, clock=clock, guards={"budget": _budget})
    made.install(load_text(GRANT))
    yield made
    made.close()


def _budget(question: Question) -> bool | str:
    return Decimal(question.data["amount"]) <= 5000 or "the budget is 5000"


def filed(engine: Engine, amount: Any = "100", **more: Any) -> Case:
    return engine.submit("grant", actor=LI, data={"title": "A bridge", "amount": amount, **more})


def codes(refused: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]
