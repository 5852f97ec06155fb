"""Expressions that are none, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, Path, places
from workflow.definition.conditions import Conditions
from workflow.definition.model import Definition


def conditions(definition: Definition) -> Iterator[Found]:
    """Each mistake of each expression."""
    engine = Conditions(definition.fields)
    for path, check in _expressions(definition):
        for mistake in engine.mistakes(check):
            params = {"check": check, "problem": mistake.text, "offset": mistake.column - 1}
            yield "bad_condition", "error", path, params


def _expressions(definition: Definition) -> Iterator[tuple[Path, str]]:
    for path, place in places(definition):
        for index, condition in enumerate(place.when):
            yield (*path, "when", index, "check"), condition.check
    for name, notice in definition.notices.items():
        if notice.exempt is not None:
            yield ("notices", name, "exempt", "check"), notice.exempt.check
