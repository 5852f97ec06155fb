"""What the check shows and how far: the levels V0 to V4, and the parts that need what the verifier brought along."""

from __future__ import annotations

from typing import Any

from workflow.audit.anchors import Anchors
from workflow.audit.places import Places
from workflow.audit.report import Findings, Level, shown
from workflow.audit.signing import Signing
from workflow.audit.tree import Rebuilt, too_early
from workflow.errors import StoreError
from workflow.log.entry import Malformed, decode
from workflow.log.note import BadNote
from workflow.store.pages import pages
from workflow.store.statements import READ_HASH
from workflow.store.unit import Unit

_LEAVES = "SELECT case_id, seq, leaf FROM workflow_entry"


def check_tree(unit: Unit, places: Places, signing: Signing, findings: Findings) -> None:
    """Build the tree and compare it with all that was said of it."""
    rebuilt = Rebuilt(unit, places, findings)
    try:
        signing.check(rebuilt)
        rebuilt.finish(blamed=signing.blamed)
        if rebuilt.wrong_roots or rebuilt.wrong_times:
            _name_claims(unit, rebuilt, findings)
    except StoreError as error:
        findings.trouble(error)


def _name_claims(unit: Unit, rebuilt: Rebuilt, findings: Findings) -> None:
    """Which entries said of a tree what is not so, or are dated before what they came after."""
    for rows in pages(unit, _LEAVES, ("case_id", "seq")):
        for case, seq, stored in rows:
            try:
                leaf: dict[str, Any] = decode(stored)
            except (Malformed, TypeError):
                continue
            after = leaf.get("after")
            if after is None:
                continue
            wrong = rebuilt.wrong_roots.get(after["size"])
            if wrong is not None and after["root"] != wrong.hex():
                findings.add("after", case, seq, size=str(after["size"]))
            bound = rebuilt.wrong_times.get(after["size"])
            if bound is not None and too_early(leaf["at"].encode(), bound.encode()):
                findings.add("bracket", case, seq, found=leaf["at"], expected=bound)


def check_receipts(unit: Unit, anchors: Anchors, signing: Signing, findings: Findings) -> None:
    """Every receipt must be signed by a key of the log and name an entry that is there. Raises StoreError."""
    for note, said in anchors.receipts:
        try:
            if said.origin not in signing.origins() or not note.signed_by([*anchors.pinned, *signing.keys]):
                raise BadNote("signed by no key of this log")
        except BadNote as error:
            findings.add("receipt", said.case, said.seq, problem=shown(str(error), quoted=False))
            continue
        rows = unit.raw(READ_HASH, said.case, said.seq)
        if not rows:
            findings.add("receipt_missing", said.case, said.seq)
        elif rows[0][0] != said.hash:
            findings.add("receipt_other", said.case, said.seq)


def levels(anchors: Anchors, signing: Signing) -> tuple[Level, ...]:
    """Each level: what was checked, or what it would take."""
    kept = [said.size for _, said in anchors.checkpoints]
    quorum = anchors.policy is not None and anchors.policy.quorum != "none"
    return (
        Level("V0", True),
        Level("V1", bool(anchors.pinned), {"size": signing.vouched}),
        Level("V2", bool(kept), {"size": max(kept, default=0), "count": len(kept)}),
        Level("V3", quorum, {"size": signing.witnessed}),
        Level("V4", bool(anchors.receipts), {"count": len(anchors.receipts)}),
    )
