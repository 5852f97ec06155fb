"""Who may do what with the tables on a server: the application adds to the log and cannot change it.

The owner of the tables, who creates and upgrades them, is a third role that no program needs every day.
"""

from __future__ import annotations

# What the application does with each table besides reading it. UPDATE of the named columns only.
PRIVILEGES: dict[str, tuple[str, ...]] = {
    "workflow_schema": (),
    "workflow_meta": (),
    "workflow_case": (
        "INSERT",
        "UPDATE (state, final, data, trail, updated_at, due_at, rev, head, proceedings, next_at)",
    ),
    "workflow_entry": ("INSERT",),
    # Secret ballots are destroyed when they are counted; a trigger lets nothing else be changed.
    "workflow_payload": ("INSERT", "UPDATE (salt, body)"),
    "workflow_pending": ("INSERT", "DELETE"),
    "workflow_leaf": ("INSERT",),
    "workflow_tile": ("INSERT", "DELETE"),
    "workflow_checkpoint": ("INSERT",),
    "workflow_cosignature": ("INSERT",),
    "workflow_lease": ("INSERT", "UPDATE (holder, fence, until)"),
    "workflow_award": ("INSERT",),
    "workflow_pool": ("INSERT", "UPDATE (spent)"),
    "workflow_delegation": ("INSERT", "DELETE"),
    "workflow_link": ("INSERT",),
    "workflow_mark": ("INSERT", "UPDATE (until)"),
    "workflow_definition": ("INSERT",),
    "workflow_actor": ("INSERT",),
    "workflow_grant": ("INSERT", "DELETE"),
    "workflow_reference": ("INSERT",),
    "workflow_request": ("INSERT",),
    "workflow_counter": ("INSERT", "UPDATE (number)"),
}


def grants(application: str, auditor: str, schema: str = "public") -> list[str]:
    """The statements that give two roles, which exist, what they need in a schema. For the owner of the tables to run.

    The auditor reads everything.
    """
    both = f"{_quoted(application)}, {_quoted(auditor)}"
    place = _quoted(schema)
    made = [f"GRANT USAGE ON SCHEMA {place} TO {both}"]
    for table, privileges in PRIVILEGES.items():
        made.append(f"REVOKE ALL ON {place}.{table} FROM PUBLIC, {both}")
        made.append(f"GRANT SELECT ON {place}.{table} TO {both}")
        if privileges:
            made.append(f"GRANT {', '.join(privileges)} ON {place}.{table} TO {_quoted(application)}")
    return made


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
