"""The plugin for pytest, in a run of its own: one test a story, off until it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import environment
from tests.test_scenarios import HEAD, TRIAL

GOOD = "  - {title: Good, steps: [{given: review}]}\n"
BAD = "  - title: Bad\n    steps:\n      - {given: review}\n      - {then: done}\n"


def pytest_run(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code and the output of pytest in a folder."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", *options]
    done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, timeout=120, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a definition, its scenarios, and a test of a host's own."""
    (tmp_path / "trial.yaml").write_text(TRIAL, encoding="utf-8")
    (tmp_path / "trial.scenarios.yaml").write_text(HEAD + GOOD + BAD, encoding="utf-8")
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_each_story_is_a_test(folder: Path) -> None:
    code, said = pytest_run(folder, "-p", "workflow.scenarios.plugin", "--workflow-least", "2", "-vv")
    assert code == 1
    assert "trial.scenarios.yaml::Good PASSED" in said
    assert "trial.scenarios.yaml::Bad FAILED" in said
    assert "trial.scenarios.yaml::coverage PASSED" in said
    assert f"{folder / 'trial.scenarios.yaml'}:13: state: expected done, found review" in said
    assert "Traceback" not in said
    assert "1 failed, 3 passed" in said


@pytest.mark.slow
def test_too_little_coverage_and_a_file_with_errors_fail(folder: Path) -> None:
    (folder / "other.scenarios.yaml").write_text("scenarios: [{titel: x}]\n", encoding="utf-8")
    code, said = pytest_run(folder, "-p", "workflow.scenarios.plugin", "--workflow-least", "6", "trial.scenarios.yaml")
    assert code == 1
    assert f"{folder / 'trial.yaml'}: covered 2 of 40" in said
    assert f"{folder / 'trial.yaml'}:6: submit is never refused for missing_field: title" in said
    code, said = pytest_run(folder, "-p", "workflow.scenarios.plugin", "other.scenarios.yaml")
    assert code == 2
    assert f"{folder / 'other.scenarios.yaml'}:1:14: error: unknown key titel, did you mean title?" in said


@pytest.mark.slow
def test_it_is_off_until_it_is_asked_for(folder: Path) -> None:
    code, said = pytest_run(folder)
    assert (code, said.splitlines()[-1].split(" in ")[0]) == (0, "1 passed")
    (folder / "conftest.py").write_text('pytest_plugins = ["workflow.scenarios.plugin"]\n', encoding="utf-8")
    code, said = pytest_run(folder)
    assert (code, said.splitlines()[-1].split(" in ")[0]) == (1, "1 failed, 2 passed")
