"""The two that must agree: the JSON Schema and the loader."""

from __future__ import annotations

import inspect
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from workflow.definition import awards, fields, lists, model, panels, parts, relations, timing
from workflow.definition.model import Definition
from workflow.definition.schema import schema

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
# What others are made of, which a file never says by itself.
MADE_OF = {parts.Part, parts.Portion, parts.Bounds}
MODELS: dict[str, type[BaseModel]] = {
    name: each
    for module in (fields, lists, parts, panels, relations, timing, awards, model)
    for name, each in vars(module).items()
    if inspect.isclass(each)
    and issubclass(each, BaseModel)
    and each.__module__ == module.__name__
    and name[0] != "_"
    and each not in MADE_OF
}


def loads(plain: Any) -> bool:
    """What the loader says of a tree, well formed or not."""
    try:
        Definition.model_validate(plain)
    except ValidationError:
        return False
    return True


# Mistakes that lie between two keys, or in the value of a number: no schema sees them.
BETWEEN_KEYS = {
    *("min_above_max", "one_portion", "two_bounds", "criterion", "deadline_states"),
    *(
        "window",
        "panel_members",
        "panel_tellers",
        "panel_electorates",
        "panel_counted",
        "panel_form",
        "panel_secret",
        "panel_into",
        "panel_draw",
    ),
}


def well_formed(plain: Any) -> bool:
    """What the loader says of the keys and values of a tree, each alone."""
    try:
        Definition.model_validate(plain)
    except ValidationError as error:
        return all(each["type"] in BETWEEN_KEYS for each in error.errors())
    return True
