"""Check a bundle of evidence offline. One file: needs Python 3.11 and `cryptography`, and nothing else.

    python verify.py BUNDLE [--key FILE]... [--policy FILE] [--checkpoint FILE]...

BUNDLE is the zip file, or the folder into which it was unpacked; SPEC.md in it says what is checked. Keys, policies and
older checkpoints must come from you and not from the bundle: with a key, you know who signed; with a checkpoint that
you kept, that nothing before it was rewritten; with a policy, that your witnesses saw the same log. Exit code 0:
everything fits; 1: findings, one a line. Whatever is in the bundle becomes a finding and never a traceback.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TEXTS = {
    "bundle_unreadable": "the bundle cannot be read: {problem}",
    "bundle_file": "{file} is not what the manifest says, or is not in it",
    "bundle_missing": "{file} is missing",
    "bundle_leaf": "the leaf is malformed: {problem}",
    "bundle_chain": "the entry does not follow the one before it",
    "bundle_proof": "the proof does not show the entry in the signed tree: {problem}",
    "bundle_payload": "the payload {name} does not match its commitment",
    "bundle_payload_missing": "the payload {name} is missing, and no entry says that it was destroyed",
    "bundle_definition": "the definition {digest} is missing, or does not match its digest",
    "bundle_heads": "nothing shows that the case ends here: {problem}",
    "bundle_checkpoint": "the checkpoint cannot be used: {problem}",
    "bundle_key": "the checkpoint is signed by none of the keys that you gave",
    "bundle_policy": "the checkpoint is not cosigned as your policy asks for",
    "bundle_anchor": "the log is not an extension of your checkpoint of size {size}",
    "bundle_anchor_unknown": "nothing in the bundle leads from your checkpoint of size {size} to this one",
}
MAX_BYTES = 1_000_000_000
_PLACE = re.compile(r"leaves/([0-9a-f-]{36})/([1-9][0-9]{0,15})\.json\Z")
_STREAM, _STORE = "00000000-0000-8000-8000-00000000000", "00000000-0000-8000-8000-000000000001"
Finding = tuple[str, dict[str, str], str | None, int | None]


class Bad(ValueError):
    """Something that does not fit."""


def read_bundle(path: Path) -> dict[str, bytes]:
    """Every file of a bundle, packed or unpacked. Raises Bad."""
    try:
        if path.is_dir():
            names = [each for each in sorted(path.rglob("*")) if each.is_file()]
            return {each.relative_to(path).as_posix(): each.read_bytes() for each in names}
        with zipfile.ZipFile(path) as packed:
            infos = packed.infolist()
            if sum(each.file_size for each in infos) > MAX_BYTES:
                raise ValueError("too large")
            if len({each.filename for each in infos}) != len(infos):
                raise ValueError("a name that stands there twice")
            return {each.filename: packed.read(each) for each in infos}
    except Exception as error:
        raise Bad(f"{type(error).__name__}: {error}") from None


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _climb(node: int, last: int, path: list[bytes], start: bytes) -> tuple[bytes, bytes] | None:
    """From a node up to the roots of the smaller and of the larger tree; None when the path is of another length."""
    old = new = start
    for each in path:
        if last == 0 or len(each) != 32:
            return None
        if node % 2 or node == last:
            old, new = _node(each, old), _node(each, new)
            while node and not node % 2:
                node, last = node >> 1, last >> 1
        else:
            new = _node(new, each)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Is the leaf with that hash at `index` of the tree? (RFC 9162, 2.1.3.2)"""
    found = _climb(index, size - 1, path, leaf) if 0 <= index < size else None
    return found is not None and found[1] == root


def extends(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    """Does the new tree extend the old one? (RFC 9162, 2.1.4.2)"""
    if not 0 < old < new or not path:
        return old == new and old_root == new_root and not path
    path = [old_root, *path] if old & (old - 1) == 0 else path
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    return _climb(node, last, path[1:], path[0]) == (old_root, new_root)


def _bytes(text: str) -> bytes:
    try:
        whole = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("not base64") from None
    if base64.b64encode(whole).decode() != text:
        raise Bad("base64 in another form than the canonical one")
    return whole


class Key:
    """A public key, from its one line NAME+ID+BASE64."""

    def __init__(self, text: str) -> None:
        parts = text.split("+", 2)
        whole = _bytes(parts[2]) if len(parts) == 3 else b""
        if len(whole) != 33 or whole[0] not in (1, 4) or not parts[0]:
            raise Bad("not a key")
        self.name, self.kind, self.public = parts[0], whole[0], whole[1:]
        self.id = hashlib.sha256(f"{self.name}\n".encode() + whole).digest()[:4]
        if self.id.hex() != parts[1]:
            raise Bad("a key whose id does not fit")

    def signed(self, note: Note) -> bool:
        """Did it sign the note? Raises Bad when a signature that names it does not fit."""
        mine = [body for name, digits, body in note.signatures if (name, digits) == (self.name, self.id)]
        for body in mine:
            message = note.text.encode()
            if self.kind == 4:
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(body[:8]) + message
                body = body[8:]
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(body, message)
            except (InvalidSignature, ValueError):
                raise Bad(f"a signature of {self.name} that does not fit") from None
        return bool(mine)


class Note:
    """A signed checkpoint."""

    def __init__(self, text: str) -> None:
        self.text, blank, tail = text.rpartition("\n\n")
        self.text += "\n"
        if not blank or not tail.endswith("\n"):
            raise Bad("not a signed note")
        self.signatures: list[tuple[str, bytes, bytes]] = []
        for line in tail[:-1].split("\n"):
            parts = line.split(" ")
            whole = _bytes(parts[2]) if len(parts) == 3 and parts[0] == "—" else b""
            if len(whole) < 5:
                raise Bad("a signature line that is none")
            self.signatures.append((parts[1], whole[:4], whole[4:]))
        lines = self.text.split("\n")
        if len(lines) < 4 or not re.match(r"(0|[1-9][0-9]{0,18})\Z", lines[1]):
            raise Bad("not a checkpoint")
        self.origin, self.size, self.root = lines[0], int(lines[1]), _bytes(lines[2])


def _proof(text: str, word: str) -> tuple[int, list[bytes], str]:
    head, _, rest = text.partition("\n\n")
    lines = head.split("\n")
    if word == "index" and lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Bad("not a proof")
    if not lines or not re.match(word + r" (0|[1-9][0-9]{0,18})\Z", lines[0]):
        raise Bad("not a proof")
    return int(lines[0].split(" ")[1]), [_bytes(each) for each in lines[1:]], rest


def quorum(policy: str, note: Note) -> bool:
    """Does the checkpoint satisfy a C2SP tlog-policy: one of its logs, and its quorum of witnesses?"""
    logs, met, wanted = False, {"none": True}, ""
    for line in policy.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log":
            logs = Key(words[1]).signed(note) or logs
        elif words[0] == "witness":
            met[words[1]] = Key(words[2]).signed(note)
        elif words[0] == "group":
            need = {"all": len(words) - 3, "any": 1}.get(words[2]) or int(words[2])
            met[words[1]] = sum(met[each] for each in words[3:]) >= need
        elif words[0] == "quorum":
            wanted = words[1]
        else:
            raise Bad("not a policy")
    return logs and met[wanted]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Bad("a key that stands there twice")
    return dict(pairs)


def _no(text: str) -> Any:
    raise Bad(f"a number like {text}")


def parse_leaf(leaf: bytes) -> dict[str, Any]:
    """A leaf, when its bytes are in canonical form. Raises Bad."""
    try:
        value = json.loads(leaf.decode("utf-8"), object_pairs_hook=_unique, parse_float=_no, parse_constant=_no)
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Bad(str(error)) from None
    if again != leaf or not isinstance(value, dict) or len(leaf) > 65_535:
        raise Bad("not in canonical form")
    shape = {"v": int, "log": str, "kind": str, "case": str, "seq": int, "prev": str, "at": str, "actor": dict}
    if any(type(value.get(name)) is not kind for name, kind in shape.items()) or value["v"] != 1:
        raise Bad("a key that is missing or of another type")
    return value


class Check:
    """One run over one bundle."""

    def __init__(self, files: Mapping[str, bytes], keys: list[str], policy: str | None, checkpoints: list[str]) -> None:
        self.files = files
        self.keys, self.policy, self.checkpoints = keys, policy, checkpoints
        self.findings: list[Finding] = []
        self.leaves: dict[tuple[str, int], tuple[bytes, dict[str, Any]]] = {}
        self.cases: list[str] = []
        self.note: Note | None = None

    def run(self) -> None:
        """Check everything."""
        for step in (self._manifest, self._checkpoint, self._read_leaves, self._entries):
            self._guard("bundle_unreadable", step)
        for case in self.cases:
            self._guard("bundle_heads", partial(self._end, case), case)

    def _guard(self, code: str, step: Callable[[], object], case: str | None = None, seq: int | None = None) -> None:
        try:
            step()
        except Exception as error:
            problem = str(error) if isinstance(error, Bad) else f"{type(error).__name__}: {error}"
            self._add(code, case, seq, problem="".join(each for each in problem if each.isprintable())[:200])

    def _add(self, code: str, case: str | None = None, seq: int | None = None, **params: str) -> None:
        self.findings.append((code, params, case, seq))

    def _manifest(self) -> None:
        said = json.loads(self.files["manifest.json"], object_pairs_hook=_unique)
        listed: dict[str, str] = said["files"]
        for name in sorted(listed.keys() | self.files.keys() - {"manifest.json"}):
            if name not in self.files:
                self._add("bundle_missing", file=name)
            elif hashlib.sha256(self.files[name]).hexdigest() != listed.get(name):
                self._add("bundle_file", file="".join(each for each in name if each.isprintable())[:200])
        self.cases = [str(each) for each in said["cases"]]

    def _checkpoint(self) -> None:
        try:
            note = Note(self.files["checkpoint"].decode())
            own = [Key(line) for line in self.files["keys"].decode().splitlines()]
            given = [Key(line) for text in self.keys for line in text.splitlines() if line]
            if not any([key.signed(note) for key in own]):
                raise Bad("signed by none of the keys in the bundle")
            if given and not any([key.signed(note) for key in given]):
                self._add("bundle_key")
            self.note = note
        except (Bad, KeyError, UnicodeDecodeError) as error:
            self._add("bundle_checkpoint", problem=str(error))
        else:
            if not (self.policy is None or quorum(self.policy, note)):
                self._add("bundle_policy")
            for text in self.checkpoints:
                self._anchor(Note(text), note)

    def _anchor(self, old: Note, note: Note) -> None:
        name = f"consistency/{old.size}"
        path = _proof(self.files[name].decode(), "old")[1] if old.size < note.size and name in self.files else []
        if old.size < note.size and name not in self.files:
            self._add("bundle_anchor_unknown", size=str(old.size))
        elif old.origin != note.origin or not extends(old.size, note.size, old.root, note.root, path):
            self._add("bundle_anchor", size=str(old.size))

    def _read_leaves(self) -> None:
        for name in sorted(self.files):
            place = _PLACE.match(name)
            if place is None:
                continue
            case, seq, leaf = place[1], int(place[2]), self.files[name]
            try:
                said = parse_leaf(leaf)
                # After a recovery the log goes on as NAME/2 and so on.
                origin = re.sub(r"/[0-9]+\Z", "", self.note.origin) if self.note else ""
                if (said["case"], said["seq"]) != (case, seq) or said["log"] not in (
                    origin,
                    self.note and self.note.origin,
                ):
                    raise Bad("of another place or another log")
                self.leaves[case, seq] = leaf, said
            except Bad as error:
                self._add("bundle_leaf", case, seq, problem=str(error))

    def _entries(self) -> None:
        last: dict[str, tuple[int, str]] = {}
        for (case, seq), (leaf, said) in sorted(self.leaves.items()):
            before = last.get(case, (0, "0" * 64))
            # Of a stream only some entries are here: those that say something about the cases.
            if not case.startswith(_STREAM) and (seq != before[0] + 1 or said["prev"] != before[1]):
                self._add("bundle_chain", case, seq)
            last[case] = seq, leaf_hash(leaf).hex()
            self._guard("bundle_proof", partial(self._prove, case, seq, leaf), case, seq)
            for name in ("data", "reason"):
                if name in said and (case in self.cases or said["kind"] in ("case_heads", "erased")):
                    self._payload(case, seq, name, said[name])
            digest = said.get("def")
            body = self.files.get(f"definitions/{digest}.json")
            if digest is not None and (body is None or hashlib.sha256(body).hexdigest() != digest):
                self._add("bundle_definition", case, seq, digest=str(digest)[:64])

    def _prove(self, case: str, seq: int, leaf: bytes) -> None:
        if self.note is None:
            raise Bad("there is no checkpoint")
        index, path, note = _proof(self.files[f"proofs/{case}/{seq}.tlog-proof"].decode(), "index")
        if note.encode() != self.files["checkpoint"]:
            raise Bad("it is of another checkpoint")
        if not included(leaf_hash(leaf), index, self.note.size, path, self.note.root):
            raise Bad("it does not lead to the root")

    def _payload(self, case: str, seq: int, name: str, sealed: Any) -> None:
        at = f"payload/{case}/{seq}/{name}"
        body, salt = self.files.get(at), self.files.get(f"{at}.salt")
        if body is None and salt is None:
            stream = [said for (chain, _), (_, said) in self.leaves.items() if chain == _STORE]
            if ("erased", at.removeprefix("payload/")) not in [(said["kind"], said.get("subject")) for said in stream]:
                self._add("bundle_payload_missing", case, seq, name=name)
            return
        told = hmac.digest(salt or b"", b"wf-audit/data/v1\x00" + (body or b""), "sha256").hex()
        if body is None or salt is None or len(salt) != 32 or told != sealed:
            self._add("bundle_payload", case, seq, name=name)

    def _end(self, case: str) -> None:
        """The case ends where the last leaf is: an entry of the log says so, with a proof for this case."""
        said = json.loads(self.files[f"heads/{case}.json"], object_pairs_hook=_unique)
        _, entry = self.leaves[_STORE, said["entry"]]
        if entry["kind"] != "case_heads":
            raise Bad("the entry says nothing of the ends of cases")
        secret = json.loads(self.files[f"payload/{_STORE}/{said['entry']}/data"])["key"]
        last = max(seq for chain, seq in self.leaves if chain == case)
        head = leaf_hash(self.leaves[case, last][0])
        record = hmac.digest(bytes.fromhex(secret), b"wf-audit/head/v1\x00" + case.encode(), "sha256")
        record += last.to_bytes(8) + head
        path = [bytes.fromhex(each) for each in said["path"]]
        if not included(leaf_hash(record), said["index"], entry["count"], path, bytes.fromhex(entry["root"])):
            raise Bad("the proof does not lead to what the entry says")


def check(path: Path, keys: list[str], policy: str | None, checkpoints: list[str]) -> Check:
    """Check a bundle, with what the verifier brings along as texts. Raises nothing."""
    found = Check({}, keys, policy, checkpoints)
    try:
        found.files = read_bundle(path)
        found.run()
    except Bad as error:
        found.findings = [("bundle_unreadable", {"problem": str(error)}, None, None)]
    return found


def main(words: list[str]) -> int:
    """The command line; gives the exit code."""
    given: dict[str, list[str]] = {"--key": [], "--policy": [], "--checkpoint": []}
    plain, left = list[str](), iter(words)
    try:
        for word in left:
            given[word].append(Path(next(left)).read_text("utf-8")) if word in given else plain.append(word)
        [path] = plain
    except (OSError, ValueError, StopIteration) as error:
        sys.stderr.write(f"{__doc__}\n{error}\n")
        return 2
    policy = given["--policy"][-1] if given["--policy"] else None
    found = check(Path(path), given["--key"], policy, given["--checkpoint"])
    for code, params, case, seq in found.findings:
        sys.stdout.write(f"{case or '-'}/{seq or '-'}: {TEXTS[code].format(**params)} [{code}]\n")
    sys.stdout.write(f"{len(found.findings)} findings: {len(found.leaves)} entries, {len(found.cases)} cases\n")
    if not given["--key"] and policy is None:
        sys.stdout.write("who signed was not checked: give the key of the log with --key\n")
    return int(bool(found.findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
