"""Where every chain ends, as one hash in the log: so a bundle can show that nothing of its case was left out.

An entry `case_heads` holds the size of a tree and the root over one record for each chain in it, in sorted order:
`HMAC-SHA-256(key, "wf-audit/head/v1" 00 case) || number of the last entry (8 bytes) || its hash`. The key is the
payload of the entry. Whoever gets it for one case learns of the others only hashes.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from workflow.audit.report import Findings
from workflow.log.merkle import inclusion_proof, leaf_hash, root
from workflow.office import Office
from workflow.rules.case import Actor
from workflow.store.leaves import Leaves
from workflow.store.unit import Unit

KEY_BYTES = 32
_LABEL = b"wf-audit/head/v1\x00"
_LAST = (
    "SELECT h.case_id, h.seq, e.leaf_hash FROM (SELECT case_id, MAX(seq) AS seq FROM workflow_leaf "
    "WHERE leaf_index < ? GROUP BY case_id) h JOIN workflow_entry e ON e.case_id = h.case_id AND e.seq = h.seq"
)


class Heads(NamedTuple):
    """The ends of all chains of a tree: the key, and the records in order."""

    key: bytes
    size: int
    records: list[bytes]

    @property
    def root(self) -> bytes:
        """The root over the records."""
        return root([leaf_hash(each) for each in self.records])

    def proof(self, case: str) -> tuple[int, list[bytes]]:
        """The place of a case among the records, and the proof that it is there. Raises ValueError when it is not."""
        mark = _mark(self.key, case)
        index = next((at for at, each in enumerate(self.records) if each.startswith(mark)), None)
        if index is None:
            raise ValueError(f"{case} is not among the ends of the chains")
        return index, inclusion_proof([leaf_hash(each) for each in self.records], index)


def _mark(key: bytes, case: str) -> bytes:
    return hmac.digest(key, _LABEL + case.encode(), "sha256")


def read_heads(unit: Unit, key: bytes, size: int) -> Heads:
    """The ends of all chains among the first `size` leaves."""
    rows = unit.raw(_LAST, size)
    return Heads(key, size, sorted(_mark(key, row[0]) + row[1].to_bytes(8) + row[2] for row in rows))


def write_heads(unit: Unit, office: Office, by: Actor, entropy: Callable[[int], bytes]) -> tuple[int, Heads]:
    """Append the entry; its number in the stream of the store."""
    found = read_heads(unit, entropy(KEY_BYTES), Leaves(unit).size())
    seq = office.append_to(
        unit,
        "store",
        "case_heads",
        by,
        {"data": orjson.dumps({"key": found.key.hex()})},
        size=found.size,
        root=found.root.hex(),
        count=len(found.records),
    )
    return seq, found


def check_heads(unit: Unit, leaf: Mapping[str, Any], data: Any, findings: Findings) -> None:
    """Does an entry of this kind say what the entries give? Nothing is said when its key was destroyed."""
    try:
        key = bytes.fromhex(data["key"])
        found = read_heads(unit, key, leaf["size"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        findings.add("heads", leaf["case"], leaf["seq"], found="no key", expected="-")
        return
    expected = f"{len(found.records)} {found.root.hex()}"
    if expected != (said := f"{leaf['count']} {leaf['root']}"):
        findings.add("heads", leaf["case"], leaf["seq"], found=said, expected=expected)
