"""Awards: what a case is worth to the people behind it, as a table of data that reads like the rule it comes from.

An award takes figures of the case (a yearly saving, points, a class of value and one of scope) and gives an amount of
money, or a range in which a person sets the amount. Bounds are operators (`gt`, `gte`, `lt`, `lte`), because 以下
includes the number in one law and excludes it in another; what may come out with more places than money has, declares
its rounding. How the amount is reckoned is in `workflow.rules.awards`, whether the table is sound in
`workflow.definition.checking.awards`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Exact, Whole, Words
from workflow.definition.parts import Bounds, Condition, Conditions, Expression, FieldName, Name, Names, Part, SomeNames

EQUAL = "equal"

_UNSIGNED = Annotated[float, Field(ge=0)] | Annotated[str, Field(pattern=r"^\+?[0-9]{1,40}(\.[0-9]{1,40})?$")]
Unsigned = Annotated[Exact, Field(ge=0), BeforeValidator(lambda value: value, json_schema_input_type=_UNSIGNED)]
"""An amount or a percentage: exact, never below zero."""


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


Written = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=64)],
    BeforeValidator(
        _written, json_schema_input_type=Annotated[str, StringConstraints(min_length=1, max_length=64)] | float
    ),
]
"""A grade or a version: a text, or a number that is read as one."""

Rounding = Literal["half_up", "half_even", "down", "up"]


def _several(value: Any) -> Any:
    """One alone as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


class _Worth(Part):
    """What a line, a cell or a formula gives."""

    amount: Unsigned | None = None
    """A fixed amount."""
    min: Unsigned | None = None
    """The least that a person may set; without it, nothing."""
    max: Unsigned | None = None
    """The most that a person may set, in the field under `set_in`."""
    grade: Written | None = None
    """The grade that it gives."""
    honour: Words | None = None
    """The honour that goes with it, such as a certificate of merit (奖状)."""

    _KEYS: ClassVar[tuple[str, ...]] = ("amount", "max")

    @model_validator(mode="after")
    def _one_worth(self) -> Self:
        if self._given() != 1 or (self.min is not None and self.max is None):
            raise PydanticCustomError("award_gives", "exactly one of {keys}", {"keys": ", ".join(self._KEYS)})
        if self.min is not None and self.max is not None and self.min > self.max:
            figures = {"min": f"{self.min:f}", "max": f"{self.max:f}"}
            raise PydanticCustomError("min_above_max", "min {min} is above max {max}", figures)
        return self

    def _given(self) -> int:
        return (self.amount is not None) + (self.max is not None)

    @property
    def ranged(self) -> bool:
        """True when a person sets the amount."""
        return self.max is not None


class _Figured(_Worth):
    """What comes of an input."""

    _KEYS: ClassVar[tuple[str, ...]] = ("amount", "percent", "max")

    percent: Unsigned | None = None
    """So many percent of the input."""

    def _given(self) -> int:
        return super()._given() + (self.percent is not None)


class Band(_Figured, Bounds):
    """One line of a table: between which bounds the input lies, and what it gives then."""

    percent_above: Unsigned | None = None
    """Beside `amount`: so many percent of what lies above the lower bound, more."""

    @model_validator(mode="after")
    def _above(self) -> Self:
        if self.percent_above is not None and (self.amount is None or self.low is None):
            raise PydanticCustomError("award_above", "percent_above stands beside amount, in a band with gt or gte")
        return self

    @property
    def low(self) -> Decimal | None:
        """The lower bound, included or not."""
        return self.gt if self.gte is None else self.gte

    @property
    def high(self) -> Decimal | None:
        """The upper bound, included or not."""
        return self.lt if self.lte is None else self.lte


Bands = Annotated[
    tuple[Band, ...],
    Field(max_length=200),
    BeforeValidator(_several, json_schema_input_type=Band | Annotated[list[Band], Field(max_length=200)]),
]


def _cell(value: Any) -> Any:
    """A number alone is an amount, two of them are the least and the most."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"min": value[0], "max": value[1]}
    return {"amount": value} if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


class Cell(_Worth):
    """What one row and one column of a matrix give."""


Cells = Annotated[
    dict[
        str,
        Annotated[
            dict[
                str,
                Annotated[
                    Cell,
                    BeforeValidator(
                        _cell,
                        json_schema_input_type=Cell
                        | Annotated[float, Field(ge=0)]
                        | Annotated[list[_UNSIGNED], Field(min_length=2, max_length=2)],
                    ),
                ],
            ],
            Field(min_length=1, max_length=100),
        ],
    ],
    Field(min_length=1, max_length=100),
]


class Matrix(Part):
    """A table of two classes, such as value and scope."""

    rows: FieldName
    """The choice field that picks the row."""
    columns: FieldName
    """The choice field that picks the column."""
    cells: Cells
    """Row by row, what each column gives: an amount, `[least, most]`, or a mapping."""


class _Scale(Part):
    of: FieldName | None = None
    """The field that is the input: money, a decimal or a whole number (points)."""
    bands: Bands = ()
    """What the input gives, line by line, with no gap and no overlap."""
    matrix: Matrix | None = None
    """Or what two classes give."""


class Formula(_Figured, _Scale):
    """One of several ways to reckon an award; the best counts."""

    _KEYS: ClassVar[tuple[str, ...]] = ("bands", "matrix", *_Figured._KEYS)

    def _given(self) -> int:
        table = bool(self.bands) + (self.matrix is not None)
        return 2 if table and (self.grade or self.honour) else table + super()._given()

    @property
    def needs_input(self) -> bool:
        """True when it reckons with an input and names none."""
        return self.of is None and (bool(self.bands) or self.percent is not None)

    def worths(self) -> Iterator[tuple[tuple[str | int, ...], _Worth]]:
        """Everything that gives an amount, with its path."""
        for index, band in enumerate(self.bands):
            yield ("bands", index), band
        for row, columns in self.matrix.cells.items() if self.matrix else ():
            for column, cell in columns.items():
                yield ("matrix", "cells", row, column), cell
        if _Figured._given(self):
            yield (), self


Formulas = Annotated[
    tuple[Formula, ...],
    Field(max_length=20),
    BeforeValidator(_several, json_schema_input_type=Formula | Annotated[list[Formula], Field(max_length=20)]),
]


class Adjustment(Part):
    """What changes the grade, and when: one of down, up, highest and grade."""

    when: Annotated[
        Conditions,
        Field(min_length=1),
        BeforeValidator(
            lambda value: value,
            json_schema_input_type=Expression
            | Condition
            | Annotated[list[Expression | Condition], Field(min_length=1)],
        ),
    ]
    """What must be true."""
    down: Whole | None = Field(default=None, ge=1, le=100)
    """So many grades lower; never below the lowest."""
    up: Whole | None = Field(default=None, ge=1, le=100)
    """So many grades higher; never above the highest."""
    highest: Written | None = None
    """No grade above this one."""
    grade: Written | None = None
    """This grade, whatever the input; the input need not be there."""

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if sum(each is not None for each in (self.down, self.up, self.highest, self.grade)) != 1:
            raise PydanticCustomError("award_adjusts", "exactly one of down, up, highest and grade")
        return self


Adjustments = Annotated[
    tuple[Adjustment, ...],
    Field(max_length=20),
    BeforeValidator(_several, json_schema_input_type=Adjustment | Annotated[list[Adjustment], Field(max_length=20)]),
]


class Split(Part):
    """Among whom an award is divided: the submitter and those of a list."""

    among: FieldName
    """The list field that holds the others' ids; when it holds the submitter too, it is the whole group, in order."""
    by: FieldName = EQUAL
    """The list field that holds what each contributed, the submitter first, or `equal`."""
    total: Unsigned | None = None
    """What the contributions must add up to, such as 100; without it, they count in proportion."""


class Approver(Bounds):
    """One rung of the approval ladder: for which amounts, and who approves them."""

    by: SomeNames
    """The roles whose holders may approve."""


Approvers = Annotated[
    tuple[Approver, ...],
    Field(max_length=50),
    BeforeValidator(_several, json_schema_input_type=Approver | Annotated[list[Approver], Field(max_length=50)]),
]


class Pool(Part):
    """A budget that all cases whose awards name it share."""

    name: Name
    """The name, shared by awards, also of several definitions."""
    amount: Unsigned | None = None
    """What is in it; may stand at one of the awards that name it."""
    per: Literal["year"] | None = None
    """`year` when it is filled anew each year."""


class _Table(Part):
    title: Words | None = None
    """What people read instead of the award's name."""
    version: Written | None = None
    """Which table this is, such as the year of the rule."""
    source: str | None = Field(default=None, min_length=1, max_length=1000)
    """The passage behind the table."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """Three capital letters, as in ISO 4217."""
    places: Whole = Field(default=2, ge=0, le=9)
    """Digits after the point of every amount."""
    rounding: Rounding | None = None
    """How an amount with more digits is rounded; must be there when one can come out."""


class Award(Formula, _Table):
    """What a case is worth: a table, a matrix, a percentage or an amount, and what is done with the result."""

    _KEYS: ClassVar[tuple[str, ...]] = (*Formula._KEYS, "best")

    best: Formulas = ()
    """Several formulas, of which the one that gives most counts."""
    floor: Exact | None = None
    """Of an input below this there is no award."""
    least: Unsigned | None = None
    """The smallest award; one that comes out smaller is raised to it."""
    cap: Unsigned | None = None
    """The largest award."""
    up_to: bool = Field(default=False, strict=True)
    """True when what comes out is a limit, up to which a person sets the amount."""
    set_in: FieldName | None = None
    """The money field in which a person sets the amount of a range."""
    adjust: Adjustments = ()
    """What changes the grade, one after the other."""
    split: (
        Annotated[
            Split,
            BeforeValidator(
                lambda value: {"among": value} if isinstance(value, str) else value,
                json_schema_input_type=Split | FieldName,
            ),
        ]
        | None
    ) = None
    """Among whom it is divided; without it, the submitter has all of it."""
    again: Literal["refuse", "difference", "recover"] = "refuse"
    """When it was paid before: `refuse`, pay the `difference`, or also `recover` what was too much."""
    counts: Names = ()
    """Other awards of the case whose payments count as payments of this one."""
    approval: Approvers = ()
    """Who approves it, by amount."""
    pool: Pool | None = None
    """The budget out of which it is paid."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.of is None and (self.floor is not None or any(each.needs_input for each in self.formulas)):
            raise PydanticCustomError("award_of", "bands, floor and percent need of")
        if self.adjust and not self.bands:
            raise PydanticCustomError("award_without_bands", "adjust changes the grade of bands, and there are none")
        if self.least is not None and self.cap is not None and self.least > self.cap:
            figures = {"min": f"{self.least:f}", "max": f"{self.cap:f}"}
            raise PydanticCustomError("min_above_max", "min {min} is above max {max}", figures)
        return self

    def _given(self) -> int:
        return super()._given() + bool(self.best)

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The ways to reckon it: those under `best`, or itself."""
        return self.best or (self,)


class Awarding(Part):
    """What a transition does with an award of the case."""

    propose: Names = ()
    """Reckons the awards from the case as it is then."""
    approve: Names = ()
    """Approves those proposed, by whom their ladder names for the amount."""
    pay: Names = ()
    """Enters what is due in the ledger."""
    reverse: Names = ()
    """Takes back all that was paid of them, by lines of their own."""
