"""Whoever rewrites a sealed log is noticed at the level that must notice it, and at none below it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.attacks import Found
from tests.attacks_beside import ATTACKS
from tests.attacks_sealed import FORGERIES
from tests.attacks_tree import Forgery
from tests.conftest import Clock, repeatable
from tests.test_verify import check_words
from tests.vault import LEVELS, LI, WANG, Forger, Vault, vault
from workflow import Engine, IntegrityError
from workflow.audit.anchors import Anchors
from workflow.audit.keys import Memory, new_key
from workflow.audit.prove import Receipt, parse_receipt
from workflow.audit.report import Report
from workflow.audit.verify import verify
from workflow.log.note import LOG, WITNESS, Checkpoint, Note, PrivateKey, parse_checkpoint, parse_note, signed
from workflow.log.policy import parse_policy
from workflow.messages import MESSAGES
from workflow.store.database import Store


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Vault:
    return vault(tmp_path_factory).copy(tmp_path / "copy.db")


def found(vault: Vault, report: Report) -> tuple[Found, ...]:
    return tuple(vault.book.found(report))


def forge(vault: Vault, each: Forgery, *, with_key: bool) -> None:
    with vault.book.hand() as hand:
        forger = Forger(hand, vault)
        each.work(forger)
        if each.reseal:
            key = vault.key if with_key else forger.own_key()
            forger.claim_anew()
            forger.reseal(key)


@pytest.mark.parametrize("level", LEVELS)
def test_a_log_as_it_was_written_is_clean_at_every_level(copy: Vault, level: str) -> None:
    report = copy.check(level)
    assert found(copy, report) == ()
    assert (report.size, report.signed, report.waiting, report.destroyed) == (57, 57, 3, 1)
    at = LEVELS.index(level)
    assert [each.name for each in report.levels if each.checked] == list(LEVELS[: at + 1])
    said = report.as_dict()
    assert [each["level"] for each in said["levels"] if each["checked"]] == list(LEVELS[: at + 1])
    assert sum(each.startswith("V") for each in said["checked"]) == at + 1
    assert any(each.startswith("the last 3 entries") for each in said["not_checked"])


@pytest.mark.parametrize("with_key", [False, True], ids=["dba", "operator"])
@pytest.mark.parametrize("each", FORGERIES, ids=lambda each: each.name)
def test_a_forgery_is_noticed_at_its_level_and_not_below(each: Forgery, with_key: bool, copy: Vault) -> None:
    forge(copy, each, with_key=with_key)
    level, expected = each.operator if with_key else each.dba
    for below in LEVELS[: LEVELS.index(level)]:
        assert found(copy, copy.check(below)) == (), below
    report = copy.check(level)
    if each.name.startswith("26"):
        named = [problem for problem in report.problems if problem.code == "leaf_changed"]
        assert with_key == (len(named) >= 30)
        report = Report(0, 0, 0, tuple(problem for problem in report.problems if problem not in named))
    assert found(copy, report) == expected
    for problem in report.problems:
        check_words(problem)


def engine_over(vault: Vault, clock: Clock) -> Engine:
    return Engine.open(f"sqlite:///{vault.book.path}", clock=clock, entropy=repeatable(9).randbytes)


def key_of(vault: Vault) -> Path:
    """The log's own key in a file, with no memory beside it."""
    path = vault.book.path.with_name("own.key")
    path.write_text(vault.key.secret() + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def clock_at(*moment: int) -> Clock:
    clock = Clock()
    clock.now = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]
    return clock


def test_16_an_entry_that_is_written_now_and_dated_back(copy: Vault) -> None:
    engine = engine_over(copy, clock_at(2026, 1, 20, 8))
    case = engine.submit("proposal", actor=LI, data={"title": "long ago"})
    copy.book.places["back"] = case.id
    # It says itself after which tree it came, whose last entry is of February.
    assert found(copy, copy.check()) == (("bracket", "back", 1),)
    engine.seal(key_of(copy))
    engine.close()
    assert ("bracket", "back", 1) in found(copy, copy.check())


def test_16_without_saying_after_what_it_came_it_is_found_by_its_place(copy: Vault) -> None:
    clock = clock_at(2026, 1, 20, 8)
    engine = engine_over(copy, clock)
    engine._office.after = None
    case = engine.submit("proposal", actor=LI, data={"title": "long ago"})
    copy.book.places["back"] = case.id
    assert found(copy, copy.check()) == ()
    engine.seal(key_of(copy))
    engine.close()
    assert found(copy, copy.check()) == (("bracket", "back", 1),)


def test_clocks_may_differ_by_a_few_minutes(copy: Vault) -> None:
    last = copy.book.hand
    with last() as hand:
        at = hand.all("SELECT max(at) FROM workflow_entry")[0][0]
    clock = clock_at(2026, 1, 1)
    clock.now = datetime.fromisoformat(at) - timedelta(minutes=14)
    engine = engine_over(copy, clock)
    engine.submit("proposal", actor=LI, data={"title": "soon"})
    engine.seal(key_of(copy))
    engine.close()
    assert found(copy, copy.check()) == ()


def test_40_nobody_finds_that_the_operator_acted_in_the_name_of_somebody_else(copy: Vault) -> None:
    """Stated in docs/audit-log.md: only a signature of the person's own would show it."""
    engine = engine_over(copy, clock_at(2026, 3, 1))
    engine.advance(copy.book.places["waiting"], "register", actor=WANG)
    engine.close()
    for level in LEVELS:
        assert found(copy, copy.check(level)) == ()


def anchored(vault: Vault, anchors: Anchors) -> tuple[Found, ...]:
    store = Store.connect(f"sqlite:///{vault.book.path}")
    try:
        report = verify(store, anchors=anchors)
    finally:
        store.close()
    for problem in report.problems:
        check_words(problem)
    return found(vault, report)


@pytest.mark.parametrize("name", ["first", "visit"])
def test_19_20_the_signer_remembers_what_it_signed(copy: Vault, name: str) -> None:
    assert anchored(copy, Anchors(memory=copy.memory)) == ()
    shutil.copyfile(copy.folder / f"{name}.db", copy.book.path)
    assert anchored(copy, Anchors(memory=copy.memory)) == (("memory_ahead", None, None),)
    # And it does not sign again.
    key = key_of(copy)
    Memory(key.with_name("own.key.memory")).write(copy.memory)
    engine = engine_over(copy, clock_at(2026, 3, 1))
    with pytest.raises(IntegrityError) as refused:
        engine.seal(key)
    engine.close()
    assert [each.code for each in refused.value.problems] == ["memory_ahead"]
    check_words(refused.value.problems[0])


def test_3_the_signer_does_not_sign_another_history(copy: Vault) -> None:
    [each] = [each for each in FORGERIES if each.name.startswith("3 ")]
    forge(copy, each, with_key=True)
    assert anchored(copy, Anchors(memory=copy.memory)) == (("memory_other", None, None),)
    key = key_of(copy)
    Memory(key.with_name("own.key.memory")).write(copy.memory)
    engine = engine_over(copy, clock_at(2026, 3, 1))
    with pytest.raises(IntegrityError) as refused:
        engine.seal(key)
    engine.close()
    assert [each.code for each in refused.value.problems] == ["memory_other"]


class TestAnchors:
    """What the verifier brings along may be wrong as well."""

    def test_a_checkpoint_of_another_log(self, copy: Vault) -> None:
        said = Checkpoint("workflow/other", 3, bytes(32))
        anchors = Anchors(checkpoints=((signed(said, [copy.key]), said),))
        assert anchored(copy, anchors) == (("anchor_origin", None, None),)

    def test_a_checkpoint_that_nobody_signed(self, copy: Vault) -> None:
        said = parse_checkpoint(copy.visit.text)
        stranger = PrivateKey(copy.key.name, LOG, bytes([9] * 32))
        for note in (signed(said, [stranger]), Note(copy.visit.text, copy.latest.signatures[:1])):
            assert anchored(copy, Anchors(checkpoints=((note, said),))) == (("anchor_signature", None, None),)

    def test_a_policy_that_nothing_satisfies(self, copy: Vault) -> None:
        other = new_key("other", bytes, WITNESS)
        text = f"log {copy.key.public}\nwitness a {copy.witness.public}\nwitness b {other.public}\n"
        policy = parse_policy(text + "group both all a b\nquorum both\n")
        assert anchored(copy, Anchors(policy=policy)) == (("witness_missing", None, None),)
        assert anchored(copy, Anchors(policy=parse_policy(text + "quorum a\n"))) == ()

    def test_a_key_that_the_log_never_had(self, copy: Vault) -> None:
        stranger = PrivateKey(copy.key.name, LOG, bytes([9] * 32)).public
        assert anchored(copy, Anchors(keys=(stranger,))) == (("checkpoint_key", None, None),)

    def test_a_key_that_came_later_is_vouched_for_by_the_first(self, copy: Vault) -> None:
        clock, key = clock_at(2026, 3, 1), key_of(copy)
        engine = engine_over(copy, clock)
        engine.add_key(key)
        engine.seal(key)
        engine.retire_key(copy.key.public.id.hex(), key)
        sealed = parse_note(engine.seal(key).checkpoint)
        [second] = engine.keys(key)
        engine.close()
        assert sealed.signed_by([copy.key.public]) == []
        assert sealed.signed_by([second]) == [second]
        assert anchored(copy, Anchors(keys=(copy.key.public,))) == ()
        assert anchored(copy, Anchors(keys=(second,))) == ()

    def test_a_key_that_signs_after_it_was_retired(self, copy: Vault) -> None:
        clock, key = clock_at(2026, 3, 1), key_of(copy)
        engine = engine_over(copy, clock)
        engine.add_key(key)
        engine.retire_key(copy.key.public.id.hex(), key)
        engine.seal(key)
        engine.close()
        with copy.book.hand() as hand:
            size, note = hand.all("SELECT size, note FROM workflow_checkpoint ORDER BY size DESC LIMIT 1")[0]
            forged = str(signed(parse_checkpoint(parse_note(note).text), [copy.key]))
            hand.run("UPDATE workflow_checkpoint SET note = :note WHERE size = :size", note=forged, size=size)
        assert anchored(copy, Anchors()) == (("checkpoint", None, None),)

    def test_a_receipt_of_another_log_or_of_nobody(self, copy: Vault) -> None:
        note, said = copy.receipts[0], parse_receipt(copy.receipts[0].text)
        stranger = PrivateKey(copy.key.name, LOG, bytes([9] * 32))
        forged = Note(note.text, (stranger.sign(note.text),))
        other = Receipt("workflow/other", said.case, said.seq, said.hash, said.at)
        for wrong, text in ((forged, said), (Note(other.text, (copy.key.sign(other.text),)), other)):
            assert anchored(copy, Anchors(receipts=((wrong, text),))) == (("receipt", "tail", 2),)

    def test_an_entry_dated_after_a_witness_had_seen_it(self, copy: Vault) -> None:
        note = Note(copy.latest.text, (*copy.latest.signatures[:1], copy.witness.sign(copy.latest.text, 1_767_600_000)))
        with copy.book.hand() as hand:
            hand.run("DELETE FROM workflow_cosignature")
        text = f"log {copy.key.public}\nwitness a {copy.witness.public}\nquorum a\n"
        said = parse_checkpoint(note.text)
        anchors = Anchors(checkpoints=((note, said),), policy=parse_policy(text))
        assert anchored(copy, anchors) == (("ahead_of_witness", "store", 3),)

    def test_an_entry_dated_before_a_witness_had_seen_what_it_came_after(self, copy: Vault) -> None:
        later = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
        note = Note(copy.latest.text, (*copy.latest.signatures[:1], copy.witness.sign(copy.latest.text, later)))
        text = f"log {copy.key.public}\nwitness a {copy.witness.public}\nquorum a\n"
        anchors = Anchors(checkpoints=((note, parse_checkpoint(note.text)),), policy=parse_policy(text))
        # The tail came after that tree, in February.
        assert anchored(copy, anchors) == (("bracket", "later", 3), ("bracket", "tail", 1), ("bracket", "tail", 2))


def test_every_problem_that_there_is_was_found_by_some_attack() -> None:
    codes = {key.split(".")[1] for key in MESSAGES if key.startswith("problem.")}
    by_hand = {code for each in ATTACKS for code, _, _ in each.found}
    by_forgery = {code for each in FORGERIES for _, many in (each.dba, each.operator) for code, _, _ in many}
    # Those of this file, of the witness, of bundles; two are about the database itself.
    others = {"memory_ahead", "memory_other", "anchor_origin", "anchor_signature", "witness_missing", "receipt"}
    others |= {"ahead_of_witness", "fork", "stamp", "heads", "store", "incomplete"}
    others |= {code for code in codes if code.startswith("bundle_")}
    # Those of proceedings, of money, of what ties cases and of who stands in for whom have files of their own.
    others |= {"award", "clock", "ledger", "ledger_stray", "link", "mark", "mark_row", "pool", "sitting", "tally"}
    others |= {"delegation", "delegation_changed", "delegation_missing", "delegation_unlogged", "disclosure"}
    assert codes - by_hand - by_forgery == others
