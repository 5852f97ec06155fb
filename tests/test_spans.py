"""Gaps and overlaps of drawn bounds, against counting number by number."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.checking.spans import gaps, spans
from workflow.definition.parts import Bounds

# From -3.00 to 3.00 in halves: bounds between the numbers that have no place at all.
EDGE = st.none() | st.integers(-6, 6).map(lambda half: Decimal(half) / 2)
BOUNDS = st.builds(
    lambda low, high, low_in, high_in: Bounds.model_validate(
        {"gte" if low_in else "gt": low, "lte" if high_in else "lt": high}
    ),
    EDGE,
    EDGE,
    st.booleans(),
    st.booleans(),
)
SEVERAL = st.lists(BOUNDS, max_size=4)
FAR = 10


@given(SEVERAL, st.integers(-4, 0), st.integers(0, 4), st.sampled_from([0, 1]))
def test_a_gap_is_what_no_bounds_hold(several: list[Bounds], first: int, last: int, places: int) -> None:
    units = 10**places
    found = list(gaps(spans(several, places), first * units, last * units, places))
    missing = {
        unit
        for unit in range(first * units, last * units + 1)
        if not any(each.holds(Decimal(unit) / units) for each in several)
    }
    told = {
        unit
        for gap in found
        for unit in range(int(Decimal(gap["first"]) * units), int(Decimal(gap["last"]) * units) + 1)
    }
    assert told == missing


@given(SEVERAL)
def test_without_a_first_and_a_last_number_gaps_reach_out(several: list[Bounds]) -> None:
    found = list(gaps(spans(several, 0), None, None, 0))
    for number in range(-FAR, FAR + 1):
        missing = not any(each.holds(Decimal(number)) for each in several)
        told = any(int(gap.get("first", -FAR)) <= number <= int(gap.get("last", FAR)) for gap in found)
        assert told == missing


@given(SEVERAL)
def test_spans_overlap_where_a_number_lies_in_both(several: list[Bounds]) -> None:
    held = sorted((span for span in spans(several, 0) if not span.empty), key=lambda each: each.start)
    numbers = [
        {number for number in range(-FAR, FAR + 1) if (span.first is None or span.first <= number)
         and (span.last is None or number <= span.last)}
        for span in held
    ]  # fmt: skip
    for (one, some), (other, more) in combinations(zip(held, numbers, strict=True), 2):
        assert one.overlaps(other) == bool(some & more)
    for span, bounds in zip(spans(several, 0), several, strict=True):
        assert span.empty == (not any(bounds.holds(Decimal(number)) for number in range(-FAR, FAR + 1)))
