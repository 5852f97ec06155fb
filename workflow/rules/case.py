"""The values that deciding is about: who asks, what is asked, the case as it stands, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.errors import Blocker
from workflow.log.entry import time_text
from workflow.rules.proceedings import NOTHING, Proceedings


@dataclass(frozen=True, slots=True, init=False)
class Actor:
    """Who acts. The host vouches for `roles`; without them (None) the directory of the store is asked.

    `acting_for` is the person on whose behalf; both are recorded. `under` are the numbers of the delegations by which
    that may be so, where the directory was asked: none is in force when there are none, and None when the host vouches.
    """

    id: str
    roles: frozenset[str] | None
    acting_for: str | None
    under: tuple[int, ...] | None

    def __init__(
        self,
        id: str,
        roles: Iterable[str] | None = None,
        acting_for: str | None = None,
        under: tuple[int, ...] | None = None,
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "roles", None if roles is None else frozenset(roles))
        object.__setattr__(self, "acting_for", acting_for)
        object.__setattr__(self, "under", under)

    @property
    def people(self) -> tuple[str, ...]:
        """The one who acts and, where it is someone else, the one on whose behalf."""
        return (self.id,) if self.acting_for is None else (self.id, self.acting_for)

    def standing(self) -> list[Blocker]:
        """The blocker for whoever acts for somebody under no delegation that is in force."""
        return [Blocker("delegation", {"actor": self.id, "for": self.acting_for})] if self.under == () else []

    @property
    def principal(self) -> str:
        """The person whose relation to the case counts."""
        return self.acting_for or self.id


# Who makes what the clock makes. No person has this role: it is reserved, and the directory does not grant it.
CLOCKWORK = Actor("clock", ("clock",))


class DefinitionRef(NamedTuple):
    """Which definition a case keeps: its name, version and digest (SHA-256 of the canonical form)."""

    name: str
    version: str
    digest: str

    def as_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"name": self.name, "version": self.version, "digest": self.digest}


class Track(NamedTuple):
    """How often a transition was made in a case, and by whom (each person once, in order)."""

    times: int = 0
    people: tuple[str, ...] = ()


class Case(NamedTuple):
    """A case as it stands: the fold of its entries up to `rev`. A snapshot; nothing in it saves itself."""

    id: str
    reference: str
    definition: DefinitionRef
    state: str
    final: bool
    data: Mapping[str, Any]
    submitter: str
    created_at: datetime
    updated_at: datetime
    rev: int
    head: bytes
    trail: Mapping[str, Track] = MappingProxyType({})
    due_at: datetime | None = None
    dry_run: bool = False
    proceedings: Proceedings = NOTHING
    next_at: datetime | None = None
    hidden: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The case as the contract's JSON object."""
        return {
            "id": self.id,
            "reference": self.reference,
            "definition": self.definition.as_dict(),
            "state": self.state,
            "final": self.final,
            "data": dict(self.data),
            "submitter": self.submitter,
            "created_at": time_text(self.created_at),
            "updated_at": time_text(self.updated_at),
            "due_at": time_text(self.due_at) if self.due_at else None,
            "dry_run": self.dry_run,
            "rev": self.rev,
            **({"hidden": list(self.hidden)} if self.hidden else {}),
            **self._proceedings(),
        }

    def _proceedings(self) -> dict[str, Any]:
        """What goes on in the case: its panels with who has contributed, its objections, who may act by escalation."""
        found: dict[str, Any] = {}
        if self.proceedings.sittings:
            found["panels"] = {name: each.as_dict() for name, each in self.proceedings.sittings.items()}
        if self.proceedings.objections:
            found["objections"] = [each.as_dict() for each in self.proceedings.objections]
        if self.proceedings.escalated:
            found["escalated"] = list(self.proceedings.escalated)
        if self.proceedings.awards:
            found["awards"] = dict(self.proceedings.awards)
        if self.proceedings.links:
            found["links"] = [{"link": link, "case": other} for link, other in self.proceedings.links]
        return found


class Command(NamedTuple):
    """What is asked: a transition by name (or, with `to`, by the state it reaches), what is supplied, and why."""

    actor: Actor
    transition: str | None = None
    to: str | None = None
    data: Mapping[str, Any] = MappingProxyType({})
    reason: str | None = None
    claimed_at: datetime | None = None


class Contribution(NamedTuple):
    """What one person gives: to a panel, as an objection to a notice, or to settle one.

    `act` is vote, score, count, close, object, settle or link; `on` is the panel, the notice, the number of the
    objection or the link; `said` is the choice, the names chosen, the points, the counted numbers, upheld or dismissed,
    or what is known of the other case.
    """

    act: str
    actor: Actor
    on: str
    said: Any = None
    reason: str | None = None
    seat: str | None = None

    @property
    def trigger(self) -> str:
        """How the entry of a refused one names it. No transition has a space in its name."""
        return f"{self.act} {self.on}"


class Verdict(NamedTuple):
    """What became of one condition: `when.0` is the first expression of the way, `guard.x` the host's guard x."""

    id: str
    ok: bool


class Decision(NamedTuple):
    """Yes: from where to where, what is written, on which verdicts, by which way, which panels it closes and
    what it does with awards.
    """

    transition: str
    source: str | None
    target: str
    writes: Mapping[str, Any]
    verdicts: tuple[Verdict, ...] = ()
    way: Any = None
    closes: tuple[Any, ...] = ()
    acts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """No: every reason at once."""

    transition: str
    blockers: tuple[Blocker, ...]
    verdicts: tuple[Verdict, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One transition from where the case stands: may this actor make it, why not, and what it takes."""

    transition: str
    to: str
    allowed: bool
    blockers: tuple[Blocker, ...]
    fields: tuple[Mapping[str, Any], ...]
    title: str = ""
