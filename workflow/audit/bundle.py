"""A bundle of evidence about cases: everything that somebody needs to check them offline, in one zip file.

`verify.py` in the bundle is the file `offline.py` of this folder, which needs Python and `cryptography` only. The same
file checks bundles for `audit verify --bundle`.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import orjson

from workflow.audit import offline
from workflow.audit.heads import Heads, write_heads
from workflow.audit.keys import read_public, read_text
from workflow.audit.prove import cosigned, extend, prove
from workflow.audit.report import Level, Report
from workflow.audit.seal import Sealer, records
from workflow.errors import NotFoundError, Problem, StoreError, WorkflowError
from workflow.log.entry import STREAMS
from workflow.log.note import parse_checkpoint
from workflow.office import Office
from workflow.rules.case import Actor
from workflow.store import statements as sql
from workflow.store.database import Store
from workflow.store.leaves import Leaves
from workflow.store.unit import Unit

_STORE = STREAMS["store"]
_ENTRIES = "SELECT seq, leaf FROM workflow_entry WHERE case_id = ? ORDER BY seq"
_PAYLOADS = "SELECT seq, name, salt, body FROM workflow_payload WHERE case_id = ? ORDER BY seq, name"
_ERASED = "SELECT seq, leaf FROM workflow_entry WHERE case_id = ? AND kind = 'erased' ORDER BY seq"
_SIZES = "SELECT size FROM workflow_checkpoint ORDER BY size DESC LIMIT 1000"
# Every file has one date, so that the same evidence is the same file.
_DATE = (1980, 1, 1, 0, 0, 0)

SPEC = """\
# Evidence of a log

Check it with `python verify.py BUNDLE --key LOG.pub`, or by other means: all formats are public.

- `manifest.json`: the SHA-256 of every other file; the cases; the size of the tree.
- `checkpoint`: what the log signed of its tree, with cosignatures of witnesses (C2SP tlog-checkpoint).
- `keys`: the public keys that the log names, one a line. Take those that you trust from elsewhere.
- `leaves/CASE/N.json`: the bytes of entry N, which are hashed as `SHA-256(00 || leaf)`. `prev` is the hash of entry
  N - 1.
- `proofs/CASE/N.tlog-proof`: that the leaf is in the tree of the checkpoint (C2SP tlog-proof, RFC 6962).
- `payload/CASE/N/NAME` and `NAME.salt`: what was written. The leaf has
  `HMAC-SHA-256(salt, "wf-audit/data/v1" 00 payload)` under NAME. Where both are missing, an entry of kind `erased`
  with the subject `CASE/N/NAME` says that they were destroyed.
- `definitions/DIGEST.json`: the definition that an entry names by the SHA-256 of these bytes.
- `heads/CASE.json`: that the case ends with its last leaf. `entry` is the number of an entry of kind `case_heads` in
  the stream of the store, whose `root` is that of an RFC 6962 tree of `count` records
  `HMAC-SHA-256(key, "wf-audit/head/v1" 00 CASE) || number of the last entry (8 bytes) || its hash`; `key` is in its
  payload, `index` and `path` prove the record of this case.
- `consistency/SIZE`: that the tree of the checkpoint extends the one of SIZE leaves, for whoever kept that checkpoint.
- `tsr/`: time stamps over the checkpoint (RFC 3161), where there are any.

A case is complete when its leaves are numbered from 1 without gaps, each is in the tree, and its end is proven.
"""


def make_bundle(
    store: Store,
    office: Office,
    sealer: Sealer,
    cases: Iterable[str],
    output: Path,
    by: Actor,
    stamps: Iterable[Path] = (),
) -> int:
    """Seal, let the log say where every chain ends, seal again, and write the bundle; how many entries it has.

    Raises NotFoundError for a case that is not there, and whatever sealing raises.
    """
    chosen = list(dict.fromkeys(cases))
    with store.reading() as unit:
        for case in chosen:
            if unit.one(sql.READ_HASH, case, 1) is None:
                raise NotFoundError("case", case)
    sealer.seal()
    with store.writing() as unit:
        entry, heads = write_heads(unit, office, by, office.entropy)
    sealer.seal()
    files: dict[str, bytes] = {f"tsr/{path.name}": path.read_bytes() for path in stamps}
    with store.reading() as unit:
        try:
            count = _collect(unit, office, chosen, entry, heads, files)
        except ValueError as error:
            raise StoreError("damaged_tree", problem=str(error)) from None
    _write(output, files)
    return count


def _collect(unit: Unit, office: Office, cases: list[str], entry: int, heads: Heads, files: dict[str, bytes]) -> int:
    note = cosigned(Leaves(unit))
    said = parse_checkpoint(note.text)
    files["checkpoint"] = str(note).encode()
    files["SPEC.md"] = SPEC.encode()
    files["verify.py"] = Path(offline.__file__).read_bytes()
    files["keys"] = "".join(f"{key}\n" for key in records(unit, office.origin).added).encode()
    for case in cases:
        index, path = heads.proof(case)
        last = int.from_bytes(heads.records[index][32:40])
        for seq, leaf in unit.all(_ENTRIES, case):
            if seq <= last:
                _add(unit, case, seq, leaf, files)
        shown = {"entry": entry, "index": index, "path": [each.hex() for each in path]}
        files[f"heads/{case}.json"] = orjson.dumps(shown)
        _payloads(unit, case, last, files)
    _add(unit, _STORE, entry, unit.one(sql.READ_LEAF, _STORE, entry)[0], files)
    _payloads(unit, _STORE, entry, files, only=entry)
    for seq, leaf in unit.all(_ERASED, _STORE):
        if orjson.loads(leaf)["subject"].partition("/")[0] in cases:
            _add(unit, _STORE, seq, leaf, files)
            _payloads(unit, _STORE, seq, files, only=seq)
    for (size,) in unit.all(_SIZES):
        if size < said.size:
            files[f"consistency/{size}"] = str(extend(unit, size)).encode()
    listed = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    manifest = {"v": 1, "origin": said.origin, "size": said.size, "cases": cases, "files": listed}
    files["manifest.json"] = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    return sum(name.startswith("leaves/") for name in files)


def _add(unit: Unit, case: str, seq: int, leaf: bytes, files: dict[str, bytes]) -> None:
    files[f"leaves/{case}/{seq}.json"] = leaf
    files[f"proofs/{case}/{seq}.tlog-proof"] = str(prove(unit, case, seq)).encode()
    digest = orjson.loads(leaf).get("def")
    if digest is not None and f"definitions/{digest}.json" not in files:
        row = unit.one(sql.READ_DEFINITION, digest)
        if row is not None:
            files[f"definitions/{digest}.json"] = row[0]


def _payloads(unit: Unit, case: str, last: int, files: dict[str, bytes], only: int | None = None) -> None:
    for seq, name, salt, body in unit.all(_PAYLOADS, case):
        if seq <= last and only in (None, seq) and salt is not None and body is not None:
            files[f"payload/{case}/{seq}/{name}"] = body
            files[f"payload/{case}/{seq}/{name}.salt"] = salt


def _write(output: Path, files: dict[str, bytes]) -> None:
    draft = output.with_name(f".{output.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in sorted(files):
                packed.writestr(zipfile.ZipInfo(name, _DATE), files[name], zipfile.ZIP_DEFLATED)
        draft.replace(output)
    except (OSError, ValueError) as error:
        raise WorkflowError("unwritable_file", file=str(output), problem=str(error)) from None


def check_bundle(path: Path, keys: Iterable[Path], policy: Path | None, checkpoints: Iterable[Path]) -> offline.Check:
    """Check a bundle with the files that the verifier brings along. Raises InputError for a file of those."""
    given = None if policy is None else read_text(policy)
    public = ["".join(f"{key}\n" for key in read_public(each)) for each in keys]
    return offline.check(path, public, given, [read_text(each) for each in checkpoints])


def bundle_report(path: Path, keys: list[Path], policy: Path | None, checkpoints: list[Path]) -> Report:
    """The same as a report: its levels say what the verifier brought along. Raises InputError for a file of those."""
    found = check_bundle(path, keys, policy, checkpoints)
    size = found.note.size if found.note is not None else 0
    entries = len(found.leaves)
    return Report(
        entries,
        len(found.cases),
        size,
        tuple(Problem(*each) for each in found.findings),
        signed=entries,
        levels=(
            Level("V1", bool(keys or policy), {"size": size}),
            Level("V2", bool(checkpoints), {"size": size}),
            Level("V3", policy is not None, {"size": size}),
        ),
        looked_at=("bundle",),
        left_out=("people", "guards", "clock", "bundle"),
    )
