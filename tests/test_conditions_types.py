"""Conditions are typed when the definition is read: each mistake is found, with its column."""

from __future__ import annotations

import pytest

from tests.judging import CONDITIONS, judged
from workflow.definition.conditions import Mistake


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
