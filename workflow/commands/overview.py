"""Figures over all cases."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.commands.output import document, say, table
from workflow.commands.session import opened, settings_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def stats(
    context: typer.Context,
    definition: Annotated[str | None, typer.Option("--definition", metavar="NAME", help="Of one definition.")] = None,
) -> None:
    """Counts by state, rates, time in state, overdue."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.stats(definition)
    if settings.json:
        document(found)
        return
    for name, figures in found["definitions"].items():
        entries = figures["entries"]
        say(
            f"{name}: {figures['cases']} cases, {figures['open']} open, {figures['overdue']} overdue, "
            f"{entries.get('refused', 0)} refused attempts"
        )
        table(
            ["state", "cases", "share", "left", "median days", "p90 days"],
            [
                [
                    state,
                    each["cases"],
                    f"{each['share']:.1%}",
                    each["left"],
                    _days(each["median_seconds"]),
                    _days(each["p90_seconds"]),
                ]
                for state, each in figures["states"].items()
            ],
        )


def _days(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds / 86_400:.1f}"
