"""The log: read it, check it, hand it on."""

from __future__ import annotations

import sys
from typing import Annotated, TextIO, cast

import typer

from workflow.audit.export.csv import write_csv
from workflow.commands.cases import ENTRY_HEADINGS, entry_row
from workflow.commands.exports import export
from workflow.commands.filters import ByActor, InCase, Kind, Odd, Since, Until, chosen
from workflow.commands.output import Harmless, clean, document, line, note, say, table
from workflow.commands.reports import report
from workflow.commands.session import opened, settings_of
from workflow.errors import InputError, IntegrityError
from workflow.later import later
from workflow.log.entry import STREAM_NAMES

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The log: read it, check it, hand it on."
)

_WORDS = {
    "checked": {"en": "checked: ", "zh": "已检查："},
    "not_checked": {"en": "not checked: ", "zh": "未检查："},
    "clean": {"en": "the log checks out", "zh": "日志校验通过"},
    "findings": {"en": "{} findings", "zh": "发现 {} 处问题"},
}
_count = later("workflow.commands.progress", "Count")
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
            write_csv(_queries(engine.store).placed(_query(**wanted)), cast(TextIO, Harmless()))
            return
        entries = engine.log(**wanted)
        if form == "jsonl":
            for entry in entries:
                line(entry.as_dict(settings.lang))
        elif settings.json:
            document([entry.as_dict(settings.lang) for entry in entries])
        else:
            rows = ([STREAM_NAMES.get(e.case, e.case), *entry_row(e, settings.lang)] for e in entries)
            table(["case", *ENTRY_HEADINGS], rows)


@app.command()
def verify(context: typer.Context) -> None:
    """Check everything; exit code 6 and every finding when something is wrong."""
    settings = settings_of(context)
    with opened(settings) as engine:
        watched = sys.stderr.isatty() and not settings.json and not settings.quiet
        bar = _count("entries") if watched else None
        try:
            found = engine.verify(bar)
        finally:
            if bar is not None:
                bar.close()
    if settings.json:
        document(found.as_dict(settings.lang))
    else:
        for problem in found.problems:
            place = f"{STREAM_NAMES.get(problem.case or '', problem.case or '-')}/{problem.seq or '-'}"
            say(clean(f"{place}: {problem.text(settings.lang)} [{problem.code}]"))
        said = found.as_dict(settings.lang)
        for name in ("checked", "not_checked"):
            for sentence in said[name]:
                note(settings, f"{_WORDS[name][settings.lang]}{sentence}")
        verdict = _WORDS["clean" if found.ok else "findings"][settings.lang].format(len(found.problems))
        say(f"{verdict}: {found.entries} entries, {found.cases} cases")
    if not found.ok:
        raise typer.Exit(IntegrityError.exit_code)


app.command()(export)
app.command()(report)
