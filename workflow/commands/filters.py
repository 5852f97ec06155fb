"""The options that choose entries of the log, the same for every command that reads many."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from workflow.batch import parse_time
from workflow.engine import Engine
from workflow.log.entry import STREAMS

InCase = Annotated[str | None, typer.Option("--case", metavar="CASE", help="A case, or a stream such as directory.")]
ByActor = Annotated[str | None, typer.Option("--actor", metavar="ID", help="By or for this actor.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Not recorded before.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Not recorded after.")]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Of this kind, such as refused.")]
Odd = Annotated[bool, typer.Option("--nonconforming", help="Claimed acts that the definition does not allow.")]


def chosen(
    engine: Engine,
    case: str | None,
    actor: str | None,
    since: str | None,
    until: str | None,
    kind: str | None,
    nonconforming: bool,
) -> dict[str, Any]:
    """What the options say, as `Engine.log` takes it. Raises InputError, NotFoundError."""
    return {
        "case": None if case is None else STREAMS.get(case) or engine.find(case),
        "actor": actor,
        "since": _moment(since),
        "until": _moment(until),
        "kind": kind,
        "nonconforming": nonconforming,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
