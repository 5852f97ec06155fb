"""What a check found: the report as a value, and the findings while they are being collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow.errors import Problem, WorkflowError
from workflow.messages import render

CHECKED = ("leaves", "payloads", "definitions", "cases", "decisions", "ledgers")
NOT_CHECKED = ("anchor", "people", "guards", "clock", "database")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check of everything. `cases` counts no streams; `size` is that of the tree, 0 without one."""

    entries: int
    cases: int
    size: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.problems

    @property
    def checked(self) -> tuple[str, ...]:
        """What was looked at, in English sentences."""
        return _sentences("checked", CHECKED, "en")

    @property
    def not_checked(self) -> tuple[str, ...]:
        """What was not looked at, or cannot be told from the database alone, in English sentences."""
        return _sentences("unchecked", NOT_CHECKED, "en")

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The report as the contract's JSON object, and what was checked and what was not, in sentences."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "cases": self.cases,
            "size": self.size,
            "findings": [each.as_dict(lang) for each in self.problems],
            "checked": list(_sentences("checked", CHECKED, lang)),
            "not_checked": list(_sentences("unchecked", NOT_CHECKED, lang)),
        }


class Findings:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._troubles: set[str] = set()

    def add(self, code: str, case: Any = None, seq: Any = None, **params: Any) -> None:
        """Keep a problem. `case` and `seq` are what was stored, of whatever type."""
        self.problems.append(Problem(code, params, _name(case), seq if isinstance(seq, int) else None))

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


def _sentences(key: str, names: tuple[str, ...], lang: str) -> tuple[str, ...]:
    return tuple(render(f"{key}.{name}", lang, {}) for name in names)


def _name(case: Any) -> str | None:
    if case is None or (isinstance(case, str) and len(case) == 36 and case.isascii() and case.isprintable()):
        return case
    return shown(case, quoted=False)
