"""The log, for those who trust nobody: seal it, prove from it, witness it, destroy in it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.commands.output import clean, document, line, note, say
from workflow.commands.session import opened, settings_of, who
from workflow.commands.settings import Settings
from workflow.commands.verifying import counting
from workflow.engine import Engine
from workflow.errors import ConflictError, InputError
from workflow.later import later
from workflow.log.entry import STREAM_NAMES, STREAMS, time_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "keys": {
        "en": "signed by {}; whoever checks the log should have this line from you, and not from the database",
        "zh": "签名密钥 {}；校验者应从您处取得此行，而不是从数据库",
    },
}
_stamp_request = later("workflow.audit.stamp", "request")
_stamp_check = later("workflow.audit.stamp", "check")
_witness = later("workflow.audit.witness", "answer")

KeyOption = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The file of keys; FILE.key beside it.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; else stdout.")]
InCase = Annotated[str, typer.Argument(metavar="CASE", help="A case, or a stream such as store.")]
Number = Annotated[int, typer.Argument(metavar="SEQ", help="The number of the entry.", min=1)]


@app.command()
def seal(
    context: typer.Context,
    key: KeyOption = None,
    loop: Annotated[
        float | None, typer.Option("--loop", metavar="SECONDS", help="Go on, with this pause.", min=0.1)
    ] = None,
) -> None:
    """Put new entries into the tree and sign a checkpoint."""
    settings = settings_of(context)
    with opened(settings) as engine:
        fresh = not engine.sealed()
        sealed = engine.seal(key)
        if fresh:
            for each in engine.keys(key):
                note(settings, clean(_WORDS["keys"][settings.lang].format(each)))
        _show_sealed(settings, sealed, stream=loop is not None)
        while loop is not None:
            time.sleep(loop)
            try:
                again = engine.seal(key)
            except ConflictError:
                continue  # somebody else writes or seals; the next round takes what is left
            if again != sealed:
                sealed = again
                _show_sealed(settings, sealed, stream=True)


def _show_sealed(settings: Settings, sealed: Any, *, stream: bool) -> None:
    if settings.json:
        (line if stream else document)(sealed.as_dict())
    else:
        _write(None, sealed.checkpoint + ("\n" if stream else ""))
        sys.stdout.flush()


@app.command()
def prove(context: typer.Context, case: InCase, seq: Number, output: Output = None) -> None:
    """That an entry is in the signed tree, as a C2SP tlog-proof."""
    settings = settings_of(context)
    with opened(settings) as engine:
        proof = engine.prove(_chain(engine, case), seq)
    _give(settings, output, str(proof), "proof", index=proof.index, size=proof.checkpoint.size)


@app.command()
def consistency(
    context: typer.Context,
    old: Annotated[int, typer.Argument(metavar="OLD", help="The size that somebody knows; 0: none.", min=0)],
    output: Output = None,
) -> None:
    """That the last checkpoint extends an older one; also what a witness is asked."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.extends(old)
    _give(settings, output, str(found), "proof", old=old, size=found.checkpoint.size)


@app.command()
def receipt(context: typer.Context, case: InCase, seq: Number, key: KeyOption = None, output: Output = None) -> None:
    """A signed receipt for whoever acted, to hold against the log later."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = engine.receipt(_chain(engine, case), seq, key)
    _give(settings, output, str(found), "receipt", seq=seq)


@app.command()
def tiles(
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder; made when absent.")],
) -> None:
    """Write the whole log as C2SP tlog-tiles, for other people's tools."""
    settings = settings_of(context)
    with opened(settings) as engine:
        bar = counting(settings)
        try:
            size = engine.write_tiles(output, bar)
        finally:
            if bar is not None:
                bar.close()
    if settings.json:
        document({"folder": str(output), "size": size})
    else:
        say(clean(f"{size} entries written to {output}"))


@app.command()
def keys(
    context: typer.Context,
    key: KeyOption = None,
    add: Annotated[bool, typer.Option("--add", help="Add a key, which signs beside the others.")] = False,
    retire: Annotated[
        str | None, typer.Option("--retire", metavar="ID", help="Let the key of these eight digits sign no more.")
    ] = None,
) -> None:
    """The public keys that sign; add one, retire one."""
    settings = settings_of(context)
    with opened(settings) as engine:
        by = who(settings, engine) if settings.actor and (add or retire) else None
        if add:
            engine.add_key(key, by=by)
        if retire is not None:
            engine.retire_key(retire, key, by=by)
        found = engine.keys(key)
    if settings.json:
        document([{"id": each.id.hex(), "key": str(each)} for each in found])
    else:
        for each in found:
            say(clean(each))


@app.command()
def witness(
    context: typer.Context,
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="What `audit consistency` wrote.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The witness's own key; made when absent.")],
    logs: Annotated[list[Path], typer.Option("--log", metavar="FILE", help="The public key of the log, repeatable.")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What a key that is made is called.")
    ] = "witness.local",
    output: Output = None,
) -> None:
    """Cosign a checkpoint, apart from the database; refuse one that does not extend the last."""
    settings = settings_of(context)
    found, public = _witness(request, key, logs, name, datetime.now(UTC))
    _give(settings, output, str(found), "checkpoint", key=str(public))
    note(settings, clean(public))


@app.command()
def cosign(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Checkpoints that a witness gave back.")],
) -> None:
    """Keep what witnesses put under checkpoints, so that proofs and bundles have it."""
    settings = settings_of(context)
    with opened(settings) as engine:
        kept = sum(engine.keep_cosignatures(_read(path)) for path in files)
    if settings.json:
        document({"kept": kept})
    else:
        say(f"{kept} cosignatures kept")


@app.command()
def stamp(
    context: typer.Context,
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A signed checkpoint in a file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write the request.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE", help="Check what the authority answered.")
    ] = None,
    roots: Annotated[
        list[Path] | None, typer.Option("--root", metavar="FILE", help="A root certificate (PEM), repeatable.")
    ] = None,
) -> None:
    """Ask for an RFC 3161 time stamp over a checkpoint, or check one (extra `stamp`)."""
    settings = settings_of(context)
    if (output is None) == (response is None):
        raise InputError("usage", problem="give -o for a request, or --response for an answer")
    try:
        if output is not None:
            _write_bytes(output, _stamp_request(checkpoint))
            return
        when = _stamp_check(checkpoint, response, roots or [])
    except ImportError:
        raise InputError("no_extra", name="stamp") from None
    if settings.json:
        document({"checkpoint": str(checkpoint), "at": time_text(when)})
    else:
        say(time_text(when))


@app.command()
def recover(
    context: typer.Context,
    checkpoint: Annotated[
        Path, typer.Option("--checkpoint", metavar="FILE", help="The last one that was signed; required.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What happened; it stays in the log.")],
    key: KeyOption = None,
) -> None:
    """Go on under another name after an older copy of the store was put back; only when no newer one is left."""
    settings = settings_of(context)
    with opened(settings) as engine:
        by = who(settings, engine)
        sealed = engine.recover(_read(checkpoint), reason=reason, by=by, key=key)
        for each in engine.keys(key):
            note(settings, clean(_WORDS["keys"][settings.lang].format(each)))
    _show_sealed(settings, sealed, stream=False)


@app.command()
def erase(
    context: typer.Context,
    case: InCase,
    seq: Number,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the log.")],
    payload: Annotated[
        list[str] | None, typer.Option("--payload", metavar="data|reason", help="Only this one, repeatable.")
    ] = None,
    basis: Annotated[str | None, typer.Option("--basis", metavar="TEXT", help="The legal basis.")] = None,
    approved: Annotated[str | None, typer.Option("--approved", metavar="ACTOR", help="Who approved it.")] = None,
) -> None:
    """Destroy what was written with an entry. It cannot be undone; the log says that it was done."""
    settings = settings_of(context)
    for each in payload or ():
        if each not in ("data", "reason"):
            raise InputError("unknown_format", given=each, known="data, reason")
    with opened(settings) as engine:
        by = who(settings, engine)
        if approved is not None:
            engine.actor(approved)
        chain = _chain(engine, case)
        gone = engine.erase(chain, seq, by=by, reason=reason, payloads=payload or (), basis=basis, approved=approved)
    if settings.json:
        document({"case": chain, "seq": seq, "erased": gone})
    else:
        say(clean(f"{STREAM_NAMES.get(chain, chain)}/{seq}: {', '.join(gone)}"))


@app.command()
def bundle(
    context: typer.Context,
    cases: Annotated[list[str], typer.Argument(metavar="CASE...", help="The cases.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The zip file; required.")],
    key: KeyOption = None,
    stamps: Annotated[
        list[Path] | None, typer.Option("--stamp", metavar="FILE", help="A time stamp to add, repeatable.")
    ] = None,
) -> None:
    """Write all evidence about cases into one file that can be checked offline."""
    settings = settings_of(context)
    with opened(settings) as engine:
        by = who(settings, engine) if settings.actor else None
        chosen = [engine.find(case) for case in cases]
        count = engine.bundle(chosen, output, key, by=by, stamps=stamps or ())
    if settings.json:
        document({"file": str(output), "cases": len(chosen), "entries": count})
    else:
        say(clean(f"{count} entries written to {output}"))


def _chain(engine: Engine, name: str) -> str:
    return STREAMS.get(name) or engine.find(name)


def _give(settings: Settings, output: Path | None, text: str, name: str, **more: Any) -> None:
    """A text for a file or for standard output; with --json inside of a document."""
    if output is not None:
        _write(output, text)
    if settings.json:
        document({**more, name: text})
    elif output is None:
        _write(None, text)


def _write(output: Path | None, text: str) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InputError("unwritable_file", file=str(output), problem=problem) from None


def _write_bytes(output: Path, whole: bytes) -> None:
    try:
        output.write_bytes(whole)
    except OSError as error:
        raise InputError("unwritable_file", file=str(output), problem=error.strerror or str(error)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            "unreadable_file", file=str(path), problem=getattr(error, "strerror", None) or str(error)
        ) from None
