"""Rules about what connects cases: links, sub-cases, batches, marks, periods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflow.definition.checking.found import Found, missing, unknown
from workflow.definition.conditions import Conditions
from workflow.definition.model import ANYONE, Definition
from workflow.definition.numbers import BadValue

# Links that the engine makes itself.
OWN_LINKS = frozenset({"subcase", "spawned"})


def relations(definition: Definition) -> Iterator[Found]:
    """Every name that these keys mean, and what nobody asks for."""
    asked: set[str] = set()
    for name, index, way in definition.ways():
        path = ("transitions", name, index)
        asked.update([way.batch] if way.batch else [])
        yield from missing("link", way.link, definition.links, (*path, "link"))
        if way.batch is not None and way.batch not in definition.batches:
            yield unknown("batch", way.batch, definition.batches, (*path, "batch"))
        for at, marking in enumerate(way.marks):
            yield from _whose(definition, marking.on, (*path, "marks", at, "on"))
            if marking.for_ is not None and marking.off:
                yield "mark_off_for", "error", (*path, "marks", at, "for"), {"name": marking.mark}
            if marking.for_ is not None and definition.calendar is None and not marking.for_.endswith("h"):
                yield "due_without_calendar", "error", (*path, "marks", at, "for"), {"due": marking.for_}
        for at, opening in enumerate(way.opens):
            for field in opening.taken():
                if field not in definition.fields:
                    yield unknown("field", field, definition.fields, (*path, "opens", at, "copy"))
        if way.subcases and not any(each.opens for _, _, each in definition.ways()):
            yield "no_subcases", "warning", (*path, "subcases"), {"transition": name}
    for name, link in definition.links.items():
        if name in OWN_LINKS:
            yield "reserved_name", "error", ("links", name), {"name": name}
        yield from missing("role", link.by, [*definition.roles, ANYONE], ("links", name, "by"))
    yield from _batches(definition)
    yield from _periodic(definition)
    for name in definition.batches:
        if name not in asked:
            yield "unused_batch", "warning", ("batches", name), {"name": name}


def _whose(definition: Definition, name: str, path: tuple[str | int, ...]) -> Iterator[Found]:
    role = definition.roles.get(name)
    if role is None:
        yield unknown("person", name, [each for each, one in definition.roles.items() if not one.granted], path)
    elif role.granted:
        yield "apart_from_grant", "error", path, {"name": name}


def _batches(definition: Definition) -> Iterator[Found]:
    engine = Conditions(definition.fields)
    for name, batch in definition.batches.items():
        for at, quota in enumerate(batch.quotas):
            for mistake in engine.mistakes(quota.check):
                params = {"check": quota.check, "problem": mistake.text, "offset": mistake.column - 1}
                yield "bad_condition", "error", ("batches", name, "quotas", at, "when"), params


def _periodic(definition: Definition) -> Iterator[Found]:
    if definition.periodic is None:
        return
    for field, value in definition.periodic.data.items():
        found = definition.fields.get(field)
        path = ("periodic", "data", field)
        if found is None:
            yield unknown("field", field, definition.fields, path)
            continue
        given: Any = value.replace("{start}", "2000-01-01") if isinstance(value, str) else value
        try:
            found.accept(given)
        except BadValue as error:
            yield "bad_periodic", "error", path, {"field": field, "problem": error.reason}
