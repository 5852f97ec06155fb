"""What a rule of lint yields, and what several of them need: where things stand, who is meant, what comes close."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from workflow.definition.model import Definition, Role, Submission, Transition
from workflow.errors import Severity

Path = tuple[str | int, ...]
Found = tuple[str, Severity, Path, dict[str, Any]]

MOST_COMPARED = 300


def near(name: str, known: Collection[str]) -> str:
    """The known name that comes closest."""
    # Comparing with thousands of names would make a file that is wrong throughout take minutes.
    if len(known) > MOST_COMPARED:
        return ""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def unknown(kind: str, name: str, known: Collection[str], path: Path) -> Found:
    """A name of that kind that does not exist."""
    return f"unknown_{kind}", "error", path, {"name": name, "near": near(name, known), "known": ", ".join(known)}


def missing(kind: str, several: Iterable[str], known: Collection[str], path: Path) -> Iterator[Found]:
    """Those of a list of names that do not exist."""
    for at, name in enumerate(several):
        if name not in known:
            yield unknown(kind, name, known, (*path, at))


def places(definition: Definition) -> Iterator[tuple[Path, Submission | Transition]]:
    """Everything that has `by`, `require`, `accept` and `when`: the submission and each way."""
    if definition.submit is not None:
        yield ("submit",), definition.submit
    for name, index, way in definition.ways():
        yield ("transitions", name, index), way


def relation(definition: Definition, name: str) -> tuple[str, str] | None:
    """What a name in `by` or `apart_from` means as a relation to the case; None for a grant."""
    role: Role | None = definition.roles.get(name)
    if role is None:
        return ("did", name) if name in definition.transitions else None
    if role.granted:
        return None
    return ("submitter", "") if role.relation else ("did", role.did) if role.did else ("field", role.field or "")


def edges(definition: Definition) -> dict[str, set[str]]:
    """Where one can go from each state, in one move."""
    found: dict[str, set[str]] = {name: set() for name in definition.states}
    for _, _, way in definition.ways():
        for source in definition.sources(way):
            target = definition.target(way, source)
            if source in found and target in found:
                found[source].add(target)
    return found


def reach(start: Iterable[str], ways: dict[str, set[str]]) -> set[str]:
    """Where one can get from several states, those included."""
    seen, todo = set(start), list(start)
    while todo:
        for following in ways[todo.pop()] - seen:
            seen.add(following)
            todo.append(following)
    return seen
