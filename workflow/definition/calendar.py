"""Periods and the days on which they end. Pure; the one door to the `holidays` library.

A period of hours runs from its moment. One of days, months or years does not count the day on which it begins, ends
with its last day (24:00 local time), and when that is a day off it ends with the next working day; months and years
end on the day of the same number, else on the last of the month. Working days count only days on which people work,
and make-up working days at weekends are such days. (Civil Code of China, art. 200 to 204; Administrative Licensing
Law, art. 82.)
"""

from __future__ import annotations

import calendar as months
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflow.later import later as when_needed

# Imported when the first calendar is asked for: few definitions of a day's work have one.
_country_holidays = when_needed("holidays", "country_holidays")

Unit = Literal["h", "d", "wd", "m", "y"]

_PERIOD = re.compile(r"([1-9][0-9]{0,4})(h|d|wd|m|y)\Z")
_NAME = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?\Z")
# Where a country keeps one time; others name their zone in the definition.
_ZONES = {
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "JP": "Asia/Tokyo",
    "SG": "Asia/Singapore",
}


class Period(NamedTuple):
    """So many hours, days, working days, months or years."""

    number: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.number}{self.unit}"


def period(text: str) -> Period:
    """Read `24h`, `15d`, `5wd`, `3m` or `1y`. Raises ValueError."""
    match = _PERIOD.match(text)
    if match is None:
        raise ValueError("a period is a number and one of h, d, wd, m, y, such as 5wd")
    unit: Any = match.group(2)
    return Period(int(match.group(1)), unit)


class Calendar:
    """The working days of a country or one of its regions, in one time zone."""

    def __init__(self, name: str, zone: tzinfo, off: Any) -> None:
        self.name = name
        self.zone = zone
        self._off = off

    def works(self, day: date) -> bool:
        """True when people work on that day: no day off, or a weekend day that is made up for one."""
        return bool(self._off.is_working_day(day))

    def end(self, start: datetime, length: Period) -> datetime:
        """The moment, in UTC, at which a period that began at `start` is over."""
        if length.unit == "h":
            return (start + timedelta(hours=length.number)).astimezone(UTC)
        return self._midnight_after(self.last_day(start.astimezone(self.zone).date(), length))

    def last_day(self, start: date, length: Period) -> date:
        """The last day of a period that began on `start`; not for hours."""
        if length.unit == "wd":
            day, left = start, length.number
            while left:
                day += timedelta(days=1)
                left -= self.works(day)
            return day
        day = later(start, length)
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def moved(self, end: datetime, stopped: datetime, now: datetime, unit: Unit) -> datetime:
        """Where an end moves to when its clock stood still from `stopped` to `now`: by so many days of that unit."""
        first, last = stopped.astimezone(self.zone).date(), now.astimezone(self.zone).date()
        days = [first + timedelta(days=each) for each in range(1, (last - first).days + 1)]
        stood = sum(map(self.works, days)) if unit == "wd" else len(days)
        return self.extended(end, Period(stood, unit)) if stood else end

    def extended(self, end: datetime, length: Period) -> datetime:
        """The end of a period that counts on from the last day of another."""
        before = (end.astimezone(self.zone) - timedelta(microseconds=1)).date()
        return self._midnight_after(self.last_day(before, length))

    def _midnight_after(self, day: date) -> datetime:
        following = day + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=self.zone).astimezone(UTC)


@lru_cache(maxsize=64)
def calendar(name: str, zone: str | None = None) -> Calendar:
    """The calendar of a country (`CN`) or one of its regions (`DE-BY`). Raises ValueError for an unknown one."""
    match = _NAME.match(name)
    if match is None:
        raise ValueError("a calendar is a country such as CN, or a region of one such as DE-BY")
    place = zone or _ZONES.get(match.group(1))
    if place is None:
        raise ValueError(f"the calendar {name} needs a time zone")
    try:
        off: Any = _country_holidays(match.group(1), subdiv=match.group(2))
        return Calendar(name, ZoneInfo(place), off)
    except NotImplementedError:
        raise ValueError(f"there is no calendar {name}") from None
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"there is no time zone {place}") from None


def later(start: date, length: Period) -> date:
    """The day so many days, months or years after another; not for working days and hours."""
    if length.unit == "d":
        return start + timedelta(days=length.number)
    return _months_later(start, length.number * (12 if length.unit == "y" else 1))


def _months_later(start: date, number: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    month += 1
    return date(year, month, min(start.day, months.monthrange(year, month)[1]))
