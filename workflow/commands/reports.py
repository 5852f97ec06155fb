"""The auditor's report: `audit report` gathers the facts, checks the log and writes one page."""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.audit.export.manifest import digest_of
from workflow.batch import parse_time
from workflow.commands.drafts import drafted
from workflow.commands.exports import Unrecorded
from workflow.commands.output import clean, document, say
from workflow.commands.session import opened, recorder, settings_of
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.errors import InputError, StoreError
from workflow.later import later
from workflow.office import ENGINE

MOST_SAMPLED, MOST_CASES = 1000, 1000
CHECKPOINTS = 50

_count = later("workflow.commands.progress", "Count")
_queries = later("workflow.store.queries", "Queries")
_filter = later("workflow.store.queries", "Filter")
_gather = later("workflow.audit.page.facts", "gather")
_sample = later("workflow.audit.page.sample", "Sample")
_content = later("workflow.audit.page.render", "Content")
_page = later("workflow.audit.page.render", "page")
_timelines = later("workflow.audit.page.timelines", "timelines")


def report(
    context: typer.Context,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to.")],
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="TEXT", help="Decides the sample; random without it.")
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, max=MOST_SAMPLED, help="How many entries to draw.")
    ] = 25,
    cases: Annotated[
        int, typer.Option("--cases", metavar="N", min=0, max=MOST_CASES, help="How many of the last moved to show.")
    ] = 50,
    size: Annotated[
        int | None, typer.Option("--size", metavar="N", help="Draw from the first N leaves of the tree.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Draw from what was recorded up to then.")
    ] = None,
    unrecorded: Unrecorded = False,
) -> None:
    """Write the auditor's report: one HTML page that needs no network."""
    settings = settings_of(context)
    if nonce is not None and not (0 < len(nonce) <= 200 and nonce.isprintable()):
        raise InputError("bad_nonce")
    drawn = nonce if nonce is not None else secrets.token_hex(16)
    last = None if until is None else parse_time(until)
    with opened(settings) as engine:
        by = recorder(settings)
        with drafted(output) as [draft]:
            html, entries, ok = _written(settings, engine, (drawn, sample, size, last), cases)
            draft.write_text(html, encoding="utf-8", newline="\n")
            if not unrecorded:
                name, digest = Path(output).name, digest_of(draft)[1]
                query = {"nonce": drawn, "sample": sample, "cases": cases}
                engine.note_export({"format": "html", "file": name, "sha256": digest, "query": query}, entries, by=by)
    if settings.json:
        document({"file": output, "entries": entries, "nonce": drawn, "sample": sample, "ok": ok})
    else:
        say(clean(f"{entries} entries reported in {output}, nonce {drawn}"))


def _written(
    settings: Settings, engine: Engine, asked: tuple[str, int, int | None, datetime | None], cases: int
) -> tuple[str, int, bool]:
    """The page, how many entries it tells of, and whether the log checks out; all from one moment.

    `asked` is of the sample: its nonce, how many, and from how many leaves or up to when.
    """
    nonce, sample, size, until = asked
    watched = sys.stderr.isatty() and not settings.json and not settings.quiet
    bar = _count("entries") if watched else None
    with engine.store.reading():
        queries = _queries(engine.store)
        checkpoints = queries.checkpoints(CHECKPOINTS)
        sealed = checkpoints[0].size if checkpoints else None
        if size is not None and (sealed is None or size > sealed):
            raise InputError("no_such_size", size=size, has=sealed or 0)
        definitions = _definitions(engine)
        try:
            checked = engine.verify(bar)
        finally:
            if bar is not None:
                bar.close()
        facts = _gather(
            queries.placed(_filter(), by_chain=True),
            definitions,
            now=engine.now(),
            sample=_sample(nonce, sample),
            recent=cases,
            size=size if size is not None or until is not None else sealed,
            until=until,
        )
        content = _content(
            origin=engine.origin,
            program=ENGINE,
            facts=facts,
            report=checked,
            checkpoints=checkpoints,
            grants=[person.roles for person in engine.actors()],
            timelines=_timelines(engine.store, facts, definitions),
        )
    return _page(content, settings.lang), facts.entries, checked.ok


def _definitions(engine: Engine) -> dict[str, Any]:
    """Every definition that can be read, by digest, oldest first. What cannot be read is a finding of the check."""
    found: dict[str, Any] = {}
    for ref in engine.definitions():
        try:
            found[ref.digest] = engine.definition(ref.digest)
        except StoreError:
            continue
    return found
