"""One case in one unit of work: entry after entry is appended and folded into it, and its row is written once.

What follows from a move follows here: the panels that a transition closes, the clocks that are set, the panels that
open in the state that was reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import orjson

from workflow.definition.relations import Marking
from workflow.errors import ConflictError, InputError
from workflow.log.entry import NO_PREVIOUS, time_text
from workflow.office import Office
from workflow.outside import outside
from workflow.rules.awarding import Act
from workflow.rules.case import CLOCKWORK, Actor, Case, Command, Decision, Refusal
from workflow.rules.contribute import candidates, closing
from workflow.rules.deadlines import due, opened, reckon, schedule
from workflow.rules.evolve import evolve
from workflow.rules.panels import Tally, draw, settled
from workflow.rules.payments import EXACT, total
from workflow.rules.procedure import Procedure
from workflow.rules.proceedings import Timer
from workflow.rules.record import Entry, blocker_parts, fact_parts, read_entry, verdict_parts
from workflow.store import statements as sql
from workflow.store.unit import Unit

CLOCK_VIA = "clock"


class Docket:
    """A case while its entries are being written. `case` is as they have left it; None until it is opened."""

    def __init__(self, unit: Unit, office: Office, procedure: Procedure, case: Case | None, case_id: str) -> None:
        self.unit = unit
        self.office = office
        self.procedure = procedure
        self.entries: list[Entry] = []
        self.others: list[Entry] = []
        self.case_id = case_id
        self._case = case
        self._before = case

    @property
    def case(self) -> Case:
        """The case as it stands now."""
        assert self._case is not None
        return self._case

    @property
    def moment(self) -> datetime:
        """When what happened last took effect."""
        return self.entries[-1].moment if self.entries else self.case.updated_at

    def enter(
        self,
        kind: str,
        actor: Actor,
        at: datetime,
        said: Mapping[str, Any],
        *,
        data: Mapping[str, Any] | None = None,
        reason: str | None = None,
        via: str | None = None,
        recorder: str | None = None,
        **more: Any,
    ) -> Entry:
        """Append one entry to the case and fold it in."""
        case = self._case
        leaf = self.office.leaf(
            kind,
            self.case_id,
            case.rev + 1 if case else 1,
            case.head.hex() if case else NO_PREVIOUS,
            at,
            actor,
            {"def": self.procedure.ref.digest, **said},
            via=CLOCK_VIA if actor is CLOCKWORK else via,
            recorder=recorder,
            **more,
        )
        payloads = {}
        if data:
            payloads["data"] = encoded(data)
        if reason:
            payloads["reason"] = orjson.dumps(reason)
        digest = self.unit.append(leaf, payloads)
        entry = read_entry(leaf, digest, data or {}, reason or None, actor, at)
        self._case = evolve(self.procedure, case, entry)
        self.entries.append(entry)
        return entry

    def save(self) -> None:
        """Write the row of the case, where an entry was added."""
        if not self.entries:
            return
        if self._before is None:
            self.unit.open_case(self.case)
        else:
            self.unit.move_case(self._before, self.case)

    def move(
        self,
        decision: Decision,
        command: Command,
        at: datetime,
        *,
        facts: Mapping[str, str],
        effective: datetime | None = None,
        **more: Any,
    ) -> Entry:
        """Make a transition that was decided, with all that follows from it."""
        for name, tally in decision.closes:
            self.close(name, command.actor, at, tally, effective=effective)
        self.count_secret(decision.target, at, effective)
        before = self.case
        since = effective or at
        timers = self.clocks(decision.target, since, decision.way)
        entry = self.enter(
            "advanced",
            command.actor,
            at,
            {"from": before.state, "to": decision.target, "trigger": decision.transition},
            data=decision.writes,
            reason=command.reason,
            guards=decision.verdicts and verdict_parts(decision.verdicts),
            effective=effective and time_text(effective),
            facts=fact_parts(facts) if facts else None,
            **timers,
            **more,
        )
        for act in decision.acts:
            self._act(act, command.actor, at, effective)
        for marking in decision.way.marks:
            self._mark(marking, command.actor, at, effective)
        self.open_panels(None if before.state == decision.target else before.state, at, effective)
        return entry

    def facts(self, command: Command, now: datetime) -> dict[str, str]:
        """What the rules have to know from outside of the case for a command."""
        leaving = self.procedure.leaving[self.case.state]
        ways = leaving.get(command.transition, ()) if command.transition else chain(*leaving.values())
        return outside(self.unit, self.procedure, self.case, command.actor, now, ways)

    def _mark(self, marking: Marking, actor: Actor, at: datetime, effective: datetime | None) -> None:
        """Put a mark on the records of those whom the relation means now, or take it off."""
        people = self.procedure.related(marking.on, self.case)
        since = effective or at
        until = reckon(self.procedure.definition, since, marking.for_) if marking.for_ else None
        entry = self.enter(
            "marked",
            actor,
            at,
            {"mark": marking.mark},
            data={"people": list(people)},
            off=marking.off,
            until=until and time_text(until),
            effective=effective and time_text(effective),
        )
        moment = time_text(since)
        for person in people:
            if marking.off:
                self.unit.run(sql.END_MARK, moment, person, marking.mark, moment)
            else:
                place = (person, marking.mark, self.case_id, entry.seq)
                self.unit.run(sql.ADD_MARK, *place, moment, until and time_text(until))

    def _act(self, act: Act, actor: Actor, at: datetime, effective: datetime | None) -> None:
        """Record what is done with an award, and enter its lines in the ledger."""
        more = {"award": act.award} | ({"pool": act.pool, "period": act.period} if act.pool else {})
        entry = self.enter(act.kind, actor, at, more, data=act.said, effective=effective and time_text(effective))
        currency = act.said.get("currency")
        for number, line in enumerate(act.lines):
            amount = f"{line.amount:f}"
            place = (self.case_id, entry.seq, number, self.procedure.ref.name, act.award, line.person)
            self.unit.run(
                sql.ADD_AWARD, *place, act.kind, amount, currency, act.pool, act.period, time_text(entry.moment)
            )
        if act.pool is not None and act.lines:
            self._spend(act)

    def _spend(self, act: Act) -> None:
        row = self.unit.one(sql.READ_POOL, act.pool, act.period)
        asked = total([line.amount for line in act.lines])
        if row is None:
            self.unit.run(sql.ADD_POOL, act.pool, act.period, f"{asked:f}")
            return
        spent = EXACT.add(Decimal(row[0]), asked)
        if self.unit.run(sql.SET_POOL, f"{spent:f}", act.pool, act.period, row[0]) != 1:
            raise ConflictError("stale", case=self.case_id)

    def clocks(self, target: str, since: datetime, way: Any = None) -> dict[str, Any]:
        """What the leaf says of the clocks, after a move to `target`."""
        procedure, case = self.procedure, self._case
        if not procedure.timed or (not procedure.clocked and case is not None and case.state == target):
            return {}
        timers = schedule(procedure, case, target, since, way)
        # A move to another state that says nothing of timers leaves none.
        same = case is not None and timers == case.proceedings.timers and (case.state == target or not timers)
        if procedure.clocked and same:
            return {}
        return said_of(timers, whole=procedure.clocked)

    def open_panels(self, source: str | None, at: datetime, effective: datetime | None = None) -> None:
        """Open the panels of the state that was reached, each with its electorate as it is now."""
        case = self.case
        for name in self.procedure.panels_in(case.state):
            panel = self.procedure.definition.panels[name]
            sitting = case.proceedings.sittings.get(name)
            if sitting is not None and (sitting.open or source is None or source in panel.in_):
                continue
            said, seed = self._electorate(name)
            number = (sitting.round if sitting else 0) + 1
            since = effective or at
            timers = opened(self.procedure, self.case.proceedings.timers, name, since) if panel.within else None
            self.enter(
                "panel_opened",
                CLOCKWORK,
                at,
                {"panel": name, "round": number},
                data=said,
                seed=seed,
                effective=effective and time_text(effective),
                **(said_of(timers) if timers is not None else {}),
            )

    def _electorate(self, name: str) -> tuple[dict[str, Any], str | None]:
        """Who belongs to a panel from now on: members with their roles, those recused, and how a draw was made."""
        panel, case = self.procedure.definition.panels[name], self.case
        apart = {person for relation in panel.apart_from for person in self.procedure.related(relation, case)}
        said: dict[str, Any] = {}
        if panel.ballot == "counted" or panel.seats:
            # Who will count or sign is not known yet; who may not is.
            if panel.seats:
                said["members"] = {seat: [seat] for seat in panel.seats}
            if apart:
                said["recused"] = sorted(apart)
            return said, None
        holders = {role: self._holders(role) for role in panel.roles}
        if panel.members is not None:
            people = list(dict.fromkeys(case.data.get(panel.members) or ()))
        else:
            people = sorted({each for role in panel.of for each in holders[role]})
        seed = None
        if panel.draw is not None:
            pool = [each for each in people if each not in apart]
            seed = self.office.entropy(16).hex()
            said["pool"] = pool
            people = sorted(draw(pool, panel.draw.number, seed))
        said["members"] = {each: [role for role in panel.roles if each in holders[role]] for each in people}
        if recused := [each for each in people if each in apart]:
            said["recused"] = recused
        return said, seed

    def _holders(self, role: str) -> set[str]:
        if self.office.holders is not None:
            return set(self.office.holders(role))
        return {row[0] for row in self.unit.all(sql.READ_HOLDERS, role)}

    def close(
        self,
        name: str,
        actor: Actor,
        at: datetime,
        tally: Tally | None = None,
        *,
        effective: datetime | None = None,
        **more: Any,
    ) -> Entry:
        """Close a panel with what it came to. Secret ballots are shuffled into the entry and destroyed."""
        panel, sitting = self.procedure.definition.panels[name], self.case.proceedings.sittings[name]
        sealed = self._sealed(name) if panel.ballot == "secret" else None
        found = tally if tally is not None else closing(self.procedure, self.case, name, sealed)
        said: dict[str, Any] = {"tally": dict(found.figures)}
        if found.blockers:
            said["blockers"] = [{"code": each.code, "figures": dict(each.params)} for each in found.blockers]
        if sealed:
            # In the order of their bytes, which says nothing of whose they are.
            said["ballots"] = sorted(sealed.values(), key=lambda each: orjson.dumps(each, option=orjson.OPT_SORT_KEYS))
        entry = self.enter(
            "panel_closed",
            actor,
            at,
            {"panel": name, "round": sitting.round, "outcome": found.outcome},
            data=said,
            effective=effective and time_text(effective),
            **more,
        )
        if sealed is not None:
            self._forget(name, sitting.round)
        return entry

    def _forget(self, name: str, number: int) -> None:
        """Destroy every sealed choice of one round, those that were changed later included."""
        for each in self.unit.entries(self.case_id):
            if each.sealed and (each.panel, each.round) == (name, number):
                self.unit.run(sql.DESTROY_PAYLOAD, self.case_id, each.seq, "data")

    def count_secret(self, target: str, at: datetime, effective: datetime | None = None) -> None:
        """Secret ballots of a panel that the case leaves behind are counted and destroyed, and not left sealed."""
        for name, sitting in self.case.proceedings.sittings.items():
            panel = self.procedure.definition.panels[name]
            if sitting.open and sitting.given and panel.ballot == "secret" and target not in panel.in_:
                self.close(name, CLOCKWORK, at, effective=effective)

    def _sealed(self, name: str) -> dict[int, Any]:
        found = {}
        for given in self.case.proceedings.sittings[name].given.values():
            if given.said is None:
                row = self.unit.one(sql.READ_SEALED, self.case_id, given.seq)
                found[given.seq] = orjson.loads(row[1])["said"] if row and row[1] is not None else None
        return found

    def close_when_settled(self, name: str, at: datetime) -> None:
        """Close a panel early, where its definition says so and nobody can change the outcome any more."""
        panel, sitting = self.procedure.definition.panels[name], self.case.proceedings.sittings[name]
        if panel.early and settled(name, panel, sitting, candidates(panel, self.case)):
            self.close(name, CLOCKWORK, at)

    def refuse(
        self,
        actor: Actor,
        at: datetime,
        no: Refusal,
        data: Mapping[str, Any] | None,
        reason: str | None,
        facts: Mapping[str, str] | None = None,
    ) -> Entry:
        """Record an attempt that the rules refuse."""
        return self.enter(
            "refused",
            actor,
            at,
            {"from": self.case.state, "trigger": no.transition[:200], "blockers": blocker_parts(no.blockers)},
            data=data,
            reason=reason,
            guards=verdict_parts(no.verdicts),
            facts=fact_parts(facts) if facts else None,
        )


def said_of(timers: tuple[Timer, ...], *, whole: bool = True) -> dict[str, Any]:
    """Timers as a leaf says them: when the case is due, and every moment where clocks do more than that."""
    moment = due(timers)
    plain: dict[str, Any] = {"due": time_text(moment) if moment else None}
    if whole:
        plain["timers"] = [each.as_dict() for each in timers]
    return plain


def encoded(data: Mapping[str, Any]) -> bytes:
    """What people supplied, as JSON in the order in which they did. Raises InputError for what is not JSON."""
    try:
        return orjson.dumps(data, default=_digits)
    except orjson.JSONEncodeError as error:
        problem = "nested too deep" if "ecursion" in str(error) else str(error)
        raise InputError("bad_json", where="data", problem=problem) from None


def _digits(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
