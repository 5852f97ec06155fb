"""What concerns more than one case: a decision over a set of them, and ties between them."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.commands.cases import CaseName, show_case, show_cases
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

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def batch(
    context: typer.Context,
    transition: Annotated[str, typer.Argument(metavar="TRANSITION", help="The name of a transition.")],
    names: Annotated[list[str], typer.Argument(metavar="CASE...", help="The cases: ids, prefixes or references.")],
    assignments: Assignments = None,
    data: DataFile = None,
    reason: Reason = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Move a set of cases at once, all or none, under the quotas of its batch."""
    settings = settings_of(context)
    fields = supplied(assignments, data)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        found = [engine.find(name) for name in names]
        cases = engine.advance_together(found, transition, actor=actor, data=fields, reason=reason, dry_run=dry_run)
        show_cases(settings, engine, cases)


@app.command()
def link(
    context: typer.Context,
    name: CaseName,
    kind: Annotated[str, typer.Argument(metavar="LINK", help="A link of the definition.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other case.")],
    reason: Reason = None,
    key: Key = None,
    acting_for: For = None,
    dry_run: DryRun = False,
) -> None:
    """Tie a case to another, such as a duplicate to the one that came first."""
    settings = settings_of(context)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.link(
            engine.find(name), kind, engine.find(other), actor=actor, reason=reason, key=key, dry_run=dry_run
        )
        show_case(settings, engine, case)
