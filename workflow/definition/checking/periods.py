"""Periods: whoever counts days names a calendar, and what is to come first comes first."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.calendar import calendar, period
from workflow.definition.checking.found import Found, Path
from workflow.definition.model import Definition
from workflow.definition.timing import Deadline, Due

# Periods of one family compare whatever the calendar; working days and days do not.
_FAMILIES = {"h": ("h", 1), "d": ("d", 1), "wd": ("wd", 1), "m": ("m", 1), "y": ("m", 12)}


def periods(definition: Definition) -> Iterator[Found]:
    """Calendars, and every period in the file."""
    if definition.calendar is not None:
        try:
            calendar(definition.calendar, definition.zone)
        except ValueError as error:
            yield "bad_calendar", "error", ("calendar",), {"problem": str(error)}
    elif definition.zone is not None:
        yield "zone_without_calendar", "error", ("zone",), {}
    for name, state in definition.states.items():
        if state.due is not None and state.final:
            yield "due_in_final_state", "error", ("states", name, "due"), {"name": name}
        elif definition.calendar is None and state.due is not None:
            yield from _uncounted(_of_clock(state.due, ("states", name, "due")))
    if definition.calendar is None:
        yield from _uncounted(_lengths(definition))
    yield from _reminders(definition)
    for name, index, way in definition.ways():
        if way.after is not None and way.within is not None and _not_before(way.within, way.after):
            params = {"transition": name, "after": way.after, "within": way.within}
            yield "never_in_time", "error", ("transitions", name, index, "within"), params


def _uncounted(several: Iterator[tuple[Path, str]]) -> Iterator[Found]:
    for path, length in several:
        if not length.endswith("h"):
            yield "due_without_calendar", "error", path, {"due": length}


def _lengths(definition: Definition) -> Iterator[tuple[Path, str]]:
    """Every period but those of due times."""
    for name, deadline in definition.deadlines.items():
        yield from _of_clock(deadline, ("deadlines", name))
    for name, notice in definition.notices.items():
        yield ("notices", name, "for"), notice.for_
        if notice.settle_within is not None:
            yield ("notices", name, "settle_within"), notice.settle_within
    for name, panel in definition.panels.items():
        if panel.within is not None:
            yield ("panels", name, "within"), panel.within
    for name, index, way in definition.ways():
        path: Path = ("transitions", name, index)
        for key, moment in (("after", way.after), ("within", way.within)):
            if moment is not None and moment[0].isdigit():
                yield (*path, key), moment
        for clock, length in way.extends.items():
            yield (*path, "extends", clock), length


def _of_clock(rule: Due | Deadline, path: Path) -> Iterator[tuple[Path, str]]:
    yield (*path, "within"), rule.within
    for at, length in enumerate(rule.remind):
        yield (*path, "remind", at), length
    for at, rung in enumerate(rule.escalate):
        yield (*path, "escalate", at, "after"), rung.after


def _reminders(definition: Definition) -> Iterator[Found]:
    """Reminders are for what is still in time; afterwards there is escalation."""
    clocks: list[tuple[Path, Due | Deadline]] = [
        (("states", name, "due"), state.due) for name, state in definition.states.items() if state.due
    ]
    clocks += [(("deadlines", name), deadline) for name, deadline in definition.deadlines.items()]
    for path, rule in clocks:
        for at, length in enumerate(rule.remind):
            if _not_before(rule.within, length):
                yield "late_reminder", "warning", (*path, "remind", at), {"remind": length, "within": rule.within}


def _not_before(first: str, second: str) -> bool:
    """Is the second moment surely not before the first?"""
    if first == second:
        return True
    if not (first[0].isdigit() and second[0].isdigit()):
        return False
    one, other = period(first), period(second)
    (family, factor), (again, times) = _FAMILIES[one.unit], _FAMILIES[other.unit]
    return family == again and other.number * times >= one.number * factor
