"""Who may act for whom, as the stream of the directory says it, and whether an act kept to it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import orjson

from workflow.audit.report import shown
from workflow.log.entry import STREAMS, time_text
from workflow.rules.record import Entry


class Delegated(NamedTuple):
    """A delegation: between whom, which roles, from when until before when, and when it was revoked."""

    principal: str
    deputy: str
    roles: tuple[str, ...]
    since: datetime
    until: datetime
    revoked: datetime | None = None

    def row(self) -> tuple[str, ...]:
        """Its row in the table, without the number."""
        roles = orjson.dumps(self.roles).decode()
        return self.principal, self.deputy, roles, time_text(self.since), time_text(self.until)


Delegations = dict[int, Delegated]
"""By number, which is that of the entry in the stream of the directory."""


def delegated(entry: Entry) -> Delegated:
    """The delegation that an entry makes."""
    assert entry.since is not None
    assert entry.until is not None
    return Delegated(entry.subject or "", entry.receiver or "", entry.passed or (), entry.since, entry.until)


def astray(known: Delegations, entry: Entry) -> dict[str, str] | None:
    """What is wrong with the delegations under which somebody acted: were they in force, between these two people?"""
    actor = entry.actor
    roles: set[str] = set()
    for number in actor.under or ():
        found = known.get(number)
        if found is None or (found.principal, found.deputy) != (actor.acting_for, actor.id):
            return _names(entry, number, "other")
        if not found.since <= entry.at < found.until:
            return _names(entry, number, "time")
        # At the very moment at which it was revoked, it may still have been in force.
        if found.revoked is not None and found.revoked < entry.at:
            return _names(entry, number, "revoked")
        roles.update(found.roles)
    # Whoever opens a case has roles of their own besides.
    opening = entry.kind == "submitted" or entry.case == STREAMS["intake"]
    if actor.under and not opening and not roles.issuperset(actor.roles or ()):
        return _names(entry, actor.under[0], "roles")
    return None


def _names(entry: Entry, number: int, problem: str) -> dict[str, str]:
    names = {"actor": entry.actor.id, "for": entry.actor.acting_for}
    return {"problem": problem, "number": str(number), **{name: shown(v, quoted=False) for name, v in names.items()}}
