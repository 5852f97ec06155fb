"""The JSON Schema (2020-12) of scenario files, for editors."""

from __future__ import annotations

from typing import Any

from workflow.definition import fields, parts
from workflow.definition.schema import schema_of
from workflow.scenarios import model
from workflow.scenarios.model import Book

_HOLE = r"^\$[a-z][a-z0-9_]*$"


def schema() -> dict[str, Any]:
    """The schema of a scenario file, as a JSON value of its own for each call. `$name` may stand for any value."""
    found: dict[str, Any] = _open_to_rows(schema_of(Book, (model, parts, fields), "Workflow scenarios"))
    return found


def _open_to_rows(value: Any) -> Any:
    """Where a number, a truth or a text of some form is wanted, a row's value may be named instead."""
    if isinstance(value, list):
        return [_open_to_rows(each) for each in value]
    if not isinstance(value, dict):
        return value
    plain = {key: each if key == "propertyNames" else _open_to_rows(each) for key, each in value.items()}
    if plain.get("type") == "string" and "pattern" in plain:
        return {**plain, "pattern": f"({plain['pattern']})|({_HOLE})"}
    if plain.get("type") in ("integer", "number", "boolean"):
        described = {"description": plain.pop("description")} if "description" in plain else {}
        return {**described, "anyOf": [plain, {"type": "string", "pattern": _HOLE}]}
    return plain
