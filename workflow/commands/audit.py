"""The log: read it, check it, hand it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

from workflow.audit.export.csv import write_csv
from workflow.audit.export.jsonl import write_jsonl
from workflow.batch import parse_time
from workflow.commands import sealing, verifying
from workflow.commands.cases import ENTRY_HEADINGS, entry_row
from workflow.commands.output import Harmless, clean, document, line, say, table
from workflow.commands.session import opened, settings_of
from workflow.engine import Engine
from workflow.errors import InputError
from workflow.log.entry import STREAM_NAMES, STREAMS

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The log: read it, check it, hand it on."
)
app.registered_commands += verifying.app.registered_commands + sealing.app.registered_commands

InCase = Annotated[str | None, typer.Option("--case", metavar="CASE", help="A case, or a stream such as directory.")]
ByActor = Annotated[str | None, typer.Option("--actor", metavar="ID", help="By or for this actor.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Not recorded before.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Not recorded after.")]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Of this kind, such as refused.")]
Odd = Annotated[bool, typer.Option("--nonconforming", help="Claimed acts that the definition does not allow.")]


@app.command()
def log(
    context: typer.Context,
    case: InCase = None,
    actor: ByActor = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    nonconforming: Odd = False,
    form: Annotated[str, typer.Option("--format", metavar="text|jsonl|csv", help="How to write it.")] = "text",
) -> None:
    """Read the log, newest last."""
    settings = settings_of(context)
    if form not in ("text", "jsonl", "csv"):
        raise InputError("unknown_format", given=form, known="text, jsonl, csv")
    with opened(settings) as engine:
        entries = engine.log(**_filter(engine, case, actor, since, until, kind, nonconforming))
        if form == "csv":
            write_csv(entries, cast(TextIO, Harmless()))
        elif form == "jsonl":
            for entry in entries:
                line(entry.as_dict(settings.lang))
        elif settings.json:
            document([entry.as_dict(settings.lang) for entry in entries])
        else:
            rows = ([STREAM_NAMES.get(e.case, e.case), *entry_row(e, settings.lang)] for e in entries)
            table(["case", *ENTRY_HEADINGS], rows)


@app.command()
def export(
    context: typer.Context,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is stdout.")],
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl", help="How to write it.")] = "csv",
    case: InCase = None,
    actor: ByActor = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    nonconforming: Odd = False,
    bom: Annotated[bool, typer.Option("--bom", help="CSV for spreadsheets that want a byte order mark.")] = False,
) -> None:
    """Write the log to a file. The file appears whole or not at all."""
    settings = settings_of(context)
    if form not in ("csv", "jsonl"):
        raise InputError("unknown_format", given=form, known="csv, jsonl")
    with opened(settings) as engine:
        chosen = _filter(engine, case, actor, since, until, kind, nonconforming)
        with _target(output) as stream:
            entries = engine.log(**chosen)
            count = write_csv(entries, stream, bom=bom) if form == "csv" else write_jsonl(entries, stream)
    if output != "-":
        if settings.json:
            document({"file": output, "format": form, "entries": count})
        else:
            say(clean(f"{count} entries written to {output}"))


@contextmanager
def _target(output: str) -> Iterator[TextIO]:
    if output == "-":
        yield cast(TextIO, Harmless())
        return
    path = Path(output)
    if "\x00" in output or not path.name or path.is_dir():
        raise InputError("unwritable_file", file=output, problem="not the name of a file")
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InputError("unwritable_file", file=output, problem=error.strerror or str(error)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _filter(
    engine: Engine,
    case: str | None,
    actor: str | None,
    since: str | None,
    until: str | None,
    kind: str | None,
    nonconforming: bool,
) -> dict[str, Any]:
    return {
        "case": None if case is None else STREAMS.get(case) or engine.find(case),
        "actor": actor,
        "since": _moment(since),
        "until": _moment(until),
        "kind": kind,
        "nonconforming": nonconforming,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
