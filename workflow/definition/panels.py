"""Panels: people who decide together. Who belongs to one, what each contributes, and what is needed of all.

A panel is data of a case, never a state: it is open while the case stands in one of the states under `in`. When it
opens, its electorate is frozen. Majorities and quorums are portions with a comparator (`gt`, `gte`) of a base, because
半数以上 (half or more) and 过半数 (more than half) differ by one vote.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Exact, Flag, Whole, Words
from workflow.definition.parts import Composition, FieldName, Length, Name, Names, Part, Portion, SomeNames

Outcome = Literal["accepted", "rejected", "invalid"]
CHOICES = ("yes", "no", "abstain", "recuse")


class Quorum(Portion):
    """How many must take part: of all members, of those with a role, or of a counted electorate."""

    of: Name | None = None
    """The role, or the name under `electorates`; without it, all members."""


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Quorums = Annotated[
    tuple[Quorum, ...],
    BeforeValidator(_several, json_schema_input_type=Quorum | list[Quorum]),
]


class Majority(Portion):
    """How many must agree: a comparator, a portion, and the base it is of."""

    of: Literal["present", "cast", "all"] = "present"
    """Of those who took part (`present`), of the votes for and against (`cast`), or of the whole electorate (`all`)."""
    tie: str = Field(default="fails", pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
    """What equal votes mean: `fails`, `passes`, or the role whose holder's vote then decides."""


def _majority(value: Any) -> Any:
    short = {"all": {"gte": 1, "of": "all"}, "any": {"at_least": 1, "of": "all"}}
    return short.get(value, value) if isinstance(value, str) else value


class Criterion(Part):
    """One line of a score sheet."""

    max: Exact
    """The most points."""
    min: Exact | None = None
    """The fewest points that the members must have given together (their mean, median …) for the sheet to pass."""
    weight: Exact | None = None
    """What full points count; without it, a point counts one."""
    title: Words | None = None
    """What people read instead of the criterion's name."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.max <= 0 or (self.min is not None and not 0 <= self.min <= self.max) or (self.weight or 1) <= 0:
            raise PydanticCustomError("criterion", "max and weight are above 0, min lies between 0 and max")
        return self


def _criterion(value: Any) -> Any:
    return value if isinstance(value, dict | Criterion) else {"max": value}


Sheet = Annotated[
    dict[
        FieldName,
        Annotated[
            Criterion,
            BeforeValidator(_criterion, json_schema_input_type=Criterion | float),
        ],
    ],
    Field(min_length=1, max_length=50),
]


class Result(Part):
    """How single marks become one, and which mark passes."""

    by: Literal["mean", "median", "trimmed"] = "mean"
    """`mean`, `median`, or `trimmed`: the mean without the highest and the lowest total."""
    places: Whole = Field(default=2, ge=0, le=9)
    """Digits after the point, rounded half up."""
    gt: Exact | None = None
    """Passes with more than this."""
    gte: Exact | None = None
    """Passes with this or more."""

    def passes(self, mark: Any) -> bool:
        """Is the mark good enough?"""
        return (self.gt is None or mark > self.gt) and (self.gte is None or mark >= self.gte)


class Election(Part):
    """Choosing among candidates: who may be chosen, for how many seats."""

    among: FieldName
    """The list field that holds the candidates."""
    seats: Whole = Field(default=1, ge=1, le=1000)
    """How many are elected."""
    choices: Whole | None = Field(default=None, ge=1, le=1000)
    """How many one ballot may name; without it, as many as there are seats."""
    more_than_seats: Flag = False
    """True when there must be more candidates than seats (差额)."""


class Draw(Part):
    """Members drawn at random from all who have the role. The seed is recorded, so that the draw can be done again."""

    number: Whole = Field(ge=1, le=10_000)
    """How many are drawn."""


class Panel(Part):
    """People who decide together while a case stands in a state."""

    title: Words | None = None
    """What people read instead of the panel's name."""
    in_: SomeNames = Field(alias="in")
    """The states in which it is open."""
    of: Names = ()
    """Whose holders are its members: roles of the directory."""
    members: FieldName | None = None
    """Or the list field that holds the members' ids."""
    seats: Names = ()
    """Or departments that sign, as roles: one contribution a seat, by any holder of the role."""
    draw: Draw | None = None
    """Draws the members at random from the holders of the roles under `of`."""
    apart_from: Names = ()
    """Who may not belong to it: relations to the case, or transitions for whoever made them."""
    composition: tuple[Composition, ...] = ()
    """How the members must be made up."""
    ballot: Literal["open", "secret", "counted"] = "open"
    """`open`; `secret`: the tally is public, the choice is not; `counted`: tellers enter the counted numbers."""
    tellers: Names = ()
    """Who enters the numbers of a counted ballot."""
    electorates: Names = ()
    """The names of the electorates that a counted ballot counts, such as adults and households."""
    score: Sheet | None = None
    """A score sheet: criteria with their most points."""
    result: Annotated[
        Result,
        BeforeValidator(
            lambda value: {"by": value} if isinstance(value, str) else value,
            json_schema_input_type=Result | Literal["mean", "median", "trimmed"],
        ),
    ] = Result()
    """How the marks become one, and which mark passes."""
    elect: Election | None = None
    """An election among candidates."""
    quorum: Quorums = ()
    """How many must take part; of several quorums, one suffices."""
    passes: (
        Annotated[Majority, BeforeValidator(_majority, json_schema_input_type=Majority | Literal["all", "any"])] | None
    ) = Field(default=None, alias="pass")
    """How many must agree: a majority, `all` (会签) or `any` (或签)."""
    weights: dict[Name, Annotated[Whole, Field(ge=0, le=1_000_000)]] = Field(default_factory=dict)
    """What the vote of a role's holder counts; others count one."""
    veto: Names = ()
    """Roles of which one vote against rejects."""
    reason_for: Names = ()
    """The choices that need a reason."""
    within: Length | None = None
    """How long it takes contributions; then the clock closes it."""
    early: Flag = False
    """True when it closes as soon as no further vote can change the outcome."""
    into: FieldName | None = None
    """The field that holds the result when it closes: the mark (decimal) or those elected (list)."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        counted = self.ballot == "counted"
        if sum(map(bool, (self.of, self.members, self.seats))) != (0 if counted else 1):
            raise PydanticCustomError(
                "panel_members", "exactly one of of, members and seats, and none with a counted ballot"
            )
        if counted != bool(self.tellers):
            raise PydanticCustomError("panel_tellers", "a counted ballot has tellers, and only a counted one")
        if counted and (self.veto or self.weights or self.composition or self.reason_for):
            raise PydanticCustomError(
                "panel_counted", "a counted ballot has numbers only: neither veto, weights, composition nor reason_for"
            )
        if counted and self.majority.tie not in ("fails", "passes"):
            raise PydanticCustomError("panel_counted", "in a counted ballot a tie passes or fails")
        named = self.majority.tie not in ("fails", "passes")
        if self.ballot == "secret" and (self.veto or self.weights or named):
            # Whoever counts again would have to know whose vote is whose.
            raise PydanticCustomError("panel_secret", "in a secret ballot every vote is like every other")
        if self.electorates and not counted:
            raise PydanticCustomError("panel_electorates", "electorates are those of a counted ballot")
        if self.into is not None and self.score is None and self.elect is None:
            raise PydanticCustomError("panel_into", "into keeps a mark or those elected; a vote gives neither")
        if self.score is not None and (self.elect is not None or self.passes is not None):
            raise PydanticCustomError(
                "panel_form", "a panel scores, elects or votes: score stands without elect and pass"
            )
        if self.score is not None and (counted or self.veto or self.seats):
            raise PydanticCustomError("panel_form", "a score sheet has members, and neither tellers, seats nor veto")
        if self.elect is not None and (counted or self.seats or self.veto):
            raise PydanticCustomError("panel_form", "an election has members, and neither tellers, seats nor veto")
        if self.draw is not None and not self.of:
            raise PydanticCustomError("panel_draw", "a draw is made from the holders of the roles under of")
        return self

    @property
    def form(self) -> Literal["score", "elect", "vote"]:
        """What its members give: marks, names, or votes."""
        return "score" if self.score is not None else "elect" if self.elect is not None else "vote"

    @property
    def choices(self) -> tuple[str, ...]:
        """What every member may say in place of marks and names, or as a vote."""
        if self.ballot == "counted":
            return ()
        return {"score": CHOICES[3:], "elect": CHOICES[2:], "vote": CHOICES}[self.form]

    @property
    def majority(self) -> Majority:
        """How many must agree; where the file does not say: more than half of those present."""
        return self.passes or Majority(gt="1/2")

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that the panel asks of its members, so that it is frozen with them."""
        named = [*self.of, *self.weights, *self.veto, *(each.of for each in self.composition)]
        named += [each.of for each in self.quorum if each.of] if self.ballot != "counted" else []
        if self.majority.tie not in ("fails", "passes"):
            named.append(self.majority.tie)
        return tuple(dict.fromkeys(named))
