"""Stores that are none, are damaged, foreign, of another version, read-only, locked or full."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support import ROOT, Desk, Done, call, everything, run
from workflow.store.database import SCHEMA

COMMANDS = [["list"], ["db", "check"], ["db", "init"], ["actor", "add", "zhao"], ["audit", "verify"]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.set_up(tmp_path)
    for number in range(30):
        desk.note(f"Note {number}")
    return desk


@contextmanager
def sql(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def whole(desk: Desk) -> bytes:
    """The bytes of the store, with the log of the last writes brought in."""
    with sql(desk.file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return desk.file.read_bytes()


def on(file: Path, *words: str) -> Done:
    return run("--db", f"sqlite:///{file}", *words)


class TestFilesThatAreNoStore:
    """Refused by name, never made anew, not a byte changed, and nothing left beside them."""

    def refuse(self, file: Path, message: str) -> None:
        content, beside = file.read_bytes(), sorted(file.parent.iterdir())
        for words in COMMANDS:
            done = on(file, *words)
            assert (done.code, done.out, done.err) == (7, "", f"error: {message.format(file=file)}\n"), words
            assert (file.read_bytes(), sorted(file.parent.iterdir())) == (content, beside), words

    @pytest.mark.parametrize(
        "content",
        [b"a text\n" * 200, b"two", b"SQLite format 3\x00", bytes(range(256)) * 40, b"%PDF-1.7\n" + b"\x00" * 5000],
        ids=["text", "short", "only the header", "binary", "pdf"],
    )
    def test_another_kind_of_file(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "x.db"
        file.write_bytes(content)
        self.refuse(file, "the store sqlite:///{file} cannot be opened: file is not a database")

    @pytest.mark.parametrize("damage", ["cut in half", "cut to a page", "a hole", "no schema"])
    def test_a_damaged_store(self, desk: Desk, tmp_path: Path, damage: str) -> None:
        content = whole(desk)
        file = tmp_path / "damaged" / "x.db"
        file.parent.mkdir()
        file.write_bytes(
            {
                "cut in half": content[: len(content) // 2],
                "cut to a page": content[:4096],
                "a hole": content[:8192] + b"\xff" * (len(content) - 16_384) + content[-8192:],
                "no schema": content[:100] + b"\x00" * 3996 + content[4096:],
            }[damage]
        )
        self.refuse(file, "the store failed: database disk image is malformed")

    def test_a_folder(self, tmp_path: Path) -> None:
        for words in COMMANDS:
            done = on(tmp_path, *words)
            said = f"error: the store sqlite:///{tmp_path} cannot be opened: unable to open database file\n"
            assert (done.code, done.out, done.err) == (7, "", said)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        file = tmp_path / "no" / "x.db"
        for words in COMMANDS:
            done = on(file, *words)
            said = f"error: the store sqlite:///{file} cannot be opened: unable to open database file\n"
            assert (done.code, done.out, done.err) == (7, "", said)
        assert list(tmp_path.iterdir()) == []

    def test_an_empty_file_becomes_a_store(self, tmp_path: Path) -> None:
        file = tmp_path / "x.db"
        file.touch()
        assert on(file, "actor", "add", "zhao").code == 0
        assert on(file, "audit", "verify", "-q").code == 0


class TestForeignDatabases:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "orders.db"
        with sql(file) as connection:
            connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT)")
            connection.execute("INSERT INTO orders VALUES (1, 'tea')")
        return file

    @pytest.mark.parametrize("words", [words for words in COMMANDS if words != ["db", "init"]], ids=" ".join)
    def test_one_is_refused_by_name_and_left_as_it_is(self, file: Path, words: list[str]) -> None:
        content = file.read_bytes()
        done = on(file, *words)
        said = f"sqlite:///{file} is a database without the tables of workflow; run `workflow db init` to add them"
        assert (done.code, done.out, done.err) == (7, "", f"error: {said}\n")
        assert file.read_bytes() == content
        assert list(file.parent.iterdir()) == [file]

    def test_init_adds_our_tables_beside_theirs(self, file: Path) -> None:
        assert on(file, "--json", "db", "init").json["changed"] is True
        assert on(file, "actor", "add", "zhao").code == 0
        assert on(file, "audit", "verify", "-q").code == 0
        tables = everything(file)
        assert tables["orders"] == [(1, "tea")]
        assert {name.split("_")[0] for name in tables} == {"orders", "workflow"}


class TestOtherVersions:
    def version(self, desk: Desk, found: str) -> tuple[bytes, str]:
        with sql(desk.file) as connection:
            connection.execute("UPDATE workflow_schema SET version_num = ?", (found,))
        return whole(desk), f"sqlite:///{desk.file} has schema {found}"

    @pytest.mark.parametrize(
        ("found", "said", "upgrade"),
        [
            (
                "0000",
                f", this program needs {SCHEMA}; run `workflow db upgrade`",
                f", which this program ({SCHEMA}) does not know",
            ),
            ("9998", f", which is newer than this program ({SCHEMA}); upgrade the program", None),
            ("x", f", which is newer than this program ({SCHEMA}); upgrade the program", None),
        ],
    )
    def test_a_schema_of_another_version_is_refused(
        self, desk: Desk, found: str, said: str, upgrade: str | None
    ) -> None:
        content, begin = self.version(desk, found)
        for words in (["list"], ["actor", "add", "zhao"], ["audit", "verify"], ["db", "check"]):
            done = desk(*words)
            assert (done.code, done.out, done.err) == (7, "", f"error: {begin}{said}\n")
        for words in (["db", "init"], ["db", "upgrade"]):
            done = desk(*words)
            assert (done.code, done.out, done.err) == (7, "", f"error: {begin}{upgrade or said}\n")
        assert whole(desk) == content
        self.version(desk, SCHEMA)
        assert desk("audit", "verify", "-q").code == 0

    def test_a_store_that_lost_the_name_of_its_log(self, desk: Desk) -> None:
        with sql(desk.file) as connection:
            connection.execute("DELETE FROM workflow_meta")
        content = whole(desk)
        said = f"error: sqlite:///{desk.file} has lost the name of its log; bring back a copy from before\n"
        for words in (["list"], ["actor", "add", "zhao"], ["db", "init"]):
            done = desk(*words)
            assert (done.code, done.out, done.err) == (7, "", said)
        assert whole(desk) == content

    def test_a_case_that_cannot_be_read(self, desk: Desk) -> None:
        case = desk.json("show", "N-001").json["id"]
        with sql(desk.file) as connection:
            connection.execute("UPDATE workflow_case SET data = '{' WHERE id = ?", (case,))
        for words in (["show", "N-001"], ["list"], ["advance", "N-001", "drop"]):
            done = desk(*words, by="li.na")
            assert (done.code, done.out, done.err.count("\n")) == (7, "", 1)
            assert done.err.startswith(f"error: the stored case {case} cannot be read: ")
        assert desk("show", "N-002").code == 0

    def test_a_definition_that_was_changed(self, desk: Desk) -> None:
        digest = desk.json("show", "N-001").json["definition"]["digest"]
        with sql(desk.file) as connection:
            connection.execute("DROP TRIGGER workflow_definition_no_update")
            connection.execute("UPDATE workflow_definition SET body = replace(body, 'clerk', 'elder')")
        done = desk("advance", "N-001", "drop", by="li.na")
        said = f"the stored definition {digest} does not match its digest; run `workflow audit verify`"
        assert (done.code, done.out, done.err) == (7, "", f"error: {said}\n")
        assert desk("audit", "verify").code == 6


URLS = [
    ("mysql://u:secret@h/x", "mysql is not supported; use sqlite or postgresql+psycopg"),
    ("mysql+pymysql://u:secret@h/x", "mysql+pymysql is not supported; use sqlite or postgresql+psycopg"),
    ("oracle://u:secret@h/x", "oracle is not supported; use sqlite or postgresql+psycopg"),
    ("http://example.org/", "http is not supported; use sqlite or postgresql+psycopg"),
    ("file:///tmp/x.db", "file is not supported; use sqlite or postgresql+psycopg"),
    ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite is not supported; use sqlite or postgresql+psycopg"),
    ("garbage", "not a database URL: garbage"),
    ("", "not a database URL: "),
    ("://", "not a database URL: ://"),
    ("sqlite:/x", "not a database URL: sqlite:/x"),
    ("sqlite://host/x.db", "not a database URL: sqlite://host/x.db"),
    ("sqlite:///a\x00b", "not a database URL: sqlite:///a\\x00b"),
    ("sqlite:///x.db?timeout=soon", "not a database URL: sqlite:///x.db?timeout=soon"),
    ("sqlite:///x.db?nonsense=1", "not a database URL: sqlite:///x.db?nonsense=1"),
    ("\x1b[31m", "not a database URL: \\x1b[31m"),
    ("my sql://u:secret@h/x", "not a database URL: my sql://u:***@h/x"),
]


@pytest.mark.parametrize(("url", "message"), URLS, ids=[repr(url) for url, _ in URLS])
def test_addresses_that_lead_nowhere(url: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("--db", url, "list")
    assert (done.code, done.out, done.err) == (2, "", f"error: {message}\n")
    if "\x00" not in url:
        assert run("--json", "list", env={"WORKFLOW_DB": url or "x"}).error["code"] == "input"
    assert list(tmp_path.iterdir()) == []


class TestReadOnly:
    @pytest.mark.parametrize("mode", ["mode=ro", "immutable=1"])
    def test_what_only_reads_works_and_what_writes_is_refused(self, desk: Desk, mode: str) -> None:
        content = whole(desk)
        url = f"sqlite:///file:{desk.file}?{mode}&uri=true"
        assert len(run("--db", url, "--json", "list").json) == 30
        assert run("--db", url, "audit", "verify", "-q").code == 0
        for words in (["actor", "add", "zhao"], ["--as", "li.na", "advance", "N-001", "drop"]):
            done = run("--db", url, *words)
            said = "error: the store failed: attempt to write a readonly database\n"
            assert (done.code, done.out, done.err) == (7, "", said)
        assert whole(desk) == content

    def test_nothing_is_created_where_only_reading_is_asked_for(self, tmp_path: Path) -> None:
        for mode in ("ro", "rw"):
            assert run("--db", f"sqlite:///file:{tmp_path}/x.db?mode={mode}&uri=true", "list").code == 7
        assert list(tmp_path.iterdir()) == []


class TestLocked:
    BUSY = "error: the store is busy: another writer holds it; try again\n"

    def test_writing_waits_and_then_gives_up_and_reading_goes_on(self, desk: Desk) -> None:
        impatient = f"sqlite:///{desk.file}?timeout=0.1"
        with sql(desk.file) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("INSERT INTO workflow_actor (id) VALUES ('zhao')")
            for words in (["actor", "add", "sun"], ["--as", "li.na", "advance", "N-001", "drop"], ["db", "upgrade"]):
                done = run("--db", impatient, *words)
                assert (done.code, done.out, done.err) == (5, "", self.BUSY)
            line = b'{"op": "advance", "reference": "N-001", "transition": "drop", "actor": "li.na"}\n'
            done = run("--db", impatient, "apply", "-", given=line * 3)
            assert (done.code, done.out, done.err) == (5, "", self.BUSY)
            assert [each["id"] for each in run("--db", impatient, "--json", "actor", "list").json] == [
                "li.na",
                "wang.wei",
            ]
            other.execute("ROLLBACK")
        assert desk("advance", "N-001", "drop", by="li.na").code == 0
        assert desk("audit", "verify", "-q").code == 0

    def test_a_store_that_somebody_else_has_to_himself(self, tmp_path: Path) -> None:
        """In the other journal mode a writer keeps readers out as well."""
        file = tmp_path / "x.db"
        with sql(file) as other:
            other.execute("CREATE TABLE orders (id INTEGER)")
            other.execute("BEGIN EXCLUSIVE")
            done = run("--db", f"sqlite:///{file}?timeout=0.1", "db", "init")
            assert (done.code, done.out, done.err) == (5, "", self.BUSY)
            other.execute("ROLLBACK")
        assert on(file, "db", "init").code == 0


class TestFull:
    """Files that may not grow: the same as a full disk, without one."""

    def limited(self, desk: Desk, room: int, words: list[str], given: bytes) -> Done:
        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *desk.words(*words, by="li.na")],
            input=given,
            capture_output=True,
            preexec_fn=limit,  # the child is single-threaded until it runs the program
            check=False,
            timeout=120,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def test_what_was_told_is_kept_and_the_rest_was_not_done(self, desk: Desk) -> None:
        """The file with the log of writes is the one that grows; some batches fit into it and one does not."""
        before = whole(desk)
        line = {"op": "submit", "definition": "note", "data": {"title": "x" * 200}}
        done = self.limited(desk, 2_000_000, ["apply", "-"], (json.dumps(line) + "\n").encode() * 3000)
        assert (done.code, done.err) == (7, "error: the store failed: disk I/O error\n")
        told = [each["case"] for each in done.lines if each["ok"]]
        assert len(told) in range(200, 3000, 200)
        stored = [each["id"] for each in desk.json("list", "--limit", "10000").json]
        assert (set(told) <= set(stored), len(stored)) == (True, 30 + len(told))
        assert len(before) < 2_000_000
        assert desk("audit", "verify", "-q").code == 0
        assert len(desk.json("db", "check").json) == 9
        desk.note("There is room again")

    def test_not_even_one(self, desk: Desk) -> None:
        whole(desk)
        before = desk.rows()
        for words in (["submit", "note", "--set", "title=x"], ["advance", "N-001", "drop"], ["actor", "add", "zhao"]):
            done = self.limited(desk, 4096, words, b"")
            assert (done.code, done.out, done.err) == (7, "", "error: the store failed: disk I/O error\n")
        assert desk.rows() == before
        assert desk("advance", "N-001", "drop", by="li.na").code == 0

    def test_no_room_for_a_new_store(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        done = self.limited(desk, 4096, ["list"], b"")
        assert (done.code, done.out, done.err.count("\n")) == (7, "", 1)
        assert desk.json("list").json == []
        assert desk("audit", "verify", "-q").code == 0

    def test_no_room_for_an_export(self, desk: Desk) -> None:
        line = {"op": "submit", "definition": "note", "data": {"title": "x" * 200}}
        assert desk("apply", "-", by="li.na", given=(json.dumps(line) + "\n").encode() * 300).code == 0
        whole(desk)
        target = desk.folder / "log.csv"
        target.write_text("the one before", encoding="utf-8")
        done = self.limited(desk, 65_536, ["audit", "export", "-o", str(target)], b"")
        assert (done.code, done.out, done.err) == (2, "", f"error: {target} cannot be written: File too large\n")
        assert target.read_text(encoding="utf-8") == "the one before"
        assert [each.name for each in desk.folder.iterdir() if "csv" in each.name] == ["log.csv"]


def test_a_program_of_its_own_says_no_more_than_that(tmp_path: Path) -> None:
    """Outside the test's process too: no traceback, no warning of a library."""
    file = tmp_path / "x.db"
    file.write_bytes(b"a text\n" * 200)
    for url, code in ((f"sqlite:///{file}", 7), ("sqlite:///x.db?nonsense=1", 2), ("mysql://h/x", 2)):
        done = call("--db", url, "list", cwd=tmp_path)
        assert (done.code, done.out, done.err.count("\n"), done.err[:7]) == (code, "", 1, "error: ")
