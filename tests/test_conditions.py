"""Conditions: typed when they are read, exact about amounts, and true or a refusal, whatever happens."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from workflow.definition.conditions import VARIABLES, Conditions, Context, Mistake, Verdict
from workflow.definition.fields import FieldType

ADAPTER: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, FieldType])
FIELDS = ADAPTER.validate_python(
    {
        "title": {"type": "text"},
        "type": {"type": "text"},
        "years": {"type": "integer"},
        "saving": {"type": "money", "currency": "CNY"},
        "cost": {"type": "decimal", "places": 9},
        "urgent": {"type": "boolean"},
        "due": {"type": "date"},
        "kind": {"type": "choice", "choices": ["小", "大"]},
        "authors": {"type": "list", "of": "text"},
        "numbers": {"type": "list", "of": "integer"},
        "amounts": {"type": "list", "of": "decimal"},
        "days": {"type": "list", "of": "date"},
    }
)
EVERY = {
    "title": "x",
    "type": "x",
    "years": 1,
    "saving": "1.00",
    "cost": "1.000000000",
    "urgent": False,
    "due": "2026-01-31",
    "kind": "小",
    "authors": ["a"],
    "numbers": [1],
    "amounts": ["1.00"],
    "days": ["2026-01-31"],
}
CONDITIONS = Conditions(FIELDS)
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def seen(**fields: Any) -> Context:
    """What a condition can see; the fields as they are kept."""
    return CONDITIONS.context(
        fields,
        actor="wang.wei",
        roles=["board", "clerk"],
        submitter="li.na",
        state="filed",
        reference="N-7",
        now=NOW,
        opened_at=datetime(2026, 2, 1, tzinfo=UTC),
        times={"reopen": 2},
    )


def judged(expression: str, **fields: Any) -> Verdict:
    return CONDITIONS.judge(expression, seen(**fields))


TRUE, FALSE, ERROR = Verdict(True), Verdict(False), Verdict(False, "error")


def unset(*names: str) -> Verdict:
    return Verdict(False, "unset", names)


# -- Types, when the definition is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        "saving >= 1000",
        "saving >= 1000.50",
        "saving > cost",
        "saving == cost || saving != cost",
        "saving < 5u",
        "(saving > 5) == true",
        "amounts.exists(each, each >= 5)",
        "amounts[0] <= saving",
        "urgent ? saving > 5 : cost > 5",
        "(urgent ? saving : cost) > 5",
        "years + 1 > 2 * 3",
        "title == '合理化建议' && size(title) == 5",
        "title.matches('^[一-龥]+$')",
        "kind in ['小', '大']",
        "due < now && due >= date('2026-01-31')",
        "days.all(day, day > opened_at)",
        "now - opened_at <= duration('720h')",
        "'board' in roles && actor != submitter",
        "times['reopen'] < 3 && times.reopen < 3 && !('adopt' in times)",
        "state == 'filed' && reference.startsWith('N-')",
        "!has(data.saving) || saving > 5",
        "has( data . saving )",
        "type == 'informational' || type == 'process'",
        "case.saving > 5 && has(case.data.saving)",
        "title == 'data.x' && title != \"data\"",
        "urgent // data.nothing is only a remark",
        "true\n  && urgent",
        "'''it's data.x, isn't it''' != title && urgent",
        "\"it's\" != title && r'\\d' != title && urgent",
    ],
)
def test_what_is_typed_rightly_has_no_mistakes(expression: str) -> None:
    assert CONDITIONS.mistakes(expression) == []


@pytest.mark.parametrize(
    ("expression", "mistakes"),
    [
        ("title", [Mistake("gives string, not true or false", 1)]),
        ("saving", [Mistake("gives dyn, not true or false", 1)]),
        ("null", [Mistake("gives null, not true or false", 1)]),
        ("[true]", [Mistake("gives list<bool>, not true or false", 1)]),
        ("savings > 5", [Mistake("undeclared reference to 'savings'", 1)]),
        (
            "urgent && foo && bar(1)",
            [Mistake("undeclared reference to 'foo'", 11), Mistake("undeclared reference to 'bar'", 21)],
        ),
        ("title == '建议' && 建议", [Mistake("Syntax error: token recognition error at: '建'", 18)]),
        ("title == '😀建议' && nothing", [Mistake("undeclared reference to 'nothing'", 19)]),
        ("years >= 2.5", [Mistake("found no matching overload for '_>=_' applied to '(int, double)'", 7)]),
        ("years == '2'", [Mistake("found no matching overload for '_==_' applied to '(int, string)'", 7)]),
        ("kind > 5", [Mistake("found no matching overload for '_>_' applied to '(string, int)'", 6)]),
        ("urgent > 5", [Mistake("found no matching overload for '_>_' applied to '(bool, int)'", 8)]),
        (
            "due == '2026-01-31'",
            [Mistake("found no matching overload for '_==_' applied to '(google.protobuf.Timestamp, string)'", 5)],
        ),
        ("'board' in actor", [Mistake("found no matching overload for '@in' applied to '(string, string)'", 9)]),
        ("saving > '1000'", [Mistake("found no matching overload for '_>_' applied to '(decimal, string)'", 8)]),
        ("saving in [1, 2]", [Mistake("found no matching overload for '@in' applied to '(decimal, list(int))'", 8)]),
        ("saving.yuan > 5", [Mistake("expression of type 'decimal' cannot be the operand of a select operation", 7)]),
        ("has(saving)", [Mistake("has() argument must be a field selection", 5)]),
        ("has(data.savings)", [Mistake("data has no field 'savings'", 10)]),
        ("true &&\n nothing", [Mistake("undeclared reference to 'nothing'", 2)]),
    ],
)
def test_every_mistake_is_found_with_its_column(expression: str, mistakes: list[Mistake]) -> None:
    found = CONDITIONS.mistakes(expression)
    assert found[: len(mistakes)] == mistakes
    assert len(found) == len(mistakes) or found[0].text.startswith("Syntax error")


def test_a_syntax_error_says_where_it_stands() -> None:
    (mistake,) = CONDITIONS.mistakes("saving >")
    assert mistake.text.startswith("Syntax error: mismatched input '<EOF>'")
    assert mistake.column == 9


@pytest.mark.parametrize(
    ("expression", "operation", "column"),
    [
        ("saving + 1 > 1000", "'_+_' applied to '(decimal, int)'", 8),
        ("saving - cost > 0.5", "'_-_' applied to '(decimal, decimal)'", 8),
        ("saving * 1.1 > 5.0", "'_*_' applied to '(decimal, double)'", 8),
        ("5.0 < saving / 2.0", "'_/_' applied to '(decimal, double)'", 14),
        ("-saving < 5", "'-_' applied to '(decimal)'", 1),
        ("double(saving) > 5.0", "'double' applied to '(decimal)'", 7),
        ("int(saving) > 5", "'int' applied to '(decimal)'", 4),
        ("string(saving) == '5'", "'string' applied to '(decimal)'", 7),
        ("amounts.all(each, each + 1 > 5)", "'_+_' applied to '(decimal, int)'", 24),
        ("(urgent ? saving : 0) > 5", "'_?_:_' applied to '(bool, decimal, int)'", 9),
    ],
)
def test_amounts_are_compared_and_never_computed(expression: str, operation: str, column: int) -> None:
    assert CONDITIONS.mistakes(expression) == [Mistake(f"found no matching overload for {operation}", column)]


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("data.saving + 1.0 > 5.0", 1),
        ("data.saving > 5", 1),
        ("has(data.saving) && data.saving > 5", 21),
        ("urgent || case.data.saving > 5", 11),
        ("data['saving'] > 5", 1),
        ("size(data) > 0", 6),
        ("data == {}", 1),
        ("has(data.saving.yuan)", None),
        ("data.exists(name, name == 'saving')", 1),
    ],
)
def test_data_only_tells_whether_a_field_has_a_value(expression: str, column: int | None) -> None:
    found = CONDITIONS.mistakes(expression)
    if column is None:
        # A member of a member of `data` is no amount: it never has a value, and then nothing passes.
        assert judged(expression, saving="5.00").ok is False
    else:
        assert found == [Mistake("data is for has(data.name) only; read a field by its name", column)]


@pytest.mark.parametrize(
    ("expression", "column"),
    [("dyn(saving) + 1.0 > 5.0", 1), ("urgent && dyn (saving) * 2.0 > 5.0", 11), ("[dyn(saving)][0] > 5.0", 2)],
)
def test_no_type_is_hidden_from_the_check(expression: str, column: int) -> None:
    assert CONDITIONS.mistakes(expression) == [Mistake("dyn() would hide the type of a value from the check", column)]


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
