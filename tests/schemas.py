"""The two that must agree: the JSON Schema and the loader."""

from __future__ import annotations

import inspect
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from workflow.definition import fields, model
from workflow.definition.model import Definition
from workflow.definition.schema import schema

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
MODELS: dict[str, type[BaseModel]] = {
    name: each
    for module in (fields, model)
    for name, each in vars(module).items()
    if inspect.isclass(each) and issubclass(each, BaseModel) and each.__module__ == module.__name__ and name[0] != "_"
}


def loads(plain: Any) -> bool:
    """What the loader says of a tree, well formed or not."""
    try:
        Definition.model_validate(plain)
    except ValidationError:
        return False
    return True
