"""The checkpoints: signed by keys that the log knew, by one that the verifier trusts, and of this very tree?"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from workflow.audit.anchors import Anchors
from workflow.audit.report import Findings, shown
from workflow.audit.tree import Mark, Rebuilt, too_early
from workflow.errors import StoreError
from workflow.log.entry import time_text
from workflow.log.note import LOG, BadNote, Checkpoint, Note, PublicKey, Signature, parse_checkpoint, parse_note
from workflow.log.note import parse_public_key as parse_key
from workflow.store.pages import pages
from workflow.store.unit import Unit

_CHECKPOINTS = "SELECT size, note FROM workflow_checkpoint"
_COSIGNATURES = "SELECT witness, line FROM workflow_cosignature WHERE size = ?"
_STRAY = "SELECT size, witness FROM workflow_cosignature WHERE size NOT IN (SELECT size FROM workflow_checkpoint)"


class Record:
    """A key as the log knows it: from which place in the tree on, and up to which size it may sign."""

    def __init__(self, key: PublicKey, index: int | None) -> None:
        self.key = key
        self.index = index
        self.until: int | None = None

    def valid(self, size: int) -> bool:
        """May the key sign the tree of that size?"""
        return self.index is not None and self.index < size and (self.until is None or size <= self.until)


class Signing:
    """What the stream of the store says of keys and origins, and the checkpoints that are held against it."""

    def __init__(self, unit: Unit, origin: str, anchors: Anchors, findings: Findings) -> None:
        self._unit = unit
        self._findings = findings
        self._anchors = anchors
        self._keys: dict[str, Record] = {}
        self._origins: list[tuple[int, str]] = [(-1, origin)]
        self._trusted: set[PublicKey] = set(anchors.pinned)
        self._rebuilt: Rebuilt | None = None
        self._last = 0
        self._last_newest = b""
        self._broken = False
        self.blamed = False
        # Sizes: signed by a key of the log, by one that the verifier trusts, cosigned as the policy wants.
        self.signed = 0
        self.vouched = 0
        self.witnessed = 0

    def of(self, leaf: Mapping[str, Any], index: Any) -> None:
        """Take an entry of the stream of the store."""
        place = index if isinstance(index, int) else None
        kind = leaf["kind"]
        if kind == "log_recovered" and place is not None:
            self._origins.append((place, leaf["subject"]))
        if kind not in ("key_added", "key_retired"):
            return
        try:
            key = parse_key(leaf["subject"])
        except BadNote as error:
            self._add("key", leaf, problem=str(error))
            return
        known = self._keys.get(leaf["subject"])
        if kind == "key_added":
            if known is None and key.kind == LOG:
                self._keys[leaf["subject"]] = Record(key, place)
        elif known is not None and known.until is None:
            known.until = leaf["size"]

    @property
    def keys(self) -> list[PublicKey]:
        """Every key that the log knows."""
        return [each.key for each in self._keys.values()]

    def origins(self) -> set[str]:
        """Every name under which the tree was signed."""
        return {name for _, name in self._origins}

    def _origin(self, size: int) -> str:
        return [name for place, name in self._origins if place < size][-1]

    def check(self, rebuilt: Rebuilt) -> None:
        """Build the tree and hold every checkpoint against it."""
        self._rebuilt = rebuilt
        size = rebuilt.size
        rebuilt.run(heapq.merge(self._stored(), self._brought(size), key=_first))
        policy = self._anchors.policy
        if policy is not None and policy.quorum != "none" and not self.witnessed:
            self._findings.add("witness_missing")
        if not self._anchors.pinned:
            return
        if not self.signed and not self.vouched:
            self._findings.add("checkpoint_missing")
        elif self.vouched < self.signed:
            self._findings.add("checkpoint_key", size=str(self.signed))

    def _stored(self) -> Iterator[tuple[int, Mark]]:
        try:
            for rows in pages(self._unit, _CHECKPOINTS, ("size",)):
                for size, text in rows:
                    if type(size) is not int or size < 1 or size > self._size:
                        self._findings.add("checkpoint", size=shown(size), problem="size")
                        continue
                    yield size, self._mark(size, text)
            for size, witness in self._unit.raw(_STRAY):
                self._findings.add("cosignature_stray", size=shown(size), witness=shown(witness, quoted=False))
        except StoreError as error:
            self._findings.trouble(error)

    @property
    def _size(self) -> int:
        assert self._rebuilt is not None
        return self._rebuilt.size

    def _mark(self, size: int, text: Any) -> Mark:
        def mark(_: int, root: bytes) -> None:
            found = self._read(size, text)
            if found is None:
                return
            note, said = found
            self._compare(said, root)
            self._vouch(note, size)
            self._witness(size, note)

        return mark

    def _read(self, size: int, text: Any) -> tuple[Note, Checkpoint] | None:
        """A stored note, when it is what the log wrote: of this size and origin, under keys that it knew then."""
        try:
            if not isinstance(text, str):
                raise BadNote(f"stored as {type(text).__name__}")
            note = parse_note(text)
            said = parse_checkpoint(note.text)
            valid = [each.key for each in self._keys.values() if each.valid(size)]
            if said.size != size or said.origin != self._origin(size) or said.more:
                raise BadNote("of another size or another log")
            names = {(key.name, key.id) for key in valid}
            if len(note.signed_by(valid)) != len(note.signatures) or not note.signatures:
                strangers = [each.name for each in note.signatures if (each.name, each.id) not in names]
                raise BadNote(f"signed by a key that the log did not have then: {', '.join(strangers)}")
        except BadNote as error:
            self._findings.add("checkpoint", size=str(size), problem=shown(str(error), quoted=False))
            return None
        self.signed = max(self.signed, size)
        return note, said

    def _compare(self, said: Checkpoint, root: bytes) -> None:
        rebuilt = self._rebuilt
        assert rebuilt is not None
        size = said.size
        if said.root != root:
            rebuilt.forgive(size, said.root)
        if not self._broken and not rebuilt.holes:
            if said.root != root:
                self._broken = True
                self.blamed = rebuilt.blame(size, said.root)
                if not self.blamed:
                    self._findings.add("checkpoint_root", size=str(size), after=str(self._last))
            elif self._last_newest:
                rebuilt.window(self._last, size, self._last_newest)
        rebuilt.oldest = b"~"
        self._last, self._last_newest = size, rebuilt.newest

    def _vouch(self, note: Note, size: int) -> None:
        """Trust goes from a key to those that were added in a tree which it signed."""
        signers = set(note.signed_by(self._trusted))
        if signers:
            self.vouched = max(self.vouched, size)
            self._trusted |= {each.key for each in self._keys.values() if each.valid(size)}

    def _witness(self, size: int, note: Note) -> None:
        policy = self._anchors.policy
        lines = self._unit.raw(_COSIGNATURES, size)
        if not lines:
            return
        more: list[Signature] = []
        for witness, line in lines:
            try:
                if not isinstance(line, str):
                    raise BadNote(f"stored as {type(line).__name__}")
                found = parse_note(note.text + "\n" + line).signatures
                if [f"{each.name}+{each.id.hex()}" for each in found] != [witness]:
                    raise BadNote("filed under another witness")
                more += found
            except BadNote as error:
                self._findings.add("cosignature", size=str(size), problem=shown(str(error), quoted=False))
        if policy is not None:
            self._count(Note(note.text, (*note.signatures, *more)), size)

    def _count(self, note: Note, size: int) -> None:
        """A checkpoint that the quorum cosigned bounds the times on both sides."""
        policy, rebuilt = self._anchors.policy, self._rebuilt
        assert policy is not None and rebuilt is not None
        try:
            if policy.quorum == "none" or not policy.witnessed(note):
                return
            latest = policy.times(note)[-1]
        except BadNote as error:
            self._findings.add("cosignature", size=str(size), problem=shown(str(error), quoted=False))
            return
        self.witnessed = max(self.witnessed, size)
        seen = time_text(datetime.fromtimestamp(min(latest, 253402300799), UTC)).encode()
        if size <= rebuilt.size:
            if too_early(seen, rebuilt.newest):
                names = {"found": rebuilt.newest.decode(), "expected": seen.decode()}
                self._findings.add("ahead_of_witness", *rebuilt.entry(rebuilt.newest_index), **names)
            rebuilt.floor = max(rebuilt.floor, seen)

    def _brought(self, size: int) -> Iterator[tuple[int, Mark]]:
        """What the verifier brought along, by size; what is of a larger tree than there is is told at once."""
        marks: list[tuple[int, Mark]] = []
        for note, said in self._anchors.checkpoints:
            if said.origin not in self.origins():
                self._findings.add("anchor_origin", found=shown(said.origin), size=str(said.size))
                continue
            if not self._genuine(note, said.size):
                continue
            if said.size > size:
                self._findings.add("anchor_ahead", size=str(said.size), found=str(size))
                if self._anchors.policy is not None:
                    self._count(note, said.size)
                continue
            marks.append((said.size, self._anchor(note, said)))
        for origin, said in self._anchors.memory.items():
            if origin not in self.origins():
                continue
            if said.size > size:
                self._findings.add("memory_ahead", expected=str(said.size), found=str(size))
            else:
                marks.append((said.size, self._remembered(said)))
        yield from sorted(marks, key=_first)

    def _genuine(self, note: Note, size: int) -> bool:
        """Did a key of the log sign what the verifier kept? With pinned keys, one of those, or a successor."""
        try:
            wanted = self._trusted | set(self.keys) if not self._anchors.pinned else self._trusted
            if note.signed_by(wanted) or (self._anchors.pinned and note.signed_by(self.keys)):
                return True
            problem = "signed by no key of this log"
        except BadNote as error:
            problem = str(error)
        self._findings.add("anchor_signature", size=str(size), problem=shown(problem, quoted=False))
        return False

    def _anchor(self, note: Note, said: Checkpoint) -> Mark:
        def mark(size: int, root: bytes) -> None:
            self._hold("anchor_other", said, root)
            self._vouch(note, size)
            if self._anchors.policy is not None:
                self._count(note, size)

        return mark

    def _remembered(self, said: Checkpoint) -> Mark:
        def mark(_: int, root: bytes) -> None:
            self._hold("memory_other", said, root)

        return mark

    def _hold(self, code: str, said: Checkpoint, root: bytes) -> None:
        assert self._rebuilt is not None
        if root != said.root:
            self._findings.add(code, size=str(said.size))
            if not self.blamed:
                self.blamed = self._rebuilt.blame(said.size, said.root, self._anchors.tile)

    def _add(self, code: str, leaf: Mapping[str, Any], **params: str) -> None:
        params = {name: shown(each, quoted=False) for name, each in params.items()}
        self._findings.add(code, leaf["case"], leaf["seq"], **params)


def _first(pair: tuple[int, Mark]) -> int:
    return pair[0]
