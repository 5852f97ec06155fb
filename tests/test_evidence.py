"""Evidence by the command line, and what it rests on: witnesses, receipts, erasures, recovery, time stamps."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import PROPOSAL, Clock
from tests.support import Desk, everything, run
from workflow import Actor, ConflictError, Engine, InputError, IntegrityError, NotFoundError, load_text
from workflow.audit.anchors import Anchors
from workflow.audit.keys import Memory, new_key
from workflow.audit.witness import cosign
from workflow.log.note import LOG, WITNESS, PrivateKey, parse_checkpoint, parse_note

# The key lies beside the file of the store; where the store is on a server it is named, see test_seal_server.
pytestmark = pytest.mark.databases("sqlite")

LI = Actor("li.na")
WANG = Actor("wang.wei", {"secretary"})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.set_up(tmp_path)


def submit(engine: Engine, title: str = "a") -> str:
    return engine.submit("proposal", actor=LI, data={"title": title, "benefit": "5.00"}, reason="why").id


class TestCommands:
    def test_seal(self, desk: Desk) -> None:
        desk.note()
        done = desk("audit", "seal")
        assert done.code == 0
        checkpoint = parse_checkpoint(parse_note(done.out).text)
        assert "signed by workflow/" in done.err
        again = desk.json("audit", "seal")
        assert again.json == {"size": checkpoint.size, "root": checkpoint.root.hex(), "checkpoint": done.out}
        assert again.err == ""

    def test_the_word_of_a_key_is_given_once(self, desk: Desk) -> None:
        assert "signed by" in desk("audit", "seal").err
        assert desk("audit", "seal").err == ""

    def test_prove_consistency_receipt_tiles(self, desk: Desk) -> None:
        note = desk.note()
        desk("audit", "seal")
        desk.filed("N-001")
        sealed = desk.json("audit", "seal").json
        proof = desk("audit", "prove", "N-001", "2")
        assert proof.out.startswith("c2sp.org/tlog-proof@v1\nindex 7\n")
        found = desk.json("audit", "prove", "N-001", "2", "-o", str(desk.folder / "x.tlog-proof")).json
        assert found == {"index": 7, "size": 8, "proof": proof.out}
        assert (desk.folder / "x.tlog-proof").read_text("utf-8") == proof.out
        assert desk("audit", "prove", "store", "1").out.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
        assert desk.json("audit", "prove", "N-001", "3").code == 4
        assert desk.json("audit", "consistency", "7").json["old"] == 7
        assert desk("audit", "consistency", "99").code == 2
        receipt = desk.json("audit", "receipt", "N-001", "1").json
        assert f"receipt {note['id']} 1\n" in receipt["receipt"]
        tiles = desk.json("audit", "tiles", "-o", str(desk.folder / "tiles")).json
        assert tiles == {"folder": str(desk.folder / "tiles"), "size": sealed["size"]}

    def test_keys(self, desk: Desk) -> None:
        desk("audit", "seal")
        [first] = desk.json("audit", "keys").json
        assert desk("audit", "keys").out == first["key"] + "\n"
        both = desk.json("audit", "keys", "--add", by="wang.wei").json
        assert both[0] == first
        assert desk.json("audit", "keys", "--retire", first["id"]).json == both[1:]
        assert desk("audit", "keys", "--retire", "00000000").code == 4

    def test_a_witness_far_away(self, desk: Desk) -> None:
        folder = desk.folder
        desk.note()
        desk("audit", "seal")
        (folder / "log.pub").write_text(desk("audit", "keys").out, encoding="utf-8")
        ask = (
            "audit",
            "witness",
            str(folder / "request"),
            "--key",
            str(folder / "w.key"),
            "--log",
            str(folder / "log.pub"),
        )
        desk("audit", "consistency", "0", "-o", str(folder / "request"))
        done = run(*ask, "--name", "audit.example", "-o", str(folder / "cosigned"))
        assert done.code == 0
        witness = done.err.strip()
        assert witness.startswith("audit.example+")
        assert desk.json("audit", "cosign", str(folder / "cosigned")).json == {"kept": 1}
        assert desk.json("audit", "cosign", str(folder / "cosigned")).json == {"kept": 0}
        assert "— audit.example " in desk("audit", "prove", "N-001", "1").out
        policy = folder / "policy"
        policy.write_text(f"log {(folder / 'log.pub').read_text().strip()}\nwitness a {witness}\nquorum a\n", "utf-8")
        report = desk.json("audit", "verify", "--policy", str(policy), "--checkpoint", str(folder / "cosigned"))
        assert report.code == 0
        assert [each["checked"] for each in report.json["levels"]] == [True, True, True, True, False]
        # The same request again is stale: the witness is further.
        again = run("--json", *ask)
        assert (again.code, again.error["reason"]) == (5, "witnessed")

    def test_verify_with_everything(self, desk: Desk) -> None:
        folder = desk.folder
        desk.note()
        first = desk("audit", "seal").out
        (folder / "first").write_text(first, encoding="utf-8")
        (folder / "log.pub").write_text(desk("audit", "keys").out, encoding="utf-8")
        desk("audit", "tiles", "-o", str(folder / "tiles"))
        desk.filed("N-001")
        (folder / "receipt").write_text(desk("audit", "receipt", "N-001", "2").out, encoding="utf-8")
        words = [
            "audit",
            "verify",
            "--key",
            "log.pub",
            "--checkpoint",
            "first",
            "--receipt",
            "receipt",
            "--tiles",
            "tiles",
        ]
        words = [str(folder / word) if (folder / word).exists() else word for word in words]
        done = desk.json(*words)
        assert (done.code, done.json["waiting"], done.json["signed"]) == (0, 1, 7)
        assert [each["level"] for each in done.json["levels"] if each["checked"]] == ["V0", "V1", "V2", "V4"]
        for wrong in ("--key", "--checkpoint", "--receipt", "--policy"):
            bad = desk.json("audit", "verify", wrong, str(folder / "tiles/tile/0/000.p/7"))
            assert bad.code == 2, wrong

    def test_a_bundle(self, desk: Desk) -> None:
        desk.note()
        desk("audit", "seal")
        file = desk.folder / "e.zip"
        assert desk.json("audit", "bundle", "N-001", "-o", str(file)).json == {
            "file": str(file),
            "cases": 1,
            "entries": 2,
        }
        done = run("--json", "audit", "verify", "--bundle", str(file))
        assert (done.code, done.json["ok"], done.json["entries"], done.json["cases"]) == (0, True, 2, 1)
        file.write_bytes(file.read_bytes()[:-100])
        done = run("--json", "audit", "verify", "--bundle", str(file))
        assert (done.code, done.json["findings"][0]["code"]) == (6, "bundle_unreadable")

    def test_erase(self, desk: Desk) -> None:
        desk.note("Secret", "--reason", "private")
        done = desk.json(
            "audit",
            "erase",
            "N-001",
            "1",
            "--reason",
            "asked for",
            "--basis",
            "GDPR 17",
            "--approved",
            "li.na",
            by="wang.wei",
        )
        assert done.json["erased"] == ["data", "reason"]
        assert "Secret" not in str(everything(desk.file)["workflow_payload"])
        assert "Secret" not in str(everything(desk.file)["workflow_case"])
        [entry] = desk.json("history", "N-001").json
        assert (entry["data"], entry["reason"]) == (None, None)
        kinds = [each for each in desk.json("audit", "log", "--kind", "erased").json]
        assert [each["subject"].split("/", 1)[1] for each in kinds] == ["1/data", "1/reason"]
        assert [each["reason"] for each in kinds] == ["asked for"] * 2
        assert desk.json("audit", "verify").json["ok"]
        again = desk.json("audit", "erase", "N-001", "1", "--reason", "x", by="wang.wei")
        assert (again.code, again.error["reason"]) == (2, "nothing_to_erase")
        assert desk.json("audit", "erase", "N-001", "9", "--reason", "x", by="wang.wei").code == 4
        assert desk.json("audit", "erase", "N-001", "1", "--reason", "x", "--payload", "annex", by="wang.wei").code == 2


class TestErasing:
    def test_a_later_value_stays_and_an_older_one_does_not_come_back(self, engine: Engine) -> None:
        engine.install(
            load_text(
                PROPOSAL.replace("version: 1", "version: 2").replace(
                    "by: secretary, apart_from: proposer}",
                    "by: secretary, accept: [title, benefit], apart_from: proposer}",
                )
            )
        )
        case = submit(engine, "first")
        engine.advance(case, "register", actor=WANG, data={"title": "second"})
        assert engine.erase(case, 1, by=WANG, reason="r", payloads=["data"]) == ["data"]
        assert dict(engine.case(case).data) == {"title": "second"}
        assert engine.erase(case, 2, by=WANG, reason="r") == ["data"]
        assert dict(engine.case(case).data) == {}
        report = engine.verify()
        assert (report.problems, report.destroyed) == ((), 2)
        assert any("2 payloads that were destroyed" in each for each in report.not_checked)

    def test_a_name_goes_from_the_directory(self, engine: Engine) -> None:
        engine.add_actor("zhao.min", name="Zhao Min")
        engine.erase("00000000-0000-8000-8000-000000000003", 1, by=WANG, reason="left")
        assert engine.actor("zhao.min").name is None
        assert engine.verify().ok

    def test_every_proof_stays_valid(self, engine: Engine) -> None:
        case = submit(engine)
        sealed = engine.seal()
        proof = str(engine.prove(case, 1))
        engine.erase(case, 1, by=WANG, reason="r")
        assert str(engine.prove(case, 1)) == proof
        assert engine.seal().size == sealed.size + 2
        assert engine.verify().ok

    def test_a_case_goes_on_without_what_was_destroyed(self, engine: Engine) -> None:
        case = submit(engine)
        engine.erase(case, 1, by=WANG, reason="r")
        assert engine.advance(case, "register", actor=WANG).state == "registered"
        assert engine.verify().ok

    @pytest.mark.parametrize("reason", ["", "x" * 10_001, 7])
    def test_it_wants_a_reason(self, engine: Engine, reason: str) -> None:
        case = submit(engine)
        with pytest.raises(InputError):
            engine.erase(case, 1, by=WANG, reason=reason)
        with pytest.raises(NotFoundError):
            engine.erase(case, 2, by=WANG, reason="r")
        assert engine.verify().destroyed == 0


class TestWitness:
    NOW = datetime(2026, 1, 6, tzinfo=UTC)

    @pytest.fixture
    def witness(self) -> PrivateKey:
        return new_key("witness.example", bytes, WITNESS)

    def test_it_cosigns_what_extends_the_last(self, engine: Engine, witness: PrivateKey, tmp_path: Path) -> None:
        memory = Memory(tmp_path / "memory")
        first = parse_checkpoint(parse_note(engine.seal().checkpoint).text)
        note = cosign(str(engine.extends(0)), witness, engine.keys(), memory, self.NOW)
        assert note.signed_by([witness.public]) == [witness.public]
        assert note.time_by(witness.public) == int(self.NOW.timestamp())
        submit(engine)
        second = parse_checkpoint(parse_note(engine.seal().checkpoint).text)
        with pytest.raises(ConflictError) as stale:
            cosign(str(engine.extends(0)), witness, engine.keys(), memory, self.NOW)
        assert stale.value.params == {"size": first.size, "old": 0}
        cosign(str(engine.extends(first.size)), witness, engine.keys(), memory, self.NOW)
        assert memory.read() == {second.origin: second}
        # The same once more is the same.
        cosign(str(engine.extends(second.size)), witness, engine.keys(), memory, self.NOW)

    def test_it_refuses_a_fork(self, engine: Engine, witness: PrivateKey, tmp_path: Path) -> None:
        memory = Memory(tmp_path / "memory")
        engine.seal()
        cosign(str(engine.extends(0)), witness, engine.keys(), memory, self.NOW)
        known = memory.read()
        [said] = known.values()
        for root in (bytes(32), bytes([1] * 32)):
            memory.write({said.origin: type(said)(said.origin, said.size, root)})
            for _ in range(2):
                with pytest.raises(IntegrityError) as refused:
                    cosign(str(engine.extends(said.size)), witness, engine.keys(), memory, self.NOW)
                assert [each.code for each in refused.value.problems] == ["fork"]
                submit(engine)
                engine.seal()
        memory.write(known)
        cosign(str(engine.extends(said.size)), witness, engine.keys(), memory, self.NOW)

    def test_it_refuses_what_it_cannot_read_or_does_not_know(
        self, engine: Engine, witness: PrivateKey, tmp_path: Path
    ) -> None:
        memory = Memory(tmp_path / "memory")
        engine.seal()
        asked = str(engine.extends(0))
        stranger = new_key(engine.keys()[0].name, bytes, LOG).public
        for request, logs in (
            ("", engine.keys()),
            (asked.replace("old 0", "old 9"), engine.keys()),
            (asked, [stranger]),
        ):
            with pytest.raises(InputError) as refused:
                cosign(request, witness, logs, memory, self.NOW)
            assert refused.value.code == "bad_request"
        assert not memory.path.exists()

    def test_the_store_keeps_only_what_is_under_its_own_checkpoints(
        self, engine: Engine, witness: PrivateKey, tmp_path: Path
    ) -> None:
        engine.seal()
        note = cosign(str(engine.extends(0)), witness, engine.keys(), Memory(tmp_path / "memory"), self.NOW)
        for wrong in ("", str(note).replace("\n3\n", "\n2\n"), str(note).replace("\n", "x\n", 1)):
            with pytest.raises(InputError) as refused:
                engine.keep_cosignatures(wrong)
            assert refused.value.code == "bad_checkpoint"
        assert engine.keep_cosignatures(str(note)) == 1


class TestRecovery:
    def test_the_log_goes_on_under_another_name(self, engine: Engine, clock: Clock, tmp_path: Path) -> None:
        submit(engine)
        engine.seal()
        assert engine.store.path is not None
        engine.close()
        copy = tmp_path / "copy.db"
        shutil.copyfile(engine.store.path, copy)
        engine = Engine.open(f"sqlite:///{tmp_path / 'store.db'}", clock=clock)
        submit(engine, "lost")
        last = engine.seal().checkpoint
        with pytest.raises(InputError) as refused:
            engine.recover(last, reason="nothing happened", by=WANG)
        assert refused.value.code == "nothing_lost"
        old = engine.keys()
        engine.close()
        for name in ("store.db", "store.db-wal", "store.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        shutil.copyfile(copy, tmp_path / "store.db")
        engine = Engine.open(f"sqlite:///{tmp_path / 'store.db'}", clock=clock)
        with pytest.raises(IntegrityError):
            engine.seal()
        sealed = parse_checkpoint(parse_note(engine.recover(last, reason="disk failed", by=WANG).checkpoint).text)
        assert sealed.origin == parse_checkpoint(parse_note(last).text).origin + "/2"
        assert engine.keys() != old
        submit(engine)
        engine.seal()
        assert engine.verify().ok
        [entry] = engine.log(kind="log_recovered")
        assert (entry.subject, entry.reason) == (sealed.origin, "disk failed")
        # Whoever has a checkpoint of the old name sees what was lost; whoever trusts the old key asks for the new one.
        said = parse_note(last)
        report = engine.verify(anchors=Anchors(checkpoints=((said, parse_checkpoint(said.text)),)))
        assert [each.code for each in report.problems] == ["anchor_other"]
        assert [each.code for each in engine.verify(anchors=Anchors(keys=tuple(old))).problems] == ["checkpoint_key"]
        assert engine.verify(anchors=Anchors(keys=tuple(engine.keys()))).ok
        engine.close()
