"""Fields of every type, and what a condition on them sees and gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from workflow.definition.conditions import Conditions, Context, Verdict
from workflow.definition.fields import FieldType

ADAPTER: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, FieldType])
FIELDS = ADAPTER.validate_python(
    {
        "title": {"type": "text"},
        "type": {"type": "text"},
        "years": {"type": "integer"},
        "saving": {"type": "money", "currency": "CNY"},
        "cost": {"type": "decimal", "places": 9},
        "urgent": {"type": "boolean"},
        "due": {"type": "date"},
        "kind": {"type": "choice", "choices": ["小", "大"]},
        "authors": {"type": "list", "of": "text"},
        "numbers": {"type": "list", "of": "integer"},
        "amounts": {"type": "list", "of": "decimal"},
        "days": {"type": "list", "of": "date"},
    }
)
EVERY = {
    "title": "x",
    "type": "x",
    "years": 1,
    "saving": "1.00",
    "cost": "1.000000000",
    "urgent": False,
    "due": "2026-01-31",
    "kind": "小",
    "authors": ["a"],
    "numbers": [1],
    "amounts": ["1.00"],
    "days": ["2026-01-31"],
}
CONDITIONS = Conditions(FIELDS)
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def seen(**fields: Any) -> Context:
    """What a condition can see; the fields as they are kept."""
    return CONDITIONS.context(
        fields,
        actor="wang.wei",
        roles=["board", "clerk"],
        submitter="li.na",
        state="filed",
        reference="N-7",
        now=NOW,
        opened_at=datetime(2026, 2, 1, tzinfo=UTC),
        times={"reopen": 2},
    )


def judged(expression: str, **fields: Any) -> Verdict:
    return CONDITIONS.judge(expression, seen(**fields))


TRUE, FALSE, ERROR = Verdict(True), Verdict(False), Verdict(False, "error")


def unset(*names: str) -> Verdict:
    return Verdict(False, "unset", names)
