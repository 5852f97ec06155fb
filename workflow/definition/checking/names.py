"""Names: those that are reserved, and those that stand for nothing or for something else."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, Path, missing, places, relation, unknown
from workflow.definition.conditions import VARIABLES
from workflow.definition.fields import TextField
from workflow.definition.model import ANYONE, CLOCK, STAY, Definition, Submission, Transition

DUE = "due"
MEMBERS = "members"
RESERVED_ROLES = frozenset({ANYONE, CLOCK})
RESERVED_FIELDS = frozenset(VARIABLES) | {"reason"}
# Reserved by CEL itself: a variable of such a name could never be read.
CEL_WORDS = frozenset(
    "as break const continue else false for function if import in let loop namespace null package return true var "
    "void while".split()
)


def names(definition: Definition) -> Iterator[Found]:
    """Every name in the file."""
    for name in definition.fields:
        if name in RESERVED_FIELDS | CEL_WORDS:
            yield "reserved_name", "error", ("fields", name), {"name": name}
    for name in definition.roles:
        if name in RESERVED_ROLES:
            yield "reserved_name", "error", ("roles", name), {"name": name}
    if DUE in definition.deadlines:
        yield "reserved_name", "error", ("deadlines", DUE), {"name": DUE}
    yield from _roles(definition)
    for path, place in places(definition):
        yield from _place(definition, path, place)
    for name, index, way in definition.ways():
        yield from _way(definition, ("transitions", name, index), way)
    for name in definition.panels:
        yield from _panel(definition, name)
    for name in definition.notices:
        yield from _notice(definition, name)
    yield from _ladders(definition)


def _roles(definition: Definition) -> Iterator[Found]:
    for name, role in definition.roles.items():
        path = ("roles", name)
        given = [key for key in ("relation", "did", "field") if getattr(role, key) is not None]
        if len(given) > 1:
            yield "two_relations", "error", path, {"name": name}
        if role.did is not None and role.did not in definition.transitions:
            yield unknown("transition", role.did, definition.transitions, (*path, "did"))
        if role.field is not None:
            field = definition.fields.get(role.field)
            if field is None:
                yield unknown("field", role.field, definition.fields, (*path, "field"))
            elif not isinstance(field, TextField):
                yield "person_not_text", "error", (*path, "field"), {"name": role.field, "type": field.type}


def _place(definition: Definition, path: Path, place: Submission | Transition) -> Iterator[Found]:
    for at, role in enumerate(place.by):
        clock = role == CLOCK and isinstance(place, Transition)
        if role not in definition.roles and role != ANYONE and not clock:
            yield unknown("role", role, [*definition.roles, ANYONE], (*path, "by", at))
    for key in ("require", "accept"):
        for at, field in enumerate(getattr(place, key)):
            if field not in definition.fields and not (field == "reason" and key == "require"):
                yield unknown("field", field, definition.fields, (*path, key, at))


def _way(definition: Definition, path: Path, way: Transition) -> Iterator[Found]:
    if not isinstance(way.from_, str):
        yield from missing("state", way.from_, definition.states, (*path, "from"))
    if way.to != STAY and way.to not in definition.states:
        yield unknown("state", way.to, definition.states, (*path, "to"))
    yield from apart(definition, way.apart_from, path)
    for panel in way.panel:
        if panel not in definition.panels:
            yield unknown("panel", panel, definition.panels, (*path, "panel", panel))
    yield from missing("notice", way.notice, definition.notices, (*path, "notice"))
    for key, moment in (("after", way.after), ("within", way.within)):
        if moment is not None and not moment[0].isdigit() and moment not in definition.deadlines:
            yield unknown("deadline", moment, definition.deadlines, (*path, key))
    for deadline in way.extends:
        if deadline != DUE and deadline not in definition.deadlines:
            yield unknown("deadline", deadline, [*definition.deadlines, DUE], (*path, "extends", deadline))


def apart(definition: Definition, several: tuple[str, ...], path: Path) -> Iterator[Found]:
    """What `apart_from` names: relations to the case, and transitions for whoever made them."""
    for at, other in enumerate(several):
        here = (*path, "apart_from", at)
        role = definition.roles.get(other)
        if role is not None and other in definition.transitions:
            yield "ambiguous_name", "error", here, {"name": other}
        elif role is not None and role.granted:
            yield "apart_from_grant", "error", here, {"name": other}
        elif role is None and other not in definition.transitions:
            relations = [name for name, each in definition.roles.items() if not each.granted]
            yield unknown("person", other, [*relations, *definition.transitions], here)


def _granted(definition: Definition, name: str, path: Path) -> Iterator[Found]:
    """A role whose holders are looked up, which only grants have."""
    if name not in definition.roles:
        yield unknown("role", name, [each for each, role in definition.roles.items() if role.granted], path)
    elif relation(definition, name) is not None:
        yield "not_granted", "error", path, {"name": name}


def _panel(definition: Definition, name: str) -> Iterator[Found]:
    panel, path = definition.panels[name], ("panels", name)
    yield from missing("state", panel.in_, definition.states, (*path, "in"))
    yield from apart(definition, panel.apart_from, path)
    for key in ("of", "seats", "veto", "tellers"):
        for at, role in enumerate(getattr(panel, key)):
            yield from _granted(definition, role, (*path, key, at))
    for role in panel.weights:
        yield from _granted(definition, role, (*path, "weights", role))
    for at, each in enumerate(panel.composition):
        yield from _granted(definition, each.of, (*path, "composition", at, "of"))
    if panel.passes is not None and panel.passes.tie not in ("fails", "passes"):
        yield from _granted(definition, panel.passes.tie, (*path, "pass", "tie"))
    for at, electorate in enumerate(panel.electorates):
        if electorate == MEMBERS:
            yield "reserved_name", "error", (*path, "electorates", at), {"name": MEMBERS}
    known = panel.electorates or (MEMBERS,)
    for at, quorum in enumerate(panel.quorum):
        here = (*path, "quorum", at, "of")
        if panel.ballot != "counted" and quorum.of is not None:
            yield from _granted(definition, quorum.of, here)
        elif panel.ballot == "counted" and (quorum.of or MEMBERS) not in known:
            yield unknown("electorate", quorum.of or MEMBERS, known, here)
    for at, choice in enumerate(panel.reason_for):
        if choice not in panel.choices:
            yield unknown("choice", choice, panel.choices, (*path, "reason_for", at))


def _notice(definition: Definition, name: str) -> Iterator[Found]:
    notice, path = definition.notices[name], ("notices", name)
    yield from missing("state", notice.in_, definition.states, (*path, "in"))
    yield from missing("field", notice.shows, definition.fields, (*path, "shows"))
    yield from missing("role", notice.by, [*definition.roles, ANYONE], (*path, "by"))
    yield from missing("role", notice.settled_by, [*definition.roles, ANYONE], (*path, "settled_by"))
    yield from apart(definition, notice.apart_from, path)


def _ladders(definition: Definition) -> Iterator[Found]:
    for name, deadline in definition.deadlines.items():
        path = ("deadlines", name)
        for key, several in (("from", deadline.from_), ("until", deadline.until), ("stops_in", deadline.stops_in)):
            yield from missing("state", several, definition.states, (*path, key))
        for at, rung in enumerate(deadline.escalate):
            yield from _granted(definition, rung.to, (*path, "escalate", at, "to"))
    for name, state in definition.states.items():
        for at, rung in enumerate(state.due.escalate if state.due else ()):
            yield from _granted(definition, rung.to, ("states", name, "due", "escalate", at, "to"))
