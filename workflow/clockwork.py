"""What the clock does to a case: reminders, escalations, the ends of panels, and the transitions that are its own.

Before anybody acts on a case, everything that the clock should have done to it by then is done: it makes no
difference whether a program woke up in time. Each firing is decided like any other act and takes effect at the moment
that had been set.
"""

from __future__ import annotations

from datetime import datetime

from workflow.docket import Docket
from workflow.log.entry import time_text
from workflow.opening import decide_subcases, open_subcases
from workflow.rules.case import CLOCKWORK, Command, Decision, Refusal
from workflow.rules.deadlines import Firing, firings
from workflow.rules.decide import decide

# A definition may let the clock go in a circle without waiting; a case stops there and goes on at the next look.
MOST_FIRINGS = 100


def catch_up(docket: Docket, now: datetime, until: datetime | None = None) -> None:
    """Do what is due in the case by `until` (by now, where that is not said); it is recorded with the time `now`."""
    moment = docket.case.next_at
    if moment is None or moment > (until or now):
        return
    for _ in range(MOST_FIRINGS):
        if not _fire_one(docket, now, until or now):
            return


def _fire_one(docket: Docket, now: datetime, until: datetime) -> bool:
    for each in firings(docket.procedure, docket.case):
        if each.at > until:
            return False
        if _fire(docket, each, now):
            return True
    return False


def _fire(docket: Docket, firing: Firing, now: datetime) -> bool:
    """Do one thing. False when the rules do not allow it yet, such as a transition whose condition does not hold."""
    moment = firing.at
    case = docket.case
    name = firing.timer.id.split(".")
    if firing.way is not None:
        # What waited for more than the clock is not dated back before that came.
        moment = max(moment, docket.moment)
        command = Command(CLOCKWORK, firing.way.name)
        facts = docket.facts(command, moment)
        answer = decide(docket.procedure, case, command, moment, facts)
        if not isinstance(answer, Decision):
            return False
        several = decide_subcases(docket.unit, docket.office, case, answer, command, moment)
        if isinstance(several, Refusal):
            return False
        docket.move(answer, command, now, facts=facts, effective=moment)
        open_subcases(docket, several, now)
        return True
    if firing.kind == "panel":
        docket.close(name[1], CLOCKWORK, now, effective=moment)
        return True
    said = {"timer": firing.timer.id}
    if firing.kind == "escalate":
        definition = docket.procedure.definition
        rule = definition.states[case.state].due if name[1] == "due" else definition.deadlines[name[1]]
        assert rule is not None
        said["role"] = rule.escalate[int(name[2])].to
    kind = "escalated" if firing.kind == "escalate" else "reminded"
    docket.enter(kind, CLOCKWORK, now, said, effective=time_text(moment))
    return True
