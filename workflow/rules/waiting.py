"""What a way waits for besides people, data and conditions: moments, panels, public notices, objections. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.definition.model import Definition, Submission
from workflow.errors import Blocker
from workflow.log.entry import time_text
from workflow.rules.case import CLOCKWORK, Case
from workflow.rules.contribute import closing
from workflow.rules.deadlines import reckon, zone_of
from workflow.rules.panels import Tally
from workflow.rules.procedure import Procedure, Way
from workflow.rules.quotas import short_of


def waiting(
    procedure: Procedure, case: Case, way: Way, now: datetime, facts: Mapping[str, str]
) -> tuple[list[Blocker], tuple[tuple[str, Tally], ...]]:
    """Every reason why it is not yet (or no longer) time, and the panels that this way closes."""
    blockers = _moments(case, way, now)
    closes = []
    for name, wanted in way.panel.items():
        tally, reasons = _panel(procedure, case, name, wanted)
        blockers += reasons
        if tally is not None:
            closes.append((name, tally))
    for name in way.notice:
        blockers += _notice(procedure, case, way, name, now)
    held = {link for link, _ in case.proceedings.links}
    blockers += [Blocker("link", {"link": name, "problem": "missing"}) for name in way.link if name not in held]
    if way.subcases and (still := int(facts.get("subcases.open", "0"))):
        blockers.append(Blocker("open_subcases", {"transition": way.name, "open": still}))
    if way.batch is not None:
        blockers += short_of(procedure, way.batch, facts)
    return blockers, tuple(closes)


def halted(case: Case, way: Way) -> list[Blocker]:
    """An open objection to a public notice halts the case."""
    still = case.proceedings.open_objections()
    return (
        [Blocker("open_objections", {"transition": way.name, "open": [each.number for each in still]})] if still else []
    )


def _moments(case: Case, way: Way, now: datetime) -> list[Blocker]:
    blockers = []
    if way.after is not None:
        moment = case.proceedings.timer(_id("after", way, way.after))
        if moment is None or moment.stopped is not None or now < moment.at:
            params: dict[str, Any] = {"transition": way.name, "after": way.after}
            if moment is not None:
                params["from"] = time_text(moment.at)
            blockers.append(Blocker("too_early", params))
    if way.within is not None:
        moment = case.proceedings.timer(_id("within", way, way.within))
        if moment is not None and moment.stopped is None and now >= moment.at:
            until = {"transition": way.name, "within": way.within, "until": time_text(moment.at)}
            blockers.append(Blocker("too_late", until))
    return blockers


def _id(kind: str, way: Way, moment: str) -> str:
    return f"{kind}.{way.name}.{way.index}" if moment[0].isdigit() else f"due.{moment}"


def _panel(procedure: Procedure, case: Case, name: str, wanted: str) -> tuple[Tally | None, list[Blocker]]:
    """A panel that is still open is counted as it stands; the tally that will close it, where the outcome fits."""
    sitting = case.proceedings.sittings.get(name)
    panel = procedure.definition.panels[name]
    if sitting is None or sitting.outcome == "lapsed":
        figures = {"panel": name, "problem": "not_open", "state": case.state, "in": list(panel.in_)}
        return None, [Blocker("panel", figures)]
    if sitting.open and panel.ballot == "secret":
        return None, [Blocker("panel", {"panel": name, "problem": "open"})]
    if sitting.open:
        tally = closing(procedure, case, name)
        outcome, reasons = tally.outcome, list(tally.blockers)
    else:
        tally, outcome = None, sitting.outcome or ""
        reasons = [Blocker(each["code"], {**each["figures"]}) for each in sitting.tally.get("blockers", ())]
    if outcome == wanted:
        return tally, []
    if wanted != "accepted" or not reasons:
        return None, [Blocker("outcome", {"panel": name, "needs": wanted, "has": outcome})]
    return None, reasons


def _notice(procedure: Procedure, case: Case, way: Way, name: str, now: datetime) -> list[Blocker]:
    exempt = procedure.definition.notices[name].exempt
    if exempt is not None:
        context = procedure.context(case, case.data, CLOCKWORK, now)
        if procedure.conditions.judge(exempt.check, context).ok:
            return []
    end = case.proceedings.timer(f"notice.{name}")
    if end is not None and now >= end.at:
        return []
    params: dict[str, Any] = {"transition": way.name, "notice": name}
    if end is not None:
        params["from"] = time_text(end.at)
    return [Blocker("too_early", params)]


def not_now(definition: Definition, rule: Submission, claimed: datetime | None, now: datetime) -> list[Blocker]:
    """Why a case may not be opened at this time of the year, or an act that came first not be recorded any more."""
    blockers = []
    if rule.windows:
        today = now.astimezone(zone_of(definition)).date()
        day = f"{today:%m-%d}"
        if not any(window.from_ <= day <= window.to for window in rule.windows):
            opening = min(rule.windows, key=lambda window: (window.from_ < day, window.from_))
            year = today.year + (opening.from_ < day)
            blockers.append(Blocker("too_early", {"transition": "submit", "from": f"{year}-{opening.from_}"}))
    if rule.record_within is not None and claimed is not None:
        end = reckon(definition, claimed, rule.record_within)
        if now >= end:
            until = {"transition": "submit", "within": rule.record_within, "until": time_text(end)}
            blockers.append(Blocker("too_late", until))
    return blockers
