"""Opening a case: its number, its first entry, and the sub-cases that a transition opens along with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from workflow.definition.checking import number_reference
from workflow.docket import Docket
from workflow.errors import Blocker, InputError
from workflow.office import Office
from workflow.rules.case import Case, Command, Decision, Refusal
from workflow.rules.deadlines import zone_of
from workflow.rules.decide import decide
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry, fact_parts, verdict_parts
from workflow.store import statements as sql
from workflow.store.unit import Unit

SUBCASE, SPAWNED = "subcase", "spawned"


def open_case(
    unit: Unit,
    office: Office,
    procedure: Procedure,
    decision: Decision,
    command: Command,
    now: datetime,
    *,
    reference: str | None = None,
    facts: Mapping[str, str] | None = None,
    **more: Any,
) -> tuple[Docket, Entry]:
    """Write the first entries of a case whose submission was decided."""
    case_id = uuid7(now, office.entropy(8))
    docket = Docket(unit, office, procedure, None, case_id)
    entry = docket.enter(
        "submitted",
        command.actor,
        now,
        {"to": decision.target},
        data=decision.writes,
        reason=command.reason,
        reference=take_reference(unit, procedure, case_id, reference, now),
        guards=verdict_parts(decision.verdicts),
        facts=fact_parts(facts) if facts else None,
        **docket.clocks(decision.target, now),
        **more,
    )
    docket.open_panels("", now)
    return docket, entry


def decide_subcases(
    unit: Unit, office: Office, case: Case, decision: Decision, command: Command, now: datetime
) -> list[tuple[Procedure, Decision, Command, str]] | Refusal:
    """What the sub-cases of a transition are opened with, or why one of them may not be."""
    found = []
    data = {**case.data, **decision.writes}
    for opening in decision.way.opens:
        procedure = office.find(unit, opening.definition)
        given = {own: data[name] for name, own in opening.taken().items() if data.get(name) is not None}
        asked = Command(command.actor, data=given, reason=command.reason)
        answer = decide(procedure, None, asked, now)
        if isinstance(answer, Refusal):
            said = {"definition": opening.definition, "codes": sorted({each.code for each in answer.blockers})}
            return Refusal(decision.transition, (Blocker("subcase", said),))
        found.append((procedure, answer, asked, SUBCASE if opening.wait else SPAWNED))
    return found


def open_subcases(docket: Docket, several: list[tuple[Procedure, Decision, Command, str]], now: datetime) -> None:
    """Open them, and tie each to the case."""
    for procedure, answer, command, link in several:
        child, _ = open_case(docket.unit, docket.office, procedure, answer, command, now, parent=docket.case_id)
        child.save()
        entry = docket.enter("linked", command.actor, now, {"link": link, "other": child.case_id})
        docket.unit.run(sql.ADD_LINK, docket.case_id, link, child.case_id, entry.seq)
        docket.others += child.entries


def take_reference(unit: Unit, procedure: Procedure, case_id: str, given: str | None, now: datetime) -> str:
    """Take the reference of a new case: the one given, or the next number of the definition's template."""
    name = procedure.ref.name
    if given is not None:
        if not isinstance(given, str) or not 0 < len(given) <= 100 or not given.isprintable():
            raise InputError("bad_reference", reference=ascii(given)[1:-1][:120])
        if unit.one(sql.READ_OWN_REFERENCE, given, name):
            raise InputError("reference_taken", reference=given, definition=name)
        unit.run(sql.ADD_REFERENCE, given, name, case_id)
        return given
    template = procedure.definition.reference or f"{name}-{{number}}"
    today = now.astimezone(zone_of(procedure.definition))
    period = str(today.year) if "{year}" in template else "all"
    # Counted before it is read: so others who take a number wait for this one, and each number is taken once.
    if unit.run(sql.MOVE_COUNTER, name, period):
        number = unit.one(sql.READ_COUNTER, name, period)[0]
    else:
        number = 1
        unit.run(sql.ADD_COUNTER, name, period, number)
    counted = number
    while True:
        reference = number_reference(template, year=today.year, month=today.month, number=number)
        if not unit.one(sql.READ_OWN_REFERENCE, reference, name):
            break
        number += 1
    if number != counted:
        unit.run(sql.SET_COUNTER, number, name, period)
    unit.run(sql.ADD_REFERENCE, reference, name, case_id)
    return reference


def uuid7(now: datetime, random: bytes) -> str:
    """A UUID of version 7 (RFC 9562, 5.7): milliseconds, their fraction in 12 bits (6.2, method 3), then chance."""
    microseconds = int(now.timestamp()) * 1_000_000 + now.microsecond
    milliseconds, fraction = divmod(microseconds, 1000)
    head = milliseconds << 16 | 0x7000 | fraction * 4096 // 1000
    tail = int.from_bytes(random[:8]) & (1 << 62) - 1 | 1 << 63
    return str(UUID(int=head << 64 | tail))
