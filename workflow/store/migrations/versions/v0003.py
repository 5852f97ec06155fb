"""The tree over the log: places of the leaves, tiles, checkpoints with their cosignatures, and who may add to it.

Leaves, tiles, checkpoints and cosignatures are append-only, with one exception: a partial tile goes when a wider one
of the same place is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add what is missing; entries that wait since before go into the tree when it is sealed."""
    _table("workflow_leaf", _number("leaf_index"), _word("case_id"), _number("seq"), key="leaf_index")
    op.create_index("workflow_leaf_of_entry", "workflow_leaf", ["case_id", "seq"], unique=True)
    hashes = sa.Column("bytes", sa.LargeBinary(), nullable=False)
    _table("workflow_tile", _number("level"), _number("index"), _number("width"), hashes, key="level index width")
    _table("workflow_checkpoint", _number("size"), _text("note"), key="size")
    _table("workflow_cosignature", _number("size"), _word("witness"), _text("line"), key="size witness")
    _table("workflow_lease", _word("name"), _word("holder"), _number("fence"), _word("until"), key="name")
    for table, key in (
        ("workflow_leaf", "leaf_index"),
        ("workflow_tile", 'level "index" width'),
        ("workflow_checkpoint", "size"),
        ("workflow_cosignature", "size witness"),
    ):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key.split())
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"
        if table == "workflow_leaf":
            exists += f" OR EXISTS (SELECT 1 FROM {table} WHERE case_id = NEW.case_id AND seq = NEW.seq)"
        _trigger(f"{table}_no_replace", "INSERT", table, f"WHEN {exists}")
        _trigger(f"{table}_no_delete", "DELETE", table, _OUTGROWN if table == "workflow_tile" else "")
        _trigger(f"{table}_no_update", "UPDATE", table, "")


_OUTGROWN = (
    'WHEN NOT EXISTS (SELECT 1 FROM workflow_tile WHERE level = OLD.level AND "index" = OLD."index" '
    "AND width > OLD.width)"
)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _table(name: str, *columns: sa.Column[str] | sa.Column[int] | sa.Column[bytes], key: str) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key.split()), sqlite_with_rowid=False)


def _trigger(name: str, event: str, table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
