"""What goes on in a case besides its state and its data: clocks, sittings of panels, objections, awards. Values only.

All of it follows from the entries of the case; `plain` and `read` are how the row of a case holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.log.entry import time_of, time_text

LAPSED = "lapsed"
_EMPTY: Mapping[str, Any] = MappingProxyType({})


class Timer(NamedTuple):
    """A moment that was set when a state was entered: what it is for, when, and since when its clock stands still.

    `id` is `due` or `due.DEADLINE`, `remind.CLOCK.N`, `escalate.CLOCK.N`, `after.TRANSITION.WAY`,
    `within.TRANSITION.WAY`, `notice.NAME`, `panel.NAME` or `objection.NUMBER`.
    """

    id: str
    at: datetime
    stopped: datetime | None = None

    def as_dict(self) -> dict[str, str]:
        """As a leaf and the row of a case hold it."""
        plain = {"id": self.id, "at": time_text(self.at)}
        if self.stopped is not None:
            plain["stopped"] = time_text(self.stopped)
        return plain


class Given(NamedTuple):
    """What a member contributed, and in which entry: a choice, the names chosen, points, or counted numbers.

    `said` is None while the ballot is secret.
    """

    seq: int
    said: Any = None


class Sitting(NamedTuple):
    """One round of a panel: its members with the roles that were frozen with them, and what they contributed.

    `outcome` is None while it is open, then accepted, rejected, invalid, or lapsed when the case moved on without it.
    """

    round: int
    members: Mapping[str, tuple[str, ...]]
    recused: tuple[str, ...] = ()
    given: Mapping[str, Given] = _EMPTY
    outcome: str | None = None
    tally: Mapping[str, Any] = _EMPTY

    @property
    def open(self) -> bool:
        """Does it still take contributions?"""
        return self.outcome is None

    def as_dict(self) -> dict[str, Any]:
        """As JSON: who belongs to it and who has contributed; what was said stands in the entries."""
        return {
            "round": self.round,
            "open": self.open,
            "outcome": self.outcome,
            "members": sorted(self.members),
            "recused": sorted(self.recused),
            "contributed": sorted(self.given),
            "tally": dict(self.tally.get("tally", {})),
        }


class Objection(NamedTuple):
    """An objection to a public notice; `status` is open, upheld or dismissed."""

    number: int
    notice: str
    people: tuple[str, ...]
    status: str = "open"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"number": self.number, "notice": self.notice, "by": list(self.people), "status": self.status}


class Proceedings(NamedTuple):
    """All of it. Empty for a case whose definition asks for none of it."""

    timers: tuple[Timer, ...] = ()
    sittings: Mapping[str, Sitting] = _EMPTY
    objections: tuple[Objection, ...] = ()
    answered: int = 0
    """How many of the objections were raised before the notice that runs now, or ran last, began."""
    escalated: tuple[str, ...] = ()
    awards: Mapping[str, Any] = _EMPTY
    links: tuple[tuple[str, str], ...] = ()

    def timer(self, name: str) -> Timer | None:
        """The timer of that id."""
        return next((each for each in self.timers if each.id == name), None)

    def open_objections(self) -> tuple[Objection, ...]:
        """Those that are neither upheld nor dismissed yet."""
        return tuple(each for each in self.objections if each.status == "open")

    def standings(self) -> list[str]:
        """How each objection stands, for conditions; one upheld since the notice began is also `standing`."""
        upheld = [each for each in self.objections[self.answered :] if each.status == "upheld"]
        return [each.status for each in self.objections] + ["standing"] * len(upheld)

    def plain(self) -> dict[str, Any]:
        """As the row of a case holds it: JSON without what is empty."""
        parts: dict[str, Any] = {
            "timers": [each.as_dict() for each in self.timers],
            "sittings": {name: _plain_sitting(each) for name, each in self.sittings.items()},
            "objections": [[each.number, each.notice, each.status, *each.people] for each in self.objections],
            "answered": self.answered,
            "escalated": list(self.escalated),
            "awards": dict(self.awards),
            "links": [list(each) for each in self.links],
        }
        return {name: part for name, part in parts.items() if part}


NOTHING = Proceedings()


def read(plain: Mapping[str, Any]) -> Proceedings:
    """The proceedings back from the row of a case. Raises ValueError, TypeError or LookupError for anything else."""
    if not plain:
        return NOTHING
    return Proceedings(
        read_timers(plain.get("timers", ())),
        {name: _read_sitting(each) for name, each in plain.get("sittings", {}).items()},
        tuple(Objection(each[0], each[1], tuple(each[3:]), each[2]) for each in plain.get("objections", ())),
        plain.get("answered", 0),
        tuple(plain.get("escalated", ())),
        plain.get("awards", _EMPTY),
        tuple((each[0], each[1]) for each in plain.get("links", ())),
    )


def read_timers(plain: Any) -> tuple[Timer, ...]:
    """Timers back from a leaf or from the row of a case."""
    return tuple(
        Timer(each["id"], time_of(each["at"]), time_of(each["stopped"]) if "stopped" in each else None)
        for each in plain
    )


def _plain_sitting(sitting: Sitting) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "round": sitting.round,
        "members": {name: list(roles) for name, roles in sitting.members.items()},
        "recused": list(sitting.recused),
        "given": {name: list(each) for name, each in sitting.given.items()},
        "outcome": sitting.outcome,
        "tally": dict(sitting.tally),
    }
    return {name: part for name, part in parts.items() if part}


def _read_sitting(plain: Mapping[str, Any]) -> Sitting:
    return Sitting(
        plain["round"],
        {name: tuple(roles) for name, roles in plain.get("members", {}).items()},
        tuple(plain.get("recused", ())),
        {name: Given(*each) for name, each in plain.get("given", {}).items()},
        plain.get("outcome"),
        plain.get("tally", _EMPTY),
    )
