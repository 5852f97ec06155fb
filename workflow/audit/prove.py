"""Evidence about single entries: proofs that they are in the signed tree, receipts, and the tree as files of tiles."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from workflow.audit.keys import write_text
from workflow.errors import InputError, NotFoundError, StoreError, WorkflowError
from workflow.log.entry import time_of, time_text
from workflow.log.merkle import HASH_BYTES
from workflow.log.note import BadNote, Note, PrivateKey, Signature, parse_checkpoint, parse_note
from workflow.log.proof import Extension, Proof
from workflow.log.tiles import WIDTH, Tile, bundle, entries_path, tiles
from workflow.store.database import Store
from workflow.store.leaves import Leaves
from workflow.store.statements import READ_HASH
from workflow.store.unit import Unit

_RECEIPT = re.compile(r"receipt ([^ \n]+) ([1-9][0-9]{0,15})\Z", re.ASCII)


def cosigned(leaves: Leaves) -> Note:
    """The last checkpoint, with what witnesses put under it. Raises InputError before anything was sealed."""
    text = leaves.last_checkpoint()
    if text is None:
        raise InputError("not_sealed")
    try:
        note = parse_note(text)
        more = parse_note(note.text + "\n" + "".join(leaves.cosignatures(parse_checkpoint(note.text).size) or [text]))
    except BadNote as error:
        raise StoreError("damaged_tree", problem=str(error)) from None
    own: set[Signature] = set(note.signatures)
    return Note(note.text, (*note.signatures, *(each for each in more.signatures if each not in own)))


def prove(unit: Unit, case: str, seq: int) -> Proof:
    """That an entry is in the tree of the last checkpoint.

    Raises NotFoundError without such an entry, InputError when it is not in that tree yet.
    """
    if unit.one(READ_HASH, case, seq) is None:
        raise NotFoundError("entry", f"{case}/{seq}")
    leaves = Leaves(unit)
    index = leaves.index(case, seq)
    note = cosigned(leaves)
    size = parse_checkpoint(note.text).size
    if index is None or index >= size:
        raise InputError("not_in_tree", entry=f"{case}/{seq}", size=size)
    try:
        return Proof(index, tuple(leaves.tree(size).inclusion_proof(index)), note)
    except ValueError as error:
        raise StoreError("damaged_tree", problem=str(error)) from None


def extend(unit: Unit, old: int) -> Extension:
    """That the tree of the last checkpoint extends that of `old` leaves. Raises InputError when it is smaller."""
    leaves = Leaves(unit)
    note = cosigned(leaves)
    size = parse_checkpoint(note.text).size
    if not 0 <= old <= size:
        raise InputError("no_such_size", size=old, has=size)
    try:
        return Extension(old, tuple(leaves.tree(size).consistency_proof(old)), note)
    except ValueError as error:
        raise StoreError("damaged_tree", problem=str(error)) from None


def write_tiles(store: Store, folder: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """The whole log in the form of C2SP tlog-tiles; its size. Files that are there already are left as they are.

    Each page is read on its own: full tiles and leaves never change, and the checkpoint is written last.
    """
    with store.reading() as unit:
        note = cosigned(Leaves(unit))
    size = parse_checkpoint(note.text).size
    for tile in tiles(size):
        _write(folder / tile.path, partial(_tile, store, tile))
        if tile.level == 0:
            _write(folder / entries_path(tile.index, tile.width), partial(_entries, store, tile))
            if progress is not None:
                progress(tile.index * WIDTH + tile.width, size)
    write_text(folder / "checkpoint", str(note))
    return size


def _tile(store: Store, tile: Tile) -> bytes:
    with store.reading() as unit:
        return Leaves(unit).tile(tile.level, tile.index)[: tile.width * HASH_BYTES]


def _entries(store: Store, tile: Tile) -> bytes:
    with store.reading() as unit:
        return bundle([leaf for _, _, leaf in Leaves(unit).leaves(tile.index, tile.width)])


def _write(path: Path, make: Callable[[], bytes]) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(make())
        part.replace(path)
    except OSError as error:
        raise WorkflowError("unwritable_file", file=str(path), problem=error.strerror or str(error)) from None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever acted may keep: that this log had an entry of that hash at that place."""

    origin: str
    case: str
    seq: int
    hash: bytes
    at: datetime

    @property
    def text(self) -> str:
        """The text that is signed; it can never be read as a checkpoint, whose second line is a number."""
        hashed = base64.b64encode(self.hash).decode()
        return f"{self.origin}\nreceipt {self.case} {self.seq}\n{hashed}\n{time_text(self.at)}\n"


def parse_receipt(text: str) -> Receipt:
    """Read the text of a receipt, strictly. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) != 5 or lines[4] or not lines[0]:
        raise BadNote("not a receipt")
    place = _RECEIPT.match(lines[1])
    try:
        hashed, at = base64.b64decode(lines[2], validate=True), time_of(lines[3])
    except ValueError:
        raise BadNote("not a receipt") from None
    if place is None or len(hashed) != HASH_BYTES or base64.b64encode(hashed).decode() != lines[2]:
        raise BadNote("not a receipt")
    return Receipt(lines[0], place[1], int(place[2]), hashed, at)


def receipt(unit: Unit, keys: list[PrivateKey], case: str, seq: int) -> Note:
    """A receipt for an entry, in the tree or not. Raises NotFoundError without such an entry."""
    row = unit.one(READ_HASH, case, seq)
    if row is None:
        raise NotFoundError("entry", f"{case}/{seq}")
    said = Receipt(keys[0].name, case, seq, row[0], time_of(row[1]))
    return Note(said.text, tuple(key.sign(said.text) for key in keys))
