"""The shape of the database: are our tables, indexes and triggers those that the migrations make?

Triggers stop accidents, and whoever can alter the schema can drop them for a while. One that is missing, or says
something else, is a finding; what they were made for is checked by the hashes.
"""

from __future__ import annotations

from functools import lru_cache

from workflow.audit.report import Findings, shown
from workflow.errors import StoreError
from workflow.store.database import Store
from workflow.store.unit import Unit
from workflow.store.upgrade import upgrade

_OURS = (
    "SELECT type, name, sql FROM sqlite_master WHERE tbl_name LIKE 'workflow!_%' ESCAPE '!' AND sql IS NOT NULL "
    "ORDER BY type, name"
)


@lru_cache(maxsize=1)
def _made() -> dict[tuple[str, str], str]:
    """What the migrations make, of a store in memory."""
    store = Store.connect("sqlite://")
    try:
        upgrade(store)
        with store.reading() as unit:
            return {(row[0], row[1]): row[2] for row in unit.all(_OURS)}
    finally:
        store.close()


def check_schema(store: Store, unit: Unit, findings: Findings) -> bool:
    """Compare. False when this kind of database cannot be compared."""
    if store.pool.dialect.name != "sqlite":
        return False
    try:
        found = {(row[0], row[1]): row[2] for row in unit.raw(_OURS)}
    except StoreError as error:
        findings.trouble(error)
        return False
    expected = _made()
    for kind, name in sorted(expected.keys() | found.keys(), key=repr):
        wanted, said = expected.get((kind, name)), found.get((kind, name))
        if wanted != said:
            problem = "missing" if said is None else "unknown" if wanted is None else "altered"
            findings.add("schema", object=shown(f"{kind} {name}", quoted=False), problem=problem)
    return True
