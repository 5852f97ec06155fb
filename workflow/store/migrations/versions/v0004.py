"""Delegations: whose roles another may use, and when."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.store.migrations.layout import index, numbers, table, texts, words

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the table, found by who stands in for whom."""
    table(
        "workflow_delegation",
        *words("deputy", "principal"),
        *numbers("number"),
        *texts("roles"),
        *words("since", "until"),
        key="deputy principal number",
    )
    index("workflow_delegation_number", "workflow_delegation", "number", unique=True)
