"""The language: what a definition file may say, as frozen pydantic models, and its canonical form.

The models say what is well formed; `workflow.definition.checking` says what is sound. The text under a key is its
description in the JSON Schema, and where a key takes a short form, its validator says so to the schema
(`json_schema_input_type`), so that editors and this module accept the same files. `digest` is the SHA-256 of
the canonical form (JSON of everything that differs from its default), by which cases keep the definition they
began with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from workflow.definition.awards import Award, Awarding
from workflow.definition.fields import Day, FieldType, Flag, Whole, Words
from workflow.definition.lists import ReferenceList
from workflow.definition.panels import Outcome, Panel
from workflow.definition.parts import (
    Conditions,
    FieldName,
    FieldNames,
    Length,
    Name,
    Names,
    Part,
    absent,
    listed,
)
from workflow.definition.relations import Batch, Link, Markings, Openings, Periodic, Windows
from workflow.definition.timing import Deadline, DueTime, Notice

LANGUAGE = 1
STAY = "="
ANY = "*"
ANYONE = "anyone"
CLOCK = "clock"

DefinitionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
Target = Annotated[str, StringConstraints(pattern=r"^(=|[A-Za-z][A-Za-z0-9_-]{0,63})$")]


class Role(Part):
    """Who may act: granted by the directory or the host, or a relation to the case.

    `is: submitter` is whoever opened the case; `did: evaluate` is whoever made that transition in this case;
    `field: owner` is whoever's id stands in that text field.
    """

    title: Words | None = None
    """What people read instead of the role's name."""
    relation: Literal["submitter"] | None = Field(default=None, alias="is")
    """`submitter`: whoever opened the case."""
    did: Name | None = None
    """The transition: whoever made it in this case."""
    field: FieldName | None = None
    """The text field that holds the person's id."""

    @property
    def granted(self) -> bool:
        """True when the role is a grant, False when it is a relation to the case."""
        return self.relation is None and self.did is None and self.field is None


class State(Part):
    """Where a case can be. One state is initial; a final one has no way out."""

    title: Words | None = None
    """What people read instead of the state's name."""
    initial: Flag = False
    """True for the one state in which a case is opened."""
    final: Flag = False
    """True when a case ends here: nothing leads out."""
    due: DueTime | None = None
    """Within which time a case should leave: 24h, 15d, 5wd (working days), 3m or 1y; or more than the time alone."""


class Submission(Part):
    """What opening a case takes. Without it, anyone may open one and may fill any field."""

    by: Names = (ANYONE,)
    """Who may open a case: roles, or `anyone`."""
    require: FieldNames = ()
    """The fields that must be supplied, and `reason` for a written reason."""
    accept: FieldNames = ()
    """The fields that may be supplied."""
    when: Conditions = ()
    """What must be true."""
    windows: Windows = ()
    """When in the year a case may be opened; without it, always."""
    record_within: Length | None = None
    """How long after it happened an act that came first may be recorded (`--at`)."""


def _sources(value: Any) -> Any:
    if value == []:
        raise PydanticCustomError("too_short", "There should be at least 1", {"min_length": 1})
    return value if value == ANY else listed(value)


# The tags, which no key can be taken for, keep the two branches apart, so that a mistake is reported once.
Sources = Annotated[
    Annotated[Literal["*"], Tag("[any]")] | Annotated[tuple[Name, ...], Tag("[several]")],
    Discriminator(lambda value: "[any]" if value == ANY else "[several]"),
    BeforeValidator(
        _sources,
        json_schema_input_type=Literal["*"] | Name | Annotated[list[Name], Field(min_length=1)],
    ),
]
Sentences = Annotated[
    Annotated[str, Tag("[one]")] | Annotated[tuple[str, ...], Tag("[several]")],
    Discriminator(lambda value: "[several]" if isinstance(value, list | tuple) else "[one]"),
]


Moment = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,4}(h|d|wd|m|y)|[A-Za-z][A-Za-z0-9_-]{0,63})$")]
Outcomes = Annotated[
    dict[Name, Outcome],
    BeforeValidator(
        lambda value: {value: "accepted"} if isinstance(value, str) else value,
        json_schema_input_type=Name | dict[Name, Outcome],
    ),
]


class Transition(Part):
    """One way from state to state: who may go it, with what, under which conditions.

    Of several ways under one name that leave one state, the first whose conditions hold is taken.
    """

    title: Words | None = None
    """What people read instead of the transition's name."""
    from_: Sources = Field(alias="from")
    """The states it leaves: one, several, or `*` for every state that is not final."""
    to: Target
    """The state it reaches, or `=` for the state in which the case already is."""
    by: Names
    """Who may make it: roles, or `anyone`."""
    require: FieldNames = ()
    """The fields that must have a value, and `reason` for a written reason."""
    accept: FieldNames = ()
    """The fields that may be supplied."""
    reason: Flag = False
    """True when a written reason must be given."""
    when: Conditions = ()
    """What must be true."""
    guard: Names = ()
    """Checks that the host program registered under these names."""
    apart_from: Names = ()
    """Who may not make it: relations to the case, or transitions for whoever made them."""
    at_most: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """How often it may be made in one case."""
    panel: Outcomes = Field(default_factory=dict)
    """The panel whose members must have accepted; or panels, each with the outcome that it must have."""
    notice: Names = ()
    """The notices that must have been shown for their whole time."""
    after: Moment | None = None
    """Not earlier than this after the state was entered, or than the deadline of that name. The clock makes it then."""
    within: Moment | None = None
    """Not later than this after the state was entered, or than the deadline of that name."""
    extends: dict[Name, Length] = Field(default_factory=dict)
    """By how much it extends a deadline; `due` is the due time of the state."""
    link: Names = ()
    """The links that the case must have."""
    subcases: Literal["closed"] | None = None
    """`closed`: it waits until every sub-case that it has to wait for is final."""
    opens: Openings = ()
    """The sub-cases that it opens."""
    batch: Name | None = None
    """It is made only for a set of cases at once, under the rules of that batch."""
    marks: Markings = ()
    """What it puts on people's records, or takes off."""
    award: Awarding = Awarding()
    """What it does with awards: propose, approve, pay, reverse."""
    during_objection: Flag = False
    """True when it may be made although an objection is open."""
    reopens: Flag = False
    """True when it leaves a final state: an appeal, a revocation, a case taken up again."""

    @property
    def takes(self) -> tuple[str, ...]:
        """The fields that may be supplied, required ones first."""
        required = tuple(name for name in self.require if name != "reason")
        return required + tuple(name for name in self.accept if name not in required)

    @property
    def needs_reason(self) -> bool:
        """True when a reason must be given (`reason: true` or `require: [reason]`)."""
        return self.reason or "reason" in self.require


def _ways(value: Any) -> Any:
    if value == []:
        raise PydanticCustomError("too_short", "There should be at least 1", {"min_length": 1})
    return value if isinstance(value, list) else [value]


Ways = Annotated[
    tuple[Transition, ...],
    BeforeValidator(_ways, json_schema_input_type=Transition | Annotated[list[Transition], Field(min_length=1)]),
]


class Effective(Part):
    """From when until when the rule behind the definition is in force; for people, nothing is enforced by it."""

    since: Day | None = Field(default=None, alias="from")
    """The first day, YYYY-MM-DD."""
    until: Day | None = Field(default=None, alias="to")
    """The last day, YYYY-MM-DD."""


def _version(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


Version = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Roles = Annotated[
    dict[Name, Annotated[Role, BeforeValidator(absent, json_schema_input_type=Role | None)]],
    BeforeValidator(absent, json_schema_input_type=dict[Name, Role | None] | None),
]
Fields = Annotated[
    dict[FieldName, FieldType],
    BeforeValidator(absent, json_schema_input_type=dict[FieldName, FieldType] | None),
]
Transitions = Annotated[dict[Name, Ways], BeforeValidator(absent, json_schema_input_type=dict[Name, Ways] | None)]


class Definition(Part):
    """A whole definition file."""

    workflow: DefinitionName
    """The name of the definition: small letters, digits and hyphens."""
    version: Annotated[Version, BeforeValidator(_version, json_schema_input_type=Version | float)]
    """The version; raise it whenever the definition changes."""
    title: Words | None = None
    """What people read instead of the definition's name."""
    description: Words | None = None
    """What the procedure is for."""
    source: Sentences | None = None
    """The rule behind the definition: its name and passages."""
    effective: Effective | None = None
    """When the rule behind the definition is in force."""
    calendar: str | None = Field(default=None, min_length=1, max_length=10)
    """The working days that due times count: a country such as CN, or a region of one such as DE-BY."""
    zone: str | None = Field(default=None, min_length=1, max_length=64)
    """The time zone in which a day ends, such as Asia/Shanghai, where the calendar has none of its own."""
    reference: str | None = Field(default=None, min_length=1, max_length=100)
    """How cases are numbered, from `{year}`, `{month}` and `{number}`, each with a width like `{number:05}`."""
    roles: Roles = Field(default_factory=dict)
    """Who may act, by name."""
    fields: Fields = Field(default_factory=dict)
    """What a case holds, by name."""
    lists: Annotated[
        dict[Name, ReferenceList], BeforeValidator(absent, json_schema_input_type=dict[Name, ReferenceList] | None)
    ] = Field(default_factory=dict)
    """Lists of values that change with time, by name."""
    submit: Submission | None = None
    """What opening a case takes."""
    states: dict[Name, Annotated[State, BeforeValidator(absent, json_schema_input_type=State | None)]] = Field(
        min_length=1
    )
    """Where a case can be, by name."""
    panels: Annotated[dict[Name, Panel], BeforeValidator(absent, json_schema_input_type=dict[Name, Panel] | None)] = (
        Field(default_factory=dict)
    )
    """Who decides together, by name."""
    notices: Annotated[
        dict[Name, Notice], BeforeValidator(absent, json_schema_input_type=dict[Name, Notice] | None)
    ] = Field(default_factory=dict)
    """What is shown to the public before it is decided, by name."""
    deadlines: Annotated[
        dict[Name, Deadline], BeforeValidator(absent, json_schema_input_type=dict[Name, Deadline] | None)
    ] = Field(default_factory=dict)
    """The clocks that run over several states, by name."""
    awards: Annotated[dict[Name, Award], BeforeValidator(absent, json_schema_input_type=dict[Name, Award] | None)] = (
        Field(default_factory=dict)
    )
    """What a case is worth to the people behind it, by name."""
    links: Annotated[dict[Name, Link], BeforeValidator(absent, json_schema_input_type=dict[Name, Link] | None)] = Field(
        default_factory=dict
    )
    """How a case may be tied to others, by name."""
    batches: Annotated[dict[Name, Batch], BeforeValidator(absent, json_schema_input_type=dict[Name, Batch] | None)] = (
        Field(default_factory=dict)
    )
    """Decisions over a set of cases, by name."""
    periodic: Periodic | None = None
    """That the clock opens a case at the beginning of each period."""
    transitions: Transitions = Field(default_factory=dict)
    """The ways from state to state, by name: one way, or a list of ways under one name."""

    @cached_property
    def canonical(self) -> bytes:
        """The bytes whose SHA-256 is the digest: JSON without spaces and without what equals its default.

        Keys stand in the order in which this module declares them, names in the order of the file, so that a
        definition read back from a store is shown as it was written.
        """
        plain = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return orjson.dumps({"language": LANGUAGE, **plain})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, 64 hex digits."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def initial(self) -> str:
        """The state in which a case is opened."""
        return next(name for name, state in self.states.items() if state.initial)

    def ways(self) -> Iterator[tuple[str, int, Transition]]:
        """Every transition with its name and its place under that name."""
        for name, several in self.transitions.items():
            for index, way in enumerate(several):
                yield name, index, way

    def checks(self) -> Iterator[str]:
        """Every expression of the definition."""
        for condition in self.submit.when if self.submit else ():
            yield condition.check
        for _, _, way in self.ways():
            yield from (condition.check for condition in way.when)
        yield from (notice.exempt.check for notice in self.notices.values() if notice.exempt)

    def sources(self, way: Transition) -> tuple[str, ...]:
        """The states that a way leaves; `*` is every state that is not final."""
        if isinstance(way.from_, str):
            return tuple(name for name, state in self.states.items() if not state.final)
        return way.from_

    def target(self, way: Transition, source: str) -> str:
        """The state that a way reaches from `source`; `=` is the same state."""
        return source if way.to == STAY else way.to

    def title_of(self, part: Mapping[str, Any], name: str, lang: str) -> str:
        """The label of a role, field, state or transition in `lang`, else its name."""
        found = part.get(name)
        if isinstance(found, tuple):
            found = next((way for way in found if way.title), None)
        title = getattr(found, "title", None)
        return title.text(lang, name) if title else name


def from_canonical(body: bytes) -> Definition:
    """The definition back from its canonical form. Raises ValueError when the bytes are not one."""
    plain = orjson.loads(body)
    if not isinstance(plain, dict) or plain.pop("language", None) != LANGUAGE:
        raise ValueError("not a definition of language 1")
    return Definition.model_validate(plain)
