"""The main job, for whoever wants to see it before believing it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import typer

from workflow.commands.output import clean, document, say
from workflow.commands.session import settings_of
from workflow.commands.settings import Settings
from workflow.engine import Engine
from workflow.errors import IntegrityError, RefusedError
from workflow.rules.case import Actor, Case
from workflow.workshop import system_clock

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DEFINITION = "rationalization-proposal"
PEOPLE = {
    "li.na": (),
    "wang.wei": ("secretary",),
    "zhao.min": ("department",),
    "he.ping": ("reviewer",),
    "guo.hua": ("reviewer",),
    "ma.qin": ("union",),
    "chen.jie": ("director",),
    "liu.yang": ("implementer",),
    "sun.li": ("finance",),
    "zhou.fang": ("cashier",),
}


class Act(NamedTuple):
    """One attempt: who, what, with what, why. A transition by its name; `vote`, `score`, `object`, `settle`, `wait`."""

    actor: str
    does: str
    data: Mapping[str, Any] = {}
    reason: str | None = None


PROPOSAL = {
    "title": "换模工装共用定位座 / One locating base for all changeover tools",
    "problem": "每次换模须重新找正，平均停机 47 分钟 / Every changeover needs new alignment: 47 minutes on average",
    "measure": "统一定位座并预调工装 / One common base, tools set up beforehand",
    "category": "process",
    "co_authors": ["tang.jun"],
    "contributions": ["60", "40"],
    "expected_benefit": "80000",
}
MARKS = {"technique": "24", "benefit": "26", "scope": "15", "practicality": "18"}
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
    Act("he.ping", "vote", {"choice": "yes"}),
    Act("wang.wei", "evaluate"),
    Act("guo.hua", "vote", {"choice": "no"}, "只适用于两条线 / Fits two lines only"),
    Act("ma.qin", "vote", {"choice": "yes"}),
    *(Act(each, "score", MARKS) for each in ("he.ping", "guo.hua", "ma.qin")),
    Act("wang.wei", "evaluate"),
    Act("chen.jie", "adopt"),
    Act("liu.yang", "implement", {"implemented_on": "2025-06-02", "result": "停机降至 11 分钟 / Down to 11 minutes"}),
    Act(
        "sun.li",
        "verify",
        {"measured_from": "2025-06-02", "measured_to": "2026-06-01", "benefit": "126400.00", "intangible": False},
    ),
    Act("wang.wei", "propose_award", {"bonus": "1600"}),
    Act("wang.wei", "propose_award", {"bonus": "1200"}),
    Act("guo.hua", "object", reason="与去年的建议相同 / The same as last year's"),
    Act("ma.qin", "settle", reason="去年的只涉及一条线 / Last year's was about one line only"),
    Act("", "wait"),
    Act("chen.jie", "approve_award"),
    Act("sun.li", "reward"),
    Act("zhou.fang", "reward"),
)


class _Clock:
    """The time of this machine, and more when the story skips some."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self._ahead

    def skip_to(self, moment: datetime) -> None:
        self._ahead = max(self._ahead, moment - system_clock())


@app.command()
def demo(context: typer.Context) -> None:
    """The main job on a throw-away store, from submitted to rewarded; then the log is verified."""
    settings = settings_of(context)
    clock = _Clock()
    with tempfile.TemporaryDirectory(prefix="workflow-demo-") as folder:
        store = f"sqlite:///{Path(folder) / 'demo.db'}"
        engine = Engine.open(store, definitions=settings.folders, via="cli", clock=clock)
        try:
            ok = _play(settings, engine, clock)
        finally:
            engine.close()
    if not ok:
        raise typer.Exit(IntegrityError.exit_code)


def _play(settings: Settings, engine: Engine, clock: _Clock) -> bool:
    for actor, roles in PEOPLE.items():
        engine.add_actor(actor, roles=roles)
    case = engine.submit(DEFINITION, actor=Actor("li.na"), data=PROPOSAL)
    _tell(settings, f"li.na submits {case.reference}: {PROPOSAL['title']}")
    for act in ACTS:
        case = _wait(settings, engine, clock, case) if act.does == "wait" else _attempt(settings, engine, case, act)
    history = engine.history(case.id)
    report = engine.verify()
    if settings.json:
        entries = [entry.as_dict(settings.lang) for entry in history]
        document({"case": case.as_dict(), "history": entries, "verify": report.as_dict(settings.lang)})
        return bool(report.ok)
    for line in engine.awards(case=case.id):
        say(f"{line.person:<10} is paid {line.amount} {line.currency}")
    for sentence in engine.explain_award(case.id, "bonus", lang=settings.lang):
        say(f"  {clean(sentence)}")
    refused = sum(entry.kind == "refused" for entry in history)
    say(f"{case.reference} is {case.state}: {len(history)} entries, {refused} of them refused attempts")
    say(f"last entry {case.head.hex()}")
    for problem in report.problems:
        say(clean(problem.text(settings.lang)))
    verdict = "the log checks out" if report.ok else "the log does not check out"
    say(f"{verdict}: {report.entries} entries, {report.cases} case")
    return bool(report.ok)


def _wait(settings: Settings, engine: Engine, clock: _Clock, case: Case) -> Case:
    """Skip the time until the clock has something to do in the case, and let it."""
    moment = case.next_at
    if moment is not None:
        clock.skip_to(moment)
    engine.tick()
    moved = engine.case(case.id)
    _tell(settings, f"{'the clock':<10} five working days later: {case.state} → {moved.state}")
    return moved


def _attempt(settings: Settings, engine: Engine, case: Case, act: Act) -> Case:
    actor = Actor(act.actor)
    try:
        if act.does == "vote":
            moved = engine.vote(case.id, "committee", act.data["choice"], actor=actor, reason=act.reason)
        elif act.does == "score":
            moved = engine.score(case.id, "sheet", act.data, actor=actor)
        elif act.does == "object":
            moved = engine.object(case.id, actor=actor, reason=act.reason or "")
        elif act.does == "settle":
            moved = engine.settle(case.id, 1, upheld=False, actor=actor, reason=act.reason or "")
        else:
            moved = engine.advance(case.id, act.does, actor=actor, data=act.data, reason=act.reason)
    except RefusedError as refused:
        why = "; ".join(blocker.text(settings.lang) for blocker in refused.blockers)
        _tell(settings, f"{act.actor:<10} {act.does:<13} refused: {why}")
        return engine.case(case.id)
    said = f"{case.state} → {moved.state}" if moved.state != case.state else act.data.get("choice", "")
    _tell(settings, f"{act.actor:<10} {act.does:<13} {said}".rstrip())
    return moved


def _tell(settings: Settings, text: str) -> None:
    if not settings.json:
        say(clean(text))
