"""The one door through which a case moves: opens a unit of work, has it decided and recorded, commits, tells listeners.

The path of one `advance`: here → `workflow.casework` (load, decide, append, move) → `workflow.rules.decide` says yes
or no → `workflow.store.unit` writes → commit here → listeners → the new case.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow.batch import Line, Result, apply_line
from workflow.casework import Casework, Outcome
from workflow.definition.loading import checked, load, load_whole, read_file
from workflow.definition.model import Definition
from workflow.directory import Directory, Library, Person
from workflow.errors import InputError, NotFoundError
from workflow.later import later
from workflow.overview import summary, worklist
from workflow.rules.case import Actor, Case, Command, DefinitionRef, Option
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry
from workflow.store import statements as sql
from workflow.workshop import Workshop, logger

_queries = later("workflow.store.queries", "Queries")
_filter = later("workflow.store.queries", "Filter")
_verify = later("workflow.audit.verify", "verify")
_BATCH = 200


class Engine(Workshop):
    """A workflow engine over one store. Make it with `Engine.open`; it may be used from several threads."""

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
        with self._casework() as work:
            ref = Library(work.unit, self._office, by).install(definition, text, bases)
        logger.info("definition_installed", extra={"definition": ref.name, "version": ref.version})
        return ref

    def definitions(self) -> list[DefinitionRef]:
        """Every installed definition."""
        with self._reading() as work:
            return Library(work.unit, self._office).all()

    def definition(self, name: str) -> Definition:
        """The definition of that name or digest that new cases would keep, installed or found in the folders."""
        with self._reading() as work:
            if work.unit.one(sql.READ_DEFINITION, name):
                return work.procedure(name).definition
            found = work.latest(name)
            if found is not None:
                return found.definition
            path = Library(work.unit, self._office).file(name, self._definitions)
        return _named(load(path, folders=self._definitions), name, path)

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
                self._procedure(casework, definition),
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

    def options(self, case_id: str, *, actor: Actor, lang: str = "en") -> list[Option]:
        """Every transition from where the case stands, allowed or with its blockers."""
        with self._reading() as work:
            return work.options(case_id, actor, lang)

    def case(self, case_id: str) -> Case:
        """The case of that id. Raises NotFoundError."""
        with self._reading() as work:
            return work.load(case_id)

    def find(self, name: str) -> str:
        """The id of the case that an id, a unique prefix of one (four characters or more) or a reference means."""
        with self._reading() as work:
            if work.unit.case(name) is not None:
                return name
            found = [row[0] for row in work.unit.all(sql.READ_REFERENCE, name)]
            if not found and len(name) >= 4:
                lowered = name.lower()
                found = [row[0] for row in work.unit.all(sql.READ_PREFIX, lowered, lowered + "g")]
        if not found:
            raise NotFoundError("case", name)
        if len(found) > 1:
            raise InputError("ambiguous_case", name=name, near=", ".join(found[:5]))
        return str(found[0])

    def history(self, case_id: str) -> list[Entry]:
        """The entries of a case, oldest first. Raises NotFoundError."""
        with self._reading() as work:
            work.load(case_id)
            return list(work.unit.entries(case_id))

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
        results: list[Result] = []
        with self._casework(dry_run=dry_run) as work:
            for line in lines:
                result = apply_line(work, line, actor, lambda name: self._procedure(work, name))
                results.append(result)
                if stop_on_error and not result.ok:
                    break
        if not dry_run:
            for result in results:
                if result.outcome is not None:
                    self._tell(result.outcome)
        return results

    def add_actor(
        self, actor: str, *, name: str | None = None, roles: Iterable[str] = (), by: Actor | None = None
    ) -> Person:
        """Make somebody known to the directory, with roles."""
        with self._casework() as work:
            return Directory(work.unit, self._office, by).add(actor, name, tuple(roles))

    def grant(self, actor: str, role: str, *, by: Actor | None = None) -> Person:
        """Give somebody of the directory a role."""
        with self._casework() as work:
            return Directory(work.unit, self._office, by).grant(actor, role)

    def revoke(self, actor: str, role: str, *, by: Actor | None = None) -> Person:
        """Take a role away from somebody of the directory."""
        with self._casework() as work:
            return Directory(work.unit, self._office, by).revoke(actor, role)

    def actors(self) -> list[Person]:
        """Everybody whom the directory knows."""
        with self._reading() as work:
            return Directory(work.unit, self._office).all()

    def actor(self, actor: str) -> Person:
        """Somebody of the directory. Raises NotFoundError."""
        with self._reading() as work:
            return Directory(work.unit, self._office).find(actor)

    def cases(
        self,
        *,
        definition: str | None = None,
        state: str | None = None,
        overdue: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """Cases in the order in which they were opened; `after` is the id with which the page before ended.

        Raises NotFoundError for a definition that is not installed.
        """
        self._installed(definition)
        now = self._office.now() if overdue else None
        found: list[Case] = _queries(self.store).cases(
            definition=definition, state=state, overdue_at=now, after=after, limit=limit
        )
        return found

    def todo(self, *, actor: Actor, limit: int = 50) -> list[Case]:
        """The open cases on which the actor may act now, by the same rule as `options`."""
        with self._reading() as work:
            return worklist(work, _queries(self.store), actor, limit)

    def log(
        self,
        *,
        case: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        kind: str | None = None,
        nonconforming: bool = False,
    ) -> Iterator[Entry]:
        """The entries of the whole log, newest last, or those that fit all that is given.

        `case` is an id or the name of a stream, `actor` is who acted or on whose behalf, `since` and `until` bound the
        time of recording, `nonconforming` leaves the claimed acts that their definition does not allow.
        """
        found: Iterator[Entry] = _queries(self.store).log(_filter(case, actor, since, until, kind, nonconforming))
        return found

    def stats(self, definition: str | None = None) -> dict[str, Any]:
        """Counts by state, rates and time in state, by definition; times are seconds.

        Raises NotFoundError for a definition that is not installed.
        """
        self._installed(definition)
        return summary(_queries(self.store).figures(self._office.now(), definition))

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Any:
        """Check everything: a `workflow.audit.verify.Report` whose `problems` is empty when all is well."""
        return _verify(self.store, progress)

    def _installed(self, name: str | None) -> None:
        if name is None:
            return
        known = {ref.name for ref in self.definitions()}
        if name not in known:
            raise NotFoundError("definition", name, difflib.get_close_matches(name, known, n=3, cutoff=0.5))

    def _procedure(self, work: Casework, name: str) -> Procedure:
        """The definition under which a new case is opened; one that is only in a folder is installed first."""
        found = work.latest(name)
        if found is None:
            library = Library(work.unit, self._office)
            path = library.file(name, self._definitions)
            encoded = read_file(path)
            definition, bases = load_whole(encoded, str(path), folders=self._definitions)
            text = encoded.decode("utf-8-sig")
            found = work.procedure(library.install(_named(definition, name, path), text, bases).digest)
        return found


def _named(definition: Definition, name: str, path: Path) -> Definition:
    if definition.workflow != name:
        raise InputError("other_name", file=str(path), found=definition.workflow, name=name)
    return definition


def _mapping(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise InputError("not_object", where="data")
    return data
