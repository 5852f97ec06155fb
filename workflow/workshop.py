"""The units of work of an engine: opening its store, running something in a transaction, telling who listens."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import Connection
from sqlalchemy import Engine as Pool

from workflow.casework import Casework, Outcome
from workflow.errors import InputError, StoreError
from workflow.later import later
from workflow.office import UNNAMED, Clock, Holders, Office
from workflow.rules.case import Case
from workflow.rules.procedure import Guard
from workflow.rules.record import Entry
from workflow.store import statements as sql
from workflow.store.database import Store
from workflow.store.unit import Unit


class HostSession(Protocol):
    """What is needed of a SQLAlchemy or SQLModel session; its module, which is slow to import, is not."""

    def connection(self) -> Connection:
        """The connection on which the session's transaction runs."""


Listener = Callable[[Entry, Case | None], None]

logger = logging.getLogger("workflow")
logger.addHandler(logging.NullHandler())

_upgrade = later("workflow.store.upgrade", "upgrade")


def system_clock() -> datetime:
    """The time of this machine, in UTC: the clock of an engine that was given no other."""
    return datetime.now(UTC)


class Workshop:
    """A store with what is needed to work on it."""

    def __init__(self, store: Store, office: Office, definitions: tuple[Path, ...]) -> None:
        self.store = store
        self._office = office
        self._definitions = definitions
        self._listeners: list[Listener] = []
        self._guest: ContextVar[Casework | None] = ContextVar("workflow_guest", default=None)

    @classmethod
    def open(
        cls,
        url: str | Pool,
        *,
        guards: Mapping[str, Guard] | None = None,
        clock: Clock = system_clock,
        definitions: Iterable[str | Path] = (),
        via: str = "api",
        entropy: Callable[[int], bytes] = os.urandom,
        holders: Holders | None = None,
    ) -> Self:
        """Open the store at a SQLAlchemy URL, or over a SQLAlchemy engine.

        A SQLite database that does not exist yet is created. `guards` are the named predicates that definitions may
        ask, `clock` gives the time of every entry, `definitions` are folders in which `submit` finds a definition
        that is not installed yet, `holders` is the host's own directory: the ids of all who have a role, asked when a
        panel opens. Raises StoreError when the store cannot be reached or is of another version.
        """
        engine = cls.attach(
            url, guards=guards, clock=clock, definitions=definitions, via=via, entropy=entropy, holders=holders
        )
        try:
            if not engine.store.tables():
                engine.upgrade()
            engine.store.require_schema()
            engine._read_origin()
        except BaseException:
            engine.close()
            raise
        return engine

    @classmethod
    def attach(
        cls,
        url: str | Pool,
        *,
        guards: Mapping[str, Guard] | None = None,
        clock: Clock = system_clock,
        definitions: Iterable[str | Path] = (),
        via: str = "api",
        entropy: Callable[[int], bytes] = os.urandom,
        holders: Holders | None = None,
    ) -> Self:
        """As `open`, without looking at the store: for `upgrade`, which makes an older one or a host's database fit."""
        office = Office(clock, entropy, via, dict(guards or {}), holders)
        return cls(Store.connect(url, entropy), office, tuple(Path(each) for each in definitions))

    def upgrade(self) -> None:
        """Create our tables in the database, or bring them to the schema of this program."""
        _upgrade(self.store, self._record_upgrade)

    def _record_upgrade(self, unit: Unit, before: str | None, after: str) -> None:
        """Part of the transaction that changes the schema, so that no store is ever without its first entry."""
        if before is None:
            unit.run(sql.SET_ORIGIN, f"workflow/{self._office.entropy(8).hex()}")
        row = unit.one(sql.READ_ORIGIN)
        if row is None:
            raise StoreError("no_origin", store=self.store.name)
        self._office.origin = row[0]
        if before != after:
            self._office.append_to(
                unit, "store", "store_upgraded" if before else "store_created", UNNAMED, schema=after
            )

    def _read_origin(self) -> None:
        with self.store.reading() as unit:
            row = unit.one(sql.READ_ORIGIN)
        if row is None:
            raise StoreError("no_origin", store=self.store.name)
        self._office.origin = row[0]

    def close(self) -> None:
        """Give the connections back."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def listen(self, listener: Listener) -> None:
        """Call `listener(entry, case)` after each commit. What it raises is logged and stops nobody."""
        self._listeners.append(listener)

    @contextlib.contextmanager
    def using(self, session: HostSession) -> Iterator[Self]:
        """Work inside the host's own transaction: within the block nothing is committed here.

        Refused attempts leave no entry (they would vanish with the host's rollback), and listeners are not called.
        """
        if self._guest.get() is not None:
            raise InputError("not_nested")
        unit = self.store.inside(session.connection())
        self._same_log(unit)
        token = self._guest.set(Casework(unit, self._office, refusals=False))
        try:
            yield self
        finally:
            self._guest.reset(token)

    def _same_log(self, unit: Unit) -> None:
        """Raise StoreError when a unit of work is on another database than the one that the engine was opened over."""
        try:
            row = unit.one(sql.READ_ORIGIN)
        except sqlite3.OperationalError:
            row = None
        if row is None or row[0] != self._office.origin:
            raise StoreError("other_store", store=self.store.name)

    def _settle(self, work: Callable[[Casework], Outcome], dry_run: bool) -> Case:
        """Run one request in a unit of work; the refusal is raised after its entry is committed."""
        guest = self._guest.get()
        if guest is None:
            with self.store.writing(keep=not dry_run) as unit:
                outcome = work(Casework(unit, self._office))
        else:
            with guest.unit.savepoint(keep=not dry_run):
                outcome = work(guest)
        if not dry_run:
            self._tell(outcome)
        if (error := outcome.error()) is not None:
            raise error
        case = outcome.case
        assert case is not None
        return case._replace(dry_run=True) if dry_run else case

    def _tell(self, outcome: Outcome) -> None:
        if outcome.repeated or self._guest.get() is not None:
            return
        for entry in outcome.entries:
            self._tell_of(entry, outcome.case)

    def _tell_of(self, entry: Entry, case: Case | None) -> None:
        if logger.isEnabledFor(logging.INFO):
            logger.info(f"case_{entry.kind}", extra={"case": entry.case, "seq": entry.seq, "to": entry.target})
        for listener in self._listeners:
            try:
                listener(entry, case)
            except Exception:
                logger.exception("listener_failed", extra={"case": entry.case, "seq": entry.seq})

    @contextlib.contextmanager
    def _casework(self, *, dry_run: bool = False) -> Iterator[Casework]:
        guest = self._guest.get()
        if guest is not None:
            with guest.unit.savepoint(keep=not dry_run):
                yield guest
            return
        with self.store.writing(keep=not dry_run) as unit:
            yield Casework(unit, self._office)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Casework]:
        guest = self._guest.get()
        if guest is not None:
            yield guest
            return
        with self.store.reading() as unit:
            yield Casework(unit, self._office)
