"""README and docs: every example is run, every command, key and code is documented, and nothing else is."""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import logging
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import cli
import workflow
from tests.support import ROOT, run
from workflow import Actor, Engine, errors
from workflow.batch import OPERATIONS
from workflow.definition import checking, conditions, fields, loading, model, tree
from workflow.log import entry as log
from workflow.messages import MESSAGES
from workflow.office import ENGINE

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
# In the words of the house; the other page is about systems that have words of their own.
OURS = [path for path in PAGES if path.name != "peer-cases.md"]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SAVED = re.compile(r"Save this as `([^`]+)`:\s*\Z")

# What differs from run to run, each as wide as what stands for it.
VOLATILE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"[0-9a-f]{64}"), "<hash>"),
    (re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"), "<time>"),
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code: its language, its text, and the name of the file as which the page has it saved."""

    lang: str
    text: str
    saved: str | None


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def fences(text: str) -> list[Fence]:
    """Every block of code of a text."""
    found = []
    for match in FENCE.finditer(text):
        saved = SAVED.search(text[: match.start()])
        found.append(Fence(match[1], match[2], saved[1] if saved else None))
    return found


def fence(text: str, lang: str) -> str:
    """The one block of that language."""
    [found] = [each.text for each in fences(text) if each.lang == lang]
    return found


def prose(text: str) -> str:
    """A text without its blocks of code."""
    return FENCE.sub("", text)


def sections(text: str) -> dict[str, str]:
    """What stands under each heading, up to the next heading of the same or a higher level."""
    bare = FENCE.sub(lambda match: re.sub(r"^#", " ", match[0], flags=re.MULTILINE), text)
    found = list(HEADING.finditer(bare))
    ends = [
        next((later.start() for later in found[at + 1 :] if len(later[1]) <= len(here[1])), len(text))
        for at, here in enumerate(found)
    ]
    return {here[2]: text[here.end() : end] for here, end in zip(found, ends, strict=True)}


def rows(text: str) -> list[list[str]]:
    """The rows of the tables of a text, headings and rulers left out."""
    found: list[list[str]] = []
    for line in prose(text).splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if all(re.fullmatch(r"-+", cell) for cell in cells):
            found.pop()
        else:
            found.append(cells)
    return found


def codes(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return CODE.findall(cell)


def first(text: str) -> list[str]:
    """The first name in backticks of each row."""
    return [codes(row[0])[0] for row in rows(text) if codes(row[0])]


def masked(text: str) -> list[str]:
    """A text as lines of words, with a mark for whatever differs from run to run."""
    for pattern, mark in VOLATILE:
        text = pattern.sub(mark, text)
    return [" ".join(line.split()) for line in text.splitlines()]


def named(prefix: str, *, whole: bool = False) -> set[str]:
    """The names of the messages of a kind: `blocker.bad_field.float` is `bad_field`, or `bad_field.float` if whole."""
    found = [key.removeprefix(f"{prefix}.") for key in MESSAGES if key.startswith(f"{prefix}.")]
    return {each if whole else each.split(".")[0] for each in found}


def environment() -> dict[str, str]:
    """The environment of a reader: the command on the path, and none of our settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("WORKFLOW_")}
    plain["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), plain.get("PATH", "")])
    return plain


def shell(line: str, folder: Path) -> str:
    """What a line of shell prints."""
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment(), capture_output=True, timeout=60, check=False
    )
    return (done.stdout + done.stderr).decode("utf-8")


class TestPages:
    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
    def test_links_lead_somewhere(self, path: Path) -> None:
        broken = []
        for target in LINK.findall(prose(path.read_text(encoding="utf-8"))):
            if target.startswith("https://"):
                continue
            file, _, anchor = target.partition("#")
            there = path.parent / file if file else path
            if not there.is_file() or (anchor and anchor not in anchors(there.read_text(encoding="utf-8"))):
                broken.append(target)
        assert broken == []

    def test_only_standards_are_linked_outside(self) -> None:
        hosts = {host for path in PAGES for host in re.findall(r"https?://([^/\s)]+)", page(str(path)))}
        assert hosts == {"cel.dev", "keepachangelog.com"}

    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
    def test_no_path_of_a_machine_stands_in_a_page(self, path: Path) -> None:
        assert re.findall(r"(?<![\w.:/])/(?:work|tmp|home|root|Users|mnt)\b\S*", path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
    def test_one_word_for_one_idea(self, path: Path) -> None:
        text = CODE.sub("", prose(path.read_text(encoding="utf-8")))
        assert re.findall(r"(?i)\b(?:instances?|tokens?|steps?|events?|process(?:es)?)\b", text) == []

    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
    def test_lines_are_short_enough_to_read(self, path: Path) -> None:
        text = prose(path.read_text(encoding="utf-8"))
        assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith("|")] == []

    def test_the_readme_names_every_page(self) -> None:
        linked = {target for target in LINK.findall(page("README.md")) if target.endswith(".md")}
        assert linked == {str(path.relative_to(ROOT)) for path in PAGES} - {"README.md"}

    def test_contents_name_every_section(self) -> None:
        for path in PAGES:
            text = path.read_text(encoding="utf-8")
            listed = re.search(r"^Contents: (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
            if listed:
                headings = re.findall(r"^## (.+)$", prose(text), re.MULTILINE)
                assert LINK.findall(listed[1]) == [f"#{slug(each)}" for each in headings], path.name


def slug(heading: str) -> str:
    """The anchor of a heading."""
    plain = unicodedata.normalize("NFC", heading.replace("`", "")).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@cache
def anchors(text: str) -> set[str]:
    """The anchors of a page."""
    return {slug(match[2]) for match in HEADING.finditer(prose(text))}


class TestReadme:
    def test_the_first_screen_runs(self, tmp_path: Path) -> None:
        text = page("README.md").split("## What it has")[0]
        definition, program = fence(text, "yaml"), fence(text, "python")
        file = definition.splitlines()[0].removeprefix("# ")
        (tmp_path / file).write_text(definition, encoding="utf-8")
        assert loading.examine(definition)[1] == []
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.stderr.decode("utf-8") == ""
        assert done.stdout.decode("utf-8") == fence(text, "text")
        lines = fence(text, "sh")
        told = subprocess.run(
            ["sh", "-e", "-c", lines], cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False
        )
        assert told.returncode == 0, told.stderr
        assert told.stdout.decode("utf-8").splitlines()[-1] == "the log checks out: 8 entries, 1 cases"

    def test_the_first_screen_is_one_screen(self) -> None:
        assert len(page("README.md").split("## What it has")[0].splitlines()) <= 56

    def test_every_shipped_definition_is_named(self) -> None:
        shipped = {path.stem for path in (ROOT / "definitions").glob("*.yaml")}
        assert set(first(sections(page("README.md"))["Procedures that come with it"])) == shipped

    def test_its_make_targets_exist(self) -> None:
        assert set(re.findall(r"`make (\w+)`", page("README.md"))) == {"demo", "test"} <= set(targets())


class TestTutorial:
    def test_every_command_prints_what_the_page_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        commands = 0
        for each in fences(page("docs/tutorial.md")):
            if each.saved is not None:
                Path(each.saved).write_text(each.text, encoding="utf-8")
            if each.lang != "console":
                continue
            for line, said in dialogue(each.text):
                commands += 1
                assert masked(spoken(line, tmp_path)) == masked(said), line
        assert commands == 31


def dialogue(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, said = part.partition("\n")
        yield line, said


def spoken(line: str, folder: Path) -> str:
    """What a command line prints; ours runs in this process, which is quicker."""
    words = shlex.split(line)
    if words[0] != "workflow":
        return shell(line, folder)
    done = run(*words[1:])
    return done.out + done.err


MODELS: dict[str, type[BaseModel]] = {
    "Definition": model.Definition,
    "Role": model.Role,
    "State": model.State,
    "Submit": model.Submission,
    "Transition": model.Transition,
    "Condition": model.Condition,
    "Effective": model.Effective,
    "Labels": fields.Label,
    "text": fields.TextField,
    "integer": fields.IntegerField,
    "decimal": fields.DecimalField,
    "money": fields.MoneyField,
    "boolean": fields.BooleanField,
    "date": fields.DateField,
    "choice": fields.ChoiceField,
    "list": fields.ListField,
}

# What must stand beside the key of an example, and no more.
NEEDED: dict[str, dict[str, Any]] = {
    "Definition": {"workflow": "door", "version": "1", "states": {"open": {"initial": True}}},
    "Transition": {"from": "open", "to": "done", "by": "anyone"},
    "Condition": {"check": "true"},
    "text": {"type": "text"},
    "integer": {"type": "integer"},
    "decimal": {"type": "decimal"},
    "money": {"type": "money", "currency": "CNY"},
    "boolean": {"type": "boolean"},
    "date": {"type": "date"},
    "choice": {"type": "choice", "choices": ["A"]},
    "list": {"type": "list", "of": "text"},
}

# The fields that the expressions of the page are about.
SAMPLE = """
workflow: sample
version: 1
fields:
  title: {type: text}
  saving: {type: money, currency: CNY}
  cost: {type: money, currency: CNY}
  rate: {type: decimal, places: 4}
  years: {type: integer}
  grade: {type: choice, choices: [A, B, C]}
  authors: {type: list, of: text}
  due: {type: date}
  urgent: {type: boolean}
states: {open: {initial: true}, done: {final: true}}
transitions: {close: {from: open, to: done, by: anyone}}
"""


def language() -> dict[str, str]:
    """The sections of the page about the language."""
    return sections(page("docs/language.md"))


def examples() -> dict[str, tuple[str, str | bytes]]:
    """Each rule of lint: what the page says of it, and its example."""
    found: dict[str, tuple[str, str | bytes]] = {}
    for heading, text in sections(page("docs/language.md").split("\n## Lint\n")[1]).items():
        if heading.startswith("`"):
            [example] = fences(text)
            broken = ast_value(example.text) if example.lang == "python" else example.text
            found[heading.strip("`")] = (prose(text).strip(), broken)
    return found


def ast_value(expression: str) -> str | bytes:
    """The value of an expression that makes a text too large to be shown."""
    value = eval(expression, {"__builtins__": {"range": range}})
    assert isinstance(value, str | bytes)
    return value


def keys_of(kind: type[BaseModel]) -> dict[str, Any]:
    """The keys of a model as a file spells them."""
    return {info.alias or name: info for name, info in kind.model_fields.items()}


def shown_default(info: Any) -> str:
    """A default as the page writes it."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if value == (model.ANYONE,):
        return "`anyone`"
    return f"`{json.dumps(value)}`"


class TestLanguage:
    def test_every_rule_has_an_example(self) -> None:
        assert set(examples()) == named("rule")

    @pytest.mark.parametrize("rule", sorted(examples()))
    def test_an_example_breaks_its_rule_and_no_other(self, rule: str) -> None:
        words, text = examples()[rule]
        _, findings = loading.examine(text)
        assert {each.rule for each in findings} == {rule}
        warned = words.startswith("A warning: ")
        assert {each.severity for each in findings} == {"warning" if warned else "error"}
        assert ("Unsound." in words) == (rule in loading.UNSOUND)

    def test_unsound_rules_are_listed(self) -> None:
        [listed] = re.findall(
            r"A definition is \*unsound\* .*?: the rules (.*?)\.", page("docs/language.md"), re.DOTALL
        )
        assert set(codes(listed)) == loading.UNSOUND

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_every_key_is_documented(self, heading: str) -> None:
        assert first(language()[heading].split("\n####")[0]) == list_of_keys(heading)

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_defaults_are_those_of_the_language(self, heading: str) -> None:
        infos = keys_of(MODELS[heading])
        said = {codes(row[0])[0]: row[2] for row in rows(language()[heading].split("\n####")[0])}
        assert said == {name: shown_default(info) for name, info in infos.items()}

    @pytest.mark.parametrize("heading", sorted(MODELS))
    def test_examples_of_keys_can_be_read(self, heading: str) -> None:
        for row in rows(language()[heading].split("\n####")[0]):
            [name], [example] = codes(row[0]), codes(row[3])
            said = tree.read_tree(example.encode(), "example").plain()
            assert list(said) == [name]
            MODELS[heading].model_validate({**NEEDED.get(heading, {}), **said})

    def test_a_reason_can_be_asked_for_when_a_case_is_opened(self) -> None:
        engine = Engine.open("sqlite://")
        text = SAMPLE.replace("states:", "submit: {require: reason}\nstates:")
        engine.install(workflow.load_text(text))
        try:
            with pytest.raises(workflow.RefusedError):
                engine.submit("sample", actor=Actor("li.na"))
        finally:
            engine.close()

    def test_every_model_of_the_language_has_its_table(self) -> None:
        there = {
            each
            for module in (model, fields)
            for name, each in vars(module).items()
            if inspect.isclass(each) and issubclass(each, BaseModel) and each is not BaseModel
            if not name.startswith("_")
        }
        assert there == set(MODELS.values())

    def test_whole_definitions_are_clean(self) -> None:
        for heading in ("An example", "Editors"):
            assert loading.examine(fence(language()[heading], "yaml"))[1] == [], heading

    def test_limits(self) -> None:
        limits = [int(row[1].replace(",", "").split()[0]) for row in rows(language()["The file"])]
        assert limits == [tree.MAX_BYTES, tree.MAX_DEPTH, tree.MAX_NODES, tree.MAX_ALIASES]

    def test_forms_of_names(self) -> None:
        said = [codes(row[1])[0] for row in rows(language()["Names"])]
        kinds = (model.DefinitionName, model.Name, model.FieldName)
        patterns = [get_args(kind)[1].pattern for kind in kinds]
        assert [f"^{form}$" for form in said] == [re.sub(r"\{0,63\}", "*", pattern) for pattern in patterns]

    def test_reserved_names(self) -> None:
        listed = language()["Names"].split("Reserved:")[1].split("\n\nA role")[0]
        roles, plain, words = (set(codes(part)) for part in listed.split("\n- ")[1:])
        assert roles == checking.RESERVED_ROLES
        assert plain == checking.RESERVED_FIELDS
        assert words == checking.CEL_WORDS

    def test_variables(self) -> None:
        said = {codes(row[0])[0]: row[1] for row in rows(language()["Variables"]) if codes(row[0])}
        names = {name: kind.name().lower().replace("<", "(").replace(">", ")") for name, kind in variables()}
        assert said == {name: kind.replace("google.protobuf.", "") for name, kind in names.items()}

    def test_expressions_that_are_allowed(self) -> None:
        check = conditions.Conditions(workflow.load_text(SAMPLE).fields)
        lines = fence(page("docs/language.md"), "cel").splitlines()
        assert {line: check.mistakes(line) for line in lines} == {line: [] for line in lines}

    def test_expressions_that_are_refused(self) -> None:
        check = conditions.Conditions(workflow.load_text(SAMPLE).fields)
        said = {codes(row[0])[0]: [row[1]] for row in rows(language()["What is refused"])}
        assert {line: [each.text for each in check.mistakes(line)] for line in said} == said


def variables() -> Iterator[tuple[str, Any]]:
    """The variables of a condition with their types."""
    yield from conditions.VARIABLES.items()


def list_of_keys(heading: str) -> list[str]:
    """The keys of the model, in the order of its table: `type` and what is required come before the title."""
    names = list(keys_of(MODELS[heading]))
    if heading in NEEDED and "type" in names:
        before = [name for name in NEEDED[heading] if name in names]
        return before + [name for name in names if name not in before]
    return names


def raised() -> dict[str, set[type[errors.WorkflowError]]]:
    """The codes that the package raises, each with its classes."""
    found: dict[str, set[type[errors.WorkflowError]]] = {}
    classes = {
        name: each
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, errors.WorkflowError)
    }
    for path in [*(ROOT / "workflow").rglob("*.py"), ROOT / "cli.py"]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            chosen = call.args[0]
            for each in [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]:
                if name in classes and isinstance(each, ast.Constant) and isinstance(each.value, str):
                    prefix = "no_" if classes[name] is errors.NotFoundError else ""
                    found.setdefault(f"{prefix}{each.value}", set()).add(classes[name])
    return found


class TestErrors:
    def test_every_blocker(self) -> None:
        assert set(first(sections(page("docs/errors.md"))["Blockers"].split("\n### ")[0])) == named("blocker")

    @pytest.mark.parametrize("heading", ["bad_field", "condition"])
    def test_every_kind_of_a_blocker(self, heading: str) -> None:
        whole = {each.split(".")[1] for each in named("blocker", whole=True) if each.startswith(f"{heading}.")}
        assert set(first(sections(page("docs/errors.md"))[heading])) == whole

    def test_every_kind_of_bad_value(self) -> None:
        whole = {each.split(".")[1] for each in named("rule", whole=True) if each.startswith("bad_value.")}
        assert set(first(sections(page("docs/errors.md"))["bad_value"])) == whole

    def test_every_error(self) -> None:
        text = sections(page("docs/errors.md"))["Errors"]
        assert {*first(text), "near"} == named("error")

    def test_classes_and_exit_codes_of_errors(self) -> None:
        said = {
            codes(row[0])[0]: set(zip(row[1].split(", "), map(int, row[2].split(", ")), strict=True))
            for row in rows(sections(page("docs/errors.md"))["Errors"])
        }
        expected = {code: {(kind.kind, kind.exit_code) for kind in kinds} for code, kinds in raised().items()}
        assert {code: said.get(code) for code in expected} == expected

    def test_every_finding_with_its_severity(self) -> None:
        found = rows(sections(page("docs/errors.md"))["Findings"].split("\n### ")[0])
        said = {codes(row[0])[0]: row[1] for row in found}
        expected = {
            rule: "warning" if words.startswith("A warning: ") else "error" for rule, (words, _) in examples().items()
        }
        assert said == expected

    def test_every_problem(self) -> None:
        assert set(first(sections(page("docs/errors.md"))["Problems"])) == named("problem")

    def test_no_code_stands_twice(self) -> None:
        for heading in ("Blockers", "Errors", "Findings", "Problems"):
            listed = first(sections(page("docs/errors.md"))[heading].split("\n### ")[0])
            assert len(listed) == len(set(listed)), heading


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
        table = {codes(row[0])[0]: row[1:4] for row in rows(text)}
        for at, op in enumerate(("submit", "advance", "import")):
            required, optional = OPERATIONS[op]
            assert {name for name, cells in table.items() if cells[at] == "required"} == {"op", *required}, op
            taken = {name for name, cells in table.items() if cells[at] not in ("required", "")}
            assert taken == set(optional), op
        assert set(OPERATIONS) == {"submit", "advance", "import"}

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


def options_table() -> list[list[str]]:
    """The rows of the table of global options."""
    return rows(sections(page("docs/cli.md"))["Global options"])


def set_up_suggestions() -> None:
    """In the current folder: the definition of the tutorial, installed, and its people."""
    [definition] = [each.text for each in fences(page("docs/tutorial.md")) if each.saved == "suggestion.yaml"]
    Path("suggestion.yaml").write_text(definition, encoding="utf-8")
    for words in (
        "definition install suggestion.yaml",
        "actor add li.na --name 李娜",
        "actor add wang.wei --role office",
        "actor add zhao.min --role board",
    ):
        assert run(*words.split()).code == 0


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
        always = set(self.said("Entry"))
        found = {name for each in run("--json", "audit", "log").json for name in set(each) - always}
        listed = rows(sections(page("docs/cli.md"))["Entry"])
        assert {name for row in listed for name in codes(row[0])} == found

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
        done = run("--json", "--as", "zhao.min", "advance", "S-001", "adopt")
        assert done.code == 3
        assert {"error": done.error} == self.said("Error")

    def test_others(self) -> None:
        plain: dict[str, Callable[[], Any]] = {
            "definition list": lambda: run("--json", "definition", "list").json[0],
            "definition install": lambda: run("--json", "definition", "install", "suggestion.yaml").json[0],
            "definition diagram": lambda: run("--json", "definition", "diagram", "suggestion").json,
            "audit export": lambda: run("--json", "audit", "export", "-o", "log.csv").json,
            "db init": lambda: run("--json", "db", "init").json,
            "db upgrade": lambda: run("--json", "db", "upgrade").json,
            "db check": lambda: run("--json", "db", "check").json,
        }
        listed = {
            name: codes(row[1]) for row in rows(sections(page("docs/cli.md"))["Others"]) for name in codes(row[0])
        }
        assert listed.pop("definition show") == ["digest"]
        assert {name: list(call()) for name, call in plain.items()} == listed


class Base(DeclarativeBase):
    """The tables of a host."""


class Order(Base):
    """A row of a host's own."""

    __tablename__ = "shop_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str]


class TestInterface:
    def test_every_exported_name_is_documented(self) -> None:
        text = page("docs/api.md")
        tables = [name for heading in ("Values", "Errors") for name in first(sections(text)[heading])]
        called = re.findall(r"^#### `(\w+)\(", text, re.MULTILINE)
        assert sorted({*tables, *called, "Engine"}) == sorted(workflow.__all__)

    def test_every_method_of_the_engine_is_documented_with_its_parameters(self) -> None:
        said = dict(re.findall(r"^#### `(?:Engine|engine)\.(\w+)\((.*)\)`$", page("docs/api.md"), re.MULTILINE))
        there = {
            name: ", ".join(parameters(each))
            for name, each in inspect.getmembers(Engine, callable)
            if not name.startswith("_")
        }
        assert said == there

    def test_functions_are_documented_with_their_parameters(self) -> None:
        said = dict(re.findall(r"^#### `(load\w*)\((.*)\)`$", page("docs/api.md"), re.MULTILINE))
        assert said == {name: ", ".join(parameters(getattr(workflow, name))) for name in ("load", "load_text")}

    def test_values_are_documented_with_what_they_hold(self) -> None:
        said = {codes(row[0])[0]: row[1] for row in rows(sections(page("docs/api.md"))["Values"])}
        for name in ("Actor", "Case", "DefinitionRef", "Option", "Result", "Line"):
            kind = getattr(workflow, name)
            held = getattr(kind, "_fields", None) or getattr(kind, "__dataclass_fields__", {})
            hidden = {"outcome"} if name == "Result" else {"error"} if name == "Line" else set()
            assert set(held) - hidden <= set(codes(said[name])), name

    def test_the_examples_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("definitions").mkdir()
        Path("definitions/suggestion.yaml").write_text(fence(page("README.md"), "yaml"), encoding="utf-8")
        host = create_engine("sqlite:///proposals.db")
        Base.metadata.create_all(host)
        Engine.attach("sqlite:///proposals.db").upgrade()
        known: dict[str, Any] = {"host": host, "Order": Order}
        logger = logging.getLogger("workflow")
        handlers, level = list(logger.handlers), logger.level
        engine: Engine | None = None
        try:
            for each in fences(page("docs/api.md")):
                if each.lang == "python":
                    exec(compile(each.text, "api.md", "exec"), known)
                    engine = engine or known["engine"]
        finally:
            logger.handlers, logger.level = handlers, level
        assert engine is not None
        said = capsys.readouterr().out.splitlines()
        assert said == [
            "1 True submitted None",
            "separation wang.wei made the transition evaluate in this case and may not do this too somebody else",
        ]
        with Session(host) as session:
            [order] = session.query(Order).all()
        assert engine.case(order.case_id).data == {"title": "Fewer forms"}
        assert engine.verify().ok
        engine.close()
        host.dispose()

    def test_a_host_that_rolls_back_leaves_no_case(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'proposals.db'}"
        host = create_engine(url)
        engine = Engine.open(url)
        engine.install(workflow.load_text(SAMPLE))
        with Session(host) as session, contextlib.suppress(KeyError), session.begin():
            with engine.using(session):
                engine.submit("sample", actor=Actor("li.na"))
            raise KeyError
        assert engine.cases() == []
        engine.close()
        host.dispose()

    def test_messages_of_the_log_are_documented(self) -> None:
        said = {name for row in rows(sections(page("docs/api.md"))["Logging"]) for name in codes(row[0])}
        kinds = {f"case_{kind}" for kind in ("submitted", "advanced", "refused", "imported")}
        source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow").rglob("*.py"))
        plain = set(re.findall(r"logger\.\w+\(\"(\w+)\"", source))
        assert said == kinds | plain


def parameters(function: Any) -> Iterator[str]:
    """The parameters of a function by name, with the star before those that are given by name only."""
    starred = False
    for name, each in inspect.signature(function).parameters.items():
        if name in ("self", "cls"):
            continue
        if each.kind is each.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield name


class TestLog:
    def test_the_worked_example_recomputes(self, tmp_path: Path) -> None:
        text = sections(page("docs/audit-log.md"))["A worked example"]
        (tmp_path / "leaf.json").write_text(fence(text, "json"), encoding="utf-8")
        program = fence(text, "python")
        assert len([line for line in program.splitlines() if line]) == 6
        done = subprocess.run(
            [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=True
        )
        assert done.stdout.decode() == fence(text, "text")

    def test_the_worked_example_is_what_the_engine_writes(self) -> None:
        text = sections(page("docs/audit-log.md"))["A worked example"]
        clock = iter([datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (8, 8, 8, 9)])
        engine = Engine.open("sqlite://", clock=lambda: next(clock), entropy=lambda count: bytes(range(count)))
        engine.install(workflow.load_text(fence(text, "yaml")))
        case = engine.submit("suggestion", actor=Actor("li.na"), data={"title": "Shorter changeover"})
        office = Actor("wang.wei", roles={"office"})
        engine.advance(case.id, "evaluate", actor=office, data={"saving": "1200"}, reason="As measured.")
        with engine.store.reading() as unit:
            [leaf] = unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = 2", case.id)
            [salt, body] = unit.one("SELECT salt, body FROM workflow_payload WHERE seq = 2 AND name = 'data'")
        # The id of a case is made of the time and of chance; `prev` hangs on it.
        drawn = {name: json.loads(leaf)[name] for name in ("case", "prev")}
        assert json.loads(leaf) == {**json.loads(fence(text, "json")), **drawn, "engine": ENGINE}
        assert log.encode(json.loads(fence(text, "json"))) == fence(text, "json").strip().encode()
        assert (salt, body) == (bytes(range(32)), b'{"saving":"1200.00"}')
        engine.close()

    def test_kinds_and_their_keys(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["Kinds"])
        said = {codes(row[0])[0]: (set(codes(row[1])), set(codes(row[2]))) for row in found if len(row) == 4}
        assert said == {kind: (set(must), set(may)) for kind, (must, may) in log.KINDS.items()}
        explained = {name for row in found if len(row) == 2 for name in codes(row[0])}
        named_by_kinds = {name for must, may in log.KINDS.values() for name in (*must, *may)}
        assert named_by_kinds - explained - {"claimed", "schema", "format", "count"} == set()

    def test_keys_of_every_leaf(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["The leaf"].split("\n### ")[0])
        said = [codes(row[0])[0] for row in found]
        assert said == [*log._EVERY, "data", "reason", "claimed", "after"]
        assert set(said[len(log._EVERY) :]) == set(log._MAY)

    def test_streams(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["Streams"])
        assert {codes(row[0])[0]: codes(row[1])[0] for row in found} == dict(log.STREAMS)

    def test_the_check_of_chains_needs_no_program_of_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        set_up_suggestions()
        assert run("--as", "li.na", "submit", "suggestion", "--set", "title=Fewer forms").code == 0
        assert run("--as", "li.na", "submit", "suggestion").code == 3
        program = fence(sections(page("docs/audit-log.md"))["The chain"], "python")

        def check() -> tuple[int, str]:
            words = [sys.executable, "-I", "-c", program, "workflow.db"]
            done = subprocess.run(words, capture_output=True, timeout=60, check=False)
            return done.returncode, (done.stdout + done.stderr).decode()

        assert check() == (0, "9 entries, 5 chains\n")
        with contextlib.closing(sqlite3.connect("workflow.db")) as store:
            store.execute("DROP TRIGGER workflow_entry_no_update")
            changed = """CAST(replace(leaf, '"wang.wei"', '"sun.li"') AS BLOB)"""
            store.execute(f"UPDATE workflow_entry SET leaf = {changed} WHERE seq = 2")
            store.commit()
        assert check() == (1, f"broken at {log.STREAMS['directory']}/2\n")


def imports() -> dict[str, set[str]]:
    """Each library that is not of Python itself, with the modules of ours that import it."""
    found: dict[str, set[str]] = {}
    for path in [*(ROOT / "workflow").rglob("*.py"), ROOT / "cli.py"]:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
            names += [each.module or ""] if isinstance(each, ast.ImportFrom) else []
            for library in {part.split(".")[0] for part in names} - {"workflow", "cli"} - sys.stdlib_module_names:
                found.setdefault(library, set()).add(name)
    return found


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads(page("pyproject.toml"))


class TestArchitecture:
    def test_floors_are_those_that_are_checked(self) -> None:
        contracts = project()["tool"]["importlinter"]["contracts"]
        [floors] = [each["layers"] for each in contracts if each["name"].startswith("floors: ")]
        said = [" | ".join(codes(row[0])) for row in rows(sections(page("docs/architecture.md"))["Floors"])]
        assert said == floors

    def test_libraries_have_the_doors_that_the_page_says(self) -> None:
        table = rows(sections(page("docs/architecture.md"))["One door for each library"])
        said = {codes(row[0])[0]: set(codes(row[1])) for row in table}
        found = imports()
        assert set(said) == set(found)
        for library, doors in said.items():
            within = {door for door in doors for name in found[library] if name == door or name.startswith(f"{door}.")}
            assert within == doors, library
            outside = {name for name in found[library] if not any(name == d or name.startswith(f"{d}.") for d in doors)}
            assert outside == set(), library

    def test_files_that_are_named_exist(self) -> None:
        text = prose(page("docs/architecture.md"))
        paths = {each for each in CODE.findall(text) if re.fullmatch(r"[\w/]+(\.py|/)", each)}
        missing = [each for each in paths if not any((base / each).exists() for base in (ROOT, ROOT / "workflow"))]
        near = ("fields.py",)
        assert [each for each in missing if each not in near] == ["workflow/definitions/"]


class TestDecisions:
    def test_every_dependency_has_its_reason(self) -> None:
        wanted = {re.split(r"[<>=~!]", each)[0] for each in project()["project"]["dependencies"]}
        assert wanted - set(sections(page("docs/decisions.md"))) == set()

    def test_every_tool_has_its_reason(self) -> None:
        wanted = [re.split(r"[<>=~!]", each)[0] for each in project()["project"]["optional-dependencies"]["dev"]]
        assert first(sections(page("docs/decisions.md"))["Tools of development"]) == wanted

    def test_each_has_three_sentences(self) -> None:
        found = {
            heading: len(re.findall(r"[.?!](?=\s|$)", text.strip()))
            for heading, text in sections(page("docs/decisions.md")).items()
            if heading not in ("Decisions", "2026-11", "Tools of development")
        }
        assert {heading: 3 for heading in found} == found


def targets() -> dict[str, str]:
    """The targets of the Makefile with what they say of themselves."""
    return dict(re.findall(r"^([a-z]+):.*## (.*)$", page("Makefile"), re.MULTILINE))


class TestContributing:
    def test_targets(self) -> None:
        found = rows(page("CONTRIBUTING.md"))
        said = {codes(row[0])[0].removeprefix("make "): row[1] for row in found}
        assert said == {**targets(), "help": "the list of targets"}

    def test_the_changelog_has_a_place_for_what_comes(self) -> None:
        assert re.findall(r"^## (.+)$", page("CHANGELOG.md"), re.MULTILINE)[0] == "[Unreleased]"
