"""What people contribute to a case: votes, marks, counted ballots, objections and their settling."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.commands.cases import CaseName, show_case
from workflow.commands.session import (
    Assignments,
    DataFile,
    DryRun,
    For,
    Key,
    Reason,
    opened,
    settings_of,
    supplied,
    who,
)
from workflow.errors import InputError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PanelName = Annotated[str, typer.Argument(metavar="PANEL", help="A panel of the definition.")]
Seat = Annotated[str | None, typer.Option("--seat", metavar="ROLE", help="The department for which you sign.")]


@app.command()
def vote(
    context: typer.Context,
    name: CaseName,
    panel: PanelName,
    choice: Annotated[
        str, typer.Argument(metavar="CHOICE", help="yes, no, abstain or recuse; or candidates, with commas.")
    ],
    reason: Reason = None,
    seat: Seat = None,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Vote or sign in a panel; the last vote of each counts."""
    settings = settings_of(context)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        found = engine.find(name)
        case = engine.vote(found, panel, choice, actor=actor, reason=reason, seat=seat, key=key, dry_run=dry_run)
        show_case(settings, engine, case)


@app.command()
def score(
    context: typer.Context,
    name: CaseName,
    panel: PanelName,
    assignments: Assignments = None,
    data: DataFile = None,
    reason: Reason = None,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Fill in the score sheet of a panel."""
    settings = settings_of(context)
    points = supplied(assignments, data)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.score(engine.find(name), panel, points, actor=actor, reason=reason, key=key, dry_run=dry_run)
        show_case(settings, engine, case)


@app.command()
def count(
    context: typer.Context,
    name: CaseName,
    panel: PanelName,
    assignments: Assignments = None,
    data: DataFile = None,
    reason: Reason = None,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Enter the numbers of a counted ballot."""
    settings = settings_of(context)
    numbers = supplied(assignments, data)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.count(engine.find(name), panel, numbers, actor=actor, reason=reason, key=key, dry_run=dry_run)
        show_case(settings, engine, case)


@app.command()
def close(
    context: typer.Context,
    name: CaseName,
    panel: PanelName,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Close a panel and find what it came to."""
    settings = settings_of(context)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.close_panel(engine.find(name), panel, actor=actor, key=key, dry_run=dry_run)
        show_case(settings, engine, case)


@app.command(name="object")
def object_(
    context: typer.Context,
    name: CaseName,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Object to what a public notice shows."""
    settings = settings_of(context)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.object(engine.find(name), actor=actor, reason=reason, key=key, dry_run=dry_run)
        show_case(settings, engine, case)


@app.command()
def settle(
    context: typer.Context,
    name: CaseName,
    objection: Annotated[int, typer.Argument(metavar="OBJECTION", min=1, help="Its number in the case.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    upheld: Annotated[bool, typer.Option("--upheld", help="The objection is right.")] = False,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="The objection is not right.")] = False,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Uphold an objection, or dismiss it."""
    settings = settings_of(context)
    if upheld == dismissed:
        raise InputError("upheld_or_dismissed")
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.settle(
            engine.find(name), objection, upheld=upheld, actor=actor, reason=reason, key=key, dry_run=dry_run
        )
        show_case(settings, engine, case)
