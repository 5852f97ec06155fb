"""The store: create it, bring it up to date, look at it."""

from __future__ import annotations

from typing import Any

import typer

from workflow.commands.output import document, pairs
from workflow.commands.session import settings_of
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.store.database import SCHEMA

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The store: create it, bring it up to date, look at it.",
)


@app.command()
def init(context: typer.Context) -> None:
    """Create the tables; a database of your own is given ours beside yours."""
    _upgrade(settings_of(context))


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


def _upgrade(settings: Settings) -> None:
    with Engine.attach(settings.db, via="cli") as engine:
        before = engine.store.schema()
        engine.upgrade()
        _show(settings, {"store": engine.store.name, "schema": SCHEMA, "before": before, "changed": before != SCHEMA})


def _show(settings: Settings, found: dict[str, Any]) -> None:
    if settings.json:
        document(found)
        return
    pairs(found.items())
