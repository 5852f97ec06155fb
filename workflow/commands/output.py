"""Writing to the terminal: JSON, tables, plain text, and errors. Nothing that somebody typed reaches a terminal raw."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from workflow.commands.settings import Settings
from workflow.errors import WorkflowError
from workflow.later import later

# C0 and C1 controls, and the marks by which text can reorder or hide what stands around it.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# JSON escapes the C0 controls by itself; those that stand between its values are its own.
_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", ""))
# What is written as it goes to a file keeps its lines and tabs.
_UNSAFE_IN_FILE = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b\x0c\x0e-\x1f"))
_rich_table = later("workflow.commands.tables", "show")


def clean(value: Any) -> str:
    """A value as text that a terminal cannot act on: controls and reordering marks become visible escapes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = ", ".join(map(clean, value)) if isinstance(value, list | tuple) else str(value)
    return _UNSAFE.sub(
        lambda match: f"\\x{ord(match.group()):02x}" if ord(match.group()) < 256 else _named(match), text
    )


def _named(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def say(text: str = "") -> None:
    """One line on standard output."""
    sys.stdout.write(text + "\n")


def note(settings: Settings, text: str) -> None:
    """One line on standard error, for people; silent with --json and -q."""
    if not settings.json and not settings.quiet:
        sys.stderr.write(text + "\n")


def document(value: Any) -> None:
    """One JSON document on standard output."""
    say(_json(value, indent=2 if sys.stdout.isatty() else None))


def json_line(value: Mapping[str, Any]) -> str:
    """The value as one line of JSON."""
    return _json(value)


def line(value: Mapping[str, Any]) -> None:
    """One line of JSON Lines on standard output, whole even when somebody presses Ctrl-C meanwhile."""
    text = json_line(value)
    with _undisturbed():
        say(text)
        sys.stdout.flush()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let an interrupt wait: one that comes inside a write would lose what the stream had still to give on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _json(value: Any, indent: int | None = None) -> str:
    """JSON in which what could act on a terminal, or end a line for some reader, is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _UNSAFE_IN_JSON.sub(_named, text)


class Harmless(io.TextIOBase):
    """Standard output for what is written as a file would be: on a terminal controls become visible escapes."""

    def write(self, text: str) -> int:
        """Write the text; lines and tabs stay."""
        sys.stdout.write(_UNSAFE_IN_FILE.sub(_named, text) if sys.stdout.isatty() else text)
        return len(text)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under headings: a table on a terminal, tab-separated text in a pipe."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(columns, cleaned)
        return
    say("\t".join(columns))
    for row in cleaned:
        say("\t".join(row))


def pairs(rows: Iterable[tuple[str, Any]]) -> None:
    """Names with their values, one a line, aligned by what a terminal shows of them."""
    cleaned = [(clean(name), clean(value)) for name, value in rows]
    wide = max((_width(name) for name, _ in cleaned), default=0)
    for name, value in cleaned:
        say(f"{name}{' ' * (wide - _width(name))}  {value}".rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def fail(error: WorkflowError, *, as_json: bool, lang: str) -> int:
    """Say what went wrong on standard error; the exit code."""
    if as_json:
        sys.stderr.write(_json({"error": error.as_dict(lang)}) + "\n")
    else:
        sys.stderr.write(f"{'错误：' if lang == 'zh' else 'error: '}{clean(error.text(lang))}\n")
        for blocker in getattr(error, "blockers", ()):
            sys.stderr.write(f"  {blocker.code}: {clean(blocker.remedy(lang))}\n")
        for finding in getattr(error, "findings", ())[1:21]:
            place = f"{finding.file}:{finding.line}:{finding.column}"
            sys.stderr.write(f"  {clean(place)}: {clean(finding.text(lang))} [{finding.rule}]\n")
    return error.exit_code


def abandon_stdout() -> None:
    """Whoever read our output went away: write the rest to nowhere, so that closing does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
