"""Ways that another hides, and ways that nobody may go: found by lint, and only those."""

from __future__ import annotations

import pytest

from workflow.definition.loading import examine

WAYS = """\
workflow: note
version: 1
roles: {author: {is: submitter}, clerk: , board: }
fields: {sum: {type: integer}, note: {type: text}}
states: {open: {initial: true}, done: {final: true}, gone: {final: true}}
transitions:
  end:
    - {from: open, to: done, FIRST}
    - {from: open, to: gone, SECOND}
"""


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ("by: clerk", "by: clerk", True),
        ("by: [clerk, board]", "by: board", True),
        ("by: anyone", "by: clerk", True),
        ("by: clerk", "by: anyone", False),
        ("by: clerk", "by: [clerk, board]", False),
        ("by: clerk", "by: board", False),
        ("by: clerk", "by: clerk, when: sum > 5", True),
        ("by: clerk, when: sum > 5", "by: clerk", False),
        ("by: clerk, when: sum > 5", "by: clerk, when: [sum > 5, sum > 7]", True),
        ("by: clerk, when: sum > 5", "by: clerk, when: sum <= 5", False),
        ("by: clerk, accept: sum", "by: clerk", True),
        ("by: clerk", "by: clerk, accept: sum", False),
        ("by: clerk, require: sum", "by: clerk", False),
        ("by: clerk, require: sum", "by: clerk, require: sum", True),
        ("by: clerk, accept: sum", "by: clerk, require: sum", True),
        ("by: clerk, reason: true", "by: clerk", False),
        ("by: clerk, require: reason", "by: clerk, reason: true", True),
        ("by: clerk", "by: clerk, reason: true", True),
        ("by: clerk, apart_from: author", "by: clerk", False),
        ("by: clerk, at_most: 1", "by: clerk", False),
        ("by: clerk, guard: budget", "by: clerk", False),
        ("by: clerk", "by: clerk, guard: budget, at_most: 1, apart_from: author", True),
    ],
)
def test_a_way_is_hidden_only_by_one_that_is_always_open(first: str, second: str, hidden: bool) -> None:
    _, findings = examine(WAYS.replace("FIRST", first).replace("SECOND", second))
    errors = [(each.rule, each.line, each.column) for each in findings if each.severity == "error"]
    assert errors == ([("ambiguous", 9, 8)] if hidden else [])


def test_ways_of_one_name_from_different_states_are_no_ambiguity() -> None:
    text = WAYS.replace("    - {from: open, to: gone, SECOND}\n", "    - {from: mid, to: gone, by: clerk}\n")
    text = text.replace("FIRST", "by: clerk").replace("states: {", "states: {mid: , ")
    text += "  halve: {from: open, to: mid, by: [author, board]}\n"
    _, findings = examine(text)
    assert [each.rule for each in findings if each.severity == "error"] == []


PEOPLE = """\
workflow: note
version: 1
roles: {author: {is: submitter}, editor: {did: edit}, owner: {field: one}, keeper: {field: other}, clerk: }
fields: {one: {type: text}, other: {type: text}}
states: {open: {initial: true}, done: {final: true}}
transitions:
  edit: {from: open, to: "=", by: [author, editor, owner, keeper, clerk]}
  end: {from: open, to: done, by: BY, apart_from: APART}
"""


@pytest.mark.parametrize(
    ("by", "apart", "somebody"),
    [
        ("author", "author", False),
        ("author", "editor", True),
        ("editor", "edit", False),
        ("editor", "editor", False),
        ("editor", "end", True),
        ("owner", "owner", False),
        ("owner", "keeper", True),
        ("[owner, author]", "[author, owner]", False),
        ("[owner, author]", "owner", True),
        ("[owner, clerk]", "owner", True),
        ("clerk", "[author, edit]", True),
        ("anyone", "[author, edit]", True),
    ],
)
def test_nobody_may_go_a_way_whose_people_are_all_kept_apart(by: str, apart: str, somebody: bool) -> None:
    _, findings = examine(PEOPLE.replace("BY", by).replace("APART", apart))
    errors = [(each.rule, each.line, each.column) for each in findings if each.severity == "error"]
    assert errors == ([] if somebody else [("nobody_may_fire", 8, 31)])
