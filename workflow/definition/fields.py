"""The types of a case's fields, and how a value that someone supplied becomes the value that is kept.

A kept value is plain JSON without floats: decimals and money are text with a fixed number of places ("12000.50"),
dates are text (YYYY-MM-DD). `accept` either gives that value or says why not, as a reason code with figures.
What it gives does not depend on the decimal context of the host.
"""

from __future__ import annotations

import datetime
import re
from decimal import Context, Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.numbers import MAX_DIGITS, BadValue, decimal_of, kind_of, places_of

MAX_INTEGER = 2**53 - 1
MAX_TEXT = 100_000
MAX_ITEMS = 1_000

_INTEGER = re.compile(r"[-+]?[0-9]{1,16}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ROOMY = Context(prec=100)


def _exact(value: Any) -> Any:
    """A bound of a number as a Decimal without exponent, so that it is written in one way only."""
    if (isinstance(value, str) and _NUMBER.match(value)) or (isinstance(value, int) and not isinstance(value, bool)):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > 40:
        raise PydanticCustomError("decimal_type", "Input should be a number")
    return Decimal(f"{value:f}")


def _day(value: Any) -> Any:
    if isinstance(value, str) and _DATE.match(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date_type", "Input should be a date YYYY-MM-DD")


# The types of the language's own keys. They convert nothing: pydantic by itself would read `yes` as true, "3" as a
# number and 86400 as a day.
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Day = Annotated[
    datetime.date,
    BeforeValidator(_day, json_schema_input_type=Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]),
]
Exact = Annotated[
    Decimal,
    BeforeValidator(
        _exact,
        json_schema_input_type=float | Annotated[str, Field(pattern=r"^[-+]?[0-9]{1,40}(\.[0-9]{1,40})?$")],
    ),
    PlainSerializer(lambda value: f"{value:f}", when_used="json"),
]


def _label(value: Any) -> Any:
    return {"en": value, "zh": value} if isinstance(value, str) else value


class Label(BaseModel):
    """Words for people, by language. A plain text in the file stands for both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str | None = Field(default=None, max_length=1000)
    """The words in English."""
    zh: str | None = Field(default=None, max_length=1000)
    """The words in Chinese."""

    def text(self, lang: str, otherwise: str) -> str:
        """The words in `lang`, else in the other language, else `otherwise`."""
        first, second = (self.zh, self.en) if lang == "zh" else (self.en, self.zh)
        return first or second or otherwise


Words = Annotated[Label, BeforeValidator(_label, json_schema_input_type=Label | Annotated[str, Field(max_length=1000)])]


_Role = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class _FieldType(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words | None = None
    """What people read instead of the field's name."""
    confidential: Annotated[
        tuple[_Role, ...],
        BeforeValidator(
            lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=_Role | tuple[_Role, ...]
        ),
    ] = ()
    """The roles whose holders may see the value, besides whoever opened the case; without it, everybody may."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        if low is not None and high is not None and low > high:
            raise PydanticCustomError(
                "min_above_max", "min {min} is above max {max}", {"min": str(low), "max": str(high)}
            )
        return self


class TextField(_FieldType):
    """Free text, kept as typed. `min` and `max` count characters."""

    type: Literal["text"]
    min: Whole | None = Field(default=None, ge=0, le=MAX_TEXT)
    """The fewest characters."""
    max: Whole | None = Field(default=None, ge=1, le=MAX_TEXT)
    """The most characters."""

    def accept(self, raw: Any) -> str:
        """Text without NUL and lone surrogates, of a fitting length."""
        if not isinstance(raw, str):
            raise BadValue("not_text", got=kind_of(raw))
        if "\x00" in raw or _SURROGATE.search(raw):
            raise BadValue("bad_character")
        if len(raw) > (limit := self.max or MAX_TEXT):
            raise BadValue("too_long", max=limit, got=len(raw))
        if self.min is not None and len(raw) < self.min:
            raise BadValue("too_short", min=self.min, got=len(raw))
        return raw


class IntegerField(_FieldType):
    """A whole number between -(2**53 - 1) and 2**53 - 1."""

    type: Literal["integer"]
    min: Whole | None = Field(default=None, ge=-MAX_INTEGER, le=MAX_INTEGER)
    """The smallest number."""
    max: Whole | None = Field(default=None, ge=-MAX_INTEGER, le=MAX_INTEGER)
    """The largest number."""

    def accept(self, raw: Any) -> int:
        """A whole number, or its digits as text."""
        if isinstance(raw, str) and _INTEGER.match(raw.strip()):
            raw = int(raw)
        if isinstance(raw, Decimal) and raw.is_finite() and raw.copy_abs() <= MAX_INTEGER and raw == int(raw):
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise BadValue("not_integer", got=kind_of(raw))
        if abs(raw) > MAX_INTEGER:
            raise BadValue("too_large", max=MAX_INTEGER)
        if self.min is not None and raw < self.min:
            raise BadValue("below", min=self.min)
        if self.max is not None and raw > self.max:
            raise BadValue("above", max=self.max)
        return raw


class _NumberField(_FieldType):
    places: Whole = Field(default=2, ge=0, le=9)
    """How many digits after the point are kept."""
    min: Exact | None = None
    """The smallest number."""
    max: Exact | None = None
    """The largest number."""

    def accept(self, raw: Any) -> str:
        """The number as text with exactly `places` digits after the point. Nothing is rounded; floats are refused."""
        number = decimal_of(raw)
        if (places := places_of(number)) > self.places:
            raise BadValue("too_many_places", places=self.places, got=places)
        if number != 0 and number.adjusted() + 1 + self.places > MAX_DIGITS:
            raise BadValue("too_many_digits", digits=MAX_DIGITS)
        if self.min is not None and number < self.min:
            raise BadValue("below", min=f"{self.min:f}")
        if self.max is not None and number > self.max:
            raise BadValue("above", max=f"{self.max:f}")
        fixed = number.quantize(Decimal((0, (1,), -self.places)), context=_ROOMY)
        return f"{fixed.copy_abs() if fixed == 0 else fixed:f}"


class DecimalField(_NumberField):
    """An exact decimal number with at most `places` digits after the point, 15 digits in all."""

    type: Literal["decimal"]


class MoneyField(_NumberField):
    """An exact amount in one currency (ISO 4217); two places unless `places` says otherwise."""

    type: Literal["money"]
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """Three capital letters, as in ISO 4217."""

    def accept(self, raw: Any) -> str:
        """An amount, alone or followed by its currency ("120.50 CNY")."""
        if isinstance(raw, str) and len(parts := raw.split()) == 2:
            if parts[1] != self.currency:
                raise BadValue("other_currency", currency=self.currency)
            raw = parts[0]
        return super().accept(raw)


class BooleanField(_FieldType):
    """True or false."""

    type: Literal["boolean"]

    def accept(self, raw: Any) -> bool:
        """True or false, or these words as text."""
        if isinstance(raw, str) and raw.strip().lower() in ("true", "false"):
            return raw.strip().lower() == "true"
        if not isinstance(raw, bool):
            raise BadValue("not_boolean", got=kind_of(raw))
        return raw


class DateField(_FieldType):
    """A day of the calendar, YYYY-MM-DD."""

    type: Literal["date"]
    min: Day | None = None
    """The first day."""
    max: Day | None = None
    """The last day."""

    def accept(self, raw: Any) -> str:
        """A date, or its text YYYY-MM-DD."""
        if isinstance(raw, str) and _DATE.match(raw):
            try:
                raw = datetime.date.fromisoformat(raw)
            except ValueError:
                raise BadValue("not_date", got="text") from None
        if isinstance(raw, datetime.datetime) or not isinstance(raw, datetime.date):
            raise BadValue("not_date", got=kind_of(raw))
        if self.min is not None and raw < self.min:
            raise BadValue("below", min=self.min.isoformat())
        if self.max is not None and raw > self.max:
            raise BadValue("above", max=self.max.isoformat())
        return raw.isoformat()


def choice_name(value: Any) -> Any:
    """A number as the name that it spells."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _choices(value: Any) -> Any:
    """A list of names as names without labels."""
    if not isinstance(value, list):
        return value
    names: dict[str, None] = {}
    for each in map(choice_name, value):
        if not isinstance(each, str):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        if each in names:
            raise PydanticCustomError("repeated_choice", "{name} stands here twice", {"name": each})
        names[each] = None
    return names


ChoiceName = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
_SOME = Field(min_length=1, max_length=1000)
Choices = Annotated[
    dict[ChoiceName, Words | None],
    _SOME,
    BeforeValidator(
        _choices,
        json_schema_input_type=Annotated[dict[ChoiceName, Words | None], _SOME]
        | Annotated[list[ChoiceName | int], _SOME, Field(json_schema_extra={"uniqueItems": True})],
    ),
]


class ChoiceField(_FieldType):
    """One of `choices`: a list of names, or names with their labels; or one of a reference list."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["choices"]}, {"required": ["list"]}],
            "dependentRequired": {"as_of": ["list"]},
        }
    )

    type: Literal["choice"]
    choices: Choices = Field(default_factory=dict)
    """The names to choose from: a list, or a mapping of name to label."""
    register_: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")] | None = Field(
        default=None, alias="list"
    )
    """Or the reference list that holds them."""
    as_of: Literal["today", "opened"] = "today"
    """The day for which that list is asked: that of the request, or that on which the case was opened."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.choices) == (self.register_ is not None) or (self.register_ is None and self.as_of != "today"):
            raise PydanticCustomError("choice_source", "a choice has either choices or a list, and as_of with a list")
        return self

    def accept(self, raw: Any) -> str:
        """One of the names. Whether it is on a reference list on some day is for whoever knows list and day to say."""
        raw = choice_name(raw)
        if self.register_ is not None:
            if not isinstance(raw, str):
                raise BadValue("not_text", got=kind_of(raw))
            return raw
        if not isinstance(raw, str) or raw not in self.choices:
            raise BadValue("not_choice", choices=list(self.choices))
        return raw


ItemType = Annotated[
    TextField | IntegerField | DecimalField | MoneyField | BooleanField | DateField | ChoiceField,
    Field(discriminator="type"),
]


class ListField(_FieldType):
    """Several values of one type."""

    type: Literal["list"]
    of: Annotated[
        ItemType,
        BeforeValidator(
            lambda value: {"type": value} if isinstance(value, str) else value,
            # Money and choices need more than the name of their type.
            json_schema_input_type=ItemType | Literal["text", "integer", "decimal", "boolean", "date"],
        ),
    ]
    """The type of each value: its name, or a mapping as for a field."""
    min: Whole | None = Field(default=None, ge=0, le=MAX_ITEMS)
    """The fewest values."""
    max: Whole | None = Field(default=None, ge=1, le=MAX_ITEMS)
    """The most values."""

    @model_validator(mode="after")
    def _open_items(self) -> Self:
        if self.of.confidential:
            raise PydanticCustomError("confidential_item", "confidential stands with the list, not with its values")
        return self

    def accept(self, raw: Any) -> list[Any]:
        """A list whose items all fit; text is split at commas."""
        if isinstance(raw, str):
            raw = [part.strip() for part in raw.split(",") if part.strip()]
        if not isinstance(raw, list | tuple):
            raise BadValue("not_list", got=kind_of(raw))
        if len(raw) > (limit := self.max or MAX_ITEMS):
            raise BadValue("too_many_items", max=limit, got=len(raw))
        if self.min is not None and len(raw) < self.min:
            raise BadValue("too_few_items", min=self.min, got=len(raw))
        return [self.of.accept(item) for item in raw]


FieldType = Annotated[
    TextField | IntegerField | DecimalField | MoneyField | BooleanField | DateField | ChoiceField | ListField,
    Field(discriminator="type"),
]
