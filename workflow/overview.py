"""What concerns many cases at once: a worklist by the engine's own rule, and figures for people."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from workflow.casework import Casework
from workflow.rules.case import Actor, Case
from workflow.rules.contribute import awaited
from workflow.rules.decide import options
from workflow.rules.procedure import Procedure
from workflow.store import statements as sql


def worklist(work: Casework, queries: Any, actor: Actor, limit: int) -> list[Case]:
    """The open cases on which the actor may act now, or in which a panel waits for them, oldest first.

    States in which no panel sits and no transition is open to the actor's roles are left out by the query; each case
    that remains is asked the question that `options` asks.
    """
    now = work.office.now()
    actor = work.known(actor, now)
    procedures = {row[2]: work.procedure(row[2]) for row in work.unit.all(sql.READ_DEFINITIONS)}
    places = sorted({(each.ref.name, state) for each in procedures.values() for state in _possible(each, actor)})
    found: list[Case] = []
    for case in queries.open_in(places):
        procedure = procedures[case.definition.digest]
        if awaited(procedure, case, actor) or any(each.allowed for each in options(procedure, case, actor, now)):
            found.append(case)
            if len(found) == limit:
                break
    return found


def _possible(procedure: Procedure, actor: Actor) -> Iterable[str]:
    """The states that a transition leaves which the actor could make, by a grant or some relation, or of a panel."""
    yield from (state for panel in procedure.definition.panels.values() for state in panel.in_)
    roles = procedure.definition.roles
    for state, transitions in procedure.leaving.items():
        names = {name for ways in transitions.values() for way in ways for name in way.by}
        if any(name not in roles or not roles[name].granted or name in (actor.roles or ()) for name in names):
            yield state


def summary(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures as JSON: shares of all cases, median and 90th percentile of the time spent in each state."""
    return {
        "cases": sum(each.cases for each in figures.values()),
        "open": sum(each.open for each in figures.values()),
        "overdue": sum(each.overdue for each in figures.values()),
        "definitions": {
            name: {
                "cases": each.cases,
                "open": each.open,
                "overdue": each.overdue,
                "entries": dict(each.kinds),
                "states": {state: _state(each, state) for state in {**each.states, **each.seconds}},
            }
            for name, each in sorted(figures.items())
        },
    }


def _state(figures: Any, state: str) -> dict[str, Any]:
    count = figures.states.get(state, 0)
    stays = sorted(figures.seconds.get(state, ()))
    return {
        "cases": count,
        "share": count / figures.cases if figures.cases else 0.0,
        "left": len(stays),
        "median_seconds": statistics.median(stays) if stays else None,
        "p90_seconds": stays[min(len(stays) - 1, int(len(stays) * 0.9))] if stays else None,
    }
