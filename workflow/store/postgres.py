"""PostgreSQL through psycopg 3: its transactions, the marks of its statements, its errors, servers that go away.

No state of a session is relied upon, so that a pooler may hand out connections by the transaction: isolation and
time-outs are set anew in each, and nothing is locked or prepared beyond it where `?prepare=off` says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine as Pool
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workflow.errors import ConflictError, InputError, StoreError, WorkflowError
from workflow.store.dialect import Dialect
from workflow.store.unit import Unit

PATIENCE_SECONDS = 10.0
ISOLATION = {
    "read_committed": "READ COMMITTED",
    "repeatable_read": "REPEATABLE READ",
    "serializable": "SERIALIZABLE",
}
_OPTIONS = ("timeout", "statement_timeout", "isolation", "prepare")
# After how many runs the driver has a statement prepared by the server.
_PREPARED_AFTER = 2

# Another writer came first: the transaction can be decided anew. Serialization, deadlock, a key that is taken, and what
# two programs meet that create the same tables.
_OVERTAKEN = {"40001", "40P01", "23505", "42P07", "42710", "42723"}
# The server stops, is stopped, starts, or has become one that only reads; the last two while nothing was begun.
_GONE = {"57P01", "57P02", "57P03", "57P05", "25006"}
# Warnings of a commit: the wait for a standby was cancelled, or ended with the connection; there was no transaction.
_UNCONFIRMED = {"01000", "57P01"}
_NOTHING_BEGUN = "25P01"
_TOO_LATE = "57014"
_LOCKED = "55P03"
_UNPREPARED = {"26000", "42P05"}
_MARK = re.compile(r"'(?:[^']|'')*'|\?")


@lru_cache(maxsize=2000)
def marked(statement: str) -> bytes:
    """A statement as the server takes it: `$1`, `$2` … for each `?` that is in no text."""
    number = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal number
        if found[0] != "?":
            return found[0]
        number += 1
        return f"${number}"

    return _MARK.sub(mark, statement).encode()


class _Notices:
    """What the server said besides its answers, on one connection. Only a commit asks."""

    def __init__(self) -> None:
        self.warnings: dict[str, str] = {}

    def __call__(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self.warnings[diagnostic.sqlstate or ""] = diagnostic.message_primary or ""


class PostgresUnit(Unit):
    """A unit of work on a cursor of psycopg that takes statements as the server does."""

    __slots__ = ("_beginning", "_notices", "_writing")

    failures = (DBAPIError, PoolTimeout, psycopg.Error, UnicodeEncodeError)
    taken = psycopg.errors.UniqueViolation

    def __init__(
        self, cursor: Any, entropy: Callable[[int], bytes], begin: Mapping[bool, str], notices: _Notices
    ) -> None:
        super().__init__(cursor, entropy)
        self._beginning = begin
        self._notices = notices
        self._writing = True

    def begin(self, *, writing: bool) -> None:
        """With the isolation that was asked for; one that reads sees one moment."""
        self._writing = writing
        self._say(self._beginning[writing])

    def commit(self) -> None:
        """A standby that did not confirm is told of by a warning only. Raises StoreError then."""
        self._notices.warnings.clear()
        try:
            self._say("COMMIT")
        except psycopg.Error:
            # Ended while it waited for a standby, it says so before it goes.
            if _UNCONFIRMED.isdisjoint(self._notices.warnings):
                raise
        for code, said in self._notices.warnings.items():
            if code in _UNCONFIRMED:
                raise StoreError("unconfirmed", problem=said)
            if code == _NOTHING_BEGUN:
                raise StoreError("pooled", problem=said)

    def _say(self, statement: str) -> None:
        """Run what steers a transaction: never prepared, so that several may stand in one message."""
        self._cursor.execute(statement, prepare=False, binary=False)

    def tables(self) -> set[str]:
        """Those of the schemas in which a name is looked up."""
        rows = self.all("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = ANY (current_schemas(false))")
        return {row[0] for row in rows}

    def holds(self, table: str) -> bool:
        """Asked as a statement would look it up."""
        return self.one("SELECT to_regclass(?) IS NOT NULL", table)[0] is True

    def one(self, statement: str, *values: Any) -> Any:
        """The first row, or None."""
        try:
            return self._cursor.execute(marked(statement), values).fetchone()
        except psycopg.DataError as error:
            if _nul(error):
                return None
            raise

    def all(self, statement: str, *values: Any) -> list[Any]:
        """Every row. Nothing that is stored equals a text with a NUL."""
        try:
            return list(self._cursor.execute(marked(statement), values).fetchall())
        except psycopg.DataError as error:
            if _nul(error):
                return []
            raise

    def raw(self, statement: str, *values: Any) -> list[Any]:
        """Every row. A text is always UTF-8 here; a failure ends a transaction, so one that reads begins another."""
        try:
            return self.all(statement, *values)
        except psycopg.Error as error:
            if not self._writing and not self._cursor.connection.closed:
                self._say("ROLLBACK")
                self._say(self._beginning[False])
            raise StoreError("unusable", problem=_said(error)) from error

    def run(self, statement: str, *values: Any) -> int:
        """How many rows a statement changed."""
        return int(self._cursor.execute(marked(statement), values).rowcount)


class Postgres(Dialect):
    """A database of a server. What the URL says beyond psycopg's own options:

    - `timeout`: for how many seconds to wait for other writers, and for a server that went away
    - `statement_timeout`: after how many seconds the server gives a statement up; without it, as the server is set
    - `isolation`: one of `ISOLATION`
    - `prepare`: `on`, or `off` behind a pooler that hands out connections by the transaction
    """

    name = "postgresql"
    unit = PostgresUnit

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        said = {"isolation": "read_committed", "prepare": "on", **(options or {})}
        if said["isolation"] not in ISOLATION or said["prepare"] not in ("on", "off"):
            raise ValueError("an option with a value that it does not have")
        self.patience = _seconds(said.get("timeout", PATIENCE_SECONDS))
        self._prepare = said["prepare"] == "on"
        self._isolation = ISOLATION[said["isolation"]]
        limits = f"SET LOCAL lock_timeout = {max(int(self.patience * 1000), 1)}"
        if "statement_timeout" in said:
            limits += f"; SET LOCAL statement_timeout = {max(int(_seconds(said['statement_timeout']) * 1000), 1)}"
        self._begin = {
            True: f"BEGIN ISOLATION LEVEL {self._isolation}; {limits}",
            False: f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {limits}",
        }

    def pool(self, url: URL) -> Pool:
        """As many connections as there are threads, each with its transactions begun by us."""
        try:
            make_conninfo(**{name: str(value) for name, value in url.query.items()})
        except psycopg.ProgrammingError as error:
            raise ValueError(str(error)) from None
        connect = {"autocommit": True, "prepare_threshold": _PREPARED_AFTER if self._prepare else None}
        return create_engine(url, connect_args=connect, max_overflow=-1, use_native_hstore=False)

    def work(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """The driver is told to begin nothing by itself."""
        driver = connection.driver_connection
        if not driver.autocommit:
            driver.autocommit = True
            connection.info["workflow_autocommit"] = False
        return self._unit(connection, entropy)

    def join(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """The driver begins the host's transaction with the first statement."""
        driver = connection.driver_connection
        if driver.autocommit and driver.info.transaction_status is TransactionStatus.IDLE:
            raise InputError("autocommit")
        return self._unit(connection, entropy)

    def _unit(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        driver = connection.driver_connection
        notices = connection.info.get("workflow_notices")
        if notices is None:
            notices = connection.info["workflow_notices"] = _Notices()
            driver.add_notice_handler(notices)
        cursor = psycopg.RawCursor(driver)
        cursor.format = psycopg.pq.Format.BINARY
        return PostgresUnit(cursor, entropy, self._begin, notices)

    def give_back(self, connection: Any) -> None:
        """With transactions of the driver's, where it had them."""
        if connection.info.pop("workflow_autocommit", None) is False and not connection.driver_connection.closed:
            connection.driver_connection.autocommit = False

    def usable(self, connection: Any) -> bool:
        """Connected, and in no transaction."""
        driver = connection.driver_connection
        return driver is not None and driver.info.transaction_status is TransactionStatus.IDLE

    def lost(self, raised: BaseException) -> bool:
        """By the code, where there is one: a server that cannot be reached gives none."""
        error = raised.orig if isinstance(raised, DBAPIError) else raised
        if not isinstance(
            error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ReadOnlySqlTransaction
        ):
            return False
        code = error.sqlstate
        return code is None or code in _GONE or code.startswith("08")

    def error(self, raised: BaseException, name: str) -> WorkflowError:
        """By the code of the SQL standard."""
        error = raised.orig if isinstance(raised, DBAPIError) else raised
        if isinstance(error, UnicodeEncodeError):
            return InputError("bad_text", text=ascii(error.object)[1:-1][:80])
        if isinstance(error, psycopg.DataError) and _nul(error):
            return InputError("bad_text", text="\\x00")
        code = getattr(error, "sqlstate", None) or ""
        if code in _OVERTAKEN or "tuple concurrently updated" in str(error):
            return ConflictError("overtaken")
        if code == _LOCKED:
            return ConflictError("busy")
        problem = _said(error)
        if code == _TOO_LATE:
            return StoreError("timed_out", problem=problem)
        if code in _UNPREPARED:
            return StoreError("pooled", problem=problem)
        if self.lost(raised):
            return StoreError("disconnected", store=name, problem=problem)
        return StoreError("unusable", problem=problem)

    def begin_upgrade(self, connection: Any) -> None:
        """The row of the version is locked, where there is one; who creates tables at the same time is overtaken."""
        if connection.execute(text("SHOW server_encoding")).scalar() != "UTF8":
            raise StoreError("bad_encoding")
        connection.execute(text("BEGIN ISOLATION LEVEL READ COMMITTED"))
        if connection.execute(text("SELECT to_regclass('workflow_schema')")).scalar() is not None:
            connection.execute(text("LOCK TABLE workflow_schema IN SHARE ROW EXCLUSIVE MODE"))

    def prepare(self, cursor: Any) -> None:
        """A server is set by its administrator."""

    def composer(self, pool: Pool) -> Any:
        """Without the casts of the driver's own dialect: the server knows the types of the columns."""
        composer: Any = PGDialect
        return composer(paramstyle="qmark")

    def examine(self, unit: Unit) -> dict[str, Any]:
        """Also whether the role can change what must only be added to."""
        settings = ("server_version", "synchronous_commit", "synchronous_standby_names", "fsync", "full_page_writes")
        found = {name: unit.one("SELECT current_setting(?)", name)[0] for name in settings}
        user, changes = unit.one(
            "SELECT current_user, has_table_privilege('workflow_entry', 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
        )
        return {
            "postgresql": found.pop("server_version"),
            "isolation": self._isolation.lower(),
            **found,
            "role": user,
            "role_may_change_log": changes,
        }


def at(url: URL) -> tuple[Postgres, URL]:
    """The database that a URL means, with the URL as psycopg takes it. Raises ValueError for a wrong option."""
    options = {name: value for name, value in url.query.items() if name in _OPTIONS}
    return Postgres(options), url.difference_update_query(_OPTIONS)


def _nul(error: psycopg.DataError) -> bool:
    """Whether the driver refused a text because of a NUL; nothing was sent then."""
    return error.sqlstate is None and "NUL" in str(error)


def _seconds(said: Any) -> float:
    seconds = float(said)
    if not 0 < seconds <= 86_400:
        raise ValueError("not a number of seconds")
    return seconds


def _said(error: BaseException | None) -> str:
    """What the server said, without the place in our statement, or the driver, in one line."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return " ".join((said or str(error)).split())
