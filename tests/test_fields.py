"""What a field takes, the one form in which it is kept, and why it takes nothing else."""

from __future__ import annotations

import datetime
import decimal
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from workflow.definition.fields import MAX_INTEGER, MAX_ITEMS, MAX_TEXT, FieldType
from workflow.definition.numbers import BadValue

ADAPTER: TypeAdapter[Any] = TypeAdapter(FieldType)
DAY = datetime.date(2026, 1, 31)


def field(kind: str, **more: Any) -> Any:
    """A field as a file declares it."""
    return ADAPTER.validate_python({"type": kind, **more})


def shown(value: Any) -> str:
    """A value as part of the name of a test."""
    return repr(getattr(value, "type", value))[:20]


MONEY = field("money", currency="CNY")
GRADE = field("choice", choices=["A", "B", 1])

TAKEN: list[tuple[Any, Any, Any]] = [
    (field("text"), "", ""),
    (field("text"), "  建议\n😀 ", "  建议\n😀 "),
    (field("text", min=2, max=3), "ab", "ab"),
    (field("text", max=3), "三个字", "三个字"),
    (field("text"), "x" * MAX_TEXT, "x" * MAX_TEXT),
    (field("integer"), 0, 0),
    (field("integer"), "12", 12),
    (field("integer"), " -12 ", -12),
    (field("integer"), "+007", 7),
    (field("integer"), Decimal("12.00"), 12),
    (field("integer"), Decimal("1E+3"), 1000),
    (field("integer"), MAX_INTEGER, MAX_INTEGER),
    (field("integer"), str(-MAX_INTEGER), -MAX_INTEGER),
    (field("integer", min=1, max=5), 1, 1),
    (field("integer", min=1, max=5), 5, 5),
    (field("decimal"), "1200.5", "1200.50"),
    (field("decimal"), "1200.500", "1200.50"),
    (field("decimal"), 7, "7.00"),
    (field("decimal"), Decimal("7.10"), "7.10"),
    (field("decimal"), " 7 ", "7.00"),
    (field("decimal"), "-0", "0.00"),
    (field("decimal"), "-0.00", "0.00"),
    (field("decimal"), "1e3", "1000.00"),
    (field("decimal"), "0e-30", "0.00"),
    (field("decimal", places=0), "5.0", "5"),
    (field("decimal", places=9), "0.123456789", "0.123456789"),
    (field("decimal"), "9999999999999.99", "9999999999999.99"),
    (field("decimal"), "-9999999999999.99", "-9999999999999.99"),
    (field("decimal", places=0), "999999999999999", "999999999999999"),
    (field("decimal", min=0, max=100, places=1), "100.0", "100.0"),
    (field("decimal", min="0.1"), "0.1", "0.10"),
    (MONEY, "120.5 CNY", "120.50"),
    (MONEY, " 120.5  CNY ", "120.50"),
    (MONEY, 300, "300.00"),
    (field("money", currency="JPY", places=0), "120", "120"),
    (field("boolean"), True, True),
    (field("boolean"), False, False),
    (field("boolean"), " TRUE ", True),
    (field("boolean"), "false", False),
    (field("date"), "2026-01-31", "2026-01-31"),
    (field("date"), DAY, "2026-01-31"),
    (field("date"), "2024-02-29", "2024-02-29"),
    (field("date", min="2026-01-31", max="2026-01-31"), DAY, "2026-01-31"),
    (GRADE, "A", "A"),
    (GRADE, "1", "1"),
    (GRADE, 1, "1"),
    (field("choice", choices={"甲": {"en": "first"}, "乙": None}), "甲", "甲"),
    (field("list", of="text"), [], []),
    (field("list", of="text"), "", []),
    (field("list", of="text"), "li.na, wu.jun,", ["li.na", "wu.jun"]),
    (field("list", of="text"), ("a", "b"), ["a", "b"]),
    (field("list", of="integer", min=1, max=2), "1,2", [1, 2]),
    (field("list", of={"type": "money", "currency": "CNY"}), ["1", "2 CNY"], ["1.00", "2.00"]),
    (field("list", of="text"), ["a"] * MAX_ITEMS, ["a"] * MAX_ITEMS),
]

REFUSED: list[tuple[Any, Any, str, dict[str, Any]]] = [
    (field("text"), None, "not_text", {"got": "nothing"}),
    (field("text"), 5, "not_text", {"got": "number"}),
    (field("text"), True, "not_text", {"got": "boolean"}),
    (field("text"), ["a"], "not_text", {"got": "list"}),
    (field("text"), {"a": 1}, "not_text", {"got": "object"}),
    (field("text"), b"a", "not_text", {"got": "bytes"}),
    (field("text"), "a\x00b", "bad_character", {}),
    (field("text"), "a\ud800", "bad_character", {}),
    (field("text", max=3), "四个汉字", "too_long", {"max": 3, "got": 4}),
    (field("text", min=3), "ab", "too_short", {"min": 3, "got": 2}),
    (field("text"), "x" * (MAX_TEXT + 1), "too_long", {"max": MAX_TEXT, "got": MAX_TEXT + 1}),
    (field("integer"), True, "not_integer", {"got": "boolean"}),
    (field("integer"), 1.0, "not_integer", {"got": "float"}),
    (field("integer"), "1.0", "not_integer", {"got": "text"}),
    (field("integer"), "１２", "not_integer", {"got": "text"}),
    (field("integer"), "1_000", "not_integer", {"got": "text"}),
    (field("integer"), "", "not_integer", {"got": "text"}),
    (field("integer"), None, "not_integer", {"got": "nothing"}),
    (field("integer"), Decimal("1.5"), "not_integer", {"got": "Decimal"}),
    (field("integer"), Decimal("NaN"), "not_integer", {"got": "Decimal"}),
    (field("integer"), Decimal("sNaN"), "not_integer", {"got": "Decimal"}),
    (field("integer"), Decimal("1E+999999"), "not_integer", {"got": "Decimal"}),
    (field("integer"), MAX_INTEGER + 1, "too_large", {"max": MAX_INTEGER}),
    (field("integer"), str(-MAX_INTEGER - 1), "too_large", {"max": MAX_INTEGER}),
    (field("integer", min=1), 0, "below", {"min": 1}),
    (field("integer", max=5), "6", "above", {"max": 5}),
    (field("decimal"), 0.5, "float", {"got": "float"}),
    (field("decimal"), True, "not_decimal", {"got": "boolean"}),
    (field("decimal"), "", "not_decimal", {"got": "text"}),
    (field("decimal"), "1,5", "not_decimal", {"got": "text"}),
    (field("decimal"), "1_000", "not_decimal", {"got": "text"}),
    (field("decimal"), "٣", "not_decimal", {"got": "text"}),
    (field("decimal"), "NaN", "not_decimal", {"got": "text"}),
    (field("decimal"), "-Infinity", "not_decimal", {"got": "text"}),
    (field("decimal"), Decimal("Infinity"), "not_decimal", {"got": "Decimal"}),
    (field("decimal"), "0" * 41, "not_decimal", {"got": "text"}),
    (field("decimal"), [1], "not_decimal", {"got": "list"}),
    (field("decimal"), None, "not_decimal", {"got": "nothing"}),
    (field("decimal"), "0.001", "too_many_places", {"places": 2, "got": 3}),
    (field("decimal"), "1e-999999", "too_many_places", {"places": 2, "got": 999999}),
    (field("decimal", places=0), "0.5", "too_many_places", {"places": 0, "got": 1}),
    (field("decimal"), "10000000000000", "too_many_digits", {"digits": 15}),
    (field("decimal"), "1e40", "too_many_digits", {"digits": 15}),
    (field("decimal"), "1e999999", "too_many_digits", {"digits": 15}),
    (field("decimal"), 10**100, "too_many_digits", {"digits": 15}),
    (field("decimal", places=9), "1234567", "too_many_digits", {"digits": 15}),
    (field("decimal", min=0), "-0.01", "below", {"min": "0"}),
    (field("decimal", max=Decimal("99.50")), "99.51", "above", {"max": "99.50"}),
    (MONEY, "120.50 USD", "other_currency", {"currency": "CNY"}),
    (MONEY, "CNY 120.50", "other_currency", {"currency": "CNY"}),
    (MONEY, "120 50 CNY", "not_decimal", {"got": "text"}),
    (MONEY, 120.5, "float", {"got": "float"}),
    (field("boolean"), "yes", "not_boolean", {"got": "text"}),
    (field("boolean"), 1, "not_boolean", {"got": "number"}),
    (field("boolean"), None, "not_boolean", {"got": "nothing"}),
    (field("date"), "31.01.2026", "not_date", {"got": "text"}),
    (field("date"), "2026-02-30", "not_date", {"got": "text"}),
    (field("date"), "0000-01-01", "not_date", {"got": "text"}),
    (field("date"), "2026-01-31T00:00:00", "not_date", {"got": "text"}),
    (field("date"), "20260131", "not_date", {"got": "text"}),
    (field("date"), 20260131, "not_date", {"got": "number"}),
    (field("date"), datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC), "not_date", {"got": "datetime"}),
    (field("date", min="2026-02-01"), DAY, "below", {"min": "2026-02-01"}),
    (field("date", max="2026-01-30"), "2026-01-31", "above", {"max": "2026-01-30"}),
    (GRADE, "C", "not_choice", {"choices": ["A", "B", "1"]}),
    (GRADE, "a", "not_choice", {"choices": ["A", "B", "1"]}),
    (GRADE, True, "not_choice", {"choices": ["A", "B", "1"]}),
    (GRADE, None, "not_choice", {"choices": ["A", "B", "1"]}),
    (GRADE, ["A"], "not_choice", {"choices": ["A", "B", "1"]}),
    (field("list", of="text"), 5, "not_list", {"got": "number"}),
    (field("list", of="text"), None, "not_list", {"got": "nothing"}),
    (field("list", of="text"), {"a": 1}, "not_list", {"got": "object"}),
    (field("list", of="text", max=1), "a,b", "too_many_items", {"max": 1, "got": 2}),
    (field("list", of="text", min=2), ["a"], "too_few_items", {"min": 2, "got": 1}),
    (field("list", of="text"), ["a"] * (MAX_ITEMS + 1), "too_many_items", {"max": MAX_ITEMS, "got": MAX_ITEMS + 1}),
    (field("list", of="integer"), ["1", "x"], "not_integer", {"got": "text"}),
    (field("list", of="text"), [["a"]], "not_text", {"got": "list"}),
]


@pytest.mark.parametrize(("field", "raw", "kept"), TAKEN, ids=shown)
def test_what_fits_is_kept_in_one_form(field: Any, raw: Any, kept: Any) -> None:
    found = field.accept(raw)
    assert found == kept
    assert type(found) is type(kept)
    assert field.accept(found) == kept


@pytest.mark.parametrize(("field", "raw", "reason", "figures"), REFUSED, ids=shown)
def test_what_does_not_fit_is_refused_with_the_figures(field: Any, raw: Any, reason: str, figures: Any) -> None:
    with pytest.raises(BadValue) as caught:
        field.accept(raw)
    assert (caught.value.reason, caught.value.figures) == (reason, figures)


# -- Exactness ---------------------------------------------------------------------------------------------------------


def test_nothing_is_rounded_however_many_digits_there_are() -> None:
    # One digit far behind the 28 that Python's arithmetic keeps.
    with pytest.raises(BadValue) as caught:
        field("decimal").accept("1.0000000000000000000000000000000000001")
    assert (caught.value.reason, caught.value.figures) == ("too_many_places", {"places": 2, "got": 37})
    assert field("decimal").accept("1.0000000000000000000000000000000000000") == "1.00"
    with pytest.raises(BadValue, match="too_many_places"):
        field("decimal").accept(Decimal("1." + "0" * 200 + "1"))


def test_a_number_too_long_to_be_written_is_refused_without_being_written() -> None:
    for kind, reason in (("decimal", "too_many_digits"), ("integer", "too_large")):
        with pytest.raises(BadValue, match=reason):
            field(kind).accept(10**5000)


@pytest.mark.parametrize("precision", [1, 3, 28, 60])
def test_the_decimal_context_of_the_host_changes_nothing(precision: int) -> None:
    with decimal.localcontext(decimal.Context(prec=precision, rounding=decimal.ROUND_UP, traps=[decimal.Inexact])):
        assert field("decimal").accept("-1234567890123.45") == "-1234567890123.45"
        assert field("decimal").accept(Decimal("-0.000")) == "0.00"
        assert field("integer").accept(Decimal(MAX_INTEGER)) == MAX_INTEGER
        with pytest.raises(BadValue, match="not_decimal"):
            field("decimal").accept("nonsense")
        with pytest.raises(BadValue, match="above"):
            field("decimal", max="1234567890123.44").accept("1234567890123.45")
        assert field("decimal", max="1234567890123.45").max == Decimal("1234567890123.45")


@given(st.integers(0, 9), st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_number_of_fifteen_digits_is_kept_exactly(places: int, coefficient: int) -> None:
    number = Decimal(coefficient).scaleb(-places)
    kept = field("decimal", places=places).accept(number)
    assert Decimal(kept) == number
    assert len(kept.partition(".")[2]) == places
    # A double is wide enough to tell it from its neighbours, which conditions rely on.
    step = Decimal(1).scaleb(-places)
    assert float(number - step) < float(kept) < float(number + step)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_kept_as_the_same_number_or_refused(number: Decimal) -> None:
    try:
        kept = field("decimal", places=4).accept(number)
    except BadValue as error:
        exponent = number.normalize(decimal.Context(prec=1000)).as_tuple().exponent
        assert isinstance(exponent, int)
        too_small, too_large = exponent < -4, abs(number) >= 10**11
        assert (error.reason == "too_many_places") is too_small
        assert (error.reason == "too_many_digits") is (too_large and not too_small)
    else:
        assert Decimal(kept) == number


@given(st.text(st.sampled_from("0123456789.-+eE_ nNaAiIfF"), max_size=12))
def test_a_text_is_a_number_as_python_reads_it_or_none(text: str) -> None:
    try:
        kept = field("decimal").accept(text)
    except BadValue:
        return
    assert Decimal(kept) == Decimal(text.strip())
    assert "_" not in text


# -- Whatever is supplied ----------------------------------------------------------------------------------------------

FIELDS = [
    field("text", max=5),
    field("integer", min=-5, max=10**6),
    field("decimal", places=3),
    MONEY,
    field("boolean"),
    field("date", min="2000-01-01"),
    GRADE,
    field("list", of={"type": "decimal", "min": 0}, max=3),
    field("list", of="date"),
]
RAW = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.text(max_size=8)
    | st.sampled_from(["12", "1.50", "A", "true", "2026-01-31", "1, 2", "3 CNY", "2026-01-31,2026-02-01"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(FIELDS), RAW)
def test_what_is_kept_is_plain_json_and_stays_as_it_is(field: Any, raw: Any) -> None:
    try:
        kept = field.accept(raw)
    except BadValue as error:
        assert error.reason == str(error)
        return
    for each in kept if isinstance(kept, list) else [kept]:
        assert type(each) in (str, int, bool)
    assert field.accept(kept) == kept


# -- The types themselves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "mistake"),
    [
        ({"type": "text", "min": 5, "max": 4}, "min_above_max"),
        ({"type": "text", "min": 100_001}, "less_than_equal"),
        ({"type": "text", "max": 0}, "greater_than_equal"),
        ({"type": "text", "max": "5"}, "int_type"),
        ({"type": "text", "max": True}, "int_type"),
        ({"type": "integer", "min": 2**53}, "less_than_equal"),
        ({"type": "integer", "max": -(2**53)}, "greater_than_equal"),
        ({"type": "decimal", "places": 10}, "less_than_equal"),
        ({"type": "decimal", "min": "a"}, "decimal_type"),
        ({"type": "decimal", "min": "1e3"}, "decimal_type"),
        ({"type": "decimal", "min": True}, "decimal_type"),
        ({"type": "decimal", "min": 0.5}, "decimal_type"),
        ({"type": "decimal", "min": Decimal("NaN")}, "decimal_type"),
        ({"type": "decimal", "max": Decimal("1e41")}, "decimal_type"),
        ({"type": "decimal", "min": 2, "max": "1.99"}, "min_above_max"),
        ({"type": "money"}, "missing"),
        ({"type": "money", "currency": "cny"}, "string_pattern_mismatch"),
        ({"type": "date", "min": "2026-02-30"}, "date_type"),
        ({"type": "date", "min": 86400}, "date_type"),
        ({"type": "date", "min": "2026-01-02", "max": "2026-01-01"}, "min_above_max"),
        ({"type": "choice", "choices": []}, "too_short"),
        ({"type": "choice", "choices": ["A", "A"]}, "repeated_choice"),
        ({"type": "choice", "choices": [1, "1"]}, "repeated_choice"),
        ({"type": "choice", "choices": [""]}, "string_too_short"),
        ({"type": "choice", "choices": [["A"]]}, "string_type"),
        ({"type": "choice", "choices": [None]}, "string_type"),
        ({"type": "choice", "choices": [True]}, "string_type"),
        ({"type": "choice", "choices": list(map(str, range(1001)))}, "too_long"),
        ({"type": "choice", "choices": "AB"}, "dict_type"),
        ({"type": "list"}, "missing"),
        ({"type": "list", "of": "money"}, "missing"),
        ({"type": "list", "of": "list"}, "union_tag_invalid"),
        ({"type": "list", "of": "text", "max": 1001}, "less_than_equal"),
        ({"type": "boolean", "max": 5}, "extra_forbidden"),
        ({"type": "number"}, "union_tag_invalid"),
        ({}, "union_tag_not_found"),
        ("text", "model_attributes_type"),
    ],
)
def test_a_type_that_makes_no_sense_is_refused(declared: Any, mistake: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(declared)
    assert [each["type"] for each in caught.value.errors()] == [mistake]


@pytest.mark.parametrize(
    ("bound", "kept"),
    [
        (Decimal("1.0E+5"), "100000"),
        (Decimal("1E-7"), "0.0000001"),
        (5, "5"),
        ("-1.50", "-1.50"),
        (Decimal("2.0"), "2.0"),
    ],
)
def test_a_bound_is_written_in_one_way_that_can_be_read_again(bound: Any, kept: str) -> None:
    declared = field("decimal", min=bound)
    written = declared.model_dump(mode="json", exclude_defaults=True)
    assert written == {"type": "decimal", "min": kept}
    assert ADAPTER.validate_python(written) == declared


def test_many_choices_are_read_in_no_time() -> None:
    names = [f"choice-{number}" for number in range(1000)]
    assert list(field("choice", choices=names).choices) == names
