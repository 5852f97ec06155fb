"""Opening a store and its transactions: the connection of each thread, beginning again, errors of the driver to ours.

The same for every database; what differs stands in `sqlite.py` and `postgres.py`.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine as Pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from workflow.errors import ConflictError, InputError, StoreError
from workflow.later import later
from workflow.store import statements as sql
from workflow.store.dialect import Dialect
from workflow.store.sqlite import Sqlite
from workflow.store.unit import Unit

SCHEMA = "0004"

# In a text that is no URL there may be a password all the same.
_PASSWORD = re.compile(r"(//[^/@]*:)[^@]*@")
_SECRETS = ("password", "sslpassword")
# The longest wait before a transaction is begun again, and before a server is asked again that does not answer.
_PAUSE_SECONDS = 0.05
_RECONNECT_SECONDS = 0.5

_postgres = later("workflow.store.postgres", "Postgres")
_postgres_at = later("workflow.store.postgres", "at")

T = TypeVar("T")


class Store:
    """One database. Gives units of work; knows its own name and the origin of its log."""

    def __init__(self, pool: Pool, dialect: Dialect, entropy: Callable[[int], bytes], *, own: bool) -> None:
        self.pool = pool
        self.dialect = dialect
        self.name = pool.url.difference_update_query(_SECRETS).render_as_string(hide_password=True)
        self.entropy = entropy
        self.lock = threading.RLock() if isinstance(pool.pool, StaticPool) else None
        # Whether the connections are ours, and not those of a host's SQLAlchemy engine.
        self.own = own
        self._reached = False
        self._process = os.getpid()
        self._thread = threading.local()
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        self._inherited: list[Any] = []

    @property
    def thread(self) -> threading.local:
        """What belongs to the calling thread: its connection, and the unit of work that is open in it."""
        return self._thread

    @classmethod
    def connect(cls, url: str | URL | Pool, entropy: Callable[[int], bytes] = os.urandom) -> Store:
        """A store at a SQLAlchemy URL, or over a SQLAlchemy engine of the host's. Opens nothing yet."""
        if isinstance(url, Pool):
            return cls(url, _dialect(f"{url.dialect.name}+{url.dialect.driver}"), entropy, own=False)
        try:
            parsed = make_url(url)
            if parsed.drivername == "postgresql+psycopg":
                dialect, parsed = _driver(_postgres_at, parsed)
            else:
                dialect = _dialect(parsed.drivername)
            return cls(dialect.pool(parsed), dialect, entropy, own=True)
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise InputError("bad_url", url=_PASSWORD.sub(r"\1***@", str(url))) from None

    @property
    def path(self) -> Path | None:
        """The file of a SQLite store; None in memory, and on a server."""
        return self.dialect.path(self.pool.url)

    def tables(self) -> set[str]:
        """The names of the tables that the database holds. Raises StoreError when it cannot be read."""
        with self.reading() as unit:
            return unit.tables()

    def schema(self) -> str | None:
        """The version of our schema that the database holds; None when it holds none."""
        with self.reading() as unit:
            return unit.schema()

    def require_schema(self) -> None:
        """Raise StoreError unless the database holds the schema that this program was written for."""
        found = self.schema()
        if found is None:
            raise StoreError("foreign", store=self.name)
        if found != SCHEMA:
            raise StoreError("older" if found < SCHEMA else "newer", store=self.name, found=found, wanted=SCHEMA)
        if self.own:
            # Only now is it known to be ours: a foreign database is not even touched.
            self.dialect.prepare(self.connection().cursor())

    def examine(self) -> dict[str, Any]:
        """What the store is: its schema, settings and counts, and what the database says of itself."""
        with self.reading() as unit:
            return {
                "store": self.name,
                "schema": SCHEMA,
                **self.dialect.examine(unit),
                "origin": unit.origin(),
                "cases": unit.one("SELECT count(*) FROM workflow_case")[0],
                "entries": unit.one("SELECT count(*) FROM workflow_entry")[0],
            }

    def run(self, work: Callable[[Unit], T], *, keep: bool = True) -> T:
        """Do `work` in a transaction, and wholly anew when another writer came first or the connection was lost.

        So `work` must do nothing that cannot be done again. Gives what it gave in the transaction that was committed;
        with `keep=False` everything is rolled back (a dry run). Raises ConflictError when others kept coming first for
        as long as the database's `patience`, and StoreError `in_doubt` when the answer to a commit was lost and it
        cannot be told what became of it.
        """
        patience = Patience(self.dialect.patience)
        while True:
            transaction = self.writing(keep=keep)
            done: list[T] = []
            try:
                with transaction as unit:
                    done.append(work(unit))
                return done[0]
            except ConflictError:
                if not patience.again():
                    raise
            except StoreError as error:
                if error.code == "in_doubt":
                    if self._arrived(transaction.last, error):
                        return done[0]
                elif error.code != "disconnected" or not patience.again():
                    raise

    def _arrived(self, last: tuple[str, int, bytes], doubt: StoreError) -> bool:
        """Whether the entry is there whose commit was not answered; raises `doubt` when nobody can tell.

        Its place is taken once more: as long as the lost transaction is under way, the database holds that back.
        """
        case, seq, digest = last
        patience = Patience(self.dialect.patience)
        while True:
            try:
                with self.writing(keep=False) as unit:
                    unit.occupy(case, seq)
                return False
            except ConflictError as error:
                if error.code == "stale":
                    break
            except StoreError as error:
                if error.code != "disconnected":
                    raise doubt from error
            if not patience.again():
                raise doubt
        try:
            with self.reading() as unit:
                row = unit.one(sql.READ_HASH, case, seq)
        except StoreError as error:
            raise doubt from error
        return row is not None and row[0] == digest

    def writing(self, *, keep: bool = True) -> Transaction:
        """A transaction that writes. On SQLite it holds the writer's lock from its first statement.

        Commits unless the block raises; with `keep=False` it is rolled back in any case (a dry run). Raises InputError
        inside another one of the same thread.
        """
        return Transaction(self, writing=True, keep=keep)

    def reading(self) -> Transaction:
        """A transaction that only reads, all of it from one moment; within one that writes, a part of that."""
        return Transaction(self, writing=False, keep=True)

    def begun(self, *, writing: bool) -> Unit:
        """A unit of work whose transaction has begun. A server that went away meanwhile is waited for."""
        patience = Patience(self.dialect.patience, _RECONNECT_SECONDS)
        while True:
            try:
                unit = self.dialect.work(self.connection(), self.entropy)
                unit.begin(writing=writing)
                return unit
            except self.dialect.unit.failures as error:
                found = self.dialect.error(error, self.name)
                if not self.dialect.lost(error):
                    raise found from error
                self.drop()
                # A server that never answered is not waited for: its address may be wrong.
                if not self._reached or not patience.again():
                    problem = found.params.get("problem")
                    raise StoreError("unreachable", store=self.name, problem=problem) from error

    def connection(self) -> Any:
        """This thread's connection, which a store of its own keeps for the thread's whole life.

        Of a host's pool the connection is taken anew; it is this thread's until `give_back`.
        """
        if self._process != os.getpid():
            self._forked()
        held = getattr(self._thread, "held", None)
        if held is None:
            held = self._thread.held = self.pool.raw_connection()
            self._connections.add(held)
            self._reached = True
        return held

    def _forked(self) -> None:
        """What the parent opened stays the parent's: it is neither used nor closed here."""
        self._process = os.getpid()
        self._inherited.append((self._thread, list(self._connections)))
        self._thread = threading.local()
        self._connections = weakref.WeakSet()
        if self.own and self.lock is None:
            self.pool.dispose(close=False)

    def give_back(self, *, sound: bool) -> None:
        """The transaction is over: a connection of a host's pool goes back to it, and one that broke is forgotten."""
        held = getattr(self._thread, "held", None)
        if held is None:
            return
        if not sound and not self.dialect.usable(held):
            self.drop()
        elif not self.own:
            self._thread.held = None
            self.dialect.give_back(held)
            held.close()

    def drop(self) -> None:
        """Forget this thread's connection, and have the pool forget it."""
        held = getattr(self._thread, "held", None)
        if held is not None:
            self._thread.held = None
            held.invalidate()

    def inside(self, connection: Any) -> Unit:
        """A unit of work on a SQLAlchemy connection of the host's; committing and rolling back are the host's."""
        with self.translated():
            return self.dialect.join(connection.connection, self.entropy)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the driver raises into errors of ours."""
        try:
            yield
        except self.dialect.unit.failures as error:
            raise self.dialect.error(error, self.name) from error

    def close(self) -> None:
        """Give back the connections of a pool of our own; a host's engine is left alone."""
        if self.own:
            for connection in list(self._connections):
                connection.close()
            self._thread = threading.local()
            self.pool.dispose()


class Transaction:
    """One transaction of a store, as a context manager that gives its unit of work."""

    __slots__ = ("_joined", "_keep", "_store", "_unit", "_writing")

    def __init__(self, store: Store, *, writing: bool, keep: bool) -> None:
        self._store = store
        self._writing = writing
        self._keep = keep
        self._joined = False
        self._unit: Unit | None = None

    @property
    def last(self) -> tuple[str, int, bytes]:
        """The entry that was appended last."""
        assert self._unit is not None
        assert self._unit.last is not None
        return self._unit.last

    def __enter__(self) -> Unit:
        store = self._store
        thread = store.thread
        active: Unit | None = getattr(thread, "unit", None)
        if active is not None:
            if self._writing:
                raise InputError("not_nested")
            self._joined = True
            return active
        if store.lock is not None:
            store.lock.acquire()
        try:
            self._unit = thread.unit = store.begun(writing=self._writing)
        except BaseException:
            self._release(sound=False)
            raise
        return self._unit

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._joined:
            return
        store, unit = self._store, self._unit
        assert unit is not None
        store.thread.unit = None
        sound = False
        try:
            if error is None and self._keep:
                self._commit(unit)
                sound = True
                return
            unit.undo_all()
            if isinstance(error, unit.failures):
                if store.dialect.lost(error):
                    store.drop()
                raise store.dialect.error(error, store.name) from error
        finally:
            self._release(sound=sound)

    def _commit(self, unit: Unit) -> None:
        try:
            unit.commit()
        except unit.failures as error:
            unit.undo_all()
            found = self._store.dialect.error(error, self._store.name)
            if self._store.dialect.lost(error):
                self._store.drop()
                if unit.last is not None:
                    # Nobody said whether it was done.
                    raise StoreError("in_doubt", store=self._store.name, problem=found.params.get("problem")) from error
            raise found from error

    def _release(self, *, sound: bool) -> None:
        self._store.give_back(sound=sound)
        if self._store.lock is not None:
            self._store.lock.release()


class Patience:
    """Waits between tries, each time longer and by chance, until its seconds are over."""

    def __init__(self, seconds: float, longest: float = _PAUSE_SECONDS) -> None:
        self._until = time.monotonic() + seconds
        self._longest = longest
        self._tries = 0

    def again(self) -> bool:
        """Wait a little. False when there is no time left."""
        if time.monotonic() >= self._until:
            return False
        # The first comes at once: mostly the way is free now.
        pause = min(self._longest, 0.001 * 2**self._tries) if self._tries else 0
        self._tries += 1
        time.sleep(random.uniform(0, pause))
        return True


def _dialect(driver: str) -> Dialect:
    if driver.removesuffix("+pysqlite") == "sqlite":
        return Sqlite()
    if driver == "postgresql+psycopg":
        found: Dialect = _driver(_postgres)
        return found
    raise InputError("unsupported_database", dialect=driver)


def _driver(load: Callable[..., Any], *given: Any) -> Any:
    try:
        return load(*given)
    except ModuleNotFoundError as error:
        raise StoreError("no_driver", problem=str(error)) from None
