"""Bundles of evidence: complete, checked by one file that knows nothing of this program, and by the program alike."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_forgery import clock_at, engine_over, key_of
from tests.test_verify import check_words
from tests.vault import Vault, vault
from workflow import NotFoundError
from workflow.audit import offline
from workflow.audit.bundle import check_bundle
from workflow.errors import Problem
from workflow.messages import MESSAGES

STORE = "00000000-0000-8000-8000-000000000001"


class Kit:
    """A bundle of two cases, and what a verifier has besides."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.folder = vault.book.path.parent
        self.path = self.folder / "evidence.zip"
        engine = engine_over(vault, clock_at(2026, 3, 1))
        self.cases = [vault.book.places["adopted"], vault.book.places["other"]]
        self.count = engine.bundle(self.cases, self.path, key_of(vault))
        engine.close()
        with zipfile.ZipFile(self.path) as packed:
            self.files = {name: packed.read(name) for name in packed.namelist()}
        self.key = self._file("log.pub", f"{vault.key.public}\n")
        self.visit = self._file("visit", str(vault.visit))

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def write(self, files: dict[str, bytes], *, honest: bool = True) -> Path:
        """A bundle of these files; the manifest is made to fit them unless it is not `honest`."""
        if honest:
            said = json.loads(files["manifest.json"])
            said["files"] = {
                name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "manifest.json"
            }
            files = {**files, "manifest.json": json.dumps(said).encode()}
        path = self.folder / "changed.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for name, body in files.items():
                packed.writestr(name, body)
        return path


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(vault(tmp_path_factory).copy(tmp_path_factory.mktemp("kit") / "copy.db"))


def found(kit: Kit, path: Path, **more: Any) -> list[tuple[str, str | None, int | None]]:
    """What is found in a bundle, with the key of the log."""
    given_: dict[str, Any] = {"keys": [kit.key], "policy": None, "checkpoints": [], **more}
    names = {number: name for name, number in kit.vault.book.places.items()}
    checked = check_bundle(path, **given_)
    for code, params, case, seq in checked.findings:
        check_words(Problem(code, params, case, seq))
    return [(code, names.get(case or "", case), seq) for code, _, case, seq in checked.findings]


def alone(path: Path, *words: str, script: bytes) -> tuple[int, str]:
    """The verdict of the file in the bundle, run where this program is not."""
    file = path.with_name("verify.py")
    file.write_bytes(script)
    done = subprocess.run(
        [sys.executable, "-I", str(file), str(path), *words], capture_output=True, timeout=60, check=False, cwd="/"
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def test_it_holds_everything_and_it_is_clean(kit: Kit) -> None:
    adopted, other = kit.cases
    names = set(kit.files)
    assert {"manifest.json", "SPEC.md", "checkpoint", "keys", "verify.py"} <= names
    assert {f"leaves/{adopted}/{seq}.json" for seq in range(1, 15)} <= names
    assert {f"proofs/{adopted}/{seq}.tlog-proof" for seq in range(1, 15)} <= names
    assert {f"payload/{adopted}/1/data", f"payload/{adopted}/1/data.salt", f"heads/{other}.json"} <= names
    # What was destroyed is not there; the entry that says so is.
    assert f"payload/{other}/1/reason" not in names
    assert f"leaves/{STORE}/3.json" in names
    assert f"consistency/{kit.vault.visited}" in names
    assert kit.count == sum(name.startswith("leaves/") for name in names) == 14 + 1 + 2
    assert found(kit, kit.path, checkpoints=[kit.visit]) == []
    assert kit.vault.check("V3").ok


def test_the_file_inside_needs_nothing_of_this_program(kit: Kit) -> None:
    script = kit.files["verify.py"]
    assert b"workflow" not in b"".join(line for line in script.splitlines() if line.startswith((b"import", b"from")))
    code, said = alone(kit.path, "--key", str(kit.key), "--checkpoint", str(kit.visit), script=script)
    assert (code, said) == (0, "0 findings: 17 entries, 2 cases\n")
    code, said = alone(kit.path, script=script)
    assert code == 0
    assert said.endswith("who signed was not checked: give the key of the log with --key\n")
    assert offline.main([str(kit.path), "--key"]) == 2
    assert offline.main([]) == 2


def test_an_unpacked_bundle_is_checked_as_well(kit: Kit, tmp_path: Path) -> None:
    with zipfile.ZipFile(kit.path) as packed:
        packed.extractall(tmp_path)
    assert found(kit, tmp_path) == []
    (tmp_path / "more").write_bytes(b"")
    assert found(kit, tmp_path) == [("bundle_file", None, None)]


def test_both_have_the_same_words() -> None:
    for code, text in offline.TEXTS.items():
        assert MESSAGES[f"problem.{code}"][0] == text
    assert {f"problem.{code}" for code in offline.TEXTS} == {
        key for key in MESSAGES if key.startswith("problem.bundle_")
    }


def changed(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def work(files: dict[str, bytes]) -> None:
        assert files[name].count(old) >= 1
        files[name] = files[name].replace(old, new, 1)

    return work


TAMPERINGS: dict[str, tuple[Callable[[Kit, dict[str, bytes]], object], tuple[Any, ...]]] = {
    "a leaf": (
        lambda kit, files: changed(f"leaves/{kit.cases[0]}/2.json", b"workflow/0.1.0", b"workflow/0.0.9")(files),
        (("bundle_proof", "adopted", 2), ("bundle_chain", "adopted", 3)),
    ),
    "white space in a leaf": (
        lambda kit, files: changed(f"leaves/{kit.cases[0]}/14.json", b":", b": ")(files),
        (("bundle_leaf", "adopted", 14), ("bundle_heads", "adopted", None)),
    ),
    "a number that is none in a leaf": (
        lambda kit, files: changed(f"leaves/{kit.cases[0]}/14.json", b'"seq":14', b'"seq":1e9')(files),
        (("bundle_leaf", "adopted", 14), ("bundle_heads", "adopted", None)),
    ),
    "a key twice in a leaf": (
        lambda kit, files: changed(f"leaves/{kit.cases[0]}/14.json", b'"seq":14', b'"seq":14,"seq":14')(files),
        (("bundle_leaf", "adopted", 14), ("bundle_heads", "adopted", None)),
    ),
    "42 leave out the last entry": (
        lambda kit, files: [
            files.pop(f"{kind}/{kit.cases[0]}/14{end}")
            for kind, end in (("leaves", ".json"), ("proofs", ".tlog-proof"))
        ],
        (("bundle_heads", "adopted", None),),
    ),
    "leave out an entry in the middle": (
        lambda kit, files: files.pop(f"leaves/{kit.cases[0]}/7.json"),
        (("bundle_chain", "adopted", 8),),
    ),
    "leave out a whole case": (
        lambda kit, files: [files.pop(name) for name in list(files) if name.startswith(f"leaves/{kit.cases[1]}")],
        (("bundle_heads", "other", None),),
    ),
    "a proof of another entry": (
        lambda kit, files: files.update(
            {f"proofs/{kit.cases[0]}/5.tlog-proof": files[f"proofs/{kit.cases[0]}/4.tlog-proof"]}
        ),
        (("bundle_proof", "adopted", 5),),
    ),
    "no proof": (
        lambda kit, files: files.pop(f"proofs/{kit.cases[0]}/5.tlog-proof"),
        (("bundle_proof", "adopted", 5),),
    ),
    "48 one hash more in a proof": (
        lambda kit, files: changed(f"proofs/{kit.cases[0]}/5.tlog-proof", b"\n\n", b"\n" + b"A" * 43 + b"=\n\n")(files),
        (("bundle_proof", "adopted", 5),),
    ),
    "a payload": (
        lambda kit, files: changed(f"payload/{kit.cases[0]}/1/data", b"100.00", b"900.00")(files),
        (("bundle_payload", "adopted", 1),),
    ),
    "a salt": (
        lambda kit, files: files.update({f"payload/{kit.cases[0]}/1/data.salt": bytes(32)}),
        (("bundle_payload", "adopted", 1),),
    ),
    "leave out a payload": (
        lambda kit, files: [files.pop(f"payload/{kit.cases[0]}/1/data{end}") for end in ("", ".salt")],
        (("bundle_payload_missing", "adopted", 1),),
    ),
    "leave out the entry about an erasure": (
        lambda kit, files: [
            files.pop(f"{kind}/{STORE}/3{end}") for kind, end in (("leaves", ".json"), ("proofs", ".tlog-proof"))
        ],
        (("bundle_payload_missing", "other", 1),),
    ),
    "a definition": (
        lambda kit, files: [
            changed(name, b"60", b"10")(files) for name in list(files) if name.startswith("definitions/")
        ],
        (*(("bundle_definition", "adopted", seq) for seq in range(1, 15)), ("bundle_definition", "other", 1)),
    ),
    "the checkpoint": (
        lambda kit, files: changed("checkpoint", b"\n", b"x\n")(files),
        (
            ("bundle_checkpoint", None, None),
            *(("bundle_leaf", "store", seq) for seq in (3, 6)),
            *(("bundle_leaf", "adopted", seq) for seq in sorted(range(1, 15), key=str)),
            ("bundle_leaf", "other", 1),
            ("bundle_heads", "adopted", None),
            ("bundle_heads", "other", None),
        ),
    ),
    "no ends": (
        lambda kit, files: files.pop(f"heads/{kit.cases[1]}.json"),
        (("bundle_heads", "other", None),),
    ),
    "the end of another case": (
        lambda kit, files: files.update({f"heads/{kit.cases[1]}.json": files[f"heads/{kit.cases[0]}.json"]}),
        (("bundle_heads", "other", None),),
    ),
    "no manifest": (
        lambda kit, files: files.pop("manifest.json"),
        (("bundle_unreadable", None, None),),
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_is_named_by_both(name: str, kit: Kit) -> None:
    work, expected = TAMPERINGS[name]
    files = dict(kit.files)
    work(kit, files)
    path = kit.write(files, honest="manifest.json" in files)
    ours = found(kit, path)
    assert sorted(map(repr, ours)) == sorted(map(repr, expected))
    code, said = alone(path, "--key", str(kit.key), script=kit.files["verify.py"])
    assert code == 1
    checked = check_bundle(path, [kit.key], None, [])
    lines = [
        f"{case or '-'}/{seq or '-'}: {Problem(code_, params).message} [{code_}]"
        for code_, params, case, seq in checked.findings
    ]
    assert said.splitlines()[:-1] == lines


def test_a_file_that_was_changed_is_named_by_the_manifest(kit: Kit) -> None:
    files = {**kit.files, "SPEC.md": b""}
    del files["keys"]
    assert ("bundle_file", None, None) in found(kit, kit.write(files, honest=False))
    assert ("bundle_missing", None, None) in found(kit, kit.write(files, honest=False))


def test_what_the_verifier_brings_along(kit: Kit) -> None:
    other = kit._file("other.pub", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n")
    assert found(kit, kit.path, keys=[other]) == [("bundle_key", None, None)]
    policy = kit._file("policy", f"log {kit.vault.key.public}\nwitness a {kit.vault.witness.public}\nquorum a\n")
    # The tree grew since the witness saw it: this checkpoint is not cosigned.
    assert found(kit, kit.path, policy=policy) == [("bundle_policy", None, None)]
    none = kit._file("none", f"log {kit.vault.key.public}\nquorum none\n")
    assert found(kit, kit.path, policy=none) == []
    old = str(kit.vault.visit)
    forged = kit._file("forged", old.replace(old.split("\n")[2], "A" * 43 + "="))
    assert found(kit, kit.path, checkpoints=[forged]) == [("bundle_anchor", None, None)]
    unknown = kit._file("unknown", old.replace(f"\n{kit.vault.visited}\n", "\n7\n"))
    assert found(kit, kit.path, checkpoints=[unknown]) == [("bundle_anchor_unknown", None, None)]


def test_what_is_no_bundle(kit: Kit, tmp_path: Path) -> None:
    for body in (b"", b"PK\x03\x04", b"nonsense" * 100):
        path = tmp_path / "x.zip"
        path.write_bytes(body)
        assert found(kit, path) == [("bundle_unreadable", None, None)]
    assert found(kit, tmp_path / "nothing.zip") == [("bundle_unreadable", None, None)]


@settings(max_examples=300)
@given(st.data())
def test_no_changed_byte_passes_and_none_makes_the_check_fail(kit: Kit, data: st.DataObject) -> None:
    """The manifest is made to fit, so that it is not the manifest that tells."""
    names = sorted(name for name in kit.files if name.startswith(("leaves/", "proofs/", "payload/", "defin", "check")))
    name = data.draw(st.sampled_from(names))
    body = kit.files[name]
    at = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[at]))
    path = kit.write({**kit.files, name: body[:at] + bytes([byte]) + body[at + 1 :]})
    assert found(kit, path) != []


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["manifest.json", "checkpoint", "keys", "leaves/x/1.json"]), st.binary()))
def test_rubbish_is_a_finding(kit: Kit, files: dict[str, bytes]) -> None:
    assert found(kit, kit.write({"manifest.json": b"{}", **files}, honest=False)) != []


def test_a_case_that_is_not_there(kit: Kit, tmp_path: Path) -> None:
    engine = engine_over(kit.vault, clock_at(2026, 3, 1))
    with pytest.raises(NotFoundError):
        engine.bundle(["nothing"], tmp_path / "x.zip", key_of(kit.vault))
    engine.close()
    assert not (tmp_path / "x.zip").exists()


def test_the_ends_of_all_chains_are_checked_by_the_program_too(kit: Kit, tmp_path: Path) -> None:
    copy = kit.vault.copy(tmp_path / "copy.db")
    assert copy.check().ok
    with copy.book.hand() as hand:
        last = hand.all("SELECT max(seq) FROM workflow_entry WHERE kind = 'case_heads'")[0][0]
        hand.rewrite("store", last, count=3)
    assert ("heads", "store", last) in copy.book.found(copy.check())
