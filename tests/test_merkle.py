"""The tree: byte for byte that of RFC 6962, by the published vectors, another library and every small size."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from workflow.log import entry
from workflow.log.merkle import (
    EMPTY,
    Range,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves, roots and proofs that Certificate Transparency and its successors test with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (index, size) -> path
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
# (old size, size) -> path
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
MANY = [hashlib.sha256(bytes([number])).digest() for number in range(200)]
MANY_ROOTS = [root(MANY[:size]) for size in range(len(MANY) + 1)]


def texts(path: list[bytes]) -> list[str]:
    return [each.hex() for each in path]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_are_published(size: int) -> None:
    assert root(HASHES[:size]).hex() == ROOTS[size]
    assert bytes.fromhex(ROOTS[0]) == EMPTY


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_proofs_of_inclusion_are_those_that_are_published(index: int, size: int) -> None:
    proof = inclusion_proof(HASHES[:size], index)
    assert texts(proof) == INCLUSION[index, size]
    assert verify_inclusion(HASHES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_proofs_of_consistency_are_those_that_are_published(old: int, size: int) -> None:
    proof = consistency_proof(HASHES[:size], old)
    assert texts(proof) == CONSISTENCY[old, size]
    assert verify_consistency(old, size, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size]), proof)


def test_the_hash_of_a_leaf_is_that_of_the_entries() -> None:
    assert leaf_hash is entry.leaf_hash
    assert leaf_hash(b"").hex() == ROOTS[1]
    assert node_hash(HASHES[0], HASHES[1]).hex() == ROOTS[2]


def test_another_library_has_the_same_roots_and_paths() -> None:
    tree = InmemoryTree(algorithm="sha256")
    for size, leaf in enumerate(LEAVES * 6, 1):
        tree.append_entry(leaf)
        hashes = [leaf_hash(each) for each in (LEAVES * 6)[:size]]
        assert tree.get_root() == root(hashes)
        for index in range(size):
            # It counts leaves from 1, and its path begins with the leaf itself.
            assert tree.prove_inclusion(index + 1).path[1:] == inclusion_proof(hashes, index)


@given(st.integers(1, len(MANY)), st.data())
def test_every_leaf_of_a_tree_is_proven(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(MANY[:size], index)
    assert verify_inclusion(MANY[index], index, size, proof, MANY_ROOTS[size])
    assert not verify_inclusion(MANY[index - 1], index, size, proof, MANY_ROOTS[size]) or size == 1
    assert not verify_inclusion(MANY[index], index, size, proof, MANY_ROOTS[size - 1])


def test_every_tree_up_to_seventy_extends_every_smaller_one() -> None:
    for size in range(1, 71):
        for index in range(size):
            assert verify_inclusion(MANY[index], index, size, inclusion_proof(MANY[:size], index), MANY_ROOTS[size])
        for old in range(1, size + 1):
            check_consistency(old, size)


@given(st.integers(1, len(MANY)), st.data())
def test_a_tree_extends_every_smaller_one(size: int, data: st.DataObject) -> None:
    check_consistency(data.draw(st.integers(1, size)), size)


def check_consistency(old: int, size: int) -> None:
    proof = consistency_proof(MANY[:size], old)
    assert verify_consistency(old, size, MANY_ROOTS[old], MANY_ROOTS[size], proof)
    if old < size:
        assert not verify_consistency(old, size, MANY_ROOTS[old - 1], MANY_ROOTS[size], proof)
        assert not verify_consistency(old, size, MANY_ROOTS[old], MANY_ROOTS[size], [*proof, proof[0]])
        assert not verify_consistency(old, size, MANY_ROOTS[old], MANY_ROOTS[size], proof[:-1])


def test_a_tree_that_grows_has_the_same_roots() -> None:
    grown = Range()
    for size, digest in enumerate(MANY):
        assert (grown.size, grown.root()) == (size, MANY_ROOTS[size])
        assert Range(grown.size, grown.nodes).root() == MANY_ROOTS[size]
        grown.append(digest)
    with pytest.raises(ValueError, match="a tree of 3 has 2 whole subtrees, not 1"):
        Range(3, [EMPTY])


@pytest.mark.parametrize("index", [-1, 8, 100])
def test_what_is_not_there_cannot_be_proven(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(HASHES, index)
    with pytest.raises(ValueError, match="no tree of"):
        consistency_proof(HASHES, 9 if index > 0 else index)


class TestSizeZero:
    """Nothing extends nothing, and everything would: only two empty trees are consistent."""

    def test_two_empty_trees(self) -> None:
        assert verify_consistency(0, 0, EMPTY, EMPTY, [])
        assert not verify_consistency(0, 0, EMPTY, EMPTY, [EMPTY])
        assert not verify_consistency(0, 0, EMPTY, HASHES[0], [])

    def test_a_greater_one(self) -> None:
        assert not verify_consistency(0, 1, EMPTY, HASHES[0], [])
        assert not verify_consistency(0, 1, EMPTY, HASHES[0], [EMPTY])
        assert consistency_proof(HASHES, 0) == []

    def test_nothing_is_in_it(self) -> None:
        assert not verify_inclusion(EMPTY, 0, 0, [], EMPTY)


def probes(proof: list[bytes], root_: bytes) -> list[list[bytes]]:
    """A proof with something before, behind, instead of or left out of it."""
    found = [[*proof, b""], [b"", *proof], [*proof, root_], [root_, *proof], proof[:-1], proof[1:]]
    for at, each in enumerate(proof):
        found.append([*proof[:at], bytes([each[0] ^ 8]) + each[1:], *proof[at + 1 :]])
        found.append([*proof[:at], each[:31], *proof[at + 1 :]])
    return [each for each in found if each != proof]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_a_proof_of_inclusion_fits_nothing_else(index: int, size: int) -> None:
    proof, top, leaf = inclusion_proof(HASHES[:size], index), root(HASHES[:size]), HASHES[index]
    for wrong in probes(proof, top):
        assert not verify_inclusion(leaf, index, size, wrong, top)
    for other in (index - 1, index + 1, index ^ 2):
        assert not verify_inclusion(leaf, other, size, proof, top)
    for other in (size * 2, size // 2):
        assert not verify_inclusion(leaf, index, other, proof, top)
    for other_hash in (b"", b"short", EMPTY, leaf + b"\x00"):
        assert not verify_inclusion(other_hash, index, size, proof, top)
        assert not verify_inclusion(leaf, index, size, proof, other_hash)


@pytest.mark.parametrize(("old", "size"), [each for each in CONSISTENCY if each != (1, 1)])
def test_a_proof_of_consistency_fits_nothing_else(old: int, size: int) -> None:
    proof, before, top = consistency_proof(HASHES[:size], old), root(HASHES[:old]), root(HASHES[:size])
    for wrong in [*probes(proof, top), *probes(proof, before), [], [proof[0], *proof]]:
        assert not verify_consistency(old, size, before, top, wrong)
    for other in (old - 1, old + 1, old ^ 2):
        assert not verify_consistency(other, size, before, top, proof)
    for other in (size * 2, size // 2):
        assert not verify_consistency(old, other, before, top, proof)
    assert not verify_consistency(old, size, top, before, proof)
    assert not verify_consistency(size, old, top, before, proof)
    for other_hash in (b"", b"short", EMPTY):
        assert not verify_consistency(old, size, other_hash, top, proof)
        assert not verify_consistency(old, size, before, other_hash, proof)


ODD: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.text(max_size=3),
    st.integers(),
    st.integers(min_value=-3, max_value=10),
    st.binary(max_size=40),
    st.sampled_from(HASHES),
    st.lists(st.one_of(st.sampled_from(HASHES), st.binary(max_size=33), st.none()), max_size=6),
    st.dictionaries(st.integers(), st.integers(), max_size=2),
)


@given(st.tuples(ODD, ODD, ODD, ODD, ODD))
def test_whatever_is_given_the_answer_is_yes_or_no(given_: tuple[Any, ...]) -> None:
    assert verify_inclusion(*given_) in (True, False)
    assert verify_consistency(*given_) in (True, False)
