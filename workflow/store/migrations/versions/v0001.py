"""The first schema: cases, entries, payloads, definitions, the directory, and the triggers that keep the log whole.

The triggers stop accidents and honest mistakes, `INSERT OR REPLACE` included. Whoever may alter the schema can drop
them; docs/audit-log.md says what finds that.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.String


def _words(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _bytes(*names: str, nullable: bool = False) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names]


def _table(
    name: str, *columns: sa.Column[object] | sa.Column[str] | sa.Column[int] | sa.Column[bytes], key: str
) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key.split()), sqlite_with_rowid=False)


def upgrade() -> None:
    """Create everything."""
    _table("workflow_meta", *_words("name", "value"), key="name")
    _table(
        "workflow_case",
        *_words("id", "reference", "definition", "version", "digest", "state"),
        *_numbers("final"),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("trail", sa.Text(), nullable=False),
        *_words("submitter", "created_at", "updated_at"),
        *_words("due_at", nullable=True),
        *_numbers("rev"),
        *_bytes("head"),
        key="id",
    )
    _table(
        "workflow_entry",
        *_words("case_id"),
        *_numbers("seq"),
        *_words("kind"),
        *_words("transition", "from_state", "to_state", nullable=True),
        *_words("actor"),
        *_words("acting_for", nullable=True),
        *_words("via", "at"),
        *_words("claimed_at", "definition", nullable=True),
        *_numbers("conforms", nullable=True),
        *_words("key", nullable=True),
        *_bytes("leaf", "leaf_hash"),
        key="case_id seq",
    )
    _table(
        "workflow_payload",
        *_words("case_id"),
        *_numbers("seq"),
        *_words("name"),
        *_bytes("commitment"),
        *_bytes("salt", "body", nullable=True),
        key="case_id seq name",
    )
    _table("workflow_pending", *_words("case_id"), *_numbers("seq"), key="case_id seq")
    _table("workflow_definition", *_words("digest", "name", "version"), *_bytes("body"), *_numbers("seq"), key="digest")
    _table("workflow_actor", *_words("id"), *_words("name", nullable=True), key="id")
    _table("workflow_grant", *_words("actor", "role"), key="actor role")
    _table("workflow_reference", *_words("reference", "definition", "case_id"), key="reference definition")
    _table("workflow_request", *_words("definition", "key", "case_id"), key="definition key")
    _table("workflow_counter", *_words("definition", "period"), *_numbers("number"), key="definition period")
    _indexes()
    _triggers()


def _indexes() -> None:
    _index("workflow_case_by_state", "workflow_case", "definition state id")
    _index("workflow_entry_by_time", "workflow_entry", "at case_id seq")
    _index("workflow_entry_key", "workflow_entry", "case_id key", unique=True, where="key IS NOT NULL")
    _index("workflow_entry_nonconforming", "workflow_entry", "at case_id seq", where="conforms = 0")
    _index("workflow_definition_version", "workflow_definition", "name version", unique=True)


def _index(name: str, table: str, columns: str, *, unique: bool = False, where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns.split(), unique=unique, sqlite_where=only, postgresql_where=only)


def _triggers() -> None:
    """UPDATE and DELETE abort; so does an INSERT over a row that is there, which is how REPLACE would change one."""
    for table, key in (
        ("workflow_entry", "case_id seq"),
        ("workflow_payload", "case_id seq name"),
        ("workflow_definition", "digest"),
    ):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key.split())
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"
        if table == "workflow_entry":
            same = "case_id = NEW.case_id AND key = NEW.key"
            exists += f" OR NEW.key IS NOT NULL AND EXISTS (SELECT 1 FROM {table} WHERE {same})"
        if table == "workflow_definition":
            exists += f" OR EXISTS (SELECT 1 FROM {table} WHERE name = NEW.name AND version = NEW.version)"
        _trigger(f"{table}_no_replace", "INSERT", table, f"WHEN {exists}")
        _trigger(f"{table}_no_delete", "DELETE", table, "")
        _trigger(f"{table}_no_update", "UPDATE", table, _ERASURE if table == "workflow_payload" else "")


# Destroying a payload is the one change that is allowed: salt and body become NULL together, nothing else moves.
_ERASURE = (
    "WHEN NOT (NEW.salt IS NULL AND NEW.body IS NULL AND NEW.case_id = OLD.case_id AND NEW.seq = OLD.seq "
    "AND NEW.name = OLD.name AND NEW.commitment = OLD.commitment)"
)


def _trigger(name: str, event: str, table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
