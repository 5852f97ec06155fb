"""How a set of cases is made up, as facts that each of its entries records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from workflow.errors import Blocker
from workflow.rules.case import Actor, Case
from workflow.rules.procedure import Procedure


def measure(
    procedure: Procedure,
    name: str,
    number: str,
    cases: Iterable[tuple[Case, Mapping[str, Any]]],
    actor: Actor,
    now: datetime,
) -> dict[str, str]:
    """The set as facts: its number, its size, and how many of its cases each quota counts. Data as it would be."""
    batch = procedure.definition.batches[name]
    size = 0
    counts = dict.fromkeys((each.of for each in batch.quotas), 0)
    for case, data in cases:
        size += 1
        context = procedure.context(case, data, actor, now)
        for quota in batch.quotas:
            counts[quota.of] += procedure.conditions.judge(quota.check, context).ok
    facts = {f"batch.{name}": number, f"batch.{name}.size": str(size)}
    return facts | {f"quota.{name}.{of}": str(count) for of, count in counts.items()}


def short_of(procedure: Procedure, name: str, facts: Mapping[str, str]) -> list[Blocker]:
    """Every rule of the batch that the set breaks, or that the transition is not made for a set at all."""
    if f"batch.{name}" not in facts:
        return [Blocker("batch", {"batch": name})]
    batch = procedure.definition.batches[name]
    size = int(facts.get(f"batch.{name}.size", "0"))
    blockers = []
    if batch.at_most is not None and size > batch.at_most:
        blockers.append(Blocker("quota", {"batch": name, "rule": f"at_most {batch.at_most}", "has": size, "of": size}))
    for quota in batch.quotas:
        count = int(facts.get(f"quota.{name}.{quota.of}", "0"))
        if not quota.fits(count, size):
            blockers.append(
                Blocker("quota", {"batch": name, "counted": quota.of, "rule": quota.words(), "has": count, "of": size})
            )
    return blockers
