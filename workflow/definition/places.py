"""From a mistake of a model to a finding: what is wrong in the words of the language, with file, line and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

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
        name, known = str(path[-1]), _known_keys(path, root, models)
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


def _known_keys(path: tuple[Any, ...], root: Node, models: tuple[type[BaseModel], ...]) -> list[str]:
    """The keys that may stand beside the last step of a path: those of the model to which the steps before it lead."""
    here = list(models)
    for step in path[:-1]:
        named = [info for model in here for name, info in model.model_fields.items() if (info.alias or name) == step]
        if named:
            here = [model for info in named for model in _models(info.annotation, *info.metadata)]
        elif isinstance(step, str):
            # The tag of a union; names and numbers of items lead to where one is already.
            here = [model for model in here if _tagged(model) == step] or here
    return list(dict.fromkeys(info.alias or name for model in here for name, info in model.model_fields.items()))


def _models(*kinds: Any) -> Iterator[type[BaseModel]]:
    """The models of which an annotation is made, however deep they lie in it."""
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        else:
            yield from _models(*get_args(kind))


def _tagged(model: type[BaseModel]) -> str | None:
    info = model.model_fields.get("type")
    return get_args(info.annotation)[0] if info is not None else None
