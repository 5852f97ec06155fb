"""What a signer keeps outside of the database: the file of its keys, and its memory of what it signed last.

The file of keys has one private key a line and may be read by nobody but its owner (mode 0600). The memory lies
beside it and holds the text of the last checkpoint of each log: whoever signs again must extend it, so a database
that was set back to an older copy stops the signer instead of making it sign two histories. A witness keeps a memory
of the same form.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from workflow.errors import InputError, WorkflowError
from workflow.log.note import (
    LOG,
    SEED_BYTES,
    BadNote,
    Checkpoint,
    PrivateKey,
    PublicKey,
    parse_checkpoint,
    parse_private_key,
    parse_public_key,
)

try:
    import fcntl
except ImportError:  # Windows has no such locks: there, one signer at a time is up to its operator
    fcntl = None  # type: ignore[assignment]

_MAX_FILE = 1_000_000
_OTHERS = 0o077


def read_text(path: Path) -> str:
    """A small file of text. Raises InputError."""
    try:
        with path.open("rb") as stream:
            whole = stream.read(_MAX_FILE + 1)
        if len(whole) > _MAX_FILE:
            raise InputError("too_large", what=str(path), size=len(whole), limit=_MAX_FILE)
        return whole.decode("utf-8")
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InputError("unreadable_file", file=str(path), problem=problem) from None


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a small file whole or not at all, and not before it is on the disk. Raises WorkflowError."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-8"))
                stream.flush()
                os.fchmod(stream.fileno(), mode)
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        raise WorkflowError("unwritable_file", file=str(path), problem=error.strerror or str(error)) from None


def _sync(folder: Path) -> None:
    """A name is on the disk when its folder is; some systems cannot be asked for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone with a file, among those who ask; the lock goes with the process that has it."""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WorkflowError("unwritable_file", file=str(path), problem=error.strerror or str(error)) from None
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class KeyFile:
    """A file of private keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def memory(self) -> Memory:
        """The memory of whoever signs with these keys."""
        return Memory(self.path.with_name(self.path.name + ".memory"))

    def exists(self) -> bool:
        """Is the file there?"""
        return self.path.exists()

    def read(self) -> list[PrivateKey]:
        """Every key, in the order of the file. Raises InputError: unreadable, open to others, or no keys."""
        text = read_text(self.path)
        if os.name == "posix" and self.path.stat().st_mode & _OTHERS:
            raise InputError("key_open", file=str(self.path))
        try:
            found = [parse_private_key(line) for line in text.splitlines() if line]
        except BadNote as error:
            raise InputError("bad_key_file", file=str(self.path), problem=str(error)) from None
        if not found:
            raise InputError("bad_key_file", file=str(self.path), problem="empty")
        return found

    def write(self, keys: Sequence[PrivateKey]) -> None:
        """Keep exactly these."""
        write_text(self.path, "".join(f"{key.secret()}\n" for key in keys), 0o600)


def new_key(name: str, entropy: Callable[[int], bytes], kind: int = LOG) -> PrivateKey:
    """A new key of that name."""
    return PrivateKey(name, kind, entropy(SEED_BYTES))


def read_public(path: Path) -> list[PublicKey]:
    """The public keys of a file that has one a line; of private ones their public half. Raises InputError."""
    found = []
    for line in read_text(path).splitlines():
        if line:
            try:
                secret = line.startswith("PRIVATE+KEY+")
                found.append(parse_private_key(line).public if secret else parse_public_key(line))
            except BadNote as error:
                raise InputError("bad_key_file", file=str(path), problem=str(error)) from None
    if not found:
        raise InputError("bad_key_file", file=str(path), problem="empty")
    return found


class Memory:
    """The last checkpoint of each log that somebody signed, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Checkpoint]:
        """By origin; empty where there is no file. Raises InputError for a file that is something else."""
        if not self.path.exists():
            return {}
        try:
            parts = [parse_checkpoint(part.rstrip("\n") + "\n") for part in read_text(self.path).split("\n\n")]
        except BadNote as error:
            raise InputError("bad_memory", file=str(self.path), problem=str(error)) from None
        return {each.origin: each for each in parts}

    def write(self, known: dict[str, Checkpoint]) -> None:
        """Remember exactly these."""
        write_text(self.path, "\n".join(each.text for each in known.values()), 0o600)
