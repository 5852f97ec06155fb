"""Reference lists: values that may be chosen, each with the days from which and until which it is on the list."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import ChoiceName, Day, Words, choice_name
from workflow.definition.parts import Part


class Days(NamedTuple):
    """The days for which a list is asked: that of the request, and that on which the case was opened."""

    today: datetime.date
    opened: datetime.date


class Item(Part):
    """A value and how long it is on the list; both days belong to it."""

    value: Annotated[ChoiceName, BeforeValidator(choice_name, json_schema_input_type=ChoiceName | int)]
    """The value to choose."""
    title: Words | None = None
    """What people read instead of the value."""
    since: Day | None = Field(default=None, alias="from")
    """The first day on which it may be chosen; without it, there is none."""
    until: Day | None = None
    """The last day on which it may be chosen; without it, there is none."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise PydanticCustomError(
                "from_after_until",
                "from {since} is after until {until}",
                {"since": self.since.isoformat(), "until": self.until.isoformat()},
            )
        return self

    def on(self, day: datetime.date) -> bool:
        """Is it on the list on that day?"""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def meets(self, other: Item) -> bool:
        """Is there a day on which both are on the list?"""
        return (self.since is None or other.until is None or self.since <= other.until) and (
            other.since is None or self.until is None or other.since <= self.until
        )


def _items(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [each if isinstance(each, dict | Item) else {"value": each} for each in value]


class ReferenceList(Part):
    """A list of values. The same value may stand in it again for another time."""

    title: Words | None = None
    """What people read instead of the list's name."""
    items: Annotated[
        tuple[Item, ...],
        Field(min_length=1, max_length=10_000),
        BeforeValidator(
            _items,
            json_schema_input_type=Annotated[list[Item | ChoiceName | int], Field(min_length=1, max_length=10_000)],
        ),
    ]
    """The values, each alone or with its days."""

    def on(self, day: datetime.date) -> list[str]:
        """The values of that day, in the order of the list."""
        return [each.value for each in self.items if each.on(day)]

    def find(self, value: str, day: datetime.date) -> Item | None:
        """The item of that value that counts on the day: one that holds, else the last before it, else the next."""
        several = [each for each in self.items if each.value == value]
        holding = [each for each in several if each.on(day)]
        over = sorted((each.until, at) for at, each in enumerate(several) if each.until and each.until < day)
        coming = sorted((each.since, at) for at, each in enumerate(several) if each.since and each.since > day)
        if holding or not several:
            return holding[0] if holding else None
        return several[over[-1][1]] if over else several[coming[0][1]]
