"""`verify`: a log as it was written is clean, and each change by hand is found at the entry where it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks import Attack
from tests.attacks_beside import ATTACKS
from tests.book import Book, write
from tests.conftest import database
from workflow import Engine, StoreError
from workflow.audit.verify import verify
from workflow.errors import Problem
from workflow.log.entry import KINDS
from workflow.messages import MESSAGES
from workflow.store.database import Store

# What people do together, who stands in for whom, what is paid and tied: tests/test_tamper_proceedings.py.
ELSEWHERE = {
    *("panel_opened", "voted", "scored", "counted", "panel_closed", "objected", "settled", "reminded", "escalated"),
    *("awarded", "approved", "paid", "reversed", "linked", "marked", "disclosed"),
    *("delegated", "delegation_revoked", "handed_over"),
}
AFTERWARDS = {"store_upgraded", "exported", "key_added", "key_retired", "log_recovered", "case_heads", "erased"}
SQLITE = pytest.mark.databases("sqlite")


@pytest.fixture(scope="module")
def original(store_kind: str, tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Book]:
    with database(store_kind, tmp_path_factory.mktemp("book"), postgres) as url:
        yield write(url)


@pytest.fixture
def book(original: Book, tmp_path: Path) -> Iterator[Book]:
    with original.draft(tmp_path) as book:
        yield book


def test_a_log_with_every_kind_of_entry_is_clean(original: Book) -> None:
    with original.hand() as hand:
        kinds = {row[0] for row in hand.all("SELECT DISTINCT kind FROM workflow_entry")}
        entries = hand.all("SELECT count(*) FROM workflow_entry")[0][0]
        conforms = {row[0] for row in hand.all("SELECT conforms FROM workflow_entry WHERE kind = 'imported'")}
    # Nothing of it is sealed, erased or handed on.
    assert kinds == set(KINDS) - AFTERWARDS - ELSEWHERE
    assert conforms == {0, 1}
    report = original.check()
    assert original.found(report) == []
    assert (report.ok, report.entries, report.cases, report.size) == (True, entries, 8, 0)


def test_a_store_that_was_just_created_is_clean(url: str) -> None:
    engine = Engine.open(url)
    report = engine.verify()
    engine.close()
    assert (report.ok, report.entries, report.cases) == (True, 1, 0)


@SQLITE
def test_checking_writes_nothing_and_needs_no_trigger(book: Book) -> None:
    before = hashlib.sha256(book.path.read_bytes()).digest()
    assert book.check().ok
    assert hashlib.sha256(book.path.read_bytes()).digest() == before


def test_progress_is_told_after_each_page(original: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    store = Store.connect(original.url)
    entries = verify(store, lambda done, total: told.append((done, total))).entries
    assert told == [(entries, entries)]
    monkeypatch.setattr("workflow.store.pages.pages.__defaults__", (7,))
    told.clear()
    assert verify(store, lambda done, total: told.append((done, total))).ok
    store.close()
    assert told == [(min(done, entries), entries) for done in range(7, entries + 7, 7)]


def test_the_report_as_json_says_what_was_checked_and_what_was_not(book: Book) -> None:
    with book.hand() as hand:
        hand.run("UPDATE workflow_case SET state = 'adopted' WHERE id = :waiting")
    report = book.check()
    said = report.as_dict()
    assert (said["ok"], said["entries"], said["cases"], said["size"]) == (False, report.entries, 8, 0)
    assert said["findings"] == [
        {
            "code": "case_column",
            "case": book.places["waiting"],
            "seq": 1,
            "message": "the case's state is 'adopted'; its entries give 'submitted'",
        }
    ]
    assert (said["checked"], said["not_checked"]) == (list(report.checked), list(report.not_checked))
    # The schema is compared on SQLite only.
    assert len(report.checked) == (9 if book.url.startswith("sqlite") else 8)
    assert "whoever can write the database can rewrite it whole" in report.not_checked[0]
    chinese = report.as_dict("zh")
    assert chinese["findings"][0]["message"] == "案件的 state 为 'adopted'，按记录应为 'submitted'"
    assert chinese["not_checked"][0].startswith("V1: 由谁签名")
    assert (said["waiting"], said["signed"], [each["checked"] for each in said["levels"]]) == (
        report.entries,
        0,
        [True, False, False, False, False],
    )
    assert json.loads(json.dumps(chinese)) == chinese


@pytest.mark.parametrize("each", ATTACKS, ids=lambda each: each.name)
def test_what_somebody_with_sql_does_is_found_where_they_did_it(each: Attack, book: Book) -> None:
    with book.hand() as hand:
        each.work(hand)
    report = book.check()
    seen = [one for one in each.found if one[0] != "schema" or book.url.startswith("sqlite")]
    assert book.found(report) == seen
    for problem in report.problems:
        check_words(problem)


def check_words(problem: Problem) -> None:
    """Both languages have words for it, no figure is left out, and nothing in it can steer a terminal."""
    texts = [problem.text(lang) for lang in ("en", "zh")]
    assert f"problem.{problem.code}" in MESSAGES
    assert all(text.isprintable() and "{" not in text for text in texts), texts
    assert texts[0] != texts[1]


CASE_COLUMNS = {
    "id": "'019b8d2c-7660-73d8-9173-000000000000'",
    "reference": "'P-2026-9999'",
    "definition": "'suggestion'",
    "version": "'2'",
    "digest": "replace(digest, substr(digest, 1, 1), 'g')",
    "state": "'registered'",
    "final": "1",
    "data": '\'{"title":"ABD"}\'',
    "trail": '\'{"return":[1,"wang.wei"]}\'',
    "submitter": "'li.na'",
    "created_at": "'2026-01-05T08:17:00.000001Z'",
    "updated_at": "'2026-01-05T08:17:00.000001Z'",
    "due_at": "'2026-01-05T08:17:00.000001Z'",
    "next_at": "'2026-01-05T08:17:00.000001Z'",
    "proceedings": "'{\"stalled\":true}'",
    "rev": "2",
    "head": ":zeros",
}


@pytest.mark.parametrize("column", CASE_COLUMNS)
def test_no_column_of_a_case_can_be_edited(column: str, book: Book) -> None:
    with book.hand() as hand:
        assert {each[0] for each in hand.execute("SELECT * FROM workflow_case").description} == set(CASE_COLUMNS)
        hand.run(f"UPDATE workflow_case SET {column} = {CASE_COLUMNS[column]} WHERE id = :waiting", zeros=bytes(32))
    report = book.check()
    if column == "id":
        stranger = "019b8d2c-7660-73d8-9173-000000000000"
        assert book.found(report) == [("case_missing", "waiting", 1), ("case_unlogged", stranger, None)]
        return
    assert book.found(report) == [("case_column", "waiting", 1)]
    assert report.problems[0].params["column"] == column


def test_a_change_of_the_data_names_the_fields_and_not_what_they_held(book: Book) -> None:
    with book.hand() as hand:
        hand.run("UPDATE workflow_case SET data = replace(data, '100.00', '900.00') WHERE id = :adopted")
        hand.run("UPDATE workflow_case SET data = replace(data, ':', ': ') WHERE id = :waiting")
    report = book.check()
    assert [each.message for each in report.problems] == [
        "the case's data are not what its entries give: benefit",
        "the case's data are not what its entries give",
    ]


def test_nothing_that_stands_in_a_log_can_steer_a_terminal(book: Book) -> None:
    hostile = "\x1b[2J\u202e\n" + "x" * 500
    with book.hand() as hand:
        hand.rewrite("adopted", 2, blockers=[{"code": hostile}])
        hand.rewrite("adopted", 12, trigger=hostile)
        hand.rewrite("rejected", 1, guards=[{"id": hostile, "ok": True}])
        hand.rewrite("waiting", 1, log=hostile)
        hand.rewrite("old1", 3, blockers=[{"code": hostile}])
        hand.rewrite("old3", 1, reference=hostile)
        hand.rewrite("directory", 5, subject=hostile)
        hand.rewrite("directory", 8, role=hostile)
        hand.rewrite("definitions", 1, subject=hostile)
        hand.run("UPDATE workflow_case SET submitter = :hostile WHERE id = :large", hostile=hostile)
        hand.run("UPDATE workflow_payload SET name = :hostile WHERE case_id = :small", hostile=hostile)
        hand.run("UPDATE workflow_pending SET case_id = :hostile WHERE case_id = :small AND seq = 2", hostile=hostile)
        hand.run("UPDATE workflow_request SET key = :hostile", hostile=hostile)
    report = book.check()
    assert {each.code for each in report.problems} >= {"reasons", "fold", "decision", "origin", "claim", "case_column"}
    for problem in report.problems:
        check_words(problem)
        assert len(problem.message) < 500
        assert problem.case is None or problem.case.isprintable()


def test_a_definition_that_cannot_be_read_is_told_once(book: Book) -> None:
    with book.hand() as hand:
        hand.run("UPDATE workflow_definition SET body = :damaged", damaged=b"\x00")
    report = book.check()
    assert sorted(book.found(report)) == [
        ("definition_changed", "definitions", 1),
        ("definition_changed", "definitions", 2),
    ]
    assert report.cases == 8


def test_what_follows_a_missing_payload_is_not_held_against_the_case(book: Book) -> None:
    with book.hand() as hand:
        hand.run("UPDATE workflow_payload SET salt = NULL, body = NULL")
        hand.run("UPDATE workflow_case SET data = '{}', state = 'rejected' WHERE id = :waiting")
        payloads = hand.all("SELECT count(*) FROM workflow_payload")[0][0]
    report = book.check()
    codes = [each.code for each in report.problems]
    assert codes.count("payload_missing") == payloads
    assert [each for each in book.found(report) if each[0] != "payload_missing"] == [("case_column", "waiting", 1)]


@SQLITE
@pytest.mark.parametrize(
    "table", "entry payload pending definition case actor grant reference request meta leaf tile checkpoint".split()
)
def test_a_table_that_is_gone_is_a_finding(table: str, book: Book) -> None:
    with book.hand() as hand:
        hand.connection.execute(f"DROP TABLE workflow_{table}")
    report = book.check()
    found = [(each.code, each.message) for each in report.problems]
    assert found[0] == ("store", f"the database cannot be read: no such table: workflow_{table}")
    assert {code for code, _ in found[1:]} == {"schema"}
    assert ("schema", f"table workflow_{table} of the database is missing") in found


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("table", "entry payload pending definition case actor grant reference request meta".split())
def test_a_table_that_is_gone_from_a_server_is_a_finding(table: str, url: str) -> None:
    """A failed statement ends a transaction there; the check goes on in another."""
    book = write(url)
    with book.hand() as hand:
        hand.execute(f"DROP TABLE workflow_{table}")
    report = book.check()
    assert [(each.code, each.message) for each in report.problems] == [
        ("store", f'the database cannot be read: relation "workflow_{table}" does not exist')
    ]


@SQLITE
def test_rows_that_no_key_finds_are_missed(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    with book.hand() as hand:
        hand.connection.execute("ALTER TABLE workflow_entry RENAME TO genuine")
        hand.connection.execute("CREATE TABLE workflow_entry AS SELECT * FROM genuine")
        hand.run("UPDATE workflow_entry SET case_id = NULL WHERE case_id <> :store")
        entries = hand.all("SELECT count(*) FROM workflow_entry")[0][0]
    monkeypatch.setattr("workflow.store.pages.pages.__defaults__", (7,))
    report = book.check()
    [incomplete] = [each for each in report.problems if each.code == "incomplete"]
    assert incomplete.params == {"found": "7", "expected": str(entries)}


@SQLITE
def test_a_file_that_is_damaged_is_a_finding(book: Book) -> None:
    with book.hand() as hand:
        page = hand.all("PRAGMA page_size")[0][0]
        root = hand.all("SELECT rootpage FROM sqlite_master WHERE name = 'workflow_entry'")[0][0]
    stored = bytearray(book.path.read_bytes())
    stored[(root - 1) * page : root * page] = b"\xff" * page
    book.path.write_bytes(stored)
    report = book.check()
    assert [each.code for each in report.problems] == ["store"]
    assert report.problems[0].message == "the database cannot be read: database disk image is malformed"


def test_only_a_store_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is no database" * 100)
    for name in ("text.db", "nowhere/store.db"):
        store = Store.connect(f"sqlite:///{tmp_path / name}")
        with pytest.raises(StoreError) as raised:
            verify(store)
        store.close()
        assert raised.value.code == "unreachable"
