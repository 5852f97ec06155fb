"""Creating the tables and bringing them up to date: Alembic, run from code, with a version table of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from workflow.errors import StoreError
from workflow.store.database import SCHEMA, Store, schema_of, translated
from workflow.store.unit import Unit

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(store: Store, finish: Callable[[Unit, str | None, str], None] | None = None) -> None:
    """Create the tables, or bring them to the schema of this program. Safe to run again.

    `finish(unit, before, after)` is called in the same transaction. Raises StoreError when the schema is not one of
    this program's.
    """
    with translated(store.name), store.pool.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("BEGIN IMMEDIATE"))
        try:
            unit = store.inside(connection)
            before = schema_of(unit)
            if before is not None and before not in _known():
                code = "newer" if before > SCHEMA else "unknown_schema"
                raise StoreError(code, store=store.name, found=before, wanted=SCHEMA)
            command.upgrade(_config(connection), "head")
            if finish is not None:
                finish(unit, before, SCHEMA)
        except BaseException:
            connection.execute(text("ROLLBACK"))
            raise
        connection.execute(text("COMMIT"))


def _known() -> set[str]:
    """The schemas that this program has had."""
    return {each.revision for each in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config
