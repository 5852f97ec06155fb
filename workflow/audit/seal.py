"""The sequencer and the signer: entries that wait get their places in the tree, and the tree gets a signed checkpoint.

One at a time adds leaves, under a lease whose fence every batch checks in its own transaction. A batch is one
transaction: places, tiles, and the entries wait no longer; whoever is killed at any moment leaves a whole tree. It is
committed before anything is signed. The signer reads the tree, holds it against its memory outside of the database,
signs, remembers, and only then shows the checkpoint. Signing once more gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from workflow.audit.keys import KeyFile, locked, new_key
from workflow.errors import InputError, IntegrityError, NotFoundError, Problem
from workflow.log.entry import STREAMS, leaf_hash
from workflow.log.note import BadNote, Checkpoint, PrivateKey, PublicKey, parse_checkpoint, parse_note, signed
from workflow.log.tiles import Growth, Tree
from workflow.office import UNNAMED, Office
from workflow.rules.case import Actor
from workflow.store.database import Store
from workflow.store.leaves import Lease, Leaves, Waiting
from workflow.store.unit import Unit

BATCH = 4096
LEASE = timedelta(seconds=60)
_WORK = "seal"
_RECORDS = (
    "SELECT leaf FROM workflow_entry WHERE case_id = ? AND kind IN ('key_added', 'key_retired', 'log_recovered') "
    "ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The tree after sealing: how many leaves, its root (32 bytes), and the signed note."""

    size: int
    root: bytes
    checkpoint: str

    def as_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return {"size": self.size, "root": self.root.hex(), "checkpoint": self.checkpoint}


class Records(NamedTuple):
    """What the stream of the store says of its own signing: keys by their text, and the origin of the tree."""

    added: dict[str, int]
    retired: dict[str, int]
    origin: str
    before: tuple[str, ...] = ()


def records(unit: Unit, origin: str) -> Records:
    """Read them. `origin` is the name of the log, under which its tree begins."""
    found = Records({}, {}, origin)
    for (leaf,) in unit.all(_RECORDS, STREAMS["store"]):
        said = orjson.loads(leaf)
        if said["kind"] == "log_recovered":
            found = found._replace(origin=said["subject"], before=(*found.before, found.origin))
        else:
            (found.added if said["kind"] == "key_added" else found.retired)[said["subject"]] = said["size"]
    return found


class Sealer:
    """Seals one store with the keys of one file. Of two that run at once one waits, or gives up."""

    def __init__(self, store: Store, office: Office, keys: KeyFile, by: Actor = UNNAMED) -> None:
        self._store = store
        self._office = office
        self._keys = keys
        self._by = by
        self._holder = office.entropy(8).hex()

    def seal(self) -> Sealed:
        """Place what waits, and sign the tree.

        Raises InputError when the keys cannot be used, ConflictError when another one is at it, IntegrityError when an
        entry is not the one that was written or the tree does not extend what was signed before.
        """
        keys = self.ready()
        self._drain()
        return self._sign(keys)

    def ready(self) -> list[PrivateKey]:
        """The keys that sign, each recorded in the log; the first of a log is made."""
        with self._store.reading() as unit:
            known = records(unit, self._office.origin)
        if not self._keys.exists():
            if known.added:
                raise InputError("key_missing", file=str(self._keys.path))
            with locked(self._keys.path):
                if not self._keys.exists():
                    self._keys.write([new_key(known.origin, self._office.entropy)])
        keys = [key for key in self._keys.read() if str(key.public) not in known.retired]
        # After a recovery the keys of the name before are still in the file, and sign no more.
        earlier = {name for name in (key.name for key in keys) if name in known.before}
        keys = [key for key in keys if key.name not in earlier]
        strangers = [key for key in keys if key.name != known.origin]
        if strangers or not keys:
            name = strangers[0].name if strangers else "-"
            raise InputError("key_of_other_log", file=str(self._keys.path), found=name, name=known.origin)
        self._record(key for key in map(_text, keys) if key not in known.added)
        return keys

    def add(self) -> PublicKey:
        """Add a key to the file; from the next checkpoint on it signs as well."""
        keys = self.ready()
        with locked(self._keys.path):
            found = self._keys.read()
            made = new_key(keys[0].name, self._office.entropy)
            self._keys.write([*found, made])
        self.ready()
        return made.public

    def retire(self, digits: str) -> PublicKey:
        """Let a key, named by its id of eight digits, sign no more.

        Raises NotFoundError, or InputError for the last one.
        """
        keys = self.ready()
        chosen = [key for key in keys if key.public.id.hex() == digits]
        if not chosen:
            raise NotFoundError("key", digits, [key.public.id.hex() for key in keys])
        if len(keys) == 1:
            raise InputError("last_key", name=digits)
        gone = chosen[0].public
        with self._store.writing() as unit:
            note = Leaves(unit).last_checkpoint()
            size = 0 if note is None else parse_checkpoint(parse_note(note).text).size
            self._office.append_to(unit, "store", "key_retired", self._by, subject=str(gone), size=size)
        with locked(self._keys.path):
            self._keys.write([key for key in self._keys.read() if key.public != gone])
        return gone

    def recover(self, text: str, reason: str) -> Sealed:
        """Go on under another name, with a key of that name; the entry names the last checkpoint of the old one."""
        try:
            note = parse_note(text)
            last = parse_checkpoint(note.text)
        except BadNote as error:
            raise InputError("bad_checkpoint", file="-", problem=str(error)) from None
        with self._store.reading() as unit:
            known, tree = records(unit, self._office.origin), Leaves(unit).tree()
            signed_by = note.signed_by([key.public for key in self._keys.read()])
            if last.origin != known.origin or not signed_by:
                raise InputError("bad_checkpoint", file="-", problem=f"not signed by the keys of {known.origin}")
            if last.size <= tree.size and tree.root(last.size) == last.root:
                raise InputError("nothing_lost", size=last.size)
        name = f"{self._office.origin}/{len(known.before) + 2}"
        with locked(self._keys.path):
            self._keys.write([*self._keys.read(), new_key(name, self._office.entropy)])
        with self._store.writing() as unit:
            said = {"subject": name, "size": last.size, "root": last.root.hex()}
            self._office.append_to(unit, "store", "log_recovered", self._by, {"reason": orjson.dumps(reason)}, **said)
        return self.seal()

    def _record(self, missing: Any) -> None:
        missing = list(missing)
        if not missing:
            return
        with self._store.writing() as unit:
            known, size = records(unit, self._office.origin), Leaves(unit).size()
            for key in missing:
                if key not in known.added:
                    self._office.append_to(unit, "store", "key_added", self._by, subject=key, size=size)

    def _drain(self) -> None:
        with self._store.reading() as unit:
            if not Leaves(unit).waiting(1):
                return
        lease: Lease | None = None
        while True:
            now = self._office.now()
            with self._store.writing() as unit:
                if lease is None:
                    lease = Lease.take(unit, _WORK, self._holder, now, now + LEASE)
                taken = self._batch(Leaves(unit))
                lease.keep(unit, None if len(taken) < BATCH else now + LEASE)
            if len(taken) < BATCH:
                return

    def _batch(self, leaves: Leaves) -> list[Waiting]:
        taken = leaves.waiting(BATCH)
        for each in taken:
            # A tree over what was changed since would make the change look genuine.
            if not isinstance(each.leaf, bytes) or leaf_hash(each.leaf) != each.hash:
                raise IntegrityError([Problem("hash", {}, each.case, each.seq)])
        size = leaves.size()
        growth = Growth(size, leaves.tile)
        for each in taken:
            growth.append(each.hash)
        leaves.place(size, taken)
        leaves.write(growth.changed())
        return taken

    def _sign(self, keys: list[PrivateKey]) -> Sealed:
        memory = self._keys.memory
        with locked(memory.path):
            known = memory.read()
            with self._store.reading() as unit:
                leaves = Leaves(unit)
                tree = leaves.tree()
                found = Checkpoint(keys[0].name, tree.size, tree.root())
                extends(tree, known.get(found.origin) or _last(leaves, keys))
            note = str(signed(found, keys))
            if known.get(found.origin) != found:
                memory.write({**known, found.origin: found})
            with self._store.reading() as unit:
                kept = Leaves(unit).checkpoint(found.size)
            if kept != note:
                with self._store.writing() as unit:
                    Leaves(unit).keep_checkpoint(found.size, note)
        return Sealed(found.size, found.root, note)


def _text(key: PrivateKey) -> str:
    return str(key.public)


def _last(leaves: Leaves, keys: list[PrivateKey]) -> Checkpoint | None:
    """Without a memory: the last checkpoint of the store, when one of the keys signed it."""
    note = leaves.last_checkpoint()
    try:
        if note is not None and (read := parse_note(note)).signed_by(key.public for key in keys):
            return parse_checkpoint(read.text)
    except BadNote as error:
        raise IntegrityError([Problem("checkpoint", {"problem": str(error)})]) from None
    return None


def extends(tree: Tree, before: Checkpoint | None) -> None:
    """Raise IntegrityError unless the tree extends what was signed before."""
    if before is None:
        return
    if before.size > tree.size:
        raise IntegrityError([Problem("memory_ahead", {"found": tree.size, "expected": before.size})])
    try:
        root = tree.root(before.size)
    except ValueError as error:
        raise IntegrityError([Problem("tile", {"problem": str(error)})]) from None
    if root != before.root:
        raise IntegrityError([Problem("memory_other", {"size": before.size})])


def key_file(store: Store, path: str | Path | None) -> KeyFile:
    """The file of keys: the one named, else beside the file of the store. Raises InputError where there is none."""
    if path is not None:
        return KeyFile(Path(path))
    if store.path is None:
        raise InputError("key_needed", store=store.name)
    return KeyFile(store.path.with_name(store.path.name + ".key"))


def seal(store: Store, office: Office, path: str | Path | None, by: Actor = UNNAMED) -> Sealed:
    """Place what waits and sign the tree, with the keys of a file."""
    return Sealer(store, office, key_file(store, path), by).seal()
