"""Reading what an engine holds: cases, entries, people, definitions, worklists, figures.

Nothing here writes, but for the entry that says to whom confidential values were shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from workflow.casework import Casework, Outcome
from workflow.definition.loading import load
from workflow.definition.model import Definition
from workflow.directory import Delegation, Directory, Library, Person
from workflow.errors import InputError, NotFoundError, StoreError
from workflow.evidence import Evidence
from workflow.later import later
from workflow.log.entry import time_text
from workflow.office import checked_time
from workflow.overview import summary, worklist
from workflow.rules.assessment import explain, from_plain
from workflow.rules.case import Actor, Case, DefinitionRef, Option
from workflow.rules.disclosure import closed, disclosed, entry_without, fields_of, hidden, without
from workflow.rules.procedure import Procedure
from workflow.rules.record import Entry
from workflow.store import statements as sql
from workflow.store.lines import AwardLine, award_lines

_queries = later("workflow.store.queries", "Queries")
_filter = later("workflow.store.queries", "Filter")


class Mark(NamedTuple):
    """A mark on a person's record; times as the log holds them, `until` None while no end is set."""

    person: str
    mark: str
    case: str
    seq: int
    since: str
    until: str | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


class ReadingRoom(Evidence):
    """What may be asked of an engine."""

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
        return named(load(path, folders=self._definitions), name, path)

    def options(self, case_id: str, *, actor: Actor, lang: str = "en") -> list[Option]:
        """Every transition from where the case stands, allowed or with its blockers."""
        with self._reading() as work:
            return work.options(case_id, actor, lang)

    def case(self, case_id: str, *, actor: Actor | None = None) -> Case:
        """The case of that id, as it is shown to the actor; the host, who names none, sees all. Raises NotFoundError.

        Confidential values that are shown to an actor are recorded before they are.
        """
        with self._reading() as work:
            case = work.load(case_id)
            if actor is None:
                return case
            procedure, known = self._sight(work, case, actor)
            shown = disclosed(procedure, case, known, case.data)
        if not shown:
            return without(case, hidden(procedure, case, known))
        outcome, seen = self._do(lambda work: self._show(work, case_id, actor))
        self._tell(outcome)
        return seen

    def without_confidential(self, case: Case, *, actor: Actor) -> Case:
        """The case as lists show it to the actor: without confidential values, unless it is their own."""
        if not case.data:
            return case
        with self._reading() as work:
            return self._listed(work, case, actor)

    def _sight(self, work: Casework, case: Case, actor: Actor) -> tuple[Procedure, Actor]:
        """What says who may see what: the definition, and the actor with roles."""
        return work.procedure(case.definition.digest), work.known(actor, self._office.now())

    def _listed(self, work: Casework, case: Case, actor: Actor | None) -> Case:
        procedure = None if actor is None else work.procedure(case.definition.digest)
        if actor is None or procedure is None or not procedure.confidential:
            return case
        return without(case, closed(procedure, case, work.known(actor, self._office.now())))

    def _show(self, work: Casework, case_id: str, actor: Actor) -> tuple[Outcome, Case]:
        """Record what is shown of a case, and give it."""
        outcome = work.disclose(case_id, actor, work.load(case_id).data)
        case = outcome.case
        assert case is not None
        procedure, known = self._sight(work, case, actor)
        return outcome, without(case, hidden(procedure, case, known))

    def _show_all(self, work: Casework, case_id: str, actor: Actor) -> tuple[Outcome, list[Entry]]:
        """Record what is shown of a history, and give it."""
        held = {name for entry in work.unit.entries(case_id) for name in fields_of(entry)}
        outcome = work.disclose(case_id, actor, held)
        case = outcome.case
        assert case is not None
        procedure, known = self._sight(work, case, actor)
        unseen = hidden(procedure, case, known)
        return outcome, [entry_without(entry, unseen) for entry in work.unit.entries(case_id)]

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

    def history(self, case_id: str, *, actor: Actor | None = None) -> list[Entry]:
        """The entries of a case, oldest first, as they are shown to the actor; see `case`. Raises NotFoundError."""
        with self._reading() as work:
            case = work.load(case_id)
            entries = list(work.unit.entries(case_id))
            if actor is None:
                return entries
            procedure, known = self._sight(work, case, actor)
        names = {name for entry in entries for name in fields_of(entry)}
        if disclosed(procedure, case, known, names):
            outcome, seen = self._do(lambda work: self._show_all(work, case_id, actor))
            self._tell(outcome)
            return seen
        unseen = hidden(procedure, case, known)
        return [entry_without(entry, unseen) for entry in entries]

    def actors(self) -> list[Person]:
        """Everybody whom the directory knows."""
        with self._reading() as work:
            return Directory(work.unit, self._office).all()

    def actor(self, actor: str) -> Person:
        """Somebody of the directory. Raises NotFoundError."""
        with self._reading() as work:
            return Directory(work.unit, self._office).find(actor)

    def delegations(self, actor: str | None = None) -> list[Delegation]:
        """Every delegation that was not revoked, of everybody or of one person on either side."""
        with self._reading() as work:
            return Directory(work.unit, self._office).delegations(actor)

    def cases(
        self,
        *,
        definition: str | None = None,
        state: str | None = None,
        overdue: bool = False,
        after: str | None = None,
        limit: int = 50,
        actor: Actor | None = None,
    ) -> list[Case]:
        """Cases in the order in which they were opened; `after` is the id with which the page before ended.

        With `actor`, confidential values are left out of every case but their own. Raises NotFoundError for a
        definition that is not installed.
        """
        self._installed(definition)
        now = self._office.now() if overdue else None
        found: list[Case] = _queries(self.store).cases(
            definition=definition, state=state, overdue_at=now, after=after, limit=limit
        )
        with self._reading() as work:
            return [self._listed(work, case, actor) for case in found]

    def todo(self, *, actor: Actor, limit: int = 50) -> list[Case]:
        """The open cases on which the actor may act now, by the same rule as `options`, without confidential values."""
        with self._reading() as work:
            return [self._listed(work, case, actor) for case in worklist(work, _queries(self.store), actor, limit)]

    def log(
        self,
        *,
        case: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        kind: str | None = None,
        nonconforming: bool = False,
        confidential: bool = True,
    ) -> Iterator[Entry]:
        """The entries of the whole log, newest last, or those that fit all that is given.

        `case` is an id or the name of a stream, `actor` is who acted or on whose behalf, `since` and `until` bound the
        time of recording, `nonconforming` leaves the claimed acts that their definition does not allow. With
        `confidential=False` the values of confidential fields are left out.
        """
        found: Iterator[Entry] = _queries(self.store).log(_filter(case, actor, since, until, kind, nonconforming))
        return found if confidential else map(self.open_part, found)

    def open_part(self, entry: Entry) -> Entry:
        """The entry without the values of confidential fields."""
        names = fields_of(entry)
        if not names or entry.definition is None:
            return entry
        known = self._office.procedures.get(entry.definition)
        if known is None:
            try:
                with self._reading() as work:
                    known = work.procedure(entry.definition)
            except StoreError:
                # Nobody can say any more what is confidential.
                return entry_without(entry, names)
        return entry_without(entry, known.confidential)

    def awards(
        self,
        *,
        case: str | None = None,
        definition: str | None = None,
        award: str | None = None,
        person: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[AwardLine]:
        """The lines of the award ledger that fit all that is given, oldest first."""
        bounds = {"since": _moment(since), "until": _moment(until)}
        with self._reading() as work:
            return list(
                award_lines(
                    work.unit, case=case, definition=definition, award=award, person=person, limit=limit, **bounds
                )
            )

    def marks(self, person: str) -> list[Mark]:
        """The record of a person: every mark, the case that put it there, and from when until when it is in force."""
        with self._reading() as work:
            return [Mark(person, *row) for row in work.unit.all(sql.READ_RECORD, person)]

    def linked_to(self, case_id: str) -> list[tuple[str, str]]:
        """The cases that are tied to this one: the id of each with the name of the link."""
        with self._reading() as work:
            return [(row[0], row[1]) for row in work.unit.all(sql.READ_LINKS_TO, case_id)]

    def explain_award(self, case_id: str, award: str, *, lang: str = "en") -> list[str]:
        """How an award of a case was reckoned, in sentences. Raises NotFoundError when none was proposed."""
        case = self.case(case_id)
        found = case.proceedings.awards.get(award)
        if found is None or not found.get("assessment"):
            raise NotFoundError("award", award, difflib.get_close_matches(award, case.proceedings.awards, n=3))
        return explain(from_plain(found["assessment"]), lang)

    def stats(self, definition: str | None = None) -> dict[str, Any]:
        """Counts by state, rates and time in state, by definition; times are seconds.

        Raises NotFoundError for a definition that is not installed.
        """
        self._installed(definition)
        return summary(_queries(self.store).figures(self._office.now(), definition))

    def _installed(self, name: str | None) -> None:
        if name is None:
            return
        known = {ref.name for ref in self.definitions()}
        if name not in known:
            raise NotFoundError("definition", name, difflib.get_close_matches(name, known, n=3, cutoff=0.5))


def _moment(given: datetime | None) -> str | None:
    checked = checked_time(given)
    return None if checked is None else time_text(checked)


def named(definition: Definition, name: str, path: Path) -> Definition:
    """The definition, when it bears the name of its file. Raises InputError."""
    if definition.workflow != name:
        raise InputError("other_name", file=str(path), found=definition.workflow, name=name)
    return definition
