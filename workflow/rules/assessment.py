"""An award that was reckoned, as a value: what it is made of, in JSON, in sentences, and against what was paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from workflow.errors import Blocker
from workflow.messages import render
from workflow.rules import payments
from workflow.rules.payments import Share


class Assessment(NamedTuple):
    """An award as it was reckoned. `steps` are in order; each has its `rule` and the figures of it, all as text."""

    award: str
    version: str | None
    currency: str
    amount: Decimal
    grade: str | None
    honour: Mapping[str, str] | None
    shares: tuple[Share, ...]
    again: str
    inputs: Mapping[str, str]
    steps: tuple[Mapping[str, str], ...]

    @property
    def table(self) -> str:
        """The award and its version: `bonus 1986`."""
        return f"{self.award} {self.version}" if self.version else self.award


def due_after(assessment: Assessment, paid: Mapping[str, Decimal]) -> tuple[Share, ...]:
    """The lines still to be paid when each person was paid so much of it; see `payments.due`."""
    return payments.due(assessment.shares, paid, assessment.again)


def already_paid(assessment: Assessment, paid: Mapping[str, Decimal]) -> tuple[Blocker, ...]:
    """Why it is not paid (again): it was paid before, and its table has `again: refuse`."""
    if assessment.again != "refuse" or not any(paid.values()):
        return ()
    return (Blocker("award", {"award": assessment.award, "problem": "paid"}),)


def as_plain(assessment: Assessment) -> dict[str, Any]:
    """The assessment as JSON: amounts as text, keys without a value left out."""
    plain = assessment._asdict() | {
        "amount": f"{assessment.amount:f}",
        "shares": [[person, f"{amount:f}"] for person, amount in assessment.shares],
        "steps": [dict(step) for step in assessment.steps],
        "inputs": dict(assessment.inputs),
        "honour": dict(assessment.honour) if assessment.honour else None,
    }
    return {key: value for key, value in plain.items() if value is not None}


def from_plain(plain: Mapping[str, Any]) -> Assessment:
    """The assessment back from JSON. Raises ValueError, KeyError or TypeError when it is none."""
    try:
        shares = tuple(Share(person, Decimal(amount)) for person, amount in plain["shares"])
        amount = Decimal(plain["amount"])
    except InvalidOperation:
        raise ValueError("not an amount") from None
    absent = {"version": None, "grade": None, "honour": None}
    read = {"amount": amount, "shares": shares, "steps": tuple(plain["steps"])}
    return Assessment(**{**absent, **plain, **read})


def explain(assessment: Assessment, lang: str) -> list[str]:
    """The award and each step of its reckoning, in sentences."""
    figures = {
        "table": assessment.table,
        "amount": f"{assessment.amount:f}",
        "currency": assessment.currency,
        "grade": assessment.grade,
        "honour": assessment.honour,
    }
    steps = [render(f"award.{step['rule']}", lang, step) for step in assessment.steps]
    return [render("award.result", lang, figures), *steps]
