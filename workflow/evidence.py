"""What an engine gives to those who check it: the sealed tree, proofs, receipts, erasures, reports of a check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workflow.errors import InputError
from workflow.later import later
from workflow.rules.case import Actor
from workflow.workshop import Workshop, logger

_seal = later("workflow.audit.seal", "seal")
_sealer = later("workflow.audit.seal", "Sealer")
_key_file = later("workflow.audit.seal", "key_file")
_prove = later("workflow.audit.prove", "prove")
_extend = later("workflow.audit.prove", "extend")
_receipt = later("workflow.audit.prove", "receipt")
_write_tiles = later("workflow.audit.prove", "write_tiles")
_verify = later("workflow.audit.verify", "verify")

Progress = Callable[[int, int], None]
KeyPath = str | Path | None


class Evidence(Workshop):
    """The part of an engine that is there for auditors. Key files lie beside the store's unless they are named."""

    def seal(self, key: KeyPath = None, *, by: Actor | None = None) -> Any:
        """Put the entries that wait into the tree and sign it: a `workflow.audit.seal.Sealed`.

        Safe to run again, and on several machines. Raises ConflictError when another one is sealing, IntegrityError
        when the store is not what was signed before, InputError when the key file cannot be used.
        """
        self._alone()
        sealed = _seal(self.store, self._office, key or self._seal, *([by] if by else []))
        self._see(sealed.checkpoint)
        return sealed

    def add_key(self, key: KeyPath = None, *, by: Actor | None = None) -> Any:
        """Add a key to the key file; it signs beside the others from the next checkpoint on. The public key."""
        self._alone()
        return self._sealer(key, by).add()

    def retire_key(self, name: str, key: KeyPath = None, *, by: Actor | None = None) -> Any:
        """Let a key, named by its id, sign no more. Raises NotFoundError, or InputError when it is the last one."""
        self._alone()
        return self._sealer(key, by).retire(name)

    def keys(self, key: KeyPath = None) -> list[Any]:
        """The public keys that sign, as one-line texts when they are made into `str`."""
        self._alone()
        return [each.public for each in self._sealer(key, None).ready()]

    def prove(self, case_id: str, seq: int) -> Any:
        """That an entry is in the tree of the last checkpoint: `str` gives a tlog-proof file."""
        with self.store.reading() as unit:
            return _prove(unit, case_id, seq)

    def extends(self, old_size: int) -> Any:
        """That the last checkpoint extends the tree of `old_size` leaves: `str` gives a file for a witness."""
        with self.store.reading() as unit:
            return _extend(unit, old_size)

    def receipt(self, case_id: str, seq: int, key: KeyPath = None) -> Any:
        """A signed note for whoever acted, to hold against the log later. Raises NotFoundError."""
        keys = self._sealer(key, None).ready()
        with self.store.reading() as unit:
            return _receipt(unit, keys, case_id, seq)

    def write_tiles(self, folder: str | Path, progress: Progress | None = None) -> int:
        """Write the whole log as tlog-tiles, for other people's tools; how many leaves."""
        size: int = _write_tiles(self.store, Path(folder), progress)
        return size

    def verify(self, progress: Progress | None = None) -> Any:
        """Check everything: a `workflow.audit.verify.Report` whose `problems` is empty when all is well."""
        return _verify(self.store, progress)

    def _sealer(self, key: KeyPath, by: Actor | None) -> Any:
        return _sealer(self.store, self._office, _key_file(self.store, key or self._seal), *([by] if by else []))

    def _alone(self) -> None:
        """What is signed must be committed, so none of this runs inside a transaction of the host's."""
        if self._guest.get() is not None:
            raise InputError("not_nested")

    def _committed(self) -> None:
        """After a commit: seal at once, where the engine was opened so. What fails is tried again with the next."""
        if self._seal is None:
            return
        try:
            self.seal()
        except Exception:
            logger.exception("seal_failed")
