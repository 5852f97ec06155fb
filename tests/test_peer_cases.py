"""Cases from the test suites of other systems: this engine gives what each of them states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import peers
from workflow import Engine

DATA = Path(__file__).parents[2] / "shared" / "data" / "peer_cases.json"
PAGE = Path(__file__).parents[1] / "docs" / "peer-cases.md"

# Where the systems differ among themselves: what this language says, and by which rule.
POLICY = {
    "unique_name_per_state": ("rejected", "ambiguous"),
    "same_name_other_place": ("rejected", "unreachable_state"),
}
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the collected cases are not beside this checkout")


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine.open("sqlite://")
    yield engine
    engine.close()


@needs_data
def test_every_collected_case_has_the_outcome_that_it_states(engine: Engine) -> None:
    found = peers.outcomes(peers.read(DATA), engine)
    assert len(found) == 40
    assert [each.name for each in found if each.policy] == list(POLICY)
    decided = {each.name: each for each in found if not each.policy}
    assert {name: each.given for name, each in decided.items()} == {
        name: each.expected for name, each in decided.items()
    }


@needs_data
def test_where_the_systems_differ_the_page_says_what_this_language_does(engine: Engine) -> None:
    found = {each.name: each for each in peers.outcomes(peers.read(DATA), engine) if each.policy}
    assert {name: (each.given, each.reason) for name, each in found.items()} == {
        name: ((verdict,), rule) for name, (verdict, rule) in POLICY.items()
    }
    rows = _rows("Where the systems differ")
    assert {row[0].strip("`"): (row[2], row[3].strip("`")) for row in rows} == POLICY


@needs_data
def test_the_collected_cases_leave_a_log_that_checks_out(engine: Engine) -> None:
    found = peers.outcomes(peers.read(DATA), engine)
    report = engine.verify()
    assert report.ok
    assert report.cases == sum(each.expected not in (("accepted",), ("rejected",)) for each in found) == 32


@needs_data
def test_the_reason_of_a_refusal_is_the_guard_and_not_the_state(engine: Engine) -> None:
    """The one case whose note asks for the reason."""
    case = next(each for each in peers.read(DATA) if each["name"] == "sf_guard_blocks_branch")
    translation = peers.Translation(case, "guarded")
    assert peers.run(case, translation, engine) == ("refused",)
    entry = engine.history(engine.cases()[0].id)[-1]
    assert [(each.code, each.params["condition"]) for each in entry.blockers] == [("condition", "open_d")]


@needs_data
def test_the_program_prints_a_row_for_each_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert peers.main([str(DATA)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 41
    assert lines[0] == "same          linear                      B, C, D  →  B, C, D"
    assert lines[-1] == "40 cases: 39 same, 1 differ, 0 not expressed"


def _case(**more: Any) -> dict[str, Any]:
    return {"name": "made here", "initial": "A", "events": [], "expect": [], **more}


def _way(name: str, source: str | list[str], to: str | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "from": source if isinstance(source, list) else [source], "to": to, **more}


def _states(*names: str, **children: list[str]) -> list[dict[str, Any]]:
    """States by name, with their children where some are given; the first child is entered."""
    return [
        {"name": name, "children": _states(*children[name]), "initial": children[name][0]}
        if name in children
        else {"name": name}
        for name in names
    ]


NEST = _states("A", "B", A=["x", "y"])
MADE = {
    "unless holds when the fact is false": _case(
        states=_states("A", "B"),
        transitions=[_way("go", "A", "B", unless=["closed"])],
        facts={"closed": True},
        events=["go", {"name": "go", "facts": {"closed": False}}],
        expect=["refused", "B"],
    ),
    "a fact that nobody gave is false": _case(
        states=_states("A", "B", "C"),
        transitions=[_way("go", "A", "B", when=["known"]), _way("go", "A", "C", unless=["known"])],
        events=["go"],
        expect=["C"],
    ),
    "an event's own facts do not outlive it": _case(
        states=_states("A", "B"),
        transitions=[_way("go", ["A", "B"], "=", when=["open"])],
        facts={"open": False},
        events=[{"name": "go", "facts": {"open": True}}, "go"],
        expect=["A", "refused"],
    ),
    "one of several facts is not enough where all are asked": _case(
        states=_states("A", "B"),
        transitions=[_way("go", "A", "B", when=["p", "q"], when_any=["r", "s"])],
        events=[
            {"name": "go", "facts": {"p": True, "q": False, "r": True}},
            {"name": "go", "facts": {"p": True, "q": True}},
            {"name": "go", "facts": {"p": True, "q": True, "s": True}},
        ],
        expect=["refused", "refused", "B"],
    ),
    "an internal transition stays": _case(
        states=_states("A", "B"),
        transitions=[_way("note", "A", None), _way("go", "A", "B")],
        events=["note", "go", "note"],
        expect=["A", "B", "refused"],
    ),
    "internal in a child of a parent stays in the child": _case(
        states=NEST,
        transitions=[_way("next", "A.x", "A.y"), _way("note", "A", None), _way("again", "A", "=")],
        events=["next", "note", "again"],
        expect=["A.y", "A.y", "A.x"],
    ),
    "a child's own comes before its parent's, wherever it stands in the list": _case(
        states=NEST,
        transitions=[_way("go", "A", "B"), _way("go", "A.x", "A.y")],
        events=["go", "go"],
        expect=["A.y", "B"],
    ),
    "where the child's own is barred, the parent's is asked": _case(
        states=NEST,
        transitions=[_way("go", "A.x", "A.y", when=["ready"]), _way("go", "A", "B")],
        facts={"ready": False},
        events=["go"],
        expect=["B"],
    ),
    "a wildcard reaches into children, and from an end nothing leads": _case(
        states=[*NEST, {"name": "Z", "final": True}],
        transitions=[_way("next", "A.x", "A.y"), _way("end", "*", "Z"), _way("go", "A", "B")],
        events=["next", "end", "end", "go"],
        expect=["A.y", "Z", "refused", "refused"],
    ),
    "a parent that names no first child is a place itself": _case(
        states=[{"name": "A", "children": _states("x")}, {"name": "B"}],
        transitions=[_way("into", "A", "A.x"), _way("go", "A", "B"), _way("back", "B", "A")],
        events=["into", "go", "back"],
        expect=["A.x", "B", "A"],
    ),
    "of an ended child the parent's events still work": _case(
        states=[
            {"name": "A", "children": [{"name": "x"}, {"name": "y", "final": True}], "initial": "x"},
            {"name": "B"},
        ],
        transitions=[_way("next", "A.x", "A.y"), _way("go", "A", "B")],
        events=["next", "next", "go"],
        expect=["A.y", "refused", "B"],
    ),
    "the first of two that fit is taken": _case(
        states=_states("A", "B", "C"),
        transitions=[_way("go", "A", "B"), _way("go", "A", "C")],
        events=["go"],
        expect=["B"],
    ),
    "names that are no names here": _case(
        states=_states("1. new", "1- new", "完成"),
        initial="1. new",
        transitions=[_way("go on!", "1. new", "1- new", when=["is it so?", "if"]), _way("结束", "1- new", "完成")],
        facts={"is it so?": True, "if": True},
        events=["结束", "go on!", "结束", "never heard of"],
        expect=["refused", "1- new", "完成", "refused"],
    ),
    "a definition of two ends is accepted": _case(
        states=_states("A", "B", "C"),
        transitions=[_way("go", "A", "B"), _way("leave", "A", "C")],
        expect_definition="accepted",
    ),
    "a definition that goes round for ever is accepted where no state is final": _case(
        states=_states("A", "B"),
        transitions=[_way("go", "A", "B"), _way("back", "B", "A")],
        expect_definition="accepted",
    ),
    "a dead end beside a final state is rejected": _case(
        states=[*_states("A", "B"), {"name": "C", "final": True}],
        transitions=[_way("go", "A", "B"), _way("leave", "A", "C")],
        expect_definition="rejected",
    ),
    "a state that stands there twice is rejected": _case(
        states=_states("A", "A"), transitions=[], expect_definition="rejected"
    ),
    "a definition without an initial state is rejected": _case(
        states=_states("A", "B"), initial=None, transitions=[_way("go", "A", "B")], expect_definition="rejected"
    ),
    "a child's way that comes before its parent's is accepted": _case(
        states=NEST,
        transitions=[_way("go", "A", "B"), _way("go", "A.x", "A.y")],
        expect_definition="accepted",
    ),
}


# The rules for which the definitions that are rejected are.
BROKEN = {
    "a dead end beside a final state is rejected": "dead_end",
    "a state that stands there twice is rejected": "repeated_key",
    "a definition without an initial state is rejected": "no_initial_state",
}


@pytest.mark.parametrize("name", MADE)
def test_every_part_of_the_format_is_translated(name: str, engine: Engine) -> None:
    found = peers.outcome(MADE[name], engine, "made-here")
    assert (found.given, found.reason) == (found.expected, BROKEN.get(name, ""))


UNEXPRESSED = {
    "history": _case(states=NEST, transitions=[_way("back", "B", "A", history="shallow")]),
    "parallel": _case(states=[{"name": "A", "parallel": True, "children": _states("x", "y")}], transitions=[]),
    "two first children": _case(
        states=[{"name": "A", "children": _states("x", "y"), "initial": ["x", "y"]}], transitions=[]
    ),
    "two states expected": _case(states=NEST, transitions=[], expect=[["A.x", "B"]]),
    "no event": _case(states=NEST, transitions=[_way("", "A.x", "B")]),
    "an unknown key": _case(states=[{"name": "A", "on_entry": "log"}], transitions=[]),
    "in error": _case(
        states=[{"name": "A", "final": True}, {"name": "B"}], transitions=[_way("go", "A", "B")], events=["go"]
    ),
}


@pytest.mark.parametrize("name", UNEXPRESSED)
def test_what_the_language_does_not_express_is_named_and_on_the_page(name: str, engine: Engine) -> None:
    found = peers.outcome(UNEXPRESSED[name], engine, "made-here")
    assert found.given is None
    reasons = [row[0] for row in _rows("What the language does not express")]
    assert [each for each in reasons if found.reason.startswith(each)] != []


@needs_data
def test_of_the_collected_cases_the_page_leaves_out_exactly_those_that_are_not_expressed(engine: Engine) -> None:
    left_out = [each.name for each in peers.outcomes(peers.read(DATA), engine) if each.given is None]
    said = [name for row in _rows("What the language does not express") for name in re.findall(r"`(\w+)`", row[1])]
    assert said == left_out


def test_a_case_that_differs_is_shown_and_fails_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = _case(states=_states("A", "B"), transitions=[_way("go", "A", "B")], events=["go"], expect=["A"])
    unsaid = {**UNEXPRESSED["history"], "name": "left"}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [wrong, unsaid]}), encoding="utf-8")
    assert peers.main([str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs       made here                   A  →  B",
        "not expressed left                          →  (history: going back to where one left)",
        "2 cases: 0 same, 1 differ, 1 not expressed",
    ]


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the page."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
