"""Cases: open, move, ask, show, list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from workflow.batch import parse_time
from workflow.commands.ongoing import ongoing
from workflow.commands.output import document, pairs, say, table
from workflow.commands.session import (
    Assignments,
    At,
    DataFile,
    DryRun,
    For,
    Key,
    Reason,
    opened,
    settings_of,
    supplied,
    viewer,
    who,
)
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.log.entry import time_text
from workflow.rules.case import Case
from workflow.rules.record import Entry

app = typer.Typer(add_completion=False, rich_markup_mode=None)

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="An id, a unique prefix of one, or a reference.")]


@app.command()
def submit(
    context: typer.Context,
    definition: Annotated[str, typer.Argument(metavar="DEFINITION", help="The name of a definition.")],
    assignments: Assignments = None,
    data: DataFile = None,
    key: Key = None,
    reference: Annotated[str | None, typer.Option("--reference", metavar="REF", help="Instead of a number.")] = None,
    reason: Reason = None,
    acting_for: For = None,
    at: At = None,
    dry_run: DryRun = False,
) -> None:
    """Open a case."""
    settings = settings_of(context)
    fields = supplied(assignments, data)
    with opened(settings) as engine:
        case = engine.submit(
            definition,
            actor=who(settings, engine, acting_for),
            data=fields,
            key=key,
            reference=reference,
            reason=reason,
            at=parse_time(at) if at is not None else None,
            dry_run=dry_run,
        )
        show_case(settings, engine, case)


@app.command()
def advance(
    context: typer.Context,
    name: CaseName,
    transition: Annotated[str, typer.Argument(metavar="TRANSITION", help="The name of a transition.")],
    assignments: Assignments = None,
    data: DataFile = None,
    reason: Reason = None,
    key: Key = None,
    acting_for: For = None,
    at: At = None,
    dry_run: DryRun = False,
) -> None:
    """Move a case."""
    settings = settings_of(context)
    fields = supplied(assignments, data)
    with opened(settings) as engine:
        actor = who(settings, engine, acting_for)
        case = engine.advance(
            engine.find(name),
            transition,
            actor=actor,
            data=fields,
            reason=reason,
            key=key,
            at=parse_time(at) if at is not None else None,
            dry_run=dry_run,
        )
        show_case(settings, engine, case)


@app.command()
def options(context: typer.Context, name: CaseName) -> None:
    """What the actor may do with a case, and why not."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.options(engine.find(name), actor=who(settings, engine), lang=settings.lang)
    if settings.json:
        document(
            [
                {
                    "transition": each.transition,
                    "to": each.to,
                    "allowed": each.allowed,
                    "blockers": [blocker.as_dict(settings.lang) for blocker in each.blockers],
                    "fields": [dict(field) for field in each.fields],
                    "title": each.title,
                }
                for each in found
            ]
        )
        return
    rows = []
    for each in found:
        wants = [f"{field['name']}{'*' if field['required'] else ''}" for field in each.fields]
        why = "; ".join(f"{blocker.text(settings.lang)} → {blocker.remedy(settings.lang)}" for blocker in each.blockers)
        rows.append(["yes" if each.allowed else "no", each.transition, each.title, each.to, wants, why])
    table(["may", "transition", "title", "to", "takes (* required)", "why not"], rows)


@app.command()
def show(context: typer.Context, name: CaseName) -> None:
    """One case as it stands."""
    settings = settings_of(context)
    with opened(settings) as engine:
        _print_case(settings, engine, engine.case(engine.find(name), actor=viewer(settings)))


@app.command()
def history(context: typer.Context, name: CaseName) -> None:
    """Every entry of a case, oldest first."""
    settings = settings_of(context)
    with opened(settings) as engine:
        entries = engine.history(engine.find(name), actor=viewer(settings))
    if settings.json:
        document([entry.as_dict(settings.lang) for entry in entries])
        return
    table(ENTRY_HEADINGS, [entry_row(entry, settings.lang) for entry in entries])


@app.command("list")
def list_cases(
    context: typer.Context,
    definition: Annotated[str | None, typer.Option("--definition", metavar="NAME", help="Of one definition.")] = None,
    state: Annotated[str | None, typer.Option("--state", metavar="STATE", help="In one state.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Past their due date only.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="CASE", help="Go on behind this case.")] = None,
) -> None:
    """Cases, oldest first, a page at a time."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.cases(
            definition=definition,
            state=state,
            overdue=overdue,
            limit=limit,
            after=engine.find(after) if after else None,
            actor=viewer(settings),
        )
        show_cases(settings, engine, found)


@app.command()
def todo(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
) -> None:
    """The cases on which the actor may act now."""
    settings = settings_of(context)
    with opened(settings) as engine:
        show_cases(settings, engine, engine.todo(actor=who(settings, engine), limit=limit))


_HIDDEN = {"en": "(confidential)", "zh": "（保密）"}
ENTRY_HEADINGS = ["seq", "at", "kind", "transition", "from", "to", "actor", "why"]


def entry_row(entry: Entry, lang: str) -> list[object]:
    """An entry as a row under ENTRY_HEADINGS."""
    actor = entry.actor.id if entry.actor.acting_for is None else f"{entry.actor.id} for {entry.actor.acting_for}"
    said = [entry.reason] if entry.reason else []
    said += [blocker.text(lang) for blocker in entry.blockers]
    if entry.gap:
        said.append("gap")
    if entry.subject:
        receiver = f"→ {entry.receiver}" if entry.receiver else ""
        said.append(" ".join(filter(None, (entry.subject, entry.role, receiver, *(entry.passed or ())))))
    at = time_text(entry.claimed_at) + " (claimed)" if entry.claimed_at else time_text(entry.at)
    return [entry.seq, at, entry.kind, entry.transition, entry.source, entry.target, actor, "; ".join(said)]


def show_case(settings: Settings, engine: Engine, case: Case) -> None:
    """A case that somebody has moved, on standard output; confidential values that are not theirs stay out of it."""
    _print_case(settings, engine, engine.without_confidential(case, actor=viewer(settings)))


def _print_case(settings: Settings, engine: Engine, case: Case) -> None:
    if settings.json:
        document(case.as_dict())
        return
    definition = engine.definition(case.definition.digest)
    lang = settings.lang
    rows: list[tuple[str, object]] = [
        ("case", case.id),
        ("reference", case.reference),
        ("definition", f"{case.definition.name} {case.definition.version}"),
        ("state", _labelled(definition.title_of(definition.states, case.state, lang), case.state)),
        ("submitter", case.submitter),
        ("opened", time_text(case.created_at)),
        ("updated", time_text(case.updated_at)),
        *([("due", time_text(case.due_at))] if case.due_at else []),
    ]
    for name, value in case.data.items():
        said = _HIDDEN[lang] if name in case.hidden else value
        rows.append((_labelled(definition.title_of(definition.fields, name, lang), name), said))
    rows += ongoing(case, definition, lang)
    pairs(rows)
    if case.dry_run:
        say("dry run: nothing was written")


def show_cases(settings: Settings, engine: Engine, cases: Sequence[Case]) -> None:
    """Cases on standard output."""
    if settings.json:
        document([case.as_dict() for case in cases])
        return
    rows = []
    for case in cases:
        definition = engine.definition(case.definition.digest)
        label = definition.title_of(definition.states, case.state, settings.lang)
        title = case.data.get("title", "")
        rows.append(
            [case.id, case.reference, case.definition.name, label, case.submitter, time_text(case.updated_at), title]
        )
    table(["case", "reference", "definition", "state", "submitter", "updated", "title"], rows)


def _labelled(label: str, name: str) -> str:
    return name if label == name else f"{label} ({name})"
