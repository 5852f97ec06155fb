"""A house in which people decide together: an engine with a clock that stands still, and short words for its acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Clock, repeatable
from workflow import Actor, Case, Engine, RefusedError, load_text
from workflow.casework import Casework


class House:
    """One definition, one engine, one case. Roles are those of the directory."""

    def __init__(self, text: str, people: dict[str, str], start: str = "2025-09-26T02:00:00Z", **more: Any) -> None:
        self.clock = Clock()
        self.at(start)
        self.engine = Engine.open("sqlite://", clock=self.clock, entropy=repeatable().randbytes, **more)
        self.name = self.engine.install(load_text(text, sound=False), sound=False).name
        for person, roles in people.items():
            self.engine.add_actor(person, roles=roles.split())
        self.id = ""

    def close(self) -> None:
        """Give the store back."""
        self.engine.close()

    def at(self, moment: str) -> None:
        """Set the clock."""
        self.clock.now = datetime.fromisoformat(moment).astimezone(UTC)

    def later(self, **by: float) -> None:
        """Move the clock."""
        self.clock.now += timedelta(**by)

    @property
    def case(self) -> Case:
        """The case as it is stored, which is what its entries make of it."""
        found = self.engine.case(self.id)
        with self.engine.store.reading() as unit:
            assert Casework(unit, self.engine._office).fold(self.id) == found
        return found

    def due(self) -> datetime | None:
        """When it should have been dealt with."""
        return self.case.due_at

    def submit(self, who: str = "author", **data: Any) -> Case:
        """Open the case."""
        self.id = self.engine.submit(self.name, actor=Actor(who), data=data).id
        return self.case

    def go(self, transition: str, who: str, **more: Any) -> Case:
        """Move it."""
        self.engine.advance(self.id, transition, actor=Actor(who), **more)
        return self.case

    def vote(self, panel: str, **choices: Any) -> Case:
        """Several people vote, one after the other."""
        for person, choice in choices.items():
            self.engine.vote(self.id, panel, choice, actor=Actor(person), reason="because")
        return self.case

    def score(self, panel: str, **sheets: Any) -> Case:
        """Several people give marks."""
        for person, points in sheets.items():
            self.engine.score(self.id, panel, points, actor=Actor(person))
        return self.case

    def object(self, who: str, reason: str = "not new") -> Case:
        """Object to what is shown."""
        self.engine.object(self.id, actor=Actor(who), reason=reason)
        return self.case

    def settle(self, number: int, who: str, *, upheld: bool) -> Case:
        """Uphold an objection or dismiss it."""
        self.engine.settle(self.id, number, upheld=upheld, actor=Actor(who), reason="looked at")
        return self.case

    def tick(self, at: str | None = None) -> list[tuple[str, str | None, str]]:
        """What the clock does: kind, what, and when it took effect."""
        done = self.engine.tick(datetime.fromisoformat(at).astimezone(UTC) if at else None)
        return [
            (each.kind, each.transition or each.timer or each.panel, (each.effective_at or each.at).isoformat()[:16])
            for each in done.entries
        ]

    def kinds(self) -> list[str]:
        """The kinds of all entries of the case."""
        return [each.kind for each in self.engine.history(self.id)]


def refused(act: Callable[[], Any]) -> list[str]:
    """Why an act is refused: the codes, each with its problem where it has one."""
    try:
        act()
    except RefusedError as no:
        return [".".join(str(x) for x in (each.code, each.params.get("problem")) if x) for each in no.blockers]
    return []
