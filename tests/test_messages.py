"""Words for people: a message for everything that can be found, in both languages, with figures that are filled."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from types import ModuleType

import pytest

from workflow import messages
from workflow.definition import (
    awards,
    checking,
    fields,
    lists,
    loading,
    model,
    numbers,
    panels,
    parts,
    places,
    relations,
    timing,
    tree,
    variants,
)
from workflow.errors import Blocker, Finding
from workflow.messages import LANGUAGES, MESSAGES, render
from workflow.rules import contribute, procedure

FIGURE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
ANY_BRACES = re.compile(r"\{\{\w+\}\}|\{\w+\}")
HAN = re.compile("[\u4e00-\u9fff]")


def texts_given_to(module: ModuleType, *functions: str) -> set[str]:
    """Every text that a module writes as the first argument of one of these functions, also inside `a if x else b`."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions and call.args:
            chosen = call.args[0]
            places = [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]
            found |= {each.value for each in places if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found


def texts_given_as_second(module: ModuleType, function: str) -> set[str]:
    """Every text that a module writes as the second argument of a function."""
    calls = (each for each in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(each, ast.Call))
    second = [each.args[1] for each in calls if isinstance(each.func, ast.Name) and each.func.id == function]
    return {each.value for each in second if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def rules_of_checking(*only: str) -> set[str]:
    """The rules that `checking` yields: the first of each tuple, and `unknown_…` for what it does not find."""
    names = [each.name for each in pkgutil.iter_modules(checking.__path__, f"{checking.__name__}.")]
    names = [name for name in names if not only or name.rpartition(".")[2] in only]
    found: set[str] = set()
    for module in map(importlib.import_module, names):
        found |= {f"unknown_{kind}" for kind in texts_given_to(module, "unknown", "missing")}
        for each in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(each, ast.Yield | ast.Return) and isinstance(each.value, ast.Tuple):
                rule = each.value.elts[0]
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                    found.add(rule.value)
    return found


def rules_of_tree() -> set[str]:
    """The rules for texts that are no tree."""
    return texts_given_to(tree, "_error")


def rules_of_loading() -> set[str]:
    """The rules for trees that are no definition."""
    return {each for module in (loading, places, variants) for each in texts_given_to(module, "found", "Finding")}


def reasons_of_fields() -> set[str]:
    """Why a value may be refused."""
    return (
        texts_given_to(fields, "BadValue") | texts_given_to(numbers, "BadValue") | texts_given_to(procedure, "BadValue")
    )


def problems_of_models() -> set[str]:
    """What the models call their own mistakes, besides those of pydantic."""
    return {
        each
        for module in (fields, lists, parts, panels, timing, relations, awards, model)
        for each in texts_given_to(module, "PydanticCustomError")
    }


def test_no_message_stands_twice() -> None:
    names = [each.name for each in pkgutil.iter_modules(messages.__path__)]
    tables = [vars(importlib.import_module(f"workflow.messages.{name}")).get(name.upper(), {}) for name in names]
    assert sum(map(len, tables)) == len(MESSAGES)


def test_the_sources_are_read_and_not_passed_over() -> None:
    assert {"repeated_key", "too_deep", "not_utf8"} <= rules_of_tree()
    assert {"unknown_role", "dead_end", "unused_role"} <= rules_of_checking()
    assert {"unknown_grade", "band_gap", "no_such_choice"} <= rules_of_checking()
    assert {"unknown_key", "missing_key", "not_a_mapping"} <= rules_of_loading()
    assert {"not_text", "float", "not_decimal", "too_many_places"} <= reasons_of_fields()
    assert {"min_above_max", "repeated_choice", "too_short"} <= problems_of_models()


def test_every_rule_has_a_message_and_every_message_a_rule() -> None:
    rules = rules_of_tree() | rules_of_checking() | rules_of_loading()
    named = {key.removeprefix("rule.") for key in MESSAGES if key.startswith("rule.")}
    assert rules == {name for name in named if "." not in name}
    assert {name.partition(".")[0] for name in named if "." in name} == {"bad_value"}


def test_every_mistake_of_a_model_has_a_message_and_every_message_a_mistake() -> None:
    named = {key.removeprefix("rule.bad_value.") for key in MESSAGES if key.startswith("rule.bad_value.")}
    own = problems_of_models() - set(places._PROBLEMS)
    assert named == set(places._PROBLEMS.values()) | own


def test_every_reason_against_a_value_has_a_message() -> None:
    named = {key.removeprefix("blocker.bad_field.") for key in MESSAGES if key.startswith("blocker.bad_field.")}
    # These are not about a value: the field does not exist, or is not taken here.
    assert named == reasons_of_fields() | texts_given_as_second(contribute, "_wrong") | {"unknown", "not_taken"}


def test_every_blocker_says_what_would_lift_it() -> None:
    blockers = {key.split(".")[1] for key in MESSAGES if key.startswith("blocker.")}
    assert {key.split(".")[1] for key in MESSAGES if key.startswith("unblock.")} == blockers


@pytest.mark.parametrize("key", MESSAGES)
def test_a_template_is_well_formed_in_both_languages(key: str) -> None:
    templates = MESSAGES[key]
    assert len(templates) == len(LANGUAGES) == 2
    for template in templates:
        assert template == template.strip() != ""
        assert "\n" not in template
        assert not re.search(r"[{}]", ANY_BRACES.sub("", template)), "a brace that opens no figure"
        assert not re.search(r"[\[\]]", re.sub(r"\[[^\[\]]*\]", "", template)), "a bracket without its other"
        for part in re.findall(r"\[([^\[\]]*)\]", template):
            assert FIGURE.search(part), "a part that depends on no figure"
    english, chinese = templates
    assert set(FIGURE.findall(english)) == set(FIGURE.findall(chinese))
    assert not HAN.search(english)


@pytest.mark.parametrize("key", MESSAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_message_is_filled_completely(key: str, lang: str) -> None:
    template = MESSAGES[key][LANGUAGES.index(lang)]
    figures = {name: f"<{name}>" for name in FIGURE.findall(template)}
    said = render(key, lang, figures)
    assert all(value in said for value in figures.values())
    assert not re.search(r"[\[\]]", said)
    assert set(re.findall(r"\{\w*\}", said)) == set(re.findall(r"\{(\{\w+\})\}", template))


def test_a_figure_that_is_missing_takes_its_part_with_it() -> None:
    assert Finding("unknown_state", {"name": "adpted", "near": "adopted"}).message == (
        "there is no state adpted, did you mean adopted?"
    )
    assert Finding("unknown_state", {"name": "x", "near": ""}).message == "there is no state x"
    assert Finding("unknown_state", {"name": "x"}).text("zh") == "没有状态 x"
    assert render("unblock.condition", "en", {"condition": "a > 1", "fields": []}) == (
        "data for which this is true: a > 1"
    )


def test_a_message_may_depend_on_one_figure() -> None:
    short = Blocker("bad_field", {"field": "title", "problem": "too_long", "got": 9, "max": 5})
    assert short.message == "title has 9 characters; 5 are allowed"
    assert short.text("zh") == "title 有 9 个字符，最多 5 个"
    assert Blocker("bad_field", {"field": "title", "problem": "unheard_of"}).message == "title does not fit"
    assert render("rule.bad_value", "en", {"key": "by", "problem": "said by a library"}) == "by: said by a library"


def test_lists_and_labels_are_shown_in_the_language() -> None:
    assert render("unblock.state", "en", {"from": ["draft", "filed"]}) == "bring the case to one of: draft, filed"
    label = {"condition": "a > 1", "why": "false", "title": {"en": "more than one", "zh": "多于一"}}
    assert render("blocker.condition", "en", label) == "the condition does not hold: more than one (a > 1)"
    assert render("blocker.condition", "zh", label) == "条件不成立：多于一（a > 1）"
    assert render("blocker.condition", "zh", {**label, "title": {"en": "only English"}}) == (
        "条件不成立：only English（a > 1）"
    )


def test_what_a_figure_holds_is_never_read_as_a_template() -> None:
    nasty = "{near} [x] {{number}} {name}"
    assert render("rule.unknown_state", "en", {"name": nasty, "near": "b"}) == (
        "there is no state {near} [x] {{number}} {name}, did you mean b?"
    )


def test_doubled_braces_stand_for_themselves() -> None:
    assert Finding("bad_reference", {"reference": "N-{numbr}"}).message == (
        "a reference template needs {number} and knows only {year}, {month} and {number}: N-{numbr}"
    )


def test_what_has_no_message_is_shown_by_its_key_and_an_unknown_language_as_english() -> None:
    assert render("rule.unheard_of", "en", {}) == "rule.unheard_of"
    assert render("rule.empty", "fr", {}) == "the file is empty"
