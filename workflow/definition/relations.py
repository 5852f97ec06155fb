"""What connects cases: links, sub-cases, decisions over a set, marks on people's records, periods and windows."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Day, Flag, Whole, Words
from workflow.definition.parts import Composition, Condition, FieldName, Length, Name, Names, Part

DefinitionNames = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=str | tuple[str, ...]
    ),
]


class Link(Part):
    """A way in which a case may be tied to another: a duplicate of it, an appeal of it, derived from it."""

    title: Words | None = None
    """What people read instead of the link's name."""
    to: DefinitionNames = ()
    """The definitions of the other case; without it, any."""
    by: Names
    """Who may tie them: roles, or `anyone`."""
    earlier: Flag = False
    """True when the other case must have been opened before this one (priority date)."""


class Opening(Part):
    """A sub-case that a transition opens."""

    definition: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)
    """The definition of the sub-case."""
    copy_: dict[FieldName, FieldName] | Names = Field(default_factory=dict, alias="copy")
    """The fields that it takes over: names, or its field for each field of this case."""
    wait: Flag = True
    """True when the transitions with `subcases: closed` wait for it."""

    def taken(self) -> dict[str, str]:
        """The field of the sub-case for each field of this case."""
        return dict(self.copy_) if isinstance(self.copy_, dict) else {name: name for name in self.copy_}


class Quota(Composition):
    """How a set of cases must be made up: those of whom something is true, as a share of all, or at most so many."""

    of: Name
    """A name for the cases that are counted, such as leaders."""
    when: Condition | str
    """What is true of them."""
    at_most: Whole | None = Field(default=None, ge=0, le=1_000_000)
    """This number or fewer."""

    @property
    def check(self) -> str:
        """The expression that is true of those who are counted."""
        return self.when if isinstance(self.when, str) else self.when.check

    def words(self) -> str:
        """As it stands in the file, without what is counted: `lte 1/5`."""
        plain = self.model_dump(mode="json", exclude_none=True, exclude={"of", "when"})
        return " ".join(f"{name} {value}" for name, value in plain.items())

    def fits(self, count: int, whole: int) -> bool:
        """Does a set of that size with so many of these fit?"""
        return super().fits(count, whole) and (self.at_most is None or count <= self.at_most)


class Batch(Part):
    """A decision that is made over a set of cases at once, all or none."""

    title: Words | None = None
    """What people read instead of the batch's name."""
    at_most: Whole | None = Field(default=None, ge=1, le=100_000)
    """How many cases it may hold."""
    quotas: tuple[Quota, ...] = Field(default=(), max_length=50)
    """How the set must be made up."""


class Marking(Part):
    """A mark that is put on a person's record, or taken off it."""

    on: Name
    """Whose record: a relation to the case."""
    mark: Name
    """The mark, such as model_worker or priority."""
    for_: Length | None = Field(default=None, alias="for")
    """How long it is in force; without it, until it is taken off."""
    off: Flag = False
    """True when the mark is taken off."""


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Markings = Annotated[
    tuple[Marking, ...], BeforeValidator(_several, json_schema_input_type=Marking | tuple[Marking, ...])
]
Openings = Annotated[
    tuple[Opening, ...], BeforeValidator(_several, json_schema_input_type=Opening | tuple[Opening, ...])
]


class Periodic(Part):
    """A case that the clock opens at the beginning of each period: a report, a congress, a term."""

    every: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}(d|m|y)$")]
    """How long a period is: 7d, 1m, 3m or 1y."""
    since: Day = Field(alias="from")
    """The first day of the first period."""
    data: dict[FieldName, str | int | bool] = Field(default_factory=dict)
    """What the case is opened with. `{start}` in a text is the first day of the period."""


class Window(Part):
    """A part of each year in which cases may be opened."""

    from_: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] = Field(alias="from")
    """The first day, MM-DD."""
    to: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
    """The last day, MM-DD."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ > self.to:
            raise PydanticCustomError("window", "a window lies within one year: from is not after to")
        return self


Windows = Annotated[tuple[Window, ...], BeforeValidator(_several, json_schema_input_type=Window | tuple[Window, ...])]
