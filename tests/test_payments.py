"""Shares that total the amount, what is due after what was paid, and reversals: exact whatever is drawn."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.awards import Pool
from workflow.errors import Blocker
from workflow.rules.payments import Share, divide, due, overdrawn, reversal, total

PEOPLE = ("li.na", "wu.jun", "hu.bo", "zhao.min")
AMOUNTS = st.integers(0, 10_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
WEIGHTS = st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=12).filter(any)


def held(amounts: dict[str, Decimal]) -> tuple[Share, ...]:
    return tuple(Share(person, amount) for person, amount in amounts.items())


HELD = st.dictionaries(st.sampled_from(PEOPLE), AMOUNTS, min_size=1)
PAID = st.dictionaries(st.sampled_from(PEOPLE), AMOUNTS)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_total_the_amount_and_are_as_near_to_their_due_as_can_be(
    amount: Decimal, weights: list[Decimal]
) -> None:
    parts = divide(amount, weights, 2)
    assert total(parts) == amount
    whole = sum(map(Fraction, weights))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(amount) * Fraction(weight) / whole) < Fraction(1, 100)
        assert part == 0 or weight > 0
        assert part.as_tuple().exponent == -2


@given(AMOUNTS, st.integers(1, 12))
def test_equal_shares_differ_by_one_unit_at_most_and_the_first_have_more(amount: Decimal, people: int) -> None:
    parts = divide(amount, [Decimal(1)] * people, 2)
    assert max(parts) - min(parts) <= Decimal("0.01")
    assert list(parts) == sorted(parts, reverse=True)


@given(AMOUNTS, WEIGHTS, st.integers(0, 5))
def test_only_the_proportion_of_weights_counts(amount: Decimal, weights: list[Decimal], places: int) -> None:
    assert divide(amount, weights, 2) == divide(amount, [each.scaleb(-places) for each in weights], 2)


def test_units_may_be_whole_or_smaller_than_a_fen() -> None:
    assert [f"{each:f}" for each in divide(Decimal(10), [Decimal(1)] * 3, 0)] == ["4", "3", "3"]
    assert [f"{each:f}" for each in divide(Decimal(1), [Decimal(1), Decimal(2)], 4)] == ["0.3333", "0.6667"]


# -- What is due -------------------------------------------------------------------------------------------------------


@given(HELD, PAID)
def test_who_recovers_comes_to_just_the_shares(shares: dict[str, Decimal], paid: dict[str, Decimal]) -> None:
    lines = due(held(shares), paid, "recover")
    after = {person: paid.get(person, Decimal(0)) for person in {*shares, *paid}}
    for person, amount in lines:
        after[person] += amount
    assert all(amount != 0 for _, amount in lines)
    assert {person: amount for person, amount in after.items() if amount} == {
        person: amount for person, amount in shares.items() if amount
    }
    assert due(held(shares), after, "recover") == ()


@given(HELD, PAID)
def test_a_difference_is_never_taken_back_and_never_more_than_the_award(
    shares: dict[str, Decimal], paid: dict[str, Decimal]
) -> None:
    lines = due(held(shares), paid, "difference")
    before, amount = sum(paid.values(), Decimal(0)), sum(shares.values(), Decimal(0))
    after = {person: paid.get(person, Decimal(0)) for person in {*shares, *paid}}
    for person, more in lines:
        assert more > 0
        after[person] += more
        assert after[person] <= shares[person]
    wanting = any(shares[person] > paid.get(person, 0) for person in shares)
    assert sum(after.values()) == (max(before, amount) if wanting else before)
    assert due(held(shares), after, "difference") == ()


@given(HELD, PAID)
def test_what_is_not_paid_again_is_paid_once(shares: dict[str, Decimal], paid: dict[str, Decimal]) -> None:
    lines = due(held(shares), paid, "refuse")
    assert lines == (() if any(paid.values()) else tuple(each for each in held(shares) if each.amount))


@given(PAID)
def test_a_reversal_takes_back_all(paid: dict[str, Decimal]) -> None:
    lines = dict(reversal(paid))
    assert {person: -amount for person, amount in lines.items()} == {p: amount for p, amount in paid.items() if amount}


@pytest.mark.parametrize(
    ("again", "lines"),
    [
        ("refuse", {}),
        ("difference", {"wu.jun": "60.00"}),
        ("recover", {"wu.jun": "100.00", "hu.bo": "-40.00"}),
    ],
)
def test_shares_that_moved_to_somebody_else(again: str, lines: dict[str, str]) -> None:
    now = (Share("li.na", Decimal("100.00")), Share("wu.jun", Decimal("100.00")))
    before = {"li.na": Decimal("100.00"), "hu.bo": Decimal("40.00")}
    assert {person: f"{amount:f}" for person, amount in due(now, before, again)} == lines


def test_a_pool_pays_what_is_in_it() -> None:
    pool = Pool(name="fund", amount=Decimal(1000))
    lines = (Share("li.na", Decimal("60.00")), Share("wu.jun", Decimal("40.00")))
    assert overdrawn(pool, lines, Decimal(900)) == ()
    figures = {"problem": "pool", "pool": "fund", "amount": "100.00", "left": "99.99"}
    assert overdrawn(pool, lines, Decimal("900.01")) == (Blocker("award", figures),)
    assert overdrawn(pool, reversal({"li.na": Decimal(60)}), Decimal(2000)) == ()
    assert overdrawn(Pool(name="fund"), lines, Decimal(10**9)) == ()
