"""What a check remembers of every leaf until the tree is rebuilt: its hash and its time, by its place.

A chain is read by case and the tree is built by place. So each leaf leaves 64 bytes in a temporary file, and beside
them, by size, what later entries said of the tree of that size. Memory stays the same however long the log is, and
several processes can fill one file.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow.log.merkle import HASH_BYTES

SLOT = 64
TIME_BYTES = 27
_USED = HASH_BYTES + TIME_BYTES
NO_HASH = bytes(HASH_BYTES)
# Stands for two roots that were claimed of one size: one of them is wrong, and so is this one.
_DISPUTED = b"\xff" * HASH_BYTES


class _Slots:
    """A temporary file of slots; it goes when the one who made it closes it."""

    def __init__(self, count: int, path: str | None) -> None:
        self._own = path is None
        if path is None:
            handle, self.path = tempfile.mkstemp(prefix="workflow-verify-")
            os.truncate(handle, max(1, count) * SLOT)
        else:
            self.path = path
            handle = os.open(path, os.O_RDWR)
        try:
            self.map = mmap.mmap(handle, 0)
        finally:
            os.close(handle)

    def close(self) -> None:
        self.map.close()
        if self._own:
            Path(self.path).unlink(missing_ok=True)


class Places:
    """The leaves of a tree of `size`, and what was claimed of smaller trees.

    Another process opens the same leaves by `path`; its claims are a file of its own, which is handed back by name.
    """

    def __init__(self, size: int, path: str | None = None) -> None:
        self.size = size
        self._leaves = _Slots(size, path)
        self.path = self._leaves.path
        self._claims = _Slots(size + 1, None)
        self._others: list[_Slots] = []

    def close(self) -> None:
        """Done."""
        self._leaves.close()
        self._claims.close()
        for each in self._others:
            each.close()
            Path(each.path).unlink(missing_ok=True)

    def hand_over(self) -> str:
        """In another process: leave the claims to the one who reads them, by the name of their file."""
        self._leaves.close()
        self._claims.map.close()
        return self._claims.path

    def take_over(self, path: str) -> None:
        """Read the claims of another process too."""
        self._others.append(_Slots(self.size + 1, path))

    def put(self, index: int, digest: bytes, leaf: Mapping[str, Any] | None) -> bool:
        """A leaf's hash, and its time where the leaf can be read. False when there is no such place."""
        if not 0 <= index < self.size:
            return False
        at = index * SLOT
        self._leaves.map[at : at + _USED] = (digest or NO_HASH) + (leaf["at"].encode() if leaf else bytes(TIME_BYTES))
        return True

    def claim(self, after: Mapping[str, Any], at: str) -> bool:
        """What an entry says of the tree that it came after: the root is kept, and the earliest time.

        False when there is no tree of that size.
        """
        size = after["size"]
        if not 0 <= size <= self.size:
            return False
        begin, slots = size * SLOT, self._claims.map
        known, root, when = slots[begin : begin + HASH_BYTES], bytes.fromhex(after["root"]), at.encode()
        if known == NO_HASH:
            slots[begin : begin + _USED] = root + when
        elif known != root:
            slots[begin : begin + HASH_BYTES] = _DISPUTED
        elif when < slots[begin + HASH_BYTES : begin + _USED]:
            slots[begin + HASH_BYTES : begin + _USED] = when
        return True

    def leaves(self, begin: int, end: int) -> tuple[list[bytes], list[bytes]]:
        """Hashes and times of the leaves from one place up to another."""
        part = self._leaves.map[begin * SLOT : end * SLOT]
        starts = range(0, SLOT * (end - begin), SLOT)
        return (
            [part[at : at + HASH_BYTES] for at in starts],
            [part[at + HASH_BYTES : at + _USED] for at in starts],
        )

    def claims(self, begin: int, end: int) -> list[tuple[int, bytes, bytes]]:
        """Size, root and earliest time of what was said of trees of the sizes from one up to another."""
        found = []
        for slots in (self._claims, *self._others):
            part = slots.map[begin * SLOT : end * SLOT]
            if not part.strip(b"\x00"):
                continue
            for at in range(0, len(part), SLOT):
                if (root := part[at : at + HASH_BYTES]) != NO_HASH:
                    found.append((begin + at // SLOT, root, part[at + HASH_BYTES : at + _USED]))
        return sorted(found)
