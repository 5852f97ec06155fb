"""The tree as tiles: paths and widths are those of C2SP tlog-tiles, and every proof can be had from them."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.log.merkle import HASH_BYTES, Range, consistency_proof, inclusion_proof, root
from workflow.log.tiles import WIDTH, Growth, Tile, Tree, bundle, edge, entries_path, tiles, unbundle

HASHES = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(70_000)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, WIDTH), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 999, 255), "tile/1/999.p/255"),
        (Tile(2, 1000, WIDTH), "tile/2/x001/000"),
        (Tile(0, 1234067, WIDTH), "tile/0/x001/x234/067"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert entries_path(tile.index, tile.width) == path.replace(f"tile/{tile.level}/", "tile/entries/")


def test_the_tiles_of_a_tree_of_seventy_thousand() -> None:
    found = list(tiles(70_000))
    assert [sum(tile.level == level for tile in found) for level in range(4)] == [274, 2, 1, 0]
    assert edge(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert edge(256) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    assert (list(tiles(0)), edge(0)) == ([], [])


class Shelf:
    """Tiles as a store keeps them: the widest of each place."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], bytes] = {}
        self.size = 0

    def read(self, level: int, index: int) -> bytes:
        return self.kept[level, index]

    def add(self, hashes: list[bytes]) -> None:
        growth = Growth(self.size, self.read)
        for each in hashes:
            growth.append(each)
        for tile, whole in growth.changed():
            assert len(whole) == tile.width * HASH_BYTES > len(self.kept.get((tile.level, tile.index), b""))
            self.kept[tile.level, tile.index] = whole
        self.size = growth.size

    def tree(self) -> Tree:
        return Tree(self.size, self.read)


@pytest.mark.parametrize("steps", [[1, 2, 3, 250, 1, 255, 300], [70_000], [65_535, 1, 1, 255]])
def test_a_tree_that_grows_in_steps_has_the_tiles_of_one_that_grew_at_once(steps: list[int]) -> None:
    shelf = Shelf()
    for step in steps:
        shelf.add(HASHES[shelf.size : shelf.size + step])
        size, chance = shelf.size, random.Random(step)
        assert {(tile.level, tile.index, tile.width) for tile in tiles(size)} == {
            (level, index, len(whole) // HASH_BYTES) for (level, index), whole in shelf.kept.items()
        }
        tree, hashes = shelf.tree(), HASHES[:size]
        assert tree.root() == tree.range().root() == root(hashes)
        for index in {0, size - 1, chance.randrange(size)}:
            assert tree.inclusion_proof(index) == inclusion_proof(hashes, index)
        for old in {0, 1, size, chance.randrange(size)}:
            assert tree.consistency_proof(old) == consistency_proof(hashes, old)
            assert tree.root(old) == root(hashes[:old])


def test_proofs_of_an_older_tree_come_from_the_tiles_of_the_newer() -> None:
    shelf = Shelf()
    shelf.add(HASHES[:1000])
    assert shelf.tree().inclusion_proof(700, 777) == inclusion_proof(HASHES[:777], 700)
    assert shelf.tree().consistency_proof(300, 777) == consistency_proof(HASHES[:777], 300)


def test_a_tree_goes_on_as_a_range() -> None:
    shelf = Shelf()
    shelf.add(HASHES[:777])
    grown: Range = shelf.tree().range()
    for each in HASHES[777:1100]:
        grown.append(each)
    assert grown.root() == root(HASHES[:1100])


def test_a_tile_that_is_cut_short_is_told() -> None:
    shelf = Shelf()
    shelf.add(HASHES[:300])
    shelf.kept[0, 1] = shelf.kept[0, 1][:-1]
    with pytest.raises(ValueError, match="tile 0/1 is too narrow"):
        shelf.tree().root()


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_leaves_are_bundled_and_unbundled(leaves: list[bytes]) -> None:
    whole = bundle(leaves)
    assert unbundle(whole) == leaves
    for end in range(len(whole)):
        try:
            assert unbundle(whole[:end]) == leaves[: len(unbundle(whole[:end]))]
        except ValueError as refused:
            assert str(refused) == "an entry bundle that is cut short"
