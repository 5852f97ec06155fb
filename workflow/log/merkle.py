"""The tree over the whole log: RFC 6962, 2.1. Hashes are `bytes` of 32, lists stand in the order of the leaves. Pure.

A leaf is hashed as `SHA-256(00 || leaf)`, a node as `SHA-256(01 || left || right)`; the tree of nothing is
`SHA-256("")`. The functions that verify answer True or False whatever they are given, and never raise.

A proof of consistency with the tree of size 0 shows nothing, because every tree extends it. So `verify_consistency`
accepts an old size of 0 only beside a new size of 0; who begins with nothing (a new witness) has nothing to verify.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from workflow.log.entry import leaf_hash

__all__ = [
    "EMPTY",
    "HASH_BYTES",
    "Range",
    "consistency_path",
    "consistency_proof",
    "inclusion_path",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""The root over the leaves from the first index up to and without the second."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of a one byte and the two hashes below: 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaves that are hashed already."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY
    # Pairs from the left, an odd one out goes up as it is: the tree of the RFC, without recursion.
    while len(row) > 1:
        above = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = [*above, row[-1]] if len(row) % 2 else above
    return row[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """That the leaf at `index` (from 0) is in the tree (RFC 6962, 2.1.1). Raises IndexError when it is not there."""
    size = len(leaf_hashes)
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    return inclusion_path(lambda begin, end: root(leaf_hashes[begin:end]), index, size)


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """That the tree extends its own first `old_size` leaves (RFC 6962, 2.1.2).

    Empty for an old size of 0, or of all leaves. Raises ValueError when `old_size` is more than there are.
    """
    size = len(leaf_hashes)
    if not 0 <= old_size <= size:
        raise ValueError(f"no tree of {old_size} in one of {size}")
    return consistency_path(lambda begin, end: root(leaf_hashes[begin:end]), old_size, size)


def inclusion_path(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """The same for a tree of which `subtree` gives the parts, wherever they are kept."""
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(subtree: Subtree, old_size: int, size: int) -> list[bytes]:
    """The same for a tree of which `subtree` gives the parts, wherever they are kept."""
    if old_size in (0, size):
        return []
    path: list[bytes] = []
    begin, end, whole = 0, size, True
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(subtree(begin, end))
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof show the leaf at `index` in the tree of `size` with that root? (RFC 9162, 2.1.3.2)"""
    if not (_whole(index, size) and 0 <= index < size and _hashes(proof) and _hashes((leaf_hash, root))):
        return False
    node, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if node % 2 or node == last:
            found = node_hash(sibling, found)
            while node and not node % 2:
                node, last = node // 2, last // 2
        else:
            found = node_hash(found, sibling)
        node, last = node // 2, last // 2
    return last == 0 and found == root


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the proof show that the new tree extends the old one? (RFC 9162, 2.1.4.2)

    Trees of one size are consistent when their roots are equal, with an empty proof. An old size of 0 beside a
    greater new one is False: see the head of this file.
    """
    if not (_whole(old_size, new_size) and 0 <= old_size <= new_size and _hashes(proof)):
        return False
    if old_size == new_size:
        return isinstance(old_root, bytes) and old_root == new_root and not proof
    if old_size == 0 or not proof or not _hashes((old_root, new_root)):
        return False
    # A tree that is a power of two is itself the first subtree, and is left out of the proof.
    path = [old_root, *proof] if old_size & old_size - 1 == 0 else list(proof)
    node, last = old_size - 1, new_size - 1
    while node % 2:
        node, last = node // 2, last // 2
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node and not node % 2:
                node, last = node // 2, last // 2
        else:
            new = node_hash(new, sibling)
        node, last = node // 2, last // 2
    return last == 0 and old == old_root and new == new_root


class Range:
    """A tree that only grows: the roots of its largest whole subtrees, as many as its size has ones in binary."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.nodes = list(nodes)
        if len(self.nodes) != size.bit_count():
            raise ValueError(f"a tree of {size} has {size.bit_count()} whole subtrees, not {len(self.nodes)}")

    def append(self, leaf_hash: bytes) -> None:
        """One more leaf."""
        nodes, size, sha256 = self.nodes, self.size, hashlib.sha256
        while size & 1:
            leaf_hash = sha256(b"\x01" + nodes.pop() + leaf_hash).digest()
            size >>= 1
        nodes.append(leaf_hash)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self.nodes:
            return EMPTY
        found = self.nodes[-1]
        for left in self.nodes[-2::-1]:
            found = node_hash(left, found)
        return found


def _split(size: int) -> int:
    """The largest power of two that is smaller than a size of 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def _whole(*numbers: object) -> bool:
    return all(type(each) is int for each in numbers)


def _hashes(found: object) -> bool:
    return isinstance(found, list | tuple) and all(
        isinstance(each, bytes) and len(each) == HASH_BYTES for each in found
    )
