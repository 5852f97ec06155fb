"""What goes on in a case (panels, clocks, objections, awards), the ledger of awards, and the budgets they share."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add two columns to the cases, the ledger, and an index for each question that is asked of many rows."""
    op.add_column("workflow_case", sa.Column("proceedings", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("workflow_case", sa.Column("next_at", sa.String(), nullable=True))
    timed = sa.text("next_at IS NOT NULL")
    op.create_index(
        "workflow_case_by_clock", "workflow_case", ["next_at", "id"], sqlite_where=timed, postgresql_where=timed
    )
    op.create_index("workflow_grant_by_role", "workflow_grant", ["role", "actor"])
    op.create_table(
        "workflow_award",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("definition", "award", "person", "kind")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("amount", "currency")),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("pool", "period")),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", "line"),
        sqlite_with_rowid=False,
    )
    op.create_index("workflow_award_by_time", "workflow_award", ["at", "case_id", "seq", "line"])
    op.create_index("workflow_award_by_person", "workflow_award", ["person", "at"])
    op.create_table(
        "workflow_pool",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "period", "spent")),
        sa.PrimaryKeyConstraint("name", "period"),
        sqlite_with_rowid=False,
    )
