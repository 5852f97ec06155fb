"""A store with proposals as a suggestion office has them: many cases, at all ends, by a clock that jumps."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.conftest import Clock, repeatable
from workflow import Actor, Engine, Line, RefusedError

# A definition of its own, so that the story stays the same when the shipped one changes.
DEFINITION = Path(__file__).with_name("proposals.yaml")
PROPOSERS = ("li.na", "sun.li", "chen.bo", "zhou.yan", "he.ying", "ma.jun")
OFFICE = {
    "wang.wei": ["secretary"],
    "ma.jun": ["department"],
    "tang.li": ["department"],
    "zhao.min": ["director"],
    "gao.fei": ["implementer"],
    "he.ying": ["finance", "cashier"],
    "xu.hui": ["cashier"],
}
BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class Office:
    """Moves proposals on. A refused attempt is part of the story and no error."""

    def __init__(self, engine: Engine, clock: Clock, seed: int) -> None:
        self.engine = engine
        self.clock = clock
        self.random = random.Random(seed)

    def wait(self, hours: float) -> None:
        """Some time passes, about so much."""
        self.clock.move(hours=hours * self.random.uniform(0.3, 1.9))

    def chance(self, share: float) -> bool:
        """True in that share of all cases."""
        return self.random.random() < share

    def move(self, case: str, transition: str, who: Actor, hours: float, **more: Any) -> None:
        """After some hours, somebody tries a transition."""
        self.wait(hours)
        with suppress(RefusedError):
            self.engine.advance(case, transition, actor=who, **more)

    def propose(self, number: int) -> None:
        """One proposal, from its submission to wherever it comes."""
        self.clock.now = BEGIN + timedelta(hours=number * 41, minutes=self.random.randrange(300))
        name = self.random.choice(PROPOSERS)
        proposer = Actor(name)
        data = {
            "title": f"改进工装夹具，缩短换模时间（{number}）",
            "problem": "The changeover takes <b>40</b> minutes & more",
            "measure": "Quick clamps\nand a rack beside the press",
            "category": self.random.choice(["process", "saving", "safety", "product"]),
            "expected_benefit": f"{self.random.randrange(2, 90)}000",
        }
        case = self.engine.submit("rationalization-proposal", actor=proposer, data=data).id
        self.evaluate(case, name, proposer)

    def evaluate(self, case: str, name: str, proposer: Actor) -> None:
        """The office and the department."""
        secretary = Actor("wang.wei")
        if self.chance(0.15):
            self.move(case, "register", proposer, 3)
        if self.chance(0.06):
            return self.move(case, "withdraw", proposer, 20)
        if self.chance(0.05):
            return None
        self.move(case, "register", secretary, 14)
        if self.chance(0.2):
            self.move(case, "return", secretary, 30, reason="缺少现状数据，请补充")
            self.move(case, "resubmit", proposer, 90)
        if self.chance(0.07):
            return self.move(case, "decline", secretary, 20, reason="属于报修，不是合理化建议")
        self.move(case, "refer", secretary, 26)
        if self.chance(0.06):
            return None
        department = "tang.li" if name == "ma.jun" else self.random.choice(["ma.jun", "tang.li"])
        opinion = {"opinion": "adopt", "opinion_reasons": "可行，投入小"}
        self.move(case, "give_opinion", Actor(department), 160, data=opinion)
        if self.chance(0.1):
            self.move(case, "evaluate", Actor(department), 40, data={"score": "70"})
        score = self.random.randrange(45, 96)
        self.move(case, "evaluate", secretary, 110, data={"score": str(score)})
        return self.decide(case, name, score)

    def decide(self, case: str, name: str, score: int) -> None:
        """The director, and what becomes of an adopted proposal."""
        director = Actor("zhao.min")
        if score < 60:
            self.move(case, "adopt", director, 30)
            return self.move(case, "decline", director, 20, reason="评分低于 60 分")
        if self.chance(0.1):
            self.move(case, "reserve", director, 30, reason="待设备更新后实施")
            if self.chance(0.4):
                return self.move(case, "reward_reserve", Actor("xu.hui"), 300, data={"reserve_award": "200"})
            self.move(case, "apply_reserve", director, 900)
        else:
            self.move(case, "adopt", director, 34)
        if self.chance(0.12):
            return None
        done = {"implemented_on": f"{self.clock.now:%Y-%m-%d}", "result": "已在两条生产线实施"}
        self.move(case, "implement", Actor("gao.fei"), 500, data=done)
        benefit = self.random.randrange(3, 80) * 1000
        found = {"measured_from": "2025-01-01", "measured_to": "2025-12-31", "benefit": benefit, "intangible": False}
        finance = Actor("he.ying")
        self.move(case, "verify", finance, 420, data=found)
        if self.chance(0.2):
            self.move(case, "reward", finance, 50, data={"award": str(benefit // 20)})
        if self.chance(0.15):
            return None
        cashier = Actor("xu.hui", {"cashier"}, "he.ying") if self.chance(0.1) and name != "he.ying" else Actor("xu.hui")
        return self.move(case, "reward", cashier, 130, data={"award": str(benefit // 20)})


def write(path: Path, cases: int, *, seed: int = 7, claims: bool = True) -> datetime:
    """Fill a new store with proposals and close it; the time at which all is over."""
    clock = Clock()
    clock.now = BEGIN - timedelta(days=1)
    engine = Engine.open(f"sqlite:///{path}", clock=clock, entropy=repeatable(seed).randbytes)
    for name in sorted({*PROPOSERS, *OFFICE}):
        engine.add_actor(name, name=name.replace(".", " ").title(), roles=OFFICE.get(name, ()))
    engine.grant("zhao.min", "director", by=Actor("zhao.min"))
    engine.grant("gao.fei", "finance", by=Actor("gao.fei"))
    engine.install(DEFINITION)
    office = Office(engine, clock, seed)
    for number in range(cases):
        office.propose(number)
    clock.now = BEGIN + timedelta(hours=cases * 41, days=20)
    if claims:
        _claim(engine)
    engine.close()
    return clock.now


def _claim(engine: Engine) -> None:
    """Acts of the past, one of which the definition does not allow."""
    acts: list[dict[str, Any]] = [
        {"to": "submitted", "actor": "old.yu", "data": {"title": "旧案", "problem": "p", "measure": "m"}},
        {"from": "submitted", "to": "registered", "actor": "wang.wei"},
        {"from": "registered", "to": "rewarded", "actor": "old.yu", "reason": "台账记载"},
    ]
    start = datetime(2019, 3, 4, tzinfo=UTC)
    lines = [
        Line(
            number,
            {
                "op": "import",
                "definition": "rationalization-proposal",
                "reference": "OLD-2019-1",
                "at": (start + timedelta(days=30 * number)).isoformat(),
                **act,
            },
        )
        for number, act in enumerate(acts, 1)
    ]
    assert all(result.ok for result in engine.apply(lines, actor=Actor("wang.wei")))
