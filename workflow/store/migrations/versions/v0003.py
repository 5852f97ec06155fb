"""Delegations: whose roles another may use, and when."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the table, found by who stands in for whom."""
    op.create_table(
        "workflow_delegation",
        sa.Column("deputy", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("deputy", "principal", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("workflow_delegation_number", "workflow_delegation", ["number"], unique=True)
