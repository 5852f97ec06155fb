"""The command line from inside a test: one call, what it wrote, its exit code; and a small definition to call it on."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cli
from tests import cluster

ROOT = Path(__file__).parents[1]

# A definition with a bit of everything that a command can meet: roles, a relation, fields, conditions, a loop, an end.
NOTE = """\
workflow: note
version: 1
title: {en: Note, zh: 便条}
reference: "N-{number:03}"
roles:
  author: {is: submitter}
  clerk: {title: {en: Clerk, zh: 文书}}
fields:
  title: {type: text, max: 200, title: {en: Title, zh: 标题}}
  pages: {type: integer, min: 1}
  cost: {type: money, currency: CNY}
  due: {type: date}
  urgent: {type: boolean}
  kind: {type: choice, choices: [memo, letter]}
  tags: {type: list, of: text}
submit:
  by: anyone
  require: title
  accept: [pages, cost, due, urgent, kind, tags]
states:
  draft: {initial: true, title: {en: Draft, zh: 草稿}}
  filed: {title: {en: Filed, zh: 已归档}}
  gone: {final: true}
transitions:
  file:
    {from: draft, to: filed, by: clerk, accept: pages, when: pages > 0, apart_from: author, title: {en: File, zh: 归档}}
  reopen: {from: filed, to: draft, by: clerk, require: [reason], at_most: 1}
  drop: {from: "*", to: gone, by: [author, clerk]}
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def error(self) -> Any:
        """The error object on standard error, which holds nothing else."""
        assert self.err.count("\n") == 1, self.err
        return json.loads(self.err)["error"]


def run(*words: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
    """Run one command line in this process, with `given` on standard input."""
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for name in ("stdout", "stderr")}
    logger = logging.getLogger("workflow")
    handlers, level = logger.handlers, logger.level
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(streams["stdout"]))
        stack.enter_context(contextlib.redirect_stderr(streams["stderr"]))
        stack.enter_context(_standing_in("stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")))
        stack.enter_context(_environment(env or {}))
        try:
            cli.main(list(words))
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        finally:
            logger.handlers, logger.level = handlers, level
    written = {name: _written(stream) for name, stream in streams.items()}
    return Done(code, written["stdout"], written["stderr"])


def plain_environment() -> dict[str, str]:
    """The environment without what would change how a program of its own writes."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def call(*words: str | bytes, given: bytes = b"", cwd: Path | None = None, **more: Any) -> Done:
    """Run one command line as a program of its own."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *words],
        input=given,
        capture_output=True,
        cwd=cwd,
        timeout=120,
        check=False,
        **{"env": plain_environment(), **more},
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def on_a_terminal(*words: str, stream: str = "stdout") -> str:
    """What a command writes to standard output (or `stderr`) when that is a terminal of 200 columns."""
    reader, writer = pty.openpty()
    env = {**plain_environment(), "COLUMNS": "200", "TERM": "xterm-256color"}
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: writer}
    with subprocess.Popen([sys.executable, str(ROOT / "cli.py"), *words], env=env, **streams) as program:
        os.close(writer)
        said = b""
        with contextlib.suppress(OSError):  # the terminal is gone when the program is
            while more := os.read(reader, 65_536):
                said += more
        os.close(reader)
        assert program.wait(timeout=60) == 0
    return said.decode("utf-8")


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with the definition `note`, and a store in which two people are known."""

    folder: Path
    url: str = ""

    @classmethod
    def set_up(cls, folder: Path, url: str = "") -> Desk:
        """Li Na writes notes, Wang Wei is a clerk. Without a URL, the store is a file in the folder."""
        (folder / "definitions").mkdir()
        (folder / "definitions" / "note.yaml").write_text(NOTE, encoding="utf-8")
        desk = cls(folder, url)
        assert desk("actor", "add", "li.na", "--name", "Li Na").code == 0
        assert desk("actor", "add", "wang.wei", "--role", "clerk").code == 0
        return desk

    @property
    def file(self) -> Path:
        """The file of the store."""
        return self.folder / "notes.db"

    @property
    def db(self) -> str:
        """The address of the store."""
        return self.url or f"sqlite:///{self.file}"

    def words(self, *words: str, by: str | None = None, as_json: bool = False) -> list[str]:
        """A command line on this store."""
        options = ["--db", self.db, "--definitions", str(self.folder / "definitions")]
        options += ["--as", by] if by else []
        return [*options, *(["--json"] if as_json else []), *words]

    def __call__(self, *words: str, by: str | None = None, given: bytes = b"") -> Done:
        """Run a command on this store."""
        return run(*self.words(*words, by=by), given=given)

    def json(self, *words: str, by: str | None = None, given: bytes = b"") -> Done:
        """Run a command with `--json` on this store."""
        return run(*self.words(*words, by=by, as_json=True), given=given)

    def note(self, title: str = "Chairs", *more: str, by: str = "li.na") -> Any:
        """Open a case."""
        done = self.json("submit", "note", "--set", f"title={title}", *more, by=by)
        assert done.code == 0, done.err
        return done.json

    def filed(self, case: str, *more: str) -> Any:
        """File a case."""
        done = self.json("advance", case, "file", "--set", "pages=2", *more, by="wang.wei")
        assert done.code == 0, done.err
        return done.json

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the store holds, by table."""
        return everything(self.db)


def everything(url: str | Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a store, by its address or its file; without what SQLite holds in shadows."""
    if isinstance(url, str) and url.startswith("postgresql"):
        with cluster.connected(url) as server:
            listed = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
            names = [str(row[0]) for row in server.execute(listed)]
            return {name: sorted(server.execute(f"SELECT * FROM {name}".encode()), key=repr) for name in names}
    file = str(url).removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in sorted(names)}


def keys(value: Any) -> list[str]:
    """The keys of an object, in their order."""
    assert isinstance(value, dict)
    return list(value)


@contextlib.contextmanager
def _standing_in(name: str, stream: Any) -> Iterator[None]:
    before = getattr(sys, name)
    setattr(sys, name, stream)
    try:
        yield
    finally:
        setattr(sys, name, before)


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [each for each in os.environ if each.startswith("WORKFLOW_")]:
        del os.environ[name]
    os.environ.update({"COLUMNS": "100", **changes})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
