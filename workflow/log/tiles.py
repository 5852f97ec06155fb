"""The tree as tiles: C2SP tlog-tiles. Each tile holds up to 256 hashes of one level, eight levels of the tree apart.

Tile `index` of `level` holds, from left to right, the roots over `256 ** level` leaves each, beginning with leaf
`index * 256 ** (level + 1)`. Tiles of level 0 hold the hashes of the leaves. A tile that is not full is partial, and
none of it goes up a level. Pure: who reads a tile from where is given from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from workflow.log.merkle import EMPTY, HASH_BYTES, Range, consistency_path, inclusion_path, node_hash, root

WIDTH = 256
_HEIGHT = 8
_PREFIX_BYTES = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: its level, its index in the level, and how many hashes it holds (1 to 256)."""

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where it lies: `tile/0/x001/x234/067`, a partial one with `.p/` and its width behind."""
        return f"tile/{self.level}/{_place(self.index, self.width)}"


def entries_path(index: int, width: int) -> str:
    """Where the leaves themselves lie that a tile of level 0 has the hashes of."""
    return f"tile/entries/{_place(index, width)}"


def _place(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:]) + ("" if width == WIDTH else f".p/{width}")


def tiles(size: int) -> Iterator[Tile]:
    """Every tile of a tree of that size, level by level from the leaves."""
    level = 0
    while size:
        for index in range(-(-size // WIDTH)):
            yield Tile(level, index, min(WIDTH, size - index * WIDTH))
        level, size = level + 1, size // WIDTH


def edge(size: int) -> list[Tile]:
    """The last tile of each level of a tree of that size: those that grow."""
    found = []
    level = 0
    while size:
        index, width = divmod(size, WIDTH)
        found.append(Tile(level, index, width) if width else Tile(level, index - 1, WIDTH))
        level, size = level + 1, size // WIDTH
    return found


def bundle(leaves: Sequence[bytes]) -> bytes:
    """The leaves of a tile as one file: each behind its length in two bytes."""
    return b"".join(len(leaf).to_bytes(_PREFIX_BYTES) + leaf for leaf in leaves)


def unbundle(whole: bytes) -> list[bytes]:
    """The leaves of such a file. Raises ValueError when it is cut short."""
    found, at = [], 0
    while at < len(whole):
        begin = at + _PREFIX_BYTES
        at = begin + int.from_bytes(whole[at:begin])
        if at > len(whole) or begin > len(whole):
            raise ValueError("an entry bundle that is cut short")
        found.append(whole[begin:at])
    return found


Read = Callable[[int, int], bytes]
"""The bytes of a tile by its level and index, as wide as it is or wider. May raise what it likes."""


class Growth:
    """The tiles at the right edge of a tree of `size` leaves while more are added."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._levels: list[bytearray] = []
        for tile in edge(size):
            partial = tile.width < WIDTH
            self._levels.append(bytearray(read(tile.level, tile.index)[: tile.width * HASH_BYTES] if partial else b""))
        self._full: list[tuple[Tile, bytes]] = []
        self._touched: set[int] = set()

    def append(self, leaf_hash: bytes) -> None:
        """One more leaf."""
        self.size += 1
        level, found = 0, leaf_hash
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            hashes = self._levels[level]
            hashes += found
            self._touched.add(level)
            if len(hashes) < WIDTH * HASH_BYTES:
                return
            whole = bytes(hashes)
            index = self.size // WIDTH ** (level + 1) - 1
            self._full.append((Tile(level, index, WIDTH), whole))
            hashes.clear()
            self._touched.discard(level)
            found, level = root(split(whole)), level + 1

    def changed(self) -> list[tuple[Tile, bytes]]:
        """Each tile that is new or wider than before, with its bytes."""
        found = list(self._full)
        for level in sorted(self._touched):
            hashes = bytes(self._levels[level])
            found.append((Tile(level, self.size // WIDTH ** (level + 1), len(hashes) // HASH_BYTES), hashes))
        return found


def split(whole: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [whole[at : at + HASH_BYTES] for at in range(0, len(whole), HASH_BYTES)]


class Tree:
    """A tree of which tiles can be read: its root and proofs cost a handful of tiles, however large it is."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._kept: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """The root, of the whole or of the first `size` leaves."""
        return self.subtree(0, self.size if size is None else size)

    def range(self) -> Range:
        """The tree as one that can be appended to."""
        nodes, begin = [], 0
        for height in range(self.size.bit_length() - 1, -1, -1):
            if self.size >> height & 1:
                nodes.append(self._whole(height, begin >> height))
                begin += 1 << height
        return Range(self.size, nodes)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """That a leaf is in the tree, or in that of the first `size` leaves."""
        return inclusion_path(self.subtree, index, self.size if size is None else size)

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """That the tree, or that of the first `size` leaves, extends its first `old_size` leaves."""
        return consistency_path(self.subtree, old_size, self.size if size is None else size)

    def subtree(self, begin: int, end: int) -> bytes:
        """The root over the leaves from `begin` up to and without `end`, as the tree is split by the RFC."""
        if begin == end:
            return EMPTY
        parts = []
        while begin < end:
            height = (end - begin).bit_length() - 1
            parts.append(self._whole(height, begin >> height))
            begin += 1 << height
        found = parts.pop()
        while parts:
            found = node_hash(parts.pop(), found)
        return found

    def _whole(self, height: int, index: int) -> bytes:
        """The root of a whole subtree of `2 ** height` leaves."""
        level, rest = divmod(height, _HEIGHT)
        first = index << rest
        hashes = self._tile(level, first // WIDTH)
        at = first % WIDTH * HASH_BYTES
        part = hashes[at : at + (HASH_BYTES << rest)]
        if len(part) != HASH_BYTES << rest:
            raise ValueError(f"tile {level}/{first // WIDTH} is too narrow")
        return root(split(part))

    def _tile(self, level: int, index: int) -> bytes:
        found = self._kept.get((level, index))
        if found is None:
            found = self._kept[level, index] = self._read(level, index)
        return found
