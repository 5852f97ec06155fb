"""An entry with its place: its leaf in the tree, and the names by which people know its case. A value."""

from __future__ import annotations

from typing import NamedTuple

from workflow.rules.record import Entry


class Placed(NamedTuple):
    """An entry as a reader of the whole log meets it.

    `leaf_index` is that of its leaf in the tree, from 0; None as long as the entry waits for the tree. The other names
    are None for an entry that belongs to no case.
    """

    entry: Entry
    leaf_index: int | None = None
    reference: str | None = None
    definition: str | None = None
    version: str | None = None


class Tree(NamedTuple):
    """What the newest checkpoint says of the tree: how many leaves it has, and its root in hex."""

    size: int
    root: str
