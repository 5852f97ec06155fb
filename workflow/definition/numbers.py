"""Exact numbers from what somebody supplied, and how a value is said not to fit."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

MAX_DIGITS = 15


class BadValue(ValueError):
    """Why a value does not fit; `reason` is a key of workflow.messages, `figures` fill it."""

    def __init__(self, reason: str, **figures: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.figures = figures


def kind_of(raw: Any) -> str:
    """What a value is, in a word for people."""
    names = {str: "text", bool: "boolean", int: "number", float: "float", list: "list", dict: "object"}
    return "nothing" if raw is None else names.get(type(raw), type(raw).__name__)


def decimal_of(raw: Any) -> Decimal:
    """The number that was supplied. Raises BadValue for a float, for no number, and for one of too many digits."""
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise BadValue("float" if isinstance(raw, float) else "not_decimal", got=kind_of(raw))
    number = raw if isinstance(raw, Decimal) else Decimal(raw) if isinstance(raw, int) else _read(raw.strip())
    if number is None or not number.is_finite():
        raise BadValue("not_decimal", got=kind_of(raw))
    if number.adjusted() > 40:
        raise BadValue("too_many_digits", digits=MAX_DIGITS)
    return number


def _read(text: str) -> Decimal | None:
    """The number that a text spells; None when it spells none. Python's `1_000` and digits of other scripts do not."""
    if len(text) > 40 or not text.isascii() or "_" in text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def places_of(number: Decimal) -> int:
    """How many digits after the point matter. Counted, because `normalize` rounds to the context's precision."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return 0
    zeros = next(count for count, digit in enumerate(reversed(digits)) if digit)
    return max(0, -(exponent + zeros))
