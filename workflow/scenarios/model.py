"""What a scenario file may say, as frozen pydantic models. The text under a key is its description in the JSON Schema.

A file lies beside the definition that it tries: `NAME.scenarios.yaml` beside `NAME.yaml`. The models say what is well
formed; `workflow.scenarios.reading` says what makes sense.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from workflow.definition.fields import Flag, Whole
from workflow.definition.model import DefinitionName
from workflow.definition.parts import FieldName, Length, Name, Names, Part, listed

OTHERS = "..."

Person = Annotated[str, StringConstraints(pattern=r"^\S{1,128}$")]


def _some(value: Any) -> Any:
    """A name alone is a list of one; an empty list says nothing. Asked here, so that it is not said beside others."""
    if value in ([], ()):
        raise PydanticCustomError("too_short", "There should be at least 1", {"min_length": 1})
    return listed(value)


Persons = Annotated[
    tuple[Person, ...],
    BeforeValidator(_some, json_schema_input_type=Person | Annotated[list[Person], Field(min_length=1)]),
]
Listed = Annotated[tuple[Person, ...], BeforeValidator(listed, json_schema_input_type=Person | tuple[Person, ...])]
Time = Annotated[
    str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,15}(Z|[+-][0-9:]{2,6})?)?$")
]
"""`2025-09-01T09:00+08:00`; without a zone, in that of the definition's calendar, else UTC; or a day alone."""
Do = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z][A-Za-z0-9_-]{0,63})$")]
Doings = Annotated[
    tuple[Do, ...],
    BeforeValidator(_some, json_schema_input_type=Do | Annotated[list[Do], Field(min_length=1)]),
]
People = Annotated[
    dict[
        Person,
        Annotated[
            Names,
            BeforeValidator(
                lambda value: () if value is None else listed(value), json_schema_input_type=Name | list[Name] | None
            ),
        ],
    ],
    BeforeValidator(lambda value: {} if value is None else value),
]
Values = Annotated[
    dict[str, Any],
    BeforeValidator(lambda value: {} if value is None else value, json_schema_input_type=dict[str, Any] | None),
]


class Wanted(BaseModel):
    """A blocker that is expected: its code, and such of its figures as matter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z_]*|\.\.\.)$")]
    """The code, as in docs/errors.md; `...` stands for any others."""

    @property
    def figures(self) -> dict[str, Any]:
        """What its figures must be."""
        return dict(self.model_extra or {})


def _wanted(value: Any) -> Any:
    several = _some(value) if isinstance(value, list | tuple) else [value]
    return [{"code": each} if isinstance(each, str) else each for each in several]


Refusal = Annotated[
    tuple[Wanted, ...],
    BeforeValidator(_wanted, json_schema_input_type=str | Wanted | Annotated[list[str | Wanted], Field(min_length=1)]),
]


class Expected(Part):
    """What must be so afterwards. What is not named may be anything; a mapping names only what matters of its whole."""

    state: Name | None = None
    """The state of the case."""
    data: Values | None = None
    """Fields with their values; null: no value."""
    due: Time | None = Field(default=None)
    """When it is due; a day alone is its end. Null: it is not."""
    timers: dict[str, Time | None] | None = None
    """Moments that are set, by the id of the timer, such as `notice.posting`; a day alone is its end. Null: not set."""
    outcome: dict[Name, str | None] | None = None
    """What panels came to; null while one is open."""
    tally: dict[Name, Values] | None = None
    """Figures of panels: as it closed, or as it stands."""
    members: dict[Name, Listed] | None = None
    """All who belong to a panel, those recused included."""
    recused: dict[Name, Listed] | None = None
    """All of its members who are recused."""
    objections: dict[str, str] | None = None
    """Objections by number: open, upheld or dismissed."""
    escalated: Names | None = None
    """All roles that may act by escalation."""
    awards: Values | None = None
    """Awards by name: the amount, or a mapping of status, amount, grade, paid and whatever else the assessment has."""
    links: dict[Name, Listed] | None = None
    """All cases to which it is tied, by link: the names that the story gives them."""
    marks: dict[Person, Listed] | None = None
    """All marks on somebody's record that are in force now."""
    may: dict[Person, Names] | None = None
    """All transitions that somebody may make now, with what can still be supplied left open."""
    entries: Names | None = None
    """The kinds of all entries that were written to the case by this line, in order."""
    fired: Whole | None = Field(default=None, ge=0)
    """How many moments came due as the clock went on."""
    reference: str | None = None
    """The reference of the case."""


Then = Annotated[
    Expected,
    BeforeValidator(
        lambda value: {"state": value} if isinstance(value, str) else value, json_schema_input_type=Name | Expected
    ),
]


class Step(Part):
    """One line of a story: the clock goes on, somebody acts, something is expected. At most one act a line."""

    given: Name | None = None
    """What is told first: a story under `given`."""

    at: Time | None = None
    """The clock goes on to this time, and what is due is done."""
    wait: Length | None = None
    """The clock goes on until a period of this length, begun now, is over, and what is due is done."""
    tick: Flag | None = None
    """`true`: what is due is done; `false`: the clock goes on and nobody looks at it."""

    by: Persons | None = None
    """Who acts: a person, or several, one after the other."""
    for_: Person | None = Field(default=None, alias="for")
    """On whose behalf."""
    case: Name | None = None
    """Which case it is about; without it, the one before was about."""
    reason: str | None = Field(default=None, max_length=10_000)
    """Why."""

    submit: Values | None = None
    """Opens a case, with these fields."""
    as_: Names | None = Field(default=None, alias="as")
    """How the story calls the case that is opened, or the cases, by the clock and by transitions too."""
    workflow: DefinitionName | None = None
    """Under which definition it is opened, where the file names several."""

    do: Doings | None = None
    """Makes a transition, or several; `*` is every one that leaves the state."""
    data: Values | None = None
    """The fields that are supplied."""
    cases: Names | None = None
    """Makes it for these cases at once, all or none."""
    claimed: Time | None = None
    """When it is said to have happened, where it is recorded late."""

    link: Name | None = None
    """Ties the case to another by this link."""
    to: Name | None = None
    """The other case."""

    vote: Name | None = None
    """Votes in this panel."""
    choice: str | tuple[str, ...] | None = None
    """What those under `by` vote: yes, no, abstain, recuse, or names of candidates."""
    yes: Persons | None = None
    """Who votes yes."""
    no: Persons | None = None
    """Who votes no."""
    abstain: Persons | None = None
    """Who abstains."""
    recuse: Persons | None = None
    """Who recuses themselves."""
    seat: Name | None = None
    """For which department, where they could sign for several."""
    score: Name | None = None
    """Fills in a score sheet of this panel."""
    points: dict[FieldName, Any] | None = None
    """The points, by criterion."""
    count: Name | None = None
    """Enters the numbers of this panel's counted ballot."""
    numbers: dict[str, Any] | None = None
    """The numbers: yes, no, abstain, invalid, and due_X and present_X for each electorate X."""
    close: Name | None = None
    """Closes this panel."""

    object_: str | None = Field(default=None, alias="object", max_length=10_000)
    """Objects to what a notice shows, with this reason."""
    settle: Whole | None = Field(default=None, ge=1)
    """Settles the objection of this number."""
    upheld: Flag | None = None
    """True when it is upheld, false when it is dismissed."""

    grant: People | None = None
    """Gives people roles."""
    revoke: People | None = None
    """Takes roles from people."""
    guards: dict[Name, bool | str] | None = None
    """What guards answer from now on: true, false, or a text that refuses."""

    refused: Refusal | None = None
    """It must be refused, for exactly these codes; `...` lets there be others."""
    then: Then | None = None
    """What must be so afterwards; a name alone is the state."""


Steps = tuple[Step, ...]


class Scenario(Part):
    """One story, told on a store of its own."""

    title: str = Field(min_length=1, max_length=200)
    """What it shows."""
    clock: Time | None = None
    """When it begins."""
    people: People = Field(default_factory=dict)
    """Who takes part besides those of the file, with their roles."""
    guards: dict[Name, bool | str] = Field(default_factory=dict)
    """What the guards of the host answer: true, false, or a text that refuses."""
    each: Annotated[
        tuple[dict[FieldName, Any], ...] | None,
        BeforeValidator(
            _some, json_schema_input_type=Annotated[list[dict[FieldName, Any]], Field(min_length=1)] | None
        ),
    ] = None
    """Rows of values: the story is told once for each, with `$name` replaced by the row's value."""
    steps: Annotated[Steps, BeforeValidator(_some, json_schema_input_type=Annotated[list[Step], Field(min_length=1)])]
    """What happens, line by line."""


class Book(Part):
    """A whole scenario file."""

    workflow: Annotated[
        tuple[DefinitionName, ...],
        BeforeValidator(listed, json_schema_input_type=DefinitionName | list[DefinitionName]),
    ] = ()
    """The definition that is tried, or several; without it, the one whose file has the name of this one."""
    clock: Time = "2026-01-05T09:00"
    """When every story begins that does not say so itself."""
    people: People = Field(default_factory=dict)
    """Who takes part, with their roles; nobody else can act."""
    given: dict[Name, Steps] = Field(default_factory=dict)
    """Beginnings that several stories share, by name."""
    scenarios: Annotated[
        tuple[Scenario, ...],
        BeforeValidator(_some, json_schema_input_type=Annotated[list[Scenario], Field(min_length=1)]),
    ]
    """The stories."""
