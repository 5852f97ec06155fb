"""What the contributions of a panel come to. Pure and exact: people are counted, weights and marks are fractions.

`count` answers as if the panel closed now; `settled` asks whether anybody who has not contributed could still
change that answer; `draw` picks members by a recorded seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from workflow.definition.panels import Panel, Quorum, Result
from workflow.errors import Blocker
from workflow.rules.proceedings import Given, Sitting

ACCEPTED, REJECTED, INVALID = "accepted", "rejected", "invalid"
ROLL = "members"
_ROOMY = Context(prec=100)


class Tally(NamedTuple):
    """What a panel comes to: the outcome, its figures as JSON, and every reason why it is not `accepted`."""

    outcome: str
    figures: Mapping[str, Any]
    blockers: tuple[Blocker, ...] = ()


def draw(pool: Iterable[str], number: int, seed: str) -> tuple[str, ...]:
    """`number` of the pool at random: the first in the order of SHA-256 over seed, a zero byte and the id.

    Whoever knows the seed and the pool, both recorded, draws the same people again.
    """
    drawn = sorted(pool, key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).digest())
    return tuple(drawn[:number])


def electors(panel: Panel, sitting: Sitting) -> dict[str, tuple[str, ...]]:
    """The members who count: all who neither were recused when the panel opened nor recused themselves.

    A seat may bear the name of a person, so it counts whoever is recused.
    """
    recused = () if panel.seats else sitting.recused
    return {
        name: roles
        for name, roles in sitting.members.items()
        if name not in recused and _said(sitting, name) != "recuse"
    }


def count(name: str, panel: Panel, sitting: Sitting, candidates: Iterable[str] = ()) -> Tally:
    """The outcome if the panel closed now. For a secret ballot `sitting` must hold what was said in it."""
    if panel.ballot == "counted":
        return _count_numbers(name, panel, sitting)
    body = electors(panel, sitting)
    present = {each: sitting.given[each].said for each in body if each in sitting.given}
    blockers = _composition(name, panel, body)
    blockers += _quorum(
        name,
        panel,
        {rule.of: len(_holders(body, rule.of)) for rule in panel.quorum},
        {rule.of: len(_holders(body, rule.of) & present.keys()) for rule in panel.quorum},
    )
    if not present and not any(each.code == "quorum" for each in blockers):
        blockers.append(_nobody(name, len(body)))
    figures: dict[str, Any] = {"due": len(body), "present": len(present)}
    if recused := len(sitting.members) - len(body):
        figures["recused"] = recused
    tell = {"score": _marks, "elect": _elected, "vote": _votes}[panel.form]
    found, reasons = tell(name, panel, body, present, tuple(candidates)) if present else ({}, [])
    figures.update(found)
    # Too few marks for a mean are too few who took part.
    blockers += [each for each in reasons if each.code == "quorum"]
    return _tally(blockers, [each for each in reasons if each.code != "quorum"], figures)


def settled(name: str, panel: Panel, sitting: Sitting, candidates: Iterable[str] = ()) -> bool:
    """Can nobody who has not contributed yet change the outcome any more?"""
    left = [each for each in electors(panel, sitting) if each not in sitting.given]
    if not left:
        return bool(sitting.given)
    if panel.form != "vote" or panel.ballot != "open":
        return False
    outcomes = {count(name, panel, sitting, candidates).outcome}
    for choice in ("yes", "no", "abstain"):
        given = {**sitting.given, **dict.fromkeys(left, Given(0, choice))}
        outcomes.add(count(name, panel, sitting._replace(given=given), candidates).outcome)
    return len(outcomes) == 1


def _said(sitting: Sitting, name: str) -> Any:
    given = sitting.given.get(name)
    return given.said if given else None


def _holders(body: Mapping[str, tuple[str, ...]], role: str | None) -> set[str]:
    """Those who have the role; without one, all."""
    return {name for name, roles in body.items() if role is None or role in roles}


def _nobody(name: str, whole: int) -> Blocker:
    return Blocker("quorum", {"panel": name, "needs": 1, "of": whole, "has": 0, "rule": "at_least 1"})


def _tally(invalid: list[Blocker], reasons: list[Blocker], figures: dict[str, Any]) -> Tally:
    outcome = INVALID if invalid else REJECTED if reasons else ACCEPTED
    return Tally(outcome, figures, (*invalid, *reasons))


def _composition(name: str, panel: Panel, body: Mapping[str, tuple[str, ...]]) -> list[Blocker]:
    found = []
    for rule in panel.composition:
        holders = len(_holders(body, rule.of))
        if not rule.fits(holders, len(body)):
            figures = {"panel": name, "of": rule.of, "rule": rule.words(), "has": holders, "members": len(body)}
            found.append(Blocker("composition", figures))
    return found


def _quorum(name: str, panel: Panel, due: Mapping[str | None, int], present: Mapping[str | None, int]) -> list[Blocker]:
    """Of several quorums one suffices; when none is met, each is a blocker with its figures."""
    if met_quorum(panel, due, present) is not None or not panel.quorum:
        return []
    found = []
    for rule in panel.quorum:
        whole, has = due[rule.of], present[rule.of]
        figures = {"panel": name, "needs": rule.least(whole), "of": whole, "has": has, "rule": rule.words()}
        found.append(Blocker("quorum", {**figures, "electorate": rule.of} if rule.of else figures))
    return found


def met_quorum(panel: Panel, due: Mapping[str | None, int], present: Mapping[str | None, int]) -> Quorum | None:
    """The first quorum that is met, by how many are due and present of what each is of."""
    return next((rule for rule in panel.quorum if rule.met(Fraction(present[rule.of]), Fraction(due[rule.of]))), None)


def _weight(panel: Panel, roles: tuple[str, ...]) -> int:
    return max((panel.weights[role] for role in roles if role in panel.weights), default=1)


def _votes(
    name: str, panel: Panel, body: Mapping[str, tuple[str, ...]], present: Mapping[str, Any], _candidates: Any
) -> tuple[dict[str, Any], list[Blocker]]:
    sums = dict.fromkeys(("yes", "no", "abstain"), 0)
    for each, choice in present.items():
        sums[choice] += _weight(panel, body[each])
    everybody = sum(_weight(panel, roles) for roles in body.values())
    figures: dict[str, Any] = dict(sums)
    if panel.weights:
        figures["weight"] = everybody
    blockers = [
        Blocker("veto", {"panel": name, "role": role})
        for role in panel.veto
        if any(present.get(each) == "no" for each in _holders(body, role))
    ]
    casting = panel.majority.tie
    chair = {present.get(each) for each in _holders(body, casting)} if casting not in ("fails", "passes") else set()
    blockers += _majority(name, panel, sums, everybody, casting == "passes" or chair == {"yes"})
    return figures, blockers


def _majority(name: str, panel: Panel, sums: Mapping[str, int], everybody: int, tie_passes: bool) -> list[Blocker]:
    rule = panel.majority
    present = sum(sums.values())
    base = {"present": present, "cast": sums["yes"] + sums["no"], "all": everybody}[rule.of]
    yes = sums["yes"]
    if rule.met(Fraction(yes), Fraction(base)):
        return []
    # A casting vote is one vote more, cast for: it makes no majority of all out of the equal votes of a few, and what
    # passes by it passes with another vote for as well.
    if tie_passes and 0 < yes == sums["no"] and rule.met(Fraction(yes + 1), Fraction(base + 1)):
        return []
    figures = {"needs": rule.least(base), "of": base, "has": sums["yes"], "base": rule.of, "rule": rule.words()}
    return [Blocker("majority", {"panel": name, **figures})]


def _count_numbers(name: str, panel: Panel, sitting: Sitting) -> Tally:
    """A ballot counted by tellers: 应到 (due), 实到 (present) and the votes, as they entered them last."""
    given = next(iter(sitting.given.values()), None)
    numbers: Mapping[str, Any] = given.said if given else {}
    due, present = numbers.get("due", {}), numbers.get("present", {})
    sizes = {each.of: due.get(each.of or ROLL, 0) for each in panel.quorum}
    turnout = {each.of: present.get(each.of or ROLL, 0) for each in panel.quorum}
    blockers = _quorum(name, panel, sizes, turnout)
    rule = met_quorum(panel, sizes, turnout)
    if not any(present.values()) and not blockers:
        return _tally([_nobody(name, sum(due.values()))], [], {"due": dict(due), "present": dict(present)})
    electorate = (rule.of if rule and rule.of else None) or next(iter(panel.electorates or (ROLL,)))
    sums = {key: numbers.get(key, 0) for key in ("yes", "no", "abstain", "invalid")}
    # Who was there and put in nothing is present all the same.
    sums["abstain"] += max(0, present.get(electorate, 0) - sum(sums.values()))
    reasons = _majority(name, panel, sums, due.get(electorate, 0), panel.majority.tie == "passes")
    figures = {**{key: numbers.get(key, 0) for key in ("yes", "no", "abstain", "invalid")}, "electorate": electorate}
    return _tally(blockers, reasons, {"due": dict(due), "present": dict(present), **figures})


def _elected(
    name: str,
    panel: Panel,
    body: Mapping[str, tuple[str, ...]],
    present: Mapping[str, Any],
    candidates: tuple[str, ...],
) -> tuple[dict[str, Any], list[Blocker]]:
    """The most votes win, each above the majority; a tie at the last seat elects none of those who are equal."""
    rule = panel.elect
    assert rule is not None
    votes = dict.fromkeys(candidates, 0)
    cast = 0
    for each, names in present.items():
        weight = _weight(panel, body[each])
        cast += weight if names and names != "abstain" else 0
        for candidate in names if isinstance(names, list) else ():
            votes[candidate] = votes.get(candidate, 0) + weight
    base = {
        "present": sum(_weight(panel, body[each]) for each in present),
        "cast": cast,
        "all": sum(_weight(panel, roles) for roles in body.values()),
    }[panel.majority.of]
    enough = {
        each: number
        for each, number in votes.items()
        if panel.majority.met(Fraction(number), Fraction(base)) and number
    }
    ranked = sorted(enough, key=lambda each: (-enough[each], each))
    elected = ranked[: rule.seats]
    if len(ranked) > rule.seats and enough[ranked[rule.seats]] == enough[elected[-1]]:
        last = enough[elected[-1]]
        elected = [each for each in elected if enough[each] > last]
    blockers = []
    if rule.more_than_seats and len(candidates) <= rule.seats:
        blockers.append(Blocker("candidates", {"panel": name, "candidates": len(candidates), "seats": rule.seats}))
    if len(elected) < rule.seats:
        figures = {"needs": panel.majority.least(base), "of": base, "has": max(votes.values(), default=0)}
        more = {"base": panel.majority.of, "rule": panel.majority.words()}
        blockers.append(Blocker("majority", {"panel": name, **figures, **more, "elected": len(elected)}))
    return {"votes": votes, "elected": elected}, blockers


def _marks(
    name: str, panel: Panel, _body: Mapping[str, tuple[str, ...]], present: Mapping[str, Any], _candidates: Any
) -> tuple[dict[str, Any], list[Blocker]]:
    sheets = [points for points in present.values() if isinstance(points, Mapping)]
    rule = panel.result
    criteria = panel.score or {}
    totals = [
        sum((_worth(Decimal(sheet[each]), line.max, line.weight) for each, line in criteria.items()), Fraction(0))
        for sheet in sheets
    ]
    if len(totals) < (least := 3 if rule.by == "trimmed" else 1):
        figures = {"panel": name, "needs": least, "of": len(_body), "has": len(totals), "rule": f"at_least {least}"}
        return {"scorers": len(totals)}, [Blocker("quorum", figures)]
    mark = _rounded(_middle(totals, rule), rule.places)
    parts = {
        each: _rounded(_middle([Fraction(Decimal(sheet[each])) for sheet in sheets], rule), rule.places)
        for each in criteria
    }
    blockers = []
    for each, line in criteria.items():
        if line.min is not None and parts[each] < line.min:
            figures = {"panel": name, "criterion": each, "needs": f"gte {line.min:f}", "has": f"{parts[each]:f}"}
            blockers.append(Blocker("score", figures))
    if not rule.passes(mark):
        needs = f"gt {rule.gt:f}" if rule.gt is not None else f"gte {rule.gte:f}"
        blockers.append(Blocker("score", {"panel": name, "needs": needs, "has": f"{mark:f}"}))
    figures = {
        "scorers": len(totals),
        "mark": f"{mark:f}",
        "criteria": {each: f"{part:f}" for each, part in parts.items()},
    }
    return figures, blockers


def _worth(points: Decimal, most: Decimal, weight: Decimal | None) -> Fraction:
    return Fraction(points) if weight is None else Fraction(points) / Fraction(most) * Fraction(weight)


def _middle(numbers: list[Fraction], rule: Result) -> Fraction:
    ranked = sorted(numbers)
    if rule.by == "median":
        half = len(ranked) // 2
        return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2
    kept = ranked[1:-1] if rule.by == "trimmed" else ranked
    return sum(kept, Fraction(0)) / len(kept)


def _rounded(number: Fraction, places: int) -> Decimal:
    """Half up, exactly: the fraction is scaled before it is divided."""
    scaled = number * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-places, context=_ROOMY)
