"""The main job, for whoever wants to see it before believing it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import typer

from workflow.commands.output import clean, document, say
from workflow.commands.session import settings_of
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.errors import IntegrityError, RefusedError
from workflow.rules.case import Actor, Case

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DEFINITION = "rationalization-proposal"
PEOPLE = {
    "li.na": (),
    "wang.wei": ("secretary",),
    "zhao.min": ("department",),
    "chen.jie": ("director",),
    "liu.yang": ("implementer",),
    "sun.li": ("finance",),
    "zhou.fang": ("cashier",),
}


class Act(NamedTuple):
    """One attempt: who, which transition, with what, why."""

    actor: str
    transition: str
    data: Mapping[str, Any] = {}
    reason: str | None = None


PROPOSAL = {
    "title": "换模工装共用定位座 / One locating base for all changeover tools",
    "problem": "每次换模须重新找正，平均停机 47 分钟 / Every changeover needs new alignment: 47 minutes on average",
    "measure": "统一定位座并预调工装 / One common base, tools set up beforehand",
    "category": "process",
    "expected_benefit": "80000",
}
ACTS = (
    Act("li.na", "register"),
    Act("wang.wei", "register"),
    Act("wang.wei", "return", reason="请补充停机时间的统计依据 / Please add the figures behind the 47 minutes"),
    Act("li.na", "resubmit", {"problem": "附 2025 年 3 月换模记录 62 次 / 62 changeovers of March 2025 attached"}),
    Act("wang.wei", "refer"),
    Act(
        "zhao.min",
        "give_opinion",
        {"opinion": "adopt", "opinion_reasons": "投入小、见效快 / Little cost, quick effect"},
    ),
    Act("wang.wei", "evaluate", {"score": "82.5"}),
    Act("chen.jie", "adopt"),
    Act("liu.yang", "implement", {"implemented_on": "2025-06-02", "result": "停机降至 11 分钟 / Down to 11 minutes"}),
    Act(
        "sun.li",
        "verify",
        {"measured_from": "2025-06-02", "measured_to": "2026-06-01", "benefit": "126400.00", "intangible": False},
    ),
    Act("sun.li", "reward", {"award": "1200"}),
    Act("zhou.fang", "reward", {"award": "1200"}),
)


@app.command()
def demo(context: typer.Context) -> None:
    """The main job on a throw-away store, from submitted to rewarded; then the log is verified."""
    settings = settings_of(context)
    with tempfile.TemporaryDirectory(prefix="workflow-demo-") as folder:
        engine = Engine.open(f"sqlite:///{Path(folder) / 'demo.db'}", definitions=settings.folders, via="cli")
        try:
            ok = _play(settings, engine)
        finally:
            engine.close()
    if not ok:
        raise typer.Exit(IntegrityError.exit_code)


def _play(settings: Settings, engine: Engine) -> bool:
    for actor, roles in PEOPLE.items():
        engine.add_actor(actor, roles=roles)
    case = engine.submit(DEFINITION, actor=Actor("li.na"), data=PROPOSAL)
    _tell(settings, f"li.na submits {case.reference}: {PROPOSAL['title']}")
    for act in ACTS:
        case = _attempt(settings, engine, case, act)
    history = engine.history(case.id)
    report = engine.verify()
    if settings.json:
        entries = [entry.as_dict(settings.lang) for entry in history]
        document({"case": case.as_dict(), "history": entries, "verify": report.as_dict(settings.lang)})
        return bool(report.ok)
    refused = sum(entry.kind == "refused" for entry in history)
    say(f"{case.reference} is {case.state}: {len(history)} entries, {refused} of them refused attempts")
    say(f"last entry {case.head.hex()}")
    for problem in report.problems:
        say(clean(problem.text(settings.lang)))
    verdict = "the log checks out" if report.ok else "the log does not check out"
    say(f"{verdict}: {report.entries} entries, {report.cases} case")
    return bool(report.ok)


def _attempt(settings: Settings, engine: Engine, case: Case, act: Act) -> Case:
    try:
        moved = engine.advance(case.id, act.transition, actor=Actor(act.actor), data=act.data, reason=act.reason)
    except RefusedError as refused:
        why = "; ".join(blocker.text(settings.lang) for blocker in refused.blockers)
        _tell(settings, f"{act.actor:<10} {act.transition:<13} refused: {why}")
        return engine.case(case.id)
    _tell(settings, f"{act.actor:<10} {act.transition:<13} {case.state} → {moved.state}")
    return moved


def _tell(settings: Settings, text: str) -> None:
    if not settings.json:
        say(clean(text))
