"""What happens to a case inside one unit of work: load, decide, append, move. The engine opens and commits it.

Every method gives an Outcome and raises only for what no entry records (bad input, nothing found, a conflict): a
refusal is a value here, because its entry has to be committed before anyone is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from workflow.definition.checking import number_reference
from workflow.errors import InputError, NotFoundError, RefusedError, UnknownTransitionError
from workflow.log.entry import NO_PREVIOUS, STREAMS, time_text
from workflow.office import Office, checked_actor, checked_name, checked_text, checked_time
from workflow.rules.case import Actor, Case, Command, Option, Refusal
from workflow.rules.decide import Claim, decide, judge_claim, options
from workflow.rules.evolve import evolve
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry, blocker_parts, read_entry, verdict_parts
from workflow.store import statements as sql
from workflow.store.unit import Unit


class Outcome(NamedTuple):
    """What became of a request: the case after it (None: none was opened), its entry, the refusal if there is one."""

    case: Case | None
    entry: Entry | None = None
    refusal: Refusal | None = None
    claim: Claim | None = None
    repeated: bool = False

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

    def known(self, actor: Actor) -> Actor:
        """The actor with roles: those the host vouches for, else those that the directory grants."""
        if actor.roles is not None:
            return actor
        rows = self.unit.all(sql.READ_GRANTS, actor.id)
        return Actor(actor.id, (row[0] for row in rows), actor.acting_for)

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
        actor, data = self.known(checked_actor(actor)), _plain(data)
        name = procedure.ref.name
        if key is not None:
            found = self.unit.one(sql.READ_REQUEST, name, _checked_key(key))
            if found is not None:
                return self._repeat(found[0], 1, Command(actor, "submit", data=data), key)
        now = self.office.now()
        command = Command(actor, data=data, reason=checked_text(reason))
        answer = decide(procedure, None, command, now)
        if isinstance(answer, Refusal):
            return self._refuse_submission(procedure, command, answer, now)
        case_id = _uuid7(now, self.office.entropy(8))
        leaf = self.office.leaf(
            "submitted",
            case_id,
            1,
            NO_PREVIOUS,
            now,
            actor,
            {"def": procedure.ref.digest, "to": answer.target},
            reference=self._reference(procedure, case_id, reference, now),
            guards=verdict_parts(answer.verdicts),
            key=key,
            claimed=_time(claimed_at),
            due=_due(procedure, None, answer.target, now),
        )
        entry = self._append(leaf, answer.writes, command.reason, actor, now)
        case = evolve(procedure, None, entry)
        self.unit.open_case(case)
        if key is not None:
            self.unit.run(sql.ADD_REQUEST, name, key, case_id)
        return Outcome(case, entry)

    def advance(
        self, case_id: str, command: Command, *, key: str | None = None, claimed_at: datetime | None = None
    ) -> Outcome:
        """Move a case."""
        case = self.load(case_id)
        actor = self.known(checked_actor(command.actor))
        data = _plain(command.data)
        for name in (command.transition, command.to):
            checked_name(name)
        command = Command(actor, command.transition, command.to, data, checked_text(command.reason))
        if key is not None:
            found = self.unit.one(sql.READ_BY_KEY, case_id, _checked_key(key))
            if found is not None:
                return self._repeat(case_id, found[0], command, key)
        procedure = self.procedure(case.definition.digest)
        now = self.office.now()
        if now < case.updated_at:
            now = case.updated_at
        answer = decide(procedure, case, command, now)
        if isinstance(answer, Refusal):
            return self._refuse(procedure, case, command, answer, now)
        leaf = self.office.leaf(
            "advanced",
            case_id,
            case.rev + 1,
            case.head.hex(),
            now,
            actor,
            {"def": procedure.ref.digest, "from": case.state, "to": answer.target, "trigger": answer.transition},
            guards=answer.verdicts and verdict_parts(answer.verdicts),
            key=key,
            claimed=claimed_at and _time(claimed_at),
            due=_due(procedure, case.state, answer.target, now),
        )
        entry = self._append(leaf, answer.writes, command.reason, actor, now)
        moved = evolve(procedure, case, entry)
        self.unit.move_case(case, moved)
        return Outcome(moved, entry)

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
        case_id = case.id if case else _uuid7(now, self.office.entropy(8))
        leaf = self.office.leaf(
            "imported",
            case_id,
            case.rev + 1 if case else 1,
            case.head.hex() if case else NO_PREVIOUS,
            now,
            actor,
            {"def": procedure.ref.digest, "to": target, "conforms": claim.conforms},
            via=via,
            recorder=recorder,
            trigger=claim.transition,
            gap=gap,
            claimed=_time(at),
            due=_due(procedure, case.state if case else None, target, checked_time(at) or now),
            blockers=blocker_parts(claim.blockers),
            guards=verdict_parts(claim.verdicts),
            reference=None if case else self._reference(procedure, case_id, reference, now),
            **{"from": source},
        )
        entry = self._append(leaf, data, checked_text(reason), actor, now)
        moved = evolve(procedure, case, entry)
        if case is None:
            self.unit.open_case(moved)
        else:
            self.unit.move_case(case, moved)
        return Outcome(moved, entry, claim=claim)

    def options(self, case_id: str, actor: Actor, lang: str = "en") -> list[Option]:
        """Every transition from where the case stands, allowed or with its blockers."""
        case = self.load(case_id)
        procedure = self.procedure(case.definition.digest)
        return options(procedure, case, self.known(checked_actor(actor)), self.office.now(), lang)

    def fold(self, case_id: str, until: int | None = None) -> Case:
        """The case as its entries make it, up to and with entry `until`."""
        case: Case | None = None
        for entry in self.unit.entries(case_id, until=until):
            procedure = self.procedure(entry.definition or "")
            case = evolve(procedure, case, entry)
        if case is None:
            raise NotFoundError("case", case_id)
        return case

    def _append(
        self, leaf: dict[str, Any], data: Mapping[str, Any], reason: str | None, actor: Actor, at: datetime
    ) -> Entry:
        payloads = {}
        if data:
            payloads["data"] = _json(data)
        if reason:
            payloads["reason"] = orjson.dumps(reason)
        digest = self.unit.append(leaf, payloads)
        return read_entry(leaf, digest, data, reason or None, actor, at)

    def _refuse(self, procedure: Procedure, case: Case, command: Command, no: Refusal, now: datetime) -> Outcome:
        if not self._refusals:
            return Outcome(case, None, no)
        leaf = self.office.leaf(
            "refused",
            case.id,
            case.rev + 1,
            case.head.hex(),
            now,
            command.actor,
            {
                "def": procedure.ref.digest,
                "from": case.state,
                "trigger": no.transition[:200],
                "blockers": blocker_parts(no.blockers),
            },
            guards=verdict_parts(no.verdicts),
        )
        entry = self._append(leaf, command.data, command.reason, command.actor, now)
        touched = evolve(procedure, case, entry)
        self.unit.touch_case(touched)
        return Outcome(touched, entry, no)

    def _refuse_submission(self, procedure: Procedure, command: Command, no: Refusal, now: datetime) -> Outcome:
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
        )
        return Outcome(None, self._append(leaf, command.data, command.reason, command.actor, now), no)

    def _repeat(self, case_id: str, seq: int, command: Command, key: str) -> Outcome:
        """The answer that a request with this key was given. Raises InputError when it is another request."""
        entry = next(self.unit.entries(case_id, after=seq - 1))
        procedure = self.procedure(entry.definition or "")
        asked = procedure.fit(command.data, None)[0]
        same = entry.data is None or dict(entry.data) == asked
        if command.transition not in (None, entry.transition or "submit") or command.to not in (None, entry.target):
            same = False
        if not same or entry.actor.id != command.actor.id:
            raise InputError("key_reused", key=key)
        return Outcome(self.fold(case_id, until=seq), entry, repeated=True)

    def _reference(self, procedure: Procedure, case_id: str, given: str | None, now: datetime) -> str:
        """Take the reference of a new case: the one given, or the next number of the definition's template."""
        name = procedure.ref.name
        if given is not None:
            if not isinstance(given, str) or not 0 < len(given) <= 100 or not given.isprintable():
                raise InputError("bad_reference", reference=ascii(given)[1:-1][:120])
            if self.unit.one(sql.READ_OWN_REFERENCE, given, name):
                raise InputError("reference_taken", reference=given, definition=name)
            self.unit.run(sql.ADD_REFERENCE, given, name, case_id)
            return given
        template = procedure.definition.reference or f"{name}-{{number}}"
        period = str(now.year) if "{year}" in template else "all"
        # Counted before it is read: so others who take a number wait for this one, and each number is taken once.
        if self.unit.run(sql.MOVE_COUNTER, name, period):
            number = self.unit.one(sql.READ_COUNTER, name, period)[0]
        else:
            number = 1
            self.unit.run(sql.ADD_COUNTER, name, period, number)
        counted = number
        while True:
            reference = number_reference(template, year=now.year, month=now.month, number=number)
            if not self.unit.one(sql.READ_OWN_REFERENCE, reference, name):
                break
            number += 1
        if number != counted:
            self.unit.run(sql.SET_COUNTER, number, name, period)
        self.unit.run(sql.ADD_REFERENCE, reference, name, case_id)
        return reference


def _time(moment: datetime | None) -> str | None:
    checked = checked_time(moment)
    return None if checked is None else time_text(checked)


def _due(procedure: Procedure, source: str | None, target: str, since: datetime) -> str | None:
    """The due time of a state that is entered; one that a case only stays in goes on with the time it has."""
    due = None if source == target else procedure.due(target, since)
    return None if due is None else time_text(due)


def _checked_key(key: str) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= 200 or not key.isprintable():
        raise InputError("bad_key")
    return key


def _json(data: Mapping[str, Any]) -> bytes:
    """What people supplied, as JSON in the order in which they did; dates and Decimals as their text."""
    try:
        return orjson.dumps(data, default=_digits)
    except orjson.JSONEncodeError as error:
        problem = "nested too deep" if "ecursion" in str(error) else str(error)
        raise InputError("bad_json", where="data", problem=problem) from None


def _digits(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _plain(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What people supplied as its payload will give it back, so that a decision can be made again from the log."""
    plain: Mapping[str, Any] = orjson.loads(_json(data)) if data else {}
    return plain


def _uuid7(now: datetime, random: bytes) -> str:
    """A UUID of version 7 (RFC 9562, 5.7): milliseconds, their fraction in 12 bits (6.2, method 3), then chance."""
    microseconds = int(now.timestamp()) * 1_000_000 + now.microsecond
    milliseconds, fraction = divmod(microseconds, 1000)
    head = milliseconds << 16 | 0x7000 | fraction * 4096 // 1000
    tail = int.from_bytes(random[:8]) & (1 << 62) - 1 | 1 << 63
    return str(UUID(int=head << 64 | tail))
