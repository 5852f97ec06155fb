"""What an engine gives to those who check it: the sealed tree, proofs, receipts, erasures, reports of a check."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow.casework import Casework
from workflow.errors import InputError
from workflow.later import later
from workflow.log.entry import STREAMS
from workflow.office import MAX_REASON, UNNAMED, checked_actor, checked_text
from workflow.rules.case import Actor
from workflow.store import statements as sql
from workflow.workshop import Workshop, logger

_seal = later("workflow.audit.seal", "seal")
_sealer = later("workflow.audit.seal", "Sealer")
_key_file = later("workflow.audit.seal", "key_file")
_prove = later("workflow.audit.prove", "prove")
_extend = later("workflow.audit.prove", "extend")
_receipt = later("workflow.audit.prove", "receipt")
_write_tiles = later("workflow.audit.prove", "write_tiles")
_verify = later("workflow.audit.verify", "verify")
_erase = later("workflow.audit.erase", "erase")
_bundle = later("workflow.audit.bundle", "make_bundle")
_keep_cosignatures = later("workflow.audit.witness", "keep_cosignatures")

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

    def sealed(self) -> bool:
        """Was the log ever signed?"""
        with self.store.reading() as unit:
            return unit.one(sql.READ_CHECKPOINT) is not None

    def recover(self, checkpoint: str, *, reason: str, by: Actor, key: KeyPath = None) -> Any:
        """Let the tree go on under another name, with a new key, after an older copy of the store was put back.

        `checkpoint` is the last signed note there is of the old name. Raises InputError when the store still extends
        it: then nothing was lost and nothing is to be recovered.
        """
        self._alone()
        why = checked_text(reason)
        if not why:
            raise InputError("bad_reason", max=MAX_REASON)
        sealed = self._sealer(key, checked_actor(by)).recover(checkpoint, why)
        self._see(sealed.checkpoint)
        return sealed

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

    def bundle(
        self,
        cases: Iterable[str],
        output: str | Path,
        key: KeyPath = None,
        *,
        by: Actor | None = None,
        stamps: Iterable[Path] = (),
    ) -> int:
        """Write all evidence about cases into one zip file that can be checked offline; how many entries it has.

        The log is sealed for it. Raises NotFoundError for a case that is not there, and what `seal` raises.
        """
        self._alone()
        sealer = self._sealer(key, by)
        count: int = _bundle(self.store, self._office, sealer, cases, Path(output), by or UNNAMED, stamps)
        return count

    def verify(self, progress: Progress | None = None, *, anchors: Any = None, processes: int = 1) -> Any:
        """Check everything: a `workflow.audit.verify.Report` whose `problems` is empty when all is well.

        `anchors`, a `workflow.audit.anchors.Anchors`, is what the verifier brings along: keys, older checkpoints, a
        policy about witnesses, receipts, the memory of the signer. With more than one of `processes` a large SQLite
        file is read by as many; they are spawned, so the program's main module must be one that can be imported.
        """
        return _verify(self.store, progress, anchors, processes=processes)

    def note_export(self, said: Mapping[str, Any], count: int, *, by: Actor | None = None) -> datetime:
        """Record that entries left the store: `said` tells what, `count` how many. Gives the time of the entry."""

        def work(casework: Casework) -> datetime | None:
            body = json.dumps({**said, "count": count}, ensure_ascii=False, separators=(",", ":")).encode()
            form = str(said.get("format", ""))
            who = checked_actor(by) if by else UNNAMED
            self._office.append_to(casework.unit, "store", "exported", who, {"data": body}, format=form, count=count)
            return casework.unit.head(STREAMS["store"])[2]

        at = self._do(work)
        assert at is not None
        return at

    def erase(
        self,
        case_id: str,
        seq: int,
        *,
        by: Actor,
        reason: str,
        payloads: Collection[str] = (),
        basis: str | None = None,
        approved: str | None = None,
    ) -> list[str]:
        """Destroy what was written with an entry: its payloads `data` and `reason`, or those named; which they were.

        The values go from the case as well. An entry of the stream `store` says what was destroyed, why, on which
        legal `basis` and who `approved` it. Raises NotFoundError, or InputError when nothing is left.
        """
        by = checked_actor(by)
        why = checked_text(reason)
        if not why:
            raise InputError("bad_reason", max=MAX_REASON)
        for text in (basis, approved):
            checked_text(text)

        def work(casework: Casework) -> list[str]:
            found: list[str] = _erase(
                casework.unit,
                self._office,
                case_id,
                seq,
                casework.known(by, self._office.now()),
                why,
                payloads=payloads,
                basis=basis,
                approved=approved,
            )
            return found

        return self._do(work)

    def keep_cosignatures(self, note: str) -> int:
        """Keep what witnesses put under a checkpoint of this log; how many lines are new. Raises InputError."""
        with self.store.writing() as unit:
            kept: int = _keep_cosignatures(unit, note)
        return kept

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
