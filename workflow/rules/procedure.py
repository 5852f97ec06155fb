"""A definition made ready to decide by: its topology, its conditions, who is meant by a role, which fields fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from types import MappingProxyType
from typing import Any

from workflow.definition.awards import Awarding
from workflow.definition.calendar import calendar
from workflow.definition.conditions import Conditions, Context
from workflow.definition.fields import ChoiceField, ListField
from workflow.definition.lists import Days
from workflow.definition.model import ANYONE, CLOCK, STAY, Definition, Transition
from workflow.definition.numbers import BadValue
from workflow.definition.parts import Condition
from workflow.errors import Blocker
from workflow.rules.case import CLOCKWORK, Actor, Case, DefinitionRef, Verdict
from workflow.rules.topology import Topology


@dataclass(frozen=True, slots=True)
class Question:
    """What a host's guard is asked: the case as it stands, who asks, and the data as it would be."""

    case: Case | None
    transition: str
    actor: Actor
    data: Mapping[str, Any]
    reason: str | None
    now: datetime


Guard = Callable[[Question], bool | str]
"""True lets pass; a text refuses and says why; anything else refuses."""


# What conditions read that does not stand in the case.
_OUTSIDE = re.compile(r"\b(marks|linked_states|open_subcases)\b")
_MARKS = re.compile(r"\bmarks\b")
_NO_FACTS: Mapping[str, str] = MappingProxyType({})
_NONE: frozenset[str] = frozenset()
# A list may hold thousands of values, and a blocker stands in an entry.
MOST_SHOWN = 50


class Way:
    """One transition of a definition, laid out for deciding."""

    __slots__ = (
        "after",
        "apart_from",
        "at_most",
        "award",
        "awards",
        "batch",
        "by",
        "during_objection",
        "extends",
        "guard",
        "index",
        "link",
        "marks",
        "name",
        "needs_reason",
        "notice",
        "opens",
        "panel",
        "plain",
        "require",
        "subcases",
        "takes",
        "to",
        "when",
        "within",
    )

    def __init__(self, name: str, index: int, transition: Transition) -> None:
        self.name = name
        self.index = index
        self.to = transition.to
        self.by = transition.by
        self.require = tuple(name for name in transition.require if name != "reason")
        self.takes = transition.takes
        self.needs_reason = transition.needs_reason
        self.when = transition.when
        self.guard = transition.guard
        self.apart_from = transition.apart_from
        self.at_most = transition.at_most
        self.panel = transition.panel
        self.notice = transition.notice
        self.after = transition.after
        self.within = transition.within
        self.extends = transition.extends
        self.award = transition.award
        self.awards = transition.award != Awarding()
        self.during_objection = transition.during_objection
        self.link = transition.link
        self.subcases = transition.subcases
        self.opens = transition.opens
        self.batch = transition.batch
        self.marks = transition.marks
        # Nothing of what goes on in a case beside its state and data has a say in it.
        waits = (self.panel, self.notice, self.after, self.within, self.link, self.subcases, self.batch)
        self.plain = not any(waits)

    def target(self, source: str) -> str:
        """The state that the way reaches from `source`."""
        return source if self.to == STAY else self.to


class Procedure:
    """One definition, compiled once and used for every case that keeps it."""

    def __init__(self, definition: Definition, guards: Mapping[str, Guard] | None = None, digest: str = "") -> None:
        self.definition = definition
        self.guards = guards or {}
        self.ref = DefinitionRef(definition.workflow, definition.version, digest or definition.digest)
        self.conditions = Conditions(definition.fields)
        self._granted = {name for name, role in definition.roles.items() if role.granted}
        self._panels = {
            state: tuple(name for name, panel in definition.panels.items() if state in panel.in_)
            for state in definition.states
        }
        self._notices = {state for notice in definition.notices.values() for state in notice.in_}
        self._finals = {name for name, state in definition.states.items() if state.final}

    @cached_property
    def topology(self) -> Topology:
        """The graph; built when the first case moves."""
        return Topology(self.definition)

    @cached_property
    def leaving(self) -> Mapping[str, Mapping[str, tuple[Way, ...]]]:
        """For each state, the transitions that leave it: name to its ways."""
        found: dict[str, dict[str, tuple[Way, ...]]] = {name: {} for name in self.definition.states}
        for name, index, transition in self.definition.ways():
            way = Way(name, index, transition)
            for source in self.definition.sources(transition):
                found[source][name] = (*found[source].get(name, ()), way)
        return found

    @cached_property
    def timed(self) -> bool:
        """Does any clock run in these cases?"""
        return self.clocked or any(state.due for state in self.definition.states.values())

    @cached_property
    def clocked(self) -> bool:
        """Do clocks do more in these cases than to say by when a state should be left?"""
        definition = self.definition
        return bool(
            definition.deadlines
            or definition.notices
            or any(panel.within for panel in definition.panels.values())
            or any(state.due and (state.due.remind or state.due.escalate) for state in definition.states.values())
            or any(CLOCK in way.by or way.after or way.within or way.extends for _, _, way in definition.ways())
        )

    @cached_property
    def asks_facts(self) -> bool:
        """Has anything outside of a case a say in it?"""
        definition = self.definition
        return bool(
            any(award.pool for award in definition.awards.values())
            or any(way.subcases for _, _, way in definition.ways())
            or any(_OUTSIDE.search(check) for check in definition.checks())
        )

    @cached_property
    def asks_marks(self) -> bool:
        """Do conditions read the marks on people's records?"""
        return any(_MARKS.search(check) for check in self.definition.checks())

    def people(self, case: Case | None, actor: Actor) -> dict[str, tuple[str, ...]]:
        """Who stands in each relation to the case; before it is opened, its submitter alone."""
        relations = {name: role for name, role in self.definition.roles.items() if not role.granted}
        if case is not None:
            return {name: self.related(name, case) for name in relations}
        return {name: (actor.principal,) for name, role in relations.items() if role.relation == "submitter"}

    def grants(self, name: str) -> bool:
        """Is the name that of a role which is granted?"""
        return name in self._granted

    def panels_in(self, state: str) -> tuple[str, ...]:
        """The panels that are open while a case stands in the state."""
        return self._panels[state]

    def halts(self, state: str) -> bool:
        """Does a public notice run in the state, so that an open objection halts the case?"""
        return state in self._notices

    def is_final(self, state: str) -> bool:
        """True when no way leads out of the state by definition."""
        return state in self._finals

    def holds(self, name: str, actor: Actor, case: Case | None) -> bool:
        """Does the actor have the role, by grant or by relation to the case?"""
        if name == ANYONE:
            return actor != CLOCKWORK
        if name == CLOCK:
            return actor == CLOCKWORK
        if name in self._granted:
            return actor.roles is not None and name in actor.roles
        if case is None:
            return self.definition.roles[name].relation == "submitter"
        return actor.principal in self.related(name, case)

    def may(self, by: Iterable[str], actor: Actor, case: Case | None) -> bool:
        """Has the actor one of the roles, or one to which what these should have done was escalated?"""
        for role in by:
            if self.holds(role, actor, case):
                return True
        more = case.proceedings.escalated if case is not None else ()
        return bool(more) and any(map(self.grants, by)) and not (actor.roles or _NONE).isdisjoint(more)

    def related(self, name: str, case: Case) -> tuple[str, ...]:
        """The people that a relation or the name of a transition means in this case."""
        role = self.definition.roles.get(name)
        if role is None or role.did is not None:
            track = case.trail.get(role.did if role is not None and role.did else name)
            return track.people if track else ()
        if role.relation == "submitter":
            return (case.submitter,)
        value = case.data.get(role.field or "")
        return (value,) if isinstance(value, str) else ()

    @cached_property
    def listed(self) -> Mapping[str, ChoiceField]:
        """The fields whose values stand on a reference list, each with the choice that says so."""
        found: dict[str, ChoiceField] = {}
        for name, field in self.definition.fields.items():
            choice = field.of if isinstance(field, ListField) else field
            if isinstance(choice, ChoiceField) and choice.register_ is not None:
                found[name] = choice
        return found

    @cached_property
    def confidential(self) -> Mapping[str, tuple[str, ...]]:
        """The confidential fields, each with the roles whose holders may see it."""
        return {name: each.confidential for name, each in self.definition.fields.items() if each.confidential}

    @cached_property
    def zone(self) -> tzinfo:
        """Where the days of the definition begin."""
        definition = self.definition
        return calendar(definition.calendar, definition.zone).zone if definition.calendar else UTC

    def days(self, now: datetime, opened: datetime | None = None) -> Days | None:
        """The days for which lists are asked, where days begin by the definition's calendar; None without lists."""
        if not self.listed:
            return None
        return Days(now.astimezone(self.zone).date(), (opened or now).astimezone(self.zone).date())

    def fit(
        self, data: Mapping[str, Any], takes: tuple[str, ...] | None, days: Days | None
    ) -> tuple[dict[str, Any], list[Blocker]]:
        """The values as they are kept, and a blocker for each that does not fit or that `takes` does not name.

        Reference lists are asked for `days`; without days, they are not.
        """
        kept: dict[str, Any] = {}
        wrong: list[Blocker] = []
        for name, raw in data.items():
            field = self.definition.fields.get(name)
            if field is None:
                known = sorted(self.definition.fields if takes is None else takes)
                wrong.append(Blocker("bad_field", {"field": name, "problem": "unknown", "known": known}))
            elif takes is not None and name not in takes:
                wrong.append(Blocker("bad_field", {"field": name, "problem": "not_taken", "known": sorted(takes)}))
            else:
                try:
                    value = field.accept(raw)
                    if days is not None and name in self.listed:
                        self._stand_on_list(name, value, days)
                    kept[name] = value
                except BadValue as error:
                    wrong.append(Blocker("bad_field", {"field": name, "problem": error.reason, **error.figures}))
        return kept, wrong

    def _stand_on_list(self, name: str, value: Any, days: Days) -> None:
        """Raise BadValue for a value that is not on its list on the day that counts."""
        field = self.listed[name]
        register = field.register_ or ""
        values = self.definition.lists[register]
        day = days.opened if field.as_of == "opened" else days.today
        for each in value if isinstance(value, list) else [value]:
            item = values.find(each, day)
            if item is None:
                raise BadValue("not_choice", choices=values.on(day)[:MOST_SHOWN])
            if not item.on(day):
                times = {"from": item.since and item.since.isoformat(), "until": item.until and item.until.isoformat()}
                raise BadValue("not_listed", list=register, day=day.isoformat(), **times)

    def judge(
        self, conditions: tuple[Condition, ...], context: Context, supplied_later: frozenset[str] = frozenset()
    ) -> tuple[list[Verdict], list[Blocker]]:
        """Every condition of a way. Those that only lack a field of `supplied_later` are left open, unblocked."""
        verdicts: list[Verdict] = []
        blockers: list[Blocker] = []
        for index, condition in enumerate(conditions):
            found = self.conditions.judge(condition.check, context)
            verdicts.append(Verdict(f"when.{index}", found.ok))
            if found.ok or (found.missing and supplied_later.issuperset(found.missing)):
                continue
            if found.why is None and supplied_later & set(self.conditions.reads(condition.check)):
                continue
            params: dict[str, Any] = {"condition": condition.check, "why": found.why or "false"}
            if found.missing:
                params["fields"] = list(found.missing)
            if condition.title:
                params["title"] = {k: v for k, v in condition.title.model_dump().items() if v}
            blockers.append(Blocker("condition", params))
        return verdicts, blockers

    def ask(self, names: tuple[str, ...], question: Question) -> tuple[list[Verdict], list[Blocker]]:
        """Every guard of a way that the host registered; one that is not registered refuses."""
        verdicts: list[Verdict] = []
        blockers: list[Blocker] = []
        for name in names:
            guard = self.guards.get(name)
            answer = guard(question) if guard is not None else None
            verdicts.append(Verdict(f"guard.{name}", answer is True))
            if answer is not True:
                said = answer if isinstance(answer, str) else "unregistered" if guard is None else ""
                blockers.append(Blocker("guard", {"guard": name, "said": said}))
        return verdicts, blockers

    def context(
        self,
        case: Case | None,
        data: Mapping[str, Any],
        actor: Actor,
        now: datetime,
        facts: Mapping[str, str] = _NO_FACTS,
    ) -> Context:
        """What the conditions of a move can see, with the supplied values already in place."""
        return self.conditions.context(
            data,
            actor=actor.id,
            roles=actor.roles or (),
            submitter=case.submitter if case else actor.principal,
            state=case.state if case else "",
            reference=case.reference if case else "",
            now=now,
            opened_at=case.created_at if case else now,
            times={name: track.times for name, track in case.trail.items()} if case else {},
            objections=case.proceedings.standings() if case else (),
            facts=facts,
            awards={name: each["assessment"] for name, each in case.proceedings.awards.items()} if case else {},
        )
