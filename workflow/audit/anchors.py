"""What a verifier brings along: keys, older checkpoints, a policy about witnesses, receipts, the memory of the signer.

None of it comes from the database, and what it shows is the higher the less the database could have had a hand in it:

    V0  the database alone
    V1  the key of the log, pinned by the verifier
    V2  a checkpoint that the verifier kept
    V3  a checkpoint that the witnesses of the verifier's policy cosigned
    V4  receipts that people who acted kept
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from workflow.audit.keys import Memory, read_public, read_text
from workflow.audit.prove import Receipt, parse_receipt
from workflow.audit.seal import key_file
from workflow.errors import InputError
from workflow.log.note import BadNote, Checkpoint, Note, PublicKey, parse_checkpoint, parse_note
from workflow.log.policy import Policy, parse_policy
from workflow.log.tiles import WIDTH, Tile
from workflow.store.database import Store


@dataclass(frozen=True, slots=True)
class Anchors:
    """Everything that was brought along; nothing of it is needed."""

    keys: tuple[PublicKey, ...] = ()
    checkpoints: tuple[tuple[Note, Checkpoint], ...] = ()
    policy: Policy | None = None
    receipts: tuple[tuple[Note, Receipt], ...] = ()
    memory: Mapping[str, Checkpoint] = field(default_factory=dict)
    tiles: Path | None = None

    @property
    def pinned(self) -> tuple[PublicKey, ...]:
        """The keys of the log that the verifier vouches for."""
        return (*self.keys, *(self.policy.logs if self.policy else ()))

    @property
    def tile(self) -> Callable[[int], bytes] | None:
        """The tiles of level 0 that were kept, by their index; None when none were."""
        return None if self.tiles is None else partial(_tile, self.tiles)

    @classmethod
    def read(
        cls,
        *,
        keys: Iterable[Path] = (),
        checkpoints: Iterable[Path] = (),
        policy: Path | None = None,
        receipts: Iterable[Path] = (),
        memory: Path | None = None,
        tiles: Path | None = None,
    ) -> Anchors:
        """Read them from files. Raises InputError with the file that cannot be used.

        A file of a checkpoint may also be any that ends with one: a proof, or a proof of consistency.
        """
        return cls(
            tuple(key for path in keys for key in read_public(path)),
            tuple(_checkpoint(path) for path in checkpoints),
            _policy(policy) if policy is not None else None,
            tuple(_receipt(path) for path in receipts),
            Memory(memory).read() if memory is not None else {},
            tiles,
        )


def _tile(folder: Path, index: int) -> bytes:
    """A tile of level 0 as it was kept: the full one, or the widest part; nothing when there is none."""
    whole = folder / Tile(0, index, WIDTH).path
    parts = whole.with_name(whole.name + ".p")
    widths = [each for each in parts.glob("*") if each.name.isdigit()] if parts.is_dir() else []
    found = whole if whole.is_file() else max(widths, key=lambda each: int(each.name), default=None)
    try:
        return b"" if found is None else found.read_bytes()
    except OSError:
        return b""


def _checkpoint(path: Path) -> tuple[Note, Checkpoint]:
    text = read_text(path)
    if text.startswith(("c2sp.org/tlog-proof", "old ")):
        text = text.partition("\n\n")[2]
    try:
        note = parse_note(text)
        return note, parse_checkpoint(note.text)
    except BadNote as error:
        raise InputError("bad_checkpoint", file=str(path), problem=str(error)) from None


def _receipt(path: Path) -> tuple[Note, Receipt]:
    try:
        note = parse_note(read_text(path))
        return note, parse_receipt(note.text)
    except BadNote as error:
        raise InputError("bad_receipt", file=str(path), problem=str(error)) from None


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(read_text(path))
    except BadNote as error:
        raise InputError("bad_policy", file=str(path), problem=str(error)) from None


def read_anchors(store: Store, *, memory: Path | None, **files: Any) -> Anchors:
    """What files hold, and the memory of the signer that lies beside the store's key, where it is there."""
    beside = None if store.path is None else key_file(store, None).memory.path
    if memory is None and beside is not None and beside.exists():
        memory = beside
    return Anchors.read(memory=memory, **files)
