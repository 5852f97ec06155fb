"""What happens to a case inside one unit of work: load, decide, append, move. The engine opens and commits it.

Every method gives an Outcome and raises only for what no entry records (bad input, nothing found, a conflict): a
refusal is a value here, because its entry has to be committed before anyone is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any, NamedTuple

import orjson

from workflow.clockwork import catch_up
from workflow.contributing import enter_contribution
from workflow.docket import Docket, encoded
from workflow.errors import InputError, NotFoundError, RefusedError, UnknownTransitionError
from workflow.log.entry import STREAMS, time_of, time_text
from workflow.office import Office, checked_actor, checked_key, checked_name, checked_text, checked_time
from workflow.opening import decide_subcases, open_case, open_subcases, take_reference, uuid7
from workflow.outside import outside
from workflow.rules.case import CLOCKWORK, Actor, Case, Command, Contribution, Option, Refusal
from workflow.rules.contribute import contribute
from workflow.rules.deadlines import period_starts
from workflow.rules.decide import Claim, decide, judge_claim, options
from workflow.rules.disclosure import disclosed
from workflow.rules.evolve import evolve
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry, blocker_parts, fact_parts, read_entry, verdict_parts
from workflow.store import statements as sql
from workflow.store.unit import Unit


class Outcome(NamedTuple):
    """What became of a request: the case after it (None: none was opened), its entry, the refusal if there is one.

    `entries` are all that were written on the way, in order: what a clock had left to do, and what followed.
    """

    case: Case | None
    entry: Entry | None = None
    refusal: Refusal | None = None
    claim: Claim | None = None
    repeated: bool = False
    entries: tuple[Entry, ...] = ()

    def error(self) -> RefusedError | None:
        """The refusal as the error to raise."""
        if self.refusal is None:
            return None
        if self.refusal.blockers[0].code == "transition":
            return UnknownTransitionError(self.refusal.transition, self.refusal.near, self.refusal.blockers)
        return RefusedError(self.refusal.transition, self.refusal.blockers)


class Casework:
    """The steps on cases within one unit of work. With `refusals=False` a refused attempt leaves no entry."""

    def __init__(self, unit: Unit, office: Office, *, refusals: bool = True) -> None:
        self.unit = unit
        self.office = office
        self._refusals = refusals

    def load(self, case_id: str) -> Case:
        """The case of that id. Raises NotFoundError."""
        case = self.unit.case(case_id)
        if case is None:
            raise NotFoundError("case", case_id)
        return case

    def procedure(self, digest: str) -> Procedure:
        """The compiled definition of that digest."""
        return self.office.procedure(self.unit, digest)

    def latest(self, name: str) -> Procedure | None:
        """The definition of that name that was installed last."""
        row = self.unit.one(sql.READ_LATEST, name)
        return self.procedure(row[0]) if row else None

    def known(self, actor: Actor, now: datetime, *, opening: bool = False) -> Actor:
        """The actor with roles: those the host vouches for, else those that the directory grants.

        Whoever acts for somebody has the roles which that person has delegated to them for this time, and no others.
        Opening a case on somebody's behalf takes no delegation: it gives no power over a case, so own roles count too.
        """
        if actor.roles is not None:
            return actor
        own = [row[0] for row in self.unit.all(sql.READ_GRANTS, actor.id)]
        if actor.acting_for is None or actor.acting_for == actor.id:
            return Actor(actor.id, own, actor.acting_for)
        moment = time_text(now)
        rows = self.unit.all(sql.READ_IN_FORCE, actor.id, actor.acting_for, moment, moment)
        # Nobody can stand for more than the person has today.
        theirs = {row[0] for row in self.unit.all(sql.READ_GRANTS, actor.acting_for)}
        roles = theirs & {role for row in rows for role in orjson.loads(row[1])}
        under = tuple(row[0] for row in rows)
        if opening:
            return Actor(actor.id, {*own, *roles}, actor.acting_for, under or None)
        return Actor(actor.id, roles, actor.acting_for, under)

    def submit(
        self,
        procedure: Procedure,
        actor: Actor,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        reference: str | None = None,
        reason: str | None = None,
        claimed_at: datetime | None = None,
    ) -> Outcome:
        """Open a case."""
        actor, data = checked_actor(actor), _plain(data)
        name = procedure.ref.name
        if key is not None:
            found = self.unit.one(sql.READ_REQUEST, name, checked_key(key))
            if found is not None:
                return self._repeat(found[0], 1, Command(actor, "submit", data=data), key)
        now = self.office.now()
        actor = self.known(actor, now, opening=True)
        command = Command(actor, None, None, data, checked_text(reason), checked_time(claimed_at))
        facts = outside(self.unit, procedure, None, actor, now)
        answer = decide(procedure, None, command, now, facts)
        if isinstance(answer, Refusal):
            return self._refuse_submission(procedure, command, answer, now, facts)
        docket, entry = open_case(
            self.unit,
            self.office,
            procedure,
            answer,
            command,
            now,
            reference=reference,
            facts=facts,
            key=key,
            claimed=_time(claimed_at),
        )
        if key is not None:
            self.unit.run(sql.ADD_REQUEST, name, key, docket.case_id)
        return self.done(docket, entry)

    def advance(
        self, case_id: str, command: Command, *, key: str | None = None, claimed_at: datetime | None = None
    ) -> Outcome:
        """Move a case."""
        case = self.load(case_id)
        actor = checked_actor(command.actor)
        data = _plain(command.data)
        for name in (command.transition, command.to):
            checked_name(name)
        command = Command(actor, command.transition, command.to, data, checked_text(command.reason))
        if key is not None:
            found = self.unit.one(sql.READ_BY_KEY, case_id, checked_key(key))
            if found is not None:
                return self._repeat(case_id, found[0], command, key)
        docket, now = self.docket(case)
        actor = self.known(actor, now)
        command = command._replace(actor=actor)
        facts = docket.facts(command, now)
        answer = decide(docket.procedure, docket.case, command, now, facts)
        if isinstance(answer, Refusal):
            return self.refuse(docket, actor, now, answer, data, command.reason, facts)
        several = decide_subcases(self.unit, self.office, docket.case, answer, command, now)
        if isinstance(several, Refusal):
            return self.refuse(docket, actor, now, several, data, command.reason, facts)
        entry = docket.move(answer, command, now, facts=facts, key=key, claimed=claimed_at and _time(claimed_at))
        open_subcases(docket, several, now)
        return self.done(docket, entry)

    def contribute(self, case_id: str, given: Contribution, *, key: str | None = None) -> Outcome:
        """Take what one person gives: to a panel, as an objection, or to settle one."""
        case = self.load(case_id)
        actor = checked_actor(given.actor)
        given = given._replace(actor=actor, reason=checked_text(given.reason), said=_plain_said(given.said))
        if key is not None:
            found = self.unit.one(sql.READ_BY_KEY, case_id, checked_key(key))
            if found is not None:
                return self._repeat_contribution(case_id, found[0], given, key)
        if given.act == "link":
            given = given._replace(said=self._other(given.said))
        docket, now = self.docket(case)
        actor = self.known(actor, now)
        given = given._replace(actor=actor)
        answer = contribute(docket.procedure, docket.case, given, now)
        if isinstance(answer, Refusal):
            panel = docket.procedure.definition.panels.get(given.on)
            hidden = given.said is None or (panel is not None and panel.ballot == "secret")
            return self.refuse(docket, actor, now, answer, None if hidden else {"said": given.said}, given.reason)
        return self.done(docket, enter_contribution(docket, given, answer, now, key))

    def _other(self, name: Any) -> dict[str, str]:
        """What is known of the case to which one is tied."""
        other = self.load(name)
        return {"id": other.id, "definition": other.definition.name, "opened": time_text(other.created_at)}

    def tick(self, case_id: str, until: datetime) -> Outcome:
        """Do what the clock should have done to the case by `until`."""
        docket, _ = self.docket(self.load(case_id), until)
        return self.done(docket, None)

    def open_periods(self, until: datetime) -> list[Outcome]:
        """Open the cases of periodic definitions whose period began by `until`, since the definition was installed."""
        latest = {row[0]: row[2] for row in self.unit.all(sql.READ_DEFINITIONS)}
        found = []
        for name, digest in latest.items():
            procedure = self.procedure(digest)
            rule = procedure.definition.periodic
            if rule is None:
                continue
            installed = time_of(self.unit.one(sql.READ_INSTALLED, name)[0])
            for start, _ in period_starts(procedure.definition, installed, until):
                key = f"period:{start.isoformat()}"
                if self.unit.one(sql.READ_REQUEST, name, key) is None:
                    data = {
                        field: value.replace("{start}", start.isoformat()) if isinstance(value, str) else value
                        for field, value in rule.data.items()
                    }
                    found.append(self.submit(procedure, CLOCKWORK, data, key=key))
        return found

    def docket(self, case: Case, until: datetime | None = None) -> tuple[Docket, datetime]:
        """The case, after what its clocks should have done to it by now, and the time."""
        now = self.office.now()
        if now < case.updated_at:
            now = case.updated_at
        docket = Docket(self.unit, self.office, self.procedure(case.definition.digest), case, case.id)
        catch_up(docket, now, until)
        return docket, now

    def done(self, docket: Docket, entry: Entry | None, **more: Any) -> Outcome:
        """Write the row of the case; the outcome with every entry that was written on the way."""
        docket.save()
        return Outcome(docket.case, entry, entries=(*docket.entries, *docket.others), **more)

    def record(
        self,
        procedure: Procedure,
        reference: str,
        source: str | None,
        target: str,
        at: datetime,
        actor: Actor,
        data: Mapping[str, Any],
        *,
        reason: str | None = None,
        recorder: str | None = None,
        via: str = "import",
    ) -> Outcome:
        """Record an act that already happened, conforming or not. `procedure` is that of a case opened by this act."""
        found = self.unit.one(sql.READ_OWN_REFERENCE, reference, procedure.ref.name)
        case = self.load(found[0]) if found else None
        if case is not None:
            procedure = self.procedure(case.definition.digest)
        for state in (source, target):
            if state is not None and state not in procedure.definition.states:
                raise InputError("unknown_state", definition=procedure.ref.name, state=state)
        actor, data = Actor(checked_actor(actor).id, (), actor.acting_for), _plain(data)
        claim = judge_claim(procedure, source, target, data, actor, at)
        gap = source != (case.state if case else None)
        now = self.office.now()
        if case is not None and now < case.updated_at:
            now = case.updated_at
        docket = Docket(
            self.unit, self.office, procedure, case, case.id if case else uuid7(now, self.office.entropy(8))
        )
        if case is not None:
            docket.count_secret(target, now)
        entry = docket.enter(
            "imported",
            actor,
            now,
            {"to": target, "conforms": claim.conforms},
            data=data,
            reason=checked_text(reason),
            via=via,
            recorder=recorder,
            trigger=claim.transition,
            gap=gap,
            claimed=_time(at),
            blockers=blocker_parts(claim.blockers),
            guards=verdict_parts(claim.verdicts),
            reference=None if case else take_reference(self.unit, procedure, docket.case_id, reference, now),
            **{"from": source},
            **docket.clocks(target, checked_time(at) or now),
        )
        docket.open_panels("" if case is None or case.state != target else None, now)
        return self.done(docket, entry, claim=claim)

    def options(self, case_id: str, actor: Actor, lang: str = "en") -> list[Option]:
        """Every transition from where the case stands, allowed or with its blockers."""
        case = self.load(case_id)
        procedure, now = self.procedure(case.definition.digest), self.office.now()
        actor = self.known(checked_actor(actor), now)
        return options(procedure, case, actor, now, lang, outside(self.unit, procedure, case, actor, now))

    def disclose(self, case_id: str, actor: Actor, names: Iterable[str]) -> Outcome:
        """Record that confidential values of these fields are shown: once an actor, a case and a day of it."""
        case = self.load(case_id)
        procedure = self.procedure(case.definition.digest)
        now = max(self.office.now(), case.updated_at)
        actor = self.known(checked_actor(actor), now)
        shown = disclosed(procedure, case, actor, names)
        midnight = datetime.combine(now.astimezone(procedure.zone).date(), time(), procedure.zone)
        said: set[str] = set()
        for row in self.unit.all(sql.READ_DISCLOSED, case_id, actor.id, time_text(midnight)):
            leaf = orjson.loads(row[0])
            if leaf["actor"].get("for") == actor.acting_for:
                said.update(leaf["fields"])
        if said.issuperset(shown):
            return Outcome(case)
        docket = Docket(self.unit, self.office, procedure, case, case_id)
        return self.done(docket, docket.enter("disclosed", actor, now, {"fields": list(shown)}))

    def fold(self, case_id: str, until: int | None = None) -> Case:
        """The case as its entries make it, up to and with entry `until`."""
        case: Case | None = None
        for entry in self.unit.entries(case_id, until=until):
            procedure = self.procedure(entry.definition or "")
            case = evolve(procedure, case, entry)
        if case is None:
            raise NotFoundError("case", case_id)
        return case

    def refuse(
        self,
        docket: Docket,
        actor: Actor,
        now: datetime,
        no: Refusal,
        data: Mapping[str, Any] | None,
        reason: str | None,
        facts: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Record an attempt that was refused, where refusals are recorded."""
        entry = docket.refuse(actor, now, no, data, reason, facts) if self._refusals else None
        return self.done(docket, entry, refusal=no)

    def _refuse_submission(
        self, procedure: Procedure, command: Command, no: Refusal, now: datetime, facts: Mapping[str, str]
    ) -> Outcome:
        """A case that was not opened has no chain of its own; the attempt stands in the stream of intake."""
        if not self._refusals:
            return Outcome(None, None, no)
        stream = STREAMS["intake"]
        seq, prev, last = self.unit.head(stream)
        if last is not None and now < last:
            now = last
        leaf = self.office.leaf(
            "refused",
            stream,
            seq + 1,
            prev,
            now,
            command.actor,
            {"def": procedure.ref.digest, "trigger": no.transition, "blockers": blocker_parts(no.blockers)},
            guards=verdict_parts(no.verdicts),
            facts=fact_parts(facts) if facts else None,
            claimed=_time(command.claimed_at),
        )
        payloads = {"data": encoded(command.data)} if command.data else {}
        if command.reason:
            payloads["reason"] = orjson.dumps(command.reason)
        digest = self.unit.append(leaf, payloads)
        entry = read_entry(leaf, digest, command.data, command.reason or None, command.actor, now)
        return Outcome(None, entry, no, entries=(entry,))

    def _repeat(self, case_id: str, seq: int, command: Command, key: str) -> Outcome:
        """The answer that a request with this key was given. Raises InputError when it is another request."""
        entry = next(self.unit.entries(case_id, after=seq - 1))
        procedure = self.procedure(entry.definition or "")
        asked = procedure.fit(command.data, None, None)[0]
        same = entry.data is None or dict(entry.data) == asked
        if command.transition not in (None, entry.transition or "submit") or command.to not in (None, entry.target):
            same = False
        if not same or entry.actor.id != command.actor.id:
            raise InputError("key_reused", key=key)
        return Outcome(self.fold(case_id, until=seq), entry, repeated=True)

    def _repeat_contribution(self, case_id: str, seq: int, given: Contribution, key: str) -> Outcome:
        entry = next(self.unit.entries(case_id, after=seq - 1))
        on = entry.panel or (str(entry.number) if entry.kind == "settled" else "objection")
        if entry.actor.id != given.actor.id or (given.act != "object" and on != given.on):
            raise InputError("key_reused", key=key)
        return Outcome(self.fold(case_id, until=seq), entry, repeated=True)


def _time(moment: datetime | None) -> str | None:
    checked = checked_time(moment)
    return None if checked is None else time_text(checked)


def _plain(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What people supplied as its payload will give it back, so that a decision can be made again from the log."""
    plain: Mapping[str, Any] = orjson.loads(encoded(data)) if data else {}
    return plain


def _plain_said(said: Any) -> Any:
    return said if said is None or isinstance(said, str) else _plain({"said": said})["said"]
