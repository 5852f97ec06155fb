"""What a transition does with the awards of a case: propose, approve, pay, reverse. Pure; every reason at once.

What was paid before stands in the case itself; what a shared budget has left is a fact that is handed in and recorded
with the entry, so that the decision can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from workflow.definition.awards import Award, Pool
from workflow.definition.conditions import Context, Verdict
from workflow.definition.model import Definition
from workflow.errors import Blocker
from workflow.rules.assessment import Assessment, already_paid, as_plain, due_after, from_plain
from workflow.rules.awards import assess, pool_of, rung
from workflow.rules.case import Actor, Case
from workflow.rules.deadlines import zone_of
from workflow.rules.payments import EXACT, ZERO, Share, overdrawn, reversal
from workflow.rules.procedure import Procedure, Way

PROPOSED, APPROVED, PAID, REVERSED = "proposed", "approved", "paid", "reversed"


class Act(NamedTuple):
    """Something done with an award: the kind of its entry, the name of the award, and what the entry holds."""

    kind: str
    award: str
    said: Mapping[str, Any]
    pool: str | None = None
    period: str | None = None

    @property
    def lines(self) -> tuple[Share, ...]:
        """The lines that it adds to the ledger."""
        return tuple(Share(person, Decimal(amount)) for person, amount in self.said.get("lines", ()))


def awarding(
    procedure: Procedure,
    case: Case,
    way: Way,
    actor: Actor,
    data: Mapping[str, Any],
    now: datetime,
    facts: Mapping[str, str],
) -> tuple[list[Blocker], tuple[Act, ...]]:
    """Every reason why the awards of a way cannot be dealt with, and what is done with each."""
    blockers: list[Blocker] = []
    acts: list[Act] = []
    for name in way.award.propose:
        judge = partial(_judge, procedure, procedure.context(case, data, actor, now))
        found = assess(procedure.definition, name, data, case.submitter, judge)
        if isinstance(found, Assessment):
            blockers += already_paid(found, paid_before(procedure.definition, case, name))
            plain = as_plain(found)
            acts.append(Act("awarded", name, plain))
            case = _with(case, name, status=PROPOSED, assessment=plain)
        else:
            blockers += found
    for name in way.award.approve:
        reasons = _approval(procedure, case, name, actor)
        blockers += reasons
        acts.append(Act("approved", name, {}))
        case = case if reasons else _with(case, name, status=APPROVED)
    for name in way.award.pay:
        reasons, act = _payment(procedure, case, name, now, facts)
        blockers += reasons
        acts += [act] if act is not None else []
    reversals = [_reversal(procedure, case, name) for name in way.award.reverse]
    taken_back = [act for _, act in reversals if act is not None]
    # Of several awards, those that were paid are taken back.
    blockers += [] if taken_back else [each for reasons, _ in reversals for each in reasons]
    return blockers, (*acts, *taken_back)


def _with(case: Case, name: str, **changes: Any) -> Case:
    """The case as the next act of the same transition finds it."""
    awards = case.proceedings.awards
    changed = {**awards, name: {**awards.get(name, {}), **changes}}
    return case._replace(proceedings=case.proceedings._replace(awards=changed))


def _judge(procedure: Procedure, context: Context, check: str) -> Verdict:
    return procedure.conditions.judge(check, context)


def paid_before(definition: Definition, case: Case, name: str) -> dict[str, Decimal]:
    """What each person was paid of an award, and of the awards that count as payments of it."""
    paid: dict[str, Decimal] = {}
    for each in (name, *definition.awards[name].counts):
        for person, amount in case.proceedings.awards.get(each, {}).get("paid", {}).items():
            paid[person] = EXACT.add(paid.get(person, ZERO), Decimal(amount))
    return paid


def period_of(definition: Definition, pool: Pool, now: datetime) -> str:
    """Which budget of a pool is meant: that of the year, in the zone of the definition, or the only one."""
    if pool.per is None:
        return "all"
    return str(now.astimezone(zone_of(definition)).year)


def pools_of(definition: Definition, way: Way, now: datetime) -> list[tuple[str, str]]:
    """The budgets, by name and period, out of which a way pays."""
    found = []
    for name in way.award.pay:
        pool = pool_of(definition, definition.awards[name])
        if pool is not None:
            found.append((pool.name, period_of(definition, pool, now)))
    return found


def fact_of(pool: str, period: str) -> str:
    """The name of the fact that says what was spent of a budget."""
    return f"spent.{pool}.{period}"


def _status(case: Case, name: str) -> str | None:
    found = case.proceedings.awards.get(name)
    return found["status"] if found else None


def _wrong(name: str, case: Case, needs: str) -> Blocker:
    return Blocker("award", {"award": name, "problem": "status", "needs": needs, "has": _status(case, name) or "none"})


def _approval(procedure: Procedure, case: Case, name: str, actor: Actor) -> list[Blocker]:
    if _status(case, name) != PROPOSED:
        return [_wrong(name, case, PROPOSED)]
    amount = Decimal(case.proceedings.awards[name]["assessment"]["amount"])
    by = rung(procedure.definition.awards[name], amount)
    if by is None or procedure.may(by, actor, case):
        return []
    figures = {"actor": actor.id, "needs": list(by), "has": sorted(actor.roles or ()), "amount": f"{amount:f}"}
    return [Blocker("role", figures)]


def _payment(
    procedure: Procedure, case: Case, name: str, now: datetime, facts: Mapping[str, str]
) -> tuple[list[Blocker], Act | None]:
    award: Award = procedure.definition.awards[name]
    # Without a ladder nobody has to approve it, and somebody may all the same.
    if _status(case, name) not in ((APPROVED,) if award.approval else (PROPOSED, APPROVED)):
        return [_wrong(name, case, APPROVED if award.approval else PROPOSED)], None
    assessment = from_plain(case.proceedings.awards[name]["assessment"])
    paid = paid_before(procedure.definition, case, name)
    blockers = list(already_paid(assessment, paid))
    lines = due_after(assessment, paid)
    pool = pool_of(procedure.definition, award)
    said = {"lines": [[line.person, f"{line.amount:f}"] for line in lines], "currency": award.currency}
    if pool is None:
        return blockers, Act("paid", name, said)
    period = period_of(procedure.definition, pool, now)
    spent = Decimal(facts.get(fact_of(pool.name, period), "0"))
    return [*blockers, *overdrawn(pool, lines, spent)], Act("paid", name, said, pool.name, period)


def _reversal(procedure: Procedure, case: Case, name: str) -> tuple[list[Blocker], Act | None]:
    found = case.proceedings.awards.get(name)
    paid = {person: Decimal(amount) for person, amount in (found or {}).get("paid", {}).items()}
    if found is None or not any(paid.values()):
        return [_wrong(name, case, PAID)], None
    lines = [[line.person, f"{line.amount:f}"] for line in reversal(paid)]
    said = {"lines": lines, "currency": procedure.definition.awards[name].currency}
    return [], Act("reversed", name, said, found.get("pool"), found.get("period"))
