"""The street door: help, options, environment, languages, exit codes, and the ways to come in."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cli
from tests.support import ROOT, Desk, call, run
from workflow.engine import Engine

CONTRACT = {
    "db": ["init", "upgrade", "check"],
    "actor": ["add", "grant", "revoke", "list"],
    "definition": ["list", "show", "check", "install", "diagram", "schema"],
    "award": ["list", "export", "explain"],
    "audit": ["log", "verify", "export", "report"],
    **{name: [] for name in "submit advance options show history list todo apply stats demo".split()},
    **{name: [] for name in "vote score count close object settle tick batch link".split()},
}
HEAVY = {"sqlalchemy", "sqlmodel", "pydantic", "transitions", "structlog", "yaml", "alembic", "rich", "orjson"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.set_up(tmp_path)


def command(name: str) -> Any:
    import typer

    group: Any = typer.main.get_command(cli.app)
    found = group.get_command(None, name)
    assert found is not None
    return found


class TestHelp:
    def test_every_command_of_the_contract_is_there(self) -> None:
        assert set(cli.COMMANDS) == set(CONTRACT)
        for name, inside in CONTRACT.items():
            assert set(inside) <= set(getattr(command(name), "commands", {})), name

    @pytest.mark.parametrize("name", cli.COMMANDS)
    def test_the_words_in_the_list_are_the_commands_own(self, name: str) -> None:
        said = inspect.cleandoc(command(name).help).split("\n\n")[0].replace("\n", " ")
        assert said == cli.COMMANDS[name][1]

    def test_every_command_and_option_says_what_it_is_for(self) -> None:
        for name in cli.COMMANDS:
            for each in [command(name), *getattr(command(name), "commands", {}).values()]:
                assert each.help, name
                shown = [option for option in each.params if not getattr(option, "hidden", False)]
                assert [option.name for option in shown if not option.help] == [], name

    def test_help_lists_every_command(self) -> None:
        done = run("--help")
        assert (done.code, done.err) == (0, "")
        listed = re.findall(r"^  ([a-z]+) {2,}\S", done.out.split("Commands:\n")[1], re.MULTILINE)
        assert listed == list(cli.COMMANDS)

    def test_without_a_word_it_helps_and_fails(self) -> None:
        done = run()
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: workflow [OPTIONS] COMMAND [ARGS]...\n")

    def test_help_loads_no_library_that_takes_its_time(self) -> None:
        program = "import sys, cli; code = cli._run(sys.argv[1:]); print('LOADED', code, *sorted(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        loaded = done.stdout.split("LOADED ")[1].split()
        assert HEAVY & {name.split(".")[0] for name in loaded[1:]} == set()
        assert "workflow.commands.settings" in loaded


class TestDoors:
    @pytest.mark.parametrize("words", [["--help"], ["--version"], ["list", "--limit", "0"], ["--json", "show", "x"]])
    def test_three_doors_lead_to_the_same_program(self, words: list[str], tmp_path: Path) -> None:
        script = Path(sysconfig.get_path("scripts")) / "workflow"
        doors = [[sys.executable, str(ROOT / "cli.py")], [sys.executable, "-m", "workflow"], [str(script)]]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "WORKFLOW_DB": f"sqlite:///{tmp_path}/x.db"}
        done = [
            subprocess.run([*door, *words], cwd=tmp_path, env=env, capture_output=True, check=False) for door in doors
        ]
        answers = [(each.returncode, each.stdout, each.stderr) for each in done]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][1] or answers[0][2]

    def test_version(self) -> None:
        done = run("--version")
        assert (done.code, done.out, done.err) == (0, f"workflow {import_module('workflow').__version__}\n", "")
        assert run("-q", "--version").out == done.out

    def test_a_script_for_the_shell_is_produced(self, tmp_path: Path) -> None:
        # What `--show-completion` prints for the shell that it finds itself in, asked for by name.
        done = call(cwd=tmp_path, env={**os.environ, "_WORKFLOW_COMPLETE": "source_bash"})
        assert (done.code, done.err) == (0, "")
        assert "_WORKFLOW_COMPLETE=complete_bash" in done.out

    @pytest.mark.parametrize(
        ("typed", "found"), [("workflow def", ["definition"]), ("workflow audit v", ["verify"]), ("workflow x", [])]
    )
    def test_the_shell_is_told_how_a_word_goes_on(self, typed: str, found: list[str], tmp_path: Path) -> None:
        env = {**os.environ, "_WORKFLOW_COMPLETE": "complete_bash", "COMP_WORDS": typed}
        done = call(cwd=tmp_path, env={**env, "COMP_CWORD": str(len(typed.split()) - 1)})
        assert (done.out.split(), done.err) == (found, "")


class TestOptions:
    def test_the_environment_stands_in_for_options(self, desk: Desk) -> None:
        env = {
            "WORKFLOW_DB": f"sqlite:///{desk.file}",
            "WORKFLOW_ACTOR": "li.na",
            "WORKFLOW_DEFINITIONS": str(desk.folder / "definitions"),
            "WORKFLOW_LANG": "zh",
        }
        done = run("submit", "note", "--set", "title=从环境", env=env)
        assert done.code == 0
        assert "草稿 (draft)" in done.out
        assert desk.json("list").json[0]["submitter"] == "li.na"
        assert run("show", "N-001", env=env).out == done.out
        assert "Draft (draft)" in run("--lang", "en", "show", "N-001", env=env).out
        refused = run("advance", "N-001", "reopen", env={**env, "WORKFLOW_ACTOR": "wang.wei"})
        assert refused.err.splitlines()[0] == "错误：reopen 被拒绝：reopen 不能从状态 draft 出发；它从 filed 出发"

    def test_global_options_may_stand_behind_the_command(self, desk: Desk) -> None:
        case = desk.note()
        store = ["--db", f"sqlite:///{desk.file}"]
        assert run("show", "N-001", *store, "--json").json == case
        assert run("--db", "sqlite:////nowhere/x.db", "audit", "log", *store, "--json").json[0]["seq"] == 1
        assert run("audit", "--json", *store, "verify").json["ok"] is True
        assert "草稿" in run("list", *store, "--lang", "zh").out
        assert [each["to"] for each in run("options", "N-001", *store, "--as", "li.na", "--json").json] == [
            "filed",
            "gone",
        ]
        here = ["--definitions", str(desk.folder / "definitions")]
        assert run("submit", "note", *store, *here, "--as", "li.na", "--set", "title=x", "-q").code == 0
        assert run("apply", "-", *store, "-q", "--as", "li.na").err == ""
        assert run("list", *store, "--lang", "fr").err == "error: Invalid value for --lang: use en or zh\n"

    def test_an_option_that_a_command_has_itself_is_the_commands(self, desk: Desk) -> None:
        desk.note()
        found = desk.json("audit", "log", "--actor", "li.na", "--as", "wang.wei").json
        assert [each["actor"] for each in found] == ["li.na"]
        case = desk.json("advance", "N-001", "drop", "--reason", "--json", by="li.na").json
        assert desk.json("history", case["id"]).json[-1]["reason"] == "--json"

    @pytest.mark.parametrize("form", ["console", "json"])
    def test_what_happens_is_logged_on_stderr_when_asked(self, desk: Desk, form: str) -> None:
        done = run("--log-format", form, *desk.words("submit", "note", "--set", "title=x", by="li.na", as_json=True))
        assert done.json["state"] == "draft"
        lines = done.err.splitlines()
        assert len(lines) == 1
        if form == "json":
            said = json.loads(lines[0])
            assert {key: said[key] for key in ("event", "level", "seq", "to")} == {
                "event": "case_submitted",
                "level": "info",
                "seq": 1,
                "to": "draft",
            }
        else:
            assert "case_submitted" in lines[0]

    def test_quiet_keeps_notes_back_and_errors_not(self, desk: Desk) -> None:
        assert desk("apply", "-", given=b"x\n").err == "0 done, 1 not done\n"
        assert desk("apply", "-", "-q", given=b"x\n").err == ""
        assert desk("show", "nobody", "-q").err == "error: there is no case nobody\n"

    @pytest.mark.parametrize(
        ("lang", "said"), [("en", "error: there is no case zzz\n"), ("zh", "错误：没有案件 zzz\n")]
    )
    def test_errors_speak_the_language(self, desk: Desk, lang: str, said: str) -> None:
        assert run("--lang", lang, *desk.words("show", "zzz")).err == said
        assert run(*desk.words("show", "zzz"), f"--lang={lang}").err == said
        assert run(*desk.words("show", "zzz"), env={"WORKFLOW_LANG": lang}).err == said

    def test_an_error_is_an_object_with_json(self, desk: Desk) -> None:
        desk.note()
        assert desk.json("show", "zzz").error == {
            "code": "not_found",
            "reason": "no_case",
            "message": "there is no case zzz",
            "near": [],
        }
        refused = desk.json("advance", "N-001", "fil", by="li.na").error
        assert (refused["code"], refused["near"]) == ("not_found", ["file"])
        assert [each["code"] for each in refused["blockers"]] == ["transition"]
        wrong = desk.json("definition", "install", str(ROOT / "pyproject.toml")).error
        assert (wrong["code"], wrong["reason"]) == ("definition", "definition")
        assert [each["rule"] for each in wrong["findings"]] == ["bad_yaml"]


class TestExitCodes:
    def test_0_done(self, desk: Desk) -> None:
        assert desk("list").code == 0

    def test_1_failure_of_the_program(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: Any, **__: Any) -> Any:
            raise RuntimeError("a mistake\nof ours")

        monkeypatch.setattr(Engine, "open", fails)
        done = desk("list")
        assert (done.code, done.out) == (1, "")
        assert done.err == "error: the program failed: RuntimeError: a mistake\\x0aof ours\n"
        assert desk.json("list").error["code"] == "failure"
        with pytest.raises(RuntimeError):
            run(*desk.words("list"), env={"WORKFLOW_TRACEBACK": "1"})

    def test_2_bad_input(self, desk: Desk) -> None:
        done = desk("submit", "note", "--set", "title")
        assert (done.code, done.err) == (2, "error: --set wants field=value, not title\n")

    def test_3_refused(self, desk: Desk) -> None:
        done = desk("submit", "note", by="li.na")
        assert (done.code, done.err) == (
            3,
            "error: submit refused: title is missing (text)\n  missing_field: supply title\n",
        )

    def test_4_not_found(self, desk: Desk) -> None:
        done = desk("submit", "not", "--set", "title=x", by="li.na")
        assert (done.code, done.err) == (4, "error: there is no definition not; did you mean note?\n")

    def test_5_conflict_with_another_writer(self, desk: Desk) -> None:
        other = sqlite3.connect(desk.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        done = run("--db", f"sqlite:///{desk.file}?timeout=0.2", "actor", "add", "zhao")
        waited = time.monotonic() - begun
        other.execute("ROLLBACK")
        other.close()
        assert (done.code, done.err) == (5, "error: the store is busy: another writer holds it; try again\n")
        assert 0.1 < waited < 5
        assert desk("actor", "add", "zhao").code == 0

    def test_6_integrity(self, desk: Desk) -> None:
        desk.note()
        with sqlite3.connect(desk.file) as connection:
            connection.execute("UPDATE workflow_case SET submitter = 'somebody'")
        connection.close()
        assert desk("audit", "verify").code == 6

    def test_7_no_store(self, desk: Desk) -> None:
        done = run("--db", f"sqlite:///{desk.folder}", "list")
        assert (done.code, done.err) == (
            7,
            f"error: the store sqlite:///{desk.folder} cannot be opened: unable to open database file\n",
        )

    def test_130_interrupted(self, desk: Desk) -> None:
        """Ctrl-C while waiting for more lines: what was committed stays, nothing is half written, no traceback."""
        words = [sys.executable, str(ROOT / "cli.py"), *desk.words("apply", "-", by="li.na")]
        line = b'{"op": "submit", "definition": "note", "data": {"title": "x"}}\n'
        pipe = subprocess.PIPE
        # Without a buffer: what was read ahead would be lost to `communicate`.
        program = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(line * 250)
        program.stdin.flush()
        first = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
        assert (program.returncode, err) == (130, b"stopped\n")
        told = [json.loads(each) for each in [first, *out.splitlines()]]
        stored = {each["id"] for each in desk.json("list", "--limit", "1000").json}
        assert {each["case"] for each in told} <= stored
        assert len(stored) in (200, 250), "a batch is written whole or not at all"
        assert desk("audit", "verify").code == 0
