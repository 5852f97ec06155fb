"""From a file or a text to a Definition: strict, with file, line, column and a suggestion for every error."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from workflow.definition import fields
from workflow.definition.checking import check
from workflow.definition.model import (
    Condition,
    Definition,
    Effective,
    Role,
    State,
    Submission,
    Transition,
)
from workflow.definition.tree import MAX_BYTES, Node, read_tree
from workflow.errors import DefinitionError, Finding, InputError

_MODELS: dict[str, type[BaseModel]] = {
    "roles": Role,
    "states": State,
    "transitions": Transition,
    "submit": Submission,
    "effective": Effective,
}
_FIELDS: dict[str, type[BaseModel]] = {
    "text": fields.TextField,
    "integer": fields.IntegerField,
    "decimal": fields.DecimalField,
    "money": fields.MoneyField,
    "boolean": fields.BooleanField,
    "date": fields.DateField,
    "choice": fields.ChoiceField,
    "list": fields.ListField,
}


def read_file(path: Path | str) -> bytes:
    """The bytes of a definition file. Raises InputError when it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError("unreadable_file", file=str(path), problem=_problem(error)) from None


def load(path: Path | str) -> Definition:
    """Read a definition file that has no errors. Raises DefinitionError with every finding."""
    return load_text(read_file(path), str(path))


def load_text(text: bytes | str, file: str = "<text>", *, sound: bool = True) -> Definition:
    """Read a definition that has no errors from its text.

    With `sound=False` a definition that is well formed but unsound (a dead end, a state that is never reached, no
    way to a final state, a transition nobody may fire) is let through.
    """
    definition, findings = examine(text, file)
    wrong = [each for each in findings if each.severity == "error" and (sound or each.rule not in UNSOUND)]
    if definition is None or wrong:
        raise DefinitionError(wrong or findings)
    return definition


UNSOUND = frozenset({"unreachable_state", "dead_end", "no_way_to_final", "nobody_may_fire", "no_final_state"})


def examine(text: bytes | str, file: str = "<text>") -> tuple[Definition | None, list[Finding]]:
    """Everything there is to say about a definition text, errors and warnings, in the order of the file.

    The definition is None when the text is not well formed.
    """
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        root = read_tree(encoded, file)
    except DefinitionError as error:
        return None, list(error.findings)
    if not isinstance(root.value, dict):
        return None, [Finding("not_a_mapping", {}, "error", file, root.line, root.column)]
    try:
        definition = Definition.model_validate(root.plain())
    except ValidationError as error:
        found = [_finding(each, root, file) for each in error.errors(include_url=False)]
        return None, _in_order(_once(found))
    findings = []
    for rule, severity, path, params in check(definition):
        node = root.at(path, key=not (path and path[-1] == "check"))
        offset = params.get("offset", 0)
        findings.append(Finding(rule, params, severity, file, node.line, node.column + offset))
    return definition, _in_order(findings)


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (each.line, each.column, each.rule))


def _once(findings: list[Finding]) -> list[Finding]:
    """One finding a place: a value that fits no branch of a union is reported once, not once a branch."""
    seen: dict[tuple[int, int], Finding] = {}
    for each in findings:
        seen.setdefault((each.line, each.column), each)
    return list(seen.values())


def _finding(error: Mapping[str, Any], root: Node, file: str) -> Finding:
    path = tuple(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, root, file)
    if kind == "missing":
        node = root.at(path[:-1], key=True) if len(path) > 1 else root
        return Finding("missing_key", {"key": path[-1]}, "error", file, node.line, node.column)
    on_key = "[key]" in path
    steps = tuple(step for step in path if step != "[key]")
    node = root.at(steps, key=on_key)
    name = next((step for step in reversed(steps) if isinstance(step, str) and "[" not in step), "")
    if on_key:
        return Finding("bad_name", {"name": str(steps[-1])}, "error", file, node.line, node.column)
    if kind.startswith("union_tag"):
        node = root.at((*steps, "type"))
        given = error.get("ctx", {}).get("tag")
        near = _near(str(given), _FIELDS)
        rule = "bad_field_type" if given is not None else "missing_key"
        params = {"name": name, "given": given, "near": near, "known": ", ".join(_FIELDS), "key": "type"}
        return Finding(rule, params, "error", file, node.line, node.column)
    problem = error["msg"].removeprefix("Value error, ")
    return Finding("bad_value", {"key": name, "problem": problem}, "error", file, node.line, node.column)


def _unknown_key(path: tuple[Any, ...], root: Node, file: str) -> Finding:
    node = root.at(path, key=True)
    name = str(path[-1])
    known = _known_keys(path, root)
    return Finding(
        "unknown_key",
        {"key": name, "near": _near(name, known), "known": ", ".join(known)},
        "error",
        file,
        node.line,
        node.column,
    )


def _known_keys(path: tuple[Any, ...], root: Node) -> list[str]:
    model: type[BaseModel] = Definition
    if "title" in path[:-1] or "description" in path[:-1]:
        model = fields.Label
    elif "when" in path[:-1]:
        model = Condition
    elif len(path) > 1 and path[0] == "fields":
        parent = root.at(path[:-1])
        kind = parent.value.get("type") if isinstance(parent.value, dict) else None
        model = _FIELDS.get(kind[1].value if kind else "", fields.TextField)
    elif len(path) > 1:
        model = _MODELS.get(str(path[0]), Definition)
    return [info.alias or name for name, info in model.model_fields.items()]


def _near(name: str, known: Mapping[str, Any] | list[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def _problem(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
