"""Reference lists, and fields that are not for everybody."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found, missing, unknown
from workflow.definition.fields import ChoiceField
from workflow.definition.lists import Item
from workflow.definition.model import Definition


def lists(definition: Definition) -> Iterator[Found]:
    """A choice names a list that is there; a list is used, and has a value once for each day."""
    used = set()
    for name, field in definition.fields.items():
        inner = getattr(field, "of", None)
        path = ("fields", name) if inner is None else ("fields", name, "of")
        choice = field if inner is None else inner
        if isinstance(choice, ChoiceField) and choice.register_ is not None:
            used.add(choice.register_)
            if choice.register_ not in definition.lists:
                yield unknown("list", choice.register_, definition.lists, (*path, "list"))
    for name, each in definition.lists.items():
        if name not in used:
            yield "unused_list", "warning", ("lists", name), {"name": name}
        earlier: dict[str, list[Item]] = {}
        for at, item in enumerate(each.items):
            if any(item.meets(other) for other in earlier.setdefault(item.value, [])):
                yield "list_overlap", "error", ("lists", name, "items", at), {"name": name, "value": item.value}
            earlier[item.value].append(item)


def confidential(definition: Definition) -> Iterator[Found]:
    """Who may see a field is a role, and what only some may see is not shown to the public."""
    for name, field in definition.fields.items():
        yield from missing("role", field.confidential, definition.roles, ("fields", name, "confidential"))
    for name, notice in definition.notices.items():
        for at, shown in enumerate(notice.shows):
            if shown in definition.fields and definition.fields[shown].confidential:
                yield "confidential_shown", "error", ("notices", name, "shows", at), {"name": name, "field": shown}
