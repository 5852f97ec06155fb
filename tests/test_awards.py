"""Award tables of four rules, reckoned to the last place."""

from __future__ import annotations

import decimal
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workflow.definition.conditions import Conditions
from workflow.definition.loading import load
from workflow.definition.model import Definition
from workflow.errors import Blocker
from workflow.rules.assessment import Assessment
from workflow.rules.awards import assess, rung

FOLDER = Path(__file__).parent / "definitions"
CN_1986, CN_1982, US, UK = (load(FOLDER / f"awards-{name}.yaml") for name in ("cn-1986", "cn-1982", "us-federal", "uk"))
AT = datetime(1990, 1, 1, tzinfo=UTC)


def reckoned(definition: Definition, award: str, /, **data: Any) -> Assessment | tuple[Blocker, ...]:
    """An award for values as they are kept; the submitter is li.na."""
    conditions = Conditions(definition.fields)
    kept = {name: definition.fields[name].accept(value) for name, value in data.items()}
    seen = conditions.context(
        kept, actor="hu.bo", roles=[], submitter="li.na", state="", reference="", now=AT, opened_at=AT, times={}
    )
    return assess(definition, award, kept, "li.na", lambda check: conditions.judge(check, seen))


def given(definition: Definition, award: str, /, **data: Any) -> Assessment:
    found = reckoned(definition, award, **data)
    assert isinstance(found, Assessment), [each.message for each in found]
    return found


def against(definition: Definition, award: str, /, **data: Any) -> list[Blocker]:
    found = reckoned(definition, award, **data)
    assert not isinstance(found, Assessment)
    return list(found)


@pytest.mark.parametrize(
    ("benefit", "bonus", "grade"),
    [
        ("9999.99", "300", "5"),
        ("10000", "300", "4"),
        ("99999", "500", "4"),
        ("100000", "500", "3"),
        ("499999.99", "1500", "3"),
        ("500000", "1500", "2"),
        ("999999", "2500", "2"),
        ("1000000", "4000", "1"),
    ],
)
def test_the_grades_of_1986(benefit: str, bonus: str, grade: str) -> None:
    found = given(CN_1986, "bonus", benefit=benefit, bonus=bonus)
    assert (found.grade, found.amount, found.currency, found.table) == (grade, Decimal(bonus), "CNY", "bonus 1986")


@pytest.mark.parametrize(
    ("benefit", "amount"),
    [
        ("249", "0.00"),
        ("249.99", "0.00"),
        ("250", "25.00"),
        ("9999", "999.90"),
        ("10000", "1000.00"),
        ("10001", "1000.03"),
        ("100000", "3700.00"),
        ("100001", "3700.01"),
        ("1000000", "8200.00"),
        ("2000000", "13200.00"),
    ],
)
def test_the_scale_of_us_agencies(benefit: str, amount: str) -> None:
    assert f"{given(US, 'tangible', benefit=benefit).amount:f}" == amount


@pytest.mark.parametrize(
    ("first_year", "five_years", "amount"),
    [("800", "4000", "400.00"), ("800", "9000", "900.00"), ("20000", "90000", "5000.00")],
)
def test_the_british_limits(first_year: str, five_years: str, amount: str) -> None:
    found = given(UK, "financial", first_year=first_year, five_years=five_years)
    assert f"{found.amount:f}" == amount


def test_a_result_that_was_borrowed_is_one_grade_lower() -> None:
    found = given(CN_1986, "bonus", benefit="1000000", borrowed=True, bonus="2500")
    assert (found.grade, found.amount) == ("2", Decimal(2500))


def test_who_approves_depends_on_the_amount() -> None:
    award = US.awards["tangible"]
    assert [rung(award, Decimal(each)) for each in ("10000", "10000.01", "13200", "25000", "25000.01")] == [
        ("agency",),
        ("opm",),
        ("opm",),
        ("opm",),
        ("president",),
    ]
    assert rung(UK.awards["financial"], Decimal(1)) is None


def test_the_host_s_decimal_context_changes_nothing() -> None:
    usual = given(US, "tangible", benefit="123456789.01")
    with decimal.localcontext(decimal.Context(prec=2, rounding=decimal.ROUND_UP)):
        assert given(US, "tangible", benefit="123456789.01") == usual
