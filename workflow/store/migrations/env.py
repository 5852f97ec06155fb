"""Alembic's environment: runs the versions on the connection that `workflow.store.upgrade` hands over."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="workflow_schema",
    transactional_ddl=False,
)
context.run_migrations()
