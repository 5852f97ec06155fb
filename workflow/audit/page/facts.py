"""What the report tells, gathered in one pass over all chains: figures for all entries, lists only up to a limit."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

from workflow.audit.export.content import activity, content, moment, moves
from workflow.audit.page.duties import Pair, acts
from workflow.audit.page.sample import Sample
from workflow.audit.page.stays import Stays
from workflow.definition.model import Definition
from workflow.errors import StoreError
from workflow.log.entry import STREAM_NAMES
from workflow.rules.record import Entry
from workflow.store.placed import Placed

LISTED = 100


class Line(NamedTuple):
    """A case in a list: when it matters, which one, where it stands."""

    at: datetime
    case: str
    reference: str
    definition: str
    state: str


@dataclass(slots=True)
class Course:
    """How the cases of one definition went."""

    definition: Definition
    cases: int = 0
    open: int = 0
    overdue: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    stand: Counter[str] = field(default_factory=Counter)
    steps: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    stays: dict[str, Stays] = field(default_factory=lambda: defaultdict(Stays))
    late: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    same: Counter[Pair] = field(default_factory=Counter)


@dataclass(slots=True)
class Listed:
    """Entries of one sort: how many there are, and the first of them."""

    count: int = 0
    entries: list[Placed] = field(default_factory=list)

    def add(self, placed: Placed) -> None:
        """One more."""
        self.count += 1
        if len(self.entries) < LISTED:
            self.entries.append(placed)


@dataclass(slots=True)
class Facts:
    """Everything that the page shows of the log."""

    now: datetime
    sample: Sample
    size: int | None
    until: datetime
    entries: int = 0
    cases: int = 0
    sealed: int = 0
    first: datetime | None = None
    last: datetime | None = None
    broken: StoreError | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    courses: dict[str, Course] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    refusals: int = 0
    acting: Counter[tuple[str, str]] = field(default_factory=Counter)
    overrides: Listed = field(default_factory=Listed)
    delegations: Listed = field(default_factory=Listed)
    definitions: Listed = field(default_factory=Listed)
    grants: Listed = field(default_factory=Listed)
    own_grants: Listed = field(default_factory=Listed)
    erasures: Listed = field(default_factory=Listed)
    erased: int = 0
    exports: Listed = field(default_factory=Listed)
    checks: Listed = field(default_factory=Listed)
    overdue: list[Line] = field(default_factory=list)
    recent: list[Line] = field(default_factory=list)

    def drawn_from(self, placed: Placed) -> bool:
        """Does the entry belong to the population of the sample?"""
        if self.size is None:
            return placed.entry.at <= self.until
        return placed.leaf_index is not None and placed.leaf_index < self.size


def gather(
    entries: Iterable[Placed],
    definitions: Mapping[str, Definition],
    *,
    now: datetime,
    sample: Sample,
    recent: int,
    size: int | None = None,
    until: datetime | None = None,
) -> Facts:
    """The facts of entries that come chain by chain. `definitions` are those installed, by digest, oldest first.

    `recent` is how many of the cases that moved last are kept by name. The sample is drawn from the first `size`
    leaves of the tree, or without a size from what was recorded up to `until`. A log that cannot be read to its end
    gives what could be read, and says so.
    """
    facts = Facts(now, sample, size, until or now)
    for definition in definitions.values():
        course = facts.courses.get(definition.workflow)
        facts.courses[definition.workflow] = course or Course(definition)
        facts.courses[definition.workflow].definition = definition
    walk: _Walk | None = None
    try:
        for placed in entries:
            entry = placed.entry
            _count(facts, placed)
            if facts.drawn_from(placed):
                sample.take(placed)
            if walk is not None and walk.case != entry.case:
                walk.finish(facts, recent)
                walk = None
            if entry.case in STREAM_NAMES:
                _stream(facts, placed)
            else:
                walk = walk or _Walk(entry.case, placed, definitions)
                walk.take(facts, placed)
    except StoreError as error:
        facts.broken = error
    if walk is not None:
        walk.finish(facts, recent)
    facts.overdue = sorted(facts.overdue)
    facts.recent = sorted(facts.recent, reverse=True)
    return facts


def _count(facts: Facts, placed: Placed) -> None:
    entry = placed.entry
    facts.entries += 1
    facts.sealed += placed.leaf_index is not None
    facts.first = entry.at if facts.first is None else min(facts.first, entry.at)
    facts.last = entry.at if facts.last is None else max(facts.last, entry.at)
    facts.kinds[entry.kind] += 1
    facts.erased += content(entry) is None
    if entry.actor.acting_for is not None:
        facts.acting[entry.actor.id, entry.actor.acting_for] += 1
    if entry.kind == "refused":
        facts.refusals += 1
        facts.reasons.update({each.code for each in entry.blockers})
    elif entry.kind.startswith(("delegat", "handed_over")):
        facts.delegations.add(placed)
    elif entry.kind.startswith("eras"):
        facts.erasures.add(placed)


def _stream(facts: Facts, placed: Placed) -> None:
    entry = placed.entry
    if entry.kind == "definition_installed":
        facts.definitions.add(placed)
    elif entry.kind in ("role_granted", "role_revoked", "actor_added"):
        facts.grants.add(placed)
        if entry.kind == "role_granted" and entry.actor.id == entry.subject:
            facts.own_grants.add(placed)
    elif entry.kind == "exported":
        facts.exports.add(placed)
    elif entry.kind.startswith(("verif", "check", "seal", "store_", "key_", "log_", "case_heads")):
        facts.checks.add(placed)


class _Walk:
    """One case while its entries are read."""

    def __init__(self, case: str, placed: Placed, definitions: Mapping[str, Definition]) -> None:
        self.case = case
        self._definition = definitions.get(placed.entry.definition or "")
        self._name = placed.definition or (self._definition.workflow if self._definition else "")
        self._reference = placed.reference or placed.entry.reference or case
        self._states: dict[str, None] = {}
        self._steps: Counter[tuple[str, str, str]] = Counter()
        self._refused: Counter[str] = Counter()
        self._stays: list[tuple[str, float]] = []
        self._people: dict[str, set[str]] = {}
        self._state: str | None = None
        self._since: datetime | None = None
        self._due: datetime | None = None
        self._last = placed.entry.at

    def take(self, facts: Facts, placed: Placed) -> None:
        entry = placed.entry
        self._last = entry.at
        if entry.kind == "refused":
            self._refused[entry.transition or ""] += 1
        if entry.kind == "imported" and (entry.conforms is False or entry.gap):
            facts.overrides.add(placed)
        if moves(entry):
            self._move(entry)

    def _move(self, entry: Entry) -> None:
        when, target = moment(entry), entry.target or ""
        if self._state is not None and self._since is not None:
            if entry.target != self._state:
                self._stays.append((self._state, (when - self._since).total_seconds()))
            self._steps[entry.source or self._state, target, activity(entry)] += 1
        if entry.target != self._state:
            self._since, self._due = when, entry.due_at
        self._state = target
        self._states[target] = None
        # Whoever acts for somebody counts as both.
        self._people.setdefault(activity(entry), set()).update(entry.actor.people)

    def finish(self, facts: Facts, recent: int) -> None:
        facts.cases += 1
        course = facts.courses.get(self._name)
        if course is None or self._state is None:
            return
        definition = self._definition or course.definition
        course.cases += 1
        course.stand[self._state] += 1
        course.reached.update(self._states.keys())
        for (source, target, name), count in self._steps.items():
            course.steps[source, target][name] += count
        for state, seconds in self._stays:
            course.stays[state].add(seconds)
        course.refused.update(self._refused)
        for first, second in combinations([each for each in acts(course.definition) if each in self._people], 2):
            course.same[first, second] += not self._people[first].isdisjoint(self._people[second])
        line = Line(self._last, self.case, self._reference, self._name, self._state)
        _keep(facts.recent, line, recent)
        stands = definition.states.get(self._state)
        if stands is None or stands.final:
            return
        course.open += 1
        if self._due is not None and self._due < facts.now:
            course.overdue += 1
            course.late[self._state] += 1
            facts.overdue.append(line._replace(at=self._due))
            if len(facts.overdue) > 4 * LISTED:
                facts.overdue = heapq.nsmallest(LISTED, facts.overdue)


def _keep(heap: list[Line], line: Line, limit: int) -> None:
    """Keep the latest lines, as a heap."""
    if len(heap) < limit:
        heapq.heappush(heap, line)
    elif heap and line > heap[0]:
        heapq.heapreplace(heap, line)
