"""The page about the language: every rule, key and default is documented, every example does what it says."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import workflow
from tests.pages import SAMPLE, codes, examples, fence, fences, first, language, named, page, rows
from tests.schemas import MADE_OF
from tests.support import ROOT
from workflow import Actor, Engine
from workflow.definition import (
    awards,
    checking,
    conditions,
    fields,
    lists,
    loading,
    model,
    panels,
    parts,
    relations,
    timing,
    tree,
    variants,
)

MODELS: dict[str, type[BaseModel]] = {
    "Definition": model.Definition,
    "Role": model.Role,
    "State": model.State,
    "Submit": model.Submission,
    "Transition": model.Transition,
    "Condition": parts.Condition,
    "Effective": model.Effective,
    "Parameters and variants": variants.Overlay,
    "Reference list": lists.ReferenceList,
    "Item": lists.Item,
    "Panel": panels.Panel,
    "Quorum": panels.Quorum,
    "Majority": panels.Majority,
    "Composition": parts.Composition,
    "Criterion": panels.Criterion,
    "Result": panels.Result,
    "Election": panels.Election,
    "Draw": panels.Draw,
    "Due": timing.Due,
    "Rung": timing.Rung,
    "Deadline": timing.Deadline,
    "Notice": timing.Notice,
    "Award": awards.Award,
    "Formula": awards.Formula,
    "Band": awards.Band,
    "Matrix": awards.Matrix,
    "Cell": awards.Cell,
    "Adjustment": awards.Adjustment,
    "Split": awards.Split,
    "Approver": awards.Approver,
    "Pool": awards.Pool,
    "Awarding": awards.Awarding,
    "Link": relations.Link,
    "Opening": relations.Opening,
    "Batch": relations.Batch,
    "Quota": relations.Quota,
    "Marking": relations.Marking,
    "Periodic": relations.Periodic,
    "Window": relations.Window,
    "Labels": fields.Label,
    "text": fields.TextField,
    "integer": fields.IntegerField,
    "decimal": fields.DecimalField,
    "money": fields.MoneyField,
    "boolean": fields.BooleanField,
    "date": fields.DateField,
    "choice": fields.ChoiceField,
    "list": fields.ListField,
}

# What must stand beside the key of an example, and no more.
NEEDED: dict[str, dict[str, Any]] = {
    "Definition": {"workflow": "door", "version": "1", "states": {"open": {"initial": True}}},
    "Transition": {"from": "open", "to": "done", "by": "anyone"},
    "Condition": {"check": "true"},
    "Item": {"value": "A"},
    "Reference list": {"items": ["A"]},
    "Panel": {"in": "open", "of": "member"},
    "Quorum": {"gt": "1/2"},
    "Majority": {"gt": "1/2"},
    "Composition": {"of": "member"},
    "Criterion": {"max": 20},
    "Election": {"among": "candidates"},
    "Due": {"within": "5d"},
    "Rung": {"after": "5d", "to": "director"},
    "Deadline": {"from": "open", "until": "done", "within": "5d"},
    "Notice": {"in": "open", "for": "5d"},
    "Award": {"currency": "CNY", "of": "saving", "amount": 20},
    "Formula": {"amount": 20},
    "Band": {"amount": 20},
    "Matrix": {"rows": "value", "columns": "scope", "cells": {"small": {"team": 10}}},
    "Cell": {"amount": 20},
    "Adjustment": {"when": "true", "down": 1},
    "Split": {"among": "co_authors"},
    "Approver": {"by": "board"},
    "Pool": {"name": "fund"},
    "Link": {"by": "anyone"},
    "Opening": {"definition": "filing"},
    "Quota": {"of": "leaders", "when": "leader"},
    "Marking": {"on": "author", "mark": "star"},
    "Periodic": {"every": "3m", "from": "2026-01-01"},
    "Window": {"from": "01-01", "to": "12-31"},
    "text": {"type": "text"},
    "integer": {"type": "integer"},
    "decimal": {"type": "decimal"},
    "money": {"type": "money", "currency": "CNY"},
    "boolean": {"type": "boolean"},
    "date": {"type": "date"},
    "choice": {"type": "choice", "choices": ["A"]},
    "list": {"type": "list", "of": "text"},
}

# Where something else must stand beside a key than beside the others of its mapping.
COUNTED = {"in": "open", "ballot": "counted", "tellers": "office"}
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    **{(heading, key): {} for heading in ("Quorum", "Majority") for key in ("gt", "gte", "at_least")},
    ("Panel", "members"): {"in": "open"},
    ("Panel", "seats"): {"in": "open"},
    ("Panel", "tellers"): COUNTED,
    ("Panel", "electorates"): COUNTED,
    ("Panel", "into"): {"in": "open", "of": "member", "score": {"use": 10}},
    **{("Award", key): {"currency": "CNY", "of": "saving"} for key in ("bands", "matrix", "best", "percent")},
    ("Award", "max"): {"currency": "CNY"},
    ("Award", "min"): {"currency": "CNY", "max": 90},
    ("Award", "adjust"): {"currency": "CNY", "of": "saving", "bands": [{"max": 90}]},
    **{(heading, "max"): {} for heading in ("Formula", "Band", "Cell")},
    **{(heading, "min"): {"max": 90} for heading in ("Formula", "Band", "Cell")},
    **{(heading, "percent"): {} for heading in ("Formula", "Band")},
    **{("Formula", key): {} for key in ("bands", "matrix")},
    **{("choice", key): {"type": "choice", "list": "matters"} for key in ("list", "as_of")},
    ("Band", "percent_above"): {"amount": 20, "gt": 0},
    **{("Adjustment", key): {"when": "true"} for key in ("down", "up", "highest", "grade")},
}


def keys_of(kind: type[BaseModel]) -> dict[str, Any]:
    """The keys of a model as a file spells them."""
    return {info.alias or name: info for name, info in kind.model_fields.items()}


def shown_default(info: Any) -> str:
    """A default as the page writes it."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if value == (model.ANYONE,):
        return "`anyone`"
    if isinstance(value, panels.Result):
        return f"`{value.by}`"
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, str):
        return f"`{value}`"
    return f"`{json.dumps(value)}`"


class TestLanguage:
    def test_every_rule_has_an_example(self) -> None:
        assert set(examples()) == named("rule")

    @pytest.mark.parametrize("rule", sorted(examples()))
    def test_an_example_breaks_its_rule_and_no_other(self, rule: str) -> None:
        words, text = examples()[rule]
        _, findings = loading.examine(text, folders=[ROOT / "definitions"])
        assert {each.rule for each in findings} == {rule}
        warned = words.startswith("A warning: ")
        assert {each.severity for each in findings} == {"warning" if warned else "error"}
        assert ("Unsound." in words) == (rule in loading.UNSOUND)

    def test_unsound_rules_are_listed(self) -> None:
        [listed] = re.findall(
            r"A definition is \*unsound\* .*?: the rules (.*?)\.", page("docs/language.md"), re.DOTALL
        )
        assert set(codes(listed)) == loading.UNSOUND

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_every_key_is_documented(self, heading: str) -> None:
        assert first(language()[heading].split("\n####")[0]) == list_of_keys(heading)

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_defaults_are_those_of_the_language(self, heading: str) -> None:
        infos = keys_of(MODELS[heading])
        said = {codes(row[0])[0]: row[2] for row in rows(language()[heading].split("\n####")[0])}
        assert said == {name: shown_default(info) for name, info in infos.items()}

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_examples_of_keys_can_be_read(self, heading: str) -> None:
        for row in rows(language()[heading].split("\n####")[0]):
            [name], [example] = codes(row[0]), codes(row[3])
            said = tree.read_tree(example.encode(), "example").plain()
            assert list(said) == [name]
            beside = INSTEAD.get((heading, name), NEEDED.get(heading, {}))
            MODELS[heading].model_validate({**beside, **said})

    def test_a_reason_can_be_asked_for_when_a_case_is_opened(self) -> None:
        engine = Engine.open("sqlite://")
        text = SAMPLE.replace("states:", "submit: {require: reason}\nstates:")
        engine.install(workflow.load_text(text))
        try:
            with pytest.raises(workflow.RefusedError):
                engine.submit("sample", actor=Actor("li.na"))
        finally:
            engine.close()

    def test_every_model_of_the_language_has_its_table(self) -> None:
        there = {
            each
            for module in (model, relations, panels, timing, awards, lists, parts, fields)
            for name, each in vars(module).items()
            if inspect.isclass(each) and issubclass(each, BaseModel) and each.__module__ == module.__name__
            if not name.startswith("_")
        }
        assert (there - MADE_OF) | {variants.Overlay} == set(MODELS.values())

    def test_whole_definitions_are_clean(self) -> None:
        for heading in ("An example", "Awards", "Reference lists", "Editors", "What the clock does"):
            assert loading.examine(fence(language()[heading], "yaml"))[1] == [], heading
        assert loading.examine(fence(language()["Panels"].split("\n### ")[0], "yaml"))[1] == []

    def test_the_variant_is_clean_and_says_what_the_page_says(self, tmp_path: Path) -> None:
        base, variant = (each.text for each in fences(language()["Parameters and variants"]))
        (tmp_path / "wage-agreement.yaml").write_text(base, encoding="utf-8")
        file = tmp_path / "wage-agreement-zj.yaml"
        file.write_text(variant, encoding="utf-8")
        assert loading.examine(base)[1] == []
        definition, findings = loading.examine(variant, str(file))
        assert findings == []
        assert definition is not None
        assert definition.states["asked"].due == timing.Due(within="10wd")
        assert list(definition.transitions) == ["answer", "sign", "break_off"]

    def test_limits(self) -> None:
        limits = [int(row[1].replace(",", "").split()[0]) for row in rows(language()["The file"])]
        assert limits == [tree.MAX_BYTES, tree.MAX_DEPTH, tree.MAX_NODES, tree.MAX_ALIASES]

    def test_forms_of_names(self) -> None:
        said = [codes(row[1])[0] for row in rows(language()["Names"])]
        kinds = (model.DefinitionName, parts.Name, parts.FieldName)
        patterns = [get_args(kind)[1].pattern for kind in kinds]
        assert [f"^{form}$" for form in said] == [re.sub(r"\{0,63\}", "*", pattern) for pattern in patterns]

    def test_reserved_names(self) -> None:
        listed = language()["Names"].split("Reserved:")[1].split("\n\nA role")[0]
        roles, plain, words, deadlines, electorates = (set(codes(part)) for part in listed.split("\n- ")[1:])
        assert roles == checking.RESERVED_ROLES
        assert plain == checking.RESERVED_FIELDS
        assert words == checking.CEL_WORDS
        assert (deadlines, electorates) == ({checking.DUE}, {checking.MEMBERS})

    def test_variables(self) -> None:
        said = {codes(row[0])[0]: row[1] for row in rows(language()["Variables"]) if codes(row[0])}
        names = {name: kind.name().lower().replace("<", "(").replace(">", ")") for name, kind in variables()}
        assert said == {name: kind.replace("google.protobuf.", "") for name, kind in names.items()}

    def test_expressions_that_are_allowed(self) -> None:
        check = conditions.Conditions(workflow.load_text(SAMPLE).fields)
        lines = fence(page("docs/language.md"), "cel").splitlines()
        assert {line: check.mistakes(line) for line in lines} == {line: [] for line in lines}

    def test_expressions_that_are_refused(self) -> None:
        check = conditions.Conditions(workflow.load_text(SAMPLE).fields)
        said = {codes(row[0])[0]: [row[1]] for row in rows(language()["What is refused"])}
        assert {line: [each.text for each in check.mistakes(line)] for line in said} == said


def variables() -> Iterator[tuple[str, Any]]:
    """The variables of a condition with their types."""
    yield from conditions.VARIABLES.items()


def list_of_keys(heading: str) -> list[str]:
    """The keys of the model, in the order of its table: `type` and what is required come before the title."""
    names = list(keys_of(MODELS[heading]))
    if heading in NEEDED and "type" in names:
        before = [name for name in NEEDED[heading] if name in names]
        return before + [name for name in names if name not in before]
    return names
