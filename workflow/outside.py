"""Facts from outside of a case that its rules ask for. Found before deciding, recorded with the entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workflow.log.entry import time_text
from workflow.rules.awarding import fact_of, pools_of
from workflow.rules.case import Actor, Case
from workflow.rules.procedure import Procedure, Way
from workflow.store import statements as sql
from workflow.store.unit import Unit


def outside(
    unit: Unit, procedure: Procedure, case: Case | None, actor: Actor, now: datetime, ways: Iterable[Way] = ()
) -> dict[str, str]:
    """What budgets have spent, how many sub-cases are open, how linked cases stand, which marks people bear."""
    found: dict[str, str] = {}
    if not procedure.asks_facts:
        return found
    for way in ways:
        for pool, period in pools_of(procedure.definition, way, now) if way.awards else ():
            row = unit.one(sql.READ_POOL, pool, period)
            found[fact_of(pool, period)] = row[0] if row else "0"
    if case is not None and case.proceedings.links:
        found["subcases.open"] = str(unit.one(sql.COUNT_SUBCASES, case.id)[0])
        found.update((f"linked.{link}", state) for link, state in unit.all(sql.READ_LINKED, case.id))
    if procedure.asks_marks:
        moment = time_text(now)
        for role, people in procedure.people(case, actor).items():
            marks = {row[0] for person in people for row in unit.all(sql.READ_MARKS, person, moment, moment)}
            found[f"marks.{role}"] = " ".join(sorted(marks))
    return found
