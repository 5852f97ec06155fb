"""A witness: somebody apart from the operator who cosigns checkpoints, and none that does not extend the last one.

C2SP tlog-witness, without a server: the request is a file (`old SIZE`, a proof of consistency, the checkpoint), and so
is the answer (the checkpoint with the witness's line under it). So an audit department can run one on a machine that
is on no network. What a witness remembers is one size and root for each log.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from workflow.audit.keys import KeyFile, Memory, locked, new_key, read_public, read_text
from workflow.errors import ConflictError, InputError, IntegrityError, Problem, StoreError
from workflow.log.merkle import verify_consistency
from workflow.log.note import WITNESS, BadNote, Note, PrivateKey, PublicKey, parse_checkpoint, parse_note
from workflow.log.proof import parse_extension
from workflow.store.leaves import Leaves
from workflow.store.unit import Unit


def cosign(request: str, key: PrivateKey, logs: Iterable[PublicKey], memory: Memory, now: datetime) -> Note:
    """The checkpoint of a request with the witness's cosignature.

    Raises InputError for what is no request or is signed by none of the `logs`, ConflictError when the request begins
    at another size than the one that was cosigned last (the size is in the error), IntegrityError when the log was
    rewritten. The memory is written before the cosignature is given.
    """
    try:
        asked = parse_extension(request)
        said = asked.checkpoint
        if not asked.note.signed_by(log for log in logs if log.name == said.origin):
            raise BadNote(f"signed by no known key of {said.origin}")
    except BadNote as error:
        raise InputError("bad_request", problem=str(error)) from None
    if asked.old > said.size:
        raise InputError("bad_request", problem="the old size is more than the new one")
    with locked(memory.path):
        known = memory.read()
        before = known.get(said.origin)
        if asked.old != (before.size if before else 0):
            raise ConflictError("witnessed", size=before.size if before else 0, old=asked.old)
        # Every tree extends that of size 0, and no proof is there to show it.
        extends = before is None and not asked.hashes
        if before is not None and before.size == said.size:
            extends = before.root == said.root and not asked.hashes
        elif before is not None:
            extends = verify_consistency(before.size, said.size, before.root, said.root, asked.hashes)
        if not extends:
            raise IntegrityError([Problem("fork", {"size": str(said.size), "old": str(asked.old)})])
        memory.write({**known, said.origin: said})
    line = key.sign(asked.note.text, int(now.timestamp()))
    return Note(asked.note.text, (*asked.note.signatures, line))


def keep_cosignatures(unit: Unit, text: str) -> int:
    """Keep the cosignatures under a checkpoint of this store; how many are new.

    Whose they are is for those to judge who trust the witness. Raises InputError when it is no checkpoint of ours.
    """
    try:
        note = parse_note(text)
        said = parse_checkpoint(note.text)
    except BadNote as error:
        raise InputError("bad_checkpoint", file="-", problem=str(error)) from None
    leaves = Leaves(unit)
    own = leaves.checkpoint(said.size)
    try:
        signatures = parse_note(own).signatures if own is not None else ()
        if own is None or parse_note(own).text != note.text:
            raise InputError("bad_checkpoint", file="-", problem="not one that this log signed")
    except BadNote as error:
        raise StoreError("damaged_tree", problem=str(error)) from None
    kept = 0
    for each in note.signatures:
        if each not in signatures:
            kept += leaves.keep_cosignature(said.size, f"{each.name}+{each.id.hex()}", each.line)
    return kept


def answer(request: Path, key: Path, logs: Iterable[Path], name: str, now: datetime) -> tuple[Note, PublicKey]:
    """The same from files: the cosigned checkpoint, and the witness's public key. An absent key file is made."""
    file = KeyFile(key)
    if not file.exists():
        file.write([new_key(name, os.urandom, WITNESS)])
    found = file.read()
    if len(found) != 1 or found[0].kind != WITNESS:
        raise InputError("bad_key_file", file=str(key), problem="not the one key of a witness")
    known = [each for path in logs for each in read_public(path)]
    return cosign(read_text(request), found[0], known, file.memory, now), found[0].public
