"""The page about scenarios: every key and code is documented, and the example does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.pages import codes, fences, first, named, page, rows, sections
from tests.support import run
from workflow.scenarios.acts import ACTING
from workflow.scenarios.expecting import FINDING
from workflow.scenarios.model import Book, Expected, Scenario, Step
from workflow.scenarios.reading import ACTS, spelled, stories

TABLES: dict[str, type[BaseModel]] = {
    "The file": Book,
    "A scenario": Scenario,
    "A line": Step,
    "What is expected": Expected,
}


@pytest.mark.parametrize("heading", sorted(TABLES))
def test_every_key_is_documented(heading: str) -> None:
    keys = [info.alias or name for name, info in TABLES[heading].model_fields.items()]
    assert sorted(first(sections(page("docs/scenarios.md"))[heading])) == sorted(keys)


def test_every_code_is_documented() -> None:
    assert sorted(first(sections(page("docs/scenarios.md"))["Codes"])) == sorted(named("scenario"))


def test_every_act_can_be_done_and_every_expectation_be_found() -> None:
    assert ACTING.keys() == ACTS.keys() - {"given"}
    assert FINDING.keys() | {"entries"} == set(Expected.model_fields)
    said = {codes(row[0])[0]: set(codes(row[1])) for row in rows(sections(page("docs/scenarios.md"))["A line"])}
    for act, takes in ACTS.items():
        for key in takes - {"by", "for_", "case"}:
            assert spelled(act) in said[spelled(key)], (act, key)


def test_the_example_is_told_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = fences(page("docs/scenarios.md"))
    for each in found:
        if each.saved is not None:
            Path(each.saved).write_text(each.text, encoding="utf-8")
    [dialogue] = [each.text for each in found if each.lang == "console"]
    line, _, said = dialogue.partition("\n")
    done = run(*line.removeprefix("$ workflow ").split())
    assert (done.code, done.out + done.err) == (0, said)


def test_the_rows_of_the_page_are_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    definition, scenarios, more = [each.text for each in fences(page("docs/scenarios.md")) if each.lang == "yaml"]
    Path("leave.yaml").write_text(definition, encoding="utf-8")
    Path("leave.scenarios.yaml").write_text(scenarios + more, encoding="utf-8")
    assert run("definition", "test", "leave.yaml").out.splitlines()[-1] == "4 scenarios, 0 failed"
    assert [each.title for each in stories(scenarios + more, "leave.scenarios.yaml")[2:]] == [
        "Asked on 2025-09-26, due on 2025-10-10",
        "Asked on 2025-10-09, due on 2025-10-15",
    ]
