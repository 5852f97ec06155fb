"""What a story is told on: an engine over a store in memory, a clock that stands still, people, cases by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from workflow.definition.calendar import calendar, period
from workflow.definition.model import Definition
from workflow.engine import Engine
from workflow.rules.case import Actor, Case
from workflow.rules.deadlines import reckon
from workflow.rules.procedure import Guard, Procedure, Question
from workflow.scenarios.reading import Story

_MOST = 10_000


class OutOfOrder(Exception):
    """A line cannot be told. `code` and `figures` make the message."""

    def __init__(self, code: str, **figures: Any) -> None:
        self.code = code
        self.figures = figures
        super().__init__(code)


class Scene:
    """The scene of one story. Close it when the story is told."""

    def __init__(self, story: Story, procedures: Mapping[str, Procedure]) -> None:
        self.story = story
        self.procedures = procedures
        self._first = procedures[story.definitions[0]].definition
        self.now = self.moment(story.clock)
        self.answers = dict(story.guards)
        self.cases: dict[str, str] = {}
        self.about = ""
        self.fired = 0
        self.naming: list[str] = []
        self._drawn = 0
        guards: dict[str, Guard] = {}
        for each in procedures.values():
            for _, _, way in each.definition.ways():
                guards.update({name: self._guard(name) for name in way.guard})
        self.engine = Engine.open("sqlite://", clock=lambda: self.now, entropy=self._entropy, guards=guards)

    def set(self) -> None:
        """Install the definitions and make people known."""
        for name in self.story.definitions:
            self.engine.install(self.procedures[name].definition)
        for person, roles in self.story.people.items():
            self.engine.add_actor(person, roles=roles)

    def close(self) -> None:
        """Forget everything."""
        self.engine.close()

    def _guard(self, name: str) -> Guard:
        def answer(_: Question) -> bool | str:
            return self.answers.get(name, False)

        return answer

    def _entropy(self, size: int) -> bytes:
        """What is the same each time the story is told. It grows, so that ids of one moment stand in their order."""
        self._drawn += 1
        return (self._drawn.to_bytes(8) + hashlib.shake_256(f"scenario {self._drawn}".encode()).digest(size))[:size]

    def actor(self, name: str, acting_for: str | None = None) -> Actor:
        """Somebody of the story, with the roles that the directory grants them."""
        return Actor(name, None, acting_for)

    def open(self, case_id: str) -> str:
        """Give a new case the next of the names that the line has for it, or a number."""
        name = self.naming.pop(0) if self.naming else f"case {len(self.cases) + 1}"
        self.cases[name] = case_id
        self.about = self.about or name
        return name

    def name_new(self) -> None:
        """Give names to the cases that transitions and the clock have opened, in the order of their opening."""
        known = set(self.cases.values())
        for case in self.engine.cases(limit=_MOST):
            if case.id not in known:
                self.open(case.id)
        if self.naming:
            raise OutOfOrder("not_opened", names=list(self.naming))

    def named(self, name: str) -> str:
        """The id of the case of that name."""
        if name not in self.cases:
            raise OutOfOrder("unknown_case", name=name, known=list(self.cases))
        return self.cases[name]

    def turn_to(self, name: str | None) -> None:
        """The story is about the case of that name now."""
        if name is not None:
            self.named(name)
            self.about = name

    @property
    def case_id(self) -> str:
        """The case that the story is about."""
        if not self.about:
            raise OutOfOrder("no_case")
        return self.cases[self.about]

    @property
    def case(self) -> Case:
        """That case as it stands."""
        return self.engine.case(self.case_id)

    @property
    def procedure(self) -> Procedure:
        """The definition that the case keeps, else the first of the story."""
        name = self.case.definition.name if self.about else self._first.workflow
        return self.procedures[name]

    @property
    def definition(self) -> Definition:
        """That definition as it was read."""
        return self.procedure.definition

    def moment(self, text: str) -> datetime:
        """A time of the file; without a zone, in that of the calendar, else UTC. A day alone is its beginning."""
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=self._zone())).astimezone(UTC)

    def end(self, text: str) -> datetime:
        """As `moment`, but a day alone is its end, the beginning of the day that follows."""
        if len(text) > len("2025-09-01"):
            return self.moment(text)
        day = datetime.fromisoformat(text) + timedelta(days=1)
        return day.replace(tzinfo=self._zone()).astimezone(UTC)

    def shown(self, moment: datetime) -> str:
        """A time as people of the calendar read it."""
        return moment.astimezone(self._zone()).isoformat()

    def _zone(self) -> tzinfo:
        return calendar(self._first.calendar, self._first.zone).zone if self._first.calendar else UTC

    def after(self, length: str) -> datetime:
        """When a period that begins now is over; without a calendar, a day has 24 hours."""
        definition, parsed = self.definition, period(length)
        if not definition.calendar and parsed.unit not in ("h", "d"):
            raise OutOfOrder("no_calendar", length=length)
        try:
            if definition.calendar or parsed.unit == "h":
                return reckon(definition, self.now, length)
            return self.now + timedelta(days=parsed.number)
        except (ValueError, OverflowError):
            raise OutOfOrder("beyond", length=length) from None

    def go_on(self, moment: datetime, *, tick: bool) -> None:
        """Set the clock, and have done what is due."""
        if moment < self.now:
            raise OutOfOrder("time_back", time=self.shown(moment), now=self.shown(self.now))
        self.now = moment
        if tick:
            self.fired += self.engine.tick().fired
