"""The JSON Schema (2020-12) of the definition language, for editors that complete and check while one types.

Generated from the models, whose validators say which short forms they take, and described by the text under each key.
It accepts what the loader accepts and refuses what the loader refuses as far as a schema can: keys, types, names,
sizes. What needs more than one place of the file (a state that does not exist, a minimum above its maximum) or a CEL
compiler is left to the loader.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from itertools import pairwise
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from workflow.definition import awards, fields, lists, model, panels, parts, relations, timing
from workflow.definition.model import Definition
from workflow.definition.variants import PARAMETER, Overlay

_MODULES = (model, relations, panels, timing, awards, lists, parts, fields)
_PARAMETER = {"type": "string", "pattern": PARAMETER}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of a definition file, as a JSON value of its own for each call."""
    whole: dict[str, Any] = _filled(schema_of(Definition, _MODULES, "Workflow definition"))
    overlay = Overlay.model_json_schema(by_alias=True, mode="validation")
    _describe(overlay, Overlay)
    whole["properties"] |= _strict(overlay["properties"])
    # A variant takes over what it does not say itself.
    whole["required"] = ["workflow", "version"]
    whole["anyOf"] = [{"required": ["states"]}, {"required": ["base"]}]
    return whole


def schema_of(whole: type[BaseModel], modules: Iterable[ModuleType], title: str) -> dict[str, Any]:
    """The schema of a file that a model reads, described by the texts under its keys in those modules."""
    generated = whole.model_json_schema(by_alias=True, mode="validation")
    for name, part in generated["$defs"].items():
        _describe(part, next(getattr(each, name) for each in modules if hasattr(each, name)))
    _describe(generated, whole)
    strict: dict[str, Any] = _strict(generated)
    return {"$schema": DIALECT, **strict, "title": title}


def _filled(value: Any) -> Any:
    """Let a parameter stand for each value: under a key, under a name, in a list."""
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _filled(each) for key, each in value.items()}
    for key in ("properties", "patternProperties"):
        if isinstance(found.get(key), dict):
            found[key] = {name: _or_parameter(each) for name, each in found[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = _or_parameter(found[key])
    return found


def _or_parameter(value: dict[str, Any]) -> dict[str, Any]:
    """A schema that takes a parameter too. One that takes any text does; the tag of a union has to stand there."""
    if not value or "const" in value or (value.get("type") == "string" and not value.keys() & {"pattern", "enum"}):
        return value
    told: dict[str, Any] = {key: value[key] for key in ("description", "default") if key in value}
    bare = {key: each for key, each in value.items() if key not in told}
    several = bare["anyOf"] if bare.keys() == {"anyOf"} else [bare]
    return {"anyOf": [*several, _PARAMETER], **told}


def _describe(part: dict[str, Any], described: type[BaseModel]) -> None:
    """Give each key the text that stands under it in the model, in place of a title that only repeats its name."""
    part["description"] = _prose(described.__doc__ or "")
    texts = _texts(described)
    for name, info in described.model_fields.items():
        key = part["properties"][info.alias or name]
        key.pop("title", None)
        key["description"] = texts.get(name, part["description"])


def _texts(described: type[BaseModel]) -> dict[str, str]:
    """The text under each attribute of a model and its bases; none where the program comes without its source."""
    found: dict[str, str] = {}
    for each in reversed(described.__mro__):
        if not issubclass(each, BaseModel) or each is BaseModel:
            continue
        try:
            source = textwrap.dedent(inspect.getsource(each))
        except OSError:
            return {}
        declared = ast.parse(source).body[0]
        body = declared.body if isinstance(declared, ast.ClassDef) else []
        for line, following in pairwise(body):
            match line, following:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = _prose(text)
    return found


def _prose(text: str) -> str:
    """A docstring as paragraphs, for an editor breaks lines by itself."""
    return "\n\n".join(" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n"))


def _strict(value: Any) -> Any:
    """Say what pydantic leaves unsaid, and leave out what is OpenAPI's or would be suggested for nothing.

    Names that match no pattern are refused; absent keys are not offered as `null`.
    """
    if isinstance(value, list):
        return [_strict(each) for each in value]
    if not isinstance(value, dict):
        return value
    left_out = {"discriminator"} if "oneOf" in value else {"default"} if value.get("default", ...) is None else set()
    plain = {key: _strict(each) for key, each in value.items() if key not in left_out}
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    return plain
