"""The pages of the house as the tests read them: blocks of code, sections, tables, and the environment of a reader."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT, run
from workflow.messages import MESSAGES

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
