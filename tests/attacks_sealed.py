"""Attacks on a sealed log that leave the tree as it is: then the database does not agree with itself."""

from __future__ import annotations

from tests.attacks import Found
from tests.attacks_tree import FORGERIES, Work, edit, forgery
from tests.vault import Forger

__all__ = ["FORGERIES"]


def simple(name: str, work: Work, *found: Found) -> None:
    """Somebody with SQL who leaves the tree as it is."""
    forgery(name, work, both=("V0", found), reseal=False)


def _sql(statement: str) -> Work:
    return lambda forger: forger.hand.run(statement)


simple(
    "an entry is changed, its chain linked anew, the tree left as it was",
    edit("rejected", 1),
    ("leaf_changed", "rejected", 1),
    ("leaf_changed", "rejected", 2),
)


def _rebuild(forger: Forger) -> None:
    hand = forger.hand
    kept = {table: hand.all(f"SELECT * FROM workflow_{table}") for table in ("checkpoint", "cosignature")}
    hand.rewrite("rejected", 1, engine="workflow/0.0.9")
    forger.reseal(forger.vault.key, [])
    for table, rows in kept.items():
        marks = ", ".join("?" * len(rows[0]))
        hand.connection.executemany(f"INSERT INTO workflow_{table} VALUES ({marks})", rows)


simple(
    "an entry is changed, its chain and the tree built anew, the checkpoints left as they were",
    _rebuild,
    ("checkpoint_root", None, None),
)
simple(
    "an entry is deleted that stands in the tree",
    lambda forger: forger.hand.delete("rejected", 2),
    ("case_column", "rejected", 1),
    ("leaf_stray", "rejected", 2),
)
simple(
    "a place in the tree is deleted",
    _sql("DELETE FROM workflow_leaf WHERE case_id = :rejected AND seq = 2"),
    ("pending", "rejected", 2),
    ("leaf_gap", None, None),
)
simple(
    "a place is given to another entry",
    _sql("UPDATE workflow_leaf SET seq = 99 WHERE case_id = :rejected AND seq = 2"),
    ("pending", "rejected", 2),
    ("leaf_stray", "rejected", 99),
)
simple(
    "a place far behind all others",
    _sql("UPDATE workflow_leaf SET leaf_index = 4611686018427387904 WHERE leaf_index = 56"),
    ("leaf_last", None, None),
    ("leaf_place", "store", 5),
    ("leaf_gap", None, None),
)
simple(
    "a place before that of the entry before",
    lambda forger: [
        forger.hand.run("UPDATE workflow_leaf SET leaf_index = -1 WHERE case_id = :rejected AND seq = 1"),
        forger.hand.run("UPDATE workflow_leaf SET leaf_index = leaf_index - 1 WHERE case_id = :rejected AND seq = 2"),
        forger.hand.run(
            "UPDATE workflow_leaf SET leaf_index = (SELECT leaf_index FROM workflow_leaf WHERE "
            "case_id = :rejected AND seq = 2) + 1 WHERE leaf_index = -1"
        ),
    ],
    ("leaf_order", "rejected", 2),
    ("leaf_moved", "rejected", 2),
    ("leaf_moved", "rejected", 1),
)
simple(
    "an entry that is in the tree waits for it too",
    _sql("INSERT INTO workflow_pending VALUES (:rejected, 1)"),
    ("pending_placed", "rejected", 1),
)
simple(
    "a byte of a tile",
    _sql("UPDATE workflow_tile SET bytes = CAST(zeroblob(1) || substr(bytes, 2) AS BLOB)"),
    ("tile", None, None),
)
simple(
    "a tile too many",
    _sql("INSERT INTO workflow_tile VALUES (3, 0, 1, zeroblob(32))"),
    ("tile_stray", None, None),
)
simple(
    "a signature of a checkpoint",
    _sql("UPDATE workflow_checkpoint SET note = replace(note, 'Q', 'R') WHERE size = 51"),
    ("checkpoint", None, None),
)
simple(
    "a checkpoint that is no text",
    _sql("UPDATE workflow_checkpoint SET note = x'ff' WHERE size = 51"),
    ("checkpoint", None, None),
)
simple(
    "a checkpoint of a tree that never was",
    _sql("INSERT INTO workflow_checkpoint SELECT 1000, note FROM workflow_checkpoint WHERE size = 51"),
    ("checkpoint", None, None),
)
simple(
    "a cosignature under nothing",
    _sql("UPDATE workflow_cosignature SET size = 7"),
    ("cosignature_stray", None, None),
)
simple(
    "a cosignature that is none",
    _sql("UPDATE workflow_cosignature SET line = 'yes'"),
    ("cosignature", None, None),
)
simple(
    "a payload is put back that was destroyed",
    lambda forger: forger.hand.run(
        "UPDATE workflow_payload SET salt = zeroblob(32), body = :body WHERE case_id = :other AND name = 'reason'",
        body=b'"why"',
    ),
    ("payload_changed", "other", 1),
    ("payload_kept", "other", 1),
)
simple(
    "the entry about an erasure is removed",
    lambda forger: forger.hand.rewrite("store", 3, subject="nothing/1/reason"),
    ("payload_missing", "other", 1),
    ("leaf_changed", "store", 3),
    ("leaf_changed", "store", 4),
)
simple(
    "a key that is none",
    lambda forger: forger.hand.append("store", forger.hand.leaf("store", 2), subject="key"),
    ("key", "store", 6),
)
simple(
    "a trigger is dropped",
    lambda forger: forger.hand.triggers.pop("workflow_entry_no_update"),
    ("schema", None, None),
)
simple(
    "a trigger does nothing",
    lambda forger: forger.hand.triggers.update(
        workflow_entry_no_update="CREATE TRIGGER workflow_entry_no_update BEFORE UPDATE ON workflow_entry "
        "BEGIN SELECT 1; END"
    ),
    ("schema", None, None),
)


def _claim(forger: Forger) -> None:
    leaf = forger.hand.leaf("tail", 2)
    forger.hand.rewrite("tail", 2, after={**leaf["after"], "root": "0" * 64})


simple("an entry that came after another tree", _claim, ("after", "tail", 2))
simple(
    "an entry that came after a tree that is not there yet",
    lambda forger: forger.hand.rewrite("tail", 2, after={"size": 99, "root": "0" * 64}),
    ("after", "tail", 2),
)
simple(
    "an entry dated before what it came after",
    lambda forger: forger.hand.rewrite("tail", 1, at="2026-01-06T08:00:00.000000Z"),
    ("case_column", "tail", 2),
    ("bracket", "tail", 1),
)
