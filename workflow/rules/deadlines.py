"""Clocks: which moments are set when a case moves, and what is to happen at them. Pure; the time is handed in.

Every moment is reckoned once, when its clock begins, and recorded with the entry, because calendars are announced a
year at a time and corrected later. A clock that fires late (the program was not running) takes effect at the moment
that was set, and what follows counts from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import count
from typing import NamedTuple

from workflow.definition.calendar import Period, calendar, later, period
from workflow.definition.model import CLOCK, Definition
from workflow.definition.timing import Deadline, Due, Notice
from workflow.rules.case import Case
from workflow.rules.procedure import Procedure, Way
from workflow.rules.proceedings import NOTHING, Timer

DUE = "due"
_DUES = ("due", "objection")


class Firing(NamedTuple):
    """Something that is to happen at a moment: a reminder, an escalation, the end of a panel, or a transition."""

    at: datetime
    kind: str
    timer: Timer
    way: Way | None = None


def reckon(definition: Definition, since: datetime, length: str) -> datetime:
    """The moment at which a period that began at `since` is over."""
    parsed = period(length)
    if parsed.unit == "h":
        return since + timedelta(hours=parsed.number)
    return calendar(definition.calendar or "", definition.zone).end(since, parsed)


def zone_of(definition: Definition) -> tzinfo:
    """In which zone days begin and end."""
    return calendar(definition.calendar, definition.zone).zone if definition.calendar else UTC


def period_starts(definition: Definition, after: datetime, until: datetime) -> Iterator[tuple[date, datetime]]:
    """The periods of a periodic definition that begin after the one moment and not after the other."""
    rule = definition.periodic
    if rule is None:
        return
    length = period(rule.every)
    zone = zone_of(definition)
    for number in count():
        day = later(rule.since, Period(length.number * number, length.unit)) if number else rule.since
        moment = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        if moment > until:
            return
        if moment > after:
            yield day, moment


def schedule(
    procedure: Procedure, case: Case | None, target: str, since: datetime, way: Way | None = None
) -> tuple[Timer, ...]:
    """The timers of a case that goes to `target` at `since` by `way`; those of where it stays go on."""
    definition = procedure.definition
    source = case.state if case else None
    timers = list(case.proceedings.timers if case else NOTHING.timers)
    if way is not None and way.extends:
        timers = [_extended(definition, each, way.extends) for each in timers]
    if source == target:
        return tuple(_again(definition, each, way, since) for each in timers)
    running = {f"panel.{name}" for name, panel in definition.panels.items() if target in panel.in_}
    running |= {f"notice.{name}" for name, each in definition.notices.items() if {source, target} <= {*each.in_}}
    timers = [each for each in timers if _lasts(each, running)]
    timers = _deadlines(definition, timers, target, since)
    timers += [each for each in _of_state(procedure, target, since) if each.id not in running]
    return tuple(timers)


def _again(definition: Definition, timer: Timer, way: Way | None, since: datetime) -> Timer:
    """What the clock does in a state without leaving it comes again after the same time."""
    if way is None or CLOCK not in way.by or way.after is None or timer.id != f"after.{way.name}.{way.index}":
        return timer
    return Timer(timer.id, reckon(definition, since, way.after))


def due(timers: tuple[Timer, ...]) -> datetime | None:
    """When the case should have been dealt with: the earliest of its due times whose clock runs."""
    found = [each.at for each in timers if each.stopped is None and each.id.split(".")[0] in _DUES]
    return min(found, default=None)


def opened(procedure: Procedure, timers: tuple[Timer, ...], panel: str, since: datetime) -> tuple[Timer, ...]:
    """The timers with that of a panel which opens."""
    within = procedure.definition.panels[panel].within
    kept = without(timers, f"panel.{panel}")
    return (*kept, Timer(f"panel.{panel}", reckon(procedure.definition, since, within))) if within else kept


def without(timers: tuple[Timer, ...], name: str) -> tuple[Timer, ...]:
    """The timers without the one of that id."""
    return tuple(each for each in timers if each.id != name)


def firings(procedure: Procedure, case: Case) -> list[Firing]:
    """What the clock is to do in this case, in the order in which it is to be done."""
    found = []
    for each in case.proceedings.timers:
        kind = each.id.split(".")[0]
        if each.stopped is None and kind in ("remind", "escalate", "panel"):
            found.append(Firing(each.at, kind, each))
    for ways in procedure.leaving[case.state].values():
        for way in ways:
            if CLOCK in way.by and (moment := earliest(case, way)) is not None:
                found.append(Firing(moment.at, "way", moment, way))
    order = {"panel": 0, "way": 1, "escalate": 2, "remind": 3}
    return sorted(found, key=lambda each: (each.at, order[each.kind], each.timer.id))


def next_firing(procedure: Procedure, case: Case) -> datetime | None:
    """When the clock has to look at this case; None when it never has to."""
    return min((each.at for each in firings(procedure, case)), default=None)


def earliest(case: Case, way: Way) -> Timer | None:
    """The latest of the moments that a way waits for; None when one of them is not set or stands still."""
    names = [f"notice.{name}" for name in way.notice]
    if way.after is not None:
        names.append(f"after.{way.name}.{way.index}" if way.after[0].isdigit() else f"due.{way.after}")
    elif not names:
        names.append(f"after.{way.name}.{way.index}")
    found = [case.proceedings.timer(name) for name in names]
    running = [each for each in found if each is not None and each.stopped is None]
    return max(running, key=lambda each: each.at) if len(running) == len(names) else None


def _of_state(procedure: Procedure, state: str, since: datetime) -> Iterator[Timer]:
    """What is set by entering a state."""
    definition = procedure.definition
    if (limit := definition.states[state].due) is not None:
        yield Timer(DUE, reckon(definition, since, limit.within))
        yield from _ladder(definition, DUE, limit, since)
    for ways in procedure.leaving[state].values():
        for way in ways:
            if way.after is not None and way.after[0].isdigit():
                yield Timer(f"after.{way.name}.{way.index}", reckon(definition, since, way.after))
            elif CLOCK in way.by and way.after is None and not way.notice:
                yield Timer(f"after.{way.name}.{way.index}", since)
            if way.within is not None and way.within[0].isdigit():
                yield Timer(f"within.{way.name}.{way.index}", reckon(definition, since, way.within))
    for name, notice in definition.notices.items():
        if state in notice.in_:
            yield Timer(f"notice.{name}", reckon(definition, since, notice.for_))


def _ladder(definition: Definition, clock: str, limit: Due | Deadline, since: datetime) -> Iterator[Timer]:
    for index, length in enumerate(limit.remind):
        yield Timer(f"remind.{clock}.{index}", reckon(definition, since, length))
    for index, rung in enumerate(limit.escalate):
        yield Timer(f"escalate.{clock}.{index}", reckon(definition, since, rung.after))


def _lasts(timer: Timer, running: set[str]) -> bool:
    """Does a timer outlast the state in which it was set? Deadlines, open objections, panels and notices do."""
    kind, _, rest = timer.id.partition(".")
    if kind in ("remind", "escalate"):
        return rest.split(".")[0] != DUE
    if kind in ("panel", "notice"):
        return timer.id in running
    return kind == "objection" or (kind == DUE and bool(rest))


def _deadlines(definition: Definition, timers: list[Timer], target: str, since: datetime) -> list[Timer]:
    """The clocks over several states: those that end here, stand still here, go on, or begin.

    A case that comes to its end by another way, such as a withdrawal, leaves no clock behind.
    """
    for name, rule in definition.deadlines.items():
        own = [each for each in timers if _clock(each) == name]
        rest = [each for each in timers if _clock(each) != name]
        closed = definition.states[target].final and target not in (*rule.from_, *rule.stops_in)
        if target in rule.until or closed:
            timers = rest
        elif own and target in rule.stops_in:
            timers = rest + [each if each.stopped else each._replace(stopped=since) for each in own]
        elif own:
            timers = rest + [_resumed(definition, each, rule, since) for each in own]
        elif target in rule.from_:
            timers = [*rest, Timer(f"due.{name}", reckon(definition, since, rule.within))]
            timers += _ladder(definition, name, rule, since)
    return timers


def _clock(timer: Timer) -> str:
    """The name of the clock to which a timer belongs."""
    parts = timer.id.split(".")
    return parts[1] if len(parts) > 1 and parts[0] in (DUE, "remind", "escalate") else ""


def _resumed(definition: Definition, timer: Timer, rule: Deadline, now: datetime) -> Timer:
    """A clock that stood still goes on: its end moves by as long as it stood, in the unit in which it counts."""
    if timer.stopped is None:
        return timer
    unit = period(rule.within).unit
    if unit == "h":
        return Timer(timer.id, timer.at + (now - timer.stopped))
    place = calendar(definition.calendar or "", definition.zone)
    return Timer(timer.id, place.moved(timer.at, timer.stopped, now, "wd" if unit == "wd" else "d"))


def _extended(definition: Definition, timer: Timer, extends: dict[str, str]) -> Timer:
    """A due time that is extended counts on from its old end, and what is still to come of its ladder does so too."""
    name = DUE if timer.id == DUE else _clock(timer)
    if name not in extends:
        return timer
    longer: Period = period(extends[name])
    if longer.unit == "h":
        return timer._replace(at=timer.at + timedelta(hours=longer.number))
    place = calendar(definition.calendar or "", definition.zone)
    return timer._replace(at=place.extended(timer.at, longer))


def objection_timer(procedure: Procedure, notice: Notice, number: int, since: datetime) -> Timer | None:
    """By when an objection should be settled."""
    if notice.settle_within is None:
        return None
    return Timer(f"objection.{number}", reckon(procedure.definition, since, notice.settle_within))
