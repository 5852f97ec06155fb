"""Awards: the ledger, and how an amount was reckoned."""

from __future__ import annotations

import csv
from typing import Annotated, Any

import typer

from workflow.audit.export.csv import cell
from workflow.batch import parse_time
from workflow.commands.cases import CaseName
from workflow.commands.files import target
from workflow.commands.output import clean, document, json_line, say, table
from workflow.commands.session import opened, settings_of
from workflow.engine import Engine
from workflow.errors import InputError
from workflow.store.lines import AwardLine

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Awards: the ledger, and how it was reckoned.",
)

InCase = Annotated[str | None, typer.Option("--case", metavar="CASE", help="Of this case.")]
OfDefinition = Annotated[str | None, typer.Option("--definition", metavar="NAME", help="Of this definition.")]
OfAward = Annotated[str | None, typer.Option("--award", metavar="NAME", help="Of this award.")]
ToPerson = Annotated[str | None, typer.Option("--person", metavar="ID", help="To this person.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Not paid before.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Not paid after.")]


@app.command(name="list")
def list_(
    context: typer.Context,
    case: InCase = None,
    definition: OfDefinition = None,
    award: OfAward = None,
    person: ToPerson = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many lines.")] = 1000,
) -> None:
    """The lines of the ledger, oldest first."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.awards(**_chosen(engine, case, definition, award, person, since, until), limit=limit)
    if settings.json:
        document([each.as_dict() for each in found])
        return
    rows = ([each.at, each.reference, each.award, each.person, each.kind, each.amount, each.currency] for each in found)
    table(["at", "reference", "award", "person", "kind", "amount", "currency"], rows)


@app.command()
def export(
    context: typer.Context,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is stdout.")] = "-",
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl", help="How to write it.")] = "csv",
    case: InCase = None,
    definition: OfDefinition = None,
    award: OfAward = None,
    person: ToPerson = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write the ledger to a file. The file appears whole or not at all."""
    settings = settings_of(context)
    if form not in ("csv", "jsonl"):
        raise InputError("unknown_format", given=form, known="csv, jsonl")
    with opened(settings) as engine:
        found = engine.awards(**_chosen(engine, case, definition, award, person, since, until))
    with target(output) as stream:
        if form == "jsonl":
            stream.writelines(f"{json_line(each.as_dict())}\n" for each in found)
        else:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow(AwardLine._fields)
            writer.writerows([cell(value) for value in each] for each in found)
    if output != "-":
        if settings.json:
            document({"file": output, "format": form, "lines": len(found)})
        else:
            say(clean(f"{len(found)} lines written to {output}"))


@app.command()
def explain(
    context: typer.Context,
    name: CaseName,
    award: Annotated[str, typer.Argument(metavar="AWARD", help="An award of the definition.")],
) -> None:
    """How an award was reckoned, line by line."""
    settings = settings_of(context)
    with opened(settings) as engine:
        case = engine.find(name)
        said = engine.explain_award(case, award, lang=settings.lang)
        found = engine.case(case).proceedings.awards[award]
    if settings.json:
        document({"case": case, "award": award, **found, "explanation": said})
        return
    for sentence in said:
        say(clean(sentence))


def _chosen(
    engine: Engine,
    case: str | None,
    definition: str | None,
    award: str | None,
    person: str | None,
    since: str | None,
    until: str | None,
) -> dict[str, Any]:
    return {
        "case": None if case is None else engine.find(case),
        "definition": definition,
        "award": award,
        "person": person,
        "since": None if since is None else parse_time(since),
        "until": None if until is None else parse_time(until),
    }
