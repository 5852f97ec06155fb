"""Many commands from a file."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from workflow.batch import Line, Result
from workflow.commands.output import abandon_stdout, clean, line, note, say
from workflow.commands.session import DryRun, opened, parse_json, settings_of, who
from workflow.commands.settings import Settings
from workflow.errors import InputError
from workflow.later import later

app = typer.Typer(add_completion=False, rich_markup_mode=None)

MAX_LINE = 1_000_000
_progress = later("workflow.commands.progress", "Bar")


@app.command()
def apply(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines or CSV; - is stdin.")],
    form: Annotated[str | None, typer.Option("--format", metavar="jsonl|csv", help="By the name if not given.")] = None,
    dry_run: DryRun = False,
    stop: Annotated[bool, typer.Option("--stop-on-error", help="Stop at the first line that is not done.")] = False,
) -> None:
    """Run many commands, one a line; a refused line touches no other.

    The exit code is 0 when every line was done, else that of the first line that was not.
    """
    settings = settings_of(context)
    form = form or ("csv" if file.lower().endswith(".csv") else "jsonl")
    if form not in ("jsonl", "csv"):
        raise InputError("unknown_format", given=form, known="jsonl, csv")
    code = done = failed = odd = 0
    shown = settings.json or not sys.stdout.isatty()
    with _source(file) as stream, opened(settings) as engine:
        actor = who(settings, engine) if settings.actor else None
        bar = _bar(settings, stream)
        lines = _json_lines(stream, bar) if form == "jsonl" else _csv_lines(stream, bar)
        for result in engine.apply(lines, actor=actor, dry_run=dry_run, stop_on_error=stop):
            done += result.ok
            failed += not result.ok
            odd += result.conforms is False
            code = code or (result.error.exit_code if result.error else 0)
            if shown or result.error is not None:
                _tell(result, settings, as_json=shown)
        bar.close()
    undone = " (dry run: nothing was written)" if dry_run else ""
    more = f", {odd} do not conform" if odd else ""
    note(settings, f"{done} done, {failed} not done{more}{undone}")
    if code:
        raise typer.Exit(code)


class _Silent:
    def advance(self, size: int) -> None:
        """Nobody watches."""

    def close(self) -> None:
        """Nothing to close."""


def _bar(settings: Settings, stream: BinaryIO) -> Any:
    if settings.json or settings.quiet or not sys.stderr.isatty():
        return _Silent()
    try:
        size = os.fstat(stream.fileno()).st_size
    except (OSError, io.UnsupportedOperation):
        size = 0
    return _progress(size)


def _tell(result: Result, settings: Settings, *, as_json: bool) -> None:
    """What became of a line, at once: it is committed. If nobody listens any more, the rest is done all the same."""
    try:
        if as_json:
            line(result.as_dict(settings.lang))
        elif result.error is not None:
            say(clean(f"{result.line}: {result.error.text(settings.lang)}"))
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()


@contextmanager
def _source(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  # closed below, after errors of reading were told apart
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InputError("unreadable_file", file=file, problem=problem) from None
    with stream:
        if Path(file).is_dir():
            raise InputError("unreadable_file", file=file, problem="a folder")
        yield stream


def _read(stream: BinaryIO, bar: Any) -> Iterator[tuple[int, bytes | None]]:
    """The lines with their numbers; None stands for one that is too long, whose rest is passed over."""
    number = 0
    while text := _next(stream, bar):
        number += 1
        if len(text) > MAX_LINE and not text.endswith(b"\n"):
            while text and not text.endswith(b"\n"):
                text = _next(stream, bar)
            yield number, None
        else:
            yield number, text


def _next(stream: BinaryIO, bar: Any) -> bytes:
    try:
        text = stream.readline(MAX_LINE + 1)
    except OSError as error:
        name = getattr(stream, "name", "")
        file = name if isinstance(name, str) and not name.startswith("<") else "stdin"
        raise InputError("unreadable_file", file=file, problem=error.strerror or str(error)) from None
    bar.advance(len(text))
    return text


def _json_lines(stream: BinaryIO, bar: Any) -> Iterator[Line]:
    for number, text in _read(stream, bar):
        if text is None:
            yield Line(
                number, None, InputError("too_large", what=f"line {number}", size=f"over {MAX_LINE}", limit=MAX_LINE)
            )
            continue
        if not text.strip():
            continue
        try:
            yield Line(number, parse_json(text, f"line {number}"))
        except InputError as error:
            yield Line(number, None, error)


def _csv_lines(stream: BinaryIO, bar: Any) -> Iterator[Line]:
    """A heading names the columns; `data.title` is the field title, an empty cell says nothing."""
    rows = csv.reader(_decoded(stream, bar))
    try:
        heading = next(rows, None)
    except csv.Error as error:
        raise InputError("bad_line", line=1, problem=str(error)) from None
    if not heading:
        raise InputError("bad_line", line=1, problem="no heading")
    try:
        for row in rows:
            if not any(row):
                continue
            number = rows.line_num
            if len(row) != len(heading):
                problem = f"{len(row)} cells under {len(heading)} headings"
                yield Line(number, None, InputError("bad_line", line=number, problem=problem))
                continue
            yield Line(number, _request(heading, row))
    except csv.Error as error:
        yield Line(rows.line_num, None, InputError("bad_line", line=rows.line_num, problem=str(error)))
    except InputError as error:
        # Where a line cannot be read, no later one can be told apart.
        yield Line(rows.line_num + 1, None, error)


def _decoded(stream: BinaryIO, bar: Any) -> Iterable[str]:
    for number, text in _read(stream, bar):
        try:
            if text is None:
                raise InputError("too_large", what=f"line {number}", size=f"over {MAX_LINE}", limit=MAX_LINE)
            yield text.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError("bad_line", line=number, problem="not UTF-8") from None


def _request(heading: list[str], row: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for name, cell in zip(heading, row, strict=True):
        if cell == "":
            continue
        if name.startswith("data."):
            data[name.removeprefix("data.")] = cell
        else:
            said[name] = cell
    if data:
        said["data"] = data
    return said
