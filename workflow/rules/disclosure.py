"""Who may see which values of a case. Pure; what is shown of confidential fields is recorded by whoever shows it."""

from __future__ import annotations

from collections.abc import Iterable

from workflow.rules.case import Actor, Case
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry

NOBODY = Actor("", ())
"""Whoever has not said who they are. No actor has an empty id."""

# The entries whose data are fields of the case.
_WITH_FIELDS = frozenset({"submitted", "advanced", "refused", "imported"})


def owns(case: Case, actor: Actor) -> bool:
    """Is it the actor who opened the case, or somebody who may act for that person?"""
    return case.submitter == actor.principal and actor.under != ()


def hidden(procedure: Procedure, case: Case, actor: Actor) -> tuple[str, ...]:
    """The confidential fields of which the actor may not see the values."""
    if not procedure.confidential or owns(case, actor):
        return ()
    stands = actor.under != ()
    return tuple(
        name
        for name, roles in procedure.confidential.items()
        if not (stands and any(procedure.holds(role, actor, case) for role in roles))
    )


def closed(procedure: Procedure, case: Case, actor: Actor) -> tuple[str, ...]:
    """The confidential fields, unless the case is the actor's own: what lists leave out, because nothing records it."""
    return () if owns(case, actor) else tuple(procedure.confidential)


def disclosed(procedure: Procedure, case: Case, actor: Actor, names: Iterable[str]) -> tuple[str, ...]:
    """Of the fields that are to be shown, those that are confidential and not the actor's own to know."""
    if not procedure.confidential or owns(case, actor):
        return ()
    unseen = hidden(procedure, case, actor)
    asked = set(names)
    return tuple(name for name in procedure.confidential if name in asked and name not in unseen)


def without(case: Case, names: Iterable[str]) -> Case:
    """The case with the values of these fields left out."""
    left_out = tuple(name for name in names if name in case.data)
    if not left_out:
        return case
    return case._replace(data={**case.data, **dict.fromkeys(left_out)}, hidden=left_out)


def entry_without(entry: Entry, names: Iterable[str]) -> Entry:
    """The entry with the values of these fields left out."""
    if entry.kind not in _WITH_FIELDS or not entry.data:
        return entry
    left_out = tuple(name for name in names if name in entry.data)
    if not left_out:
        return entry
    return entry._replace(data={**entry.data, **dict.fromkeys(left_out)}, hidden=left_out)


def fields_of(entry: Entry) -> Iterable[str]:
    """The fields of which an entry holds a value."""
    return entry.data or () if entry.kind in _WITH_FIELDS else ()
