"""The first schema: cases, entries, payloads, definitions, the directory, and the triggers that keep the log whole.

The triggers stop accidents and honest mistakes, `INSERT OR REPLACE` included. Whoever may alter the schema can drop
them; docs/audit-log.md says what finds that.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.store.migrations.layout import append_only, index, numbers, octets, table, texts, words

revision = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create everything."""
    table("workflow_meta", *words("name", "value"), key="name")
    table(
        "workflow_case",
        *words("id", "reference", "definition", "version", "digest", "state"),
        *numbers("final"),
        *texts("data", "trail"),
        *words("submitter", "created_at", "updated_at"),
        *words("due_at", nullable=True),
        *numbers("rev"),
        *octets("head"),
        key="id",
        by="id",
    )
    table(
        "workflow_entry",
        *words("case_id"),
        *numbers("seq"),
        *words("kind"),
        *words("transition", "from_state", "to_state", nullable=True),
        *words("actor"),
        *words("acting_for", nullable=True),
        *words("via", "at"),
        *words("claimed_at", "definition", nullable=True),
        *numbers("conforms", nullable=True),
        *words("key", nullable=True),
        *octets("leaf", "leaf_hash"),
        key="case_id seq",
        by="case_id",
    )
    table(
        "workflow_payload",
        *words("case_id"),
        *numbers("seq"),
        *words("name"),
        *octets("commitment"),
        *octets("salt", "body", nullable=True),
        key="case_id seq name",
        by="case_id",
    )
    table("workflow_pending", *words("case_id"), *numbers("seq"), key="case_id seq", by="case_id")
    table("workflow_definition", *words("digest", "name", "version"), *octets("body"), *numbers("seq"), key="digest")
    table("workflow_actor", *words("id"), *words("name", nullable=True), key="id")
    table("workflow_grant", *words("actor", "role"), key="actor role")
    table("workflow_reference", *words("reference", "definition", "case_id"), key="reference definition")
    table("workflow_request", *words("definition", "key", "case_id"), key="definition key")
    table("workflow_counter", *words("definition", "period"), *numbers("number"), key="definition period")
    index("workflow_case_by_state", "workflow_case", "definition state id")
    index("workflow_entry_by_time", "workflow_entry", "at case_id seq")
    index("workflow_entry_key", "workflow_entry", "case_id key", unique=True, where="key IS NOT NULL")
    index("workflow_entry_nonconforming", "workflow_entry", "at case_id seq", where="conforms = 0")
    index("workflow_definition_version", "workflow_definition", "name version", unique=True)
    append_only("workflow_entry", "case_id seq", "case_id key")
    append_only("workflow_payload", "case_id seq name", unless=_ERASURE)
    append_only("workflow_definition", "digest", "name version")


# Destroying a payload is the one change that is allowed: salt and body become NULL together, nothing else moves.
_ERASURE = (
    "NEW.salt IS NULL AND NEW.body IS NULL AND NEW.case_id = OLD.case_id AND NEW.seq = OLD.seq "
    "AND NEW.name = OLD.name AND NEW.commitment = OLD.commitment"
)
