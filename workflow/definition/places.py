"""From a mistake of a model to a finding: what is wrong in the words of the language, with file, line and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from workflow.definition.tree import Node
from workflow.errors import Finding
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


def found(rule: str, node: Node, **params: Any) -> Finding:
    """An error at the place of a node."""
    return Finding(rule, params, "error", node.file, node.line, node.column)


def in_order(findings: Iterable[Finding], file: str) -> list[Finding]:
    """Findings in the order of the file, those of other files behind them."""
    return sorted(findings, key=lambda each: (each.file != file, each.file, each.line, each.column, each.rule))


def mistake(error: Mapping[str, Any], root: Node, *models: type[BaseModel]) -> Finding:
    """The finding for one error of pydantic about a tree; the first of the models is the one that was asked."""
    path = tuple(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        name, known = str(path[-1]), _known_keys(path, models)
        return found("unknown_key", root.at(path, key=True), key=name, near=near(name, known), known=known)
    if kind == "missing":
        return found("missing_key", root.at(path[:-1], key=True), key=path[-1])
    if path[-1] == "[key]":
        form = error.get("ctx", {}).get("pattern")
        return found("bad_name", root.at(path[:-1], key=True), name=str(path[-2]), form=form)
    name = _key(path, root)
    if kind.startswith("union_tag"):
        tag = error.get("ctx", {}).get("tag")
        if tag is None:
            return found("missing_key", root.at(path, key=True), key="type")
        known = [each for each in _FIELD_TYPES if each != "list" or path[-1] != "of"]
        node = root.at((*path, "type"))
        return found("bad_field_type", node, name=name, given=tag, near=near(tag, known), known=known)
    problem = _PROBLEMS.get(kind, kind)
    if f"rule.bad_value.{problem}" not in MESSAGES:
        problem = error["msg"]
    given = error["input"] if isinstance(error["input"], str) else None
    return found("bad_value", root.at(path), key=name, problem=problem, given=given, **error.get("ctx", {}))


def near(name: str, known: Iterable[str]) -> str:
    """The known name that comes closest; empty when none is close."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def _key(path: tuple[Any, ...], root: Node) -> str:
    """The last step of a path that is a key of the file."""
    here, name = root, ""
    for step in path:
        if isinstance(here.value, dict) and step in here.value:
            name, here = step, here.value[step][1]
        elif isinstance(here.value, list) and isinstance(step, int):
            here = here.value[step]
    return name


def _known_keys(path: tuple[Any, ...], wholes: tuple[type[BaseModel], ...]) -> list[str]:
    """The keys that may stand beside the last step of a path: those of the model to which the steps before it lead."""
    here: list[Any] = list(wholes)
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
