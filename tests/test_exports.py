"""The log as CSV and as JSON Lines: whole, exact, and harmless to open."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.book import Book, write
from workflow import Actor, Engine, Entry
from workflow.audit.export.content import visible
from workflow.audit.export.csv import COLUMNS, cell, write_csv
from workflow.audit.export.jsonl import write_jsonl
from workflow.audit.export.plain import plain
from workflow.rules.record import read_entry
from workflow.store.placed import Placed

CONTRACT = (
    "case seq kind transition from to actor for roles at claimed_at reason data definition conditions hash prev".split()
)
LEAF: dict[str, Any] = {
    "case": "019c1310-e400-7000-8001-020304050607",
    "seq": 1,
    "kind": "submitted",
    "at": "2026-01-31T08:00:00.000000Z",
    "prev": "0" * 64,
    "actor": {"id": "li.na", "via": "api"},
    "data": "ff" * 32,
    "to": "submitted",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write(tmp_path_factory.mktemp("book") / "book.db")


@pytest.fixture(scope="module")
def entries(book: Book) -> list[Entry]:
    """Every kind of entry."""
    engine = Engine.open(book.url)
    with engine.store.reading() as unit:
        found = [entry for place in book.places.values() for entry in unit.entries(place)]
    engine.close()
    return found


def entry(data: dict[str, Any] | None = None, reason: str | None = None, **changes: Any) -> Entry:
    """One entry of which some parts are given."""
    return read_entry({**LEAF, **changes}, bytes(32), data or {}, reason)


def as_csv(*entries: Entry, bom: bool = False) -> str:
    stream = io.StringIO(newline="")
    write_csv(map(Placed, entries), stream, bom=bom)
    return stream.getvalue()


def as_jsonl(*entries: Entry) -> str:
    stream = io.StringIO(newline="")
    write_jsonl(map(Placed, entries), stream)
    return stream.getvalue()


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_header_begins_with_what_the_contract_names_and_has_every_key(entries: list[Entry]) -> None:
    assert list(COLUMNS[: len(CONTRACT)]) == CONTRACT
    assert {name for each in entries for name in each.as_dict()} | {"due_at", "leaf_index", "more"} == set(COLUMNS)
    assert as_csv() == ",".join(COLUMNS) + "\r\n"


def test_csv_holds_every_value_of_every_entry(entries: list[Entry]) -> None:
    read = cells(as_csv(*entries))
    assert len(read) == len(entries) > 40
    for row, each in zip(read, entries, strict=True):
        said = each.as_dict()
        for name in COLUMNS:
            value = said.get(name)
            if value is None:
                assert row[name] == ""
            elif isinstance(value, str):
                assert row[name] in (visible(value), f"'{visible(value)}")
            else:
                assert json.loads(row[name]) == value


def test_jsonl_is_one_object_a_line_and_exactly_the_entry(entries: list[Entry]) -> None:
    text = as_jsonl(*entries)
    assert text.endswith("}\n")
    assert [json.loads(line) for line in text.splitlines()] == [
        {**each.as_dict(), "leaf_index": None} for each in entries
    ]
    assert list(json.loads(text.splitlines()[0]))[: len(CONTRACT)] == CONTRACT


def test_nothing_is_written_of_nothing() -> None:
    assert as_jsonl() == ""


FORMULAS = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)"),
    *("=", "-", "+", "-1e5", "+86 10", "-1.", "-.5"),
)
HARMLESS = ("", "1+1", " =1", "a=1", "'=1", "-1", "+1", "-1.50", "0", "007", "合理化", '"=1"', "−1", "#N/A")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"
    row = cells(as_csv(entry(reason=text, actor={"id": text, "via": "api"})))[0]
    assert (row["reason"], row["actor"]) == (f"'{text}", f"'{text}")


@pytest.mark.parametrize("text", HARMLESS)
def test_anything_else_is_left_as_it_is(text: str) -> None:
    assert cell(text) == text
    assert cells(as_csv(entry(reason=text)))[0]["reason"] == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_cell_begins_a_formula_and_none_loses_anything(text: str) -> None:
    written = cell(text)
    shown = visible(text)
    assert written == shown or (written == f"'{shown}" and shown[0] in "=+-@\t\r\n＝＋－＠")
    assert not any(character in written for character in "\x00\x1b\x9b\u202e\u2066\ufeff\u200b")
    if written and written[0] in "=+-@\t\r\n＝＋－＠":
        assert written.lstrip("+-").replace(".", "", 1).isdecimal()
    assert cells(as_csv(entry(reason=text)))[0]["reason"] == written


def test_figures_and_flags_are_no_text() -> None:
    row = cells(as_csv(entry(kind="imported", conforms=False, claimed="2020-01-01T00:00:00.000000Z", gap=True)))[0]
    assert (row["seq"], row["conforms"], row["gap"], row["claimed_at"]) == (
        "1",
        "false",
        "true",
        "2020-01-01T00:00:00.000000Z",
    )


def test_nested_values_are_json() -> None:
    data = {"title": "=1", "tags": ["a", "b"], "benefit": "100.00", "flag": True, "score": 7, "none": None}
    row = cells(as_csv(entry(data=data, actor={"id": "li.na", "via": "api", "role": ["b", "a"]})))[0]
    assert json.loads(row["data"]) == data
    assert row["data"].startswith('{"title":"=1"')
    assert (row["roles"], row["conditions"]) == ('["a","b"]', "[]")


def test_data_that_were_destroyed_are_an_empty_cell_and_no_data_an_empty_object() -> None:
    destroyed = read_entry(LEAF, bytes(32), None, None)
    without = read_entry({name: value for name, value in LEAF.items() if name != "data"}, bytes(32), None, None)
    assert [row["data"] for row in cells(as_csv(destroyed, without))] == ["", "{}"]
    assert [json.loads(line)["data"] for line in as_jsonl(destroyed, without).splitlines()] == [None, {}]


def test_a_byte_order_mark_only_where_it_is_asked_for(tmp_path: Path) -> None:
    for bom, first in ((False, b"case,"), (True, b"\xef\xbb\xbfcase,")):
        path = tmp_path / f"{bom}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_csv([Placed(entry(reason="合理化建议"))], stream, bom=bom)
        stored = path.read_bytes()
        assert stored.startswith(first)
        assert "合理化建议".encode() in stored
        assert stored.count(b"\r\n") == 2
        assert stored.endswith(b"\r\n")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            assert next(csv.DictReader(stream))["reason"] == "合理化建议"


def test_lines_within_a_cell_stay_within_it() -> None:
    text = 'first\nsecond\r\nthird, with "quotes"\r'
    rows = cells(as_csv(entry(reason=text), entry(reason="next")))
    assert [row["reason"] for row in rows] == [text, "next"]
    assert as_jsonl(entry(reason=text)).count("\n") == 1


def test_what_steers_a_terminal_is_escaped_in_json_and_not_lost() -> None:
    hostile = "\x1b[2J\x9b31m\x7f\u2028\u202e\u2066\ufeff\x00改善"
    one = entry(data={"title": hostile}, reason=hostile)
    line = as_jsonl(one)
    assert line.removesuffix("\n").isprintable()
    assert "\\u001b[2J\\u009b31m\\u007f\\u2028\\u202e\\u2066\\ufeff\\u0000改善" in line
    assert json.loads(line)["data"] == {"title": hostile}
    assert json.loads(line)["reason"] == hostile
    row = cells(as_csv(one))[0]
    assert row["data"].isprintable()
    assert json.loads(row["data"]) == {"title": hostile}
    assert row["reason"] == "\\u001b[2J\\u009b31m\\u007f\\u2028\\u202e\\u2066\\ufeff\\u0000改善"


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@given(JSON)
def test_plain_is_one_line_of_the_same_json(value: Any) -> None:
    text = plain(value)
    assert json.loads(text) == value
    assert len(text.splitlines()) == 1


def test_messages_come_in_the_language_that_is_asked_for(entries: list[Entry]) -> None:
    refused = next(each for each in entries if each.kind == "refused" and each.blockers[0].code == "limit")
    for write_them in (write_csv, write_jsonl):
        stream = io.StringIO(newline="")
        write_them([Placed(refused)], stream, lang="zh")
        assert "定义最多允许 1 次" in stream.getvalue()
        assert "the definition allows" not in stream.getvalue()


def test_a_long_log_is_written_as_it_is_read() -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield Placed(entry(seq=taken))

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if taken >= 3:
                raise OSError("full")
            return super().write(text)

    for write_them in (write_csv, write_jsonl):
        taken = 0
        with pytest.raises(OSError, match="full"):
            write_them(endless(), Full())
        assert taken == 3


def test_an_entry_made_by_hand_is_written_too() -> None:
    actor = Actor("li.na", {"clerk"}, "wang.wei")
    one = Entry("c", 1, "advanced", datetime(2026, 1, 31, tzinfo=UTC), actor, "cli", b"\x00" * 32, "p", data={"a": 1})
    row = cells(as_csv(one))[0]
    assert (row["actor"], row["for"], row["roles"], row["data"]) == ("li.na", "wang.wei", '["clerk"]', '{"a":1}')


def test_the_index_of_the_leaf_and_what_has_no_column_of_its_own_are_there() -> None:
    stream = io.StringIO(newline="")
    write_csv([Placed(entry(), 7), Placed(entry(due="2026-02-01T00:00:00.000000Z"))], stream)
    first, second = cells(stream.getvalue())
    assert (first["leaf_index"], first["due_at"], first["more"]) == ("7", "", "")
    assert (second["leaf_index"], second["due_at"]) == ("", "2026-02-01T00:00:00.000000Z")


def test_a_key_that_a_later_kind_brings_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Entry.as_dict
    monkeypatch.setattr(Entry, "as_dict", lambda self, lang="en": {**said(self, lang), "panel": "committee"})
    assert json.loads(cells(as_csv(entry()))[0]["more"]) == {"panel": "committee"}
