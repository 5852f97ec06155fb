"""May this person contribute? To a panel, as an objection, or to settle one. Pure; every reason at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from workflow.definition.panels import CHOICES, Panel
from workflow.errors import Blocker
from workflow.log.entry import time_text
from workflow.rules.case import Actor, Case, Contribution, Refusal
from workflow.rules.panels import ROLL, Tally, count
from workflow.rules.procedure import Procedure
from workflow.rules.proceedings import Sitting

VERDICTS = ("upheld", "dismissed")
_COUNTED = ("yes", "no", "abstain", "invalid")


class Taken(NamedTuple):
    """Yes: for which member (or seat, or notice) it counts, and what is kept of it."""

    member: str
    said: Any


def contribute(procedure: Procedure, case: Case, given: Contribution, now: datetime) -> Taken | Refusal:
    """Yes with what is kept, or no with every blocker."""
    answer = _answer(procedure, case, given, now)
    standing = given.actor.standing()
    if not standing:
        return answer
    return Refusal(given.trigger, (*standing, *(answer.blockers if isinstance(answer, Refusal) else ())))


def _answer(procedure: Procedure, case: Case, given: Contribution, now: datetime) -> Taken | Refusal:
    if given.act == "object":
        return _object(procedure, case, given, now)
    if given.act == "settle":
        return _settle(procedure, case, given)
    if given.act == "link":
        return _tie(procedure, case, given)
    panel = procedure.definition.panels.get(given.on)
    if panel is None:
        known = sorted(procedure.definition.panels)
        return Refusal(given.trigger, (Blocker("panel", {"panel": given.on, "problem": "unknown", "known": known}),))
    sitting = case.proceedings.sittings.get(given.on)
    if sitting is None or not sitting.open:
        return Refusal(given.trigger, (_not_open(given.on, panel, sitting, case),))
    if given.act == "close":
        return _close(procedure, case, given)
    blockers = [_form(given, panel)] if given.act != _act(panel) else []
    limit = case.proceedings.timer(f"panel.{given.on}")
    if limit is not None and now >= limit.at:
        blockers.append(Blocker("too_late", {"transition": given.trigger, "until": limit.as_dict()["at"]}))
    member, reasons = _member(procedure, panel, sitting, given)
    blockers += reasons
    if given.act == _act(panel):
        said, wrong = _reading(procedure, panel, case, given)
        blockers += wrong
    if _unreasoned(given, panel):
        blockers.append(Blocker("reason", {"transition": given.trigger}))
    return Refusal(given.trigger, tuple(blockers)) if blockers else Taken(member, said)


def awaited(procedure: Procedure, case: Case, actor: Actor) -> list[str]:
    """The open panels that wait for this actor: a member, a role of a seat or a teller not heard yet."""
    return [
        name
        for name, sitting in case.proceedings.sittings.items()
        if sitting.open and _awaits(procedure, procedure.definition.panels[name], sitting, actor)
    ]


def _awaits(procedure: Procedure, panel: Panel, sitting: Sitting, actor: Actor) -> bool:
    for seat in panel.seats or (None,):
        member, reasons = _member(procedure, panel, sitting, Contribution(_act(panel), actor, "", seat=seat))
        if not reasons and member not in sitting.given:
            return True
    return False


def _act(panel: Panel) -> str:
    return "count" if panel.ballot == "counted" else "score" if panel.score is not None else "vote"


def _form(given: Contribution, panel: Panel) -> Blocker:
    return Blocker("panel", {"panel": given.on, "problem": "form", "takes": _act(panel)})


def _not_open(name: str, panel: Panel, sitting: Sitting | None, case: Case) -> Blocker:
    figures: dict[str, Any] = {"panel": name, "state": case.state, "in": list(panel.in_)}
    if sitting is not None and sitting.outcome != "lapsed":
        return Blocker("panel", {**figures, "problem": "closed", "outcome": sitting.outcome})
    return Blocker("panel", {**figures, "problem": "not_open"})


def _unreasoned(given: Contribution, panel: Panel) -> bool:
    said = given.said if isinstance(given.said, str) else ""
    return said in panel.reason_for and not (given.reason and given.reason.strip())


def _member(procedure: Procedure, panel: Panel, sitting: Sitting, given: Contribution) -> tuple[str, list[Blocker]]:
    """For whom a contribution counts: the member, or the seat whose role the actor has."""
    actor, name = given.actor, given.actor.principal
    apart = ", ".join(panel.apart_from) or "recused"
    blockers = [
        Blocker("separation", {"actor": person, "apart_from": apart, "why": "is"})
        for person in actor.people
        if person in sitting.recused
    ]
    if panel.ballot == "counted":
        if not any(procedure.holds(role, actor, None) for role in panel.tellers):
            blockers.append(Blocker("role", {"actor": actor.id, "needs": list(panel.tellers), "has": _roles(actor)}))
        return ROLL, blockers
    if panel.seats:
        held = [seat for seat in panel.seats if seat in (actor.roles or ()) and given.seat in (None, seat)]
        if len(held) > 1:
            blockers.append(Blocker("panel", {"panel": given.on, "problem": "seat", "seats": held}))
        elif not held:
            needs = [given.seat] if given.seat else list(panel.seats)
            blockers.append(Blocker("role", {"actor": actor.id, "needs": needs, "has": _roles(actor)}))
        return held[0] if len(held) == 1 else "", blockers
    if name not in sitting.members and name not in sitting.recused:
        needs = [given.on]
        blockers.append(Blocker("role", {"actor": name, "problem": "member", "needs": needs, "has": _roles(actor)}))
    return name, blockers


def _roles(actor: Actor) -> list[str]:
    return sorted(actor.roles or ())


def _reading(procedure: Procedure, panel: Panel, case: Case, given: Contribution) -> tuple[Any, list[Blocker]]:
    if panel.ballot == "counted":
        return _numbers(panel, given.said)
    if given.said == "recuse":
        return "recuse", []
    if panel.score is not None:
        return _points(panel, given.said)
    if panel.elect is not None:
        return _names(panel, candidates(panel, case), given.said)
    if given.said in CHOICES:
        return given.said, []
    return None, [_wrong("choice", "not_choice", choices=list(CHOICES))]


def _wrong(field: str, problem: str, **figures: Any) -> Blocker:
    return Blocker("bad_field", {"field": field, "problem": problem, **figures})


def candidates(panel: Panel, case: Case) -> tuple[str, ...]:
    """Among whom a panel elects."""
    return tuple(case.data.get(panel.elect.among) or ()) if panel.elect is not None else ()


def _names(panel: Panel, known: tuple[str, ...], said: Any) -> tuple[Any, list[Blocker]]:
    assert panel.elect is not None
    if said == "abstain":
        return said, []
    names = [each.strip() for each in said.split(",") if each.strip()] if isinstance(said, str) else said
    if not isinstance(names, list) or not all(isinstance(each, str) and each in known for each in names) or not names:
        return None, [_wrong("choice", "not_choice", choices=[*known, "abstain", "recuse"])]
    if len(set(names)) != len(names):
        return None, [_wrong("choice", "twice")]
    if len(names) > (most := panel.elect.choices or panel.elect.seats):
        return None, [_wrong("choice", "too_many_items", max=most, got=len(names))]
    return names, []


def _points(panel: Panel, said: Any) -> tuple[Any, list[Blocker]]:
    sheet = panel.score or {}
    if not isinstance(said, Mapping):
        return None, [_wrong("points", "not_sheet", known=list(sheet))]
    kept: dict[str, str] = {}
    blockers = [_wrong(name, "unknown", known=list(sheet)) for name in said if name not in sheet]
    for name, line in sheet.items():
        if name not in said:
            blockers.append(Blocker("missing_field", {"field": name, "type": "decimal"}))
            continue
        number = _decimal(said[name])
        if number is None:
            blockers.append(_wrong(name, "not_decimal", got="text"))
        elif number < 0:
            blockers.append(_wrong(name, "below", min="0"))
        elif number > line.max:
            blockers.append(_wrong(name, "above", max=f"{line.max:f}"))
        else:
            kept[name] = f"{number:f}"
    return kept, blockers


def _decimal(raw: Any) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal) or len(str(raw)) > 20:
        return None
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and -9 <= exponent <= 9 else None


def _numbers(panel: Panel, said: Any) -> tuple[Any, list[Blocker]]:
    """What tellers counted: yes, no, abstain and invalid ballots, and for each electorate how many are due and came."""
    known = [*_COUNTED, *(f"{key}_{name}" for name in panel.electorates or (ROLL,) for key in ("due", "present"))]
    if not isinstance(said, Mapping):
        return None, [_wrong("count", "not_sheet", known=known)]
    blockers = [_wrong(str(name), "unknown", known=known) for name in said if name not in known]
    numbers: dict[str, int] = {}
    for name in known:
        raw = said.get(name)
        if raw is None and name in ("abstain", "invalid"):
            raw = 0
        if raw is None:
            blockers.append(Blocker("missing_field", {"field": name, "type": "integer"}))
            continue
        text = str(raw).strip()
        if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or len(text) > 9:
            blockers.append(_wrong(name, "not_integer", got="text"))
        else:
            numbers[name] = int(text)
    if blockers:
        return None, blockers
    kept: dict[str, Any] = {key: numbers[key] for key in _COUNTED}
    for key in ("due", "present"):
        kept[key] = {name: numbers[f"{key}_{name}"] for name in panel.electorates or (ROLL,)}
    for name, present in kept["present"].items():
        if present > kept["due"][name]:
            blockers.append(_wrong(f"present_{name}", "above", max=kept["due"][name]))
    if sum(kept[key] for key in _COUNTED) > (most := max(kept["present"].values())):
        blockers.append(_wrong("yes", "ballots_above", max=most))
    return kept, blockers


def _close(procedure: Procedure, case: Case, given: Contribution) -> Taken | Refusal:
    """Whoever may make a transition that asks for the panel may close it, without anything of its outcome."""
    by = closers(procedure, given.on)
    if procedure.may(by, given.actor, case):
        return Taken(given.on, None)
    return Refusal(
        given.trigger, (Blocker("role", {"actor": given.actor.id, "needs": by, "has": _roles(given.actor)}),)
    )


def closers(procedure: Procedure, panel: str) -> list[str]:
    """The roles that may close a panel: its tellers, and those of the transitions that ask for it."""
    by = dict.fromkeys(procedure.definition.panels[panel].tellers)
    for _, _, way in procedure.definition.ways():
        if panel in way.panel:
            by.update(dict.fromkeys(way.by))
    return list(by)


def closing(procedure: Procedure, case: Case, name: str, sealed: Mapping[int, Any] | None = None) -> Tally:
    """What a panel comes to when it closes; `sealed` holds what was said in a secret ballot, by entry."""
    panel = procedure.definition.panels[name]
    sitting = opened_ballots(case.proceedings.sittings[name], sealed)
    return count(name, panel, sitting, candidates(panel, case))


def opened_ballots(sitting: Sitting, sealed: Mapping[int, Any] | None) -> Sitting:
    """A sitting with what was said in the secret ballot in its place."""
    if sealed is None:
        return sitting
    given = {
        name: each._replace(said=sealed[each.seq]) if each.seq in sealed else each
        for name, each in sitting.given.items()
    }
    return sitting._replace(given=given)


def _object(procedure: Procedure, case: Case, given: Contribution, now: datetime) -> Taken | Refusal:
    blockers: list[Blocker] = []
    running = [name for name, notice in procedure.definition.notices.items() if case.state in notice.in_]
    if not running:
        states = [state for notice in procedure.definition.notices.values() for state in notice.in_]
        return Refusal(
            given.trigger, (Blocker("state", {"transition": "object", "state": case.state, "from": states}),)
        )
    name = running[0]
    notice = procedure.definition.notices[name]
    end = case.proceedings.timer(f"notice.{name}")
    if end is not None and now >= end.at:
        blockers.append(Blocker("too_late", {"transition": "object", "until": end.as_dict()["at"]}))
    if not any(procedure.holds(role, given.actor, case) for role in notice.by):
        needs = list(notice.by)
        blockers.append(Blocker("role", {"actor": given.actor.id, "needs": needs, "has": _roles(given.actor)}))
    if not (given.reason and given.reason.strip()):
        blockers.append(Blocker("reason", {"transition": "object"}))
    return Refusal(given.trigger, tuple(blockers)) if blockers else Taken(name, None)


def _settle(procedure: Procedure, case: Case, given: Contribution) -> Taken | Refusal:
    number = int(given.on) if given.on.isascii() and given.on.isdigit() and len(given.on) < 10 else 0
    found = next((each for each in case.proceedings.objections if each.number == number), None)
    if found is None or found.status != "open":
        params = {"number": given.on[:20], "open": [each.number for each in case.proceedings.open_objections()]}
        return Refusal(given.trigger, (Blocker("objection", params),))
    notice = procedure.definition.notices[found.notice]
    blockers: list[Blocker] = []
    if not any(procedure.holds(role, given.actor, case) for role in notice.settled_by):
        needs = list(notice.settled_by)
        blockers.append(Blocker("role", {"actor": given.actor.id, "needs": needs, "has": _roles(given.actor)}))
    apart = {person: "objector" for person in found.people}
    for name in notice.apart_from:
        apart.update(dict.fromkeys(procedure.related(name, case), name))
    for person in given.actor.people:
        if person in apart:
            blockers.append(Blocker("separation", {"actor": person, "apart_from": apart[person], "why": "is"}))
    if given.said not in VERDICTS:
        blockers.append(_wrong("outcome", "not_choice", choices=list(VERDICTS)))
    if not (given.reason and given.reason.strip()):
        blockers.append(Blocker("reason", {"transition": "settle"}))
    return Refusal(given.trigger, tuple(blockers)) if blockers else Taken(str(number), given.said)


def _tie(procedure: Procedure, case: Case, given: Contribution) -> Taken | Refusal:
    """Ties a case to another; `said` is what is known of the other: its id, definition, and when it was opened."""
    rule = procedure.definition.links.get(given.on)
    other: Mapping[str, str] = given.said
    if rule is None:
        known = sorted(procedure.definition.links)
        return Refusal(given.trigger, (Blocker("link", {"link": given.on, "problem": "unknown", "known": known}),))
    blockers: list[Blocker] = []
    if not procedure.may(rule.by, given.actor, case):
        blockers.append(Blocker("role", {"actor": given.actor.id, "needs": list(rule.by), "has": _roles(given.actor)}))
    if rule.to and other["definition"] not in rule.to:
        figures = {"problem": "definition", "has": other["definition"], "needs": list(rule.to)}
        blockers.append(Blocker("link", {"link": given.on, **figures}))
    if other["id"] == case.id:
        blockers.append(Blocker("link", {"link": given.on, "problem": "itself"}))
    elif (given.on, other["id"]) in case.proceedings.links:
        blockers.append(Blocker("link", {"link": given.on, "problem": "twice"}))
    if rule.earlier and other["opened"] >= time_text(case.created_at):
        figures = {"problem": "later", "opened": other["opened"], "this": time_text(case.created_at)}
        blockers.append(Blocker("link", {"link": given.on, **figures}))
    return Refusal(given.trigger, tuple(blockers)) if blockers else Taken(given.on, other["id"])
