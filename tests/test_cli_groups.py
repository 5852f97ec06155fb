"""The other commands: the store, the directory, definitions, the log, figures."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.support import NOTE, Desk, keys
from workflow.store.database import SCHEMA

FINDING = ["file", "line", "column", "rule", "severity", "message"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.set_up(tmp_path)


class TestStore:
    def test_init_creates_the_tables_and_says_so(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        store = f"sqlite:///{desk.file}"
        assert desk.json("db", "init").json == {"store": store, "schema": SCHEMA, "before": None, "changed": True}
        assert desk.json("db", "init").json == {"store": store, "schema": SCHEMA, "before": SCHEMA, "changed": False}
        assert desk.json("db", "upgrade").json == {"store": store, "schema": SCHEMA, "before": SCHEMA, "changed": False}

    def test_init_in_text(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        assert desk("db", "init").out.splitlines() == [
            f"store    sqlite:///{desk.file}",
            f"schema   {SCHEMA}",
            "before",
            "changed  true",
        ]

    def test_check_says_what_the_store_is(self, desk: Desk) -> None:
        desk.note()
        found = desk.json("db", "check").json
        assert {key: found[key] for key in ("schema", "journal", "synchronous", "integrity", "cases", "entries")} == {
            "schema": SCHEMA,
            "journal": "wal",
            "synchronous": 2,
            "integrity": "ok",
            "cases": 1,
            "entries": 6,
        }

    def test_any_command_creates_an_absent_store(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        assert not desk.file.exists()
        assert desk.json("list").json == []
        assert desk.file.exists()


class TestDirectory:
    def test_people_are_added_and_given_roles(self, desk: Desk) -> None:
        assert desk.json("actor", "add", "zhao", "--name", "赵", "--role", "clerk", "--role", "head").json == {
            "id": "zhao",
            "name": "赵",
            "roles": ["clerk", "head"],
        }
        assert desk.json("actor", "grant", "li.na", "head").json["roles"] == ["head"]
        assert desk.json("actor", "grant", "li.na", "head").json["roles"] == ["head"]
        assert desk.json("actor", "revoke", "zhao", "clerk").json["roles"] == ["head"]
        assert desk.json("actor", "list").json == [
            {"id": "li.na", "name": "Li Na", "roles": ["head"]},
            {"id": "wang.wei", "name": None, "roles": ["clerk"]},
            {"id": "zhao", "name": "赵", "roles": ["head"]},
        ]

    def test_the_list_in_text(self, desk: Desk) -> None:
        assert desk("actor", "list").out.splitlines() == ["id\tname\troles", "li.na\tLi Na\t", "wang.wei\t\tclerk"]
        assert desk("actor", "grant", "wang.wei", "head").out.splitlines() == [
            "id     wang.wei",
            "name",
            "roles  clerk, head",
        ]

    def test_every_change_is_an_entry_that_says_who_made_it(self, desk: Desk) -> None:
        desk("actor", "add", "zhao", "--role", "clerk", by="wang.wei")
        desk("actor", "revoke", "zhao", "clerk")
        found = desk.json("audit", "log", "--case", "directory").json
        assert [(each["kind"], each["subject"], each.get("role"), each["actor"]) for each in found] == [
            ("actor_added", "li.na", None, "operator"),
            ("actor_added", "wang.wei", None, "operator"),
            ("role_granted", "wang.wei", "clerk", "operator"),
            ("actor_added", "zhao", None, "wang.wei"),
            ("role_granted", "zhao", "clerk", "wang.wei"),
            ("role_revoked", "zhao", "clerk", "operator"),
        ]
        assert {each["stream"] for each in found} == {"directory"}


class TestDefinitions:
    def test_list_shows_what_is_installed_and_what_lies_in_folders(self, desk: Desk) -> None:
        here = [each for each in desk.json("definition", "list").json if each["name"] == "note"]
        file = str(desk.folder / "definitions" / "note.yaml")
        assert [(each["version"], each["title"], each["installed"], each["file"]) for each in here] == [
            ("1", "Note", False, file)
        ]
        desk.note()
        assert [each["installed"] for each in desk.json("definition", "list").json if each["name"] == "note"] == [True]
        assert f"note\t1\t便条\ttrue\t{file}" in desk("definition", "list", "--lang", "zh").out.splitlines()

    def test_show_and_diagram_and_schema(self, desk: Desk) -> None:
        desk.note()
        shown = desk.json("definition", "show", "note").json
        assert list(shown["states"]) == ["draft", "filed", "gone"]
        assert shown["digest"] == desk.json("list").json[0]["definition"]["digest"]
        assert "file\tFile\tdraft\tfiled\tclerk\t[pages]\tpages > 0\tauthor" in desk("definition", "show", "note").out
        assert desk("definition", "diagram", "note").out.startswith("stateDiagram-v2\n")
        drawn = desk.json("definition", "diagram", "note", "--format", "dot").json
        assert (drawn["name"], drawn["format"], drawn["text"][:14]) == ("note", "dot", 'digraph "note"')
        assert "$defs" in desk("definition", "schema").json

    def test_check_gives_each_finding_with_its_place(self, desk: Desk) -> None:
        file = desk.folder / "wrong.yaml"
        file.write_text(NOTE.replace("to: filed, by: clerk", "to: field, by: clerk"), encoding="utf-8")
        done = desk.json("definition", "check", str(file), str(desk.folder / "definitions"))
        assert done.code == 2
        assert [keys(each) for each in done.json] == [FINDING] * len(done.json)
        where = {"file": str(file), "line": 26, "column": 23, "rule": "unknown_state", "severity": "error"}
        assert {**where, "message": "there is no state field, did you mean filed?"} in done.json
        text = desk("definition", "check", str(file)).out.splitlines()
        assert f"{file}:26:23: error: there is no state field, did you mean filed? [unknown_state]" in text
        assert re.fullmatch(r"1 checked, [0-9]+ errors, [0-9]+ warnings", text[-1])
        fine = desk.json("definition", "check", str(desk.folder / "definitions"))
        assert (fine.code, fine.json) == (0, [])

    def test_install_makes_new_cases_keep_it_and_old_ones_theirs(self, desk: Desk) -> None:
        old = desk.note()
        file = desk.folder / "definitions" / "note.yaml"
        file.write_text(NOTE.replace("version: 1", "version: 2"), encoding="utf-8")
        refs = desk.json("definition", "install", str(file), by="wang.wei").json
        assert [(each["name"], each["version"]) for each in refs] == [("note", "2")]
        assert desk.note()["definition"] == refs[0]
        assert desk.json("show", old["id"]).json["definition"]["version"] == "1"
        assert desk.json("definition", "install", str(file)).json == refs
        installed = desk.json("audit", "log", "--kind", "definition_installed").json
        assert [(each["subject"], each["actor"]) for each in installed] == [
            ("note 1", "operator"),
            ("note 2", "wang.wei"),
        ]


class TestAudit:
    def test_the_log_is_read_by_case_actor_kind_and_time(self, desk: Desk) -> None:
        first, second = desk.note("One"), desk.note("Two")
        desk.filed(first["id"])
        desk("advance", second["id"], "file", by="li.na")

        def log(*words: str) -> list[tuple[str, str]]:
            return [(each["case"], each["kind"]) for each in desk.json("audit", "log", *words).json]

        assert log("--case", "N-001") == [(first["id"], "submitted"), (first["id"], "advanced")]
        assert log("--actor", "wang.wei") == [(first["id"], "advanced")]
        assert log("--kind", "refused") == [(second["id"], "refused")]
        assert log("--since", "2999-01-01T00:00:00Z") == log("--until", "1999-01-01T00:00:00Z") == []
        assert log("--case", "N-002", "--since", second["created_at"], "--until", second["created_at"]) == [
            (second["id"], "submitted")
        ]
        assert [each["seq"] for each in desk("audit", "log", "--case", "N-001", "--format", "jsonl").lines] == [1, 2]
        assert len(desk("audit", "log", "--format", "csv").out.splitlines()) == 1 + len(log())
        assert len(desk("audit", "log").out.splitlines()) == 1 + len(log())

    def test_verify_checks_everything(self, desk: Desk) -> None:
        desk.filed(desk.note()["id"])
        done = desk.json("audit", "verify")
        assert done.code == 0
        assert keys(done.json)[:5] == ["ok", "entries", "cases", "size", "findings"]
        assert {key: done.json[key] for key in ("ok", "entries", "cases", "findings")} == {
            "ok": True,
            "entries": 7,
            "cases": 1,
            "findings": [],
        }
        assert desk("audit", "verify").out == "the log checks out: 7 entries, 1 cases\n"

    def test_verify_finds_a_row_that_was_edited(self, desk: Desk) -> None:
        case = desk.note()
        with sqlite3.connect(desk.file) as connection:
            connection.execute("UPDATE workflow_case SET state = 'filed'")
        connection.close()
        done = desk.json("audit", "verify")
        assert done.code == 6
        assert done.json["ok"] is False
        assert [keys(each) for each in done.json["findings"]] == [["code", "case", "seq", "message"]]
        assert (done.json["findings"][0]["code"], done.json["findings"][0]["case"]) == ("case_column", case["id"])
        assert desk("audit", "verify", "-q").out.splitlines()[-1] == "1 findings: 6 entries, 1 cases"

    def test_export_writes_a_whole_file(self, desk: Desk) -> None:
        desk.note()
        target = desk.folder / "log.csv"
        assert desk.json("audit", "export", "-o", str(target)).json == {
            "file": str(target),
            "format": "csv",
            "entries": 6,
            "manifest": f"{target}.manifest.json",
        }
        assert len(target.read_text(encoding="utf-8").splitlines()) == 7
        assert [each["seq"] for each in desk("audit", "export", "-o", "-", "--format", "jsonl").lines][-1] == 2
        assert sorted(each.name for each in desk.folder.iterdir() if each.suffix in (".csv", ".part")) == ["log.csv"]


def test_stats_count_cases_entries_and_stays(desk: Desk) -> None:
    for number in range(4):
        case = desk.note(f"Note {number}")
    desk.filed(case["id"])
    desk("advance", case["id"], "file", by="li.na")
    found = desk.json("stats").json
    assert {key: found[key] for key in ("cases", "open", "overdue")} == {"cases": 4, "open": 4, "overdue": 0}
    note = found["definitions"]["note"]
    assert note["entries"] == {"submitted": 4, "advanced": 1, "refused": 1}
    assert {state: (each["cases"], each["share"], each["left"]) for state, each in note["states"].items()} == {
        "draft": (3, 0.75, 1),
        "filed": (1, 0.25, 0),
    }
    text = desk("stats", "--definition", "note").out.splitlines()
    assert text[0] == "note: 4 cases, 4 open, 0 overdue, 1 refused attempts"
    assert desk("stats", "--definition", "other").code == 4
