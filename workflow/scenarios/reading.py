"""From a scenario file to stories that can be told: rows filled in, beginnings put in front, every name known.

What is wrong is found with its line and column, as in a definition.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflow.definition.loading import SCENARIOS, misfits, read_file
from workflow.definition.tree import Node, read_tree
from workflow.errors import DefinitionError, Finding
from workflow.messages import MESSAGES, render
from workflow.scenarios.model import OTHERS, Book, Step

_HOLE = re.compile(r"\$([a-z][a-z0-9_]*)")

# Each act, with the keys that say more of it.
ACTS: Mapping[str, frozenset[str]] = {
    "given": frozenset(),
    "submit": frozenset({"by", "for_", "workflow", "reason", "claimed"}),
    "do": frozenset({"by", "for_", "case", "reason", "data", "cases", "claimed"}),
    "link": frozenset({"by", "for_", "case", "reason", "to"}),
    "vote": frozenset({"by", "for_", "case", "reason", "choice", "yes", "no", "abstain", "recuse", "seat"}),
    "score": frozenset({"by", "for_", "case", "reason", "points"}),
    "count": frozenset({"by", "for_", "case", "reason", "numbers"}),
    "close": frozenset({"by", "for_", "case"}),
    "object_": frozenset({"by", "for_", "case"}),
    "settle": frozenset({"by", "for_", "case", "reason", "upheld"}),
    "grant": frozenset(),
    "revoke": frozenset(),
    "guards": frozenset(),
}
# What may stand in any line; `case` also where nobody acts.
_ALWAYS = {"at", "wait", "tick", "then", "case", "as_"}
_PEOPLE = ("by", "for_", "yes", "no", "abstain", "recuse", "grant", "revoke")


@dataclass(frozen=True, slots=True)
class Slip(Finding):
    """A finding about what a scenario file means."""

    def text(self, lang: str) -> str:
        """What is wrong, in `lang`."""
        return render(f"scenario.{self.rule}", lang, self.params)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story, with its place in the file."""

    step: Step
    number: int
    column: int


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario as it is told: with one row filled in, and its beginnings in front."""

    file: str
    line: int
    column: int
    title: str
    definitions: tuple[str, ...]
    clock: str
    people: Mapping[str, tuple[str, ...]]
    guards: Mapping[str, bool | str]
    lines: tuple[Line, ...]


def read_stories(path: Path) -> list[Story]:
    """The stories of a scenario file. Raises DefinitionError with every finding, InputError when it cannot be read."""
    return stories(read_file(path), str(path))


def stories(text: bytes | str, file: str) -> list[Story]:
    """The stories of a text. Raises DefinitionError with every finding."""
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    root = read_tree(encoded, file)
    if not isinstance(root.value, dict):
        raise DefinitionError([Finding("not_a_mapping", {}, "error", file, root.line, root.column)])
    slips: list[Finding] = []
    root, rows = _told_for_each(root, file, slips)
    try:
        book = Book.model_validate(root.plain())
    except ValidationError as error:
        raise DefinitionError([*slips, *_once(misfits(error, root, file, Book))]) from None
    reader = _Reader(book, root, file)
    found = [reader.story(at, row) for at, row in enumerate(rows)]
    slips += _once(reader.slips)
    if slips:
        raise DefinitionError(sorted(slips, key=lambda each: (each.line, each.column)))
    return found


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """A mistake in a scenario with several rows is said once."""
    return list({(each.line, each.column, each.rule): each for each in findings}.values())


def _told_for_each(root: Node, file: str, slips: list[Finding]) -> tuple[Node, list[str]]:
    """The tree with a scenario for each row; and for each scenario what tells it from the others of its rows."""
    listed = root.value.get("scenarios")
    if listed is None or not isinstance(listed[1].value, list):
        return root, []
    told: list[Node] = []
    rows: list[str] = []
    for each in listed[1].value:
        table = each.value.get("each") if isinstance(each.value, dict) else None
        lines = table[1].value if table is not None else None
        if not isinstance(lines, list) or not lines or not all(isinstance(line.value, dict) for line in lines):
            told.append(each)
            rows.append("")
            continue
        bare = Node({name: pair for name, pair in each.value.items() if name != "each"}, each.line, each.column)
        titled = isinstance(title := each.at(("title",)).value, str) and _HOLE.search(title)
        for number, line in enumerate(lines, 1):
            told.append(_filled(bare, {name: pair[1] for name, pair in line.value.items()}, file, slips))
            rows.append("" if titled else f" ({number})")
    key = listed[0]
    scenarios = Node(told, listed[1].line, listed[1].column)
    return Node({**root.value, "scenarios": (key, scenarios)}, root.line, root.column), rows


def _filled(node: Node, row: Mapping[str, Node], file: str, slips: list[Finding]) -> Node:
    """A node with the values of a row in their places. `$name` alone becomes the value, within a text its words."""
    if isinstance(node.value, dict):
        inside = {name: (key, _filled(child, row, file, slips)) for name, (key, child) in node.value.items()}
        return Node(inside, node.line, node.column)
    if isinstance(node.value, list):
        return Node([_filled(child, row, file, slips) for child in node.value], node.line, node.column)
    if not isinstance(node.value, str):
        return node
    for name in _HOLE.findall(node.value):
        if name not in row:
            figures = {"name": name, "near": _near(name, row)}
            slips.append(Slip("unknown_value", figures, "error", file, node.line, node.column))
            return node
    if whole := _HOLE.fullmatch(node.value):
        return Node(row[whole[1]].value, node.line, node.column)
    return Node(_HOLE.sub(lambda hole: str(row[hole[1]].value), node.value), node.line, node.column)


class _Reader:
    """Makes stories of a book, and finds what makes no sense."""

    def __init__(self, book: Book, root: Node, file: str) -> None:
        self._book = book
        self._root = root
        self._file = file
        self.slips: list[Finding] = []

    def story(self, at: int, row: str) -> Story:
        """The story of that place in the file."""
        scenario = self._book.scenarios[at]
        path = ("scenarios", at)
        place = self._root.at((*path, "title"))
        people = {**self._book.people, **scenario.people}
        self._check_time(scenario.clock or self._book.clock, (*path, "clock") if scenario.clock else ("clock",))
        lines = tuple(self._lines(scenario.steps, (*path, "steps"), people, ()))
        names = self._book.workflow or (Path(self._file).name.removesuffix(SCENARIOS),)
        return Story(
            self._file,
            place.line,
            place.column,
            scenario.title + row,
            names,
            scenario.clock or self._book.clock,
            people,
            scenario.guards,
            lines,
        )

    def _lines(
        self,
        steps: Iterable[Step],
        path: tuple[str | int, ...],
        people: Mapping[str, Any],
        within: tuple[str, ...],
    ) -> Iterator[Line]:
        for number, step in enumerate(steps):
            here = (*path, number)
            self._check(step, here, people)
            place = self._root.at(here)
            if step.given is None:
                yield Line(step, place.line, place.column)
            elif step.given not in self._book.given:
                near = _near(step.given, self._book.given)
                self._slip("unknown_beginning", (*here, "given"), name=step.given, near=near)
            elif step.given in within:
                self._slip("circle", (*here, "given"), name=step.given)
            else:
                name = step.given
                yield from self._lines(self._book.given[name], ("given", name), people, (*within, name))

    def _check(self, step: Step, path: tuple[str | int, ...], people: Mapping[str, Any]) -> None:
        said = {name for name in step.model_fields_set if getattr(step, name) is not None}
        order = list(self._root.at(path).value)
        acts = sorted(said & ACTS.keys(), key=lambda name: order.index(spelled(name)))
        if len(acts) > 1:
            self._slip("two_acts", (*path, spelled(acts[1])), key=spelled(acts[1]), other=spelled(acts[0]))
            return
        if not said - {"case", "as_"}:
            self._slip("idle", path)
        takes = ACTS[acts[0]] | ({"refused"} if "by" in ACTS[acts[0]] else set()) if acts else set()
        beside = {"given"} if acts == ["given"] else {*acts, *takes, *_ALWAYS}
        for name in sorted(said - beside):
            self._slip("out_of_place", (*path, spelled(name)), key=spelled(name), act=spelled(acts[0]) if acts else "")
        for name in self._lacking(step, acts, said):
            self._slip("lacks", path, key=name, act=spelled(acts[0]))
        if "at" in said and "wait" in said:
            self._slip("two_times", (*path, "wait"))
        self._check_time(step.at, (*path, "at"))
        self._check_time(step.claimed, (*path, "claimed"))
        self._check_then(step, path, people)
        for key in _PEOPLE:
            for name in getattr(step, key) or () if key != "for_" else filter(None, (step.for_,)):
                if name not in people:
                    self._slip("unknown_person", (*path, spelled(key)), name=name, near=_near(name, people))
        for number, wanted in enumerate(step.refused or ()):
            if wanted.code != OTHERS and f"blocker.{wanted.code}" not in MESSAGES:
                codes = {key.split(".")[1] for key in MESSAGES if key.startswith("blocker.")}
                self._slip("unknown_code", (*path, "refused", number), name=wanted.code, near=_near(wanted.code, codes))

    def _check_then(self, step: Step, path: tuple[str | int, ...], people: Mapping[str, Any]) -> None:
        if step.then is None:
            return
        self._check_time(step.then.due, (*path, "then", "due"))
        for name, time in (step.then.timers or {}).items():
            self._check_time(time, (*path, "then", "timers", name))
        for key in ("may", "marks"):
            for name in getattr(step.then, key) or ():
                if name not in people:
                    self._slip("unknown_person", (*path, "then", key, name), name=name, near=_near(name, people))

    def _check_time(self, text: str | None, path: tuple[str | int, ...]) -> None:
        try:
            datetime.fromisoformat(text or "2000-01-01")
        except ValueError:
            self._slip("bad_time", path, time=text)

    def _lacking(self, step: Step, acts: list[str], said: set[str]) -> Iterator[str]:
        if not acts or "by" not in ACTS[acts[0]]:
            return
        if acts == ["vote"] and said & {"yes", "no", "abstain", "recuse"}:
            return
        if "*" in (step.do or ()) and "refused" not in said:
            yield "refused"
        needed = {"vote": "choice", "score": "points", "count": "numbers", "settle": "upheld", "link": "to"}
        for name in ("by", needed.get(acts[0], "by")):
            if name not in said:
                yield name
                return

    def _slip(self, rule: str, path: tuple[str | int, ...], **figures: Any) -> None:
        node = self._root.at(path, key=rule in ("out_of_place", "two_acts"))
        self.slips.append(Slip(rule, figures, "error", self._file, node.line, node.column))


def spelled(name: str) -> str:
    """An attribute of a line as the file spells it."""
    return name.rstrip("_")


def _near(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
