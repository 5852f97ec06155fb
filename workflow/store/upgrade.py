"""Creating the tables and bringing them up to date: Alembic, run from code, with a version table of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from workflow.errors import ConflictError, InputError, StoreError
from workflow.store.database import SCHEMA, Patience, Store
from workflow.store.unit import Unit

_SCRIPTS = Path(__file__).with_name("migrations")
_MOST = 1024


def upgrade(
    store: Store, finish: Callable[[Unit, str | None, str], None] | None = None, *, partitions: int = 0
) -> None:
    """Create the tables, or bring them to the schema of this program. Safe to run again, and by several at once.

    `finish(unit, before, after)` is called in the same transaction. With `partitions`, on PostgreSQL, the tables of
    cases and entries are created in so many parts by the hash of the case's id. Raises StoreError when the schema is
    not one of this program's, InputError when there cannot be partitions.
    """
    if partitions and (store.dialect.name != "postgresql" or not 1 < partitions <= _MOST):
        raise InputError("bad_partitions", most=_MOST)
    patience = Patience(store.dialect.patience)
    while True:
        try:
            with store.translated():
                return _upgrade(store, finish, partitions)
        except ConflictError:
            if not patience.again():
                raise


def _upgrade(store: Store, finish: Callable[[Unit, str | None, str], None] | None, partitions: int) -> None:
    with store.pool.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        store.dialect.begin_upgrade(connection)
        try:
            unit = store.inside(connection)
            before = unit.schema()
            if before is not None and partitions:
                raise InputError("bad_partitions", most=_MOST)
            if before is not None and before not in _known():
                code = "newer" if before > SCHEMA else "unknown_schema"
                raise StoreError(code, store=store.name, found=before, wanted=SCHEMA)
            command.upgrade(_config(connection, partitions), "head")
            if finish is not None:
                finish(unit, before, SCHEMA)
        except BaseException:
            with contextlib.suppress(DBAPIError):
                connection.execute(text("ROLLBACK"))
            raise
        connection.execute(text("COMMIT"))


def _known() -> set[str]:
    """The schemas that this program has had."""
    return {each.revision for each in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}


def _config(connection: Connection, partitions: int) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["partitions"] = partitions
    return config
