"""The two that must agree: the JSON Schema and the loader."""

from __future__ import annotations

import inspect
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from workflow.definition import awards, fields, model, panels, parts, timing
from workflow.definition.model import Definition
from workflow.definition.schema import schema

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
MODELS: dict[str, type[BaseModel]] = {
    name: each
    for module in (fields, parts, panels, timing, awards, model)
    for name, each in vars(module).items()
    if inspect.isclass(each) and issubclass(each, BaseModel) and each.__module__ == module.__name__ and name[0] != "_"
    # Of these others are made.
    if each not in (parts.Part, parts.Bounds, parts.Portion)
}


def loads(plain: Any) -> bool:
    """What the loader says of a tree, well formed or not."""
    try:
        Definition.model_validate(plain)
    except ValidationError:
        return False
    return True
