"""The keys of the signer and its memory, outside of the database."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.test_seal import key_path, places, submit
from workflow import Engine, InputError, IntegrityError, NotFoundError
from workflow.audit.keys import KeyFile, Memory
from workflow.log.note import parse_note

# The key lies beside the file of the store; where the store is on a server it is named, see test_seal_server.
pytestmark = pytest.mark.databases("sqlite")


class TestKeys:
    def test_the_key_is_made_once_and_for_its_owner_only(self, engine: Engine) -> None:
        engine.seal()
        path = key_path(engine)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.with_name("store.db.key.memory").stat().st_mode) == 0o600
        [key] = engine.keys()
        assert path.read_text("utf-8").startswith(f"PRIVATE+KEY+{key.name}+{key.id.hex()}+")
        [entry] = [each for each in engine.log(kind="key_added")]
        assert entry.subject == str(key)
        assert not any(
            b"PRIVATE" in bytes(str(row), "utf-8")
            for table in ("workflow_entry", "workflow_meta", "workflow_checkpoint")
            for row in self.rows(engine, table)
        )

    def rows(self, engine: Engine, table: str) -> list[object]:
        with engine.store.reading() as unit:
            return unit.all(f"SELECT * FROM {table}")

    def test_a_key_that_others_can_read_is_not_used(self, engine: Engine) -> None:
        engine.seal()
        key_path(engine).chmod(0o640)
        with pytest.raises(InputError, match="chmod 600"):
            engine.seal()

    def test_a_key_that_is_gone_is_not_replaced(self, engine: Engine) -> None:
        engine.seal()
        key_path(engine).unlink()
        with pytest.raises(InputError, match="bring it back"):
            engine.seal()

    def test_a_key_of_another_log_is_not_used(self, engine: Engine, tmp_path: Path) -> None:
        with Engine.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
            other.seal()
        with pytest.raises(InputError) as refused:
            engine.seal(tmp_path / "other.db.key")
        assert refused.value.code == "key_of_other_log"

    @pytest.mark.parametrize("text", ["", "\n", "not a key\n", "PRIVATE+KEY+a+00000000+AAAA\n"])
    def test_what_is_no_file_of_keys(self, engine: Engine, text: str) -> None:
        path = key_path(engine)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        with pytest.raises(InputError) as refused:
            engine.seal()
        assert refused.value.code == "bad_key_file"

    def test_a_store_without_a_file_needs_one_named(self, tmp_path: Path) -> None:
        with Engine.open("sqlite://") as engine:
            with pytest.raises(InputError) as refused:
                engine.seal()
            assert refused.value.code == "key_needed"
            assert engine.seal(tmp_path / "key").size == 2
            assert engine.verify().ok

    def test_keys_overlap_and_retire(self, engine: Engine) -> None:
        engine.seal()
        [old] = engine.keys()
        new = engine.add_key()
        assert engine.keys() == [old, new]
        both = parse_note(engine.seal().checkpoint)
        assert both.signed_by([old, new]) == [old, new]
        with pytest.raises(NotFoundError, match=old.id.hex()):
            engine.retire_key("00000000")
        assert engine.retire_key(old.id.hex()) == old
        assert parse_note(engine.seal().checkpoint).signed_by([old, new]) == [new]
        with pytest.raises(InputError, match="is the only key"):
            engine.retire_key(new.id.hex())
        assert [each.kind for each in engine.log(case="store")] == [
            "store_created",
            "key_added",
            "key_added",
            "key_retired",
        ]
        assert engine.verify().ok

    def test_a_key_that_was_added_and_not_yet_recorded_is_recorded_by_the_next(self, engine: Engine) -> None:
        """As after a crash between the file and the entry."""
        engine.seal()
        file = KeyFile(key_path(engine))
        [key] = file.read()
        file.write([key, type(key)(key.name, key.kind, bytes(32))])
        sealed = parse_note(engine.seal().checkpoint)
        assert len(sealed.signatures) == len(list(engine.log(kind="key_added"))) == 2
        assert engine.verify().ok

    def test_a_retired_key_that_is_still_in_the_file_does_not_sign(self, engine: Engine) -> None:
        engine.seal()
        file = KeyFile(key_path(engine))
        before = file.read()
        engine.add_key()
        whole = file.read()
        engine.retire_key(before[0].public.id.hex())
        file.write(whole)
        assert len(parse_note(engine.seal().checkpoint).signatures) == 1
        assert engine.verify().ok


class TestMemory:
    def test_it_holds_what_was_signed(self, engine: Engine) -> None:
        sealed = engine.seal()
        memory = Memory(key_path(engine).with_name("store.db.key.memory"))
        [said] = memory.read().values()
        assert (said.size, said.root) == (sealed.size, sealed.root)

    def test_without_it_the_last_checkpoint_counts(self, engine: Engine) -> None:
        engine.seal()
        key_path(engine).with_name("store.db.key.memory").unlink()
        submit(engine)
        engine.seal()
        key_path(engine).with_name("store.db.key.memory").unlink()
        with engine.store.writing() as unit:
            for name in ("workflow_tile_no_update", "workflow_leaf_no_delete"):
                unit.run(f"DROP TRIGGER {name}")
            unit.run("DELETE FROM workflow_leaf WHERE leaf_index = 3")
        with pytest.raises(IntegrityError) as refused:
            engine.seal()
        assert [each.code for each in refused.value.problems] == ["memory_ahead"]

    def test_one_that_is_something_else_is_told(self, engine: Engine) -> None:
        engine.seal()
        key_path(engine).with_name("store.db.key.memory").write_text("a\nb\n", encoding="utf-8")
        with pytest.raises(InputError) as refused:
            engine.seal()
        assert refused.value.code == "bad_memory"

    def test_an_entry_that_was_changed_while_it_waited_is_not_sealed(self, engine: Engine) -> None:
        case = submit(engine)
        with engine.store.writing() as unit:
            unit.run("DROP TRIGGER workflow_entry_no_update")
            unit.run("UPDATE workflow_entry SET leaf = x'00' WHERE case_id = ?", case)
        with pytest.raises(IntegrityError) as refused:
            engine.seal()
        assert [(each.code, each.case, each.seq) for each in refused.value.problems] == [("hash", case, 1)]
        assert places(engine) == []
