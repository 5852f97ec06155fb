"""Trying definitions: telling the stories beside them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workflow.commands.output import clean, document, say
from workflow.commands.session import settings_of
from workflow.errors import DefinitionError
from workflow.later import later

_gather = later("workflow.scenarios.report", "gather")
_tell_all = later("workflow.scenarios.report", "tell_all")


def test(
    context: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Scenario files, definitions beside them, or folders.")
    ],
    only: Annotated[
        str | None, typer.Option("--only", metavar="TITLE", help="Only stories in whose title this stands.")
    ] = None,
    least: Annotated[
        int, typer.Option("--least", metavar="PERCENT", min=0, max=100, help="So much must be covered.")
    ] = 0,
) -> None:
    """Tell the stories beside definitions, and what they leave untried. Exit code 2 when one fails."""
    settings = settings_of(context)
    report: Any = _tell_all(_gather(paths, only), paths, covering=only is None)
    short = [each for each in report.coverage if not each.reaches(least)]
    if settings.json:
        document(report.as_dict(settings.lang))
    else:
        for failure in report.failures:
            place = f"{failure.file}:{failure.line}:{failure.column}"
            say(clean(f"{place}: {failure.title}: {failure.text(settings.lang)} [{failure.code}]"))
        for each in report.coverage:
            say(clean(f"{each.file}: covered {each.covered} of {len(each.items)}"))
            for line, column, item in each.places() if each.tried else ():
                say(clean(f"  {each.file}:{line}:{column}: {item.text(settings.lang)}"))
        failed = sum(bool(each.failures) for each in report.told)
        say(f"{len(report.told)} scenarios, {failed} failed")
    if not report.ok or short:
        raise typer.Exit(DefinitionError.exit_code)
