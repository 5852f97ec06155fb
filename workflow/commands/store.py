"""The store: create it, bring it up to date, look at it."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from workflow.commands.output import document, pairs
from workflow.commands.session import settings_of
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.store.database import SCHEMA
from workflow.store.roles import grants

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The store: create it, bring it up to date, look at it.",
)


@app.command()
def init(
    context: typer.Context,
    partitions: Annotated[
        int, typer.Option("--partitions", metavar="N", help="PostgreSQL: divide cases and entries into so many parts.")
    ] = 0,
) -> None:
    """Create the tables; a database of your own is given ours beside yours."""
    _upgrade(settings_of(context), partitions)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables to the schema of this program."""
    _upgrade(settings_of(context))


@app.command()
def check(context: typer.Context) -> None:
    """Say what the store is and whether it is sound as a database (the log: `audit verify`)."""
    settings = settings_of(context)
    with Engine.attach(settings.db, via="cli") as engine:
        engine.store.require_schema()
        _show(settings, engine.store.examine())


@app.command()
def roles(
    context: typer.Context,
    application: Annotated[str, typer.Option("--application", metavar="ROLE", help="Who adds to the log.")] = (
        "workflow_application"
    ),
    auditor: Annotated[str, typer.Option("--auditor", metavar="ROLE", help="Who only reads.")] = "workflow_auditor",
    schema: Annotated[str, typer.Option("--schema", metavar="NAME", help="Where the tables are.")] = "public",
) -> None:
    """Print what gives two roles of PostgreSQL what they need and no more, as SQL."""
    statements = grants(application, auditor, schema)
    if settings_of(context).json:
        document({"statements": statements})
    else:
        sys.stdout.write("".join(f"{each};\n" for each in statements))


def _upgrade(settings: Settings, partitions: int = 0) -> None:
    with Engine.attach(settings.db, via="cli") as engine:
        before = engine.store.schema()
        engine.upgrade(partitions=partitions)
        _show(settings, {"store": engine.store.name, "schema": SCHEMA, "before": before, "changed": before != SCHEMA})


def _show(settings: Settings, found: dict[str, Any]) -> None:
    if settings.json:
        document(found)
        return
    pairs(found.items())
