"""Lint: what is wrong with a definition that is well formed. Each rule yields findings with a path into the file.

Errors are names that do not exist, keys that contradict each other, and graphs in which a case gets stuck; warnings
are things that are probably not meant. Rules are listed in docs/language.md, each with an example. A file of this
folder holds the rules about one idea; a new one adds its functions to `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workflow.definition.checking.awards import check_awards
from workflow.definition.checking.clocks import clocks
from workflow.definition.checking.conditions import conditions
from workflow.definition.checking.found import Found
from workflow.definition.checking.graph import ambiguous, graph, states
from workflow.definition.checking.lists import confidential, lists
from workflow.definition.checking.names import CEL_WORDS, DUE, MEMBERS, RESERVED_FIELDS, RESERVED_ROLES, names
from workflow.definition.checking.notices import notices
from workflow.definition.checking.panels import panels
from workflow.definition.checking.people import people
from workflow.definition.checking.periods import periods
from workflow.definition.checking.reference import number_reference, reference
from workflow.definition.checking.relations import relations
from workflow.definition.checking.unused import unused
from workflow.definition.model import Definition

__all__ = ["CEL_WORDS", "DUE", "MEMBERS", "RESERVED_FIELDS", "RESERVED_ROLES", "check", "number_reference"]

# What holds whether or not every name exists.
RULES: tuple[Callable[[Definition], Iterator[Found]], ...] = (
    names,
    states,
    conditions,
    people,
    unused,
    reference,
    periods,
    ambiguous,
    check_awards,
    relations,
    lists,
    confidential,
)
# What follows the ways from state to state: a misspelt state would make others unreachable, and one mistake is one
# finding.
ROUTES: tuple[Callable[[Definition], Iterator[Found]], ...] = (graph, panels, clocks, notices)
_ASTRAY = frozenset(
    {"unknown_state", "no_initial_state", "two_initial_states", "leaves_final_state", "reopens_open_state"}
)


def check(definition: Definition) -> Iterator[Found]:
    """Every finding, in no particular order."""
    found = [each for rule in RULES for each in rule(definition)]
    yield from found
    if _ASTRAY.isdisjoint(rule for rule, *_ in found):
        for route in ROUTES:
            yield from route(definition)
