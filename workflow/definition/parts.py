"""The small pieces of which the keys of the language are made: names, labels, conditions, periods, thresholds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Exact, Whole, Words

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Length = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}(h|d|wd|m|y)$")]
"""How long: 24h, 15d, 5wd (working days), 3m or 1y."""


def listed(value: Any) -> Any:
    """A name alone as a list of one."""
    return [value] if isinstance(value, str) else value


def absent(value: Any) -> Any:
    """Nothing under a key as an empty mapping."""
    return {} if value is None else value


Names = Annotated[tuple[Name, ...], BeforeValidator(listed, json_schema_input_type=Name | tuple[Name, ...])]
SomeNames = Annotated[
    tuple[Name, ...],
    BeforeValidator(listed, json_schema_input_type=Name | Annotated[list[Name], Field(min_length=1)]),
    Field(min_length=1),
]
FieldNames = Annotated[
    tuple[FieldName, ...], BeforeValidator(listed, json_schema_input_type=FieldName | tuple[FieldName, ...])
]


class Part(BaseModel):
    """A mapping of the language: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Condition(Part):
    """A CEL expression that must be true, with words for people when it is not."""

    check: Expression
    """The expression, in CEL."""
    title: Words | None = None
    """What people read when the expression is not true."""


def _conditions(value: Any) -> Any:
    several = value if isinstance(value, list) else [value]
    return [{"check": each} if isinstance(each, str) else each for each in several]


Conditions = Annotated[
    tuple[Condition, ...],
    BeforeValidator(_conditions, json_schema_input_type=Expression | Condition | list[Expression | Condition]),
]

# As long as what is written back from a decimal or a percentage can be; one and nothing have no denominator then.
_FRACTION = re.compile(r"([0-9]{1,15})(?:/([1-9][0-9]{0,15}))?\Z")
_FINEST = 10**15
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%\Z")


def _fraction(value: Any) -> Any:
    """A share of a whole: `2/3`, `85%` or a number from 0 to 1."""
    if isinstance(value, Fraction):
        found: Fraction | None = value
    elif isinstance(value, str) and (match := _FRACTION.match(value)):
        found = Fraction(int(match.group(1)), int(match.group(2) or 1))
    elif isinstance(value, str) and (match := _PERCENT.match(value)):
        found = Fraction(Decimal(match.group(1))) / 100
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        found = Fraction(value)
    else:
        found = None
    if found is None or not 0 <= found <= 1 or found.denominator > _FINEST:
        raise PydanticCustomError("fraction", "Input should be a share such as 2/3, 85% or 0.5")
    return found


Share = Annotated[
    Fraction,
    BeforeValidator(
        _fraction,
        json_schema_input_type=Annotated[float, Field(ge=0, le=1)]
        | Annotated[str, Field(pattern=r"^([0-9]{1,15}(/[1-9][0-9]{0,15})?|[0-9]{1,3}(\.[0-9]{1,4})?%)$")],
    ),
    PlainSerializer(str, when_used="json"),
]
"""A share of a whole, as an exact Fraction from 0 to 1."""

Side = Literal["gt", "gte", "lt", "lte"]


class Bounds(Part):
    """Comparisons, never words: 以下 includes the number in one law and excludes it in another."""

    gt: Exact | None = None
    """More than this."""
    gte: Exact | None = None
    """This or more."""
    lt: Exact | None = None
    """Less than this."""
    lte: Exact | None = None
    """This or less."""

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if (self.gt is not None and self.gte is not None) or (self.lt is not None and self.lte is not None):
            raise PydanticCustomError("two_bounds", "one bound below and one above, at most")
        return self

    def holds(self, number: Decimal) -> bool:
        """Does the number lie within?"""
        return (
            (self.gt is None or number > self.gt)
            and (self.gte is None or number >= self.gte)
            and (self.lt is None or number < self.lt)
            and (self.lte is None or number <= self.lte)
        )

    def words(self) -> str:
        """As they stand in the file: `gte 500000, lt 1000000`."""
        sides = ((side, getattr(self, side)) for side in ("gt", "gte", "lt", "lte"))
        return ", ".join(f"{side} {value:f}" for side, value in sides if value is not None)


class Portion(Part):
    """How much of a whole is needed: a share of it, or a number."""

    gt: Share | None = None
    """More than this share."""
    gte: Share | None = None
    """This share or more."""
    at_least: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """This number or more."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.gt, self.gte, self.at_least)) != 1:
            raise PydanticCustomError("one_portion", "exactly one of gt, gte and at_least")
        return self

    def needs(self, whole: Fraction) -> Fraction:
        """The bound: of a whole of that size, so much must be reached (or, with `gt`, passed)."""
        if self.at_least is not None:
            return Fraction(self.at_least)
        share = self.gt if self.gte is None else self.gte
        assert share is not None
        return share * whole

    def least(self, whole: int) -> int:
        """The smallest number of people that suffices, of so many."""
        needed = self.needs(Fraction(whole))
        return math.floor(needed) + 1 if self.gt is not None else math.ceil(needed)

    def met(self, count: Fraction, whole: Fraction) -> bool:
        """Do so many of the whole suffice? A share of nothing never does."""
        if self.at_least is None and whole == 0:
            return False
        needed = self.needs(whole)
        return count > needed if self.gt is not None else count >= needed

    def words(self) -> str:
        """As it stands in the file: `gt 1/2`, `gte 2/3`, `at_least 3`."""
        return next(
            f"{name} {value}" for name in ("gt", "gte", "at_least") if (value := getattr(self, name)) is not None
        )


class Composition(Part):
    """How the members must be made up: the holders of a role, as a share of all members."""

    of: Name
    """The role."""
    gt: Share | None = None
    """More than this share."""
    gte: Share | None = None
    """This share or more."""
    lt: Share | None = None
    """Less than this share."""
    lte: Share | None = None
    """This share or less."""
    at_least: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """This number or more."""

    def fits(self, count: int, whole: int) -> bool:
        """Does a body of that size with so many holders of the role fit?"""
        return (
            (self.gt is None or count > self.gt * whole)
            and (self.gte is None or count >= self.gte * whole)
            and (self.lt is None or count < self.lt * whole)
            and (self.lte is None or count <= self.lte * whole)
            and (self.at_least is None or count >= self.at_least)
        )

    def words(self) -> str:
        """As it stands in the file, without the role: `gte 1/3`."""
        plain = self.model_dump(mode="json", exclude_none=True, exclude={"of"})
        return " ".join(f"{name} {value}" for name, value in plain.items())


def titles(words: Any) -> Mapping[str, str] | None:
    """A label as a blocker holds it; None when there is none."""
    return {lang: text for lang, text in words.model_dump().items() if text} if words else None
