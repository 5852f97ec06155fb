"""Creating the tables and bringing them up to date: Alembic, run from code, with a version table of its own."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from workflow.store.database import Store, translated

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(store: Store) -> None:
    """Create the tables, or bring them to the schema of this program, in one transaction. Safe to run again."""
    with translated(store.name), store.pool.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("BEGIN IMMEDIATE"))
        try:
            command.upgrade(_config(connection), "head")
        except BaseException:
            connection.execute(text("ROLLBACK"))
            raise
        connection.execute(text("COMMIT"))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config
