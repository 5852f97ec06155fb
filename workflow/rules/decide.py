"""May it move, and where to? Pure: the same definition, case, command and time always give the same answer.

`decide` answers a command, `options` asks the same questions of every transition that leaves the state, `judge_claim`
holds an act of the past against the definition. All three collect every reason and stop at none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.definition.model import STAY, Submission
from workflow.errors import Blocker
from workflow.rules.awarding import Act, awarding
from workflow.rules.case import CLOCKWORK, Actor, Case, Command, Decision, Option, Refusal, Verdict
from workflow.rules.panels import Tally
from workflow.rules.procedure import Procedure, Question, Way
from workflow.rules.waiting import halted, not_now, waiting

SUBMIT = "submit"
_NO_FACTS: Mapping[str, str] = MappingProxyType({})
_OPEN = Submission()


def decide(
    procedure: Procedure,
    case: Case | None,
    command: Command,
    now: datetime,
    facts: Mapping[str, str] = _NO_FACTS,
) -> Decision | Refusal:
    """Yes with what follows from it, or no with every blocker. Without a case the command is to open one.

    `facts` are figures from outside of the case that were found before, such as what a budget has spent.
    """
    if case is None:
        return _decide_submission(procedure, command, now, facts)
    named = _named(procedure, case, command)
    if isinstance(named, Refusal):
        return named
    transition, ways = named
    refusals: list[_Weighed] = []
    for way in ways:
        weighed = _weigh(procedure, case, command, way, now, facts)
        if not weighed.blockers:
            target = procedure.topology.move(case.state, transition, way.index)
            if target is None:
                raise AssertionError(f"the topology does not know {transition} from {case.state}")
            return Decision(
                transition, case.state, target, weighed.writes, weighed.verdicts, way, weighed.closes, weighed.acts
            )
        refusals.append(weighed)
    blockers = _merged(each.blockers for each in refusals)
    return Refusal(transition, blockers, refusals[0].verdicts if len(refusals) == 1 else ())


def weigh(
    procedure: Procedure, case: Case, command: Command, now: datetime, facts: Mapping[str, str] = _NO_FACTS
) -> list[tuple[Way, tuple[Blocker, ...]]]:
    """Each way that a command means, with every reason against it. None where no way of that name leaves the state."""
    named = _named(procedure, case, command)
    if isinstance(named, Refusal):
        return []
    return [(way, _weigh(procedure, case, command, way, now, facts).blockers) for way in named[1]]


def options(
    procedure: Procedure,
    case: Case,
    actor: Actor,
    now: datetime,
    lang: str = "en",
    facts: Mapping[str, str] = _NO_FACTS,
) -> list[Option]:
    """Every transition from where the case stands. What can still be supplied does not block; it is in `fields`."""
    found: list[Option] = []
    for name, ways in procedure.leaving[case.state].items():
        for way in ways:
            weighed = _weigh(procedure, case, Command(actor, name), way, now, facts, asking=True)
            title = procedure.definition.title_of(procedure.definition.transitions, name, lang)
            fields = tuple(_fields(procedure, case, way, lang))
            found.append(Option(name, way.target(case.state), not weighed.blockers, weighed.blockers, fields, title))
    return found


@dataclass(frozen=True, slots=True)
class Claim:
    """What the definition says of an act that already happened, judged on the claimed act alone."""

    conforms: bool
    transition: str | None
    blockers: tuple[Blocker, ...]
    verdicts: tuple[Verdict, ...]


def judge_claim(
    procedure: Procedure, source: str | None, target: str, data: Mapping[str, Any], actor: Actor, at: datetime
) -> Claim:
    """Hold a claimed act against the definition. People's roles are not judged, nor what the case knew before.

    `source` and `target` must be states of the definition (source None: the act that opened the case).
    """
    kept, wrong = procedure.fit(data, None, procedure.days(at))
    if source is None:
        initial = procedure.definition.initial
        if target != initial:
            wrong.insert(0, Blocker("initial", {"to": target, "initial": initial}))
        return Claim(not wrong, None, tuple(wrong), ())
    context = procedure.conditions.context(
        kept,
        actor=actor.id,
        roles=(),
        submitter="",
        state=source,
        reference="",
        now=at,
        opened_at=at,
        times={},
    )
    best: Claim | None = None
    for name, ways in procedure.leaving[source].items():
        for way in ways:
            if way.target(source) != target:
                continue
            verdicts, blockers = procedure.judge(way.when, context)
            claim = Claim(not blockers and not wrong, name, (*wrong, *blockers), tuple(verdicts))
            if claim.conforms:
                return claim
            best = best or claim
    if best is not None:
        return best
    known = sorted({to for _, to in _exits(procedure, source)})
    code = "final" if procedure.is_final(source) else "edge"
    lacking = Blocker(code, {"transition": f"{source} → {target}", "state": source, "to": target, "known": known})
    return Claim(False, None, (lacking, *wrong), ())


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NONE: frozenset[str] = frozenset()


class _Weighed(NamedTuple):
    writes: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    blockers: tuple[Blocker, ...]
    closes: tuple[tuple[str, Tally], ...] = ()
    acts: tuple[Act, ...] = ()


def _decide_submission(
    procedure: Procedure, command: Command, now: datetime, facts: Mapping[str, str]
) -> Decision | Refusal:
    given = procedure.definition.submit
    rule = given or _OPEN
    opened_by_clock = command.actor == CLOCKWORK and procedure.definition.periodic is not None
    blockers = [] if opened_by_clock else _role(procedure, None, rule.by, command.actor)
    takes = None if given is None else tuple(name for name in rule.require + rule.accept if name != "reason")
    writes, wrong = procedure.fit(command.data, takes, procedure.days(now))
    if "reason" in rule.require:
        blockers += _unreasoned(command, SUBMIT)
    blockers += _missing(procedure, rule.require, writes, wrong)
    blockers += wrong
    blockers += not_now(procedure.definition, rule, command.claimed_at, now)
    verdicts: list[Verdict] = []
    if rule.when:
        verdicts, failed = procedure.judge(rule.when, procedure.context(None, writes, command.actor, now, facts))
        blockers += failed
    if blockers:
        return Refusal(SUBMIT, tuple(blockers), tuple(verdicts))
    return Decision(SUBMIT, None, procedure.definition.initial, writes, tuple(verdicts))


def _named(procedure: Procedure, case: Case, command: Command) -> Refusal | tuple[str, tuple[Way, ...]]:
    """The ways that a command means: by the name of a transition, or by the state that just one of them reaches."""
    definition = procedure.definition
    leaving = procedure.leaving[case.state]
    if command.transition is None:
        target = command.to or ""
        names = [name for name, to in _exits(procedure, case.state) if to == target]
        if len(set(names)) != 1:
            known = sorted({to for _, to in _exits(procedure, case.state)})
            code = "final" if procedure.is_final(case.state) else "ambiguous" if names else "state"
            params: dict[str, Any] = {"transition": f"→ {target}", "state": case.state, "from": known}
            if names:
                params["known"] = sorted(set(names))
            return Refusal(f"→ {target}", (Blocker(code, params),))
        transition = names[0]
        return transition, tuple(way for way in leaving[transition] if way.target(case.state) == target)
    transition = command.transition
    if transition not in definition.transitions:
        near = tuple(difflib.get_close_matches(transition, list(definition.transitions), n=2, cutoff=0.6))
        blocker = Blocker("transition", {"transition": transition, "known": sorted(leaving)})
        return Refusal(transition, (blocker,), near=near)
    if transition in leaving:
        return transition, leaving[transition]
    blockers = [_wrong_state(procedure, case, transition)]
    by = tuple(dict.fromkeys(role for way in definition.transitions[transition] for role in way.by))
    blockers += _role(procedure, case, by, command.actor)
    return Refusal(transition, tuple(blockers))


def _wrong_state(procedure: Procedure, case: Case, transition: str) -> Blocker:
    sources = dict.fromkeys(
        state for way in procedure.definition.transitions[transition] for state in procedure.definition.sources(way)
    )
    code = "final" if procedure.is_final(case.state) else "state"
    return Blocker(code, {"transition": transition, "state": case.state, "from": list(sources)})


def _exits(procedure: Procedure, state: str) -> list[tuple[str, str]]:
    return [(name, way.target(state)) for name, ways in procedure.leaving[state].items() for way in ways]


def _weigh(
    procedure: Procedure,
    case: Case,
    command: Command,
    way: Way,
    now: datetime,
    facts: Mapping[str, str] = _NO_FACTS,
    *,
    asking: bool = False,
) -> _Weighed:
    """Every reason against one way. When only asking, what the actor could still supply is not held against them."""
    actor = command.actor
    blockers = _role(procedure, case, way.by, actor)
    if way.apart_from:
        blockers += _separation(procedure, case, way, actor)
    if way.at_most is not None and (track := case.trail.get(way.name)) and track.times >= way.at_most:
        blockers.append(Blocker("limit", {"transition": way.name, "at_most": way.at_most, "done": track.times}))
    if way.needs_reason and not asking:
        blockers += _unreasoned(command, way.name)
    writes: Mapping[str, Any] = _NOTHING
    data = case.data
    wrong: list[Blocker] = []
    if command.data:
        writes, wrong = procedure.fit(command.data, way.takes, procedure.days(now, case.created_at))
        data = {**data, **writes}
    if way.require and not asking:
        blockers += _missing(procedure, way.require, data, wrong)
    blockers += wrong
    verdicts: list[Verdict] = []
    if way.when:
        later = frozenset(way.takes) if asking else _NONE
        verdicts, failed = procedure.judge(way.when, procedure.context(case, data, actor, now, facts), later)
        blockers += failed
    if way.guard:
        question = Question(case, way.name, actor, data, command.reason, now)
        answers, failed = procedure.ask(way.guard, question)
        verdicts += answers
        blockers += failed
    closes: tuple[tuple[str, Tally], ...] = ()
    if not way.plain:
        waits, closes = waiting(procedure, case, way, now, facts)
        blockers += waits
    if procedure.halts(case.state) and way.to != STAY and not way.during_objection:
        blockers += halted(case, way)
    acts: tuple[Act, ...] = ()
    if way.awards and not asking:
        against, acts = awarding(procedure, case, way, actor, data, now, facts)
        blockers += [each for each in against if each not in blockers]
    return _Weighed(writes, tuple(verdicts), tuple(blockers), closes, acts)


def _unreasoned(command: Command, transition: str) -> list[Blocker]:
    return [] if command.reason and command.reason.strip() else [Blocker("reason", {"transition": transition})]


def _role(procedure: Procedure, case: Case | None, by: Iterable[str], actor: Actor) -> list[Blocker]:
    standing = [] if case is None else actor.standing()
    if procedure.may(by, actor, case):
        return standing
    return [*standing, Blocker("role", {"actor": actor.id, "needs": list(by), "has": sorted(actor.roles or ())})]


def _separation(procedure: Procedure, case: Case, way: Way, actor: Actor) -> list[Blocker]:
    found = []
    for name in way.apart_from:
        people = procedure.related(name, case)
        why = "did" if name in procedure.definition.transitions else "is"
        found += [
            Blocker("separation", {"actor": person, "apart_from": name, "why": why})
            for person in actor.people
            if person in people
        ]
    return found


def _missing(
    procedure: Procedure, require: Iterable[str], data: Mapping[str, Any], wrong: list[Blocker]
) -> list[Blocker]:
    """What is required and has no value. A value that was supplied and does not fit is wrong, not missing."""
    supplied = {each.params["field"] for each in wrong}
    return [
        Blocker("missing_field", {"field": name, "type": procedure.definition.fields[name].type})
        for name in require
        if name != "reason" and name not in supplied and data.get(name) in (None, "", [])
    ]


def _merged(several: Iterable[tuple[Blocker, ...]]) -> tuple[Blocker, ...]:
    merged: list[Blocker] = []
    for blockers in several:
        merged += [each for each in blockers if each not in merged]
    return tuple(merged)


def _fields(procedure: Procedure, case: Case, way: Way, lang: str) -> Iterable[Mapping[str, Any]]:
    definition = procedure.definition
    for name in way.takes:
        yield {
            "name": name,
            "type": definition.fields[name].type,
            "title": definition.title_of(definition.fields, name, lang),
            "required": name in way.require and case.data.get(name) in (None, "", []),
        }
    if way.needs_reason:
        yield {"name": "reason", "type": "text", "title": "reason", "required": True}
