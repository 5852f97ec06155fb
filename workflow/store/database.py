"""Opening a store and its transactions: the pool, the settings of SQLite, errors of the driver to errors of ours."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Pool
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from workflow.errors import ConflictError, InputError, StoreError, WorkflowError
from workflow.store.unit import Unit

SCHEMA = "0003"
BUSY_TIMEOUT_SECONDS = 10.0

_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_TIMEOUT"}
# What the driver raises. The third when SQLite quotes a damaged schema in its message, which is then no UTF-8; the
# last when it is given a text with a lone surrogate.
_DRIVER = (DBAPIError, sqlite3.Error, UnicodeDecodeError, UnicodeEncodeError)
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    # A checkpoint every 16 MiB of log instead of every 4 halves the slowest commits.
    "PRAGMA wal_autocheckpoint = 4000",
)


# In a text that is no URL there may be a password all the same.
_PASSWORD = re.compile(r"(//[^/@]*:)[^@]*@")


class Store:
    """One database. Gives units of work; knows its own name and the origin of its log."""

    def __init__(self, pool: Pool, entropy: Callable[[int], bytes], *, own: bool) -> None:
        self.pool = pool
        self.name = pool.url.render_as_string(hide_password=True)
        self.entropy = entropy
        self.lock = threading.RLock() if isinstance(pool.pool, StaticPool) else None
        self._own = own
        self._thread = threading.local()
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def thread(self) -> threading.local:
        """What belongs to the calling thread: its connection, and the unit of work that is open in it."""
        return self._thread

    @classmethod
    def connect(cls, url: str | URL | Pool, entropy: Callable[[int], bytes] = os.urandom) -> Store:
        """A store at a SQLAlchemy URL, or over a SQLAlchemy engine of the host's. Opens nothing yet."""
        if isinstance(url, Pool):
            _supported(url.dialect.name)
            return cls(url, entropy, own=False)
        try:
            parsed = make_url(url)
            _supported(parsed.drivername.removesuffix("+pysqlite"))
            return cls(_sqlite(parsed), entropy, own=True)
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise InputError("bad_url", url=_PASSWORD.sub(r"\1***@", str(url))) from None

    @property
    def path(self) -> Path | None:
        """The file of a SQLite store; None in memory."""
        name = self.pool.url.database
        return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None

    def tables(self) -> set[str]:
        """The names of the tables that the database holds. Raises StoreError when it cannot be read."""
        with self.reading() as unit:
            return {row[0] for row in unit.all("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def schema(self) -> str | None:
        """The version of our schema that the database holds; None when it holds none."""
        with self.reading() as unit:
            return schema_of(unit)

    def require_schema(self) -> None:
        """Raise StoreError unless the database holds the schema that this program was written for."""
        found = self.schema()
        if found is None:
            raise StoreError("foreign", store=self.name)
        if found != SCHEMA:
            raise StoreError("older" if found < SCHEMA else "newer", store=self.name, found=found, wanted=SCHEMA)
        if self._own:
            # Only now is it known to be ours: a foreign database is not even touched. Where the file cannot be written
            # or somebody else is in it, it stays as it is.
            with contextlib.suppress(sqlite3.OperationalError):
                self.cursor().execute("PRAGMA journal_mode = WAL")

    def examine(self) -> dict[str, Any]:
        """What the store is: its schema, settings and counts, and whether SQLite finds its file whole."""
        with self.reading() as unit:
            return {
                "store": self.name,
                "schema": SCHEMA,
                "sqlite": sqlite3.sqlite_version,
                "journal": unit.one("PRAGMA journal_mode")[0],
                "synchronous": unit.one("PRAGMA synchronous")[0],
                "integrity": unit.one("PRAGMA quick_check(1)")[0],
                "origin": (unit.one("SELECT value FROM workflow_meta WHERE name = 'origin'") or (None,))[0],
                "cases": unit.one("SELECT count(*) FROM workflow_case")[0],
                "entries": unit.one("SELECT count(*) FROM workflow_entry")[0],
            }

    def writing(self, *, keep: bool = True) -> Transaction:
        """A transaction that holds the writer's lock from its first statement.

        Commits unless the block raises; with `keep=False` it is rolled back in any case (a dry run). Raises InputError
        inside another one of the same thread.
        """
        return Transaction(self, "BEGIN IMMEDIATE", "COMMIT" if keep else "ROLLBACK")

    def reading(self) -> Transaction:
        """A transaction that only reads, all of it from one moment; within one that writes, a part of that."""
        return Transaction(self, "BEGIN", "ROLLBACK")

    def cursor(self) -> Any:
        """A cursor of this thread's connection, which a store of its own keeps for the thread's whole life.

        Of a host's pool the connection is taken anew; it is this thread's until `give_back`.
        """
        held = getattr(self._thread, "held", None)
        if held is None or held[0] != os.getpid():
            connection = self.pool.raw_connection()
            held = self._thread.held = (os.getpid(), connection.cursor(), connection)
            self._connections.add(connection)
        return held[1]

    def give_back(self) -> None:
        """The transaction is over: a connection of a host's pool goes back to it."""
        held = getattr(self._thread, "held", None)
        if not self._own and held is not None:
            self._thread.held = None
            held[2].close()

    def inside(self, connection: Any) -> Unit:
        """A unit of work on a SQLAlchemy connection of the host's; committing and rolling back are the host's.

        The driver begins a transaction only at the first INSERT or UPDATE; a savepoint before that would commit by
        itself, so the transaction is begun here, with the writer's lock.
        """
        with translated(self.name):
            raw = connection.connection
            cursor = raw.cursor()
            if not raw.driver_connection.in_transaction:
                cursor.execute("BEGIN IMMEDIATE")
        return Unit(cursor, self.entropy)

    def close(self) -> None:
        """Give back the connections of a pool of our own; a host's engine is left alone."""
        if self._own:
            for connection in list(self._connections):
                connection.close()
            self._thread = threading.local()
            self.pool.dispose()


class Transaction:
    """One transaction of a store, as a context manager that gives its unit of work."""

    __slots__ = ("_begin", "_end", "_joined", "_store", "_unit")

    def __init__(self, store: Store, begin: str, end: str) -> None:
        self._store = store
        self._begin = begin
        self._end = end
        self._joined = False
        self._unit: Unit | None = None

    def __enter__(self) -> Unit:
        store = self._store
        thread = store.thread
        active: Unit | None = getattr(thread, "unit", None)
        if active is not None:
            if self._begin != "BEGIN":
                raise InputError("not_nested")
            self._joined = True
            return active
        if store.lock is not None:
            store.lock.acquire()
        try:
            cursor = store.cursor()
            cursor.execute(self._begin)
        except _DRIVER as error:
            self._release()
            raise _error(error, store.name) from error
        except BaseException:
            self._release()
            raise
        self._unit = thread.unit = Unit(cursor, store.entropy)
        return self._unit

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._joined:
            return
        store = self._store
        store.thread.unit = None
        assert self._unit is not None
        try:
            if error is None:
                self._unit.run(self._end)
                return
            self._unit.undo_all()
            if isinstance(error, _DRIVER):
                raise _error(error, store.name) from error
        except _DRIVER as late:
            self._unit.undo_all()
            raise _error(late, store.name) from late
        finally:
            self._release()

    def _release(self) -> None:
        self._store.give_back()
        if self._store.lock is not None:
            self._store.lock.release()


def schema_of(unit: Unit) -> str | None:
    """The version of our schema that the database of a unit of work holds; None when it holds none."""
    if unit.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'workflow_schema'") is None:
        return None
    row = unit.one("SELECT version_num FROM workflow_schema")
    return None if row is None else str(row[0])


@contextlib.contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the driver raises into errors of ours."""
    try:
        yield
    except WorkflowError:
        raise
    except _DRIVER as error:
        raise _error(error, name) from error


def _error(raised: BaseException, name: str) -> WorkflowError:
    error = raised.orig if isinstance(raised, DBAPIError) else raised
    if isinstance(error, UnicodeEncodeError):
        return InputError("bad_text", text=ascii(error.object)[1:-1][:80])
    code = getattr(error, "sqlite_errorname", "") or ""
    if code in _BUSY:
        return ConflictError("busy")
    if code in ("SQLITE_CANTOPEN", "SQLITE_NOTADB"):
        return StoreError("unreachable", store=name, problem=str(error))
    return StoreError("unusable", problem=str(error))


def _supported(dialect: str) -> None:
    if dialect != "sqlite":
        raise InputError("unsupported_database", dialect=dialect)


def _sqlite(url: URL) -> Pool:
    if "\x00" in (url.database or "") or (url.query.get("uri") != "true" and set(url.query) - {"timeout"}):
        raise ValueError("a NUL, or an option that SQLite does not have")
    memory = url.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_reset_on_return": None}
    connect: dict[str, Any] = {"isolation_level": None, "check_same_thread": False}
    if "timeout" not in url.query:  # `?timeout=0.5` in the URL: how many seconds to wait for another writer
        connect["timeout"] = BUSY_TIMEOUT_SECONDS
    pool = create_engine(url, connect_args=connect, **options)

    @event.listens_for(pool, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return pool
