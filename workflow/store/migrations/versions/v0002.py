"""What goes on in a case (panels, clocks, objections, awards), the ledger of awards, budgets, links, and marks."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from workflow.store.migrations.layout import append_only, index, numbers, table, texts, words

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add two columns to the cases, the tables beside them, and an index for each question asked of many rows."""
    [proceedings], [next_at] = texts("proceedings"), words("next_at", nullable=True)
    proceedings.server_default = sa.DefaultClause("{}")
    op.add_column("workflow_case", proceedings)
    op.add_column("workflow_case", next_at)
    index("workflow_case_by_clock", "workflow_case", "next_at id", where="next_at IS NOT NULL")
    index("workflow_grant_by_role", "workflow_grant", "role actor")
    table(
        "workflow_award",
        *words("case_id"),
        *numbers("seq", "line"),
        *words("definition", "award", "person", "kind", "amount", "currency"),
        *words("pool", "period", nullable=True),
        *words("at"),
        key="case_id seq line",
        by="case_id",
    )
    index("workflow_award_by_time", "workflow_award", "at case_id seq line")
    index("workflow_award_by_person", "workflow_award", "person at")
    table("workflow_pool", *words("name", "period", "spent"), key="name period")
    table(
        "workflow_link",
        *words("case_id", "link", "other_id"),
        *numbers("seq"),
        key="case_id link other_id",
        by="case_id",
    )
    index("workflow_link_to", "workflow_link", "other_id link case_id")
    table(
        "workflow_mark",
        *words("person", "mark", "case_id"),
        *numbers("seq"),
        *words("since"),
        *words("until", nullable=True),
        key="person mark case_id seq",
    )
    append_only("workflow_award", "case_id seq line")
