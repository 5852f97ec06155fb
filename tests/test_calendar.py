"""Periods end on the day and the minute that the rules name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.calendar import Period, calendar, period

CN = calendar("CN")


@pytest.mark.parametrize(
    ("start", "length", "last"),
    [
        ("2025-09-26", "5wd", "2025-10-10"),  # 28 September is a working Sunday, 1 to 8 October are off
        ("2025-01-22", "10wd", "2025-02-11"),  # 26 January and 8 February work
        ("2025-09-20", "15d", "2025-10-09"),  # the fifth of October rolls to the first working day
        ("2025-08-05", "60d", "2025-10-09"),
        ("2025-04-25", "5wd", "2025-05-06"),  # 27 April works
        ("2025-04-21", "10d", "2025-05-06"),
        ("2026-03-02", "1wd", "2026-03-03"),
        ("2025-01-30", "1m", "2025-02-28"),
        ("2024-02-29", "1y", "2025-02-28"),
        ("2025-11-30", "3m", "2026-02-28"),  # a Saturday that works: it is made up for Spring Festival
        ("2026-08-31", "12m", "2027-08-31"),
    ],
)
def test_the_last_day(start: str, length: str, last: str) -> None:
    assert CN.last_day(date.fromisoformat(start), period(length)) == date.fromisoformat(last)


def test_a_period_of_days_ends_at_midnight_of_its_place_and_does_not_count_its_first_day() -> None:
    late = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in China
    assert CN.end(late, period("2d")) == datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    assert CN.end(late + timedelta(seconds=1), period("2d")) == datetime(2026, 3, 5, 16, 0, tzinfo=UTC)


def test_a_period_of_hours_runs_from_its_moment() -> None:
    start = datetime(2025, 9, 30, 12, 30, tzinfo=UTC)
    assert CN.end(start, period("48h")) == datetime(2025, 10, 2, 12, 30, tzinfo=UTC)


def test_midnight_follows_summer_time() -> None:
    berlin = calendar("DE")
    assert berlin.end(datetime(2026, 3, 27, 9, tzinfo=UTC), period("1d")) == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert berlin.end(datetime(2026, 3, 25, 9, tzinfo=UTC), period("1d")) == datetime(2026, 3, 26, 23, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "5", "wd", "0d", "-1d", "1.5d", "5 wd", "5w", "100000d", "５d", "5wd\n"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="a period is"):
        period(text)


@pytest.mark.parametrize(
    ("name", "zone"), [("XX", "UTC"), ("china", None), ("BR", None), ("CN", "Nowhere/At"), ("", None)]
)
def test_what_is_no_calendar(name: str, zone: str | None) -> None:
    with pytest.raises(ValueError, match=r"calendar|time zone"):
        calendar(name, zone)


@given(st.dates(date(2020, 1, 1), date(2026, 6, 1)), st.integers(1, 40))
def test_working_days_are_counted_one_by_one(start: date, number: int) -> None:
    last = CN.last_day(start, Period(number, "wd"))
    between = [start + timedelta(days=each) for each in range(1, (last - start).days + 1)]
    assert sum(CN.works(day) for day in between) == number
    assert CN.works(last)


@given(st.dates(date(2020, 1, 1), date(2026, 6, 1)), st.sampled_from(["d", "m", "y"]), st.integers(1, 12))
def test_a_period_never_ends_on_a_day_off_nor_before_its_raw_end(start: date, unit: str, number: int) -> None:
    last = CN.last_day(start, period(f"{number}{unit}"))
    assert CN.works(last)
    assert (last - start).days >= number
