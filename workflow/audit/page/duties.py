"""Segregation of duties: which pairs of acts one person could do by the definition, and which one person did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from workflow.audit.export.content import SUBMIT
from workflow.definition.model import ANYONE, Definition, Transition

Pair = tuple[str, str]


class Duty(NamedTuple):
    """Two acts of one definition.

    `apart`: the definition keeps whoever did one from the other, or gives them to different people by their nature.
    `did`: in how many cases one person did both. `could`: how many people hold roles for both, as the directory stands.
    """

    first: str
    second: str
    apart: bool
    did: int
    could: int


def acts(definition: Definition) -> list[str]:
    """The opening of a case, then every transition in the order of the file."""
    return [SUBMIT, *(name for name in definition.transitions if name != SUBMIT)]


def duties(definition: Definition, same: Mapping[Pair, int], grants: Iterable[Sequence[str]] = ()) -> dict[Pair, Duty]:
    """Every pair of acts. `same` counts cases by pair, in the order of `acts`; `grants` are each person's roles."""
    held = Counter(frozenset(roles) for roles in grants)
    found: dict[Pair, Duty] = {}
    for first, second in combinations(acts(definition), 2):
        kept = _keeps(definition, first, second) or _keeps(definition, second, first)
        could = sum(
            count
            for roles, count in held.items()
            if first != SUBMIT and _may(definition, first, roles) and _may(definition, second, roles)
        )
        found[first, second] = Duty(first, second, kept, same.get((first, second), 0), 0 if kept else could)
    return found


def _ways(definition: Definition, name: str) -> tuple[Transition, ...]:
    return definition.transitions.get(name, ())


def _keeps(definition: Definition, later: str, earlier: str) -> bool:
    """Is whoever did `earlier` kept from `later`, by every one of its ways?"""
    ways = _ways(definition, later)
    return bool(ways) and all(any(_means(definition, name, earlier) for name in way.apart_from) for way in ways)


def _means(definition: Definition, name: str, act: str) -> bool:
    """Does a name in `apart_from` mean whoever did that act?"""
    role = definition.roles.get(name)
    if role is None or role.did is not None:
        return (role.did if role is not None else name) == act
    if role.relation != "submitter":
        return False
    return act == SUBMIT or all(_only_submitter(definition, way) for way in _ways(definition, act))


def _only_submitter(definition: Definition, way: Transition) -> bool:
    return bool(way.by) and all(
        name in definition.roles and definition.roles[name].relation == "submitter" for name in way.by
    )


def _may(definition: Definition, act: str, roles: frozenset[str]) -> bool:
    return any(name != ANYONE and name in roles for way in _ways(definition, act) for name in way.by)
