"""Telling a story: line by line, up to the first in which something is not as it should be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow.definition.loading import definition_files, load
from workflow.errors import NotFoundError, RefusedError, WorkflowError
from workflow.messages import render
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry
from workflow.scenarios.acts import Attempt, attempts
from workflow.scenarios.expecting import differences, fits, shown_blockers, shown_one
from workflow.scenarios.model import Step
from workflow.scenarios.reading import Line, Story
from workflow.scenarios.scene import OutOfOrder, Scene


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was not as a line of a story says. `code` is listed in docs/scenarios.md."""

    file: str
    line: int
    column: int
    title: str
    code: str
    figures: dict[str, Any]

    def text(self, lang: str) -> str:
        """What was expected and what came, in `lang`."""
        return render(f"scenario.{self.code}", lang, self.figures)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As JSON: the place, the story, the message, then the figures."""
        place = {"file": self.file, "line": self.line, "column": self.column, "title": self.title}
        return {**place, "code": self.code, "message": self.text(lang), **self.figures}


@dataclass(frozen=True, slots=True)
class Told:
    """A story that was told: what failed, and the entries that it left, for whoever asks what was covered."""

    story: Story
    failures: tuple[Failure, ...]
    entries: tuple[Entry, ...] = ()


@dataclass(slots=True)
class Shelf:
    """The definitions that stories try, each read once."""

    procedures: dict[Path, Procedure] = field(default_factory=dict)

    def path(self, story: Story, name: str) -> Path:
        """The file of that definition, beside the story's. Raises NotFoundError."""
        files = definition_files(Path(story.file).parent)
        found = next((each for each in files if each.stem == name), None)
        if found is None:
            raise NotFoundError("definition", name, difflib.get_close_matches(name, [each.stem for each in files]))
        return found

    def take(self, path: Path) -> Procedure:
        """The definition of that file. Raises DefinitionError with every finding."""
        if path not in self.procedures:
            self.procedures[path] = Procedure(load(path))
        return self.procedures[path]


def tell(story: Story, shelf: Shelf) -> Told:
    """Tell a story on a scene of its own. Raises what reading its definitions raises."""
    procedures = {name: shelf.take(shelf.path(story, name)) for name in story.definitions}
    scene = Scene(story, procedures)
    try:
        failures = tuple(_all(scene))
        return Told(story, failures, tuple(scene.engine.log()))
    finally:
        scene.close()


def _all(scene: Scene) -> Iterator[Failure]:
    """What is not as it should be, up to the end of the first line in which something is not."""
    story, failed = scene.story, False
    try:
        scene.set()
    except WorkflowError as error:
        figures = {"act": "people", "problem": str(error)}
        yield _failure(story, story.line, story.column, "error", figures)
        return
    for line in story.lines:
        for each in _told(scene, line):
            failed = True
            yield each
        if failed:
            return
    yield from _verified(scene)


def _failure(story: Story, line: int, column: int, code: str, figures: dict[str, Any]) -> Failure:
    return Failure(story.file, line, column, story.title, code, figures)


def _told(scene: Scene, line: Line) -> Iterator[Failure]:
    """What is not as it should be in one line."""
    step = line.step
    try:
        for code, figures in _line(scene, step):
            yield _failure(scene.story, line.number, line.column, code, figures)
    except OutOfOrder as error:
        yield _failure(scene.story, line.number, line.column, error.code, error.figures)


def _line(scene: Scene, step: Step) -> Iterator[tuple[str, dict[str, Any]]]:
    scene.turn_to(step.case)
    before = scene.case.rev if scene.about else 0
    scene.fired = 0
    scene.naming = list(step.as_ or ())
    if step.at is not None:
        scene.go_on(scene.moment(step.at), tick=step.tick is not False)
    elif step.wait is not None:
        scene.go_on(scene.after(step.wait), tick=step.tick is not False)
    elif step.tick:
        scene.go_on(scene.now, tick=True)
    failed = False
    for attempt in attempts(scene, step):
        for code, figures in _attempted(step, attempt):
            failed = True
            yield code, {"act": attempt.words, **figures}
        if failed and step.refused is None:
            return
    if not failed:
        scene.name_new()
    if step.then is not None and not failed:
        before = 0 if step.submit is not None else before
        for each in differences(scene, step.then, before):
            yield "differs", each._asdict()


def _attempted(step: Step, attempt: Attempt) -> Iterator[tuple[str, dict[str, Any]]]:
    expected = [shown_one(each.code, each.figures) for each in step.refused or ()]
    try:
        attempt.make()
    except RefusedError as error:
        found = list(dict.fromkeys(shown_blockers(error.blockers, step.refused or ())))
        if step.refused is None:
            yield "refused", {"reasons": "; ".join(each.message for each in error.blockers), "found": found}
        elif not fits(step.refused, error.blockers):
            yield "other_reasons", {"expected": expected, "found": found}
    except WorkflowError as error:
        yield "error", {"problem": str(error)}
    else:
        if step.refused is not None:
            yield "allowed", {"expected": expected}


def _verified(scene: Scene) -> Iterator[Failure]:
    """What a check of the log finds."""
    for each in scene.engine.verify().problems:
        yield _failure(scene.story, scene.story.line, scene.story.column, "integrity", {"problem": each.message})
