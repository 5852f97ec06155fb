"""The log: read it, check it, hand it on."""

from __future__ import annotations

from typing import Annotated, TextIO, cast

import typer

from workflow.audit.export.csv import write_csv
from workflow.commands import sealing, verifying
from workflow.commands.cases import ENTRY_HEADINGS, entry_row
from workflow.commands.exports import export
from workflow.commands.filters import ByActor, InCase, Kind, Odd, Since, Until, chosen
from workflow.commands.output import Harmless, document, line, table
from workflow.commands.reports import report
from workflow.commands.session import opened, settings_of
from workflow.errors import InputError
from workflow.later import later
from workflow.log.entry import STREAM_NAMES

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The log: read it, check it, hand it on."
)
app.registered_commands += verifying.app.registered_commands + sealing.app.registered_commands
_queries = later("workflow.store.queries", "Queries")
_query = later("workflow.store.queries", "Filter")


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
        wanted = chosen(engine, case, actor, since, until, kind, nonconforming)
        if form == "csv":
            found = _queries(engine.store).placed(_query(**wanted))
            write_csv((p._replace(entry=engine.open_part(p.entry)) for p in found), cast(TextIO, Harmless()))
            return
        entries = engine.log(**wanted, confidential=False)
        if form == "jsonl":
            for entry in entries:
                line(entry.as_dict(settings.lang))
        elif settings.json:
            document([entry.as_dict(settings.lang) for entry in entries])
        else:
            rows = ([STREAM_NAMES.get(e.case, e.case), *entry_row(e, settings.lang)] for e in entries)
            table(["case", *ENTRY_HEADINGS], rows)


app.command()(export)
app.command()(report)
