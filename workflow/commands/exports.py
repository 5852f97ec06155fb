"""Handing the log on: `audit export`, the file with its manifest, and the entry that says that it was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

from workflow.audit.export.csv import write_csv
from workflow.audit.export.jsonl import write_jsonl
from workflow.audit.export.manifest import SUFFIX, Manifest, Tally, digest_of
from workflow.audit.export.ocel import write_ocel
from workflow.audit.export.plain import plain
from workflow.audit.export.xes import steps, write_xes
from workflow.commands.drafts import drafted
from workflow.commands.filters import ByActor, InCase, Kind, Odd, Since, Until, chosen
from workflow.commands.output import Harmless, clean, document, say
from workflow.commands.session import opened, recorder, settings_of
from workflow.engine import Engine
from workflow.errors import InputError
from workflow.later import later
from workflow.office import ENGINE
from workflow.store.placed import Placed, Tree

FORMATS = ("csv", "jsonl", "xes", "ocel")
_queries = later("workflow.store.queries", "Queries")
_filter = later("workflow.store.queries", "Filter")

Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is stdout.")]
Unrecorded = Annotated[bool, typer.Option("--unrecorded", help="Leave no entry: for a copy that cannot be written.")]


def export(
    context: typer.Context,
    output: Output,
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl|xes|ocel", help="How to write it.")] = "csv",
    definition: Annotated[
        str | None, typer.Option("--definition", metavar="NAME", help="Of cases under this definition.")
    ] = None,
    case: InCase = None,
    actor: ByActor = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    nonconforming: Odd = False,
    size: Annotated[int | None, typer.Option("--size", metavar="N", help="The first N leaves of the tree.")] = None,
    bom: Annotated[bool, typer.Option("--bom", help="CSV for spreadsheets that want a byte order mark.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="XES with every entry of a case, not only steps.")] = False,
    unrecorded: Unrecorded = False,
) -> None:
    """Write the log to a file, with a manifest beside it. Both appear whole or not at all."""
    settings = settings_of(context)
    if form not in FORMATS:
        raise InputError("unknown_format", given=form, known=", ".join(FORMATS))
    # What was asked for, in the words of the options: the manifest repeats them.
    asked: dict[str, Any] = {
        **{"definition": definition, "case": case, "actor": actor, "since": since, "until": until, "kind": kind},
        **{"nonconforming": nonconforming, "size": size},
        **{"bom": bom and form == "csv", "whole": whole and form == "xes"},
    }
    query = {name: value for name, value in asked.items() if value is not None and value is not False}
    with opened(settings) as engine:
        wanted = chosen(engine, case, actor, since, until, kind, nonconforming)
        wanted |= {"size": size, "definition": definition}
        by = recorder(settings)
        if output == "-":
            tally, _ = _write(engine, form, wanted, cast(TextIO, Harmless()), bom=bom, whole=whole)
            if not unrecorded:
                engine.note_export({"format": form, "file": "-", "query": query}, tally.count, by=by)
            return
        with drafted(output, output + SUFFIX) as (draft, beside):
            with draft.open("w", encoding="utf-8", newline="") as stream:
                tally, tree = _write(engine, form, wanted, stream, bom=bom, whole=whole)
            size_of_file, digest = digest_of(draft)
            said = {"format": form, "file": Path(output).name, "sha256": digest, "query": query}
            manifest = Manifest(
                format=form,
                file=Path(output).name,
                size=size_of_file,
                digest=digest,
                origin=engine.origin,
                tree=tree,
                query=query,
                tally=tally,
                by=by.id if by else "operator",
                at=engine.now() if unrecorded else engine.note_export(said, tally.count, by=by),
                program=ENGINE,
            )
            beside.write_text(plain(manifest.as_dict()) + "\n", encoding="utf-8")
    if settings.json:
        document({"file": output, "format": form, "entries": tally.count, "manifest": output + SUFFIX})
    else:
        say(clean(f"{tally.count} entries written to {output}"))


def _write(
    engine: Engine, form: str, wanted: dict[str, Any], stream: TextIO, *, bom: bool, whole: bool
) -> tuple[Tally, Tree | None]:
    """Write all of it as it stands at one moment."""
    tally = Tally()
    with engine.store.reading():
        queries = _queries(engine.store)
        tree: Tree | None = queries.tree()
        if wanted["size"] is not None and (tree is None or wanted["size"] > tree.size):
            raise InputError("no_such_size", size=wanted["size"], has=tree.size if tree else 0)
        placed: Iterator[Placed] = queries.placed(_filter(**wanted), by_chain=form in ("xes", "ocel"))
        found = (each._replace(entry=engine.open_part(each.entry)) for each in placed)
        entries = tally.through(steps(found, whole=whole) if form == "xes" else found)
        if form == "csv":
            write_csv(entries, stream, bom=bom)
        elif form == "jsonl":
            write_jsonl(entries, stream)
        elif form == "xes":
            write_xes(entries, stream, origin=engine.origin, tree=tree)
        else:
            write_ocel(entries, stream)
    return tally, tree
