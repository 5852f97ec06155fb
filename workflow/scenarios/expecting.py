"""What a story expects: one function for each key of `then`, and how what is wanted is held against what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from workflow.errors import Blocker
from workflow.log.entry import time_text
from workflow.rules.contribute import closing
from workflow.scenarios.model import OTHERS, Expected, Wanted
from workflow.scenarios.scene import Scene


class Difference(NamedTuple):
    """What was expected, and what was found instead. `what` names the key of `then`, dotted down to the value."""

    what: str
    expected: str
    found: str


Found = Callable[[Scene, Any], tuple[Any, Any]]
"""What is wanted, in the form in which it is compared, and what was found."""


def differences(scene: Scene, expected: Expected, before: int) -> Iterator[Difference]:
    """Everything that is not as expected. `before` is how many entries the case had before the line."""
    for name in sorted(expected.model_fields_set):
        wanted = getattr(expected, name)
        if name == "entries":
            found: Any = [each.kind for each in scene.engine.history(scene.case_id)[before:]]
            wanted = list(wanted)
        else:
            wanted, found = FINDING[name](scene, wanted)
        yield from compared(name, wanted, found)


def compared(what: str, wanted: Any, found: Any) -> Iterator[Difference]:
    """A mapping must hold what is wanted, a list must be the same, and a number the same number however written."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            yield Difference(what, shown(wanted), shown(found))
            return
        for name, each in wanted.items():
            yield from compared(f"{what}.{name}", each, found.get(name))
    elif isinstance(wanted, list | tuple) and isinstance(found, list | tuple) and len(wanted) == len(found):
        if any(next(compared("", *pair), None) for pair in zip(wanted, found, strict=True)):
            yield Difference(what, shown(wanted), shown(found))
    elif not _same(wanted, found):
        yield Difference(what, shown(wanted), shown(found))


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found or found == shown(wanted)
    if isinstance(wanted, int | Decimal) and isinstance(found, int | str | Decimal):
        try:
            return Decimal(found) == wanted
        except InvalidOperation:
            return False
    return bool(wanted == found)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    if value is None:
        return "—"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {shown(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def fits(wanted: Iterable[Wanted], blockers: Iterable[Blocker]) -> bool:
    """Is each blocker one that is wanted, and each that is wanted there? With `...` there may be others."""
    listed, left = list(wanted), list(blockers)
    named = [each for each in listed if each.code != OTHERS]
    if not all(any(_is(each, blocker) for blocker in left) for each in named):
        return False
    return len(named) < len(listed) or all(any(_is(each, blocker) for each in named) for blocker in left)


def _is(wanted: Wanted, blocker: Blocker) -> bool:
    return wanted.code == blocker.code and not list(compared("", wanted.figures, blocker.params))


def shown_blockers(blockers: Iterable[Blocker], wanted: Iterable[Wanted]) -> list[str]:
    """Blockers as a line of a story would name them: the codes, with figures where the line names figures of it."""
    asked = {name for each in wanted for name in (each.figures and [each.code])}
    return [shown_one(each.code, each.params if each.code in asked else {}) for each in blockers]


def shown_one(code: str, figures: Mapping[str, Any]) -> str:
    """A code with its figures."""
    return f"{{code: {code}, {shown(figures)[1:]}" if figures else code


def _due(scene: Scene, wanted: str | None) -> tuple[Any, Any]:
    due = scene.case.due_at
    return wanted and scene.shown(scene.end(wanted)), due and scene.shown(due)


def _timers(scene: Scene, wanted: Mapping[str, str | None]) -> tuple[Any, Any]:
    found = {each.id: scene.shown(each.at) for each in scene.case.proceedings.timers}
    return {name: each and scene.shown(scene.end(each)) for name, each in wanted.items()}, found


def _outcome(scene: Scene, wanted: Any) -> tuple[Any, Any]:
    return wanted, {name: each.outcome for name, each in scene.case.proceedings.sittings.items()}


def _tally(scene: Scene, wanted: Mapping[str, Any]) -> tuple[Any, Any]:
    case, found = scene.case, {}
    for name in wanted:
        sitting = case.proceedings.sittings.get(name)
        if sitting is not None and sitting.open and scene.definition.panels[name].ballot != "secret":
            found[name] = closing(scene.procedure, case, name).figures
        elif sitting is not None:
            found[name] = sitting.tally.get("tally", {})
    return wanted, found


def _people(part: str) -> Found:
    def found(scene: Scene, wanted: Mapping[str, Iterable[str]]) -> tuple[Any, Any]:
        sittings = scene.case.proceedings.sittings
        there = {name: sorted(getattr(each, part)) for name, each in sittings.items()}
        return {name: sorted(each) for name, each in wanted.items()}, there

    return found


def _objections(scene: Scene, wanted: Any) -> tuple[Any, Any]:
    return wanted, {str(each.number): each.status for each in scene.case.proceedings.objections}


def _awards(scene: Scene, wanted: Mapping[str, Any]) -> tuple[Any, Any]:
    """The assessment of each award with its status and payments; a number alone is the amount."""
    found = {
        name: {**each.get("assessment", {}), **{key: part for key, part in each.items() if key != "assessment"}}
        for name, each in scene.case.proceedings.awards.items()
    }
    for each in found.values():
        each["shares"] = dict(each.get("shares", ()))
    amounts = {name: {"amount": each} for name, each in wanted.items() if isinstance(each, int | str | Decimal)}
    return {**wanted, **amounts}, found


def _links(scene: Scene, wanted: Mapping[str, Iterable[str]]) -> tuple[Any, Any]:
    names = {case_id: name for name, case_id in scene.cases.items()}
    found: dict[str, list[str]] = {}
    for link, other in scene.case.proceedings.links:
        found[link] = sorted([*found.get(link, ()), names.get(other, other)])
    return {name: sorted(each) for name, each in wanted.items()}, {**{name: [] for name in wanted}, **found}


def _marks(scene: Scene, wanted: Mapping[str, Iterable[str]]) -> tuple[Any, Any]:
    now = time_text(scene.now)
    found = {
        person: sorted({each.mark for each in scene.engine.marks(person) if each.until is None or now < each.until})
        for person in wanted
    }
    return {name: sorted(each) for name, each in wanted.items()}, found


def _may(scene: Scene, wanted: Mapping[str, Iterable[str]]) -> tuple[Any, Any]:
    found = {}
    for person in wanted:
        offered = scene.engine.options(scene.case_id, actor=scene.actor(person))
        found[person] = sorted({each.transition for each in offered if each.allowed})
    return {name: sorted(each) for name, each in wanted.items()}, found


FINDING: Mapping[str, Found] = {
    "state": lambda scene, wanted: (wanted, scene.case.state),
    "data": lambda scene, wanted: (wanted, scene.case.data),
    "due": _due,
    "timers": _timers,
    "outcome": _outcome,
    "tally": _tally,
    "members": _people("members"),
    "recused": _people("recused"),
    "objections": _objections,
    "escalated": lambda scene, wanted: (sorted(wanted or ()), sorted(scene.case.proceedings.escalated)),
    "awards": _awards,
    "links": _links,
    "marks": _marks,
    "may": _may,
    "fired": lambda scene, wanted: (wanted, scene.fired),
    "reference": lambda scene, wanted: (wanted, scene.case.reference),
}
