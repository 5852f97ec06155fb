"""People: ways that nobody may go, and submitters who decide on what they submitted."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, places, relation
from workflow.definition.model import ANYONE, Definition

_SUBMITTER = ("submitter", "")


def people(definition: Definition) -> Iterator[Found]:
    """Who may do what, and who should not."""
    yield from _nobody(definition)
    yield from _self_approval(definition)


def _nobody(definition: Definition) -> Iterator[Found]:
    for path, place in places(definition):
        opening = path == ("submit",)
        apart = [relation(definition, name) for name in getattr(place, "apart_from", ())]
        roles = [relation(definition, name) for name in place.by]
        # Before there is a case, nobody has made a transition and no field holds a person.
        if all(role is not None and (role in apart or (opening and role[0] != "submitter")) for role in roles):
            yield "nobody_may_fire", "error", (*path, "by"), {"transition": "submit" if opening else path[1]}


def _self_approval(definition: Definition) -> Iterator[Found]:
    """Where the file itself names the submitter (or anyone) as the one who decides, and does not keep them apart.

    A granted role is not held against anybody: whether its holders submit too is a matter of the house.
    """
    for name, index, way in definition.ways():
        decides = any(outcome == "accepted" and panel in definition.panels for panel, outcome in way.panel.items())
        if decides and submitter_among(definition, way.by, way.apart_from):
            yield "self_approval", "warning", ("transitions", name, index, "by"), {"transition": name}
    for name, notice in definition.notices.items():
        if submitter_among(definition, notice.settled_by, notice.apart_from):
            yield "self_approval", "warning", ("notices", name, "settled_by"), {"transition": "settle"}


def submitter_among(definition: Definition, by: tuple[str, ...], apart_from: tuple[str, ...]) -> bool:
    """Are those who opened the case named among those who may, and not kept apart?"""
    named = any(name == ANYONE or relation(definition, name) == _SUBMITTER for name in by)
    return named and all(relation(definition, name) != _SUBMITTER for name in apart_from)
