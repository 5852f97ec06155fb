"""The JSON Schema: it has the keys of the language, describes each, and is in no other dialect."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.schemas import MODELS, SCHEMA
from workflow.definition.schema import schema
from workflow.definition.variants import Overlay


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_each_call_gives_a_schema_of_its_own() -> None:
    first = schema()
    first["properties"].clear()
    assert schema() == SCHEMA


# -- The same keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_has_the_keys_of_the_model_and_no_others(name: str) -> None:
    part = SCHEMA if name == "Definition" else SCHEMA["$defs"][name]
    keys = {info.alias or key: info for key, info in MODELS[name].model_fields.items()}
    overlay = Overlay.model_fields if name == "Definition" else {}
    assert list(part["properties"]) == [*keys, *overlay]
    # Of a definition, the states may be those of its base.
    needed = [key for key, info in keys.items() if info.is_required() and not (overlay and key == "states")]
    assert part.get("required", []) == needed
    assert part["additionalProperties"] is False
    assert part["type"] == "object"


def test_the_schema_has_the_parts_of_the_language_and_no_others() -> None:
    assert set(SCHEMA["$defs"]) | {"Definition"} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_every_part_and_every_key_is_described(name: str) -> None:
    part = SCHEMA if name == "Definition" else SCHEMA["$defs"][name]
    for each in (part, *part["properties"].values()):
        assert each["description"] == each["description"].strip()
        assert each["description"].endswith((".", "`."))
    assert part["title"]
    assert not any("title" in each for each in part["properties"].values())


def test_descriptions_are_the_texts_under_the_keys() -> None:
    transition = SCHEMA["$defs"]["Transition"]
    assert transition["properties"]["at_most"]["description"] == "How often it may be made in one case."
    assert transition["description"] == (
        "One way from state to state: who may go it, with what, under which conditions.\n\n"
        "Of several ways under one name that leave one state, the first whose conditions hold is taken."
    )
    money = SCHEMA["$defs"]["MoneyField"]["properties"]
    assert money["places"]["description"] == "How many digits after the point are kept."
    assert money["title"]["description"] == "What people read instead of the field's name."
    assert money["type"]["description"].startswith("An exact amount in one currency")


def test_without_its_source_the_program_gives_the_same_schema_with_fewer_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_source(described: object) -> str:
        raise OSError

    monkeypatch.setattr(inspect, "getsource", no_source)
    bare = schema()
    assert without_descriptions(bare) == without_descriptions(SCHEMA)
    assert bare["$defs"]["Transition"]["description"] == SCHEMA["$defs"]["Transition"]["description"]


def without_descriptions(value: Any) -> Any:
    if isinstance(value, list):
        return [without_descriptions(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_descriptions(each)
        for key, each in value.items()
        if key != "description" or not isinstance(each, str)
    }


def test_nothing_is_left_of_other_dialects() -> None:
    def keywords(value: Any) -> Iterator[str]:
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from keywords(each)
        if isinstance(value, dict):
            yield from value

    assert {"discriminator", "nullable", "definitions", "example"}.isdisjoint(keywords(SCHEMA))
