"""A case is the fold of its entries: one entry more, and the case that follows from it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from workflow.rules.case import Case, Track
from workflow.rules.deadlines import due, next_firing, without
from workflow.rules.panels import ROLL
from workflow.rules.payments import EXACT, ZERO
from workflow.rules.procedure import Procedure
from workflow.rules.proceedings import LAPSED, NOTHING, Given, Objection, Proceedings, Sitting
from workflow.rules.record import Entry


def evolve(procedure: Procedure, case: Case | None, entry: Entry) -> Case:
    """The case after one more entry. Raises ValueError when the entry cannot follow the case."""
    found = _opened(procedure, entry) if case is None else _next(procedure, case, entry)
    if procedure.clocked:
        return found._replace(due_at=due(found.proceedings.timers), next_at=next_firing(procedure, found))
    return found


def _next(procedure: Procedure, case: Case, entry: Entry) -> Case:
    if entry.seq != case.rev + 1:
        raise ValueError(f"entry {entry.seq} cannot follow entry {case.rev}")
    if entry.kind in ("refused", "disclosed"):
        return case._replace(rev=entry.seq, head=entry.hash, updated_at=entry.at)
    if entry.kind in _PROCEEDS:
        return _proceeded(procedure, case, entry)
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
        entry.due_at if entry.target != case.state else case.due_at,
        False,
        _moved(procedure, case, entry),
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
        proceedings=NOTHING if entry.timers is None else Proceedings(entry.timers),
    )


def _merged(procedure: Procedure, before: Mapping[str, Any], entry: Entry) -> Mapping[str, Any]:
    """The case's data with what the entry wrote; values of a claimed act that do not fit stay in the log only."""
    if not entry.data:
        return before
    if entry.kind != "imported":
        return {**before, **entry.data}
    writes, _ = procedure.fit(entry.data, None, procedure.days(entry.claimed_at or entry.at))
    return {**before, **writes}


def _trail(before: Mapping[str, Track], entry: Entry) -> Mapping[str, Track]:
    if entry.transition is None:
        return before
    track = before.get(entry.transition, Track())
    people = track.people + tuple(each for each in entry.actor.people if each not in track.people)
    return {**before, entry.transition: Track(track.times + 1, people)}


def _moved(procedure: Procedure, case: Case, entry: Entry) -> Proceedings:
    """The clocks as the entry set them; what belongs to the state that was left is over."""
    before = case.proceedings
    if before is NOTHING and entry.timers is None:
        return before
    if entry.target == case.state:
        return before if entry.timers is None else before._replace(timers=entry.timers)
    staying = procedure.panels_in(entry.target or "")
    sittings = {
        name: each._replace(outcome=LAPSED) if each.open and name not in staying else each
        for name, each in before.sittings.items()
    }
    answered = len(before.objections) if procedure.halts(entry.target or "") else before.answered
    return before._replace(timers=entry.timers or (), sittings=sittings, answered=answered, escalated=())


def _proceeded(procedure: Procedure, case: Case, entry: Entry) -> Case:
    """The case after an entry that leaves it in its state: a sitting, an objection, a clock."""
    found = _PROCEEDS[entry.kind](case.proceedings, entry)
    if entry.timers is not None:
        found = found._replace(timers=entry.timers)
    data = case.data
    if entry.kind == "panel_closed" and entry.panel in procedure.definition.panels:
        panel = procedure.definition.panels[entry.panel]
        tally = found.sittings[entry.panel].tally.get("tally", {})
        result = tally.get("mark" if panel.form == "score" else "elected")
        if panel.into is not None and result:
            data = {**data, **procedure.fit({panel.into: result}, None, None)[0]}
    return case._replace(rev=entry.seq, head=entry.hash, updated_at=entry.at, data=data, proceedings=found)


def _sitting(before: Proceedings, entry: Entry) -> tuple[str, Sitting]:
    name = entry.panel or ""
    sitting = before.sittings.get(name)
    if sitting is None or not sitting.open or sitting.round != entry.round:
        raise ValueError(f"the panel {name} is not open in round {entry.round}")
    return name, sitting


def _put(before: Proceedings, name: str, sitting: Sitting) -> Proceedings:
    return before._replace(sittings={**before.sittings, name: sitting})


def _panel_opened(before: Proceedings, entry: Entry) -> Proceedings:
    name, said = entry.panel or "", entry.data or {}
    earlier = before.sittings.get(name)
    if entry.round != (earlier.round if earlier else 0) + 1:
        raise ValueError(f"the panel {name} cannot begin round {entry.round}")
    members = {each: tuple(roles) for each, roles in said.get("members", {}).items()}
    return _put(before, name, Sitting(entry.round or 1, members, tuple(said.get("recused", ()))))


def _given(before: Proceedings, entry: Entry) -> Proceedings:
    name, sitting = _sitting(before, entry)
    member = ROLL if entry.kind == "counted" else entry.seat or entry.actor.principal
    said = None if entry.sealed or entry.data is None else entry.data.get("said")
    return _put(before, name, sitting._replace(given={**sitting.given, member: Given(entry.seq, said)}))


def _panel_closed(before: Proceedings, entry: Entry) -> Proceedings:
    name, sitting = _sitting(before, entry)
    before = before._replace(timers=without(before.timers, f"panel.{name}"))
    return _put(before, name, sitting._replace(outcome=entry.outcome, tally=entry.data or {}))


def _objected(before: Proceedings, entry: Entry) -> Proceedings:
    if entry.number != len(before.objections) + 1:
        raise ValueError(f"objection {entry.number} cannot follow {len(before.objections)}")
    found = Objection(entry.number, entry.notice or "", entry.actor.people)
    return before._replace(objections=(*before.objections, found))


def _settled(before: Proceedings, entry: Entry) -> Proceedings:
    if all(each.number != entry.number for each in before.open_objections()):
        raise ValueError(f"no open objection {entry.number}")
    settled = tuple(
        each._replace(status=entry.outcome or "") if each.number == entry.number else each for each in before.objections
    )
    return before._replace(objections=settled, timers=without(before.timers, f"objection.{entry.number}"))


def _fired(before: Proceedings, entry: Entry) -> Proceedings:
    timers = without(before.timers, entry.timer or "")
    if entry.kind == "escalated" and entry.role is not None:
        return before._replace(timers=timers, escalated=(*before.escalated, entry.role))
    return before._replace(timers=timers)


def _awarded(before: Proceedings, entry: Entry) -> Proceedings:
    found = {**before.awards.get(entry.award or "", {}), "status": "proposed", "assessment": entry.data}
    return _put_award(before, entry, found)


def _approved(before: Proceedings, entry: Entry) -> Proceedings:
    return _put_award(before, entry, {**_award(before, entry), "status": "approved"})


def _paid(before: Proceedings, entry: Entry) -> Proceedings:
    """The lines add up: what is taken back is a line below zero."""
    found = _award(before, entry)
    paid = {person: Decimal(amount) for person, amount in found.get("paid", {}).items()}
    for person, amount in (entry.data or {}).get("lines", ()):
        paid[person] = EXACT.add(paid.get(person, ZERO), Decimal(amount))
    plain = {person: f"{amount:f}" for person, amount in paid.items() if amount}
    status = "paid" if entry.kind == "paid" else "reversed"
    budget = {"pool": entry.pool, "period": entry.period} if entry.pool else {}
    return _put_award(before, entry, {**found, **budget, "status": status, "paid": plain})


def _award(before: Proceedings, entry: Entry) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = before.awards.get(entry.award or "")
    if found is None:
        raise ValueError(f"the award {entry.award} was never proposed")
    return found


def _put_award(before: Proceedings, entry: Entry, found: Mapping[str, Any]) -> Proceedings:
    return before._replace(awards={**before.awards, entry.award or "": found})


def _linked(before: Proceedings, entry: Entry) -> Proceedings:
    return before._replace(links=(*before.links, (entry.link or "", entry.other or "")))


def _marked(before: Proceedings, _entry: Entry) -> Proceedings:
    """The mark stands on the record of a person; the case has nothing of it."""
    return before


_PROCEEDS: Mapping[str, Callable[[Proceedings, Entry], Proceedings]] = {
    "panel_opened": _panel_opened,
    "voted": _given,
    "scored": _given,
    "counted": _given,
    "panel_closed": _panel_closed,
    "objected": _objected,
    "settled": _settled,
    "reminded": _fired,
    "escalated": _fired,
    "awarded": _awarded,
    "approved": _approved,
    "paid": _paid,
    "reversed": _paid,
    "linked": _linked,
    "marked": _marked,
}
