"""Slips of the hand: whatever is mistyped in a definition, the JSON Schema and the loader judge it alike."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.schemas import MODELS, VALIDATOR, loads, well_formed
from workflow.definition.tree import read_tree

Path_ = tuple[str | int, ...]
SMALL: dict[str, Any] = read_tree(
    b"""
workflow: note
version: 1
title: {en: Note, zh: Note}
effective: {from: 2026-01-31}
roles: {author: {is: submitter}, clerk: {title: Clerk}}
fields:
  cost: {type: money, currency: CNY, min: 0}
  kind: {type: choice, choices: {a: A, b: {en: B}}}
  days: {type: list, of: {type: date, min: 2026-01-31}, max: 5}
submit: {by: anyone, require: cost, accept: [kind, days]}
states: {draft: {initial: true, due: {within: 5d, remind: 3d, escalate: {after: 6d, to: clerk}}}, gone: {final: true}}
panels:
  board: {in: draft, of: clerk, quorum: [{gt: 1/2}], pass: {gte: 85%, of: all, tie: chair}, weights: {chair: 2}}
  sheet: {in: [draft], of: clerk, draw: {number: 3}, score: {use: 30, cost: {max: 10, min: 5}}, result: {gte: 60}}
  posts: {in: draft, members: days, elect: {among: days, seats: 2}, composition: [{of: clerk, at_least: 1}], within: 5d}
notices: {wall: {in: draft, for: 5d, by: anyone, settled_by: clerk, exempt: cost > 5}}
deadlines: {whole: {from: draft, until: gone, within: 60d, remind: [50d]}}
transitions:
  drop: {from: draft, to: gone, by: clerk, when: {check: cost > 5, title: More}, apart_from: author, at_most: 2}
  stay: [{from: '*', to: '=', by: [author], reason: true}]
  take: {from: draft, to: gone, by: clock, panel: {board: accepted}, notice: wall, after: 5d, extends: {whole: 5d}}
""",
    "",
).plain()


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in a tree."""
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


def at(value: Any, path: Path_) -> Any:
    for step in path:
        value = value[step]
    return value


PLACES = [path for path in places(SMALL) if path]
LETTERS = "abcdefghijklmnopqrstuvwxyz_ -A9"


@st.composite
def slips(draw: st.DrawFn, word: str) -> str:
    """A word with one letter more, one less, another one, or two that changed places."""
    where = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(LETTERS))
    return draw(
        st.sampled_from(
            [
                word[:where] + letter + word[where:],
                word[:where] + word[where + 1 :],
                word[:where] + letter + word[where + 1 :],
                word[:where] + word[where : where + 2][::-1] + word[where + 2 :],
            ]
        )
    )


KEYS = [path for path in PLACES if isinstance(path[-1], str)]


@given(st.data(), st.sampled_from(KEYS))
def test_a_slip_in_a_key_is_judged_alike_by_both(data: st.DataObject, path: Path_) -> None:
    plain = copy.deepcopy(SMALL)
    part, key = at(plain, path[:-1]), str(path[-1])
    slip = data.draw(slips(key))
    part[slip] = part.pop(key)
    good = VALIDATOR.is_valid(plain)
    assert well_formed(plain) is good
    assert good or slip != key


# Where the keys are names that the file gives.
NAMED: set[Path_] = {
    *((each,) for each in ("roles", "fields", "states", "panels", "notices", "deadlines", "transitions")),
    ("fields", "kind", "choices"),
    ("panels", "board", "weights"),
    ("panels", "sheet", "score"),
    ("transitions", "take", "panel"),
    ("transitions", "take", "extends"),
}
LANGUAGE_KEYS = [path for path in KEYS if path[:-1] not in NAMED]
KNOWN = {info.alias or key for each in MODELS.values() for key, info in each.model_fields.items()}


@given(st.data(), st.sampled_from(LANGUAGE_KEYS))
def test_a_slip_in_a_key_of_the_language_is_never_let_through(data: st.DataObject, path: Path_) -> None:
    plain = copy.deepcopy(SMALL)
    part, key = at(plain, path[:-1]), str(path[-1])
    slip = data.draw(slips(key).filter(lambda word: word not in KNOWN))
    part[slip] = part.pop(key)
    assert not loads(plain)
    assert not VALIDATOR.is_valid(plain)


VALUES: st.SearchStrategy[Any] = (
    st.sampled_from(
        [None, True, False, 0, 1, -1, 5, "", "a", "A b", "*", "=", "yes", "2026-01-31", "text", "money", "CNY"]
    )
    | st.sampled_from(
        [[], {}, ["a"], [1], ["a", "b"], [[]], {"a": None}, {"en": "x"}, {"type": "text"}, {"check": "x"}]
    )
    | st.sampled_from([at(SMALL, path) for path in PLACES])
)


@given(st.sampled_from(PLACES), VALUES)
def test_another_value_at_any_place_is_judged_alike_by_both(path: Path_, value: Any) -> None:
    plain = copy.deepcopy(SMALL)
    at(plain, path[:-1])[path[-1]] = copy.deepcopy(value)
    assert well_formed(plain) is VALIDATOR.is_valid(plain)


@given(st.sampled_from(PLACES))
def test_a_place_that_is_missing_is_judged_alike_by_both(path: Path_) -> None:
    plain = copy.deepcopy(SMALL)
    del at(plain, path[:-1])[path[-1]]
    assert well_formed(plain) is VALIDATOR.is_valid(plain)
