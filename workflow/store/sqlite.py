"""SQLite: its settings, the writer's lock, its errors, and bytes that are no text."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Pool
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from workflow.errors import ConflictError, InputError, StoreError, WorkflowError
from workflow.store.dialect import Dialect
from workflow.store.unit import Unit

BUSY_TIMEOUT_SECONDS = 10.0

_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_TIMEOUT"}
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    # A checkpoint every 16 MiB of log instead of every 4 halves the slowest commits.
    "PRAGMA wal_autocheckpoint = 4000",
)


def _forgiving(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


class SqliteUnit(Unit):
    """A unit of work on a cursor of the `sqlite3` module."""

    __slots__ = ()

    # The last but one when SQLite quotes a damaged schema in its message, which is then no UTF-8; the last when it is
    # given a text with a lone surrogate.
    failures = (DBAPIError, sqlite3.Error, UnicodeDecodeError, UnicodeEncodeError)
    taken = sqlite3.IntegrityError

    def begin(self, *, writing: bool) -> None:
        """A writer holds the lock from its first statement on."""
        self._cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def commit(self) -> None:
        """Committed is what is on the disk."""
        self._cursor.execute("COMMIT")

    def tables(self) -> set[str]:
        """All tables of the file."""
        return {row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def holds(self, table: str) -> bool:
        """Asked of the schema of the file."""
        return self.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table) is not None

    def one(self, statement: str, *values: Any) -> Any:
        """The first row, or None."""
        return self._cursor.execute(statement, values).fetchone()

    def all(self, statement: str, *values: Any) -> list[Any]:
        """Every row."""
        return list(self._cursor.execute(statement, values).fetchall())

    def raw(self, statement: str, *values: Any) -> list[Any]:
        """Every row, whatever stands in it."""
        connection = self._cursor.connection
        kept = connection.text_factory
        try:
            try:
                return self.all(statement, *values)
            except sqlite3.OperationalError as error:
                if not str(error).startswith("Could not decode"):
                    raise
            connection.text_factory = _forgiving
            return self.all(statement, *values)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise StoreError("unusable", problem=str(error)) from error
        finally:
            connection.text_factory = kept

    def run(self, statement: str, *values: Any) -> int:
        """How many rows a statement changed."""
        return int(self._cursor.execute(statement, values).rowcount)


class Sqlite(Dialect):
    """A file, or memory. `?timeout=0.5` in the URL: how many seconds to wait for another writer."""

    name = "sqlite"
    unit = SqliteUnit

    def pool(self, url: URL) -> Pool:
        """Connections that begin no transaction on their own."""
        if "\x00" in (url.database or "") or (url.query.get("uri") != "true" and set(url.query) - {"timeout"}):
            raise ValueError("a NUL, or an option that SQLite does not have")
        memory = url.database in (None, "", ":memory:")
        options: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_reset_on_return": None}
        connect: dict[str, Any] = {"isolation_level": None, "check_same_thread": False}
        if "timeout" not in url.query:
            connect["timeout"] = BUSY_TIMEOUT_SECONDS
        pool = create_engine(url, connect_args=connect, **options)

        @event.listens_for(pool, "connect")
        def configure(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in _PRAGMAS:
                connection.execute(pragma)

        return pool

    def work(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """The cursor lasts as long as the unit."""
        return SqliteUnit(connection.cursor(), entropy)

    def join(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """The driver begins a transaction only at the first INSERT or UPDATE; a savepoint before that would commit by
        itself, so the transaction is begun here, with the writer's lock.
        """
        cursor = connection.cursor()
        if not connection.driver_connection.in_transaction:
            cursor.execute("BEGIN IMMEDIATE")
        return SqliteUnit(cursor, entropy)

    def give_back(self, connection: Any) -> None:
        """Nothing was changed."""

    def usable(self, connection: Any) -> bool:
        """Nothing can break it."""
        return True

    def lost(self, raised: BaseException) -> bool:
        """There is no server that could go away."""
        return False

    def error(self, raised: BaseException, name: str) -> WorkflowError:
        """By the name of SQLite's error code."""
        error = raised.orig if isinstance(raised, DBAPIError) else raised
        if isinstance(error, UnicodeEncodeError):
            return InputError("bad_text", text=ascii(error.object)[1:-1][:80])
        code = getattr(error, "sqlite_errorname", "") or ""
        if code in _BUSY:
            return ConflictError("busy")
        if code in ("SQLITE_CANTOPEN", "SQLITE_NOTADB"):
            return StoreError("unreachable", store=name, problem=str(error))
        return StoreError("unusable", problem=str(error))

    def begin_upgrade(self, connection: Any) -> None:
        """With the writer's lock."""
        connection.execute(text("BEGIN IMMEDIATE"))

    def examine(self, unit: Unit) -> dict[str, Any]:
        """Also whether SQLite finds its file whole."""
        return {
            "sqlite": sqlite3.sqlite_version,
            "journal": unit.one("PRAGMA journal_mode")[0],
            "synchronous": unit.one("PRAGMA synchronous")[0],
            "integrity": unit.one("PRAGMA quick_check(1)")[0],
        }

    def prepare(self, cursor: Any) -> None:
        """Where the file cannot be written or somebody else is in it, it stays as it is."""
        with contextlib.suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")

    def path(self, url: URL) -> Path | None:
        """None in memory."""
        name = url.database
        return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None
