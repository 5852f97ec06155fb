"""From an award to money: shares that total exactly the amount, what is still due, and what a reversal takes back.

All amounts are Decimal and every operation is exact. Nothing here depends on the decimal context of the host: what
could round goes through integers and fractions, or through `EXACT`, which raises rather than round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from workflow.definition.awards import Pool
from workflow.errors import Blocker

# Every argument is given, because those left out would be those of the host's DefaultContext.
EXACT = Context(400, ROUND_HALF_EVEN, -9999, 9999, 1, 0, [], [Inexact, InvalidOperation])
ZERO = Decimal(0)


class Share(NamedTuple):
    """What one person gets, or, when it is below zero, gives back."""

    person: str
    amount: Decimal


def places_of(number: Decimal) -> int:
    """How many digits stand after the point."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def total(amounts: Sequence[Decimal]) -> Decimal:
    """The exact sum."""
    found = ZERO
    for each in amounts:
        found = EXACT.add(found, each)
    return found


def quotas(amount: Decimal, weights: Sequence[Decimal], places: int) -> tuple[list[int], list[int]]:
    """The largest-remainder method, in units of the last place: what each has in whole units, and who gets one more.

    The units left over go to those whose fractions are largest; of equal fractions, to who stands earlier. Weights are
    not below zero and their sum is above it; the amount is not below zero and has at most `places` digits after the
    point.
    """
    units, whole = Fraction(amount) * 10**places, sum(map(Fraction, weights))
    exact = [units * Fraction(weight) / whole for weight in weights]
    floors = [each.numerator // each.denominator for each in exact]
    order = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    return floors, order[: int(units) - sum(floors)]


def divide(amount: Decimal, weights: Sequence[Decimal], places: int) -> tuple[Decimal, ...]:
    """An amount in proportion to weights, by largest remainders: the parts total exactly the amount."""
    floors, one_more = quotas(amount, weights, places)
    return tuple(in_units(floor + (at in one_more), places) for at, floor in enumerate(floors))


def in_units(units: int, places: int) -> Decimal:
    """So many units of the last place as an amount."""
    return EXACT.scaleb(Decimal(units), Decimal(-places))


def due(shares: Sequence[tuple[str, Decimal]], paid: Mapping[str, Decimal], again: str) -> tuple[Share, ...]:
    """The lines that are still to be paid, for an award that is so divided and of which so much was paid.

    - `refuse`: everything while nothing is paid, and nothing after.
    - `difference`: to each what is more than was paid to them, and never less than nothing. Together no more than the
      award exceeds all that was paid: where the shares moved from one person to another, what is left is divided
      among those who have more to get, in proportion to it.
    - `recover`: to each exactly the difference, and who was paid too much gives it back (a line below zero).

    Whoever was paid and has no share any more has a share of nothing. People without a line need none.
    """
    held = dict(shares)
    people = [*held, *(person for person in paid if person not in held)]
    lines = [Share(each, EXACT.subtract(held.get(each, ZERO), paid.get(each, ZERO))) for each in people]
    if again == "recover":
        return tuple(line for line in lines if line.amount != 0)
    if again == "refuse":
        return () if any(paid.values()) else tuple(line for line in lines if line.amount != 0)
    more = [line for line in lines if line.amount > 0]
    room = EXACT.subtract(total(list(held.values())), total(list(paid.values())))
    if room <= 0 or not more:
        return ()
    wanted = [line.amount for line in more]
    if total(wanted) <= room:
        return tuple(more)
    parts = divide(room, wanted, max(map(places_of, [room, *wanted])))
    return tuple(Share(line.person, part) for line, part in zip(more, parts, strict=True) if part != 0)


def reversal(paid: Mapping[str, Decimal]) -> tuple[Share, ...]:
    """The lines that take back all that was paid. Ledger lines are never edited; these are added."""
    return tuple(Share(person, amount.copy_negate()) for person, amount in paid.items() if amount != 0)


def overdrawn(pool: Pool, lines: Sequence[Share], spent: Decimal) -> tuple[Blocker, ...]:
    """Why the pool does not pay these lines, when `spent` is what was already paid out of it (in its year)."""
    asked = total([line.amount for line in lines])
    if pool.amount is None or asked <= 0:
        return ()
    left = EXACT.subtract(pool.amount, spent)
    if asked <= left:
        return ()
    figures = {"problem": "pool", "pool": pool.name, "amount": f"{asked:f}", "left": f"{left:f}"}
    return (Blocker("award", figures),)
