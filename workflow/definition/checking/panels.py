"""Panels: whether they can sit, can be complete, and can come to the outcome that is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from workflow.definition.checking.found import Found, Path, edges, reach, unknown
from workflow.definition.fields import DecimalField, ListField, TextField
from workflow.definition.model import ANY, Definition
from workflow.definition.panels import Panel
from workflow.definition.parts import Composition, Portion


def panels(definition: Definition) -> Iterator[Found]:
    """Each panel, and each way that asks for one."""
    ways = edges(definition)
    for name, index, way in definition.ways():
        for asked in way.panel:
            panel = definition.panels.get(asked)
            if panel is None:
                continue
            sat = reach(panel.in_, ways)
            lacking = [each for each in definition.sources(way) if each not in sat]
            # `*` leaves states in which nobody means to ask.
            if lacking and (way.from_ != ANY or len(lacking) == len(definition.sources(way))):
                params = {"transition": name, "panel": asked, "state": lacking[0]}
                yield "panel_elsewhere", "error", ("transitions", name, index, "panel", asked), params
    for name, panel in definition.panels.items():
        path = ("panels", name)
        yield from _fields(definition, panel, path)
        yield from _numbers(definition, name, panel, path)
        yield from _portions(name, panel, path)
        yield from _marks(name, panel, path)


def _fields(definition: Definition, panel: Panel, path: Path) -> Iterator[Found]:
    """The fields that hold members, candidates and results."""
    lists = [((*path, "members"), panel.members)]
    if panel.elect is not None:
        lists += [((*path, "elect", "among"), panel.elect.among), ((*path, "into"), panel.into)]
    for here, name in lists:
        if name is None:
            continue
        field = definition.fields.get(name)
        if field is None:
            yield unknown("field", name, definition.fields, here)
        elif not (isinstance(field, ListField) and isinstance(field.of, TextField)):
            yield "wrong_field", "error", here, {"name": name, "type": field.type, "needs": "a list of text"}
    if panel.score is not None and panel.into is not None:
        here, places = (*path, "into"), panel.result.places
        field = definition.fields.get(panel.into)
        if field is None:
            yield unknown("field", panel.into, definition.fields, here)
            return
        needs = f"a decimal with {places} places, from 0 to {_most(panel):f}"
        if not isinstance(field, DecimalField) or not _holds(field, places, _most(panel)):
            yield "wrong_field", "error", here, {"name": panel.into, "type": field.type, "needs": needs}


def _holds(field: DecimalField, places: int, most: Decimal) -> bool:
    return (
        field.places >= places
        and (field.min is None or field.min <= 0)
        and (field.max is None or field.max >= most)
        and len(str(int(most))) + field.places <= 15
    )


def _most(panel: Panel) -> Decimal:
    """The best mark."""
    return sum((line.max if line.weight is None else line.weight for line in (panel.score or {}).values()), Decimal(0))


def _numbers(definition: Definition, name: str, panel: Panel, path: Path) -> Iterator[Found]:
    """More than there can be."""
    most = _size(definition, panel)
    asked: list[tuple[Path, int | None, int | None]] = [
        ((*path, "quorum", at, "at_least"), each.at_least, most) for at, each in enumerate(panel.quorum)
    ]
    asked += [
        ((*path, "composition", at, "at_least"), each.at_least, most) for at, each in enumerate(panel.composition)
    ]
    if panel.passes is not None and not panel.weights:
        asked.append(((*path, "pass", "at_least"), panel.passes.at_least, most))
    if panel.score is not None and panel.result.by == "trimmed":
        asked.append(((*path, "result", "by"), 3, most))
    if panel.elect is not None:
        listed = definition.fields.get(panel.elect.among)
        seats = panel.elect.seats + panel.elect.more_than_seats
        asked.append(((*path, "elect", "seats"), seats, listed.max if isinstance(listed, ListField) else None))
        into = definition.fields.get(panel.into or "")
        room = into.max if isinstance(into, ListField) else None
        asked.append(((*path, "into"), panel.elect.seats, room))
    for here, needs, there in asked:
        if needs is not None and there is not None and needs > there:
            yield "too_many_needed", "error", here, {"panel": name, "needs": needs, "most": there}


def _portions(name: str, panel: Panel, path: Path) -> Iterator[Found]:
    """Shares that nothing can be, and quorums of which one says nothing."""
    portions: list[tuple[Path, Portion]] = [((*path, "quorum", at), each) for at, each in enumerate(panel.quorum)]
    if panel.passes is not None:
        portions.append(((*path, "pass"), panel.passes))
    for here, portion in portions:
        if portion.gt == 1:
            yield "never_met", "error", (*here, "gt"), {"panel": name, "rule": "gt 1"}
    for at, rule in enumerate(panel.composition):
        if _crossed(rule):
            yield "never_met", "error", (*path, "composition", at), {"panel": name, "rule": rule.words()}
    seen: set[str | None] = set()
    for at, quorum in enumerate(panel.quorum):
        if quorum.of in seen:
            yield "repeated_quorum", "warning", (*path, "quorum", at), {"panel": name}
        seen.add(quorum.of)


def _crossed(rule: Composition) -> bool:
    """Is there no share between its bounds?"""
    above = min((each for each in (rule.lt, rule.lte) if each is not None), default=Fraction(1))
    below = max((each for each in (rule.gt, rule.gte) if each is not None), default=Fraction(0))
    open_ended = rule.lt == above or rule.gt == below
    return below > above or (below == above and open_ended)


def _size(definition: Definition, panel: Panel) -> int | None:
    """The most members that it can have, where the file says it."""
    if panel.seats:
        return len(panel.seats)
    if panel.draw is not None:
        return panel.draw.number
    field = definition.fields.get(panel.members or "")
    return field.max if isinstance(field, ListField) else None


def _marks(name: str, panel: Panel, path: Path) -> Iterator[Found]:
    """A mark that passes and that nobody can get."""
    if panel.score is None:
        return
    best, rule = _most(panel), panel.result
    for key, needs in (("gt", rule.gt), ("gte", rule.gte)):
        if needs is not None and (needs > best or (key == "gt" and needs == best)):
            params = {"panel": name, "needs": f"{key} {needs:f}", "most": f"{best:f}"}
            yield "mark_out_of_reach", "error", (*path, "result", key), params
