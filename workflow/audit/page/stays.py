"""Lengths of time in bounded room: a histogram whose buckets grow with the length, true to about two percent."""

from __future__ import annotations

import math
from collections import Counter

_STEPS = 24  # buckets for each doubling


class Stays:
    """How long something took, many times over. Lengths are seconds."""

    __slots__ = ("_buckets", "count", "longest")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """One length more; one below zero counts as zero."""
        seconds = max(seconds, 0.0)
        self._buckets[round(math.log2(1 + seconds) * _STEPS)] += 1
        self.count += 1
        self.longest = max(self.longest, seconds)

    def quantile(self, share: float) -> float | None:
        """The length that this share of all does not exceed; None when there is none."""
        left = share * self.count
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min(2 ** (bucket / _STEPS) - 1, self.longest)
        return None
