"""What went on beside state and data, decided again: contributions, tallies, electorates, clocks.

Each check takes the case as it stood before the entry and gives what does not agree: a code of a problem and its
figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workflow.audit.report import shown
from workflow.rules.case import CLOCKWORK, Case, Contribution, Refusal
from workflow.rules.contribute import candidates, closing, contribute
from workflow.rules.panels import Tally, count, draw
from workflow.rules.procedure import Procedure
from workflow.rules.proceedings import Given
from workflow.rules.record import Entry

Odd = tuple[str, dict[str, str]]
_ACTS = {"voted": "vote", "scored": "score", "counted": "count", "objected": "object", "settled": "settle"}


def check_proceeding(procedure: Procedure, case: Case, entry: Entry) -> Iterator[Odd]:
    """What does not agree with the rules, of an entry of one of these kinds."""
    if entry.kind in _CHECKS:
        yield from _CHECKS[entry.kind](procedure, case, entry)


def asked(entry: Entry) -> Contribution | None:
    """The contribution that a refused entry was about; None when it was about a transition."""
    act, space, on = (entry.transition or "").partition(" ")
    if not space or act not in (*_ACTS.values(), "close", "link"):
        return None
    said = (entry.data or {}).get("said")
    return Contribution(act, entry.actor, on, said, entry.reason, entry.seat)


def _contribution(procedure: Procedure, case: Case, entry: Entry) -> Iterator[Odd]:
    on = entry.panel or (str(entry.number) if entry.kind == "settled" else "notice")
    said: Any = entry.outcome if entry.kind == "settled" else (entry.data or {}).get("said")
    if entry.kind == "counted":
        said = _as_entered(said)
    if entry.sealed:
        # What was said is gone or not ours to read; that this person might say something is checked all the same.
        panel = procedure.definition.panels.get(on)
        said = "yes" if panel is None or panel.form == "vote" else "abstain"
        if panel is not None and panel.score is not None:
            said = {name: "0" for name in panel.score}
    given = Contribution(_ACTS[entry.kind], entry.actor, on, said, entry.reason, entry.seat)
    answer = contribute(procedure, case, given, entry.at)
    if isinstance(answer, Refusal):
        yield "forbidden", {"found": shown(", ".join(sorted({each.code for each in answer.blockers})), quoted=False)}


def _as_entered(said: Any) -> Any:
    """Counted numbers as tellers enter them, from how they are kept."""
    if not isinstance(said, Mapping) or not all(isinstance(said.get(key), Mapping) for key in ("due", "present")):
        return said
    plain = {key: number for key, number in said.items() if key not in ("due", "present")}
    return plain | {f"{key}_{name}": number for key in ("due", "present") for name, number in said[key].items()}


def _opened(procedure: Procedure, case: Case, entry: Entry) -> Iterator[Odd]:
    """The members stand as they were recorded; whom the rules keep out, and whom the seed draws, is found again."""
    panel = procedure.definition.panels.get(entry.panel or "")
    if panel is None or case.state not in panel.in_:
        yield "sitting", {"panel": shown(entry.panel, quoted=False), "problem": "not_here"}
        return
    said: Mapping[str, Any] = entry.data or {}
    members = set(said.get("members", {}))
    apart = {person for relation in panel.apart_from for person in procedure.related(relation, case)}
    # Who signs or counts is known later, so those kept apart are recorded by name; those drawn were none of them.
    kept_out = apart if panel.seats or panel.ballot == "counted" else members & apart if panel.draw is None else set()
    if set(said.get("recused", ())) != kept_out:
        yield "sitting", {"panel": entry.panel or "", "problem": "recused"}
    if panel.draw is not None and members != set(draw(said.get("pool", ()), panel.draw.number, entry.seed or "")):
        yield "sitting", {"panel": entry.panel or "", "problem": "drawn"}
    if panel.draw is not None and not apart.isdisjoint(said.get("pool", ())):
        yield "sitting", {"panel": entry.panel or "", "problem": "recused"}
    if panel.seats and members != set(panel.seats):
        yield "sitting", {"panel": entry.panel or "", "problem": "seats"}


def _closed(procedure: Procedure, case: Case, entry: Entry) -> Iterator[Odd]:
    """The tally is counted again, of a secret ballot from the shuffled ballots."""
    name = entry.panel or ""
    sitting = case.proceedings.sittings.get(name)
    if sitting is None or name not in procedure.definition.panels:
        return
    said: Mapping[str, Any] = entry.data or {}
    hidden = [member for member, given in sitting.given.items() if given.said is None]
    ballots = list(said.get("ballots", ()))
    if len(ballots) != len(hidden):
        yield "sitting", {"panel": name, "problem": "ballots"}
        return
    if entry.actor != CLOCKWORK:
        answer = contribute(procedure, case, Contribution("close", entry.actor, name), entry.at)
        if isinstance(answer, Refusal):
            codes = ", ".join(sorted({each.code for each in answer.blockers}))
            yield "forbidden", {"found": shown(codes, quoted=False)}
    elif entry.effective_at is not None and case.proceedings.timer(f"panel.{name}") is not None:
        yield from _timed(case, entry, f"panel.{name}")
    found = _recount(procedure, case, name, hidden, ballots)
    if found.outcome != entry.outcome or dict(found.figures) != said.get("tally"):
        expected = f"{found.outcome} {_figures(found.figures)}"
        recorded = f"{entry.outcome} {_figures(said.get('tally') or {})}"
        yield (
            "tally",
            {"panel": name, "expected": shown(expected, quoted=False), "found": shown(recorded, quoted=False)},
        )


def _recount(procedure: Procedure, case: Case, name: str, hidden: list[str], ballots: list[Any]) -> Tally:
    if not hidden:
        return closing(procedure, case, name)
    panel, sitting = procedure.definition.panels[name], case.proceedings.sittings[name]
    # Whose ballot is whose is unknown, and of no account where every ballot weighs the same.
    given = {**sitting.given, **{who: Given(0, ballot) for who, ballot in zip(hidden, ballots, strict=True)}}
    return count(name, panel, sitting._replace(given=given), candidates(panel, case))


def _figures(figures: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in figures.items())


def _fired(procedure: Procedure, case: Case, entry: Entry) -> Iterator[Odd]:
    yield from _timed(case, entry, entry.timer or "")
    if entry.kind != "escalated":
        return
    clock, _, number = (entry.timer or "").removeprefix("escalate.").rpartition(".")
    definition = procedure.definition
    rule = definition.states[case.state].due if clock == "due" else definition.deadlines.get(clock)
    rungs = rule.escalate if rule is not None else ()
    if not number.isdigit() or int(number) >= len(rungs) or rungs[int(number)].to != entry.role:
        yield "clock", {"timer": shown(entry.timer, quoted=False), "problem": "role"}


def _timed(case: Case, entry: Entry, name: str) -> Iterator[Odd]:
    """The clock may only do what had been set, at the moment that had been set."""
    timer = case.proceedings.timer(name)
    if timer is None or timer.stopped is not None or timer.at != entry.effective_at:
        yield "clock", {"timer": shown(name, quoted=False), "problem": "not_set"}


def check_clocks(case: Case, entry: Entry) -> Iterator[Odd]:
    """A transition that the clock made must have been due."""
    moment = entry.effective_at
    if entry.actor == CLOCKWORK and moment is not None and (case.next_at is None or case.next_at > moment):
        yield "clock", {"timer": shown(entry.transition, quoted=False), "problem": "not_set"}


_CHECKS: Mapping[str, Callable[[Procedure, Case, Entry], Iterator[Odd]]] = {
    "voted": _contribution,
    "scored": _contribution,
    "counted": _contribution,
    "objected": _contribution,
    "settled": _contribution,
    "panel_opened": _opened,
    "panel_closed": _closed,
    "reminded": _fired,
    "escalated": _fired,
}
KINDS = frozenset(_CHECKS)
