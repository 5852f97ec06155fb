"""A plugin for pytest: one test for each story of the scenario files that it finds. Off until a host asks for it.

    pytest -p workflow.scenarios.plugin definitions/

With `--workflow-least PERCENT` each file has one test more, which asks how much of its definitions is covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workflow.definition.loading import SCENARIOS
from workflow.errors import WorkflowError
from workflow.scenarios.reading import Story, read_stories
from workflow.scenarios.report import tell_all
from workflow.scenarios.running import Shelf, tell


class NotAsTold(Exception):
    """A story that did not come out as it says; its text is what pytest shows."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the plugin."""
    group = parser.getgroup("workflow")
    group.addoption(
        "--workflow-least",
        type=int,
        default=None,
        metavar="PERCENT",
        help="so much of each definition must be covered by its scenario file",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take scenario files; all others are left to others."""
    if not file_path.name.endswith(SCENARIOS):
        return None
    found: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return found


class ScenarioFile(pytest.File):
    """A scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each story, and one for what they cover where that is asked for."""
        try:
            stories = read_stories(self.path)
        except WorkflowError as error:
            raise self.CollectError(said(error)) from None
        shelf = Shelf()
        for each in stories:
            yield StoryItem.from_parent(self, name=each.title, story=each, shelf=shelf)
        least = self.config.getoption("--workflow-least")
        if least is not None:
            yield CoverageItem.from_parent(self, name="coverage", stories=stories, least=least)


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and what came, without a traceback into this library."""
        if isinstance(excinfo.value, WorkflowError):
            return said(excinfo.value)
        return str(excinfo.value) if isinstance(excinfo.value, NotAsTold) else super().repr_failure(excinfo, style)


class StoryItem(_Item):
    """A story as a test."""

    def __init__(self, *, story: Story, shelf: Shelf, **more: Any) -> None:
        super().__init__(**more)
        self._story = story
        self._shelf = shelf

    def runtest(self) -> None:
        """Tell the story."""
        told = tell(self._story, self._shelf)
        if told.failures:
            raise NotAsTold("\n".join(f"{each.file}:{each.line}: {each.text('en')}" for each in told.failures))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the story stands."""
        return self.path, self._story.line - 1, self._story.title


class CoverageItem(_Item):
    """What the stories of a file cover, as a test."""

    def __init__(self, *, stories: list[Story], least: int, **more: Any) -> None:
        super().__init__(**more)
        self._stories = stories
        self._least = least

    def runtest(self) -> None:
        """Tell all stories, and look at what they show."""
        lines = []
        for each in tell_all(self._stories).coverage:
            if not each.reaches(self._least):
                lines.append(f"{each.file}: covered {each.covered} of {len(each.items)}")
                lines += [f"{each.file}:{line}: {item.text('en')}" for line, _, item in each.places()]
        if lines:
            raise NotAsTold("\n".join(lines))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the file stands."""
        return self.path, 0, "coverage"


def said(error: WorkflowError) -> str:
    """An error with every finding, a line each."""
    return "\n".join(map(str, getattr(error, "findings", ()))) or str(error)
