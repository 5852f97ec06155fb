"""Writing down what one person gave: a vote, marks, counted numbers, an objection, the settling of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflow.docket import Docket, said_of
from workflow.rules.case import Contribution
from workflow.rules.contribute import Taken
from workflow.rules.deadlines import objection_timer
from workflow.rules.record import Entry
from workflow.store import statements as sql

_KINDS = {"vote": "voted", "score": "scored", "count": "counted"}


def enter_contribution(docket: Docket, given: Contribution, taken: Taken, at: datetime, key: str | None) -> Entry:
    """Append the entry of a contribution that is allowed; an open panel that this settles is closed."""
    if given.act == "object":
        return _object(docket, given, taken, at, key)
    if given.act == "settle":
        settles: dict[str, Any] = {"number": int(taken.member), "outcome": taken.said}
        return docket.enter("settled", given.actor, at, settles, reason=given.reason, key=key)
    if given.act == "link":
        facts = [{"id": f"other.{name}", "value": given.said[name]} for name in ("definition", "opened")]
        said = {"link": given.on, "other": taken.said}
        entry = docket.enter("linked", given.actor, at, said, reason=given.reason, key=key, facts=facts)
        docket.unit.run(sql.ADD_LINK, docket.case_id, given.on, taken.said, entry.seq)
        return entry
    if given.act == "close":
        return docket.close(given.on, given.actor, at, key=key)
    panel = docket.procedure.definition.panels[given.on]
    sitting = docket.case.proceedings.sittings[given.on]
    entry = docket.enter(
        _KINDS[given.act],
        given.actor,
        at,
        {"panel": given.on, "round": sitting.round},
        data={"said": taken.said},
        reason=given.reason,
        key=key,
        sealed=panel.ballot == "secret" and taken.said != "recuse",
        seat=taken.member if panel.seats else None,
    )
    before = sitting.given.get(taken.member)
    if panel.ballot == "secret" and before is not None and before.said is None:
        docket.unit.run(sql.DESTROY_PAYLOAD, docket.case_id, before.seq, "data")
    docket.close_when_settled(given.on, at)
    return entry


def _object(docket: Docket, given: Contribution, taken: Taken, at: datetime, key: str | None) -> Entry:
    number = len(docket.case.proceedings.objections) + 1
    notice = docket.procedure.definition.notices[taken.member]
    timer = objection_timer(docket.procedure, notice, number, at)
    clocks = said_of((*docket.case.proceedings.timers, timer)) if timer is not None else {}
    return docket.enter(
        "objected", given.actor, at, {"notice": taken.member, "number": number}, reason=given.reason, key=key, **clocks
    )
