"""What the commands share: the engine that the options name, who acts, and what is supplied with --set and --data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.errors import InputError
from workflow.rules.case import Actor
from workflow.rules.disclosure import NOBODY

MAX_DATA = 10_000_000

Assignments = Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field, repeatable.")]
DataFile = Annotated[str | None, typer.Option("--data", metavar="FILE", help="Fields as a JSON object; - is stdin.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why.")]
Key = Annotated[str | None, typer.Option("--key", metavar="KEY", help="Makes repeating safe: same key, same answer.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide as ever, then undo everything.")]
For = Annotated[str | None, typer.Option("--for", metavar="ACTOR", help="On whose behalf; both are recorded.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="A claimed time, kept beside the recorded one.")]


def settings_of(context: typer.Context) -> Settings:
    """The global options."""
    found = context.find_object(Settings)
    return found if found is not None else Settings()


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The engine over the store that the options name; an absent SQLite store is created."""
    engine = Engine.open(settings.db, definitions=settings.folders, via="cli")
    try:
        yield engine
    finally:
        engine.close()


def who(settings: Settings, engine: Engine, acting_for: str | None = None) -> Actor:
    """Who acts, as the directory knows them. Raises InputError when nobody was named, NotFoundError for a stranger."""
    if settings.actor is None:
        raise InputError("actor_needed")
    actor = Actor(settings.actor, None, acting_for)
    for name in actor.people:
        engine.actor(name)
    return actor


def viewer(settings: Settings) -> Actor:
    """To whom something is shown: whoever was named, else nobody in particular, who sees nothing confidential."""
    return Actor(settings.actor) if settings.actor else NOBODY


def recorder(settings: Settings) -> Actor | None:
    """Who changes the directory or the definitions, where somebody was named."""
    return Actor(settings.actor, ()) if settings.actor else None


def supplied(assignments: list[str] | None, file: str | None) -> dict[str, Any]:
    """The fields of --data, then those of --set. Raises InputError with the place."""
    data: dict[str, Any] = {}
    if file is not None:
        read = read_json(file)
        if not isinstance(read, dict):
            raise InputError("not_object", where=_named(file))
        data.update(read)
    for each in assignments or ():
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise InputError("bad_assignment", given=each[:80])
        data[name] = value
    return data


def read_json(file: str) -> Any:
    """A JSON file, or standard input for `-`. Raises InputError."""
    try:
        if file == "-":
            text = sys.stdin.buffer.read(MAX_DATA + 1)
        else:
            with Path(file).open("rb") as stream:
                text = stream.read(MAX_DATA + 1)
    except (OSError, ValueError) as error:
        raise InputError("unreadable_file", file=file, problem=getattr(error, "strerror", None) or str(error)) from None
    if len(text) > MAX_DATA:
        raise InputError("too_large", what=_named(file), size=len(text), limit=MAX_DATA)
    return parse_json(text, _named(file))


def parse_json(text: bytes, where: str) -> Any:
    """JSON whose fractions become Decimal, without repeated keys, NaN or infinity. Raises InputError."""
    try:
        return json.loads(
            text.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats
        )
    except (ValueError, RecursionError) as error:
        raise InputError("bad_json", where=where, problem=_mistake(error)) from None


def _mistake(error: Exception) -> str:
    """What is wrong with a text that is no JSON, without the advice that Python gives to programmers."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte {error.object[error.start]:#04x} at {error.start})"
    if "integer string conversion" in str(error):
        return "a number of too many digits"
    return str(error)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _no_repeats(found: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(found)
    if len(whole) != len(found):
        names = [name for name, _ in found]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {repeated!r} stands there twice")
    return whole


def _named(file: str) -> str:
    return "stdin" if file == "-" else file
