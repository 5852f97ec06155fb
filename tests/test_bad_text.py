"""Text that somebody typed never acts on a terminal, on a spreadsheet or on a reader; in JSON it is what was typed."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest

from tests.support import NOTE, Desk, on_a_terminal, run

HOSTILE = {
    "chinese": "换模时间缩短：从 40 到 12 分钟",
    "emoji": "👩‍👩‍👧 family",
    "right to left": "הצעה חדשה",
    "override": "invoice\u202egpj.exe",
    "isolates": "a\u2066b\u2069c\u200f",
    "colour": "\x1b[31mred\x1b[0m",
    "title bar": "\x1b]0;owned\x07",
    "hyperlink": "\x1b]8;;http://example.org\x1b\\click\x1b]8;;\x1b\\",
    "clear screen": "\x1b[2J\x1b[H",
    "one byte escape": "\x9b31mred",
    "bell and backspace": "\x07abc\x08\x08\x7f",
    "a line of its own": "x\r\n2\t2026-01-01\tadvanced\tfile\tdraft\tfiled\twang.wei\t",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "markup": "[bold red]loud[/bold red] [link=http://example.org]here[/link] [/]",
    "formula": '=HYPERLINK("http://example.org")',
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1:A9)",
    "tab first": "\t=1+1",
    "quotes": "\"a\",'b';`c`\\",
    "html": "<script>alert(1)</script>&amp;",
    "format": "{0} {title} %s %(x)s $HOME $(id) `id`",
    "byte order mark": "\ufeffx",
}
BIDI = {chr(number) for number in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def dangerous(text: str) -> set[str]:
    """The characters of a text that a terminal or a reader would act on; its own lines and tabs are not."""
    return {
        each
        for each in text
        if each not in "\n\t" and (unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") or each in BIDI)
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk.set_up(tmp_path_factory.mktemp("desk"))
    for title in HOSTILE.values():
        assert desk.json("submit", "note", f"--set=title={title}", f"--reason={title}", by="li.na").code == 0
    return desk


def number(name: str) -> str:
    return f"N-{list(HOSTILE).index(name) + 1:03}"


@pytest.mark.parametrize("name", HOSTILE)
class TestOneText:
    def test_in_json_it_is_what_was_typed(self, desk: Desk, name: str) -> None:
        assert desk.json("show", number(name)).json["data"]["title"] == HOSTILE[name]
        entry = desk.json("history", number(name)).json[0]
        assert (entry["data"]["title"], entry["reason"]) == (HOSTILE[name], HOSTILE[name])
        assert dangerous(desk.json("history", number(name)).out) == set()

    def test_as_text_it_is_visible_and_harmless(self, desk: Desk, name: str) -> None:
        for command in ("show", "history"):
            done = desk(command, number(name))
            assert (done.code, dangerous(done.out)) == (0, set())
        assert len(desk("history", number(name)).out.splitlines()) == 2
        shown = desk("show", number(name)).out.splitlines()
        assert len(shown) == 8
        plain = HOSTILE[name]
        if not dangerous(plain) and "\n" not in plain and "\t" not in plain and "\ufeff" not in plain:
            assert shown[-1].split("  ", 1)[1].strip() == plain

    def test_in_an_error_it_is_harmless_and_on_one_line(self, desk: Desk, name: str) -> None:
        text = HOSTILE[name]
        for words in (
            ["show", f"x{text}"],
            ["advance", number(name), f"x{text}"],
            ["submit", f"x{text}"],
            ["actor", "add", f"x y{text}"],
            ["actor", "grant", "li.na", f"x {text}"],
            ["submit", "note", f"--set=x{text}=1", "--dry-run"],
            ["apply", f"x{text}"],
            ["definition", "check", f"x{text}"],
            ["audit", "log", f"--since=x{text}"],
            ["list", f"--x{text}"],
        ):
            done = desk(*words, by="li.na")
            assert (done.code in (2, 3, 4), dangerous(done.err)) == (True, set()), words
            first, *hints = done.err.split("\n")[:-1]
            assert first.startswith("error: ")
            assert [each for each in hints if not each.startswith("  ")] == []
            told = desk.json(*words, by="li.na")
            assert told.error["message"] != ""
            assert dangerous(told.err) == set()

    def test_as_the_name_of_a_person(self, desk: Desk, name: str, tmp_path: Path) -> None:
        here = Desk(tmp_path)
        assert here("actor", "add", "zhao", f"--name={HOSTILE[name]}").code == 0
        done = here("actor", "list")
        assert (dangerous(done.out), len(done.out.splitlines())) == (set(), 2)
        assert here.json("actor", "list").json[0]["name"] == HOSTILE[name]


def test_lists_have_a_line_a_case(desk: Desk) -> None:
    for command in (["list"], ["todo"], ["audit", "log", "--kind", "submitted"]):
        done = desk(*command, by="li.na")
        assert len(done.out.splitlines()) == 1 + len(HOSTILE)
        assert {len(line.split("\t")) for line in done.out.splitlines()} == {len(done.out.split("\n")[0].split("\t"))}
        assert dangerous(done.out) == set()
        assert [each["data"]["title"] for each in desk.json(*command, by="li.na").json] == list(HOSTILE.values())


def test_a_spreadsheet_calculates_nothing(desk: Desk) -> None:
    entries = len(desk("audit", "log", "--format", "jsonl").lines)
    rows = list(csv.reader(io.StringIO(desk("audit", "export", "-o", "-").out)))
    cells = [cell for row in rows[1:] for cell in row]
    assert [cell for cell in cells if cell[:1] in tuple("=+@\t\r") or (cell[:1] == "-" and cell != "-")] == []
    assert len(rows) == entries + 1
    reasons = [each["reason"] for each in desk("audit", "log", "--format", "jsonl").lines if each["reason"]]
    assert reasons == list(HOSTILE.values())


def test_on_a_terminal_markup_and_escapes_are_shown_and_not_obeyed(desk: Desk) -> None:
    shown = on_a_terminal(*desk.words("list"))
    assert "\x1b[1m" in shown, "headings are bold: this is the output of a terminal"
    assert HOSTILE["markup"] in shown
    assert "\\x1b[31mred\\x1b[0m" in shown
    for sequence in ("\x1b[31m", "\x1b]", "\x1b[2J", "\x9b", "\x07", "\x08", "\u202e", "\u2066"):
        assert sequence not in shown
    for name in ("chinese", "right to left", "formula", "html", "format"):
        assert HOSTILE[name] in shown


def test_on_a_terminal_json_is_for_people(desk: Desk) -> None:
    shown = on_a_terminal(*desk.words("show", number("chinese"), as_json=True))
    assert shown.startswith('{\r\n  "id": ')
    assert json.loads(shown)["data"]["title"] == HOSTILE["chinese"]


def test_titles_of_a_definition_are_text_like_any_other(tmp_path: Path) -> None:
    title = json.dumps(HOSTILE["colour"] + HOSTILE["override"] + HOSTILE["markup"])
    file = tmp_path / "note.yaml"
    file.write_text(
        NOTE.replace("{en: Note, zh: 便条}", title)
        .replace("{en: Draft, zh: 草稿}", title)
        .replace("{en: File, zh: 归档}", title),
        encoding="utf-8",
    )
    desk = Desk(tmp_path)
    words = ["--db", f"sqlite:///{desk.file}", "--definitions", str(tmp_path)]
    assert run(*words, "actor", "add", "li.na").code == 0
    assert run(*words, "--as", "li.na", "submit", "note", "--set", "title=x").code == 0
    for command in (
        ["definition", "list"],
        ["definition", "show", "note"],
        ["definition", "diagram", "note"],
        ["definition", "diagram", "note", "--format", "dot"],
        ["show", "N-001"],
        ["list"],
        ["--as", "li.na", "options", "N-001"],
    ):
        done = run(*words, *command)
        assert (done.code, dangerous(done.out)) == (0, set()), command
    shown = run(*words, "--json", "definition", "show", "note").json
    assert shown["title"]["en"] == json.loads(title)
