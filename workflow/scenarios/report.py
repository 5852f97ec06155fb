"""What came of telling many stories: which failed and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow.definition.loading import SCENARIOS
from workflow.errors import DefinitionError, Finding, InputError, NotFoundError
from workflow.scenarios.reading import Story, read_stories
from workflow.scenarios.running import Failure, Shelf, Told, tell


@dataclass(frozen=True, slots=True)
class Report:
    """All stories that were told, in the order of their files."""

    told: tuple[Told, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that was not as a story says."""
        return tuple(failure for each in self.told for failure in each.failures)

    @property
    def ok(self) -> bool:
        """True when nothing failed."""
        return not self.failures

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As JSON."""
        return {
            "ok": self.ok,
            "scenarios": [
                {
                    "file": each.story.file,
                    "line": each.story.line,
                    "title": each.story.title,
                    "ok": not each.failures,
                    "failures": [failure.as_dict(lang) for failure in each.failures],
                }
                for each in self.told
            ],
        }


def scenario_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The scenario files that are meant: themselves, those beside definitions, those of folders.

    Raises NotFoundError for what is not there, InputError for a folder without any.
    """
    for each in paths:
        path = Path(each)
        if path.is_dir():
            inside = sorted(path.glob(f"*{SCENARIOS}"))
            if not inside:
                raise InputError("no_scenarios", path=str(each))
            yield from inside
        elif not path.exists():
            raise NotFoundError("file", str(each))
        elif path.name.endswith(SCENARIOS):
            yield path
        else:
            beside = path.with_name(path.stem + SCENARIOS)
            if not beside.exists():
                raise NotFoundError("file", str(beside))
            yield beside


def gather(paths: Iterable[str | Path], only: str | None = None) -> list[Story]:
    """The stories of these files, or those in whose title a text stands, whatever its case.

    Raises DefinitionError with the findings of all files, NotFoundError where no story bears such a title.
    """
    found: list[Story] = []
    findings: list[Finding] = []
    for path in scenario_files(paths):
        try:
            found += read_stories(path)
        except DefinitionError as error:
            findings += error.findings
    if findings:
        raise DefinitionError(findings)
    if only is not None:
        found = [each for each in found if only.casefold() in each.title.casefold()]
        if not found:
            raise NotFoundError("scenario", only)
    return found


def tell_all(stories: Iterable[Story]) -> Iterator[Told]:
    """Tell them one after the other."""
    shelf = Shelf()
    for each in stories:
        yield tell(each, shelf)
