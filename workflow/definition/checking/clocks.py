"""Clocks: deadlines that end, ways that the clock can go, and that it does not go round for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflow.definition.checking.found import Found, edges, reach
from workflow.definition.checking.names import DUE
from workflow.definition.conditions import VARIABLES
from workflow.definition.model import CLOCK, Definition, Transition

_WORD = re.compile(r"\w+")


def clocks(definition: Definition) -> Iterator[Found]:
    """What the clock is to do, and whether it can."""
    ways = edges(definition)
    for name, deadline in definition.deadlines.items():
        if reach(deadline.from_, ways).isdisjoint(deadline.until):
            yield "deadline_never_ends", "error", ("deadlines", name, "until"), {"deadline": name}
    for name, index, way in definition.ways():
        if CLOCK in way.by:
            yield from _gives(name, index, way)
        if way.after is not None and (clock := definition.deadlines.get(way.after)) is not None:
            running = reach(clock.from_, {each: ways[each] - set(clock.until) for each in ways})
            if running.isdisjoint(definition.sources(way)):
                params = {"transition": name, "deadline": way.after}
                yield "deadline_elsewhere", "error", ("transitions", name, index, "after"), params
        if DUE in way.extends and not any(
            definition.states[each].due and definition.target(way, each) == each for each in definition.sources(way)
        ):
            yield "extends_nothing", "error", ("transitions", name, index, "extends", DUE), {"transition": name}
    yield from _circles(definition)
    yield from _for_ever(definition)


def _gives(name: str, index: int, way: Transition) -> Iterator[Found]:
    """The clock is alone, and has nothing to say."""
    path = ("transitions", name, index)
    if len(set(way.by)) > 1:
        yield "clock_with_people", "error", (*path, "by"), {"transition": name}
    for key in ("require", "accept", "reason", "apart_from"):
        if getattr(way, key):
            yield "clock_gives_nothing", "error", (*path, key), {"transition": name, "key": key}


def _waits(way: Transition, *, stays: bool) -> bool:
    """Does time pass before the clock goes this way, each time anew?"""
    return (way.after is not None and way.after[0].isdigit()) or (bool(way.notice) and not stays)


def _depends(way: Transition) -> bool:
    """Does it depend on more than time whether the clock goes this way?"""
    return bool(way.when or way.guard or way.panel or way.at_most is not None)


def _circles(definition: Definition) -> Iterator[Found]:
    """Ways that the clock goes at once, from a state back to it."""
    quick: dict[str, set[str]] = {name: set() for name in definition.states}
    found = []
    for name, index, way in definition.ways():
        if CLOCK not in way.by or _depends(way):
            continue
        for source in definition.sources(way):
            target = definition.target(way, source)
            if not _waits(way, stays=source == target):
                quick[source].add(target)
                found.append((name, index, source, target))
    for name, index, source, target in found:
        if source in reach([target], quick):
            params = {"transition": name, "state": source}
            yield "clock_in_a_circle", "error", ("transitions", name, index, "to"), params
            return


def _reads(definition: Definition, way: Transition) -> set[str]:
    """What it hangs on whether a way can be gone: the names in its conditions, its panels and guards."""
    words = {word for each in way.when for word in _WORD.findall(each.check)}
    return (words & (definition.fields.keys() | VARIABLES.keys())) | {*way.panel, *way.guard}


def _for_ever(definition: Definition) -> Iterator[Found]:
    """States that only the clock leaves, and by one way whose conditions may never hold.

    Of several ways that read the same names one is taken to hold, such as `score >= 60` and `score < 60`.
    """
    leaving: dict[str, list[tuple[str, int, Transition]]] = {name: [] for name in definition.states}
    for name, index, way in definition.ways():
        for source in definition.sources(way):
            if definition.target(way, source) != source:
                leaving[source].append((name, index, way))
    told = set()
    for state, ways in leaving.items():
        if not ways or not all(CLOCK in way.by and _depends(way) for _, _, way in ways):
            continue
        asked = [_reads(definition, way) for _, _, way in ways]
        name, index, _ = ways[0]
        if (len(ways) == 1 or not set.intersection(*asked)) and (name, index) not in told:
            told.add((name, index))
            params = {"transition": name, "state": state}
            yield "clock_may_wait", "warning", ("transitions", name, index, "by"), params
