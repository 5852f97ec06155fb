"""A case is the fold of its entries: one entry more, and the case that follows from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.rules.case import Case, Track
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry


def evolve(procedure: Procedure, case: Case | None, entry: Entry) -> Case:
    """The case after one more entry. Raises ValueError when the entry cannot follow the case."""
    if case is None:
        return _opened(procedure, entry)
    if entry.seq != case.rev + 1:
        raise ValueError(f"entry {entry.seq} cannot follow entry {case.rev}")
    if entry.kind == "refused":
        return case._replace(rev=entry.seq, head=entry.hash, updated_at=entry.at)
    if entry.kind not in ("advanced", "imported") or entry.target is None:
        raise ValueError(f"an entry of kind {entry.kind} cannot move a case")
    return Case(
        case.id,
        case.reference,
        case.definition,
        entry.target,
        procedure.is_final(entry.target),
        _merged(procedure, case.data, entry),
        case.submitter,
        case.created_at,
        entry.at,
        entry.seq,
        entry.hash,
        _trail(case.trail, entry),
        case.due_at if entry.target == case.state else entry.due_at,
    )


def _opened(procedure: Procedure, entry: Entry) -> Case:
    if entry.kind not in ("submitted", "imported") or entry.target is None or entry.reference is None:
        raise ValueError(f"an entry of kind {entry.kind} cannot open a case")
    return Case(
        id=entry.case,
        reference=entry.reference,
        definition=procedure.ref,
        state=entry.target,
        final=procedure.is_final(entry.target),
        data=_merged(procedure, {}, entry),
        submitter=entry.actor.principal,
        created_at=entry.at,
        updated_at=entry.at,
        rev=entry.seq,
        head=entry.hash,
        trail=_trail({}, entry),
        due_at=entry.due_at,
    )


def _merged(procedure: Procedure, before: Mapping[str, Any], entry: Entry) -> Mapping[str, Any]:
    """The case's data with what the entry wrote; values of a claimed act that do not fit stay in the log only."""
    if not entry.data:
        return before
    writes = procedure.fit(entry.data, None)[0] if entry.kind == "imported" else entry.data
    return {**before, **writes}


def _trail(before: Mapping[str, Track], entry: Entry) -> Mapping[str, Track]:
    if entry.transition is None:
        return before
    track = before.get(entry.transition, Track())
    people = track.people + tuple(each for each in entry.actor.people if each not in track.people)
    return {**before, entry.transition: Track(track.times + 1, people)}
