"""A decision over a set of cases at once: all or none, and the set made up as its quotas say."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.casework import Casework, Outcome
from workflow.errors import InputError
from workflow.office import checked_actor
from workflow.opening import uuid7
from workflow.rules.case import Command, Decision, Refusal
from workflow.rules.decide import decide
from workflow.rules.quotas import measure

MOST = 10_000


def advance_together(work: Casework, case_ids: Sequence[str], command: Command) -> list[Outcome]:
    """Move every case, or none: where one is refused, or the set is not made up by its rules, nothing moves."""
    if not 0 < len(case_ids) <= MOST or len(set(case_ids)) != len(case_ids):
        raise InputError("bad_set", most=MOST)
    checked_actor(command.actor)
    dockets = [work.docket(work.load(case_id))[0] for case_id in case_ids]
    now = work.office.now()
    now = max(now, *(each.case.updated_at for each in dockets))
    command = command._replace(actor=work.known(command.actor, now))
    procedure = dockets[0].procedure
    if any(each.procedure is not procedure for each in dockets):
        raise InputError("mixed_set")
    facts: dict[str, str] = {}
    batches = {way.batch for way in procedure.definition.transitions.get(command.transition or "", ()) if way.batch}
    number = uuid7(now, work.office.entropy(8))
    for name in sorted(batches):
        cases = [(each.case, {**each.case.data, **command.data}) for each in dockets]
        facts |= measure(procedure, name, number, cases, command.actor, now)
    answers = []
    for docket in dockets:
        own = docket.facts(command, now) | facts
        answers.append((docket, own, decide(procedure, docket.case, command, now, own)))
    refused = [answer for _, _, answer in answers if isinstance(answer, Refusal)]
    outcomes = []
    for docket, own, answer in answers:
        if isinstance(answer, Refusal):
            outcomes.append(work.refuse(docket, command.actor, now, answer, command.data, command.reason, own))
        elif refused:
            outcomes.append(work.done(docket, None))
        elif isinstance(answer, Decision):
            outcomes.append(work.done(docket, docket.move(answer, command, now, facts=own)))
    return outcomes
