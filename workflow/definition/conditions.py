"""Conditions: CEL expressions, typed when the definition is read, evaluated when a case moves. The one door to CEL.

A field is a variable of its own name and type. Decimals and money compare exactly with each other and with numbers
(they have at most 15 digits, which a double holds without loss); arithmetic on them is refused when the definition
is checked, because amounts are computed by awards, not by conditions. A field that has no value makes a condition
that reads it fail; `has(data.benefit)` asks first. The library bounds depth and loops, so no expression can hang.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

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
    "data": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}

_OVERLOAD = re.compile(r"found no matching overload for '(?P<operator>[^']+)' applied to '\((?P<types>.*)\)'")
_ERROR = re.compile(r"ERROR: <input>:(?P<line>\d+):(?P<column>\d+): (?P<text>[^\n]*)")
_COMPARISONS = {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"}
_NUMBERS = {"decimal", "int", "double", "uint"}
_STRINGS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_MEMBER = re.compile(r"(?<![\w.])data\s*\.\s*([A-Za-z_]\w*)")
_WORD = re.compile(r"(?<![\w.])([A-Za-z_]\w*)")


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
        found = [Mistake(f"data has no field '{name}'", column) for name, column in self._strangers(expression)]
        try:
            self._check.compile(expression)
        except Exception as error:
            found += [each for each in _mistakes(error) if not _exact_comparison(each.text)]
        return found

    def _strangers(self, expression: str) -> list[tuple[str, int]]:
        bare = _STRINGS.sub(lambda match: " " * len(match.group()), expression)
        return [(m.group(1), m.start(1) + 1) for m in _MEMBER.finditer(bare) if m.group(1) not in self._fields]

    def reads(self, expression: str) -> tuple[str, ...]:
        """The fields that an expression names, in the order of the definition."""
        bare = _STRINGS.sub("''", expression)
        named = {m.group(1) for m in _WORD.finditer(bare)} | {m.group(1) for m in _MEMBER.finditer(bare)}
        return tuple(name for name in self._fields if name in named)

    def judge(self, expression: str, context: Context) -> Verdict:
        """Evaluate one condition. Never raises: anything but true is a verdict with its reason."""
        program = self._programs.get(expression)
        if program is None:
            try:
                program = self._programs[expression] = self._run.compile(expression)
            except Exception:
                return Verdict(False, "error")
        value = program.eval(data=context.variables)
        kind = value.type()
        if kind == cel.Type.BOOL:
            return _TRUE if value.plain_value() is True else _FALSE
        missing = tuple(name for name in self.reads(expression) if name not in context.fields)
        return Verdict(False, "unset", missing) if missing else Verdict(False, "error")

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
    ) -> Context:
        """The variables of one evaluation. `fields` holds kept values (see workflow.definition.fields)."""
        data = {name: _value(self._fields[name], value) for name, value in fields.items() if name in self._fields}
        variables: dict[str, Any] = {
            "case.actor": actor,
            "case.roles": list(roles),
            "case.submitter": submitter,
            "case.state": state,
            "case.reference": reference,
            "case.now": now,
            "case.opened_at": opened_at,
            "case.times": dict(times),
            "case.data": data,
        }
        for name, value in data.items():
            variables[f"{_ROOM}.{name}"] = value
        return Context(variables, data.keys())


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition can see: the variables by qualified name, and which fields have a value."""

    variables: Mapping[str, Any]
    fields: Iterable[str]


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


def _value(field: FieldType, kept: Any) -> Any:
    """A kept value as CEL wants it: decimals as numbers, dates as midnight UTC."""
    if isinstance(field, TextField | ChoiceField | IntegerField | BooleanField):
        return kept
    if isinstance(field, DateField):
        return _day(kept)
    if isinstance(field, ListField):
        return [_value(field.of, item) for item in kept]
    return float(kept)


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
