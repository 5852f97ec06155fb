"""Conditions: CEL expressions, typed when the definition is read, evaluated when a case moves. The one door to CEL.

A field is a variable of its own name and type. Decimals and money compare exactly with each other and with numbers
(they have at most 15 digits, which a double holds without loss); arithmetic on them is refused when the definition
is checked, because amounts are computed by awards, not by conditions. A field that has no value makes a condition
that reads it fail; `has(data.benefit)` asks first, and `data` serves for nothing else, so that no field is read
without its type. The library bounds depth and loops, so no expression can hang.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from cel_expr_python import cel

from workflow.definition.fields import (
    BooleanField,
    ChoiceField,
    DateField,
    FieldType,
    IntegerField,
    ListField,
    TextField,
)

_ROOM = "case"
_DECIMAL = cel.Type.AbstractType("decimal")

# What every condition may read besides the fields. Named in docs/language.md.
VARIABLES: Mapping[str, Any] = {
    "actor": cel.Type.STRING,
    "roles": cel.Type.List(cel.Type.STRING),
    "submitter": cel.Type.STRING,
    "state": cel.Type.STRING,
    "reference": cel.Type.STRING,
    "now": cel.Type.TIMESTAMP,
    "opened_at": cel.Type.TIMESTAMP,
    "times": cel.Type.Map(cel.Type.STRING, cel.Type.INT),
    "open_objections": cel.Type.INT,
    "upheld_objections": cel.Type.INT,
    "standing_objections": cel.Type.INT,
    "dismissed_objections": cel.Type.INT,
    "open_subcases": cel.Type.INT,
    "linked_states": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    "marks": cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    "award_grades": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    "award_amounts": cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
    "data": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}

_NO_AWARDS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
_NO_FACTS: Mapping[str, str] = MappingProxyType({})
_OVERLOAD = re.compile(r"found no matching overload for '(?P<operator>[^']+)' applied to '\((?P<types>.*)\)'")
_ERROR = re.compile(r"ERROR: <input>:(?P<line>\d+):(?P<column>\d+): (?P<text>[^\n]*)")
_COMPARISONS = {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"}
_NUMBERS = {"decimal", "int", "double", "uint"}
_QUOTED = re.compile(r"(\'{3}|\"{3}|'|\")(?:\\.|[^\\])*?\1|//[^\n]*", re.DOTALL)
_WORD = re.compile(r"(?<![\w.])(?:case\s*\.\s*)?(\w+)")
_DATA = re.compile(r"(?<![\w.])(?:case\s*\.\s*)?data(?!\w)(?:\s*\.\s*(\w+))?")
_DYN = re.compile(r"(?<![\w.])dyn\s*\(")
_HAS = re.compile(r"(?<![\w.])has\s*\(\s*$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why an expression cannot be used: the words of the checker and the column (from 1) where it stopped."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one condition: `ok` is True only when it came out true; `why` names the trouble otherwise.

    `why` is None (it is plainly false), `unset` with the fields it lacks, or `error`.
    """

    ok: bool
    why: str | None = None
    missing: tuple[str, ...] = ()


class Conditions:
    """The expressions over one set of fields. Compiles each once."""

    def __init__(self, fields: Mapping[str, FieldType]) -> None:
        self._fields = dict(fields)
        self._programs: dict[str, Any] = {}

    @cached_property
    def _run(self) -> Any:
        return self._environment(cel.Type.DYN)

    @cached_property
    def _check(self) -> Any:
        return self._environment(_DECIMAL)

    def _environment(self, decimal: Any) -> Any:
        variables = {f"{_ROOM}.{name}": kind for name, kind in VARIABLES.items()}
        for name, field in self._fields.items():
            variables[f"{_ROOM}.{name}"] = _type(field, decimal)
        return cel.NewEnv(container=_ROOM, variables=variables, functions=[_DATE])

    def mistakes(self, expression: str) -> list[Mistake]:
        """Everything that keeps the expression from being a condition; empty when it is one."""
        try:
            kind = self._run.compile(expression).return_type()
        except Exception as error:
            return _mistakes(error)
        if kind != cel.Type.BOOL:
            return [Mistake(f"gives {kind.name().lower()}, not true or false", 1)]
        found = list(self._astray(expression))
        try:
            self._check.compile(expression)
        except Exception as error:
            found += [each for each in _mistakes(error) if not _exact_comparison(each.text)]
        return found

    def _astray(self, expression: str) -> Iterator[Mistake]:
        """What the types cannot judge: `dyn`, and `data` for a field that does not exist or outside of `has`."""
        bare = _bare(expression)
        for match in _DYN.finditer(bare):
            yield Mistake("dyn() would hide the type of a value from the check", match.start() + 1)
        for match in _DATA.finditer(bare):
            name = match.group(1)
            if name is None or not _HAS.search(bare, 0, match.start()):
                yield Mistake("data is for has(data.name) only; read a field by its name", match.start() + 1)
            elif name not in self._fields:
                yield Mistake(f"data has no field '{name}'", match.start(1) + 1)

    def reads(self, expression: str) -> tuple[str, ...]:
        """The fields that an expression names, in the order of the definition."""
        bare = _bare(expression)
        named = {match.group(1) for pattern in (_WORD, _DATA) for match in pattern.finditer(bare)}
        return tuple(name for name in self._fields if name in named)

    def judge(self, expression: str, context: Context) -> Verdict:
        """Evaluate one condition. Never raises: anything but true is a verdict with its reason."""
        prepared = self._programs.get(expression)
        if prepared is None:
            try:
                prepared = self._programs[expression] = self._prepare(expression)
            except Exception:
                return Verdict(False, "error")
        program, fields, others = prepared
        held = context.fields
        variables = {
            room: convert(held[name]) if convert is not None else held[name]
            for name, room, convert in fields
            if name in held
        }
        for name in others:
            variables[f"{_ROOM}.{name}"] = context.variable(name)
        try:
            value = program.eval(data=variables)
        except Exception:  # the budget of loops ran out
            return Verdict(False, "error")
        # An error comes back as a value too, whose plain value is a text: nothing but True itself lets pass.
        if value.plain_value() is True:
            return _TRUE
        if value.type() == cel.Type.BOOL:
            return _FALSE
        missing = tuple(name for name in self.reads(expression) if name not in held)
        return Verdict(False, "unset", missing) if missing else Verdict(False, "error")

    def _prepare(self, expression: str) -> Any:
        """The compiled expression, the fields it names with their places and types, and what else it names."""
        named = {match.group(1) for match in _WORD.finditer(_bare(expression))}
        fields = [(name, f"{_ROOM}.{name}", _converter(self._fields[name])) for name in self.reads(expression)]
        return self._run.compile(expression), fields, [name for name in VARIABLES if name in named]

    def context(
        self,
        fields: Mapping[str, Any],
        *,
        actor: str,
        roles: Iterable[str],
        submitter: str,
        state: str,
        reference: str,
        now: datetime,
        opened_at: datetime,
        times: Mapping[str, int],
        objections: Sequence[str] = (),
        awards: Mapping[str, Mapping[str, Any]] = _NO_AWARDS,
        facts: Mapping[str, str] = _NO_FACTS,
    ) -> Context:
        """What one evaluation can see. `fields` holds kept values (see workflow.definition.fields)."""
        return Context(
            fields, actor, roles, submitter, state, reference, now, opened_at, times, objections, awards, facts
        )


class Context(NamedTuple):
    """What a condition can see; the variables that it names are made of it when it is judged."""

    fields: Mapping[str, Any]
    actor: str
    roles: Iterable[str]
    submitter: str
    state: str
    reference: str
    now: datetime
    opened_at: datetime
    times: Mapping[str, int]
    objections: Sequence[str] = ()
    awards: Mapping[str, Mapping[str, Any]] = _NO_AWARDS
    facts: Mapping[str, str] = _NO_FACTS

    def variable(self, name: str) -> Any:
        """The value of one of VARIABLES. `data` says only which fields have a value."""
        if name == "data":
            return dict.fromkeys(self.fields, True)
        if name == "roles":
            return sorted(self.roles)
        if name.endswith("_objections"):
            return self.objections.count(name.removesuffix("_objections"))
        if name == "open_subcases":
            return int(self.facts.get("subcases.open", "0"))
        if name == "linked_states":
            return dict(self._of_facts("linked."))
        if name == "marks":
            return {role: value.split() for role, value in self._of_facts("marks.")}
        if name == "award_grades":
            return {award: each.get("grade", "") for award, each in self.awards.items()}
        if name == "award_amounts":
            return {award: float(each["amount"]) for award, each in self.awards.items()}
        return dict(self.times) if name == "times" else getattr(self, name)

    def _of_facts(self, kind: str) -> Iterator[tuple[str, str]]:
        return ((name.removeprefix(kind), value) for name, value in self.facts.items() if name.startswith(kind))


_TRUE = Verdict(True)
_FALSE = Verdict(False)


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


_DATE = cel.FunctionDecl("date", [cel.Overload("date_of_text", cel.Type.TIMESTAMP, [cel.Type.STRING], False, _day)])


def _type(field: FieldType, decimal: Any) -> Any:
    if isinstance(field, TextField | ChoiceField):
        return cel.Type.STRING
    if isinstance(field, IntegerField):
        return cel.Type.INT
    if isinstance(field, BooleanField):
        return cel.Type.BOOL
    if isinstance(field, DateField):
        return cel.Type.TIMESTAMP
    if isinstance(field, ListField):
        return cel.Type.List(_type(field.of, decimal))
    return decimal


def _converter(field: FieldType) -> Callable[[Any], Any] | None:
    """How a kept value becomes what CEL wants: decimals as numbers, dates as midnight UTC; None where it is that."""
    if isinstance(field, TextField | ChoiceField | IntegerField | BooleanField):
        return None
    if isinstance(field, DateField):
        return _day
    if isinstance(field, ListField):
        each = _converter(field.of)
        return None if each is None else lambda kept: [each(item) for item in kept]
    return float


def _bare(expression: str) -> str:
    """The expression with blanks for what is quoted or a comment, every other character in its column."""
    return _QUOTED.sub(lambda match: " " * len(match.group()), expression)


def _mistakes(error: Exception) -> list[Mistake]:
    found = [
        Mistake(m["text"].replace(f" (in container '{_ROOM}')", ""), int(m["column"]))
        for m in _ERROR.finditer(str(error))
    ]
    return found or [Mistake(str(error).splitlines()[0][:200], 1)]


def _exact_comparison(text: str) -> bool:
    match = _OVERLOAD.match(text)
    if match is None or match["operator"] not in _COMPARISONS:
        return False
    types = {part.strip() for part in match["types"].split(",")}
    return types <= _NUMBERS and "decimal" in types
