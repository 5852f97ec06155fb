"""The tree, built again from the leaves: the stored tiles, every root that was signed or claimed, and the times.

Runs after all chains were read, over what they left in `places`, one tile of 256 leaves after the other. At each
size of which something is known (a checkpoint, what an entry said it came after, what the verifier brought along) the
root is computed and compared. The first root that does not fit is a finding; those behind it cannot fit either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workflow.audit.places import NO_HASH, Places
from workflow.audit.report import Findings, shown
from workflow.errors import StoreError
from workflow.log.entry import time_of
from workflow.log.merkle import EMPTY, HASH_BYTES, Range, node_hash, root
from workflow.log.tiles import WIDTH, split, tiles
from workflow.store.unit import Unit

# How far the clocks of two machines may be apart before an entry counts as dated back.
TOLERANCE_SECONDS = 900.0

# After every time that can be written.
_NEVER = b"~"
_TILE = 'SELECT width, bytes FROM workflow_tile WHERE level = ? AND "index" = ?'
_PLACE = "SELECT case_id, seq FROM workflow_leaf WHERE leaf_index = ?"

Read = Callable[[int], bytes]
"""The bytes of a tile of level 0 by its index."""

Mark = Callable[[int, bytes], None]
"""Called at one size with the root there."""


class Rebuilt:
    """One run over all leaves."""

    def __init__(self, unit: Unit, places: Places, findings: Findings) -> None:
        self._unit = unit
        self._places = places
        self._findings = findings
        self._levels: list[list[bytes]] = []
        # The latest time among the leaves so far, and the place that has it; the earliest since the last window.
        self.newest, self.newest_index = b"", -1
        self.oldest = _NEVER
        # A time at which a witness had seen the tree so far: nothing that came after it is older.
        self.floor = b""
        self._differing: list[int] = []
        self._tiles: list[tuple[int, int]] = []
        # Sizes of which a root that was claimed by an entry is wrong, or a time.
        self.wrong_roots: dict[int, bytes] = {}
        self.wrong_times: dict[int, str] = {}
        self._forgiven: tuple[int, bytes] = (0, b"")
        self.holes = False
        self.root = EMPTY

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._places.size

    def run(self, marks: Iterator[tuple[int, Mark]]) -> None:
        """Build the tree and call each mark at its size; marks come in the order of their sizes."""
        size = self._places.size
        upper = Range()
        waiting = next(marks, None)
        while waiting is not None and waiting[0] <= 0:
            waiting = next(marks, None)
        for begin in range(0, size, WIDTH):
            end = min(begin + WIDTH, size)
            hashes, times = self._places.leaves(begin, end)
            if NO_HASH in hashes:
                self._report_holes(begin, hashes)
            self._keep(0, begin // WIDTH, hashes)
            claims = self._places.claims(begin + 1, end + 1)
            inner = Range()
            if not claims and (waiting is None or waiting[0] > end) and end - begin == WIDTH:
                self._date(begin, times)
                inner = Range(WIDTH, [root(hashes)])
            else:
                at = 0
                for offset, digest in enumerate(hashes, 1):
                    inner.append(digest)
                    here = begin + offset
                    wanted = waiting is not None and waiting[0] == here
                    if not wanted and not (claims and claims[0][0] == here):
                        continue
                    self._date(begin + at, times[at:offset])
                    at = offset
                    found = _fold(upper, inner)
                    while waiting is not None and waiting[0] == here:
                        waiting[1](here, found)
                        waiting = next(marks, None)
                    while claims and claims[0][0] == here:
                        self._claimed(found, *claims.pop(0))
                self._date(begin + at, times[at:])
            if end - begin == WIDTH:
                upper.append(inner.nodes[0])
                self._raise(begin // WIDTH, inner.nodes[0])
            else:
                upper, inner = Range(), Range((upper.size << 8) + inner.size, [*upper.nodes, *inner.nodes])
                self.root = inner.root()
                break
        else:
            self.root = upper.root()
        for level, rest in enumerate(self._levels, 1):
            if rest:
                self._keep(level, (size >> 8 * (level + 1)), rest)
        while waiting is not None:
            waiting = next(marks, None)

    def finish(self, *, blamed: bool) -> None:
        """Tell of tiles that are not what the leaves give, unless the leaves are to blame; and of tiles too many."""
        if not blamed:
            for level, index in self._tiles:
                self._findings.add("tile", level=str(level), index=str(index))
        try:
            counted = self._unit.raw("SELECT COUNT(*) FROM workflow_tile")[0][0]
        except StoreError as error:
            self._findings.trouble(error)
            return
        expected = sum(1 for _ in tiles(self._places.size))
        if counted > expected:
            self._findings.add("tile_stray", found=str(counted), expected=str(expected))

    def blame(self, size: int, signed: bytes, read: Read | None = None) -> bool:
        """The root at a size is not the signed one: name the entries to blame, where tiles of before still know.

        `read` gives the tiles of level 0 that the verifier kept; without it the stored ones are asked. False when the
        hashes of the tiles do not give the signed root either, or when nothing differs.
        """
        if read is None:
            if not self._differing:
                return False
            read = self._stored
        before, now = Range(), []
        old: list[tuple[int, bytes]] = []
        for begin in range(0, size, WIDTH):
            end = min(begin + WIDTH, size)
            hashes = self._places.leaves(begin, end)[0]
            kept = split(read(begin // WIDTH)[: (end - begin) * HASH_BYTES])
            if len(kept) != end - begin:
                return False
            for at, (was, is_) in enumerate(zip(kept, hashes, strict=True), begin):
                before.append(was)
                if was != is_:
                    old.append((at, was))
                    now.append((at, is_))
        if before.root() != signed or not old:
            return False
        self._name(old, now)
        return True

    def _name(self, old: list[tuple[int, bytes]], now: list[tuple[int, bytes]]) -> None:
        """Of the places that differ: what is new there, what is gone from there; when neither, what was moved."""
        were, are = {digest for _, digest in old}, {digest for _, digest in now}
        new = {at for at, digest in now if digest not in were}
        gone = {at for at, digest in old if digest not in are}
        for at in sorted(new | gone):
            if at in new:
                self._findings.add("leaf_changed", *self.entry(at), index=str(at))
            else:
                self._findings.add("leaf_removed", index=str(at))
        for at, _ in [] if new or gone else now:
            self._findings.add("leaf_moved", *self.entry(at), index=str(at))

    def _stored(self, index: int) -> bytes:
        rows = self._unit.raw(_TILE, 0, index)
        return rows[0][1] if len(rows) == 1 and isinstance(rows[0][1], bytes) else b""

    def entry(self, index: int) -> tuple[Any, Any]:
        """Case and number of the entry at a place."""
        rows = self._unit.raw(_PLACE, index)
        return (rows[0][0], rows[0][1]) if rows else (None, None)

    def _claimed(self, found: bytes, size: int, claimed: bytes, when: bytes) -> None:
        if self.holes:
            return
        if claimed != found:
            if (size, claimed) != self._forgiven:
                self.wrong_roots[size] = found
        elif too_early(when, bound := max(self.newest, self.floor)):
            self.wrong_times[size] = bound.decode()

    def forgive(self, size: int, signed: bytes) -> None:
        """What is claimed of a tree is what was signed of it: whoever says so is not to blame for its leaves."""
        self._forgiven = (size, signed)

    def window(self, begin: int, end: int, bound: bytes) -> None:
        """The leaves of one checkpoint that are not of the one before: none may be dated before `bound`."""
        oldest, self.oldest = self.oldest, _NEVER
        if self.holes or not too_early(oldest, bound):
            return
        early = []
        for at in range(begin, end, WIDTH):
            times = self._places.leaves(at, min(at + WIDTH, end))[1]
            early += [(when, at + offset) for offset, when in enumerate(times) if too_early(when, bound)]
        when, index = min(early)
        more = str(len(early) - 1) if len(early) > 1 else ""
        names = {"found": when.decode(), "expected": bound.decode(), "more": more}
        self._findings.add("bracket", *self.entry(index), **names)

    def _date(self, begin: int, times: list[bytes]) -> None:
        if not times:
            return
        if (latest := max(times)) > self.newest:
            self.newest, self.newest_index = latest, begin + times.index(latest)
        if (earliest := min(times)) < self.oldest:
            self.oldest = earliest

    def _report_holes(self, begin: int, hashes: list[bytes]) -> None:
        """Places without an entry; where the tile still has the hash, the tree goes on with that."""
        stored = split(self._stored(begin // WIDTH))
        for at, digest in enumerate(hashes):
            if digest != NO_HASH:
                continue
            case, seq = self.entry(begin + at)
            self._findings.add("leaf_gap" if case is None else "leaf_stray", case, seq, index=str(begin + at))
            if at < len(stored) and len(stored[at]) == HASH_BYTES:
                hashes[at] = stored[at]
            else:
                self.holes = True

    def _raise(self, index: int, digest: bytes) -> None:
        """The root of a full tile goes up a level, and on where that fills another."""
        level = 1
        while True:
            if len(self._levels) < level:
                self._levels.append([])
            row = self._levels[level - 1]
            row.append(digest)
            if len(row) < WIDTH:
                return
            index //= WIDTH
            self._keep(level, index, row)
            digest, self._levels[level - 1], level = root(row), [], level + 1

    def _keep(self, level: int, index: int, hashes: list[bytes]) -> None:
        """Compare a tile with the stored one."""
        try:
            rows = self._unit.raw(_TILE, level, index)
        except StoreError as error:
            self._findings.trouble(error)
            return
        expected = b"".join(hashes)
        if len(rows) == 1 and rows[0] == (len(hashes), expected):
            return
        self._tiles.append((level, index))
        stored = rows[0][1] if rows else None
        if level == 0 and len(rows) == 1 and isinstance(stored, bytes) and len(stored) == len(expected):
            for at, digest in enumerate(hashes):
                if stored[at * HASH_BYTES : (at + 1) * HASH_BYTES] != digest:
                    self._differing.append(index * WIDTH + at)


def too_early(when: bytes, newest: bytes) -> bool:
    """Was something that came after `newest` dated before it, by more than clocks may differ?"""
    if when >= newest:
        return False
    try:
        return (time_of(newest.decode()) - time_of(when.decode())).total_seconds() > TOLERANCE_SECONDS
    except ValueError:
        return False


def _fold(upper: Range, inner: Range) -> bytes:
    nodes = [*upper.nodes, *inner.nodes]
    found = nodes[-1]
    for left in nodes[-2::-1]:
        found = node_hash(left, found)
    return found


def size_of(unit: Unit, findings: Findings) -> int:
    """How many places there are; a place far behind all others is a finding and does not count."""
    try:
        rows = unit.raw("SELECT leaf_index FROM workflow_leaf ORDER BY leaf_index DESC LIMIT 1")
        counted: int = unit.raw("SELECT COUNT(*) FROM workflow_leaf")[0][0]
    except StoreError as error:
        findings.trouble(error)
        return 0
    if not rows:
        return 0
    last = rows[0][0]
    if type(last) is not int or last + 1 != counted:
        # The chains tell of each place that is wrong; a gap is told when the tree is built.
        if type(last) is int and last < 4 * counted + 1000:
            return last + 1
        findings.add("leaf_last", found=shown(last), expected=str(counted - 1))
        return counted
    return counted
