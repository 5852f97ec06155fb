"""Cases on the command line: opened, moved, looked at, listed, and many at once from a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support import Desk, keys, on_a_terminal

CASE = "id reference definition state final data submitter created_at updated_at due_at dry_run".split()
ENTRY = (
    "case seq kind transition from to actor for roles at claimed_at reason data definition conditions hash prev"
).split()
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")


@pytest.fixture
def desk(tmp_path: Path, url: str) -> Desk:
    return Desk.set_up(tmp_path, url)


class TestCases:
    def test_a_case_has_the_keys_of_the_contract(self, desk: Desk) -> None:
        case = desk.note("Chairs", "--set", "cost=120.5", "--set", "tags=a, b", "--set", "urgent=true")
        assert keys(case)[: len(CASE)] == CASE
        assert keys(case)[len(CASE) :] == ["rev"]
        assert UUID7.match(case["id"])
        assert MOMENT.match(case["created_at"])
        assert case["updated_at"] == case["created_at"]
        assert keys(case["definition"]) == ["name", "version", "digest"]
        assert (case["definition"]["name"], case["definition"]["version"]) == ("note", "1")
        assert case["data"] == {"title": "Chairs", "cost": "120.50", "tags": ["a", "b"], "urgent": True}
        assert (case["reference"], case["state"], case["final"], case["submitter"]) == (
            "N-001",
            "draft",
            False,
            "li.na",
        )
        assert (case["due_at"], case["dry_run"]) == (None, False)
        assert desk.json("show", case["id"]).json == case
        assert desk.json("list").json == [case]

    def test_a_case_in_text(self, desk: Desk) -> None:
        case = desk.note()
        said = dict(re.split(r"  +", line, maxsplit=1) for line in desk("show", case["id"]).out.splitlines())
        assert said == {
            "case": case["id"],
            "reference": "N-001",
            "definition": "note 1",
            "state": "Draft (draft)",
            "submitter": "li.na",
            "opened": case["created_at"],
            "updated": case["updated_at"],
            "Title (title)": "Chairs",
        }
        assert "state         草稿 (draft)" in desk("show", case["id"], "--lang", "zh").out.splitlines()

    def test_fields_come_from_a_file_or_stdin_and_set_comes_last(self, desk: Desk) -> None:
        file = desk.folder / "fields.json"
        file.write_text('{"title": "From a file", "pages": 7, "cost": 3.10}', encoding="utf-8")
        case = desk.json("submit", "note", "--data", str(file), "--set", "pages=8", by="li.na").json
        assert case["data"] == {"title": "From a file", "pages": 8, "cost": "3.10"}
        told = desk.json("submit", "note", "--data", "-", by="li.na", given=b'{"title": "From stdin"}').json
        assert told["data"] == {"title": "From stdin"}

    def test_a_case_moves_and_ends(self, desk: Desk) -> None:
        case = desk.filed(desk.note()["id"])
        assert (case["state"], case["final"], case["data"], case["rev"]) == (
            "filed",
            False,
            {"title": "Chairs", "pages": 2},
            2,
        )
        ended = desk.json("advance", case["id"], "drop", "--reason", "no use", by="li.na").json
        assert (ended["state"], ended["final"], ended["rev"]) == ("gone", True, 3)

    def test_acting_for_somebody_and_a_claimed_time_are_recorded(self, desk: Desk) -> None:
        words = ["--for", "li.na", "--at", "2020-01-31T08:00:00+08:00", "--reason", "she asked me"]
        case = desk.json("submit", "note", "--set", "title=Late", *words, by="wang.wei").json
        assert case["submitter"] == "li.na"
        entry = desk.json("history", case["id"]).json[0]
        assert (entry["actor"], entry["for"], entry["roles"]) == ("wang.wei", "li.na", ["clerk"])
        assert (entry["claimed_at"], entry["reason"]) == ("2020-01-31T00:00:00.000000Z", "she asked me")
        assert entry["at"] == case["created_at"]

    def test_history_has_the_keys_of_the_contract_and_links_the_entries(self, desk: Desk) -> None:
        case = desk.note()
        desk("advance", case["id"], "reopen", by="li.na")
        desk.filed(case["id"])
        found = desk.json("history", case["id"]).json
        assert [keys(each)[: len(ENTRY)] for each in found] == [ENTRY] * 3
        assert [(each["seq"], each["kind"], each["transition"], each["from"], each["to"]) for each in found] == [
            (1, "submitted", None, None, "draft"),
            (2, "refused", "reopen", "draft", None),
            (3, "advanced", "file", "draft", "filed"),
        ]
        assert [each["prev"] for each in found] == ["0" * 64, found[0]["hash"], found[1]["hash"]]
        assert [each["data"] for each in found] == [{"title": "Chairs"}, {}, {"pages": 2}]
        assert found[2]["conditions"] == [{"id": "when.0", "ok": True}]
        assert [each["code"] for each in found[1]["blockers"]] == ["state", "role"]
        assert {each["definition"] for each in found} == {case["definition"]["digest"]}

    def test_history_in_text(self, desk: Desk) -> None:
        case = desk.note()
        desk("advance", case["id"], "file", "--set", "pages=1", by="li.na")
        at = [each["at"] for each in desk.json("history", case["id"]).json]
        assert desk("history", case["id"]).out.splitlines() == [
            "seq\tat\tkind\ttransition\tfrom\tto\tactor\twhy",
            f"1\t{at[0]}\tsubmitted\t\t\tdraft\tli.na\t",
            f"2\t{at[1]}\trefused\tfile\tdraft\t\tli.na\tli.na needs the role clerk; "
            "li.na is author in this case and may not do this too",
        ]

    def test_options_say_what_may_be_done_and_why_not(self, desk: Desk) -> None:
        case = desk.note()
        before = desk.rows()
        found = desk.json("options", case["id"], by="li.na").json
        assert [keys(each)[:5] for each in found] == [["transition", "to", "allowed", "blockers", "fields"]] * 2
        assert [(each["transition"], each["to"], each["allowed"]) for each in found] == [
            ("file", "filed", False),
            ("drop", "gone", True),
        ]
        assert [each["code"] for each in found[0]["blockers"]] == ["role", "separation"]
        assert found[0]["blockers"][0] == {
            "code": "role",
            "message": "li.na needs the role clerk",
            "unblock": "someone who has clerk",
            "actor": "li.na",
            "needs": ["clerk"],
            "has": [],
        }
        assert found[0]["fields"] == [{"name": "pages", "type": "integer", "title": "pages", "required": False}]
        assert desk.rows() == before

    def test_options_in_text(self, desk: Desk) -> None:
        case = desk.filed(desk.note()["id"])
        assert desk("options", case["id"], by="li.na").out.splitlines() == [
            "may\ttransition\ttitle\tto\ttakes (* required)\twhy not",
            "no\treopen\treopen\tdraft\treason*\tli.na needs the role clerk → someone who has clerk",
            "yes\tdrop\tdrop\tgone\t\t",
        ]

    def test_lists_are_filtered_and_paged(self, desk: Desk) -> None:
        ids = [desk.note(f"Note {number}")["id"] for number in range(5)]
        desk.filed(ids[1])
        listed = [each["id"] for each in desk.json("list", "--limit", "2").json]
        assert listed == ids[:2]
        assert [each["id"] for each in desk.json("list", "--limit", "2", "--after", ids[1]).json] == ids[2:4]
        assert [each["id"] for each in desk.json("list", "--after", "N-004").json] == ids[4:]
        assert [each["id"] for each in desk.json("list", "--state", "filed").json] == [ids[1]]
        assert len(desk.json("list", "--definition", "note").json) == 5
        assert desk("list", "--definition", "other").code == 4
        assert desk.json("list", "--overdue").json == []
        assert [line.split("\t")[1] for line in desk("list", "--limit", "1").out.splitlines()] == ["reference", "N-001"]

    def test_todo_lists_the_cases_on_which_the_actor_may_act(self, desk: Desk) -> None:
        first, second = desk.note("One"), desk.note("Two")
        desk("advance", second["id"], "drop", by="li.na")
        other = desk.note("Three", by="wang.wei")
        assert [each["id"] for each in desk.json("todo", by="li.na").json] == [first["id"]]
        assert [each["id"] for each in desk.json("todo", by="wang.wei").json] == [first["id"], other["id"]]
        assert [each["id"] for each in desk.json("todo", "--limit", "1", by="wang.wei").json] == [first["id"]]
        desk("actor", "add", "stranger")
        assert desk.json("todo", by="stranger").json == []

    def test_a_case_is_found_by_id_prefix_and_reference(self, desk: Desk) -> None:
        case = desk.note("Chairs", "--reference", "Room 1/4%_'\"")
        for name in (case["id"], case["id"][:30], case["id"][:30].upper(), "Room 1/4%_'\""):
            assert desk.json("show", name).json["id"] == case["id"]
        assert desk.json("show", "Room%").code == 4
        assert desk.json("show", case["id"][:3]).error["reason"] == "no_case"

    def test_a_prefix_of_several_is_refused_with_their_ids(self, desk: Desk) -> None:
        ids = [desk.note()["id"], desk.note()["id"]]
        done = desk("show", ids[0][:4])
        assert (done.code, done.err) == (2, f"error: {ids[0][:4]} means several cases: {ids[0]}, {ids[1]}\n")

    def test_a_dry_run_decides_and_changes_nothing(self, desk: Desk) -> None:
        case = desk.note()
        before = desk.rows()
        opened = desk.json("submit", "note", "--set", "title=Other", "--dry-run", by="li.na").json
        assert (opened["reference"], opened["state"], opened["dry_run"]) == ("N-002", "draft", True)
        moved = desk.json("advance", case["id"], "file", "--set", "pages=1", "--dry-run", by="wang.wei").json
        assert (moved["id"], moved["state"], moved["dry_run"]) == (case["id"], "filed", True)
        assert desk.json("advance", case["id"], "file", "--dry-run", by="li.na").code == 3
        said = desk("advance", case["id"], "drop", "--dry-run", by="li.na").out
        assert said.splitlines()[-1] == "dry run: nothing was written"
        assert desk.rows() == before

    def test_the_same_key_gives_the_old_answer(self, desk: Desk) -> None:
        first = desk.note("Once", "--key", "k-1")
        moved = desk.filed(first["id"], "--key", "m-1")
        desk("advance", first["id"], "drop", by="li.na")
        before = desk.rows()
        assert desk.note("Once", "--key", "k-1") == first
        assert desk.filed(first["id"], "--key", "m-1") == moved
        assert desk.json("submit", "note", "--set", "title=Twice", "--key", "k-1", by="li.na").error == {
            "code": "input",
            "reason": "key_reused",
            "message": "the key k-1 was used for another request",
        }
        assert desk.rows() == before


class TestBatches:
    LINES = (
        b'{"op": "submit", "definition": "note", "reference": "A", "data": {"title": "x"}}\n'
        b'{"op": "advance", "reference": "A", "to": "filed", "data": {"pages": 2}}\n'
        b"\n"
        b'{"op": "advance", "reference": "A", "transition": "drop"}\n'
    )

    def test_each_line_has_a_result_and_a_refusal_touches_no_other(self, desk: Desk) -> None:
        done = desk("apply", "-", by="li.na", given=self.LINES)
        assert done.code == 3
        assert [keys(each) for each in done.lines] == [["line", "ok", "case", "reference", "state", "error"]] * 3
        assert [(each["line"], each["ok"], each["reference"], each["state"]) for each in done.lines] == [
            (1, True, "A", "draft"),
            (2, False, "A", "draft"),
            (4, True, "A", "gone"),
        ]
        assert [each["code"] for each in done.lines[1]["error"]["blockers"]] == ["role", "separation"]
        assert done.err == "2 done, 1 not done\n"

    def test_stop_on_error_stops(self, desk: Desk) -> None:
        done = desk.json("apply", "-", "--stop-on-error", by="li.na", given=self.LINES)
        assert (done.code, [each["ok"] for each in done.lines], done.err) == (3, [True, False], "")

    def test_a_dry_run_writes_nothing(self, desk: Desk) -> None:
        before = desk.rows()
        done = desk("apply", "-", "--dry-run", by="li.na", given=self.LINES)
        assert [each["ok"] for each in done.lines] == [True, False, True]
        assert done.err == "2 done, 1 not done (dry run: nothing was written)\n"
        assert desk.rows() == before

    def test_csv_gives_the_same(self, desk: Desk) -> None:
        file = desk.folder / "many.CSV"
        text = "\ufeffop,definition,reference,transition,actor,data.title,data.tags\r\n"
        text += 'submit,note,B,,li.na,"Two\nlines","a,b"\r\n,,,,,,\r\nadvance,,B,drop,li.na,,\r\n'
        file.write_text(text, encoding="utf-8", newline="")
        done = desk("apply", str(file))
        assert [(each["line"], each["ok"], each["state"]) for each in done.lines] == [
            (3, True, "draft"),
            (5, True, "gone"),
        ]
        assert desk.json("show", "B").json["data"] == {"title": "Two\nlines", "tags": ["a", "b"]}

    def test_a_csv_line_that_cannot_be_read_ends_the_file_and_those_before_are_done(self, desk: Desk) -> None:
        text = b"op,definition,data.title\nsubmit,note,one\nsubmit,note\nsubmit,note,\xff\nsubmit,note,two\n"
        done = desk("apply", "-", "--format", "csv", by="li.na", given=text)
        assert [(each["line"], each["ok"], (each["error"] or {}).get("message")) for each in done.lines] == [
            (2, True, None),
            (3, False, "line 3: 2 cells under 3 headings"),
            (4, False, "line 4: not UTF-8"),
        ]
        assert [each["data"]["title"] for each in desk.json("list").json] == ["one"]

    def test_a_terminal_is_shown_how_far_it_is(self, desk: Desk) -> None:
        file = desk.folder / "lines.jsonl"
        file.write_bytes(b'{"op": "submit", "definition": "note", "data": {"title": "x"}}\n' * 400)
        shown = on_a_terminal(*desk.words("apply", str(file), by="li.na"), stream="stderr")
        assert re.search(r"\b[0-9]+%", shown)
        assert shown.rstrip().endswith("400 done, 0 not done")
        assert "%" not in on_a_terminal(*desk.words("apply", str(file), "-q", by="li.na"), stream="stderr")
        assert "entries 0 " in on_a_terminal(*desk.words("audit", "verify"), stream="stderr")

    def test_an_imported_act_is_judged_and_kept(self, desk: Desk) -> None:
        act = {"op": "import", "definition": "note", "reference": "OLD", "actor": "someone", "data": {"title": "x"}}
        acts = [
            {**act, "from": None, "to": "draft", "at": "2001-02-03T04:05:06Z"},
            {**act, "from": "draft", "to": "filed", "at": "2001-03-01T00:00:00Z", "data": {"pages": 0}},
            {**act, "from": "filed", "to": "nowhere", "at": "2001-03-01T00:00:00Z"},
        ]
        done = desk("apply", "-", given="\n".join(map(json.dumps, acts)).encode())
        assert [(each["ok"], each.get("conforms"), each.get("gap")) for each in done.lines] == [
            (True, True, False),
            (True, False, False),
            (False, None, None),
        ]
        assert done.lines[1]["blockers"] == ["bad_field", "condition"]
        assert done.lines[2]["error"]["reason"] == "unknown_state"
        assert (done.code, done.err) == (2, "2 done, 1 not done, 1 do not conform\n")
        found = desk.json("audit", "log", "--nonconforming").json
        assert [(each["seq"], each["claimed_at"]) for each in found] == [(2, "2001-03-01T00:00:00.000000Z")]
