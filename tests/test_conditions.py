"""Conditions: exact about amounts, and true or a refusal, whatever happens."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judging import CONDITIONS, ERROR, EVERY, FALSE, FIELDS, TRUE, judged, seen, unset
from workflow.definition.conditions import VARIABLES, Conditions, Verdict

# -- Verdicts, when a case moves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "fields", "verdict"),
    [
        ("true", {}, TRUE),
        ("1 > 2", {}, FALSE),
        ("saving >= 1000", {"saving": "1000.00"}, TRUE),
        ("saving >= 1000", {"saving": "999.99"}, FALSE),
        ("saving > 1000", {"saving": "1000.00"}, FALSE),
        ("saving == cost", {"saving": "0.10", "cost": "0.100000000"}, TRUE),
        ("amounts.exists(each, each == 0.3)", {"amounts": ["0.10", "0.30"]}, TRUE),
        ("years + 1 == 3", {"years": 2}, TRUE),
        ("title == '合理化建议' && size(title) == 5", {"title": "合理化建议"}, TRUE),
        ("title.contains('建议')", {"title": "合理化建议"}, TRUE),
        ("kind == '大'", {"kind": "小"}, FALSE),
        ("type == 'informational' || type == 'process'", {"type": "process"}, TRUE),
        ("type == 'informational' || type == 'process'", {"type": "standards track"}, FALSE),
        ("urgent", {"urgent": True}, TRUE),
        ("urgent", {"urgent": False}, FALSE),
        ("due == date('2026-01-31')", {"due": "2026-01-31"}, TRUE),
        ("due < now", {"due": "2026-03-02"}, FALSE),
        ("days.all(day, day < now)", {"days": ["2026-01-31", "2026-02-28"]}, TRUE),
        ("authors.exists(each, each == actor)", {"authors": ["li.na", "wang.wei"]}, TRUE),
        ("actor != submitter && 'board' in roles", {}, TRUE),
        ("'''it's''' == title && kind == '大' // it's", {"title": "it's", "kind": "大"}, TRUE),
        ("title == \"'\" && urgent && kind == '\"'", {"title": "'", "urgent": True, "kind": '"'}, TRUE),
        ("state == 'filed' && reference == 'N-7'", {}, TRUE),
        ("times.reopen == 2 && !('adopt' in times)", {}, TRUE),
        ("now - opened_at > duration('672h')", {}, TRUE),
        ("now.getFullYear() == 2026 && now.getHours('Asia/Shanghai') == 16", {}, TRUE),
    ],
)
def test_a_condition_is_judged_by_the_values_that_are_kept(
    expression: str, fields: dict[str, Any], verdict: Verdict
) -> None:
    assert CONDITIONS.mistakes(expression) == []
    assert judged(expression, **fields) == verdict


@pytest.mark.parametrize(
    ("expression", "fields", "verdict"),
    [
        ("saving >= 1000", {}, unset("saving")),
        ("saving > cost", {}, unset("saving", "cost")),
        ("cost < saving", {"cost": "1.000000000"}, unset("saving")),
        ("saving > 5 || saving <= 5", {}, unset("saving")),
        ("case.saving > 5", {}, unset("saving")),
        ("type == 'process'", {}, unset("type")),
        ("size(authors) > 0", {"title": "x"}, unset("authors")),
        # What decides without the value needs no value.
        ("saving > 5 || urgent", {"urgent": True}, TRUE),
        ("saving > 5 && urgent", {"urgent": False}, FALSE),
        ("!has(data.saving) || saving > 5", {}, TRUE),
        ("has(data.saving) && saving > 5", {}, FALSE),
        ("has(data.saving) && saving > 5", {"saving": "6.00"}, TRUE),
    ],
)
def test_a_missing_value_is_named(expression: str, fields: dict[str, Any], verdict: Verdict) -> None:
    assert CONDITIONS.mistakes(expression) == []
    assert judged(expression, **fields) == verdict


@pytest.mark.parametrize("name", FIELDS)
def test_has_asks_for_each_field_whatever_else_has_a_value(name: str) -> None:
    assert judged(f"has(data.{name})", **EVERY) == TRUE
    assert judged(f"has(data.{name})", **{key: value for key, value in EVERY.items() if key != name}) == FALSE


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0 == 1",
        "years + 9223372036854775807 > 0",
        "times.adopt > 1",
        "amounts[5] > 1",
        "date('2026-02-30') < now",
        "date('nonsense') < now",
        "title.matches('(')",
        "[1][2] == 1",
    ],
)
def test_an_error_refuses(expression: str) -> None:
    assert CONDITIONS.mistakes(expression) == []
    every = {"years": 1, "amounts": ["1.00"], "title": "x"}
    assert judged(expression, **every) == ERROR


@pytest.mark.parametrize(
    "expression", ["saving", "title", "null", "[]", "1", "saving >", "nothing", "", "\x00", "data"]
)
def test_what_never_should_have_been_read_refuses(expression: str) -> None:
    assert CONDITIONS.mistakes(expression) != []
    verdict = judged(expression, saving="1.00", title="true", years=1)
    assert verdict == ERROR


@given(st.text(st.sampled_from("saving years title data has ()[]{}<>=!&|+-*/.,'\"\\ 019 建 true null"), max_size=30))
def test_no_expression_raises(expression: str) -> None:
    mistakes = CONDITIONS.mistakes(expression)
    assert all(each.column >= 1 and each.text for each in mistakes)
    verdict = judged(expression, saving="1.00", years=1, title="建")
    assert verdict.ok is (verdict == TRUE)


# -- Exactness ---------------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(-(10**15) + 1, 10**15 - 1).map(lambda coefficient: Decimal(coefficient).scaleb(-2))
CENT = Decimal("0.01")


@given(AMOUNTS, AMOUNTS | st.sampled_from([CENT, -CENT]))
def test_amounts_compare_as_decimals(one: Decimal, other: Decimal) -> None:
    for left, right in ((one, other), (one, one), (one, one + CENT)):
        if right.adjusted() >= 13:
            continue
        context = seen(saving=f"{left:.2f}", cost=f"{right:.2f}")
        for sign, holds in (("<", left < right), ("==", left == right), (">=", left >= right)):
            assert CONDITIONS.judge(f"saving {sign} cost", context).ok is holds


@given(AMOUNTS)
def test_amounts_compare_exactly_with_numbers_in_the_text(amount: Decimal) -> None:
    context = seen(saving=f"{amount:.2f}")
    assert CONDITIONS.judge(f"saving == {amount:.2f}", context) == TRUE
    assert CONDITIONS.judge(f"saving < {amount:.2f}", context) == FALSE
    assert CONDITIONS.judge(f"saving <= {amount:.2f}", context) == TRUE


def test_a_tenth_and_two_tenths() -> None:
    assert judged("saving == 0.3", saving="0.30") == TRUE
    assert judged("saving > 0.1 && saving < 0.300000001 && saving >= cost", saving="0.30", cost="0.300000000") == TRUE


# -- Bounds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "numbers.all(a, numbers.all(b, a + b >= 0))",
        "numbers.all(a, numbers.all(b, numbers.all(c, a + b + c >= 0)))",
        "numbers.map(a, numbers.map(b, numbers.map(c, numbers))) == []",
    ],
)
def test_loops_in_loops_run_out_of_budget_and_refuse(expression: str) -> None:
    began = time.process_time()
    assert judged(expression, numbers=list(range(1000))) == ERROR
    assert time.process_time() - began < 5


def test_one_loop_over_the_longest_list_is_within_the_budget() -> None:
    assert judged("numbers.all(a, a >= 0)", numbers=list(range(1000))) == TRUE


def test_a_pattern_cannot_run_away() -> None:
    began = time.process_time()
    assert judged("title.matches('(a+)+b')", title="a" * 100_000) == FALSE
    assert time.process_time() - began < 5


@pytest.mark.parametrize("expression", ["(" * 900 + "true" + ")" * 900, "[" * 900 + "]" * 900 + " == []"])
def test_deep_nesting_is_refused_when_it_is_read(expression: str) -> None:
    (mistake,) = CONDITIONS.mistakes(expression)
    assert "recursion limit exceeded" in mistake.text
    assert judged(expression) == ERROR


# -- What an expression names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("saving > cost", ("saving", "cost")),
        ("cost < saving", ("saving", "cost")),
        ("!has(data.saving) || urgent", ("saving", "urgent")),
        ("case.saving > 5", ("saving",)),
        ("title == 'saving' // cost", ("title",)),
        ("title.type == 1", ("title",)),
        ("actor == submitter", ()),
    ],
)
def test_the_fields_of_an_expression_come_in_the_order_of_the_definition(
    expression: str, names: tuple[str, ...]
) -> None:
    assert CONDITIONS.reads(expression) == names


def test_every_variable_and_every_field_can_be_read_under_its_name() -> None:
    for name in (VARIABLES.keys() | FIELDS.keys()) - {"data"}:
        expression = f"[{name}] == [{name}]"
        assert CONDITIONS.mistakes(expression) == []
        assert judged(expression, **EVERY) == TRUE, name


def test_a_quotation_without_an_end_is_found_at_once() -> None:
    began = time.process_time()
    expression = "urgent == '" + "\\a" * 900
    (mistake, *_) = CONDITIONS.mistakes(expression)
    assert mistake.text.startswith("Syntax error")
    assert CONDITIONS.reads(expression) == ("urgent",)
    assert time.process_time() - began < 1


def test_values_of_no_field_do_no_harm() -> None:
    assert judged("saving == 1", saving="1.00", stranger=object()) == TRUE


def test_an_expression_is_compiled_once() -> None:
    conditions = Conditions(FIELDS)
    context = seen(saving="5.00")
    conditions.judge("saving > 1", context)
    (program,) = conditions._programs.values()
    conditions.judge("saving > 1", context)
    assert list(conditions._programs.values()) == [program]
