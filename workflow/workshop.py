"""The units of work of an engine: opening its store, running something in a transaction, telling who listens."""

from __future__ import annotations

import base64
import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self, TypeVar

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


# Units of work between two looks for a new checkpoint.
_LOOK = 64

Listener = Callable[[Entry, Case | None], None]
T = TypeVar("T")

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
        self._seal: Path | None = None
        self._turn = 0
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
        seal: str | Path | None = None,
    ) -> Self:
        """Open the store at a SQLAlchemy URL, or over a SQLAlchemy engine.

        A SQLite database that does not exist yet is created. `guards` are the named predicates that definitions may
        ask, `clock` gives the time of every entry, `definitions` are folders in which `submit` finds a definition
        that is not installed yet, `holders` is the host's own directory: the ids of all who have a role, asked when a
        panel opens. With `seal`, a file of keys, every commit goes into the signed tree at once.
        Raises StoreError when the store cannot be reached or is of another version.
        """
        engine = cls.attach(
            url, guards=guards, clock=clock, definitions=definitions, via=via, entropy=entropy, holders=holders
        )
        try:
            if not engine.store.tables():
                engine.upgrade()
            engine.store.require_schema()
            engine._read_origin()
            engine._seal = Path(seal) if seal is not None else None
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

    def upgrade(self, *, partitions: int = 0) -> None:
        """Create our tables in the database, or bring them to the schema of this program.

        `partitions` divides the tables of cases and entries of a new store on PostgreSQL by the hash of the case's id.
        """
        _upgrade(self.store, self._record_upgrade, partitions=partitions)

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

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._office.origin

    def now(self) -> datetime:
        """The time of the engine's clock, in UTC."""
        return self._office.now()

    def _read_origin(self) -> None:
        with self.store.reading() as unit:
            row = unit.one(sql.READ_ORIGIN)
            self._look(unit)
        if row is None:
            raise StoreError("no_origin", store=self.store.name)
        self._office.origin = row[0]

    def _look(self, unit: Unit) -> None:
        """See whether the log was sealed meanwhile, so that new entries can say after what they came."""
        row = unit.one(sql.READ_CHECKPOINT)
        if row is not None:
            self._see(row[0])

    def _see(self, checkpoint: str) -> None:
        """A signed note: its text has the origin, the size and the root in base64 on three lines."""
        with contextlib.suppress(ValueError, AttributeError):
            _, size, root, *_ = checkpoint.split("\n")
            self._office.after = {"size": int(size), "root": base64.b64decode(root).hex()}

    def _committed(self) -> None:
        """Called after each commit that may have added entries."""

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
        if unit.origin() != self._office.origin:
            raise StoreError("other_store", store=self.store.name)

    def _settle(self, work: Callable[[Casework], Outcome], dry_run: bool) -> Case:
        """Run one request in a unit of work; the refusal is raised after its entry is committed."""
        outcome = self._do(work, dry_run=dry_run)
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

    def _do(self, work: Callable[[Casework], T], *, dry_run: bool = False) -> T:
        """Do `work` in a unit of work of its own, anew when another writer came first; in a host's, as a part of it."""
        guest = self._guest.get()
        if guest is None:
            done = self.store.run(lambda unit: self._work(unit, work), keep=not dry_run)
            if not dry_run:
                self._committed()
            return done
        with self.store.translated(), guest.unit.savepoint(keep=not dry_run):
            return work(guest)

    def _work(self, unit: Unit, work: Callable[[Casework], T]) -> T:
        self._refresh(unit)
        return work(Casework(unit, self._office))

    def _refresh(self, unit: Unit) -> None:
        """Another program may seal; to look now and then costs the path of a move nothing."""
        self._turn += 1
        if self._turn % _LOOK == 0:
            self._look(unit)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Casework]:
        guest = self._guest.get()
        if guest is not None:
            with self.store.translated():
                yield guest
            return
        with self.store.reading() as unit:
            yield Casework(unit, self._office)
