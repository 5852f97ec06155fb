"""Signed notes, checkpoints and the keys that sign them: C2SP signed-note, tlog-checkpoint, tlog-cosignature.

A note is a text that ends with a newline, a blank line, and one line for each signature:

    — NAME BASE64(4 bytes of key id || signature)

A checkpoint is a note whose text has three lines: the origin (which log), the size of its tree, its root in base64.
Two kinds of signatures are known: Ed25519 over the text (0x01, the log's own), and Ed25519 over the text with a time
before it (0x04, a witness's cosignature). A key is handed on as one line, `NAME+ID+BASE64(kind || public key)`, the
private one as `PRIVATE+KEY+NAME+ID+BASE64(kind || seed)`; both are the forms of Go's sumdb/note.

Ed25519 gives the same signature for the same text, so that signing again after a crash gives the same bytes. This is
the one door of `cryptography`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from workflow.log.merkle import HASH_BYTES

LOG = 0x01
WITNESS = 0x04
SEED_BYTES = 32
MAX_NOTE = 100_000
MAX_SIGNATURES = 64

_DASH = "— "
_PRIVATE = "PRIVATE+KEY+"
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}\Z")
_TIME_BYTES = 8


class BadNote(ValueError):
    """Text that is not a note, a checkpoint or a key, or a signature that does not fit; the text says what is wrong."""


class Signature(NamedTuple):
    """One line under a note."""

    name: str
    id: bytes
    body: bytes

    @property
    def line(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {_base64(self.id + self.body)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(each.line for each in self.signatures)

    def signed_by(self, keys: Iterable[PublicKey]) -> list[PublicKey]:
        """Which of the keys signed. Raises BadNote when a signature that names one of them does not fit."""
        found = []
        for key in keys:
            lines = [each for each in self.signatures if (each.name, each.id) == (key.name, key.id)]
            if not lines:
                continue
            if not all(key.verifies(self.text, each.body) for each in lines):
                raise BadNote(f"the signature of {key.name} does not fit")
            found.append(key)
        return found

    def time_by(self, witness: PublicKey) -> int | None:
        """When a witness cosigned, in seconds since 1970; None when it did not. Look at `signed_by` first."""
        for each in self.signatures:
            if (each.name, each.id) == (witness.name, witness.id) and len(each.body) >= _TIME_BYTES:
                return int.from_bytes(each.body[:_TIME_BYTES])
        return None


def parse_note(text: str | bytes) -> Note:
    """Read a note, strictly: whatever is read is written again with the same bytes. Raises BadNote."""
    if len(text) > MAX_NOTE:
        raise BadNote(f"longer than {MAX_NOTE}")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise BadNote("not UTF-8") from None
    if any(each < " " and each != "\n" for each in text):
        raise BadNote("a control character")
    head, blank, tail = text.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise BadNote("no signatures, or no newline at the end")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"more than {MAX_SIGNATURES} signatures")
    return Note(head + "\n", tuple(map(_signature, lines)))


def _signature(line: str) -> Signature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2 or not _is_name(parts[0]):
        raise BadNote("not a signature line")
    whole = _unbase64(parts[1])
    if len(whole) < 5:
        raise BadNote("a signature that is too short")
    return Signature(parts[0], whole[:4], whole[4:])


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify by: its name, the kind of its signatures (0x01 or 0x04) and 32 bytes of Ed25519."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that signatures name the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    def verifies(self, text: str, body: bytes) -> bool:
        """Is this the key's signature under the text?"""
        message = text.encode()
        if self.kind == WITNESS:
            if len(body) < _TIME_BYTES or body[0] > 0x7F:
                return False
            message, body = _timed(int.from_bytes(body[:_TIME_BYTES]), message), body[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(body, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A key to sign with. Its text is a secret; a `repr` does not show it."""

    name: str
    kind: int
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.name, self.kind, self._key().public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"PrivateKey({self.public})"

    def secret(self) -> str:
        """The whole key as one line, as its file holds it."""
        return f"{_PRIVATE}{self.name}+{self.public.id.hex()}+{_base64(bytes([self.kind]) + self.seed)}"

    def sign(self, text: str, at: int | None = None) -> Signature:
        """The signature under a text that ends with a newline; `at` is the time of a cosignature, in whole seconds."""
        message, stamp = text.encode(), b""
        if self.kind == WITNESS:
            if at is None or not 0 <= at < 2**63:
                raise BadNote("a cosignature needs a time")
            message, stamp = _timed(at, message), at.to_bytes(_TIME_BYTES)
        return Signature(self.name, self.public.id, stamp + self._key().sign(message))

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def _timed(at: int, message: bytes) -> bytes:
    return b"cosignature/v1\ntime %d\n" % at + message


def parse_public_key(text: str) -> PublicKey:
    """Read a key from its one line. Raises BadNote, also when its id is not that of its bytes."""
    name, digits, encoded = _key_parts(text)
    whole = _unbase64(encoded)
    if len(whole) != 33 or whole[0] not in (LOG, WITNESS):
        raise BadNote("not an Ed25519 key of a log or a witness")
    key = PublicKey(name, whole[0], whole[1:])
    if key.id.hex() != digits:
        raise BadNote("the id does not fit the key")
    return key


def parse_private_key(text: str) -> PrivateKey:
    """Read a private key from its one line. Raises BadNote, which never shows the text."""
    if not text.startswith(_PRIVATE):
        raise BadNote("not a private key")
    name, digits, encoded = _key_parts(text.removeprefix(_PRIVATE))
    whole = _unbase64(encoded)
    if len(whole) != 1 + SEED_BYTES or whole[0] not in (LOG, WITNESS):
        raise BadNote("not an Ed25519 key of a log or a witness")
    key = PrivateKey(name, whole[0], whole[1:])
    if key.public.id.hex() != digits:
        raise BadNote("the id does not fit the key")
    return key


def _key_parts(text: str) -> tuple[str, str, str]:
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    if not _is_name(name) or not _ID.match(digits):
        raise BadNote("not a key: it reads NAME+ID+BASE64")
    return name, digits, encoded


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of its tree: which log, how many leaves, which root. `more` holds lines of others' logs."""

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), _base64(self.root), *self.more))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint, strictly. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise BadNote("not a checkpoint: it has three lines or more, and no empty one")
    origin, size, encoded, *more = lines
    if not _DECIMAL.match(size):
        raise BadNote("the size is not a number")
    whole = _unbase64(encoded)
    if len(whole) != HASH_BYTES:
        raise BadNote(f"the root is not {HASH_BYTES} bytes")
    return Checkpoint(origin, int(size), whole, tuple(more))


def signed(checkpoint: Checkpoint, keys: Sequence[PrivateKey]) -> Note:
    """The checkpoint as a note under which every key stands, in the order of the keys."""
    return Note(checkpoint.text, tuple(key.sign(checkpoint.text) for key in keys))


def _is_name(text: str) -> bool:
    return bool(text) and "+" not in text and text.isprintable() and not any(map(str.isspace, text))


def _base64(whole: bytes) -> str:
    return base64.b64encode(whole).decode()


def _unbase64(text: str) -> bytes:
    """Bytes from base64 in its one canonical form. Raises BadNote."""
    try:
        whole = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    if _base64(whole) != text:
        raise BadNote("not base64 in its canonical form")
    return whole
