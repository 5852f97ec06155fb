"""One case: folded again from its entries, each decision made again, and the outcome held against the stored row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from workflow.audit.awards import KINDS as AWARDING
from workflow.audit.awards import Ledger, Moved
from workflow.audit.ledgers import Ledgers
from workflow.audit.library import Library, Replay, codes
from workflow.audit.proceedings import KINDS as PROCEEDING
from workflow.audit.proceedings import asked, check_clocks, check_proceeding
from workflow.audit.report import Findings, shown
from workflow.audit.ties import KINDS as TYING
from workflow.audit.ties import Ties
from workflow.rules.case import Actor, Case, Command, Contribution, Decision, Refusal, Verdict
from workflow.rules.contribute import contribute
from workflow.rules.decide import judge_claim
from workflow.rules.disclosure import hidden
from workflow.rules.evolve import evolve
from workflow.rules.record import Entry
from workflow.store.statements import CASE_COLUMNS, READ_CASE
from workflow.store.unit import Unit, case_values

_COLUMNS = tuple(CASE_COLUMNS.split(", "))
# What a case keeps from its first entry on; the rest is that of the entry which it counts as its last.
_LASTING = {"id", "reference", "definition", "version", "digest", "submitter", "created_at"}
_BY_STATE = "→ "


class Folding:
    """A case while its entries are taken one by one."""

    def __init__(
        self, unit: Unit, library: Library, ledgers: Ledgers, awards: Ledger, ties: Ties, findings: Findings
    ) -> None:
        self._awards = awards
        self._ties = ties
        self._moved: Moved | None = None
        self._unit = unit
        self._library = library
        self._ledgers = ledgers
        self._findings = findings
        self._case: Case | None = None
        self._known = True
        self._keys: set[str] = set()

    def take(self, entry: Entry, complete: bool) -> bool:
        """One more entry. False when the case cannot be followed any further.

        Behind a payload that is missing the data of the case are unknown, and so is what was decided upon them.
        """
        replay = self._library.find(entry)
        if replay is None:
            return False
        case = self._case
        if case is not None and case.definition.digest != entry.definition:
            self._add("definition_switched", entry, found=entry.definition, expected=case.definition.digest)
            return False
        if not self._possible(replay, entry):
            return False
        try:
            if complete and self._known:
                self._decide_again(replay, entry)
            self._known = self._known and (entry.data is not None or entry.sealed or entry.kind == "refused")
            self._case = moved = evolve(replay.procedure, case, entry)
        except ValueError as error:
            self._add("fold", entry, problem=shown(str(error), quoted=False))
            return False
        if case is None:
            self._ledgers.opened(moved, entry)
        return True

    def _possible(self, replay: Replay, entry: Entry) -> bool:
        """Can the entry be read by the definition at all? Asked first, because the rules take that for granted."""
        definition = replay.procedure.definition
        for state in (entry.source, entry.target):
            if state is not None and state not in definition.states:
                self._add("fold", entry, problem=f"no state {shown(state)}")
                return False
        case = self._case
        if entry.kind == "advanced" and case is not None:
            ways = replay.procedure.leaving[case.state].get(entry.transition or "", ())
            if entry.source != case.state or all(way.target(case.state) != entry.target for way in ways):
                names = {"transition": entry.transition, "source": entry.source, "target": entry.target}
                shorts = {key: shown(each, quoted=False) for key, each in names.items()}
                self._add("fold", entry, problem="no_way", **shorts)
                return False
        if entry.key is not None:
            if entry.key in self._keys:
                self._add("fold", entry, problem="key", key=shown(entry.key))
            self._keys.add(entry.key)
        return True

    def _decide_again(self, replay: Replay, entry: Entry) -> None:
        if entry.kind == "imported":
            self._judge_again(replay, entry)
        elif entry.kind == "disclosed":
            if self._case is not None:
                self._check_disclosure(replay, self._case, entry)
        elif entry.kind in AWARDING:
            self._awards.check(entry, self._moved)
        elif entry.kind in TYING:
            if self._case is not None:
                self._ties.check(replay.procedure, self._case, entry, self._moved.ways if self._moved else ())
        elif entry.kind in PROCEEDING:
            if self._case is not None:
                for code, figures in check_proceeding(replay.procedure, self._case, entry):
                    self._add(code, entry, **figures)
        elif entry.kind == "refused":
            if self._case is not None:
                check_refusal(self._findings, replay, self._case, entry)
        elif (self._case is None) == (entry.kind == "submitted"):
            self._move_again(replay, entry)

    def _check_disclosure(self, replay: Replay, case: Case, entry: Entry) -> None:
        """What was shown must have been confidential, and open to the roles with which it was asked for."""
        fields = entry.fields or ()
        unseen = {*hidden(replay.procedure, case, entry.actor), *(set(fields) - replay.procedure.confidential.keys())}
        if astray := [shown(name, quoted=False) for name in fields if name in unseen]:
            self._add("disclosure", entry, actor=shown(entry.actor.id, quoted=False), fields=astray)

    def _move_again(self, replay: Replay, entry: Entry) -> None:
        if self._case is not None:
            self._moved = Moved(replay.procedure, self._case, entry)
            for code, figures in check_clocks(self._case, entry):
                self._add(code, entry, **figures)
        first: Decision | Refusal | None = None
        for command in _asked(replay, self._case, entry):
            answer = replay.decide(self._case, command, entry.moment, replay.granted(entry), entry.facts)
            if (
                isinstance(answer, Decision)
                and answer.target == entry.target
                and answer.source == entry.source
                and answer.verdicts == entry.verdicts
                and answer.writes == entry.data
            ):
                return
            first = first or answer
        if isinstance(first, Refusal):
            self._add("forbidden", entry, found=codes(first.blockers))
        elif first is not None:
            expected = _outcome(first.source, first.target, first.verdicts, first.writes)
            found = _outcome(entry.source, entry.target, entry.verdicts, entry.data)
            self._add("decision", entry, expected=expected, found=found)

    def _judge_again(self, replay: Replay, entry: Entry) -> None:
        if entry.target is None or entry.claimed_at is None:
            return
        actor = Actor(entry.actor.id, (), entry.actor.acting_for)
        claim = judge_claim(replay.procedure, entry.source, entry.target, entry.data or {}, actor, entry.claimed_at)
        gap = entry.source != (self._case.state if self._case else None)
        expected = _judgement(claim.conforms, gap, claim.transition, codes(claim.blockers), claim.verdicts)
        found = _judgement(entry.conforms, entry.gap, entry.transition, codes(entry.blockers), entry.verdicts)
        if found != expected:
            self._add("claim", entry, found=found, expected=expected)

    def finish(self, whole: bool) -> None:
        """After the last entry: hold the case against its row. Raises StoreError when the database fails."""
        # A chain that broke gives no case to compare with, and its break is a finding already.
        if self._case is None or not whole:
            return
        case = self._case
        rows = self._unit.raw(READ_CASE, case.id)
        if not rows:
            self._findings.add("case_missing", case.id, case.rev)
            return
        self._ledgers.rows += 1
        expected = case_values(case)
        if rows[0] == expected and all(map(_same_type, rows[0], expected)):
            return
        values = dict(zip(_COLUMNS, zip(rows[0], expected, strict=True), strict=True))
        behind = values["rev"][0] != values["rev"][1]
        for name, (found, wanted) in values.items():
            if (name == "data" and not self._known) or (behind and name != "rev" and name not in _LASTING):
                continue
            if found != wanted or not _same_type(found, wanted):
                says: dict[str, Any] = {"found": shown(found), "expected": shown(wanted)}
                if name == "data":
                    # What people supplied is not repeated in a finding: it says which fields, at most.
                    says = {"why": "data", "fields": _differing(found, wanted)}
                self._findings.add("case_column", case.id, case.rev, column=name, **says)

    def _add(self, code: str, entry: Entry, **params: Any) -> None:
        self._findings.add(code, entry.case, entry.seq, **params)


class Intake:
    """The stream of submissions that were refused: each is decided again, on its own."""

    def __init__(self, library: Library, findings: Findings) -> None:
        self._library = library
        self._findings = findings
        self._at: Any = None

    def take(self, entry: Entry, complete: bool) -> bool:
        """One more entry. Always True: no entry rests on the one before."""
        replay = self._library.find(entry)
        pushed, self._at = entry.at == self._at, entry.at
        if replay is None or not complete:
            return True
        rule = replay.procedure.definition.submit
        # An entry is never dated before the one ahead of it; then the time at which its conditions were judged is lost.
        timely = replay.procedure.listed or (rule is not None and rule.when)
        if not (pushed and timely):
            check_refusal(self._findings, replay, None, entry)
        return True

    def finish(self, _whole: bool) -> None:
        """After the last entry: nothing is derived from this stream."""


def check_refusal(findings: Findings, replay: Replay, case: Case | None, entry: Entry) -> None:
    """A refusal must be one again, for the same kinds of reasons."""
    if entry.source != (case.state if case else None):
        expected, stood = (shown(each, quoted=False) for each in (case.state if case else None, entry.source))
        findings.add("decision", entry.case, entry.seq, expected=f"from {expected}", found=f"from {stood}")
        return
    found = codes(entry.blockers)
    given = asked(entry)
    if given is not None and case is not None:
        check_contribution_refused(findings, replay, case, entry, given)
        return
    first: Decision | Refusal | None = None
    for command in _asked(replay, case, entry):
        answer = replay.decide(case, command, entry.at, replay.granted(entry), entry.facts)
        if isinstance(answer, Refusal) and codes(answer.blockers) == found and answer.verdicts == entry.verdicts:
            return
        first = first or answer
    if isinstance(first, Decision):
        findings.add("allowed", entry.case, entry.seq, found=found)
    elif first is not None:
        findings.add("reasons", entry.case, entry.seq, found=found, expected=codes(first.blockers))


def check_contribution_refused(
    findings: Findings, replay: Replay, case: Case, entry: Entry, given: Contribution
) -> None:
    """As for a transition. What a secret ballot would have said is not recorded, so that it is not judged again."""
    panel = replay.procedure.definition.panels.get(given.on)
    if panel is not None and panel.ballot == "secret":
        return
    answer = contribute(replay.procedure, case, given, entry.at)
    if not isinstance(answer, Refusal):
        findings.add("allowed", entry.case, entry.seq, found=codes(entry.blockers))
    elif codes(answer.blockers) != codes(entry.blockers):
        expected = codes(answer.blockers)
        findings.add("reasons", entry.case, entry.seq, found=codes(entry.blockers), expected=expected)


def _asked(replay: Replay, case: Case | None, entry: Entry) -> Iterator[Command]:
    """The commands that may have led to an entry. It does not say whether a transition or a state was asked for."""
    given, reason = entry.data or {}, entry.reason
    name = entry.transition
    if case is None:
        yield Command(entry.actor, None, None, given, reason, entry.claimed_at)
        return
    if name is not None and name.startswith(_BY_STATE) and all(each.code != "transition" for each in entry.blockers):
        yield Command(entry.actor, None, name.removeprefix(_BY_STATE), given, reason)
        return
    yield Command(entry.actor, name, None, given, reason)
    ways = replay.procedure.leaving[case.state].get(name or "", ())
    for state in dict.fromkeys(way.target(case.state) for way in ways):
        yield Command(entry.actor, None, state, given, reason)


def _same_type(found: Any, wanted: Any) -> bool:
    return type(found) is type(wanted)


def _differing(found: Any, wanted: str) -> list[str]:
    """The fields in which two texts of data differ; none when they differ in their writing, or one is no data."""
    try:
        stored, folded = orjson.loads(found), orjson.loads(wanted)
        return [shown(name, quoted=False) for name in {**folded, **stored} if stored.get(name) != folded.get(name)]
    except (ValueError, TypeError, AttributeError):
        return []


def _outcome(source: str | None, target: str | None, verdicts: tuple[Verdict, ...], writes: Any) -> str:
    parts = [f"{source or ''} → {target or ''}", *(f"{each.id}: {str(each.ok).lower()}" for each in verdicts)]
    return shown(", ".join([*parts, f"fields: {' '.join(writes or ()) or '-'}"]), quoted=False)


def _judgement(conforms: bool | None, gap: bool, name: str | None, why: str, verdicts: tuple[Verdict, ...]) -> str:
    parts = [f"conforms: {str(bool(conforms)).lower()}", f"gap: {str(gap).lower()}"]
    parts += [f"transition: {name or '-'}", f"blockers: {why or '-'}"]
    return shown(", ".join([*parts, *(f"{each.id}: {str(each.ok).lower()}" for each in verdicts)]), quoted=False)
