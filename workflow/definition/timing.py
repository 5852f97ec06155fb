"""Time in the language: due times with reminders and escalation, clocks over several states, and public notice.

The day from which a period counts is not counted; a last day that is a day off moves to the next working day (Civil
Code of China, 200-204). A period in days ends at midnight, so that "no objection by the end of day 15" takes effect
at the beginning of day 16.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WrapSerializer, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Words
from workflow.definition.parts import Condition, Expression, FieldNames, Length, Name, Names, Part, SomeNames

ANYONE = "anyone"


class Rung(Part):
    """One rung of an escalation ladder: when, and which role may act from then on too."""

    after: Length
    """How long after the clock began."""
    to: Name
    """The role that may act too from then on."""


def _lengths(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Lengths = Annotated[tuple[Length, ...], BeforeValidator(_lengths, json_schema_input_type=Length | tuple[Length, ...])]


def _rungs(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Ladder = Annotated[tuple[Rung, ...], BeforeValidator(_rungs, json_schema_input_type=Rung | tuple[Rung, ...])]


class Due(Part):
    """By when a case should leave a state, and what happens on the way."""

    within: Length
    """How long a case may stay."""
    remind: Lengths = ()
    """When listeners are reminded, counted from entering the state."""
    escalate: Ladder = ()
    """Which further roles may act, and from when on."""


def _shortest(due: Due, handler: Any) -> Any:
    """A time alone stands alone, as it was written, so that the digest of a definition does not depend on the form."""
    plain = handler(due)
    return plain["within"] if plain.keys() == {"within"} else plain


DueTime = Annotated[
    Due,
    BeforeValidator(
        lambda value: {"within": value} if isinstance(value, str) else value, json_schema_input_type=Length | Due
    ),
    WrapSerializer(_shortest),
]


class Deadline(Part):
    """A clock over several states: it starts, stops, goes on, and ends."""

    title: Words | None = None
    """What people read instead of the deadline's name."""
    from_: SomeNames = Field(alias="from")
    """The states by entering which it starts."""
    until: SomeNames
    """The states by entering which it ends."""
    within: Length
    """How long it runs."""
    stops_in: Names = ()
    """The states in which it stands still, such as a hearing."""
    remind: Lengths = ()
    """When listeners are reminded, counted from its start."""
    escalate: Ladder = ()
    """Which further roles may act, and from when on."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if set(self.from_) & set(self.until) or set(self.stops_in) & {*self.from_, *self.until}:
            raise PydanticCustomError("deadline_states", "from, until and stops_in name different states")
        return self


Exemption = Annotated[
    Condition,
    BeforeValidator(
        lambda value: {"check": value} if isinstance(value, str) else value,
        json_schema_input_type=Expression | Condition,
    ),
]


class Notice(Part):
    """A public notice (公示): shown for a time, in which objections may be raised. An open one halts the case."""

    title: Words | None = None
    """What people read instead of the notice's name."""
    in_: SomeNames = Field(alias="in")
    """The states in which it runs. It goes on from one of them to the next, and begins anew after any other."""
    for_: Length = Field(alias="for")
    """How long it is shown."""
    channels: Names = ()
    """Where it is shown, such as board and intranet."""
    scope: Words | None = None
    """Among whom it is shown."""
    shows: FieldNames = ()
    """The fields that it shows; all others stay out of it."""
    by: Names = (ANYONE,)
    """Who may object: roles, or `anyone`."""
    settled_by: Names = ()
    """Who upholds or dismisses an objection."""
    settle_within: Length | None = None
    """Within which time an objection should be settled."""
    apart_from: Names = ()
    """Who may not settle: relations to the case, or transitions for whoever made them. Nobody settles their own."""
    exempt: Exemption | None = None
    """When this is true the notice need not be given, such as for the safety of a person."""
