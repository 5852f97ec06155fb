"""The definitions that come with the program: clean, in both languages, with the edges that they should have."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from workflow.definition.loading import definition_files, examine, load
from workflow.definition.model import Definition
from workflow.definition.tree import read_tree

DEFINITIONS = Path(__file__).parents[1] / "definitions"
SHIPPED = definition_files(DEFINITIONS)
PEP_MACHINE = Path(__file__).parents[2] / "shared" / "data" / "pep_machine.yaml"


def test_there_are_definitions() -> None:
    assert {"rationalization-proposal.yaml", "python-enhancement-proposal.yaml"} <= {path.name for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_is_clean_named_after_its_file_and_speaks_both_languages(path: Path) -> None:
    definition, findings = examine(path.read_bytes(), str(path))
    assert findings == []
    assert definition is not None
    assert definition.workflow == path.stem
    labels = [definition.title, definition.description]
    labels += [
        part.title for parts in (definition.roles, definition.fields, definition.states) for part in parts.values()
    ]
    labels += [ways[0].title for ways in definition.transitions.values()]
    labels += [condition.title for _, _, way in definition.ways() for condition in way.when]
    for label in labels:
        assert label is not None
        assert label.en and label.zh and label.en != label.zh


def edges(definition: Definition) -> dict[tuple[str, str], list[str]]:
    """For each pair of states that is joined, the conditions of its ways."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, _, way in definition.ways():
        for source in definition.sources(way):
            found.setdefault((source, definition.target(way, source)), []).extend(each.check for each in way.when)
    return found


def test_a_rationalization_proposal_passes_from_submitted_to_rewarded() -> None:
    definition = load(DEFINITIONS / "rationalization-proposal.yaml")
    path = ["submitted", "registered", "in_review", "evaluated", "adopted", "implemented", "verified", "publicity"]
    path += ["shown", "approved", "rewarded"]
    assert definition.initial == path[0]
    assert set(pairwise(path)) <= edges(definition).keys()
    final = [name for name, state in definition.states.items() if state.final]
    assert final == ["rewarded", "closed", "declined", "sent_up", "merged", "withdrawn", "void"]
    # Whoever stops, sends elsewhere or takes back says why.
    stopping = {"decline", "close", "return", "reserve", "send_up", "merge", "hand_back", "send_back", "revoke"}
    asking = {"question", "answer", "inform", "regrade", "appeal", "uphold_appeal", "dismiss_appeal", "reopen"}
    assert {name for name, _, way in definition.ways() if way.needs_reason} == stopping | asking


@pytest.mark.skipif(not PEP_MACHINE.exists(), reason="the machine of PEP 1 is not beside this checkout")
def test_a_python_enhancement_proposal_has_the_edges_of_its_machine() -> None:
    definition = load(DEFINITIONS / "python-enhancement-proposal.yaml")
    machine = read_tree(PEP_MACHINE.read_bytes(), PEP_MACHINE.name).plain()
    assert list(definition.states) == machine["states"]
    assert [definition.initial] == machine["initial"]
    assert edges(definition) == {
        (edge["from"], edge["to"]): {
            "type is Informational or Process": ["type == 'informational' || type == 'process'"],
            "type is Informational": ["type == 'informational'"],
        }.get(edge.get("requires"), [])
        for edge in machine["transitions"]
    }
