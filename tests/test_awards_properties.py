"""Tables that are drawn: amounts stay in their band, more benefit never gives less, and nothing depends on the host."""

from __future__ import annotations

import decimal
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.checking.awards import check_awards
from workflow.definition.conditions import Verdict
from workflow.definition.model import Definition
from workflow.errors import Blocker
from workflow.rules.assessment import Assessment, as_plain, from_plain
from workflow.rules.awards import assess

ROUNDINGS = st.sampled_from(["half_up", "half_even", "down", "up"])
MONEY = st.integers(0, 5_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
PERCENT = st.integers(0, 10_000).map(lambda part: Decimal(part).scaleb(-2))
CONTEXTS = st.builds(
    decimal.Context,
    prec=st.integers(1, 5),
    rounding=st.sampled_from([decimal.ROUND_UP, decimal.ROUND_DOWN, decimal.ROUND_CEILING]),
    Emax=st.integers(0, 3),
    Emin=st.integers(-3, 0),
    traps=st.just([decimal.Inexact, decimal.Rounded, decimal.Overflow, decimal.FloatOperation]),
)


def definition(award: dict[str, Any]) -> Definition:
    """A definition with that award, whose tables are sound."""
    found = Definition.model_validate(
        {
            "workflow": "drawn",
            "version": "1",
            "fields": {
                "benefit": {"type": "money", "currency": "CNY", "min": 0},
                "bonus": {"type": "money", "currency": "CNY"},
                "others": {"type": "list", "of": {"type": "text"}},
                "parts": {"type": "list", "of": {"type": "decimal"}},
            },
            "states": {"open": {"initial": True}, "done": {"final": True}},
            "awards": {"prize": {"currency": "CNY", **award}},
        }
    )
    assert [rule for rule, severity, *_ in check_awards(found) if severity == "error"] == []
    return found


def reckon(
    found: Definition, data: dict[str, Any], holds: dict[str, bool] | None = None
) -> Assessment | tuple[Blocker, ...]:
    """The award, where conditions hold as it is said."""
    return assess(found, "prize", data, "li.na", lambda check: Verdict((holds or {}).get(check, False)))


@st.composite
def bands(draw: st.DrawFn, gives: st.SearchStrategy[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bands over all that is not below zero, in either order, the edges in the upper or in the lower band."""
    edges = sorted(draw(st.sets(MONEY.filter(bool), max_size=5)))
    upper = [draw(st.sampled_from([("lt", "gte"), ("lte", "gt")])) for _ in edges]
    found: list[dict[str, Any]] = [{"grade": str(at), **draw(gives)} for at in range(len(edges) + 1)]
    for at, (edge, (below, above)) in enumerate(zip(edges, upper, strict=True)):
        found[at][below] = edge
        found[at + 1][above] = edge
    return found[::-1] if draw(st.booleans()) else found


RANGES = st.tuples(MONEY, MONEY).map(sorted).map(lambda pair: {"min": pair[0], "max": pair[1]})
FIXED = MONEY.map(lambda amount: {"amount": amount})
SHARES = PERCENT.map(lambda percent: {"percent": percent})
STEPS = st.sampled_from([[], [{"when": "a", "down": 1}], [{"when": "a", "up": 2}, {"when": "b", "down": 1}]])
HOLDS = st.fixed_dictionaries({"a": st.booleans(), "b": st.booleans()})


def award_of(table: list[dict[str, Any]], rounding: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    named = [{**step, "when": {"a": "true", "b": "!false"}[step["when"]]} for step in steps]
    return {"of": "benefit", "bands": table, "rounding": rounding, "set_in": "bonus", "adjust": named}


@given(bands(RANGES | FIXED | SHARES), ROUNDINGS, STEPS, HOLDS, MONEY, MONEY)
def test_an_amount_never_leaves_its_band(
    table: list[dict[str, Any]],
    rounding: str,
    steps: list[dict[str, Any]],
    holds: dict[str, bool],
    benefit: Decimal,
    bonus: Decimal,
) -> None:
    drawn = definition(award_of(table, rounding, steps))
    found = reckon(
        drawn, {"benefit": f"{benefit:f}", "bonus": f"{bonus:f}"}, {"true": holds["a"], "!false": holds["b"]}
    )
    if not isinstance(found, Assessment):
        [blocker] = found
        assert blocker.params["problem"] == "outside"
        assert not Decimal(blocker.params["min"]) <= bonus <= Decimal(blocker.params["max"])
        return
    [band] = [each for each in drawn.awards["prize"].bands if each.grade == found.grade]
    assert found.amount.as_tuple().exponent == -2
    if not any(holds.values()) or not steps:
        assert band.holds(benefit)
    if band.max is not None:
        assert (band.min or 0) <= found.amount <= band.max
    elif band.amount is not None:
        assert found.amount == band.amount
    else:
        assert band.percent is not None
        ends = [Fraction(band.percent) * Fraction(each or 0) / 100 for each in (band.low, band.high)]
        assert found.amount >= ends[0] - Fraction(1, 100)
        assert band.high is None or found.amount <= ends[1] + Fraction(1, 100)


@st.composite
def degressive(draw: st.DrawFn) -> dict[str, Any]:
    """A scale without jumps: each band begins with what the one below it comes to at its end."""
    edges = [Decimal(0), *sorted(draw(st.sets(st.integers(1, 50_000).map(Decimal), max_size=5)))]
    base, table = Decimal(0), []
    for at, edge in enumerate(edges):
        percent = draw(st.integers(0, 100))
        band: dict[str, Any] = {"gte": edge, "amount": base, "percent_above": percent}
        if at + 1 < len(edges):
            band["lt"] = edges[at + 1]
            base += Decimal(percent) * (edges[at + 1] - edge) / 100
        table.append(band)
    award = {"of": "benefit", "bands": table, "rounding": draw(ROUNDINGS)}
    extra = st.fixed_dictionaries({}, optional={"floor": MONEY, "cap": MONEY.map(lambda each: each + 100)})
    return {**award, **draw(extra), "least": draw(st.sampled_from([0, 100]))}


@given(degressive(), MONEY, MONEY)
def test_of_a_scale_that_rises_more_benefit_never_gives_less(
    award: dict[str, Any], one: Decimal, other: Decimal
) -> None:
    drawn = definition(award)
    assert list(check_awards(drawn)) == []
    low, high = (reckon(drawn, {"benefit": f"{each:f}"}) for each in sorted([one, other]))
    assert isinstance(low, Assessment) and isinstance(high, Assessment)
    assert low.amount <= high.amount


@given(bands(RANGES | FIXED | SHARES), ROUNDINGS, MONEY, MONEY, st.lists(PERCENT.filter(bool), max_size=4), CONTEXTS)
def test_the_host_s_decimal_context_changes_nothing_and_json_brings_it_back(
    table: list[dict[str, Any]],
    rounding: str,
    benefit: Decimal,
    bonus: Decimal,
    parts: list[Decimal],
    context: decimal.Context,
) -> None:
    award = {**award_of(table, rounding, []), "split": {"among": "others", "by": "parts"}}
    others = {"others": [f"p{at}" for at in range(len(parts) - 1)], "parts": [f"{each:f}" for each in parts]}
    data: dict[str, Any] = {"benefit": f"{benefit:f}", "bonus": f"{bonus:f}", **(others if len(parts) > 1 else {})}
    drawn = definition(award)
    usual = reckon(drawn, data)
    with decimal.localcontext(context):
        assert reckon(drawn, data) == usual
        if isinstance(usual, Assessment):
            plain = json.loads(json.dumps(as_plain(usual)))
            assert from_plain(plain) == usual
            assert as_plain(from_plain(plain)) == plain
    if isinstance(usual, Assessment):
        assert sum(Fraction(amount) for _, amount in usual.shares) == usual.amount


@given(st.fixed_dictionaries({}, optional={"benefit": st.just("1.00"), "bonus": st.just("1.00")}), st.booleans())
def test_what_is_not_reckoned_has_a_reason(data: dict[str, str], ranged: bool) -> None:
    award = {
        "of": "benefit",
        "bands": [{"max": 5}] if ranged else [{"percent": 5}],
        "rounding": "up",
        "set_in": "bonus",
    }
    found = reckon(definition(award), data)
    lacking = {"benefit", "bonus"} - set(data) if ranged else {"benefit"} - set(data)
    if isinstance(found, Assessment):
        assert not lacking
    else:
        assert {each.params["field"] for each in found} == lacking != set()
