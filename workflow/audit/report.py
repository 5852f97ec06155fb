"""What a check found: the report as a value, and the findings while they are being collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.errors import Problem, WorkflowError
from workflow.messages import render

CHECKED = ("leaves", "payloads", "definitions", "cases", "decisions", "ledgers", "tree", "schema")
NOT_CHECKED = ("people", "guards", "clock", "database")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Level:
    """One step of trust, from V0 (the database alone) to V4: whether it was checked, and what that says."""

    name: str
    checked: bool
    figures: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str) -> str:
        """What was checked, or what is missing for it, in one sentence."""
        return render(f"{'level' if self.checked else 'unlevel'}.{self.name}", lang, self.figures)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The level as JSON."""
        return {"level": self.name, "checked": self.checked, "message": self.text(lang)}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check of everything. `cases` counts no streams; `size` is that of the tree, 0 without one.

    `waiting` entries are in no tree yet, `signed` is the size of the last tree that was signed, `destroyed` payloads
    are gone on purpose.
    """

    entries: int
    cases: int
    size: int
    problems: tuple[Problem, ...]
    waiting: int = 0
    signed: int = 0
    destroyed: int = 0
    levels: tuple[Level, ...] = ()
    looked_at: tuple[str, ...] = CHECKED
    left_out: tuple[str, ...] = NOT_CHECKED

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.problems

    @property
    def checked(self) -> tuple[str, ...]:
        """What was looked at, in English sentences."""
        return self._checked("en")

    @property
    def not_checked(self) -> tuple[str, ...]:
        """What was not looked at, or cannot be told from the database alone, in English sentences."""
        return self._not_checked("en")

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The report as the contract's JSON object, and what was checked and what was not, in sentences."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "cases": self.cases,
            "size": self.size,
            "findings": [each.as_dict(lang) for each in self.problems],
            "waiting": self.waiting,
            "signed": self.signed,
            "levels": [each.as_dict(lang) for each in self.levels],
            "checked": list(self._checked(lang)),
            "not_checked": list(self._not_checked(lang)),
        }

    def _checked(self, lang: str) -> tuple[str, ...]:
        found = [render(f"checked.{name}", lang, {}) for name in self.looked_at]
        return (*found, *(f"{each.name}: {each.text(lang)}" for each in self.levels if each.checked))

    def _not_checked(self, lang: str) -> tuple[str, ...]:
        found = [f"{each.name}: {each.text(lang)}" for each in self.levels if not each.checked]
        if tail := self.entries - self.signed:
            found.append(render("unchecked.tail", lang, {"count": max(tail, 0)}))
        if self.destroyed:
            found.append(render("unchecked.destroyed", lang, {"count": self.destroyed}))
        return (*found, *(render(f"unchecked.{name}", lang, {}) for name in self.left_out))


class Findings:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._troubles: set[str] = set()

    def add(self, code: str, case: Any = None, seq: Any = None, **params: Any) -> None:
        """Keep a problem. `case` and `seq` are what was stored, of whatever type."""
        self.problems.append(Problem(code, params, _name(case), seq if isinstance(seq, int) else None))

    def merge(self, problems: Iterable[Problem]) -> None:
        """Keep what was found in another process; trouble with the database that is known already is not kept again."""
        for each in problems:
            said = str(each.params.get("problem"))
            if each.code != "store" or said not in self._troubles:
                self.problems.append(each)
                self._troubles |= {said} if each.code == "store" else set()

    def trouble(self, error: WorkflowError) -> None:
        """Keep what the database failed with; the same words are kept once, however many reads they met."""
        said = str(error.params.get("problem") or error)
        if said not in self._troubles:
            self._troubles.add(said)
            self.add("store", problem=shown(said, quoted=False))


def shown(value: Any, *, quoted: bool = True) -> str:
    """A stored value as a message may hold it: short, nothing invisible, its type plain to see.

    Text stands in quotes unless `quoted` is False, bytes as in SQL (`x'00ff'`), the absence of a value as NULL.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        text = f"x'{value[:40].hex()}{'…' if len(value) > 40 else ''}'"
    elif isinstance(value, str) and not quoted:
        text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in value[:_LONGEST])
    else:
        text = repr(value[:_LONGEST] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _name(case: Any) -> str | None:
    if case is None or (isinstance(case, str) and len(case) == 36 and case.isascii() and case.isprintable()):
        return case
    return shown(case, quoted=False)
