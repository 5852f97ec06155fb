"""Proofs as files: C2SP tlog-proof, which holds that a leaf is in a tree and the signed checkpoint of that tree.

    c2sp.org/tlog-proof@v1
    index INDEX
    BASE64 of each hash, from the leaf's sibling up

    the checkpoint

A proof of consistency has the form in which witnesses are asked: `old SIZE`, the hashes, a blank line, the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from workflow.log.merkle import HASH_BYTES
from workflow.log.note import BadNote, Checkpoint, Note, parse_checkpoint, parse_note

HEAD = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
_EXTRA = "extra "
_NUMBER = re.compile(r"(index|old) (0|[1-9][0-9]{0,18})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf is at `index` of the tree of a checkpoint. `extra` is not authenticated by anything."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log says of the tree. Raises BadNote when the note is no checkpoint."""
        return parse_checkpoint(self.note.text)

    def __str__(self) -> str:
        extra = [] if self.extra is None else [_EXTRA + base64.b64encode(self.extra).decode()]
        return _text([HEAD, *extra, f"index {self.index}"], self.hashes, self.note)


@dataclass(frozen=True, slots=True)
class Extension:
    """That the tree of a checkpoint extends one of `old` leaves."""

    old: int
    hashes: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log says of the tree. Raises BadNote when the note is no checkpoint."""
        return parse_checkpoint(self.note.text)

    def __str__(self) -> str:
        return _text([f"old {self.old}"], self.hashes, self.note)


def parse_proof(text: str) -> Proof:
    """Read a proof, strictly. Raises BadNote."""
    head, rest = _line(text)
    if head != HEAD:
        raise BadNote(f"the first line is not {HEAD}")
    extra = None
    if rest.startswith(_EXTRA):
        line, rest = _line(rest)
        extra = _bytes(line.removeprefix(_EXTRA))
    index, hashes, note = _parts(rest, "index")
    return Proof(index, hashes, note, extra)


def parse_extension(text: str) -> Extension:
    """Read a proof of consistency, strictly. Raises BadNote."""
    return Extension(*_parts(text, "old"))


def _parts(text: str, word: str) -> tuple[int, tuple[bytes, ...], Note]:
    line, rest = _line(text)
    found = _NUMBER.match(line)
    if found is None or found[1] != word:
        raise BadNote(f"no line with `{word}` and a number")
    hashes: list[bytes] = []
    while True:
        line, rest = _line(rest)
        if not line:
            break
        if len(hashes) == MAX_HASHES:
            raise BadNote(f"more than {MAX_HASHES} hashes")
        hashes.append(_bytes(line))
        if len(hashes[-1]) != HASH_BYTES:
            raise BadNote(f"a hash that is not {HASH_BYTES} bytes")
    note = parse_note(rest)
    parse_checkpoint(note.text)
    return int(found[2]), tuple(hashes), note


def _line(text: str) -> tuple[str, str]:
    line, newline, rest = text.partition("\n")
    if not newline:
        raise BadNote("cut short")
    return line, rest


def _bytes(text: str) -> bytes:
    try:
        whole = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    if base64.b64encode(whole).decode() != text:
        raise BadNote("not base64 in its canonical form")
    return whole


def _text(lines: list[str], hashes: tuple[bytes, ...], note: Note) -> str:
    encoded = [base64.b64encode(each).decode() for each in hashes]
    return "".join(f"{line}\n" for line in [*lines, *encoded, ""]) + str(note)
