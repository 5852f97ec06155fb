"""Checking the log, or a bundle of evidence, with what the verifier brings along."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.commands.output import clean, document, note, say
from workflow.commands.session import opened, settings_of
from workflow.commands.settings import Settings
from workflow.errors import IntegrityError
from workflow.later import later
from workflow.log.entry import STREAM_NAMES

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "checked": {"en": "checked: ", "zh": "已检查："},
    "not_checked": {"en": "not checked: ", "zh": "未检查："},
    "clean": {"en": "the log checks out", "zh": "日志校验通过"},
    "findings": {"en": "{} findings", "zh": "发现 {} 处问题"},
}
_count = later("workflow.commands.progress", "Count")
_anchors = later("workflow.audit.anchors", "read_anchors")
_bundle_report = later("workflow.audit.bundle", "bundle_report")


@app.command()
def verify(
    context: typer.Context,
    checkpoints: Annotated[
        list[Path] | None, typer.Option("--checkpoint", metavar="FILE", help="One that you kept, repeatable.")
    ] = None,
    key: Annotated[
        list[Path] | None, typer.Option("--key", metavar="FILE", help="The public key of the log, repeatable.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Your policy: logs, witnesses, quorum.")
    ] = None,
    packed: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Check a bundle; no store is needed.")
    ] = None,
    receipts: Annotated[
        list[Path] | None, typer.Option("--receipt", metavar="FILE", help="A receipt, repeatable.")
    ] = None,
    kept: Annotated[
        Path | None, typer.Option("--tiles", metavar="DIR", help="Tiles that you kept, to name what was changed.")
    ] = None,
    memory: Annotated[
        Path | None, typer.Option("--memory", metavar="FILE", help="The memory of the signer; that beside the store.")
    ] = None,
) -> None:
    """Check everything; exit code 6 and every finding when something is wrong."""
    settings = settings_of(context)
    if packed is not None:
        _verify_bundle(settings, packed, key or [], policy, checkpoints or [])
        return
    brought: dict[str, Any] = {"keys": key or (), "checkpoints": checkpoints or (), "receipts": receipts or ()}
    brought |= {"policy": policy, "tiles": kept}
    with opened(settings) as engine:
        anchors = _anchors(engine.store, memory=memory, **brought)
        bar = counting(settings)
        try:
            report = engine.verify(bar, anchors=anchors, processes=os.cpu_count() or 1)
        finally:
            if bar is not None:
                bar.close()
    if settings.json:
        document(report.as_dict(settings.lang))
    else:
        _show_report(settings, report)
    if not report.ok:
        raise typer.Exit(IntegrityError.exit_code)


def _verify_bundle(
    settings: Settings, path: Path, keys: list[Path], policy: Path | None, checkpoints: list[Path]
) -> None:
    report = _bundle_report(path, keys, policy, checkpoints)
    if settings.json:
        document(report.as_dict(settings.lang))
    else:
        _show_report(settings, report)
    if not report.ok:
        raise typer.Exit(IntegrityError.exit_code)


def _show_report(settings: Settings, report: Any) -> None:
    for problem in report.problems:
        place = f"{STREAM_NAMES.get(problem.case or '', problem.case or '-')}/{problem.seq or '-'}"
        say(clean(f"{place}: {problem.text(settings.lang)} [{problem.code}]"))
    said = report.as_dict(settings.lang)
    for name in ("checked", "not_checked"):
        for sentence in said[name]:
            note(settings, f"{_WORDS[name][settings.lang]}{sentence}")
    verdict = _WORDS["clean" if report.ok else "findings"][settings.lang].format(len(report.problems))
    say(f"{verdict}: {report.entries} entries, {report.cases} cases")


def counting(settings: Settings) -> Any:
    """A bar that counts entries, where somebody watches; else None."""
    watched = sys.stderr.isatty() and not settings.json and not settings.quiet
    return _count("entries") if watched else None
