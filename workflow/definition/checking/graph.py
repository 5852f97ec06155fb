"""Rules of the graph: one initial state, a way to a final one from everywhere, no way that another hides."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, edges, reach
from workflow.definition.model import ANY, ANYONE, Definition, Transition


def states(definition: Definition) -> Iterator[Found]:
    """Which states are initial, and what leaves a final one."""
    initial = [name for name, state in definition.states.items() if state.initial]
    if not initial:
        yield "no_initial_state", "error", ("states",), {}
    for name in initial[1:]:
        yield "two_initial_states", "error", ("states", name), {"name": name, "first": initial[0]}
    for name, index, way in definition.ways():
        path = ("transitions", name, index)
        if isinstance(way.from_, str):
            if way.reopens:
                yield "reopens_open_state", "error", (*path, "from"), {"transition": name, "state": ANY}
            continue
        for at, state in enumerate(way.from_):
            if state not in definition.states or definition.states[state].final is way.reopens:
                continue
            params = {"transition": name, "state": state}
            if way.reopens:
                yield "reopens_open_state", "error", (*path, "from", at), params
            else:
                yield "leaves_final_state", "error", (*path, "from", at), params


def graph(definition: Definition) -> Iterator[Found]:
    """States that nothing reaches, and states from which there is no way to an end."""
    ways = edges(definition)
    reached = reach([definition.initial], ways)
    finals = [name for name, state in definition.states.items() if state.final]
    backwards: dict[str, set[str]] = {name: set() for name in ways}
    for source, targets in ways.items():
        for target in targets:
            backwards[target].add(source)
    home = reach(finals, backwards)
    if not finals:
        yield "no_final_state", "error", ("states",), {}
    for name, state in definition.states.items():
        path = ("states", name)
        if name not in reached:
            yield "unreachable_state", "error", path, {"name": name}
        if state.final:
            continue
        if not ways[name] - {name}:
            yield "dead_end", "error", path, {"name": name}
        elif finals and name not in home:
            yield "no_way_to_final", "error", path, {"name": name}


def ambiguous(definition: Definition) -> Iterator[Found]:
    """Two ways of one name that leave one state, where the first always hides the second."""
    for name, ways in definition.transitions.items():
        for index, way in enumerate(ways):
            for earlier in ways[:index]:
                shared = [state for state in definition.sources(way) if state in definition.sources(earlier)]
                if shared and _hides(earlier, way):
                    path = ("transitions", name, index, "from")
                    yield "ambiguous", "error", path, {"transition": name, "state": shared[0]}
                    break


def _hides(earlier: Transition, later: Transition) -> bool:
    """Whoever may go the later way may always go the earlier one: same people, same data, no condition more."""
    if earlier.guard or earlier.at_most is not None or earlier.apart_from:
        return False
    if earlier.needs_reason and not later.needs_reason:
        return False
    if not set(earlier.require) <= {*later.require, "reason"} or not set(later.takes) <= set(earlier.takes):
        return False
    if not {each.check for each in earlier.when} <= {each.check for each in later.when}:
        return False
    if not _waits_no_longer(earlier, later):
        return False
    return ANYONE in earlier.by or set(later.by) <= set(earlier.by)


def _waits_no_longer(earlier: Transition, later: Transition) -> bool:
    """Is everything for which the earlier way waits also awaited by the later one?"""
    return (
        earlier.panel.items() <= later.panel.items()
        and set(earlier.notice) <= set(later.notice)
        and earlier.after in (None, later.after)
        and earlier.within in (None, later.within)
        and earlier.during_objection >= later.during_objection
    )
