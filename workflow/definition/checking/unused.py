"""What is declared and never used."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, places
from workflow.definition.model import Definition


def unused(definition: Definition) -> Iterator[Found]:
    """Roles that nothing names, fields that nothing fills, panels and notices for which nothing waits."""
    roles, filled = set(_roles(definition)), set(_fields(definition))
    for name in definition.roles:
        if name not in roles:
            yield "unused_role", "warning", ("roles", name), {"name": name}
    for name in definition.fields:
        if name not in filled:
            yield "field_never_supplied", "warning", ("fields", name), {"name": name}
    ways = [way for _, _, way in definition.ways()]
    for name, panel in definition.panels.items():
        closes = panel.within is not None or panel.early or panel.tellers
        if not any(name in way.panel for way in ways) and not (panel.into is not None and closes):
            yield "panel_unasked", "warning", ("panels", name), {"panel": name}
    for name in definition.notices:
        if not any(name in way.notice for way in ways):
            yield "notice_unasked", "warning", ("notices", name), {"notice": name}


def _roles(definition: Definition) -> Iterator[str]:
    for _, place in places(definition):
        yield from (*place.by, *getattr(place, "apart_from", ()))
    for _, _, way in definition.ways():
        yield from (marking.on for marking in way.marks)
    for link in definition.links.values():
        yield from link.by
    for award in definition.awards.values():
        yield from (role for rung in award.approval for role in rung.by)
    for field in definition.fields.values():
        yield from field.confidential
    for panel in definition.panels.values():
        yield from (*panel.roles, *panel.seats, *panel.tellers, *panel.apart_from)
    for notice in definition.notices.values():
        yield from (*notice.by, *notice.settled_by, *notice.apart_from)
    for rule in (*definition.deadlines.values(), *(state.due for state in definition.states.values())):
        yield from (rung.to for rung in (rule.escalate if rule else ()))


def _fields(definition: Definition) -> Iterator[str]:
    if definition.submit is None:
        yield from definition.fields
    for _, place in places(definition):
        yield from (*place.require, *place.accept)
    for panel in definition.panels.values():
        if panel.into is not None:
            yield panel.into
    if definition.periodic is not None:
        yield from definition.periodic.data
