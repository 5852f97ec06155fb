"""A case keeps the award table under which it was opened, whatever is installed after it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow import Actor, Case, Engine, load

DEFINITIONS = Path(__file__).parents[1] / "definitions"
Act = tuple[str, str, dict[str, Any]]
NAME = "rationalization-proposal"
PEOPLE = {
    "wang.wei": ["secretary"],
    "zhao.min": ["department"],
    "he.ping": ["reviewer"],
    "guo.hua": ["reviewer"],
    "ma.qin": ["union"],
    "chen.jie": ["director"],
    "liu.yang": ["implementer"],
    "sun.li": ["finance"],
}
MARKS = {"technique": "24", "benefit": "26", "scope": "15", "practicality": "18"}
TWELVE_MONTHS = {"measured_from": "2025-04-01", "measured_to": "2026-03-31", "intangible": False}


def submit(engine: Engine) -> Case:
    data = {"title": "One locating base", "problem": "47 minutes a changeover", "measure": "One common base"}
    return engine.submit(NAME, actor=Actor("li.na"), data=data)


def award(engine: Engine, case: Case, bonus: str) -> Case:
    """The case with a saving of 500000 verified, and this bonus proposed."""
    before: tuple[Act, ...] = (
        ("wang.wei", "register", {}),
        ("wang.wei", "refer", {}),
        ("zhao.min", "give_opinion", {"opinion": "adopt", "opinion_reasons": "Quick effect"}),
    )
    after: tuple[Act, ...] = (
        ("wang.wei", "evaluate", {}),
        ("chen.jie", "adopt", {}),
        ("liu.yang", "implement", {"implemented_on": "2025-03-31", "result": "11 minutes"}),
        ("sun.li", "verify", {**TWELVE_MONTHS, "benefit": "500000"}),
        ("wang.wei", "propose_award", {"bonus": bonus}),
    )
    for actor, transition, data in before:
        engine.advance(case.id, transition, actor=Actor(actor), data=data)
    for member in ("he.ping", "guo.hua", "ma.qin"):
        engine.vote(case.id, "committee", "yes", actor=Actor(member))
        engine.score(case.id, "sheet", MARKS, actor=Actor(member))
    for actor, transition, data in after:
        case = engine.advance(case.id, transition, actor=Actor(actor), data=data)
    return case


def test_a_case_opened_under_the_table_of_1982_is_graded_by_it_after_that_of_1986_is_installed() -> None:
    with Engine.open("sqlite://", clock=lambda: datetime(2025, 3, 3, 1, tzinfo=UTC)) as engine:
        for person, roles in PEOPLE.items():
            engine.add_actor(person, roles=roles)
        # As a unit has it: one procedure, whose second version has another table.
        old = load(DEFINITIONS / f"{NAME}-1982.yaml").model_copy(update={"workflow": NAME})
        engine.install(old)
        before = submit(engine)
        engine.install(DEFINITIONS / f"{NAME}.yaml")
        after = submit(engine)

        before, after = award(engine, before, "1000"), award(engine, after, "2500")

        graded = [each.proceedings.awards["bonus"]["assessment"] for each in (before, after)]
        assert [each.definition.version for each in (before, after)] == ["1982", "1986"]
        assert [(each["version"], each["grade"], each["amount"]) for each in graded] == [
            ("1982", "2", "1000.00"),
            ("1986", "2", "2500.00"),
        ]
        assert engine.verify().ok
