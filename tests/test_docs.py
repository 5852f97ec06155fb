"""README and docs: links lead somewhere, what can be run runs, and what is said of the project is so."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.pages import (
    CODE,
    HEADING,
    LINK,
    OURS,
    PAGES,
    codes,
    environment,
    fence,
    fences,
    first,
    masked,
    page,
    prose,
    rows,
    sections,
    shell,
)
from tests.support import ROOT, run
from workflow.definition import loading


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
        shipped = {path.stem for path in loading.definition_files(ROOT / "definitions")}
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
        assert commands == 38

    def test_ten_commands_lead_to_a_paid_award(self) -> None:
        text = sections(page("docs/tutorial.md"))["Ten commands"]
        lines = [line for each in fences(text) if each.lang == "console" for line, _ in dialogue(each.text)]
        assert (len(lines), lines[-1]) == (10, "workflow --as he.ping advance S-001 reward")


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
        assert missing == ["workflow/definitions/"]


class TestDecisions:
    def test_every_dependency_has_its_reason(self) -> None:
        wanted = {re.split(r"[<>=~!]", each)[0] for each in project()["project"]["dependencies"]}
        assert wanted - set(sections(page("docs/decisions.md"))) == set()

    def test_every_tool_has_its_reason(self) -> None:
        wanted = [re.split(r"[\[<>=~!]", each)[0] for each in project()["project"]["optional-dependencies"]["dev"]]
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
