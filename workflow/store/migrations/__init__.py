"""Versions of the schema, oldest first; run by `workflow.store.upgrade`."""
