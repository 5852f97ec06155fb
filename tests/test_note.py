"""Signed notes: others' notes and keys are read as they are, ours are theirs, and nothing else is let through."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.log.note import (
    LOG,
    MAX_SIGNATURES,
    WITNESS,
    BadNote,
    Checkpoint,
    Note,
    PrivateKey,
    PublicKey,
    parse_checkpoint,
    parse_note,
    parse_private_key,
    parse_public_key,
    signed,
)
from workflow.log.policy import NONE, parse_policy
from workflow.log.proof import Extension, Proof, parse_extension, parse_proof

# The example of Go's sumdb/note.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAID = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    SAID
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LI = PrivateKey("log.example/1", LOG, bytes(32))
NEXT = PrivateKey("log.example/1", LOG, bytes([1] * 32))
WANG = PrivateKey("witness.example", WITNESS, bytes([2] * 32))
TREE = Checkpoint("log.example/1", 3, bytes(range(32)))


def test_a_note_of_others_is_read_and_written() -> None:
    note, key = parse_note(SIGNED), parse_public_key(PUBLIC)
    assert (str(note), note.text, str(key)) == (SIGNED, SAID, PUBLIC)
    assert note.signed_by([key]) == [key]
    secret = parse_private_key(SECRET)
    assert (secret.secret(), secret.public) == (SECRET, key)
    assert str(Note(SAID, (secret.sign(SAID),))) == SIGNED


def test_a_private_key_does_not_show_itself() -> None:
    secret = parse_private_key(SECRET)
    assert repr(secret) == f"PrivateKey({PUBLIC})"
    with pytest.raises(BadNote) as refused:
        parse_private_key(SECRET[:-1] + "A")
    assert "AYEK" not in str(refused.value)


def test_signing_again_gives_the_same_bytes() -> None:
    assert str(signed(TREE, [LI, NEXT])) == str(signed(TREE, [LI, NEXT]))
    assert TREE.text == "log.example/1\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert parse_checkpoint(TREE.text) == TREE


def test_two_keys_may_sign_and_a_verifier_ignores_those_that_it_does_not_know() -> None:
    note = parse_note(str(signed(TREE, [LI, NEXT])))
    assert note.signed_by([LI.public]) == [LI.public]
    assert note.signed_by([NEXT.public, LI.public]) == [NEXT.public, LI.public]
    assert note.signed_by([WANG.public]) == []
    # A name without the id, or an id without the name, is somebody else.
    assert note.signed_by([PublicKey("log.example/2", LOG, LI.public.public)]) == []


def test_a_known_key_whose_signature_does_not_fit_spoils_the_note() -> None:
    note = parse_note(str(signed(TREE, [LI])))
    other = Note(note.text.replace("3\n", "4\n", 1), note.signatures)
    with pytest.raises(BadNote, match="does not fit"):
        other.signed_by([LI.public])


def test_a_cosignature_has_a_time_and_is_of_this_very_text() -> None:
    line = WANG.sign(TREE.text, 1_700_000_000)
    note = Note(TREE.text, (LI.sign(TREE.text), line))
    assert note.signed_by([WANG.public, LI.public]) == [WANG.public, LI.public]
    assert note.time_by(WANG.public) == 1_700_000_000
    assert note.time_by(NEXT.public) is None
    later = line._replace(body=(1_700_000_001).to_bytes(8) + line.body[8:])
    with pytest.raises(BadNote):
        Note(TREE.text, (later,)).signed_by([WANG.public])
    for wrong in (None, -1, 2**63):
        with pytest.raises(BadNote, match="needs a time"):
            WANG.sign(TREE.text, wrong)
    # One key for two kinds of signatures has two ids.
    assert PublicKey("a", LOG, LI.public.public).id != PublicKey("a", WITNESS, LI.public.public).id


NOT_NOTES = {
    "nothing": "",
    "no blank line": SIGNED.replace("\n\n", "\n"),
    "no newline at the end": SIGNED[:-1],
    "no signature": SAID + "\n\n",
    "a tab": SIGNED.replace("then", "\tthen"),
    "a carriage return": SIGNED.replace("\n", "\r\n"),
    "a hyphen for a dash": SIGNED.replace("—", "-"),
    "no space behind the dash": SIGNED.replace("— ", "—"),
    "two spaces": SIGNED.replace("PeterNeumann ", "PeterNeumann  "),
    "a name with a plus": SIGNED.replace("PeterNeumann", "Peter+Neumann"),
    "no name": SIGNED.replace("PeterNeumann", ""),
    "a space of another kind in the name": SIGNED.replace("PeterNeumann", "Peter\u2003Neumann"),
    "no base64": SIGNED.replace("x08g", "x08*"),
    "base64 that is not canonical": SIGNED.replace("nAM=", "nAN="),
    "base64 without padding": SIGNED.replace("nAM=", "nAM"),
    "a signature of no bytes": SAID + "\n— PeterNeumann x08goA==\n",
    "too many signatures": SAID + "\n" + SIGNED.removeprefix(SAID)[1:] * (MAX_SIGNATURES + 1),
    "too long": "a" * 100_001,
}


@pytest.mark.parametrize("name", NOT_NOTES)
def test_what_is_no_note(name: str) -> None:
    with pytest.raises(BadNote):
        parse_note(NOT_NOTES[name])


def test_bytes_that_are_no_text() -> None:
    assert parse_note(SIGNED.encode()) == parse_note(SIGNED)
    with pytest.raises(BadNote, match="not UTF-8"):
        parse_note(SIGNED.encode() + b"\xff\n")


def test_sixteen_signatures_are_not_too_many() -> None:
    keys = [PrivateKey(f"k{number}", LOG, bytes([number] * 32)) for number in range(16)]
    note = parse_note(str(signed(TREE, keys)))
    assert len(note.signed_by(key.public for key in keys)) == 16


NOT_CHECKPOINTS = {
    "two lines": "a\n3\n",
    "no newline at the end": TREE.text[:-1],
    "an empty origin": "\n" + TREE.text.partition("\n")[2],
    "a size with a zero before it": TREE.text.replace("\n3\n", "\n03\n"),
    "a size with a sign": TREE.text.replace("\n3\n", "\n+3\n"),
    "a size in other digits": TREE.text.replace("\n3\n", "\n３\n"),
    "a size too large": TREE.text.replace("\n3\n", "\n" + "9" * 20 + "\n"),
    "a short root": "a\n3\n" + base64.b64encode(bytes(31)).decode() + "\n",
    "no base64": "a\n3\n!\n",
    "an empty line behind": TREE.text + "\n",
}


@pytest.mark.parametrize("name", NOT_CHECKPOINTS)
def test_what_is_no_checkpoint(name: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(NOT_CHECKPOINTS[name])


def test_lines_that_others_add_to_checkpoints_are_kept() -> None:
    assert parse_checkpoint(TREE.text + "more\n").more == ("more",)
    assert parse_checkpoint(TREE.text + "more\n").text == TREE.text + "more\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("c74f20a3", "C74F20A3"),
        PUBLIC.replace("+ARpc", "+AhpC"),
        PUBLIC[:-4],
        PUBLIC + "\n",
        SECRET,
        PUBLIC.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(BadNote):
        parse_public_key(text)


def test_no_byte_of_a_note_can_be_changed_unnoticed() -> None:
    whole = str(Note(TREE.text, (LI.sign(TREE.text), WANG.sign(TREE.text, 7)))).encode()
    keys, chance = [LI.public, WANG.public], random.Random(1)
    for at in range(len(whole)):
        for value in chance.sample(range(256), 12):
            if value == whole[at]:
                continue
            changed = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                note = parse_note(changed)
                parse_checkpoint(note.text)
                assert note.signed_by(keys) != keys
            except BadNote:
                pass


PATH = tuple(bytes([number] * 32) for number in (1, 2))
PROOF = Proof(1, PATH, signed(TREE, [LI]))


def test_a_proof_is_a_file() -> None:
    text = str(PROOF)
    lines = text.split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "index 1", base64.b64encode(PATH[0]).decode()]
    assert lines[4:7] == ["", "log.example/1", "3"]
    assert parse_proof(text) == PROOF
    assert PROOF.checkpoint == TREE
    more = Proof(0, (), PROOF.note, b"extra")
    assert str(more).startswith("c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 0\n\nlog.example/1\n")
    assert parse_proof(str(more)) == more


def test_a_proof_of_consistency_is_what_a_witness_is_asked() -> None:
    asked = Extension(2, PATH, PROOF.note)
    assert str(asked).startswith(f"old 2\n{base64.b64encode(PATH[0]).decode()}\n")
    assert parse_extension(str(asked)) == asked
    assert asked.checkpoint == TREE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 1", "index 01"),
        ("index 1", "index -1"),
        ("index 1", "Index 1"),
        ("index 1\n", ""),
        ("AQE=", "AQF="),
        ("AQE=", "AQ=="),
        ("\n\nlog", "\nlog"),
        ("\n3\n", "\n3x\n"),
    ],
)
def test_what_is_no_proof(old: str, new: str) -> None:
    text = str(PROOF)
    assert text.count(old) >= 1
    with pytest.raises(BadNote):
        parse_proof(text.replace(old, new, 1))
    with pytest.raises(BadNote):
        parse_extension(text)
    with pytest.raises(BadNote):
        parse_proof(str(Proof(1, PATH * 32, PROOF.note)))


@given(st.one_of(st.text(), st.binary().map(lambda each: each.decode("latin-1"))))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        parse_note,
        parse_checkpoint,
        parse_public_key,
        parse_private_key,
        parse_proof,
        parse_extension,
        parse_policy,
    ):
        try:
            read(text)
        except BadNote as refused:
            assert str(refused)


# -- Policies ----------------------------------------------------------------------------------------------------------

KEYS = [PrivateKey(f"w{number}", WITNESS, bytes([number + 10] * 32)) for number in range(4)]
POLICY = f"""# who must have signed
log {LI.public} https://log.example/

witness A {KEYS[0].public}
witness B {KEYS[1].public}\thttps://b.example/
  witness C {KEYS[2].public}
witness D {KEYS[3].public}
group some 2 A B C
group both all some D
quorum both
"""


def cosigned(*names: str) -> Note:
    lines = [KEYS["ABCD".index(name)].sign(TREE.text, 100 + "ABCD".index(name)) for name in names]
    return Note(TREE.text, (LI.sign(TREE.text), *lines))


@pytest.mark.parametrize(
    ("names", "enough"),
    [("", False), ("ABC", False), ("D", False), ("AD", False), ("ABD", True), ("BCD", True), ("ABCD", True)],
)
def test_a_quorum_of_groups(names: str, enough: bool) -> None:
    policy = parse_policy(POLICY)
    assert policy.logs == (LI.public,)
    assert policy.witnessed(cosigned(*names)) is enough
    assert policy.times(cosigned(*names)) == sorted(100 + "ABCD".index(name) for name in names)


@pytest.mark.parametrize(("quorum", "names", "enough"), [("A", "A", True), ("A", "B", False), (NONE, "", True)])
def test_a_quorum_of_one_or_of_none(quorum: str, names: str, enough: bool) -> None:
    policy = parse_policy(POLICY.replace("quorum both", f"quorum {quorum}"))
    assert policy.witnessed(cosigned(*names)) is enough


def test_a_cosignature_that_does_not_fit_spoils_the_quorum() -> None:
    note = cosigned("A", "B", "D")
    wrong = Note(note.text, (*note.signatures[:-1], note.signatures[-1]._replace(body=bytes(72))))
    with pytest.raises(BadNote):
        parse_policy(POLICY).witnessed(wrong)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("quorum both\n", "", 0),
        ("quorum both", "quorum all-of-them", 10),
        ("quorum both", "quorum both\nquorum both", 11),
        ("quorum both", "quorum", 10),
        ("group both all some D", "group both all some E", 9),
        ("group both all some D", "group both all some A", 9),
        ("group both all some D", "group both 3 some D", 9),
        ("group both all some D", "group both 0 some D", 9),
        ("group both all some D", "group both 02 some D", 9),
        ("group both all some D", "group both all", 9),
        ("group both all some D", "group A all some D", 9),
        ("group both all some D", "group none all some D", 9),
        ("witness B", "witness A", 5),
        (str(KEYS[1].public), str(KEYS[0].public), 5),
        (str(KEYS[1].public), str(LI.public), 5),
        (str(KEYS[1].public), "key", 5),
        ("log ", "logs ", 2),
        ("who must", "who\x07must", 1),
        ("who must", "who must\r", 1),
    ],
)
def test_what_is_no_policy_is_told_with_its_line(old: str, new: str, line: int) -> None:
    assert POLICY.count(old) == 1
    with pytest.raises(BadNote) as refused:
        parse_policy(POLICY.replace(old, new))
    assert str(refused.value).startswith(f"line {line}: " if line else "no quorum")
