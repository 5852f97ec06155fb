"""The tree over the log: places of the leaves, tiles, checkpoints with their cosignatures, and who may add to it.

Leaves, tiles, checkpoints and cosignatures are append-only, with one exception: a partial tile goes when a wider one
of the same place is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.store.migrations.layout import append_only, index, numbers, octets, table, texts, words

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add what is missing; entries that wait since before go into the tree when it is sealed."""
    table("workflow_leaf", *numbers("leaf_index"), *words("case_id"), *numbers("seq"), key="leaf_index")
    index("workflow_leaf_of_entry", "workflow_leaf", "case_id seq", unique=True)
    table("workflow_tile", *numbers("level", "index", "width"), *octets("bytes"), key="level index width")
    table("workflow_checkpoint", *numbers("size"), *texts("note"), key="size")
    table("workflow_cosignature", *numbers("size"), *words("witness"), *texts("line"), key="size witness")
    table("workflow_lease", *words("name", "holder"), *numbers("fence"), *words("until"), key="name")
    append_only("workflow_leaf", "leaf_index", "case_id seq")
    append_only("workflow_tile", 'level "index" width', outgrown=_OUTGROWN)
    append_only("workflow_checkpoint", "size")
    append_only("workflow_cosignature", "size witness")


_OUTGROWN = (
    'EXISTS (SELECT 1 FROM workflow_tile WHERE level = OLD.level AND "index" = OLD."index" AND width > OLD.width)'
)
