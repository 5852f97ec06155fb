"""What is typed that is no text or means nothing, and streams that are closed, full or left by their reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import ROOT, Desk, Done, call, plain_environment, run

SUBMIT = ["submit", "note", "--set", "title=x"]
LONG = "x" * 1_000_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk.set_up(tmp_path_factory.mktemp("desk"))
    desk.note("The only one")
    return desk


class TestWithoutAnActor:
    def test_acting_needs_somebody(self, desk: Desk) -> None:
        for words in (SUBMIT, ["todo"], ["options", "N-001"], ["advance", "N-001", "drop"]):
            assert desk(*words).err == "error: say who acts: --as ACTOR or WORKFLOW_ACTOR\n"
            assert desk(*words, "--as", "").err == "error: say who acts: --as ACTOR or WORKFLOW_ACTOR\n"

    @pytest.mark.parametrize("name", ["nobody", "a b", "li\x1b[31m", "x" * 129, "li.na ", "' OR 1=1 --"])
    def test_a_stranger_may_do_nothing(self, desk: Desk, name: str) -> None:
        before = desk.rows()
        done = desk(*SUBMIT, by=name)
        assert (done.code, done.err.count("\n"), "\x1b" in done.err) == (4, 1, False)
        assert desk.json(*SUBMIT, by=name).error["reason"] == "no_actor"
        assert desk.rows() == before


class TestArgumentsThatAreNoText:
    @pytest.mark.parametrize(
        "words",
        [
            [b"show", b"\xff\xfe"],
            [b"--as", b"li\xff", b"todo"],
            [b"submit", b"note", b"--set", b"title=\xff"],
            [b"submit", b"note", b"--data", b"\xff.json"],
            [b"submit", b"note", b"--set", b"title=x", b"--reason", b"\xff"],
            [b"submit", b"note", b"--set", b"title=x", b"--key", b"\xff"],
            [b"submit", b"note", b"--set", b"title=x", b"--reference", b"\xff"],
            [b"submit", b"\xff"],
            [b"definition", b"check", b"\xff.yaml"],
            [b"actor", b"add", b"\xff"],
            [b"actor", b"add", b"z", b"--name", b"\xff"],
            [b"list", b"--state", b"\xff"],
            [b"list", b"--limit", b"\xff"],
            [b"audit", b"log", b"--actor", b"\xff"],
            [b"audit", b"log", b"--since", b"\xff"],
            [b"--db", b"sqlite:///\xff/x.db", b"list"],
            [b"\xff"],
        ],
        ids=repr,
    )
    def test_bytes_that_are_no_utf8(self, desk: Desk, words: list[bytes]) -> None:
        """As Python hands them over: each byte that is no UTF-8 as a lone surrogate."""
        before = desk.rows()
        typed = [os.fsdecode(each) for each in words]
        done = run(*typed) if "--db" in typed else desk(*typed, by="li.na")
        assert done.code in (2, 4), done
        assert (done.out, done.err[:7], done.err.count("\n")) == ("", "error: ", 1)
        told = run("--json", *typed) if "--db" in typed else desk.json(*typed, by="li.na")
        assert (told.code, told.error["message"] != "") == (done.code, True)
        assert desk.rows() == before

    def test_bytes_that_are_no_utf8_from_outside(self, desk: Desk) -> None:
        before = desk.rows()
        done = call(*map(os.fsencode, desk.words("show", by="li.na")), b"\xff\xfe", cwd=desk.folder)
        assert done == Done(2, "", "error: not a text in UTF-8: \\udcff\\udcfe\n")
        assert desk.rows() == before

    def test_an_argument_of_a_megabyte_is_cut_in_the_message(self, desk: Desk) -> None:
        for words in (["show", LONG], ["--db", f"sqlite:///{LONG}", "list"], ["--as", LONG, "todo"], [f"--{LONG}"]):
            done = desk(*words) if words[0] != "--db" else run(*words)
            assert done.code in (2, 4, 7)
            assert (done.err.count("\n"), len(done.err) < 3000) == (1, True), words[0]


anything = st.text(max_size=20) | st.sampled_from(
    "submit advance options show history list todo apply stats definition audit db --set --data --key --json --as "
    "--lang --limit --at note N-001 title=x pages=2 file -- - --help -q".split()
)


@settings(max_examples=150, deadline=None)
@given(words=st.lists(anything, max_size=6), typed=st.binary(max_size=50))
def test_whatever_is_typed_gives_an_answer(desk: Desk, words: list[str], typed: bytes) -> None:
    given_words = [each for each in words if each not in ("--install-completion", "--show-completion")]
    done = desk(*given_words, by="li.na", given=typed)
    assert done.code in (0, 2, 3, 4), (done.code, done.err)
    if done.code:
        starts = ("error: ", "错误：", '{"error": ', "Usage: workflow")
        assert done.err.startswith(starts) or '"ok": false' in done.out, done
    assert "Traceback" not in done.err
    assert "the program failed" not in done.err
    if "audit" not in words:
        assert desk("audit", "verify", "-q").code == 0


def test_standard_input_that_is_closed_or_not_there(desk: Desk) -> None:
    words = [sys.executable, str(ROOT / "cli.py"), *desk.words("apply", "-", by="li.na")]
    closed = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *words], capture_output=True, check=False, env=plain_environment()
    )
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"0 done, 0 not done\n")
    fields = [sys.executable, str(ROOT / "cli.py"), *desk.words("submit", "note", "--data", "-", by="li.na")]
    empty = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *fields], capture_output=True, check=False, env=plain_environment()
    )
    said = b"error: stdin is not JSON: Expecting value: line 1 column 1 (char 0)\n"
    assert (empty.returncode, empty.stderr) == (2, said)


class TestStandardOutput:
    """A reader who goes away is no error; a disk that is full is one."""

    @pytest.fixture
    def long(self, tmp_path: Path) -> Desk:
        desk = Desk.set_up(tmp_path)
        line: dict[str, Any] = {"op": "submit", "definition": "note", "data": {"title": "x" * 200}}
        assert desk("apply", "-", by="li.na", given=(json.dumps(line) + "\n").encode() * 1500).code == 0
        return desk

    @pytest.mark.parametrize(
        "command",
        [["list", "--limit", "10000"], ["audit", "log"], ["--json", "audit", "log"], ["audit", "export", "-o", "-"]],
    )
    def test_a_reader_that_goes_away(self, long: Desk, command: list[str]) -> None:
        words = [sys.executable, str(ROOT / "cli.py"), *long.words(*command)]
        program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environment())
        assert program.stdout is not None
        assert len(program.stdout.read(1)) == 1
        program.stdout.close()
        assert program.stderr is not None
        said = program.stderr.read()
        program.stderr.close()
        assert (program.wait(timeout=60), said) == (0, b"")

    def test_a_batch_is_done_also_when_nobody_listens_any_more(self, desk: Desk, tmp_path: Path) -> None:
        here = Desk.set_up(tmp_path)
        file = tmp_path / "lines.jsonl"
        file.write_bytes(b'{"op": "submit", "definition": "note", "data": {"title": "x"}}\n' * 450)
        words = [sys.executable, str(ROOT / "cli.py"), *here.words("apply", str(file), by="li.na")]
        program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environment())
        assert program.stdout is not None
        assert program.stdout.readline().startswith(b'{"line": 1, "ok": true')
        program.stdout.close()
        assert program.stderr is not None
        said = program.stderr.read()
        program.stderr.close()
        assert (program.wait(timeout=60), said) == (0, b"450 done, 0 not done\n")
        assert len(here.json("list", "--limit", "1000").json) == 450

    @pytest.mark.parametrize("command", [["list"], ["list", "--limit", "10000"], ["audit", "export", "-o", "-"]])
    def test_a_full_disk(self, long: Desk, command: list[str]) -> None:
        words = [sys.executable, str(ROOT / "cli.py"), *long.words(*command)]
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False, env=plain_environment())
        said = b"error: stdout cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr) == (1, said)

    def test_closed_streams(self, long: Desk) -> None:
        words = [sys.executable, str(ROOT / "cli.py"), *long.words("list")]
        before = long.file.read_bytes()
        for closing in ("<&- >&- 2>&-", ">&-", "2>&-"):
            done = subprocess.run(
                ["sh", "-c", f'"$@" {closing}', "sh", *words], capture_output=True, check=False, env=plain_environment()
            )
            assert (done.returncode, done.stderr) == (0, b"")
        assert long.file.read_bytes() == before
