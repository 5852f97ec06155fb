"""From a file or a text to a Definition: strict, with file, line, column and a suggestion for every error."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from workflow.definition.checking import check
from workflow.definition.model import Definition
from workflow.definition.tree import MAX_BYTES, Node, read_tree
from workflow.errors import DefinitionError, Finding, InputError
from workflow.messages import MESSAGES

_FIELD_TYPES = ("text", "integer", "decimal", "money", "boolean", "date", "choice", "list")

# What pydantic calls a mistake, and what we call it (see rule.bad_value.* in workflow.messages.findings).
_PROBLEMS = {
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "tuple_type": "list",
    "string_type": "text",
    "bool_type": "boolean",
    "int_type": "whole",
    "decimal_type": "number",
    "date_type": "date",
    "string_pattern_mismatch": "form",
    "string_too_short": "too_few_characters",
    "string_too_long": "too_many_characters",
    "too_short": "too_few",
    "too_long": "too_many",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "literal_error": "literal",
}

# Rules about a name or an expression that stands in the file as a value; the others are about what a key names.
_ABOUT_VALUES = frozenset(
    {
        "unknown_state",
        "unknown_role",
        "unknown_field",
        "unknown_transition",
        "unknown_person",
        "unknown_panel",
        "unknown_notice",
        "unknown_deadline",
        "unknown_electorate",
        "unknown_choice",
        "not_granted",
        "wrong_field",
        "panel_elsewhere",
        "notice_elsewhere",
        "deadline_elsewhere",
        "two_notices",
        "reopens_open_state",
        "ambiguous_name",
        "apart_from_grant",
        "person_not_text",
        "leaves_final_state",
        "bad_condition",
        "unknown_award",
        "unknown_grade",
        "wrong_type",
        "other_currency",
    }
)

# Where names stand as keys: a panel with its outcome, a deadline with its extension, a role with its weight.
_NAMED_BY_KEYS = {("transitions", "panel", 5), ("transitions", "extends", 5), ("panels", "weights", 4)}


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


def checked(definition: Definition) -> Definition:
    """A definition as a program hands it over, when it is well formed. Raises DefinitionError, without places."""
    found = [Finding(rule, params, severity, definition.workflow) for rule, severity, _, params in check(definition)]
    wrong = [each for each in found if each.severity == "error" and each.rule not in UNSOUND]
    if wrong:
        raise DefinitionError(wrong)
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
        return None, misfits(error, root, file)
    findings = []
    for rule, severity, path, params in check(definition):
        node = root.at(path, key=rule not in _ABOUT_VALUES or _is_key(root, path))
        column = node.column
        if "offset" in params and node.text_column is not None:
            column = node.text_column + params["offset"]
        findings.append(Finding(rule, params, severity, file, node.line, column))
    return definition, _in_order(findings)


def misfits(error: ValidationError, root: Node, file: str, model: type[BaseModel] = Definition) -> list[Finding]:
    """What a model says against a tree, as findings in the order of the file."""
    return _in_order([_finding(each, root, file, model) for each in error.errors(include_url=False)])


def _is_key(root: Node, path: tuple[str | int, ...]) -> bool:
    """Does a path end with a name that stands in the file as a key, such as a panel with its outcome?"""
    parent = root.at(path[:-1]).value
    named = (path[0], path[-2], len(path)) in _NAMED_BY_KEYS if len(path) > 1 else False
    return named and isinstance(parent, dict) and path[-1] in parent


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (each.line, each.column, each.rule))


def _finding(error: Mapping[str, Any], root: Node, file: str, model: type[BaseModel]) -> Finding:
    path = tuple(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, root, file, model)
    if kind == "missing":
        return _found("missing_key", root.at(path[:-1], key=True), file, key=path[-1])
    if path[-1] == "[key]":
        form = error.get("ctx", {}).get("pattern")
        return _found("bad_name", root.at(path[:-1], key=True), file, name=str(path[-2]), form=form)
    name = _key(path, root)
    if kind.startswith("union_tag"):
        tag = error.get("ctx", {}).get("tag")
        if tag is None:
            return _found("missing_key", root.at(path, key=True), file, key="type")
        known = [each for each in _FIELD_TYPES if each != "list" or path[-1] != "of"]
        near, node = _near(tag, known), root.at((*path, "type"))
        return _found("bad_field_type", node, file, name=name, given=tag, near=near, known=known)
    problem = _PROBLEMS.get(kind, kind)
    if f"rule.bad_value.{problem}" not in MESSAGES:
        problem = error["msg"]
    given = error["input"] if isinstance(error["input"], str) else None
    return _found("bad_value", root.at(path), file, key=name, problem=problem, given=given, **error.get("ctx", {}))


def _found(rule: str, node: Node, file: str, **params: Any) -> Finding:
    return Finding(rule, params, "error", file, node.line, node.column)


def _key(path: tuple[Any, ...], root: Node) -> str:
    """The last step of a path that is a key of the file."""
    here, name = root, ""
    for step in path:
        if isinstance(here.value, dict) and step in here.value:
            name, here = step, here.value[step][1]
        elif isinstance(here.value, list) and isinstance(step, int):
            here = here.value[step]
    return name


def _unknown_key(path: tuple[Any, ...], root: Node, file: str, model: type[BaseModel]) -> Finding:
    name, known = str(path[-1]), _known_keys(path, model)
    return _found("unknown_key", root.at(path, key=True), file, key=name, near=_near(name, known), known=known)


def _known_keys(path: tuple[Any, ...], whole: type[BaseModel]) -> list[str]:
    """The keys that may stand beside the last step of a path: those of the model to which the steps before it lead."""
    here: list[Any] = [whole]
    for step in path[:-1]:
        here = [found for kind in here for found in _inside(kind, step)]
    models = [model for kind in here for model in _models(kind)]
    return list(dict.fromkeys(info.alias or name for model in models for name, info in model.model_fields.items()))


def _inside(kind: Any, step: str | int) -> Iterator[Any]:
    """To which types a step leads from a type: a key, a name, the number of an item, or the tag of a union."""
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        named = [info.annotation for name, info in kind.model_fields.items() if (info.alias or name) == step]
        tag = kind.model_fields.get("type")
        tagged = tag is not None and step in get_args(tag.annotation)
        yield from named or ([kind] if tagged else [])
    elif origin is dict:
        yield get_args(kind)[1]
    elif origin in (tuple, list):
        yield get_args(kind)[0]
    elif origin is Annotated:
        yield from _inside(get_args(kind)[0], step)
    else:
        for each in get_args(kind):
            yield from _inside(each, step)


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that a value of a type may be."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) not in (dict, tuple, list):
        for each in get_args(kind):
            yield from _models(each)


def _near(name: str, known: Mapping[str, Any] | list[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else ""


SCENARIOS = ".scenarios.yaml"


def definition_files(folder: Path) -> list[Path]:
    """The definition files of a folder, by name; the scenario files beside them are none."""
    found = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(each for each in found if not each.name.endswith(SCENARIOS))


def _problem(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
