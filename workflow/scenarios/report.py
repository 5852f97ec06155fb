"""What came of telling many stories: which failed and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow.definition.loading import SCENARIOS, definition_files, find_file, load, read_file
from workflow.definition.model import Definition
from workflow.definition.tree import read_tree
from workflow.errors import DefinitionError, Finding, InputError, NotFoundError
from workflow.scenarios.coverage import Coverage, witness
from workflow.scenarios.reading import Story, read_stories
from workflow.scenarios.running import Failure, Shelf, Told, tell


@dataclass(frozen=True, slots=True)
class Report:
    """All stories that were told, in the order of their files, and what they show of each definition."""

    told: tuple[Told, ...]
    coverage: tuple[Coverage, ...] = ()

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
            "coverage": [each.as_dict(lang) for each in self.coverage],
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


def tell_all(stories: Iterable[Story], paths: Iterable[str | Path] = (), *, covering: bool = True) -> Report:
    """Tell them one after the other, and find what they show.

    Of `paths` the definitions are looked at too that no story tries: those named, and those in folders.
    """
    shelf = Shelf()
    told = tuple(tell(each, shelf) for each in stories)
    if not covering:
        return Report(told)
    for path in _definitions(paths):
        shelf.take(path)
    by_digest = {
        each.ref.digest: Coverage(path, each.definition, _base(path)) for path, each in shelf.procedures.items()
    }
    procedures = {each.ref.digest: each for each in shelf.procedures.values()}
    for each in told:
        for digest, item in witness(procedures, each.entries):
            by_digest[digest].tried = True
            by_digest[digest].seen.add(item)
    return Report(told, tuple(sorted(by_digest.values(), key=lambda each: str(each.file))))


def _base(path: Path) -> Definition | None:
    """What a variant lies over."""
    base = read_tree(read_file(path), str(path)).value.get("base")
    beside = find_file(str(base[1].value), [path.parent]) if base else None
    return load(beside) if beside else None


def _definitions(paths: Iterable[str | Path]) -> Iterator[Path]:
    for each in map(Path, paths):
        if each.is_dir():
            yield from definition_files(each)
        elif not each.name.endswith(SCENARIOS):
            yield each
