"""Bounds as whole numbers of units of the last place, so that gaps and overlaps are found exactly.

Points from 0 to 19 and from 20 to 38 leave nothing out where points are whole numbers; where they have two places,
19.01 to 19.99 are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from workflow.definition.parts import Bounds


class Span(NamedTuple):
    """The first and the last number of units that bounds hold; None where they are open."""

    first: int | None
    last: int | None

    @property
    def start(self) -> tuple[bool, int]:
        """By where it begins; an open beginning comes first."""
        return self.first is not None, self.first or 0

    @property
    def empty(self) -> bool:
        """True when no number lies within."""
        return self.first is not None and self.last is not None and self.first > self.last

    def overlaps(self, following: Span) -> bool:
        """Does it hold numbers that one which begins no earlier holds too?"""
        return self.last is None or following.first is None or following.first <= self.last

    def reaches_beyond(self, other: Span) -> bool:
        """Does it end after the other?"""
        return other.last is not None and (self.last is None or self.last > other.last)


def spans(bounds: Sequence[Bounds], places: int) -> list[Span]:
    """What each of the bounds holds of numbers with so many places."""
    return [_span(each, 10**places) for each in bounds]


def _span(bounds: Bounds, units: int) -> Span:
    first = last = None
    if bounds.gte is not None:
        first = math.ceil(Fraction(bounds.gte) * units)
    elif bounds.gt is not None:
        first = math.floor(Fraction(bounds.gt) * units) + 1
    if bounds.lte is not None:
        last = math.floor(Fraction(bounds.lte) * units)
    elif bounds.lt is not None:
        last = math.ceil(Fraction(bounds.lt) * units) - 1
    return Span(first, last)


def gaps(held: Sequence[Span], first: int | None, last: int | None, places: int) -> Iterator[dict[str, Any]]:
    """What no span holds, from the first number that can be to the last; None where there is no such number."""
    full = sorted((span for span in held if not span.empty), key=lambda each: each.start)
    here = first
    open_start = first is None
    for span in full:
        if last is not None and here is not None and here > last:
            return
        if span.first is not None and (open_start or (here is not None and span.first > here)):
            end = span.first - 1 if last is None else min(span.first - 1, last)
            yield _figures(None if open_start else here, end, places)
        open_start = False
        if span.last is None:
            return
        here = span.last + 1 if here is None else max(here, span.last + 1)
    if last is None or (here is not None and here <= last):
        yield _figures(here, last, places)


def _figures(first: int | None, last: int | None, places: int) -> dict[str, Any]:
    shown = {"first": first, "last": last}
    return {key: f"{Decimal((value < 0, tuple(map(int, str(abs(value)))), -places)):f}"
            for key, value in shown.items() if value is not None}  # fmt: skip
