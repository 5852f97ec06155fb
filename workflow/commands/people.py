"""The directory: who is known, and which roles they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from workflow.batch import parse_time
from workflow.commands.output import document, pairs, table
from workflow.commands.session import Reason, opened, recorder, settings_of
from workflow.commands.settings import Settings
from workflow.directory import Delegation, Person
from workflow.errors import InputError
from workflow.log.entry import time_text

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The directory: who is known, and which roles they have.",
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The id under which somebody acts.")]
Principal = Annotated[str, typer.Argument(metavar="FROM", help="Whose roles they are.")]
Deputy = Annotated[str, typer.Argument(metavar="TO", help="Who gets them.")]
Role = Annotated[str, typer.Argument(metavar="ROLE", help="A role of the definitions.")]


@app.command()
def add(
    context: typer.Context,
    actor: Id,
    roles: Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="A role, repeatable.")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The name for people.")] = None,
) -> None:
    """Make somebody known."""
    settings = settings_of(context)
    with opened(settings) as engine:
        _show(settings, engine.add_actor(actor, name=name, roles=roles or (), by=recorder(settings)))


@app.command()
def grant(context: typer.Context, actor: Id, role: Role) -> None:
    """Give somebody a role."""
    settings = settings_of(context)
    with opened(settings) as engine:
        _show(settings, engine.grant(actor, role, by=recorder(settings)))


@app.command()
def revoke(context: typer.Context, actor: Id, role: Role) -> None:
    """Take a role away."""
    settings = settings_of(context)
    with opened(settings) as engine:
        _show(settings, engine.revoke(actor, role, by=recorder(settings)))


@app.command()
def delegate(
    context: typer.Context,
    principal: Principal,
    deputy: Deputy,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day, or the moment of its end.")],
    roles: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role, repeatable; without it, all.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day, or a moment; without it, from now.")
    ] = None,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Where days begin: Asia/Shanghai.")] = "UTC",
    reason: Reason = None,
) -> None:
    """Let somebody act for another for a time."""
    settings = settings_of(context)
    begin, end = _moment(since, zone), _moment(until, zone, ends=True)
    assert end is not None
    with opened(settings) as engine:
        by = recorder(settings)
        found = engine.delegate(principal, deputy, until=end, since=begin, roles=roles or (), reason=reason, by=by)
    _show_delegations(settings, [found], alone=True)


@app.command("revoke-delegation")
def revoke_delegation(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the delegation.")],
    reason: Reason = None,
) -> None:
    """End a delegation before its time."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.revoke_delegation(number, reason=reason, by=recorder(settings))
    _show_delegations(settings, [found], alone=True)


@app.command()
def delegations(
    context: typer.Context,
    actor: Annotated[str | None, typer.Argument(metavar="ID", help="Only those from or to this actor.")] = None,
) -> None:
    """Who may act for whom, and when."""
    settings = settings_of(context)
    with opened(settings) as engine:
        if actor is not None:
            engine.actor(actor)
        found = engine.delegations(actor)
    _show_delegations(settings, found)


@app.command("hand-over")
def hand_over(
    context: typer.Context,
    actor: Principal,
    receiver: Deputy,
    roles: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role, repeatable; without it, all.")
    ] = None,
    reason: Reason = None,
) -> None:
    """Move roles from one person to another for good."""
    settings = settings_of(context)
    with opened(settings) as engine:
        people = engine.hand_over(actor, receiver, roles=roles or (), reason=reason, by=recorder(settings))
    if settings.json:
        document([person.as_dict() for person in people])
        return
    table(["id", "name", "roles"], [[person.id, person.name, person.roles] for person in people])


@app.command("list")
def list_actors(context: typer.Context) -> None:
    """Everybody, by id."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.actors()
    if settings.json:
        document([person.as_dict() for person in found])
        return
    table(["id", "name", "roles"], [[person.id, person.name, person.roles] for person in found])


def _moment(text: str | None, zone: str, *, ends: bool = False) -> datetime | None:
    """A moment; of a day alone the beginning in the zone, or its end."""
    if text is None:
        return None
    if not _DAY.match(text):
        return parse_time(text)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("bad_zone", zone=zone[:80]) from None
    day = parse_time(text).date()
    try:
        day += timedelta(days=1 if ends else 0)
    except OverflowError:
        raise InputError("bad_time", given=text) from None
    return datetime(day.year, day.month, day.day, tzinfo=place)


def _show_delegations(settings: Settings, found: Sequence[Delegation], *, alone: bool = False) -> None:
    if settings.json:
        plain = [each.as_dict() for each in found]
        document(plain[0] if alone else plain)
        return
    rows = [[e.number, e.principal, e.deputy, e.roles, time_text(e.since), time_text(e.until)] for e in found]
    table(["number", "from", "to", "roles", "since", "until"], rows)


def _show(settings: Settings, person: Person) -> None:
    if settings.json:
        document(person.as_dict())
        return
    pairs([("id", person.id), ("name", person.name), ("roles", person.roles)])


@app.command()
def marks(context: typer.Context, name: Annotated[str, typer.Argument(metavar="ID", help="Whose record.")]) -> None:
    """The marks on somebody's record, with the cases that put them there."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.marks(name)
    if settings.json:
        document([each.as_dict() for each in found])
        return
    table(["mark", "since", "until", "case"], ([each.mark, each.since, each.until, each.case] for each in found))
