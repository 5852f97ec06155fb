"""Trying definitions: telling the stories beside them."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.commands.output import clean, document, say
from workflow.commands.session import settings_of
from workflow.errors import DefinitionError
from workflow.scenarios.report import Report, gather, tell_all


def test(
    context: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Scenario files, definitions beside them, or folders.")
    ],
    only: Annotated[
        str | None, typer.Option("--only", metavar="TITLE", help="Only stories in whose title this stands.")
    ] = None,
) -> None:
    """Tell the stories beside definitions. Exit code 2 when one does not come out as it says."""
    settings = settings_of(context)
    report = Report(tuple(tell_all(gather(paths, only))))
    if settings.json:
        document(report.as_dict(settings.lang))
    else:
        for each in report.failures:
            place = f"{each.file}:{each.line}:{each.column}"
            say(clean(f"{place}: {each.title}: {each.text(settings.lang)} [{each.code}]"))
        failed = sum(bool(each.failures) for each in report.told)
        say(f"{len(report.told)} scenarios, {failed} failed")
    if not report.ok:
        raise typer.Exit(DefinitionError.exit_code)
