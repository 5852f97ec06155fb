"""The directory: who is known, and which roles they have."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.commands.output import document, pairs, table
from workflow.commands.session import opened, recorder, settings_of
from workflow.commands.settings import Settings
from workflow.directory import Person

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The directory: who is known, and which roles they have.",
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The id under which somebody acts.")]
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
