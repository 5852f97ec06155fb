"""The page about the command line: every command and option is documented, JSON looks as it is shown."""

from __future__ import annotations

import contextlib
import inspect
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

import cli
from tests.pages import codes, fence, first, page, rows, sections, set_up_suggestions
from tests.support import ROOT, run
from workflow import errors
from workflow.batch import OPERATIONS

PEP = ROOT / "definitions" / "python-enhancement-proposal.scenarios.yaml"


# What only some may see.
TIP = """\
workflow: tip
version: 1
roles: {office: }
fields: {name: {type: text, confidential: office}}
states: {open: {initial: true}, done: {final: true}}
transitions: {close: {from: open, to: done, by: office}}
"""


def commands() -> dict[str, Any]:
    """Every command by its whole name, groups included."""
    found: dict[str, Any] = {}

    def walk(command: Any, name: str) -> None:
        found[name] = command
        if hasattr(command, "list_commands"):
            for each in command.list_commands(None):
                walk(command.get_command(None, each), f"{name} {each}")

    walk(typer.main.get_command(cli.app), "workflow")
    return found


def shown_parameters(command: Any) -> list[str]:
    """What a command takes, as the page writes it: arguments by their metavar, options by all their spellings."""
    found: list[str] = []
    for each in command.params:
        if getattr(each, "hidden", False):
            continue
        found += [each.metavar] if each.param_type_name == "argument" else each.opts
    return found


class TestCommandLine:
    def test_every_command_has_its_section_and_no_other_has(self) -> None:
        said = [heading for heading in sections(page("docs/cli.md")) if heading.startswith("workflow ")]
        assert sorted(said) == sorted(set(commands()) - {"workflow"})

    @pytest.mark.parametrize("name", sorted(set(commands()) - {"workflow"}))
    def test_every_option_is_documented_and_no_other_is(self, name: str) -> None:
        text = sections(page("docs/cli.md"))[name].split("\n#### ")[0]
        command = commands()[name]
        if hasattr(command, "list_commands"):
            assert first(text) == command.list_commands(None)
            return
        if name == "workflow apply":
            text = text.split("A line of JSON Lines")[0]
        said = [each.split()[0] for row in rows(text) for each in codes(row[0])]
        assert sorted(said) == sorted(shown_parameters(command))

    def test_global_options(self) -> None:
        said = {each.split()[0]: row[1] for row in options_table() for each in codes(row[0])}
        expected = {
            each: f"`{option.envvar}`" if option.envvar else ""
            for option in commands()["workflow"].params
            for each in option.opts
        }
        assert said == {**expected, "--help": ""}

    def test_environment_variables(self) -> None:
        used = {
            name
            for path in [*(ROOT / "workflow").rglob("*.py"), ROOT / "cli.py"]
            for name in re.findall(r"\"(WORKFLOW_[A-Z]+)\"", path.read_text(encoding="utf-8"))
        }
        assert set(re.findall(r"`(WORKFLOW_[A-Z]+)`", page("docs/cli.md"))) == used

    def test_exit_codes(self) -> None:
        kinds = [each for each in vars(errors).values() if inspect.isclass(each)]
        used = {each.exit_code for each in kinds if issubclass(each, errors.WorkflowError)}
        assert {int(each) for each in first(sections(page("docs/cli.md"))["Exit codes"])} == {0, 130} | used

    def test_keys_of_a_line(self) -> None:
        text = sections(page("docs/cli.md"))["workflow apply"].split("A line of JSON Lines")[1].split("```")[0]
        table = {codes(row[0])[0]: row[1:-1] for row in rows(text)}
        for at, op in enumerate(OPERATIONS):
            required, optional = OPERATIONS[op]
            assert {name for name, cells in table.items() if cells[at] == "required"} == {"op", *required}, op
            taken = {name for name, cells in table.items() if cells[at] not in ("required", "")}
            assert taken == set(optional), op
        heading = text.split("| `op` |")[0].splitlines()[-2]
        assert codes(heading) == list(OPERATIONS)

    def test_lines_can_be_applied(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        set_up_suggestions()
        text = sections(page("docs/cli.md"))["workflow apply"]
        Path("lines.jsonl").write_text(fence(text, "jsonl"), encoding="utf-8")
        Path("lines.csv").write_text(fence(text, "csv"), encoding="utf-8")
        for file in ("lines.jsonl", "lines.csv"):
            done = run("apply", file)
            assert [each["ok"] for each in done.lines] == [True, True], done.out
            assert [each["state"] for each in done.lines] == ["submitted", "evaluated"]


HALL = """
workflow: hall
version: 1
roles: {office: , author: {is: submitter}}
states: {open: {initial: true, due: {within: 24h, remind: 1h}}, done: {final: true}}
panels:
  seats: {in: open, seats: office, pass: all}
  papers: {in: open, of: office, draw: {number: 1}, ballot: secret}
notices: {wall: {in: open, for: 24h, settled_by: office}}
links: {after: {by: office}}
awards: {thanks: {currency: CNY, amount: 5, pool: {name: fund, amount: 100, per: year}}}
transitions:
  close: {from: open, to: done, by: office, panel: {seats: accepted, papers: accepted}, notice: wall}
  thank:
    from: open
    to: "="
    by: office
    during_objection: true
    award: {propose: thanks, pay: thanks}
    marks: [{on: author, mark: helper, for: 24h}, {on: author, mark: idler, off: true}]
    opens: {definition: annex}
"""
ANNEX = """
workflow: annex
version: 1
states: {open: {initial: true}, done: {final: true}}
transitions: {close: {from: open, to: done, by: anyone}}
"""


def options_table() -> list[list[str]]:
    """The rows of the table of global options."""
    return rows(sections(page("docs/cli.md"))["Global options"])


def shape(value: Any) -> Any:
    """The keys of a JSON value, all the way down; of a list, those of its first item."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


class TestShapes:
    """The JSON that the page shows has the keys of what the commands print, in their order."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        set_up_suggestions()
        assert run("--as", "li.na", "submit", "suggestion", "--set", "title=Fewer forms").code == 0

    def said(self, heading: str) -> Any:
        return json.loads(fence(sections(page("docs/cli.md"))[heading].split("\n### ")[0], "json"))

    def same(self, found: Any, heading: str) -> None:
        said = self.said(heading)
        assert list(found) == list(said)
        assert {name: type(each) for name, each in found.items()} == {name: type(each) for name, each in said.items()}

    def test_case(self) -> None:
        found = run("--json", "show", "S-001").json
        self.same(found, "Case")
        assert shape(found["definition"]) == shape(self.said("Case")["definition"])
        assert run("--json", "list").json == [found]
        assert run("--json", "--as", "wang.wei", "todo").json == [found]

    def test_option(self) -> None:
        [found] = run("--json", "--as", "li.na", "options", "S-001").json
        said = self.said("Option")
        self.same(found, "Option")
        assert found["blockers"] == said["blockers"]
        assert list(found["fields"][0]) == list(said["fields"][0])

    def test_entry(self) -> None:
        [found] = run("--json", "history", "S-001").json
        assert found.pop("reference") == "S-001"
        self.same(found, "Entry")

    def test_keys_that_only_some_entries_have(self) -> None:
        line = {"op": "import", "definition": "suggestion", "reference": "P-1", "to": "adopted", "actor": "sun.li"}
        given = json.dumps({**line, "at": "2024-01-31T08:00:00Z"}).encode()
        assert run("--as", "wang.wei", "apply", "-", given=given).code == 0
        submit = ("--as", "li.na", "submit", "suggestion", "--key", "k-1")
        assert run(*submit).code == 3
        assert run(*submit, "--set", "title=x").code == 0
        Path("tip.yaml").write_text(TIP, encoding="utf-8")
        assert run("definition", "install", "tip.yaml").code == 0
        case = run("--json", "--as", "li.na", "submit", "tip", "--set", "name=N").json["id"]
        assert run("--as", "wang.wei", "show", case).code == 0
        delegate = ("actor", "delegate", "wang.wei", "zhao.min", "--until", "2999-12-31")
        assert run(*delegate).code == 0
        assert run("--as", "zhao.min", "submit", "suggestion", "--for", "wang.wei", "--set", "title=y").code == 0
        self.hold_a_meeting()
        always = set(self.said("Entry"))
        found = {name for each in run("--json", "audit", "log").json for name in set(each) - always}
        listed = rows(sections(page("docs/cli.md"))["Entry"])
        assert {name for row in listed for name in codes(row[0])} == found

    def hold_a_meeting(self) -> None:
        """A case in which everything happens that a case can go through beside its transitions."""
        Path("hall.yaml").write_text(HALL, encoding="utf-8")
        Path("annex.yaml").write_text(ANNEX, encoding="utf-8")
        later = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
        for words in (
            "definition install hall.yaml annex.yaml",
            "--as li.na submit hall --reference H-1",
            "--as wang.wei vote H-1 seats yes --seat office",
            "--as wang.wei vote H-1 papers yes",
            "--as wang.wei close H-1 papers",
            "--as wang.wei advance H-1 thank",
            "--as wang.wei link H-1 after S-001",
            "--as li.na object H-1 --reason Late.",
            f"tick --at {later}",
        ):
            assert run(*words.split()).code == 0, words

    def test_result(self) -> None:
        line = {"op": "submit", "definition": "suggestion", "actor": "li.na", "data": {"title": "x"}}
        [found] = run("--json", "apply", "-", given=json.dumps(line).encode()).lines
        self.same(found, "Result")

    def test_finding(self) -> None:
        text = Path("suggestion.yaml").read_text(encoding="utf-8")
        Path("wrong.yaml").write_text(text.replace("to: adopted", "to: adoptd"), encoding="utf-8")
        [found] = run("--json", "definition", "check", "wrong.yaml").json
        self.same(found, "Finding")

    def test_person(self) -> None:
        found = run("--json", "actor", "list").json
        self.same(found[0], "Person")

    def test_figures(self) -> None:
        found, said = run("--json", "stats").json, self.said("Figures")
        assert shape(found) == shape(said)

    def test_report(self) -> None:
        with contextlib.closing(sqlite3.connect("workflow.db")) as store:
            store.execute("UPDATE workflow_case SET state = 'rewarded'")
            store.commit()
        done = run("--json", "audit", "verify")
        assert done.code == 6
        self.same(done.json, "Report")
        assert list(done.json["findings"][0]) == list(self.said("Report")["findings"][0])

    def test_error(self) -> None:
        assert run("--as", "wang.wei", "advance", "S-001", "evaluate", "--set", "saving=800").code == 0
        done = run("--json", "--as", "wang.wei", "advance", "S-001", "adopt")
        assert done.code == 3
        assert {"error": done.error} == self.said("Error")

    def test_others(self) -> None:
        def witness() -> Any:
            Path("log.pub").write_text(run("audit", "keys").out, encoding="utf-8")
            assert run("audit", "consistency", "0", "-o", "request").code == 0
            done = run("--json", *"audit witness request --key w.key --log log.pub".split())
            Path("cosigned").write_text(done.json["checkpoint"], encoding="utf-8")
            return done.json

        def thanked(*words: str) -> Any:
            for name, text in (("annex", ANNEX), ("hall", HALL)):
                Path(f"{name}.yaml").write_text(text, encoding="utf-8")
            assert run("actor", "add", "chair", "--role", "office").code == 0
            install = run("definition", "install", "annex.yaml", "hall.yaml")
            assert install.code == 0, install.err
            assert run("--as", "li.na", "submit", "hall", "--reference", "H-9").code == 0
            assert run("--as", "chair", "advance", "H-9", "thank").code == 0
            return run("--json", *words).json

        plain: dict[str, Callable[[], Any]] = {
            "definition list": lambda: run("--json", "definition", "list").json[0],
            "definition install": lambda: run("--json", "definition", "install", "suggestion.yaml").json[0],
            "definition diagram": lambda: run("--json", "definition", "diagram", "suggestion").json,
            "award list": lambda: thanked("award", "list")[0],
            "award export": lambda: run("--json", "award", "export", "-o", "ledger.csv").json,
            "award explain": lambda: run("--json", "award", "explain", "H-9", "thanks").json,
            "actor marks": lambda: run("--json", "actor", "marks", "li.na").json[0],
            "tick": lambda: run("--json", "tick").json,
            "audit seal": lambda: run("--json", "audit", "seal").json,
            "audit prove": lambda: run("--json", "audit", "prove", "S-001", "1").json,
            "audit consistency": lambda: run("--json", "audit", "consistency", "0").json,
            "audit receipt": lambda: run("--json", "audit", "receipt", "S-001", "1").json,
            "audit tiles": lambda: run("--json", "audit", "tiles", "-o", "tiles").json,
            "audit keys": lambda: run("--json", "audit", "keys").json[0],
            "audit witness": witness,
            "audit cosign": lambda: run("--json", "audit", "cosign", "cosigned").json,
            "audit erase": lambda: run("--json", "--as", "li.na", *"audit erase S-001 1 --reason x".split()).json,
            "audit bundle": lambda: run("--json", "audit", "bundle", "S-001", "-o", "evidence.zip").json,
            "audit export": lambda: run("--json", "audit", "export", "-o", "log.csv").json,
            "audit report": lambda: run("--json", "audit", "report", "-o", "log.html").json,
            "db init": lambda: run("--json", "db", "init").json,
            "db upgrade": lambda: run("--json", "db", "upgrade").json,
            "db check": lambda: run("--json", "db", "check").json,
            "db roles": lambda: run("--json", "db", "roles").json,
        }
        listed = {
            name: codes(row[1]) for row in rows(sections(page("docs/cli.md"))["Others"]) for name in codes(row[0])
        }
        assert listed.pop("definition show") == ["digest"]
        told = run("--json", "definition", "test", str(PEP)).json
        held = [*told, *told["scenarios"][0], *told["coverage"][0]]
        assert sorted(listed.pop("definition test")) == sorted(held)
        assert {name: list(call()) for name, call in plain.items()} == listed
