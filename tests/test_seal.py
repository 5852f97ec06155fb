"""Sealing: every entry gets one place, in the order of its case, and what is signed is signed once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.conftest import PROPOSAL, Clock, repeatable
from tests.sealing import Sealing
from workflow import Actor, ConflictError, Engine, InputError, NotFoundError, load_text
from workflow.audit.seal import LEASE
from workflow.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from workflow.log.note import parse_checkpoint, parse_note
from workflow.log.proof import parse_extension, parse_proof
from workflow.log.tiles import tiles, unbundle
from workflow.store.leaves import Lease, Leaves

# The key lies beside the file of the store; where the store is on a server it is named, see test_seal_server.
pytestmark = pytest.mark.databases("sqlite")

LI = Actor("li.na")
CLERK = Actor("wang.wei", {"secretary"})


def submit(engine: Engine, title: str = "a") -> str:
    return engine.submit("proposal", actor=LI, data={"title": title}).id


def places(engine: Engine) -> list[tuple[int, str, int]]:
    with engine.store.reading() as unit:
        return unit.all("SELECT leaf_index, case_id, seq FROM workflow_leaf ORDER BY leaf_index")


def key_path(engine: Engine) -> Path:
    assert engine.store.path is not None
    return engine.store.path.with_name("store.db.key")


def test_entries_get_places_without_gaps_in_the_order_of_their_case(engine: Engine) -> None:
    first, second = submit(engine), submit(engine)
    engine.advance(first, "register", actor=CLERK)
    sealed = engine.seal()
    assert sealed.size == 6  # the store, its key, the definition, three of cases
    found = places(engine)
    assert [row[0] for row in found] == list(range(6))
    assert [row[2] for row in found if row[1] == first] == [1, 2]
    engine.advance(second, "register", actor=CLERK)
    assert engine.seal().size == 7
    assert places(engine)[-1][1:] == (second, 2)
    assert engine.verify().ok


def test_sealing_again_gives_the_same_bytes_and_writes_nothing(engine: Engine) -> None:
    sealed = engine.seal()
    with engine.store.reading() as unit:
        before = unit.all("SELECT * FROM workflow_lease")
    assert engine.seal() == sealed
    with engine.store.reading() as unit:
        assert unit.all("SELECT * FROM workflow_lease") == before
    assert sealed.as_dict() == {"size": sealed.size, "root": sealed.root.hex(), "checkpoint": sealed.checkpoint}
    said = parse_checkpoint(parse_note(sealed.checkpoint).text)
    assert (said.size, said.root) == (sealed.size, sealed.root)


def test_an_entry_that_is_committed_late_is_not_lost(engine: Engine, clock: Clock) -> None:
    """A number drawn early and committed late is behind what was read: what waits is a row, not a number."""
    early, late = submit(engine, "early"), submit(engine, "late")
    with engine.store.writing() as unit:
        unit.run("DELETE FROM workflow_pending WHERE case_id = ?", early)
    engine.seal()
    assert early not in {row[1] for row in places(engine)}
    with engine.store.writing() as unit:
        unit.run("INSERT INTO workflow_pending (case_id, seq) VALUES (?, 1)", early)
    engine.seal()
    assert [row[1] for row in places(engine)][-1] == early
    assert late in {row[1] for row in places(engine)}
    assert engine.verify().ok


def test_many_small_batches_give_the_tree_of_one_large_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(300):
        submit(engine, str(number))
    monkeypatch.setattr("workflow.audit.seal.BATCH", 7)
    sealed = engine.seal()
    assert sealed.size == 303
    with engine.store.reading() as unit:
        leaves = Leaves(unit)
        hashes = [leaf_hash(each[2]) for index in range(2) for each in leaves.leaves(index)]
        kept = unit.all('SELECT level, "index", width FROM workflow_tile ORDER BY level, "index"')
    assert kept == [(tile.level, tile.index, tile.width) for tile in tiles(303)]
    assert engine.verify().ok
    proof = engine.prove(places(engine)[256][1], 1)
    assert verify_inclusion(hashes[256], 256, 303, list(proof.hashes), sealed.root)


def test_a_proof_is_of_the_last_checkpoint(engine: Engine) -> None:
    case = submit(engine)
    with pytest.raises(InputError, match="nothing is sealed yet"):
        engine.prove(case, 1)
    old = engine.seal()
    later = submit(engine)
    with pytest.raises(InputError, match="is not in the tree of size 4"):
        engine.prove(later, 1)
    with pytest.raises(NotFoundError, match=f"no entry {case}/9"):
        engine.prove(case, 9)
    new = engine.seal()
    proof = parse_proof(str(engine.prove(case, 1)))
    assert (proof.checkpoint.size, proof.checkpoint.root) == (new.size, new.root)
    digest = engine.history(case)[0].hash
    assert verify_inclusion(digest, proof.index, new.size, list(proof.hashes), new.root)
    found = parse_extension(str(engine.extends(old.size)))
    assert verify_consistency(old.size, new.size, old.root, new.root, list(found.hashes))
    with pytest.raises(InputError, match="has 5 leaves, not 6"):
        engine.extends(6)


def test_new_entries_say_after_which_tree_they_came(engine: Engine) -> None:
    first = submit(engine)
    sealed = engine.seal()
    second = submit(engine)
    with engine.store.reading() as unit:
        leaves = [unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ?", case)[0] for case in (first, second)]
    assert b'"after"' not in leaves[0]
    assert f'"after":{{"root":"{sealed.root.hex()}","size":{sealed.size}}}'.encode() in leaves[1]


def test_another_program_that_seals_is_noticed_in_time(engine: Engine, clock: Clock) -> None:
    other = Engine.open(f"sqlite:///{engine.store.path}", clock=clock)
    sealed = other.seal()
    other.close()
    cases = [submit(engine, str(number)) for number in range(64)]
    with engine.store.reading() as unit:
        last = unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ?", cases[-1])[0]
    assert sealed.root.hex().encode() in last


class TestLease:
    def test_somebody_who_has_it_keeps_the_others_out_until_it_runs_out(self, engine: Engine, clock: Clock) -> None:
        with engine.store.writing() as unit:
            held = Lease.take(unit, "seal", "another", clock.now, clock.now + LEASE)
        with pytest.raises(ConflictError) as refused:
            engine.seal()
        assert refused.value.code == "leased"
        assert places(engine) == []
        clock.move(seconds=61)
        engine.seal()
        with pytest.raises(ConflictError) as lost, engine.store.writing() as unit:
            held.keep(unit, clock.now + LEASE)
        assert lost.value.code == "lease_lost"

    def test_a_fence_goes_up_with_every_hand(self, engine: Engine, clock: Clock) -> None:
        with engine.store.writing() as unit:
            fences = []
            for holder in ("a", "a", "b"):
                lease = Lease.take(unit, "work", holder, clock.now, clock.now + LEASE)
                fences.append(lease.fence)
                lease.keep(unit, None)
            assert fences == [1, 2, 3]

    def test_a_clock_that_is_set_back_does_not_keep_it_for_ever(self, engine: Engine, clock: Clock) -> None:
        with engine.store.writing() as unit:
            Lease.take(unit, "seal", "another", clock.now + timedelta(days=9), clock.now + timedelta(days=9) + LEASE)
        engine.seal()

    def test_two_sealers_at_once_make_one_tree(self, engine: Engine, clock: Clock) -> None:
        for number in range(40):
            submit(engine, str(number))
        engine.seal()
        failed: list[Exception] = []

        def work(count: int) -> None:
            other = Engine.open(f"sqlite:///{engine.store.path}", clock=clock, entropy=repeatable(count).randbytes)
            try:
                for number in range(15):
                    try:
                        submit(other, f"{count}/{number}")
                        other.seal()
                    except ConflictError:
                        pass
                    except Exception as error:
                        failed.append(error)
            finally:
                other.close()

        threads = [threading.Thread(target=work, args=(count,)) for count in (5, 6, 7)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert failed == []
        engine.seal()
        found = places(engine)
        assert [row[0] for row in found] == list(range(len(found)))
        report = engine.verify()
        assert (report.problems, report.waiting) == ((), 0)


class TestAtOnce:
    """An engine that was opened with `seal` signs after each commit; another one never does."""

    @pytest.fixture
    def sealing(self, tmp_path: Path, clock: Clock) -> Iterator[Engine]:
        engine = Engine.open(f"sqlite:///{tmp_path / 'own.db'}", clock=clock, seal=tmp_path / "own.key")
        engine.install(load_text(PROPOSAL))
        yield engine
        engine.close()

    def test_every_commit_is_signed(self, sealing: Engine) -> None:
        case = submit(sealing)
        assert sealing.prove(case, 1).checkpoint.size == 4
        sealing.advance(case, "register", actor=CLERK)
        assert sealing.prove(case, 2).checkpoint.size == 5
        report = sealing.verify()
        assert (report.problems, report.waiting, report.signed) == ((), 0, 5)

    def test_a_dry_run_is_not(self, sealing: Engine) -> None:
        sealing.submit("proposal", actor=LI, data={"title": "a"}, dry_run=True)
        assert sealing.verify().size == 3

    def test_what_fails_does_not_fail_the_move(
        self, sealing: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "own.key").chmod(0o644)
        case = submit(sealing)
        assert sealing.case(case).state == "submitted"
        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["seal_failed"]
        (tmp_path / "own.key").chmod(0o600)
        sealing.advance(case, "register", actor=CLERK)
        assert sealing.verify().waiting == 0

    def test_others_do_not_seal(self, engine: Engine) -> None:
        submit(engine)
        assert places(engine) == []
        assert not engine.sealed()


def test_nothing_is_sealed_inside_a_transaction_of_the_hosts(tmp_path: Path) -> None:
    pool = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    engine = Engine.open(pool)
    with Session(pool) as session, engine.using(session), pytest.raises(InputError) as refused:
        engine.seal()
    assert refused.value.code == "not_nested"
    engine.close()
    pool.dispose()


def test_tiles_on_disk_are_those_of_the_tree(engine: Engine, tmp_path: Path) -> None:
    for number in range(300):
        submit(engine, str(number))
    sealed = engine.seal()
    told: list[tuple[int, int]] = []
    folder = tmp_path / "tiles"
    assert engine.write_tiles(folder, lambda done, total: told.append((done, total))) == 303
    assert told == [(256, 303), (303, 303)]
    assert (folder / "checkpoint").read_text("utf-8") == sealed.checkpoint
    for tile in tiles(303):
        assert len((folder / tile.path).read_bytes()) == 32 * tile.width
    leaves = unbundle((folder / "tile/entries/000").read_bytes() + (folder / "tile/entries/001.p/47").read_bytes())
    assert len(leaves) == 303
    hashes = (folder / "tile/0/000").read_bytes() + (folder / "tile/0/001.p/47").read_bytes()
    assert b"".join(map(leaf_hash, leaves)) == hashes
    # Written again they are left as they are; what is not there is added.
    (folder / "tile/0/000").write_bytes(b"kept")
    submit(engine)
    engine.seal()
    assert engine.write_tiles(folder) == 304
    assert (folder / "tile/0/000").read_bytes() == b"kept"
    assert (folder / "tile/0/001.p/48").exists()


@pytest.mark.slow
def test_a_sealer_that_is_killed_before_any_of_its_statements_leaves_a_whole_tree(tmp_path: Path) -> None:
    campaign = Sealing(tmp_path)
    step = 0
    # From the first sealing, which makes the key, on to one that gets to its end.
    while campaign.kill(step + 1, writes=2 if step % 5 == 0 else 0, batch=2):
        step += 1
    assert step > 30, "there were fewer steps than the sealing of one entry takes"
    assert not campaign.kill(0)
    with Engine.open(campaign.url) as engine:
        report = engine.verify()
        assert (report.problems, report.waiting) == ((), 0)


def test_the_check_of_the_tree_after_a_kill_can_fail(engine: Engine) -> None:
    submit(engine)
    engine.seal()
    assert engine.store.path is not None
    campaign = Sealing(engine.store.path.parent)
    campaign.check()
    with engine.store.writing() as unit:
        unit.run("DROP TRIGGER workflow_leaf_no_delete")
        unit.run("DELETE FROM workflow_leaf WHERE leaf_index = 2")
    with pytest.raises(AssertionError):
        campaign.check()
