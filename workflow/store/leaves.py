"""The tree over the log as the store keeps it: places of entries, tiles, checkpoints, and the lease of who adds to it.

Plain SQL with `?`, one unit of work. Nothing here signs or decides; `workflow.audit.seal` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from workflow.errors import ConflictError
from workflow.log.entry import time_text
from workflow.log.tiles import WIDTH, Read, Tile, Tree
from workflow.store.unit import Unit

_SIZE = "SELECT leaf_index FROM workflow_leaf ORDER BY leaf_index DESC LIMIT 1"
_PENDING = (
    "SELECT p.case_id, p.seq, e.leaf, e.leaf_hash FROM workflow_pending p "
    "LEFT JOIN workflow_entry e ON e.case_id = p.case_id AND e.seq = p.seq ORDER BY p.case_id, p.seq LIMIT ?"
)
_ADD_LEAF = "INSERT INTO workflow_leaf (leaf_index, case_id, seq) VALUES (?, ?, ?)"
_DROP_PENDING = "DELETE FROM workflow_pending WHERE case_id = ? AND seq = ?"
_READ_PLACE = "SELECT leaf_index FROM workflow_leaf WHERE case_id = ? AND seq = ?"
_READ_TILE = 'SELECT bytes FROM workflow_tile WHERE level = ? AND "index" = ? ORDER BY width DESC LIMIT 1'
_ADD_TILE = 'INSERT INTO workflow_tile (level, "index", width, bytes) VALUES (?, ?, ?, ?)'
_DROP_NARROWER = 'DELETE FROM workflow_tile WHERE level = ? AND "index" = ? AND width < ?'
_READ_LEAVES = (
    "SELECT l.case_id, l.seq, e.leaf FROM workflow_leaf l "
    "JOIN workflow_entry e ON e.case_id = l.case_id AND e.seq = l.seq "
    "WHERE l.leaf_index >= ? AND l.leaf_index < ? ORDER BY l.leaf_index"
)
_LAST_CHECKPOINT = "SELECT size, note FROM workflow_checkpoint ORDER BY size DESC LIMIT 1"
_READ_CHECKPOINT = "SELECT note FROM workflow_checkpoint WHERE size = ?"
_ADD_CHECKPOINT = "INSERT INTO workflow_checkpoint (size, note) VALUES (?, ?)"
_READ_COSIGNATURES = "SELECT line FROM workflow_cosignature WHERE size = ? ORDER BY witness"
_ADD_COSIGNATURE = "INSERT INTO workflow_cosignature (size, witness, line) VALUES (?, ?, ?)"
_READ_COSIGNATURE = "SELECT line FROM workflow_cosignature WHERE size = ? AND witness = ?"
_READ_LEASE = "SELECT holder, fence, until FROM workflow_lease WHERE name = ?"
_ADD_LEASE = "INSERT INTO workflow_lease (name, holder, fence, until) VALUES (?, ?, ?, ?)"
_TAKE_LEASE = "UPDATE workflow_lease SET holder = ?, fence = ?, until = ? WHERE name = ? AND fence = ?"
_KEEP_LEASE = "UPDATE workflow_lease SET until = ? WHERE name = ? AND holder = ? AND fence = ?"


class Waiting(NamedTuple):
    """An entry that waits for its place; leaf and hash are None when it is not there."""

    case: str
    seq: int
    leaf: Any
    hash: Any


class Leaves:
    """The tree of one store, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def size(self) -> int:
        """How many leaves there are."""
        row = self._unit.one(_SIZE)
        return 0 if row is None else row[0] + 1

    def waiting(self, limit: int) -> list[Waiting]:
        """The entries that wait, in the order of (case, seq), which keeps the order inside each case."""
        return [Waiting(*row) for row in self._unit.all(_PENDING, limit)]

    def place(self, size: int, taken: list[Waiting]) -> None:
        """Give entries the next places from `size` on, and let them wait no longer."""
        rows = [(size + at, each.case, each.seq) for at, each in enumerate(taken)]
        self._unit.run_many(_ADD_LEAF, rows)
        self._unit.run_many(_DROP_PENDING, [row[1:] for row in rows])

    def write(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        """Keep tiles that are new or wider; a narrower one of the same place goes."""
        for tile, hashes in tiles:
            self._unit.run(_ADD_TILE, tile.level, tile.index, tile.width, hashes)
            if tile.width > 1:
                self._unit.run(_DROP_NARROWER, tile.level, tile.index, tile.width)

    def tile(self, level: int, index: int) -> bytes:
        """The bytes of a tile, the widest there is; nothing when there is none."""
        row = self._unit.one(_READ_TILE, level, index)
        return row[0] if row is not None and isinstance(row[0], bytes) else b""

    def tree(self, size: int | None = None) -> Tree:
        """The tree as it is, or of its first `size` leaves."""
        read: Read = self.tile
        return Tree(self.size() if size is None else size, read)

    def index(self, case: str, seq: int) -> int | None:
        """The place of an entry; None when it is not in the tree."""
        row = self._unit.one(_READ_PLACE, case, seq)
        return None if row is None else int(row[0])

    def leaves(self, index: int, width: int = WIDTH) -> list[tuple[str, int, bytes]]:
        """Case, number and leaf of each entry under the tile of that index on level 0."""
        begin = index * WIDTH
        return [(row[0], row[1], row[2]) for row in self._unit.all(_READ_LEAVES, begin, begin + width)]

    def last_checkpoint(self) -> str | None:
        """The note of the greatest size that was signed, without cosignatures."""
        row = self._unit.one(_LAST_CHECKPOINT)
        return None if row is None else str(row[1])

    def checkpoint(self, size: int) -> str | None:
        """The note that was signed at that size."""
        row = self._unit.one(_READ_CHECKPOINT, size)
        return None if row is None else str(row[0])

    def keep_checkpoint(self, size: int, note: str) -> None:
        """Keep what was signed; keeping the same once more changes nothing. Raises ConflictError for another note."""
        found = self.checkpoint(size)
        if found is None:
            self._unit.run_many(_ADD_CHECKPOINT, [(size, note)])
        elif found != note:
            raise ConflictError("signed_otherwise", size=size)

    def cosignatures(self, size: int) -> list[str]:
        """The lines that witnesses put under the checkpoint of that size."""
        return [str(row[0]) for row in self._unit.all(_READ_COSIGNATURES, size)]

    def keep_cosignature(self, size: int, witness: str, line: str) -> bool:
        """Keep a witness's line under the checkpoint of that size, its first one; whether it is new."""
        if self._unit.one(_READ_COSIGNATURE, size, witness) is not None:
            return False
        self._unit.run_many(_ADD_COSIGNATURE, [(size, witness, line)])
        return True


class Lease(NamedTuple):
    """That somebody alone does some work. `fence` tells this time from every other."""

    name: str
    holder: str
    fence: int

    @classmethod
    def take(cls, unit: Unit, name: str, holder: str, now: datetime, until: datetime) -> Lease:
        """Take it, when nobody has it or it ran out. Raises ConflictError when somebody has it, or was faster.

        One that lasts longer than any can was taken by a clock that has been set back since, and does not count.
        """
        row = unit.one(_READ_LEASE, name)
        if row is None:
            unit.run_many(_ADD_LEASE, [(name, holder, 1, time_text(until))])
            return cls(name, holder, 1)
        if row[0] != holder and time_text(now) < row[2] <= time_text(until + (until - now)):
            raise ConflictError("leased", holder=row[0], until=row[2])
        if unit.run(_TAKE_LEASE, holder, row[1] + 1, time_text(until), name, row[1]) != 1:
            raise ConflictError("busy")
        return cls(name, holder, row[1] + 1)

    def keep(self, unit: Unit, until: datetime | None) -> None:
        """Go on until then, or give it back (None), as a part of the work's own transaction.

        Raises ConflictError when it is somebody else's by now.
        """
        if unit.run(_KEEP_LEASE, time_text(until) if until else "", self.name, self.holder, self.fence) != 1:
            raise ConflictError("lease_lost")
