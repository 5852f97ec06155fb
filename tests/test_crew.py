"""Several processes find what one finds, in the same order, and see one moment of the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.attacks_beside import ATTACKS
from tests.vault import Vault, vault
from workflow import ConflictError
from workflow.audit import crew
from workflow.audit.verify import verify
from workflow.store.database import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setattr("workflow.audit.verify.WORTH", 10)
    monkeypatch.setattr("workflow.audit.crew.RANGE", 7)
    return vault(tmp_path_factory).copy(tmp_path / "copy.db")


def test_a_log_as_it_was_written_is_clean(copy: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    started: list[int] = []
    begun = crew.Crew.__init__

    def counted(self: crew.Crew, url: object, processes: int) -> None:
        started.append(processes)
        begun(self, url, processes)

    monkeypatch.setattr(crew.Crew, "__init__", counted)
    report = copy.check("V4", processes=2, progress=lambda done, total: told.append((done, total)))
    assert report == copy.check("V4")
    assert (report.ok, report.entries, report.size) == (True, 60, 57)
    assert started == [2]
    assert told[-1] == (60, 60)
    assert len(told) > 4


@pytest.mark.parametrize("picked", [3, 20, 40, 60])
def test_what_one_finds_several_find(copy: Vault, picked: int) -> None:
    with copy.book.hand() as hand:
        for each in ATTACKS[picked : picked + 1]:
            each.work(hand)
        hand.run("UPDATE workflow_tile SET bytes = CAST(zeroblob(1) || substr(bytes, 2) AS BLOB)")
        hand.run("UPDATE workflow_entry SET actor = 'nobody' WHERE case_id IN (:tail, :old1, :later)")
    alone = copy.check("V3")
    assert len(alone.problems) > 5
    assert copy.check("V3", processes=2) == alone


def test_a_table_that_is_gone(copy: Vault) -> None:
    with copy.book.hand() as hand:
        hand.connection.execute("DROP TABLE workflow_payload")
    assert copy.check(processes=2) == copy.check()


def test_somebody_who_writes_is_not_waited_for(copy: Vault) -> None:
    store = Store.connect(f"sqlite:///{copy.book.path}?timeout=0.1")
    with closing(sqlite3.connect(copy.book.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with crew.still(store) as quiet:
            assert not quiet
        assert verify(store, processes=2).ok
        writer.execute("ROLLBACK")
    with crew.still(store) as quiet:
        assert quiet
        with pytest.raises(ConflictError), store.writing():
            pass
    store.close()
