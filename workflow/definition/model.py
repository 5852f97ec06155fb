"""The language: what a definition file may say, as frozen pydantic models, and its canonical form.

The models say what is well formed; `workflow.definition.checking` says what is sound. `digest` is the SHA-256 of
the canonical form (JSON of everything that differs from its default), by which cases keep the definition they
began with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from workflow.definition.fields import FieldType, Words

LANGUAGE = 1
STAY = "="
ANY = "*"
ANYONE = "anyone"

DefinitionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _absent(value: Any) -> Any:
    return {} if value is None else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]
FieldNames = Annotated[tuple[FieldName, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Role(_Part):
    """Who may act: granted by the directory or the host, or a relation to the case.

    `is: submitter` is whoever opened the case; `did: evaluate` is whoever made that transition in this case;
    `field: owner` is whoever's id stands in that text field.
    """

    title: Words | None = None
    relation: Literal["submitter"] | None = Field(default=None, alias="is")
    did: Name | None = None
    field: FieldName | None = None

    @property
    def granted(self) -> bool:
        """True when the role is a grant, False when it is a relation to the case."""
        return self.relation is None and self.did is None and self.field is None


class State(_Part):
    """Where a case can be. One state is initial; a final one has no way out."""

    title: Words | None = None
    initial: bool = False
    final: bool = False


class Condition(_Part):
    """A CEL expression that must be true, with words for people when it is not."""

    check: str = Field(min_length=1, max_length=2000)
    title: Words | None = None


def _conditions(value: Any) -> Any:
    several = value if isinstance(value, list) else [value]
    return [{"check": each} if isinstance(each, str) else each for each in several]


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_conditions)]


class Submission(_Part):
    """What opening a case takes. Without it, anyone may open one and may fill any field."""

    by: Names = (ANYONE,)
    require: FieldNames = ()
    accept: FieldNames = ()
    when: Conditions = ()


class Transition(_Part):
    """One way from state to state: who may go it, with what, under which conditions.

    Of several ways under one name that leave one state, the first whose conditions hold is taken.
    """

    title: Words | None = None
    from_: Annotated[tuple[Name, ...] | Literal["*"], BeforeValidator(lambda v: v if v == ANY else _listed(v))] = Field(
        alias="from"
    )
    to: Name | Literal["="]
    by: Names
    require: FieldNames = ()
    accept: FieldNames = ()
    reason: bool = False
    when: Conditions = ()
    guard: Names = ()
    apart_from: Names = ()
    at_most: int | None = Field(default=None, ge=1, le=1_000_000)

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
    return value if isinstance(value, list) else [value]


Ways = Annotated[tuple[Transition, ...], BeforeValidator(_ways), Field(min_length=1)]


class Effective(_Part):
    """From when until when the rule behind the definition is in force; for people, nothing is enforced by it."""

    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")


class Definition(_Part):
    """A whole definition file."""

    workflow: DefinitionName
    version: Annotated[
        str, BeforeValidator(lambda v: str(v) if isinstance(v, int) and not isinstance(v, bool) else v)
    ] = Field(min_length=1, max_length=64)
    title: Words | None = None
    description: Words | None = None
    source: str | tuple[str, ...] | None = None
    effective: Effective | None = None
    reference: str | None = Field(default=None, min_length=1, max_length=100)
    roles: Annotated[dict[Name, Annotated[Role, BeforeValidator(_absent)]], BeforeValidator(_absent)] = Field(
        default_factory=dict
    )
    fields: Annotated[dict[FieldName, FieldType], BeforeValidator(_absent)] = Field(default_factory=dict)
    submit: Annotated[Submission, BeforeValidator(_absent)] | None = None
    states: dict[Name, Annotated[State, BeforeValidator(_absent)]] = Field(min_length=1)
    transitions: Annotated[dict[Name, Ways], BeforeValidator(_absent)] = Field(default_factory=dict)

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
