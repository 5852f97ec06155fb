"""Lint of award tables: each defect of a sound table is found at its place, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.defects import MARK, Defect
from tests.schemas import VALIDATOR, loads
from tests.test_messages import rules_of_checking
from workflow.definition.loading import examine
from workflow.definition.tree import read_tree

TABLES = sorted((Path(__file__).parent / "definitions").glob("awards-*.yaml"))

SOUND = """\
workflow: prizes
version: 1
roles:
  head:
  board:
fields:
  saving: {type: money, currency: CNY, min: 0}
  points: {type: integer, min: 0, max: 100}
  value: {type: choice, choices: [small, large]}
  scope: {type: choice, choices: [team, plant]}
  chosen: {type: money, currency: CNY}
  title: {type: text}
  others: {type: list, of: text}
  parts: {type: list, of: decimal}
states: {open: {initial: true}, done: {final: true}}
transitions: {close: {from: open, to: done, by: [head, board]}}
awards:
  scale:
    currency: CNY
    rounding: half_up
    of: saving
    bands:
      - {lte: 1000, grade: C, percent: 10}
      - {gt: 1000, lte: 5000, grade: B, amount: 100, percent_above: 5}
      - {gt: 5000, grade: A, amount: 300, percent_above: 1}
    adjust: [{when: size(others) > 3, highest: B}]
    split: {among: others, by: parts}
    approval:
      - {lte: 500, by: head}
      - {gt: 500, by: board}
    pool: {name: fund, amount: 10000}
  sheet:
    currency: CNY
    of: points
    bands:
      - {gte: 80, min: 50, max: 90}
      - {gte: 40, lte: 79, amount: 50}
      - {lte: 39, amount: 5}
    set_in: chosen
    cap: 80
    counts: scale
    approval: {lte: 80, by: board}
    pool: {name: fund}
  effect:
    currency: CNY
    matrix:
      rows: value
      columns: scope
      cells:
        small: {team: 10, plant: [20, 30]}
        large: {team: [30, 40], plant: 50}
    set_in: chosen
"""


def change(old: str, new: str, rule: str, message: str) -> Defect:
    """One change, one finding."""
    return Defect({old: new}, ((rule, message),))


ERRORS = {
    # -- Names and types -----------------------------------------------------------------------------------------------
    "an input that is not there": change(
        "of: saving", "of: ▸savings", "unknown_field", "there is no field savings, did you mean saving?"
    ),
    "an input that is no number": change(
        "of: points",
        "of: ▸title",
        "wrong_type",
        "the field title is text; needed here is money, decimal, integer",
    ),
    "an input in another currency": Defect(
        {
            "    currency: CNY\n    rounding: half_up\n    of: saving": (
                "    currency: USD\n    rounding: half_up\n    of: ▸saving"
            ),
            "    pool: {name: fund}\n": "",
        },
        (("other_currency", "the field saving is in CNY, the award in USD"),),
    ),
    "an amount set in another currency": Defect(
        {
            "  effect:\n    currency: CNY": "  effect:\n    currency: EUR",
            "plant: 50}\n    set_in: chosen": "plant: 50}\n    set_in: ▸chosen",
        },
        (("other_currency", "the field chosen is in CNY, the award in EUR"),),
    ),
    "an amount set in a text": change(
        "plant: 50}\n    set_in: chosen",
        "plant: 50}\n    set_in: ▸title",
        "wrong_type",
        "the field title is text; needed here is money",
    ),
    "people in a text": change(
        "{among: others,", "{among: ▸title,", "wrong_type", "the field title is text; needed here is list of text"
    ),
    "contributions that are names": change(
        "by: parts}",
        "by: ▸others}",
        "wrong_type",
        "the field others is list of text; needed here is list of decimal, list of integer",
    ),
    "rows that are no choice": change(
        "rows: value", "rows: ▸points", "wrong_type", "the field points is integer; needed here is choice"
    ),
    "columns that are not there": change(
        "columns: scope", "columns: ▸scopes", "unknown_field", "there is no field scopes, did you mean scope?"
    ),
    "a row that is no choice": change(
        "        large: {team",
        "        ▸larger: {team",
        "no_such_choice",
        "value has no choice larger, did you mean large?",
    ),
    "a column that is no choice": change(
        "{team: 10, plant: [20, 30]}",
        "{team: 10, ▸plants: [20, 30]}",
        "no_such_choice",
        "scope has no choice plants, did you mean plant?",
    ),
    "a role that is not there": change(
        "{gt: 500, by: board}", "{gt: 500, by: ▸bored}", "unknown_role", "there is no role bored, did you mean board?"
    ),
    "an award that is not there": change(
        "counts: scale", "counts: ▸scales", "unknown_award", "there is no award scales, did you mean scale?"
    ),
    "a grade that is not there": change("highest: B", "highest: ▸D", "unknown_grade", "there is no grade D"),
    "a condition on nothing": change(
        "when: size(others) > 3",
        "when: size(▸other) > 3",
        "bad_condition",
        "the condition cannot be used: undeclared reference to 'other'",
    ),
    # -- Bands ---------------------------------------------------------------------------------------------------------
    "a gap of one fen": change(
        "    bands:\n      - {lte: 1000,",
        "    ▸bands:\n      - {lt: 1000,",
        "band_gap",
        "no band holds what lies from 1000.00 up to 1000.00",
    ),
    "a gap of one point": change(
        "    of: points\n    bands:\n      - {gte: 80,",
        "    of: points\n    ▸bands:\n      - {gt: 80,",
        "band_gap",
        "no band holds what lies from 80 up to 80",
    ),
    "a gap at the end": change(
        "    bands:\n      - {gte: 80,",
        "    ▸bands:\n      - {gte: 80, lte: 90,",
        "band_gap",
        "no band holds what lies from 91 up to 100",
    ),
    "a gap at the beginning": Defect(
        {"    bands:\n      - {gte: 80": "    ▸bands:\n      - {gte: 80", "{lte: 39,": "{gte: 10, lte: 39,"},
        (("band_gap", "no band holds what lies from 0 up to 9"),),
    ),
    "no end": Defect(
        {"    bands:\n      - {lte: 1000": "    ▸bands:\n      - {lte: 1000", "{gt: 5000,": "{gt: 5000, lt: 9000,"},
        (("band_gap", "no band holds what lies from 9000.00"),),
    ),
    "no beginning": Defect(
        {
            "currency: CNY, min: 0}": "currency: CNY}",
            "    bands:\n      - {lte: 1000": "    ▸bands:\n      - {gt: -5, lte: 1000",
        },
        (("band_gap", "no band holds what lies up to -5.00"),),
    ),
    "an overlap of one fen": change(
        "      - {gt: 1000, lte: 5000,",
        "      - ▸{gte: 1000, lte: 5000,",
        "bounds_overlap",
        "gte 1000, lte 5000 overlaps lte 1000",
    ),
    "a band within another": change(
        "      - {gte: 40, lte: 79, amount: 50}\n",
        "      - {gte: 40, lte: 79, amount: 50}\n      - ▸{gte: 40, lte: 50, amount: 50}\n",
        "bounds_overlap",
        "gte 40, lte 50 overlaps gte 40, lte 79",
    ),
    "bands out of order": change(
        "      - {gte: 80, min: 50, max: 90}\n      - {gte: 40, lte: 79, amount: 50}\n",
        "      - {gte: 40, lte: 79, amount: 50}\n      - ▸{gte: 80, min: 50, max: 90}\n",
        "bounds_unordered",
        "bands and rungs go up or down; this one stands out of order: gte 80",
    ),
    "a band that holds nothing": change(
        "      - {gte: 80,",
        "      - ▸{gt: 60, lt: 61, amount: 60}\n      - {gte: 80,",
        "bounds_empty",
        "no number lies between these bounds: gt 60, lt 61",
    ),
    "a grade twice": change("grade: A,", "▸grade: C,", "repeated_grade", "the grade C stands at two bands"),
    # -- Amounts -------------------------------------------------------------------------------------------------------
    "a matrix with a hole": change(
        "      cells:\n        small: {team: 10, plant: [20, 30]}",
        "      ▸cells:\n        small: {plant: [20, 30]}",
        "matrix_incomplete",
        "the matrix lacks cells: small/team",
    ),
    "a rounding left open": Defect(
        {"  scale:\n    currency: CNY\n    rounding: half_up\n": "  ▸scale:\n    currency: CNY\n"},
        (("rounding_missing", "the award scale can come out with more than 2 places; say how it is rounded"),),
    ),
    "a tenth of a fen": change(
        "amount: 5}", "▸amount: 5.005}", "amount_places", "5.005 has more than the 2 places of the award"
    ),
    "a cap of a tenth of a fen": change(
        "    cap: 80\n", "    ▸cap: 79.999\n", "amount_places", "79.999 has more than the 2 places of the award"
    ),
    "an amount that is set more exactly than it is paid": Defect(
        {
            "    currency: CNY\n    matrix": "    currency: CNY\n    places: 0\n    matrix",
            "plant: 50}\n    set_in: chosen": "plant: 50}\n    ▸set_in: chosen",
        },
        (("amount_places", "chosen has more than the 0 places of the award"),),
    ),
    "more than the whole": change(
        "percent_above: 1}", "▸percent_above: 101}", "percent_above_100", "101 % is more than the whole"
    ),
    "a range that nobody sets": Defect(
        {"  effect:\n": "  ▸effect:\n", "plant: 50}\n    set_in: chosen\n": "plant: 50}\n"},
        (
            (
                "nobody_sets",
                "the award effect gives a range, and no field under set_in says what a person set",
            ),
        ),
    ),
    # -- Who approves, and out of what ---------------------------------------------------------------------------------
    "an amount that nobody approves": change(
        "    approval:\n      - {lte: 500,",
        "    ▸approval:\n      - {lt: 500,",
        "no_approver",
        "nobody approves an amount from 500.00 up to 500.00",
    ),
    "a ladder that is too short": change(
        "    approval: {lte: 80, by: board}",
        "    ▸approval: {lt: 80, by: board}",
        "no_approver",
        "nobody approves an amount from 80.00 up to 80.00",
    ),
    "a ladder without an end": Defect(
        {"    approval:\n": "    ▸approval:\n", "{gt: 500, by": "{gt: 500, lte: 900, by"},
        (("no_approver", "nobody approves an amount from 900.01"),),
    ),
    "two who approve": change(
        "      - {gt: 500, by", "      - ▸{gte: 500, by", "bounds_overlap", "gte 500 overlaps lte 500"
    ),
    "a pool without an amount": Defect(
        {"    pool: {name: fund}": "    ▸pool: {name: found}"},
        (("pool_without_amount", "nothing says how much is in the pool found"),),
    ),
    "a pool that is filled in two ways": change(
        "    pool: {name: fund}",
        "    ▸pool: {name: fund, per: year}",
        "pool_differs",
        "the pool fund is another one at the award scale",
    ),
    "a pool of two amounts": change(
        "    pool: {name: fund}",
        "    ▸pool: {name: fund, amount: 9000}",
        "pool_differs",
        "the pool fund is another one at the award scale",
    ),
}
WARNINGS = {
    "more saving that gives less": change(
        "      - {gt: 5000, grade: A, amount: 300,",
        "      - ▸{gt: 5000, grade: A, amount: 299,",
        "award_falls",
        "where the band gt 5000 begins, the award is less than at the end of the band below",
    ),
    "a range that begins lower": change(
        "      - {gte: 80, min: 50,",
        "      - ▸{gte: 80, min: 49.99,",
        "award_falls",
        "where the band gte 80 begins, the award is less than at the end of the band below",
    ),
}
MALFORMED = {
    "two amounts": (
        "{lte: 39, amount: 5}",
        "{lte: 39, amount: 5, max: 6}",
        "takes exactly one of amount, percent, max; min stands beside max, grade and honour beside an amount",
        "须恰好写一项：amount, percent, max；min 与 max 同写，grade 和 honour 与金额同写",
    ),
    "a table and an amount": (
        "    of: points\n",
        "    of: points\n    amount: 5\n",
        "sheet takes exactly one of bands, matrix, amount, percent, max, best; min stands beside max, grade and honour "
        "beside an amount",
        "须恰好写一项：bands, matrix, amount, percent, max, best；min 与 max 同写，grade 和 honour 与金额同写",
    ),
    "a grade beside the bands": (
        "    of: points\n",
        "    of: points\n    grade: 5\n",
        "grade and honour beside an amount",
        "grade 和 honour 与金额同写",
    ),
    "a percentage above nothing": (
        "{lte: 39, amount: 5}",
        "{lte: 39, amount: 5, percent_above: 1}",
        "bands: percent_above stands beside amount, in a band with gt or gte",
        "bands：percent_above 须与 amount 同写，且该档次有 gt 或 gte",
    ),
    "bands of nothing": (
        "    of: points\n",
        "",
        "sheet: bands, floor and percent need an input: of",
        "sheet：bands、floor、percent 须以 of 指明数据字段",
    ),
    "a change that changes nothing": (
        ", highest: B",
        "",
        "adjust takes exactly one of down, up, highest and grade",
        "adjust 须恰好写 down、up、highest、grade 之一",
    ),
    "a change without grades": (
        "  effect:\n",
        "  effect:\n    adjust: [{when: 'true', up: 1}]\n",
        "effect: adjust changes the grade of bands, and there are none",
        "effect：adjust 调整 bands 的等级，而此处没有 bands",
    ),
    "a least above the largest": (
        "    cap: 80\n",
        "    cap: 80\n    least: 80.01\n",
        "sheet: min 80.01 is above max 80",
        "sheet：min 80.01 大于 max 80",
    ),
    "an amount below zero": (
        "{lte: 39, amount: 5}",
        "{lte: 39, amount: -5}",
        "amount must be at least 0",
        "amount 不得小于 0",
    ),
}


def text_of(defect: Defect) -> str:
    text = SOUND
    for old, new in defect.edits.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def found_as(defect: Defect, severity: str) -> None:
    text = text_of(defect)
    definition, findings = examine(text.replace(MARK, ""), "prizes.yaml")
    lines = [(number, line.index(MARK) + 1) for number, line in enumerate(text.splitlines(), 1) if MARK in line]
    expected = [(severity, *place, *found) for place, found in zip(lines, defect.found, strict=True)]
    assert [(each.severity, each.line, each.column, each.rule, each.message) for each in findings] == expected
    assert definition is not None


def test_the_sound_tables_have_no_findings() -> None:
    definition, findings = examine(SOUND)
    assert findings == []
    assert definition is not None


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_found_at_its_place(name: str) -> None:
    found_as(ERRORS[name], "error")


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_found_at_its_place(name: str) -> None:
    found_as(WARNINGS[name], "warning")


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_said_in_both_languages(name: str) -> None:
    old, new, english, chinese = MALFORMED[name]
    assert SOUND.count(old) == 1
    definition, [finding] = examine(SOUND.replace(old, new))
    assert definition is None
    assert finding.rule == "bad_value"
    assert (finding.message.endswith(english), finding.text("zh").endswith(chinese)) == (True, True), finding


def test_every_rule_about_awards_is_tried() -> None:
    assert {rule for defect in (ERRORS | WARNINGS).values() for rule, _ in defect.found} == rules_of_checking("awards")


@pytest.mark.parametrize(("third", "rules"), [("gte: 20", []), ("gt: 19.5", []), ("gt: 20", ["band_gap"])])
def test_whole_numbers_leave_no_gap_between_them(third: str, rules: list[str]) -> None:
    """One scheme's points are 0-9, 10-19, 20-38, 39-58: no hole, as long as points are whole numbers."""
    table = f"""\
      - {{lte: 9, amount: 1}}
      - {{gte: 10, lte: 19, amount: 2}}
      - {{{third}, lte: 38, amount: 3}}
      - {{gte: 39, amount: 4}}
"""
    before, _, rest = SOUND.partition("      - {gte: 80, min")
    text = before + table + rest[rest.index("    set_in") :]
    assert [each.rule for each in examine(text)[1]] == rules
    decimals = text.replace("points: {type: integer,", "points: {type: decimal,")
    assert [each.rule for each in examine(decimals)[1]] == ["band_gap"] * 3


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_tables_of_real_rules_are_clean_and_good_by_the_schema(path: Path) -> None:
    assert examine(path.read_bytes(), path.name)[1] == []
    assert [error.message for error in VALIDATOR.iter_errors(read_tree(path.read_bytes(), path.name).plain())] == []


REFUSED = {
    "a key that is not there": ("floor: 0", "flor: 0"),
    "a rounding that is not there": ("rounding: half_up", "rounding: nearest"),
    "no currency": ("    currency: CNY\n    of: points", "    of: points"),
    "a currency in small letters": ("currency: CNY\n    of: points", "currency: cny\n    of: points"),
    "an amount below zero": ("{lte: 39, amount: 5}", "{lte: 39, amount: -5}"),
    "an amount below zero as text": ("{lte: 39, amount: 5}", "{lte: 39, amount: '-5'}"),
    "a cell of three": ("[20, 30]", "[20, 25, 30]"),
    "a cell of one": ("[20, 30]", "[20]"),
    "a cell below zero": ("[20, 30]", "[-20, 30]"),
    "an approver of no role": ("{lte: 80, by: board}", "{lte: 80, by: []}"),
    "a pool filled each month": ("{name: fund}", "{name: fund, per: month}"),
    "a rule about paying again that is not there": ("    set_in: chosen\n    cap: 80", "    again: never\n    cap: 80"),
    "an adjustment without a condition": ("when: size(others) > 3", "when: []"),
    "an adjustment by nothing": ("highest: B", "down: 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_by_the_schema_too(name: str) -> None:
    old, new = REFUSED[name]
    text = SOUND.replace("    cap: 80\n", "    cap: 80\n    floor: 0\n")
    assert text.count(old) == 1, old
    assert VALIDATOR.is_valid(read_tree(text.encode(), "").plain())
    plain = read_tree(text.replace(old, new).encode(), "").plain()
    assert not loads(plain)
    assert not VALIDATOR.is_valid(plain)
