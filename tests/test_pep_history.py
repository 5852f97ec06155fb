"""Twenty-six years of a real procedure, recorded afterwards: every change of state of the Python Enhancement Proposals.

The history comes with the figures of a judge of its own: how many of the changes follow the procedure's own rules.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import Done, call

DATA = Path(__file__).parents[2] / "shared" / "data"
HISTORY = DATA / "pep_history.jsonl"
pytestmark = pytest.mark.skipif(not HISTORY.exists(), reason="the history is not beside this checkout")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("peps")


@pytest.fixture(scope="module")
def applied(folder: Path) -> Done:
    return call("apply", str(HISTORY), cwd=folder)


@pytest.fixture(scope="module")
def acts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in HISTORY.read_text("utf-8").splitlines()]


def verdict(result: dict[str, Any]) -> str:
    """What became of a line, in the words of the expected figures."""
    if not result["ok"]:
        return str(result["error"]["reason"])
    if result["conforms"]:
        return "conforms"
    if "initial" in result["blockers"]:
        return "bad_initial"
    return "guard_failed" if "condition" in result["blockers"] else "forbidden"


def test_every_line_has_a_result_and_the_figures_are_those_expected(applied: Done, acts: list[dict[str, Any]]) -> None:
    expected = json.loads((DATA / "pep_expected.json").read_text("utf-8"))
    results = applied.lines
    assert [each["line"] for each in results] == list(range(1, expected["records"] + 1))
    assert len(results) == len(acts) == 1817
    assert Counter(map(verdict, results)) == expected["verdicts"]
    assert len({act["reference"] for act in acts}) == expected["proposals"]


def test_a_state_that_the_procedure_does_not_have_is_bad_input(applied: Done, acts: list[dict[str, Any]]) -> None:
    assert applied.code == 2
    assert applied.err == "1764 done, 53 not done, 328 do not conform\n"
    wrong = [acts[each["line"] - 1] for each in applied.lines if not each["ok"]]
    known = {"draft", "active", "accepted", "provisional", "deferred", "rejected", "withdrawn", "final", "superseded"}
    assert all({act["from"], act["to"]} - known - {None} for act in wrong)
    assert sum(bool({act["from"], act["to"]} - known - {None}) for act in acts) == len(wrong)


def test_the_log_checks_out(applied: Done, folder: Path) -> None:
    done = call("--json", "audit", "verify", cwd=folder)
    assert (done.code, done.json["ok"], done.json["findings"]) == (0, True, [])
    cases = {each["case"] for each in applied.lines if each["ok"]}
    # Besides the acts: the store that was created and the definition that was installed.
    assert (done.json["entries"], done.json["cases"]) == (1764 + 2, len(cases))


def test_the_log_lists_exactly_the_acts_that_do_not_conform(applied: Done, folder: Path) -> None:
    found = call("--json", "audit", "log", "--nonconforming", cwd=folder).json
    odd = [each for each in applied.lines if each["ok"] and not each["conforms"]]
    assert len(found) == len(odd) == 97 + 227 + 4
    assert Counter(each["case"] for each in found) == Counter(each["case"] for each in odd)
    assert {each["conforms"] for each in found} == {False}
    blockers = Counter(code for each in found for code in {blocker["code"] for blocker in each["blockers"]})
    assert (blockers["initial"], blockers["condition"]) == (97, 4)
    assert blockers["edge"] + blockers["final"] == 227


def test_every_act_is_kept_with_its_claimed_time_beside_the_recorded_one(
    applied: Done, folder: Path, acts: list[dict[str, Any]]
) -> None:
    entries = {(each["case"], each["seq"]): each for each in _imported(folder)}
    seqs: Counter[str] = Counter()
    for result in applied.lines:
        if not result["ok"]:
            continue
        act = acts[result["line"] - 1]
        seqs[result["case"]] += 1
        entry = entries.pop((result["case"], seqs[result["case"]]))
        assert (entry["from"], entry["to"], entry["actor"]) == (act["from"], act["to"], act["actor"])
        assert entry["claimed_at"] == act["at"].removesuffix("Z") + ".000000Z"
        assert entry["at"] > "2026"
        assert entry["at"] != entry["claimed_at"]
        assert entry["data"] == act.get("data", {})
    assert entries == {}


def test_acts_that_do_not_follow_from_the_state_of_the_case_are_marked(applied: Done, folder: Path) -> None:
    gaps = [each for each in applied.lines if each["ok"] and each["gap"]]
    assert len(gaps) == 17
    assert Counter(each["case"] for each in gaps) == Counter(each["case"] for each in _imported(folder) if each["gap"])


def test_figures_are_by_claimed_time(folder: Path, applied: Done) -> None:
    done = call("stats", "--json", cwd=folder)
    found = done.json["definitions"]["python-enhancement-proposal"]
    assert (done.code, found["entries"]) == (0, {"imported": 1764})
    assert found["cases"] == len({each["case"] for each in applied.lines if each["ok"]})
    assert sum(each["cases"] for each in found["states"].values()) == found["cases"]
    # Drafts take weeks at least; by the time of recording they would take milliseconds.
    assert found["states"]["draft"]["median_seconds"] > 7 * 86_400


def test_a_dry_run_over_the_same_history_finds_its_cases_and_records_nothing(applied: Done, folder: Path) -> None:
    again = call("apply", str(HISTORY), "--dry-run", "-q", cwd=folder)
    assert [each["case"] for each in again.lines if each["ok"]] == [
        each["case"] for each in applied.lines if each["ok"]
    ]
    assert len(_imported(folder)) == 1764


def _imported(folder: Path) -> list[Any]:
    found = call("audit", "log", "--kind", "imported", "--format", "jsonl", cwd=folder)
    assert found.code == 0
    return found.lines
