"""What can go wrong, as values: blockers, findings and the exceptions that carry them.

Knows the words for each error (`workflow.messages`) and nothing else of the project.

    WorkflowError                exit  1   failure of the program
    ├── InputError                     2   wrong usage or bad input
    │   └── DefinitionError            2   a definition with errors; carries `findings`
    ├── RefusedError                   3   the rules say no; carries `blockers`
    ├── NotFoundError                  4   no such case, definition, actor …
    │   └── UnknownTransitionError     4   also a RefusedError: the attempt is in the log
    ├── ConflictError                  5   another writer came first; try again
    ├── IntegrityError                 6   a check of the log failed; carries `problems`
    └── StoreError                     7   the store cannot be reached or is of another version
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workflow.messages import render

Severity = Literal["error", "warning"]

# A name that is not found may be anything, of any length.
_SHORT = 120


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why not.

    `code` is stable and listed in docs/errors.md; `params` holds the figures behind it (JSON values, never a
    field's content, so that a blocker may stand in the log after the content was erased).
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason in English."""
        return self.text("en")

    @property
    def unblock(self) -> str:
        """What would lift the blocker, in English."""
        return self.remedy("en")

    def text(self, lang: str) -> str:
        """The reason in `lang` (`en` or `zh`)."""
        return render(f"blocker.{self.code}", lang, self.params)

    def remedy(self, lang: str) -> str:
        """What would lift the blocker, in `lang`."""
        return render(f"unblock.{self.code}", lang, self.params)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The blocker as JSON: code, message, unblock, then the figures."""
        return {"code": self.code, "message": self.text(lang), "unblock": self.remedy(lang), **self.params}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a definition, and where: `line` and `column` count from 1."""

    rule: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"
    file: str = "<text>"
    line: int = 1
    column: int = 1

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.text("en")

    def text(self, lang: str) -> str:
        """What is wrong, in `lang`."""
        return render(f"rule.{self.rule}", lang, self.params)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.rule}]"

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The finding as the contract's JSON object."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.text(lang),
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a check of the log found wrong: which entry, and what."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    case: str | None = None
    seq: int | None = None

    @property
    def message(self) -> str:
        """What was found, in English."""
        return self.text("en")

    def text(self, lang: str) -> str:
        """What was found, in `lang`."""
        return render(f"problem.{self.code}", lang, self.params)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The problem as the contract's JSON object."""
        return {"code": self.code, "case": self.case, "seq": self.seq, "message": self.text(lang)}


class WorkflowError(Exception):
    """Base of every error that this package raises on purpose. `code` names the message, `params` fill it."""

    exit_code = 1
    kind = "failure"

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params: dict[str, Any] = params
        super().__init__(code)

    def __str__(self) -> str:
        return self.text("en")

    @property
    def message(self) -> str:
        """The error in English, one line."""
        return self.text("en")

    def text(self, lang: str) -> str:
        """The error in `lang`, one line."""
        return render(f"error.{self.code}", lang, self.params)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error as the contract's JSON object (the value of its `error` key)."""
        return {"code": self.kind, "reason": self.code, "message": self.text(lang)}


class InputError(WorkflowError):
    """Wrong usage or bad input: nothing was decided and nothing was written."""

    exit_code = 2
    kind = "input"


class DefinitionError(InputError):
    """A definition with errors; `findings` lists all of them, in the order of the file."""

    kind = "definition"

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = next((each for each in findings if each.severity == "error"), findings[0])
        self.findings = tuple(findings)
        self._first = first
        super().__init__("definition", first=str(first), more=len(findings) - 1)

    def text(self, lang: str) -> str:
        """The first finding with its place, and how many more there are."""
        first = self._first
        place = f"{first.file}:{first.line}:{first.column}: {first.text(lang)}"
        more = len(self.findings) - 1
        return place if not more else render("error.definition", lang, {"first": place, "more": more})

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error with every finding."""
        return {**super().as_dict(lang), "findings": [each.as_dict(lang) for each in self.findings]}


class RefusedError(WorkflowError):
    """The rules say no; `blockers` holds every reason at once."""

    exit_code = 3
    kind = "refused"

    def __init__(self, transition: str, blockers: Iterable[Blocker], *, code: str = "refused", **params: Any) -> None:
        self.transition = transition
        self.blockers = tuple(blockers)
        super().__init__(code, transition=transition, **params)

    def text(self, lang: str) -> str:
        """The transition and every reason."""
        reasons = "; ".join(each.text(lang) for each in self.blockers)
        return render(f"error.{self.code}", lang, {**self.params, "reasons": reasons})

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error with every blocker."""
        return {**super().as_dict(lang), "blockers": [each.as_dict(lang) for each in self.blockers]}


class NotFoundError(WorkflowError):
    """There is no such thing; `near` holds names that come close."""

    exit_code = 4
    kind = "not_found"

    def __init__(self, what: str, name: str, near: Iterable[str] = (), **params: Any) -> None:
        self.what = what
        self.name = name
        self.near = tuple(near)
        short = name if len(name) <= _SHORT else f"{name[:_SHORT]}…"
        WorkflowError.__init__(self, f"no_{what}", name=short, **params)

    def text(self, lang: str) -> str:
        """What is missing, with a suggestion where there is one."""
        said = super().text(lang)
        if not self.near:
            return said
        return said + render("error.near", lang, {"near": ", ".join(self.near)})

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The error with the names that come close."""
        return {**super().as_dict(lang), "near": list(self.near)}


class UnknownTransitionError(NotFoundError, RefusedError):
    """The definition has no transition of that name. Not found, and refused: the attempt is an entry of the log."""

    exit_code = 4
    kind = "not_found"

    def __init__(self, name: str, near: Iterable[str], blockers: Iterable[Blocker]) -> None:
        NotFoundError.__init__(self, "transition", name, near)
        self.transition = name
        self.blockers = tuple(blockers)


class ConflictError(WorkflowError):
    """Another writer came first, or the store is busy. Nothing was written; trying again is safe."""

    exit_code = 5
    kind = "conflict"


class IntegrityError(WorkflowError):
    """A check of the log failed; `problems` names every entry."""

    exit_code = 6
    kind = "integrity"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("integrity", count=len(problems), first=problems[0].message if problems else "")


class StoreError(WorkflowError):
    """The store cannot be reached, is damaged, full, read-only, or of another version."""

    exit_code = 7
    kind = "store"
