"""The clock: doing what is due."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.batch import parse_time
from workflow.commands.cases import ENTRY_HEADINGS, entry_row
from workflow.commands.output import document, note, table
from workflow.commands.session import opened, settings_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def tick(
    context: typer.Context,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="What is due by then, instead of by now.")
    ] = None,
) -> None:
    """Do what is due: reminders, escalations, ends of panels and notices; safe to run twice or on two machines."""
    settings = settings_of(context)
    with opened(settings) as engine:
        done = engine.tick(parse_time(at) if at is not None else None)
        if settings.json:
            document(done.as_dict())
            return
        rows = ([each.case, *entry_row(each, settings.lang)] for each in done.entries)
        table(["case", *ENTRY_HEADINGS], rows)
        note(settings, f"{done.fired}")
