"""What goes on in a case: its panels, clocks and objections, and when the clock has to look at it again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add two columns to the cases, and an index for each question that is asked of many rows."""
    op.add_column("workflow_case", sa.Column("proceedings", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("workflow_case", sa.Column("next_at", sa.String(), nullable=True))
    timed = sa.text("next_at IS NOT NULL")
    op.create_index(
        "workflow_case_by_clock", "workflow_case", ["next_at", "id"], sqlite_where=timed, postgresql_where=timed
    )
    op.create_index("workflow_grant_by_role", "workflow_grant", ["role", "actor"])
