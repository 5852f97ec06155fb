"""Award tables of four rules, reckoned to the last place."""

from __future__ import annotations

import decimal
import inspect
import json
import re
import textwrap
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workflow.definition.conditions import Conditions, Verdict
from workflow.definition.loading import load, load_text
from workflow.definition.model import Definition
from workflow.errors import Blocker
from workflow.messages import MESSAGES
from workflow.rules import awards
from workflow.rules.assessment import Assessment, already_paid, as_plain, due_after, explain, from_plain
from workflow.rules.awards import assess, pool_of, rung

FOLDER = Path(__file__).parent / "definitions"
SHIPPED = Path(__file__).parents[1] / "definitions"
CN_1986, CN_1982 = (load(FOLDER / f"awards-{name}.yaml") for name in ("cn-1986", "cn-1982"))
US, UK = (load(SHIPPED / f"{name}-suggestion-award.yaml") for name in ("us-federal", "uk"))
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


# -- What the table says -----------------------------------------------------------------------------------------------


def tables(awards: str, fields: str = "") -> Definition:
    """A definition with these awards, whose lint finds nothing."""
    return load_text(
        f"""
workflow: tables
version: 1
fields:
  saving: {{type: money, currency: CNY}}
  points: {{type: integer, min: 0, max: 100}}
  urgent: {{type: boolean}}
  novel: {{type: boolean}}
  bonus: {{type: money, currency: CNY}}
  others: {{type: list, of: text}}
  parts: {{type: list, of: {{type: decimal, places: 1}}}}
{fields}
states: {{open: {{initial: true}}, done: {{final: true}}}}
transitions: {{close: {{from: open, to: done, by: anyone}}}}
awards:
{textwrap.indent(textwrap.dedent(awards), "  ")}
"""
    )


@pytest.mark.parametrize(
    ("benefit", "bonus", "grade"),
    [("9999.99", "200", "4"), ("10000", "200", "3"), ("100000", "500", "2"), ("1000000", "2000", "1")],
)
def test_the_grades_of_1982(benefit: str, bonus: str, grade: str) -> None:
    found = given(CN_1982, "bonus", benefit=benefit, bonus=bonus)
    assert (found.grade, found.amount, found.table) == (grade, Decimal(bonus), "bonus 1982")


def test_honours_go_with_the_grade() -> None:
    assert given(CN_1986, "bonus", benefit="100000", bonus="500").honour == {
        "en": "a certificate of merit",
        "zh": "奖状",
    }
    assert given(CN_1982, "bonus", benefit="100000", bonus="500").honour is None


def test_a_technical_reserve_gets_what_grade_5_allows_and_needs_no_value() -> None:
    found = given(CN_1986, "bonus", in_reserve=True, bonus="300")
    assert (found.grade, found.amount, found.inputs) == ("5", Decimal(300), {"in_reserve": "true", "bonus": "300.00"})
    [blocker] = against(CN_1986, "bonus", in_reserve=True, benefit="1000000", bonus="301")
    assert (blocker.code, blocker.params["problem"], blocker.params["max"]) == ("award", "outside", "300.00")


def test_the_lowest_grade_goes_no_lower() -> None:
    assert given(CN_1986, "bonus", benefit="1", borrowed=True, bonus="1").grade == "5"


@pytest.mark.parametrize(
    ("value", "scope", "least", "most"),
    [
        ("moderate", "limited", "25", "100"),
        ("moderate", "general", "200", "400"),
        ("substantial", "extended", "125", "200"),
        ("high", "broad", "400", "1000"),
        ("exceptional", "limited", "250", "400"),
        ("exceptional", "general", "2500", "5000"),
    ],
)
def test_the_matrix_of_us_agencies(value: str, scope: str, least: str, most: str) -> None:
    cell = {"value": value, "scope": scope}
    for amount in (least, most):
        assert given(US, "intangible", **cell, amount=amount).amount == Decimal(amount)
    for outside in (Decimal(least) - Decimal("0.01"), Decimal(most) + Decimal("0.01")):
        [blocker] = against(US, "intangible", **cell, amount=outside)
        assert dict(blocker.params) == {
            "award": "intangible",
            "problem": "outside",
            "field": "amount",
            "min": f"{least}.00",
            "max": f"{most}.00",
            "currency": "USD",
        }


def test_an_encouragement_is_set_up_to_a_limit() -> None:
    assert given(UK, "encouragement", encouragement="0").amount == 0
    assert given(UK, "encouragement", encouragement="25").amount == 25
    assert [each.code for each in against(UK, "encouragement", encouragement="25.01")] == ["award"]


def test_an_encouragement_may_be_fixed() -> None:
    definition = tables("encouragement: {currency: CNY, amount: 20, grade: encouragement}")
    found = given(definition, "encouragement")
    assert (f"{found.amount:f}", found.grade, found.inputs) == ("20.00", "encouragement", {})


def test_points_give_fixed_amounts() -> None:
    definition = tables("""
        prize:
          currency: CNY
          of: points
          bands:
            - {lte: 9, amount: 5}
            - {gte: 10, lte: 19, amount: 20}
            - {gte: 20, amount: 200}
    """)
    assert [given(definition, "prize", points=each).amount for each in (0, 9, 10, 19, 20, 100)] == [
        5,
        5,
        20,
        20,
        200,
        200,
    ]


STEPPED = """
prize:
  currency: CNY
  rounding: half_even
  of: saving
  bands:
    - {gte: 10000, grade: A, amount: 1000, percent_above: 2}
    - {gte: 1000, lt: 10000, grade: B, percent: 10}
    - {gte: 0, lt: 1000, grade: C, amount: 10}
  floor: 0
  adjust:
    - {when: has(data.urgent) && urgent, up: 1}
    - {when: has(data.novel) && !novel, highest: B}
"""


@pytest.mark.parametrize(
    ("data", "grade", "amount"),
    [
        ({"saving": "20000"}, "A", "1200.00"),
        ({"saving": "20000", "novel": False}, "B", "1000.00"),
        ({"saving": "20000", "novel": True}, "A", "1200.00"),
        ({"saving": "5000"}, "B", "500.00"),
        ({"saving": "5000", "urgent": True}, "A", "1000.00"),
        ({"saving": "5000", "urgent": True, "novel": False}, "B", "500.00"),
        ({"saving": "500", "urgent": True}, "B", "100.00"),
        ({"saving": "500", "novel": False}, "C", "10.00"),
        ({"saving": "20000", "urgent": True}, "A", "1200.00"),
        ({"saving": "-1"}, None, "0.00"),
    ],
)
def test_in_another_band_an_input_counts_as_far_as_the_band_reaches(
    data: dict[str, Any], grade: str | None, amount: str
) -> None:
    found = given(tables(STEPPED), "prize", **data)
    assert (found.grade, f"{found.amount:f}") == (grade, amount)


@pytest.mark.parametrize(
    ("rounding", "amounts"),
    [
        ("half_up", ["0.02", "0.03", "0.03", "0.03"]),
        ("half_even", ["0.02", "0.02", "0.03", "0.03"]),
        ("down", ["0.02", "0.02", "0.02", "0.03"]),
        ("up", ["0.02", "0.03", "0.03", "0.03"]),
    ],
)
def test_the_declared_rounding_holds(rounding: str, amounts: list[str]) -> None:
    definition = tables(f"prize: {{currency: CNY, rounding: {rounding}, of: saving, percent: 10}}")
    savings = ["0.20", "0.25", "0.26", "0.30"]
    assert [f"{given(definition, 'prize', saving=each).amount:f}" for each in savings] == amounts


def test_a_loss_gives_nothing() -> None:
    definition = tables("prize: {currency: CNY, rounding: down, of: saving, percent: 10}")
    found = given(definition, "prize", saving="-500")
    assert found.amount == 0
    assert found.steps[-1] == {"rule": "nothing", "value": "-50"}


def test_the_result_may_be_a_limit_up_to_which_a_person_sets_the_amount() -> None:
    definition = tables("""
        prize: {currency: CNY, rounding: down, of: saving, percent: 10, up_to: true, least: 5, cap: 100, set_in: bonus}
    """)
    assert given(definition, "prize", saving="500", bonus="0").amount == 0
    assert given(definition, "prize", saving="500", bonus="50").amount == 50
    assert given(definition, "prize", saving="50000", bonus="100").amount == 100
    assert [each.code for each in against(definition, "prize", saving="500", bonus="50.01")] == ["award"]
    assert given(definition, "prize", saving="0").amount == 0


def test_the_least_and_the_largest_award_hold_for_ranges_too() -> None:
    definition = tables("""
        prize: {currency: CNY, min: 10, max: 90, least: 20, cap: 80, set_in: bonus}
    """)
    for wrong in ("19.99", "80.01"):
        [blocker] = against(definition, "prize", bonus=wrong)
        assert (blocker.params["min"], blocker.params["max"]) == ("20.00", "80.00")


# -- Whom it is for ----------------------------------------------------------------------------------------------------


def shares(found: Assessment) -> dict[str, str]:
    return {person: f"{amount:f}" for person, amount in found.shares}


def test_without_others_the_submitter_has_all_of_it() -> None:
    assert shares(given(CN_1986, "bonus", benefit="1", bonus="100")) == {"li.na": "100.00"}
    assert shares(given(CN_1986, "bonus", benefit="1", bonus="100", co_authors=[])) == {"li.na": "100.00"}


def test_equal_shares_total_exactly_the_amount() -> None:
    data = {"benefit": "1", "bonus": "100", "co_authors": ["wu.jun", "hu.bo"]}
    assert shares(given(CN_1982, "bonus", **data)) == {"li.na": "33.34", "wu.jun": "33.33", "hu.bo": "33.33"}


def test_shares_go_by_contribution_and_what_is_left_to_the_largest_remainders() -> None:
    data = {"benefit": "1", "bonus": "0.10", "co_authors": ["wu.jun", "hu.bo"], "contributions": ["1", "2", "4"]}
    found = given(CN_1986, "bonus", **data)
    # 10 fen by 1, 2 and 4 of 7: 1.43, 2.86 and 5.71; the two that are left go to .86 and .71.
    assert shares(found) == {"li.na": "0.01", "wu.jun": "0.03", "hu.bo": "0.06"}
    assert found.steps[-1] == {"rule": "remainder", "people": "wu.jun, hu.bo", "result": "0.01"}


def test_a_list_with_the_submitter_is_the_whole_group_in_its_order() -> None:
    data = {"benefit": "1", "bonus": "100", "co_authors": ["wu.jun", "li.na"], "contributions": ["3", "1"]}
    assert shares(given(CN_1986, "bonus", **data)) == {"wu.jun": "75.00", "li.na": "25.00"}


SPLIT = """
prize: {currency: CNY, amount: 100, split: {among: others, by: parts, total: 100}}
"""


@pytest.mark.parametrize(
    ("others", "parts", "figures"),
    [
        (["wu.jun"], ["60"], {"problem": "contributions", "field": "parts", "needs": 2, "got": 1}),
        (["wu.jun"], ["60", "30", "10"], {"problem": "contributions", "field": "parts", "needs": 2, "got": 3}),
        (["wu.jun"], ["-1", "101"], {"problem": "no_contribution", "field": "parts"}),
        (["wu.jun"], ["0", "0"], {"problem": "no_contribution", "field": "parts"}),
        (["wu.jun"], ["60", "39.9"], {"problem": "total", "field": "parts", "total": "100"}),
        (["wu.jun", "wu.jun"], ["60", "30", "10"], {"problem": "person_twice", "field": "others"}),
    ],
)
def test_contributions_fit_the_people(others: list[str], parts: list[str], figures: dict[str, Any]) -> None:
    [blocker] = against(tables(SPLIT), "prize", others=others, parts=parts)
    assert (blocker.code, dict(blocker.params)) == ("award", {"award": "prize", **figures})


def test_contributions_are_asked_for_where_there_are_others() -> None:
    [blocker] = against(tables(SPLIT), "prize", others=["wu.jun"])
    assert blocker == Blocker("missing_field", {"field": "parts", "type": "list"})
    assert given(tables(SPLIT), "prize").shares == (("li.na", Decimal(100)),)


# -- What stands against it --------------------------------------------------------------------------------------------


def test_every_reason_comes_at_once() -> None:
    found = against(CN_1986, "bonus", co_authors=["hu.bo", "hu.bo"])
    assert [(each.code, each.params["field"]) for each in found] == [
        ("missing_field", "benefit"),
        ("missing_field", "bonus"),
        ("award", "co_authors"),
        ("missing_field", "contributions"),
    ]
    assert [each.params["field"] for each in against(UK, "financial")] == ["first_year", "five_years"]
    assert [each.params["field"] for each in against(US, "intangible")] == ["value", "scope", "amount"]


def test_a_condition_that_cannot_be_judged_blocks() -> None:
    definition = tables("""
        prize:
          currency: CNY
          of: points
          bands: [{lt: 50, grade: B, amount: 10}, {gte: 50, grade: A, amount: 20}]
          adjust: [{when: [urgent, novel], down: 1}]
    """)
    assert against(definition, "prize", points=60, urgent=True) == [
        Blocker("missing_field", {"field": "novel", "type": "boolean"})
    ]
    assert given(definition, "prize", points=60, urgent=True, novel=False).amount == 20
    assert given(definition, "prize", points=60, urgent=True, novel=True).amount == 10
    error = assess(definition, "prize", {"points": 60}, "li.na", lambda check: Verdict(False, "error"))
    assert error == (
        Blocker("condition", {"condition": "urgent", "why": "error"}),
        Blocker("condition", {"condition": "novel", "why": "error"}),
    )


def test_values_that_no_longer_fit_are_refused() -> None:
    found = assess(US, "tangible", {"benefit": "many"}, "li.na", lambda check: Verdict(True))
    assert found == (Blocker("bad_field", {"field": "benefit", "problem": "not_decimal", "got": "text"}),)


# -- The value ---------------------------------------------------------------------------------------------------------


def test_the_steps_are_enough_to_reckon_again() -> None:
    found = given(US, "tangible", benefit="100001", team=["wu.jun"])
    assert found.inputs == {"benefit": "100001.00", "team": "wu.jun"}
    assert found.steps == (
        {"rule": "band", "field": "benefit", "value": "100001", "bounds": "gt 100000"},
        {"rule": "above", "field": "benefit", "value": "100001", "amount": "3700", "percent": "0.5", "bound": "100000",
         "result": "3700.005"},
        {"rule": "round", "value": "3700.005", "rounding": "half_up", "places": "2", "result": "3700.01"},
        {"rule": "share", "person": "li.na", "part": "1", "whole": "2", "result": "1850.00"},
        {"rule": "share", "person": "wu.jun", "part": "1", "whole": "2", "result": "1850.00"},
        {"rule": "remainder", "people": "li.na", "result": "0.01"},
    )  # fmt: skip


def test_it_is_explained_in_both_languages() -> None:
    found = given(CN_1986, "bonus", benefit="1000000", borrowed=True, bonus="2000")
    assert explain(found, "en") == [
        "bonus 1986: 2000.00 CNY, grade 2, with a certificate of merit",
        "not true, so it changes nothing: has(data.in_reserve) && in_reserve",
        "benefit is 1000000, in the band gte 1000000: grade 1",
        "lower, from 1 to 2, because has(data.borrowed) && borrowed",
        "the amount is set between 1500 and 2500",
        "bonus sets 2000.00, between 1500 and 2500",
    ]
    assert explain(found, "zh") == [
        "bonus 1986：2000.00 CNY，2 等，并授予奖状",
        "条件不成立，等级不变：has(data.in_reserve) && in_reserve",
        "benefit 为 1000000，属于档次 gte 1000000：1 等",
        "因 has(data.borrowed) && borrowed，由 1 降为 2",
        "奖金在 1500 至 2500 之间确定",
        "bonus 定为 2000.00，在 1500 至 2500 之间",
    ]


def test_every_step_has_its_sentence_and_every_sentence_its_step() -> None:
    named = {key.removeprefix("award.") for key in MESSAGES if key.startswith("award.")}
    steps = re.findall(r'_step\(\s*"(\w+)"', inspect.getsource(awards))
    moves = re.findall(r'rule, there = "(\w+)"', inspect.getsource(awards))
    assert named == {"result", *steps, *moves}


def test_it_goes_to_json_and_back() -> None:
    found = given(CN_1986, "bonus", benefit="1000000", bonus="3000", co_authors=["hu.bo"], contributions=["1", "2"])
    plain = as_plain(found)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["shares"] == [["li.na", "1000.00"], ["hu.bo", "2000.00"]]
    assert from_plain(json.loads(json.dumps(plain))) == found
    with pytest.raises(ValueError, match="not an amount"):
        from_plain({**plain, "amount": "many"})


# -- Against what was paid ---------------------------------------------------------------------------------------------


def test_on_a_higher_grade_the_difference_is_paid() -> None:
    data = {"co_authors": ["hu.bo"], "contributions": ["3", "1"]}
    first = given(CN_1986, "bonus", benefit="50000", bonus="400", **data)
    lines = due_after(first, {})
    assert lines == (("li.na", Decimal(300)), ("hu.bo", Decimal(100)))
    second = given(CN_1986, "bonus", benefit="600000", bonus="2000", **data)
    assert due_after(second, dict(lines)) == (("li.na", Decimal(1200)), ("hu.bo", Decimal(400)))
    assert due_after(first, dict(second.shares)) == ()
    assert already_paid(second, dict(lines)) == ()


def test_an_award_that_is_not_paid_again_says_so_until_it_is_reversed() -> None:
    found = given(UK, "encouragement", encouragement="25")
    assert already_paid(found, {}) == already_paid(found, {"li.na": Decimal(0)}) == ()
    paid = {"li.na": Decimal("25.00")}
    [blocker] = already_paid(found, paid)
    assert (blocker.code, dict(blocker.params)) == ("award", {"award": "encouragement", "problem": "paid"})
    assert blocker.message == "the award encouragement was paid already"
    assert due_after(found, paid) == ()


def test_a_pool_has_the_amount_that_stands_at_one_of_its_awards() -> None:
    definition = tables("""
        small: {currency: CNY, amount: 20, pool: {name: fund, per: year}}
        large: {currency: CNY, amount: 200, pool: {name: fund, per: year, amount: 5000}}
        other: {currency: CNY, amount: 200}
    """)
    pools = [pool_of(definition, definition.awards[name]) for name in ("small", "large", "other")]
    assert [pool and (pool.name, pool.amount, pool.per) for pool in pools] == [
        ("fund", Decimal(5000), "year"),
        ("fund", Decimal(5000), "year"),
        None,
    ]
