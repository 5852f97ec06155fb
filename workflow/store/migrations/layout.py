"""How our tables are laid out, for the migrations: the same on every database, each in its own words.

Text is compared by its bytes everywhere, tables are clustered by their key where the database can do that, and what
must only be added to is guarded by triggers. A table of cases and entries may be in parts by the hash of the case's id.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LONG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def words(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of text."""
    return [sa.Column(name, _TEXT, nullable=nullable) for name in names]


def texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of text that may be long."""
    return [sa.Column(name, _LONG, nullable=nullable) for name in names]


def numbers(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of whole numbers."""
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def octets(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Columns of bytes."""
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names]


def table(name: str, *columns: sa.Column[Any], key: str, by: str | None = None) -> None:
    """Create a table with its primary key.

    `by` is the column with the id of the case, of a table that is divided where the store is.
    """
    parts = _partitions() if by is not None else 0
    options: dict[str, Any] = {"postgresql_partition_by": f"HASH ({by})"} if parts else {}
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key.split()), sqlite_with_rowid=False, **options)
    for part in range(parts):
        op.execute(
            f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES WITH (MODULUS {parts}, REMAINDER {part})"
        )


def index(name: str, on: str, columns: str, *, unique: bool = False, where: str | None = None) -> None:
    """Create an index, over some rows only with `where`."""
    only = None if where is None else sa.text(where)
    op.create_index(name, on, columns.split(), unique=unique, sqlite_where=only, postgresql_where=only)


def append_only(name: str, *keys: str, unless: str | None = None, outgrown: str | None = None) -> None:
    """Have triggers abort every UPDATE and DELETE of a table, and what else would change or remove a row.

    `keys` are its unique keys, by which SQLite's REPLACE would put a row over another one. `unless` is a condition over
    OLD and NEW under which an UPDATE is let through, `outgrown` one over OLD under which a DELETE is.
    """
    if op.get_context().dialect.name == "postgresql":
        _guard_postgresql(name, unless, outgrown)
        return
    taken = " OR ".join(_taken(name, key.split()) for key in keys)
    for event, when in (
        ("INSERT", taken),
        ("DELETE", outgrown and f"NOT {outgrown}"),
        ("UPDATE", unless and f"NOT ({unless})"),
    ):
        what = "replace" if event == "INSERT" else event.lower()
        op.execute(
            f"CREATE TRIGGER {name}_no_{what} BEFORE {event} ON {name} FOR EACH ROW {f'WHEN {when}' if when else ''} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        )


def _taken(name: str, key: list[str]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {name} WHERE {same})"


def _guard_postgresql(name: str, unless: str | None, outgrown: str | None = None) -> None:
    """TRUNCATE is stopped as well, in each part too; ALWAYS, so that a session cannot switch them off."""
    op.execute(
        "CREATE OR REPLACE FUNCTION workflow_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
    )
    call = f"EXECUTE FUNCTION workflow_append_only('{name}')"
    when = f"WHEN (NOT ({unless})) " if unless else ""
    op.execute(f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} FOR EACH ROW {when}{call}")
    if outgrown:
        # A condition of a trigger may not ask a table there, so that its function does.
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name}_outgrown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {outgrown} THEN RETURN OLD; END IF; "
            f"RAISE EXCEPTION '{name} is append-only' USING ERRCODE = 'restrict_violation'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_outgrown()"
        )
    else:
        op.execute(f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW {call}")
    for each in [name, *_parts(name)]:
        op.execute(f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {each} FOR EACH STATEMENT {call}")
        for what in ("update", "delete", "truncate"):
            op.execute(f"ALTER TABLE {each} ENABLE ALWAYS TRIGGER {name}_no_{what}")


def _partitions() -> int:
    """Into how many parts the tables of this store are divided; 0 for none."""
    context = op.get_context()
    if context.dialect.name != "postgresql":
        return 0
    asked = context.config.attributes.get("partitions", 0) if context.config is not None else 0
    return asked or len(_parts("workflow_entry"))


def _parts(name: str) -> list[str]:
    rows = op.get_bind().execute(
        sa.text(
            "SELECT c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass(:name) ORDER BY 1"
        ),
        {"name": name},
    )
    return [row[0] for row in rows]
