"""Lint: what is wrong with a definition that is well formed. Each rule yields findings with a path into the file.

Errors are names that do not exist, edges that contradict each other, and graphs in which a case gets stuck;
warnings are things that are probably not meant. Rules are listed in docs/language.md, each with an example.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from workflow.definition.calendar import calendar
from workflow.definition.conditions import VARIABLES, Conditions
from workflow.definition.fields import ChoiceField, TextField
from workflow.definition.lists import Item
from workflow.definition.model import ANY, ANYONE, CLOCK, STAY, Definition, Role, Transition
from workflow.errors import Severity

Path = tuple[str | int, ...]
Found = tuple[str, Severity, Path, dict[str, Any]]

MOST_COMPARED = 300
RESERVED_ROLES = frozenset({ANYONE, "clock"})
RESERVED_FIELDS = frozenset(VARIABLES) | {"reason"}
# Reserved by CEL itself: a variable of such a name could never be read.
CEL_WORDS = frozenset(
    {
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "namespace",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
    }
)
_PLACEHOLDER = re.compile(r"\{(year|month|number)(?::0([1-9])d?)?\}")


def check(definition: Definition) -> Iterator[Found]:
    """Every finding, in no particular order."""
    names, states = list(_names(definition)), list(_states(definition))
    yield from names
    yield from _roles(definition)
    yield from _conditions(definition)
    yield from states
    # A misspelt state would make others unreachable; one finding for one mistake.
    if not states and not any(rule == "unknown_state" for rule, *_ in names):
        yield from _graph(definition)
    yield from _ambiguous(definition)
    yield from _nobody(definition)
    yield from _unused(definition)
    yield from _reference(definition)
    yield from _lists(definition)
    yield from _confidential(definition)
    yield from _due(definition)


def _near(name: str, known: Collection[str]) -> str:
    # Comparing with thousands of names would make a file that is wrong throughout take minutes.
    if len(known) > MOST_COMPARED:
        return ""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def _unknown(kind: str, name: str, known: Collection[str], path: Path) -> Found:
    return f"unknown_{kind}", "error", path, {"name": name, "near": _near(name, known), "known": ", ".join(known)}


def _places(definition: Definition) -> Iterator[tuple[Path, Any]]:
    """Everything that has `by`, `require`, `accept` and `when`: the submission and each way."""
    if definition.submit is not None:
        yield ("submit",), definition.submit
    for name, index, way in definition.ways():
        yield ("transitions", name, index), way


def _names(definition: Definition) -> Iterator[Found]:
    for name in definition.fields:
        if name in RESERVED_FIELDS | CEL_WORDS:
            yield "reserved_name", "error", ("fields", name), {"name": name}
    for name in definition.roles:
        if name in RESERVED_ROLES:
            yield "reserved_name", "error", ("roles", name), {"name": name}
    for path, place in _places(definition):
        yield from _references(definition, path, place)
    for name, index, way in definition.ways():
        path = ("transitions", name, index)
        for at, state in enumerate(() if way.from_ == ANY else way.from_):
            if state not in definition.states:
                yield _unknown("state", state, definition.states, (*path, "from", at))
        if way.to != STAY and way.to not in definition.states:
            yield _unknown("state", way.to, definition.states, (*path, "to"))
        for at, other in enumerate(way.apart_from):
            yield from _apart(definition, other, (*path, "apart_from", at))


def _references(definition: Definition, path: Path, place: Any) -> Iterator[Found]:
    for at, role in enumerate(place.by):
        clock = role == CLOCK and isinstance(place, Transition)
        if role not in definition.roles and role != ANYONE and not clock:
            yield _unknown("role", role, [*definition.roles, ANYONE], (*path, "by", at))
    for key in ("require", "accept"):
        for at, field in enumerate(getattr(place, key)):
            if field not in definition.fields and not (field == "reason" and key == "require"):
                yield _unknown("field", field, definition.fields, (*path, key, at))


def _apart(definition: Definition, other: str, path: Path) -> Iterator[Found]:
    role = definition.roles.get(other)
    if role is not None and other in definition.transitions:
        yield "ambiguous_name", "error", path, {"name": other}
    elif role is not None and role.granted:
        yield "apart_from_grant", "error", path, {"name": other}
    elif role is None and other not in definition.transitions:
        relations = [name for name, each in definition.roles.items() if not each.granted]
        yield _unknown("person", other, [*relations, *definition.transitions], path)


def _roles(definition: Definition) -> Iterator[Found]:
    for name, role in definition.roles.items():
        path = ("roles", name)
        given = [key for key in ("relation", "did", "field") if getattr(role, key) is not None]
        if len(given) > 1:
            yield "two_relations", "error", path, {"name": name}
        if role.did is not None and role.did not in definition.transitions:
            yield _unknown("transition", role.did, definition.transitions, (*path, "did"))
        if role.field is not None:
            field = definition.fields.get(role.field)
            if field is None:
                yield _unknown("field", role.field, definition.fields, (*path, "field"))
            elif not isinstance(field, TextField):
                yield "person_not_text", "error", (*path, "field"), {"name": role.field, "type": field.type}


def _conditions(definition: Definition) -> Iterator[Found]:
    engine = Conditions(definition.fields)
    for path, place in _places(definition):
        for index, condition in enumerate(place.when):
            for mistake in engine.mistakes(condition.check):
                params = {"check": condition.check, "problem": mistake.text, "offset": mistake.column - 1}
                yield "bad_condition", "error", (*path, "when", index, "check"), params


def _states(definition: Definition) -> Iterator[Found]:
    initial = [name for name, state in definition.states.items() if state.initial]
    if not initial:
        yield "no_initial_state", "error", ("states",), {}
    for name in initial[1:]:
        yield "two_initial_states", "error", ("states", name), {"name": name, "first": initial[0]}
    for name, index, way in definition.ways():
        if way.from_ == ANY or way.reopens:
            continue
        for at, state in enumerate(way.from_):
            if state in definition.states and definition.states[state].final:
                path = ("transitions", name, index, "from", at)
                yield "leaves_final_state", "error", path, {"transition": name, "state": state}


def _edges(definition: Definition) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {name: set() for name in definition.states}
    for _, _, way in definition.ways():
        for source in definition.sources(way):
            target = definition.target(way, source)
            if source in edges and target in edges:
                edges[source].add(target)
    return edges


def _reach(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        for following in edges[todo.pop()] - seen:
            seen.add(following)
            todo.append(following)
    return seen


def _graph(definition: Definition) -> Iterator[Found]:
    edges = _edges(definition)
    reached = _reach([definition.initial], edges)
    finals = [name for name, state in definition.states.items() if state.final]
    backwards: dict[str, set[str]] = {name: set() for name in edges}
    for source, targets in edges.items():
        for target in targets:
            backwards[target].add(source)
    home = _reach(finals, backwards)
    if not finals:
        yield "no_final_state", "error", ("states",), {}
    for name, state in definition.states.items():
        path = ("states", name)
        if name not in reached:
            yield "unreachable_state", "error", path, {"name": name}
        if state.final:
            continue
        if not edges[name] - {name}:
            yield "dead_end", "error", path, {"name": name}
        elif finals and name not in home:
            yield "no_way_to_final", "error", path, {"name": name}


def _ambiguous(definition: Definition) -> Iterator[Found]:
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
    return ANYONE in earlier.by or set(later.by) <= set(earlier.by)


def _nobody(definition: Definition) -> Iterator[Found]:
    for path, place in _places(definition):
        opening = path == ("submit",)
        apart = [_relation(definition, name) for name in getattr(place, "apart_from", ())]
        roles = [_relation(definition, name) for name in place.by]
        # Before there is a case, nobody has made a transition and no field holds a person.
        if all(role is not None and (role in apart or (opening and role[0] != "submitter")) for role in roles):
            yield "nobody_may_fire", "error", (*path, "by"), {"transition": "submit" if opening else path[1]}


def _relation(definition: Definition, name: str) -> tuple[str, str] | None:
    """What a name in `by` or `apart_from` means as a relation to the case; None for a grant."""
    role: Role | None = definition.roles.get(name)
    if role is None:
        return ("did", name) if name in definition.transitions else None
    if role.granted:
        return None
    return ("submitter", "") if role.relation else ("did", role.did) if role.did else ("field", role.field or "")


def _unused(definition: Definition) -> Iterator[Found]:
    named: set[str] = set()
    supplied: set[str] = set() if definition.submit is not None else set(definition.fields)
    for _, place in _places(definition):
        named.update(place.by, getattr(place, "apart_from", ()))
        supplied.update(place.require, place.accept)
    for field in definition.fields.values():
        named.update(field.confidential)
    for name in definition.roles:
        if name not in named:
            yield "unused_role", "warning", ("roles", name), {"name": name}
    for name in definition.fields:
        if name not in supplied:
            yield "field_never_supplied", "warning", ("fields", name), {"name": name}


def _due(definition: Definition) -> Iterator[Found]:
    """Days end somewhere, and on working days: whoever counts them names a calendar."""
    if definition.calendar is not None:
        try:
            calendar(definition.calendar, definition.zone)
        except ValueError as error:
            yield "bad_calendar", "error", ("calendar",), {"problem": str(error)}
    elif definition.zone is not None:
        yield "zone_without_calendar", "error", ("zone",), {}
    for name, state in definition.states.items():
        if state.due is None:
            continue
        if state.final:
            yield "due_in_final_state", "error", ("states", name, "due"), {"name": name}
        elif definition.calendar is None and not state.due.within.endswith("h"):
            yield "due_without_calendar", "error", ("states", name, "due"), {"due": state.due.within}


def _confidential(definition: Definition) -> Iterator[Found]:
    for name, field in definition.fields.items():
        for at, role in enumerate(field.confidential):
            if role not in definition.roles:
                yield _unknown("role", role, definition.roles, ("fields", name, "confidential", at))
    for name, notice in definition.notices.items():
        for at, shown in enumerate(notice.shows):
            if shown in definition.fields and definition.fields[shown].confidential:
                yield "confidential_shown", "error", ("notices", name, "shows", at), {"name": name, "field": shown}


def _lists(definition: Definition) -> Iterator[Found]:
    used = set()
    for name, field in definition.fields.items():
        inner = getattr(field, "of", None)
        path = ("fields", name) if inner is None else ("fields", name, "of")
        choice = field if inner is None else inner
        if isinstance(choice, ChoiceField) and choice.register_ is not None:
            used.add(choice.register_)
            if choice.register_ not in definition.lists:
                yield _unknown("list", choice.register_, definition.lists, (*path, "list"))
    for name, each in definition.lists.items():
        if name not in used:
            yield "unused_list", "warning", ("lists", name), {"name": name}
        earlier: dict[str, list[Item]] = {}
        for at, item in enumerate(each.items):
            if any(item.meets(other) for other in earlier.setdefault(item.value, [])):
                yield "list_overlap", "error", ("lists", name, "items", at), {"name": name, "value": item.value}
            earlier[item.value].append(item)


def _reference(definition: Definition) -> Iterator[Found]:
    template = definition.reference
    if template is None:
        return
    bare = _PLACEHOLDER.sub("", template)
    if "{" in bare or "}" in bare or "{number" not in template or not bare.isprintable():
        yield "bad_reference", "error", ("reference",), {"reference": template}


def number_reference(template: str, *, year: int, month: int, number: int) -> str:
    """Fill a reference template: `{year}`, `{month}` and `{number}`, each with an optional width like `:05`."""

    def value(match: re.Match[str]) -> str:
        given = {"year": year, "month": month, "number": number}[match.group(1)]
        return f"{given:0{match.group(2) or 1}d}"

    return _PLACEHOLDER.sub(value, template)
