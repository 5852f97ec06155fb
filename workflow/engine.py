"""The one door through which a case moves: opens a unit of work, has it decided and recorded, commits, tells listeners.

The path of one `advance`: here → `workflow.casework` (load, decide, append, move) → `workflow.rules.decide` says yes
or no → `workflow.store.unit` writes → commit here → listeners → the new case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from workflow.batch import Line, Result, apply_line
from workflow.casework import Casework, Outcome
from workflow.definition.loading import checked, load_whole, read_file
from workflow.definition.model import Definition
from workflow.directory import Delegation, Directory, Library, Person
from workflow.errors import InputError, RefusedError
from workflow.log.entry import time_text
from workflow.office import Office, checked_time
from workflow.reading import ReadingRoom, named
from workflow.rules.case import Actor, Case, Command, Contribution, DefinitionRef
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry
from workflow.store import statements as sql
from workflow.store.database import Store
from workflow.store.unit import Unit
from workflow.together import advance_together
from workflow.workshop import logger

_BATCH = 200


class Ticked(NamedTuple):
    """What a look at the clock did: the entries, in the order in which they were written."""

    entries: tuple[Entry, ...]

    @property
    def fired(self) -> int:
        """How many moments came due: transitions, reminders, escalations, panels that closed, periods that began."""
        kinds = ("advanced", "reminded", "escalated", "panel_closed")
        return sum(
            each.kind == "submitted" or (each.kind in kinds and each.effective_at is not None) for each in self.entries
        )

    def as_dict(self) -> dict[str, Any]:
        """As the contract's JSON object, with the cases that were touched."""
        return {"fired": self.fired, "cases": sorted({each.case for each in self.entries})}


class Engine(ReadingRoom):
    """A workflow engine over one store. Make it with `Engine.open`; it may be used from several threads."""

    def __init__(self, store: Store, office: Office, definitions: tuple[Path, ...]) -> None:
        super().__init__(store, office, definitions)
        office.finder = self._find

    def install(self, source: str | Path | Definition, *, by: Actor | None = None, sound: bool = True) -> DefinitionRef:
        """Install a definition from a file's path, or one read already. Raises DefinitionError with every finding.

        With `sound=False` a file is let through in which a case can get stuck; for a definition that was read already
        this was settled when it was read, so only its errors of other kinds are looked for.
        """
        if isinstance(source, Definition):
            definition, text = checked(source), ""
            bases: Mapping[str, str] = {}
        else:
            encoded = read_file(source)
            definition, bases = load_whole(encoded, str(source), sound=sound, folders=self._definitions)
            text = encoded.decode("utf-8-sig")
        ref = self._do(lambda work: Library(work.unit, self._office, by).install(definition, text, bases))
        logger.info("definition_installed", extra={"definition": ref.name, "version": ref.version})
        return ref

    def submit(
        self,
        definition: str,
        *,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
        reference: str | None = None,
        reason: str | None = None,
        at: datetime | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Open a case under the definition of that name that was installed last.

        `key` makes repeating safe: the same key gives the same case. `at` is a claimed time, recorded beside the time
        of the entry. Raises RefusedError, NotFoundError, InputError, ConflictError or StoreError.
        """

        def work(casework: Casework) -> Outcome:
            return casework.submit(
                self._find(casework.unit, definition),
                actor,
                _mapping(data),
                key=key,
                reference=reference,
                reason=reason,
                claimed_at=at,
            )

        return self._settle(work, dry_run)

    def advance(
        self,
        case_id: str,
        transition: str | None = None,
        *,
        actor: Actor,
        to: str | None = None,
        data: Mapping[str, Any] | None = None,
        reason: str | None = None,
        key: str | None = None,
        at: datetime | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Move a case by the name of a transition, or `to` the state that just one transition reaches.

        Raises RefusedError with every blocker, NotFoundError, InputError, ConflictError or StoreError.
        """
        if bool(transition) == bool(to):
            raise InputError("lacks", op="advance", key="transition")
        command = Command(actor, transition or None, to or None, _mapping(data), reason)
        return self._settle(lambda casework: casework.advance(case_id, command, key=key, claimed_at=at), dry_run)

    def vote(
        self,
        case_id: str,
        panel: str,
        choice: str | list[str],
        *,
        actor: Actor,
        reason: str | None = None,
        seat: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Vote in a panel: yes, no, abstain or recuse, or the names of candidates. The last vote of each counts.

        `seat` is the department for which the actor signs, where they could sign for several. Raises as `advance`.
        """
        given = Contribution("vote", actor, panel, choice, reason, seat)
        return self._contribute(case_id, given, key, dry_run)

    def score(
        self,
        case_id: str,
        panel: str,
        points: Mapping[str, Any],
        *,
        actor: Actor,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Fill in a score sheet: points for each criterion, as Decimal, int or text. Raises as `advance`."""
        given = Contribution("score", actor, panel, _mapping(points), reason)
        return self._contribute(case_id, given, key, dry_run)

    def count(
        self,
        case_id: str,
        panel: str,
        numbers: Mapping[str, Any],
        *,
        actor: Actor,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Enter a counted ballot: yes, no, abstain, invalid, and due_X and present_X for each electorate X.

        Without electorates of its own a panel counts one, `members`. Raises as `advance`.
        """
        given = Contribution("count", actor, panel, _mapping(numbers), reason)
        return self._contribute(case_id, given, key, dry_run)

    def close_panel(
        self, case_id: str, panel: str, *, actor: Actor, key: str | None = None, dry_run: bool = False
    ) -> Case:
        """Close a panel, as whoever may make a transition that asks for it. Raises as `advance`."""
        return self._contribute(case_id, Contribution("close", actor, panel), key, dry_run)

    def link(
        self,
        case_id: str,
        link: str,
        other: str,
        *,
        actor: Actor,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Tie a case to another, such as a duplicate to the one that came first. Raises as `advance`."""
        return self._contribute(case_id, Contribution("link", actor, link, other, reason), key, dry_run)

    def advance_together(
        self,
        case_ids: Iterable[str],
        transition: str,
        *,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> list[Case]:
        """Move a set of cases at once, all or none, under the rules of the batch that the transition names.

        Raises RefusedError with every blocker of every case; NotFoundError, InputError, ConflictError, StoreError.
        """
        command = Command(actor, transition, None, _mapping(data), reason)
        asked = list(case_ids)
        outcomes = self._do(lambda work: advance_together(work, asked, command), dry_run=dry_run)
        if not dry_run:
            for outcome in outcomes:
                self._tell(outcome)
        refused = [each for outcome in outcomes if outcome.refusal for each in outcome.refusal.blockers]
        if refused:
            raise RefusedError(transition, tuple(each for at, each in enumerate(refused) if each not in refused[:at]))
        return [outcome.case._replace(dry_run=dry_run) for outcome in outcomes if outcome.case is not None]

    def object(self, case_id: str, *, actor: Actor, reason: str, key: str | None = None, dry_run: bool = False) -> Case:
        """Object to what a public notice shows. Raises as `advance`."""
        return self._contribute(case_id, Contribution("object", actor, "notice", None, reason), key, dry_run)

    def settle(
        self,
        case_id: str,
        objection: int,
        *,
        upheld: bool,
        actor: Actor,
        reason: str,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Case:
        """Uphold an objection, or dismiss it. Raises as `advance`."""
        said = "upheld" if upheld else "dismissed"
        given = Contribution("settle", actor, str(objection), said, reason)
        return self._contribute(case_id, given, key, dry_run)

    def _contribute(self, case_id: str, given: Contribution, key: str | None, dry_run: bool) -> Case:
        return self._settle(lambda casework: casework.contribute(case_id, given, key=key), dry_run)

    def tick(self, at: datetime | None = None) -> Ticked:
        """Do what is due in every case by `at` (by now): each in a transaction of its own, once, however many run.

        Whatever time is given, the entries are recorded with the engine's; that at which each was due stands beside it.
        """
        until = checked_time(at) or self._office.now()
        outcomes = self._do(lambda work: work.open_periods(until))
        last = ("", "")
        while rows := self._timed(until, last):
            last = rows[-1]
            outcomes += [self._do(partial(Casework.tick, case_id=case_id, until=until)) for _, case_id in rows]
        for outcome in outcomes:
            self._tell(outcome)
        return Ticked(tuple(entry for outcome in outcomes for entry in outcome.entries))

    def _timed(self, until: datetime, last: tuple[str, str]) -> list[tuple[str, str]]:
        with self._reading() as work:
            return [(row[0], row[1]) for row in work.unit.all(sql.READ_TIMED, time_text(until), *last, _BATCH)]

    def apply(
        self,
        lines: Iterable[Line],
        *,
        actor: Actor | None = None,
        dry_run: bool = False,
        stop_on_error: bool = False,
        batch: int = _BATCH,
    ) -> Iterator[Result]:
        """Run many commands, each decided and recorded on its own, one commit a batch.

        A result is given when its batch is committed. With `dry_run` all lines run as they would, one after the
        other, and everything is rolled back.
        """
        group: list[Line] = []
        if dry_run:
            yield from self._apply(list(lines), actor, stop_on_error, dry_run=True)
            return
        for line in lines:
            group.append(line)
            if len(group) >= batch:
                results = self._apply(group, actor, stop_on_error)
                yield from results
                if len(results) < len(group) or (stop_on_error and not results[-1].ok):
                    return
                group = []
        if group:
            yield from self._apply(group, actor, stop_on_error)

    def _apply(
        self, lines: list[Line], actor: Actor | None, stop_on_error: bool, *, dry_run: bool = False
    ) -> list[Result]:
        def work(casework: Casework) -> list[Result]:
            done: list[Result] = []
            for line in lines:
                done.append(apply_line(casework, line, actor, lambda name: self._find(casework.unit, name)))
                if stop_on_error and not done[-1].ok:
                    break
            return done

        results = self._do(work, dry_run=dry_run)
        if not dry_run:
            for result in results:
                if result.outcome is not None:
                    self._tell(result.outcome)
        return results

    def add_actor(
        self, actor: str, *, name: str | None = None, roles: Iterable[str] = (), by: Actor | None = None
    ) -> Person:
        """Make somebody known to the directory, with roles."""
        given = tuple(roles)
        return self._do(lambda work: Directory(work.unit, self._office, by).add(actor, name, given))

    def grant(self, actor: str, role: str, *, by: Actor | None = None) -> Person:
        """Give somebody of the directory a role."""
        return self._do(lambda work: Directory(work.unit, self._office, by).grant(actor, role))

    def revoke(self, actor: str, role: str, *, by: Actor | None = None) -> Person:
        """Take a role away from somebody of the directory."""
        return self._do(lambda work: Directory(work.unit, self._office, by).revoke(actor, role))

    def delegate(
        self,
        principal: str,
        deputy: str,
        *,
        until: datetime,
        since: datetime | None = None,
        roles: Iterable[str] = (),
        reason: str | None = None,
        by: Actor | None = None,
    ) -> Delegation:
        """Let a deputy act for somebody of the directory from `since` (from now) until before `until`.

        The deputy has the given roles then, as far as the person still has them; without roles, all that the person
        has now.
        """
        given = tuple(roles)
        return self._do(
            lambda work: Directory(work.unit, self._office, by).delegate(principal, deputy, given, since, until, reason)
        )

    def revoke_delegation(self, number: int, *, reason: str | None = None, by: Actor | None = None) -> Delegation:
        """End a delegation before its time."""
        return self._do(lambda work: Directory(work.unit, self._office, by).revoke_delegation(number, reason))

    def hand_over(
        self,
        actor: str,
        receiver: str,
        *,
        roles: Iterable[str] = (),
        reason: str | None = None,
        by: Actor | None = None,
    ) -> tuple[Person, Person]:
        """Move roles from one person to another for good; without roles, all. Both people as they are then."""
        given = tuple(roles)
        return self._do(lambda work: Directory(work.unit, self._office, by).hand_over(actor, receiver, given, reason))

    def _find(self, unit: Unit, name: str) -> Procedure:
        """The definition under which a new case is opened; one that is only in a folder is installed first."""
        row = unit.one(sql.READ_LATEST, name)
        if row is not None:
            return self._office.procedure(unit, row[0])
        library = Library(unit, self._office)
        path = library.file(name, self._definitions)
        encoded = read_file(path)
        definition, bases = load_whole(encoded, str(path), folders=self._definitions)
        text = encoded.decode("utf-8-sig")
        return self._office.procedure(unit, library.install(named(definition, name, path), text, bases).digest)


def _mapping(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise InputError("not_object", where="data")
    return data
