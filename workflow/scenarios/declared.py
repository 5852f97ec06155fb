"""What a definition declares that a story can show: ways, what restricts them, outcomes of panels, clocks.

A restriction counts where it was seen to refuse. A new key that refuses is a line in `_of_way` or `_of_beside`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from workflow.definition.model import ANYONE, STAY, Definition, Submission, Transition
from workflow.definition.panels import Outcome, Panel
from workflow.definition.timing import Deadline, Due
from workflow.errors import Blocker
from workflow.messages import render

Path = tuple[str | int, ...]


class Item(NamedTuple):
    """One thing to show. `path` leads to its key in the definition.

    `kind` is made (`name` is a transition, `detail` the state), refused (`code` and `figures` of the blocker, by which
    `name` is refused), outcome (of the panel `name`), fired (what the clock does) or exempt (a notice).
    """

    path: Path
    kind: str
    name: str
    code: str = ""
    figures: tuple[tuple[str, Any], ...] = ()
    detail: str = ""

    def text(self, lang: str) -> str:
        """What no story shows, in `lang`."""
        detail = self.detail or ", ".join(_said(value) for _, value in self.figures if value is not None)
        return render(f"coverage.{self.kind}", lang, {"name": self.name, "code": self.code, "detail": detail})

    def is_met(self, blocker: Blocker) -> bool:
        """Is the blocker what this restriction refuses with?"""
        params = blocker.params
        return self.code == blocker.code and all(_plain(params.get(name)) == value for name, value in self.figures)


def _said(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def declared(definition: Definition) -> tuple[Item, ...]:
    """Everything, in the order of the language."""
    found = list(of_submission(definition))
    for name, index, way in definition.ways():
        for state in definition.sources(way):
            found.append(made(name, index, state))
        found += of_way(definition, name, index, way)
    for name, panel in definition.panels.items():
        found += _of_panel(name, panel)
    found += _of_notices(definition)
    found += _of_links(definition)
    found += _of_clocks(definition)
    return tuple(dict.fromkeys(found))


def made(name: str, index: int, state: str) -> Item:
    """A way that is gone from a state."""
    return Item(("transitions", name, index), "made", name, detail=state)


def refused(path: Path, name: str, code: str, **figures: Any) -> Item:
    """A restriction that is seen to refuse."""
    return Item(path, "refused", name, code, tuple(figures.items()))


SUBMITTED = Item(("submit",), "made", "submit", detail="—")


def of_submission(definition: Definition) -> Iterator[Item]:
    """What opening a case can show."""
    yield SUBMITTED
    if (rule := definition.submit) is not None:
        yield from _common(("submit",), "submit", rule)
        if rule.windows:
            yield refused(("submit", "windows"), "submit", "too_early")
        if rule.record_within is not None:
            yield refused(("submit", "record_within"), "submit", "too_late")
    if definition.periodic is not None:
        yield fired(("periodic",), definition.workflow, "periodic")


def _common(path: Path, name: str, rule: Submission | Transition) -> Iterator[Item]:
    """What submissions and ways restrict alike."""
    if ANYONE not in rule.by:
        yield refused((*path, "by"), name, "role")
    for number, field in enumerate(rule.require):
        if field == "reason":
            yield refused((*path, "require", number), name, "reason")
        else:
            yield refused((*path, "require", number), name, "missing_field", field=field)
    for number, condition in enumerate(rule.when):
        yield refused((*path, "when", number), name, "condition", condition=condition.check)


def of_way(definition: Definition, name: str, index: int, way: Transition) -> Iterator[Item]:
    """What one way of a transition restricts."""
    path: Path = ("transitions", name, index)
    yield from _common(path, name, way)
    if way.reason and "reason" not in way.require:
        yield refused((*path, "reason"), name, "reason")
    for number, person in enumerate(way.apart_from):
        yield refused((*path, "apart_from", number), name, "separation", apart_from=person)
    if way.at_most is not None:
        yield refused((*path, "at_most"), name, "limit")
    for number, guard in enumerate(way.guard):
        yield refused((*path, "guard", number), name, "guard", guard=guard)
    for panel, wanted in way.panel.items():
        here = (*path, "panel", panel)
        if wanted == "accepted":
            yield from _against_panel(here, name, panel, definition.panels[panel])
        else:
            yield refused(here, name, "outcome", panel=panel)
    for number, notice in enumerate(way.notice):
        yield refused((*path, "notice", number), name, "too_early", notice=notice)
        if definition.notices[notice].exempt is not None:
            yield Item(("notices", notice, "exempt"), "exempt", notice)
    if way.after is not None:
        yield refused((*path, "after"), name, "too_early", after=way.after)
    if way.within is not None:
        yield refused((*path, "within"), name, "too_late", within=way.within)
    halting = {state for each in definition.notices.values() for state in each.in_}
    if way.to != STAY and not way.during_objection and halting.intersection(definition.sources(way)):
        yield refused(path, name, "open_objections")
    for number, link in enumerate(way.link):
        yield refused((*path, "link", number), name, "link", link=link, problem="missing")
    if way.subcases is not None:
        yield refused((*path, "subcases"), name, "open_subcases")
    if way.batch is not None:
        yield refused((*path, "batch"), name, "batch")
        batch = definition.batches[way.batch]
        if batch.at_most is not None:
            yield refused(("batches", way.batch, "at_most"), name, "quota", batch=way.batch, counted=None)
        for number, quota in enumerate(batch.quotas):
            yield refused(("batches", way.batch, "quotas", number), name, "quota", batch=way.batch, counted=quota.of)
    for award in way.award.approve:
        for number, rung in enumerate(definition.awards[award].approval):
            yield refused(("awards", award, "approval", number), name, "role", needs=rung.by)
    for award in way.award.propose:
        if definition.awards[award].set_in is not None:
            yield refused(("awards", award, "set_in"), name, "award", award=award, problem="outside")


def _against_panel(path: Path, name: str, panel: str, rule: Panel) -> Iterator[Item]:
    """Why a panel that must accept may not have done so, as far as its declaration can say."""
    if rule.quorum:
        yield refused(path, name, "quorum", panel=panel)
    for each in rule.composition:
        yield refused(path, name, "composition", panel=panel, of=each.of)
    if rule.form != "score":
        yield refused(path, name, "majority", panel=panel)
    elif rule.result.gt is not None or rule.result.gte is not None:
        yield refused(path, name, "score", panel=panel, criterion=None)
    for criterion, line in (rule.score or {}).items():
        if line.min is not None:
            yield refused(path, name, "score", panel=panel, criterion=criterion)
    for role in rule.veto:
        yield refused(path, name, "veto", panel=panel, role=role)
    if rule.elect is not None and rule.elect.more_than_seats:
        yield refused(path, name, "candidates", panel=panel)
    if rule.ballot == "secret":
        yield refused(path, name, "panel", panel=panel, problem="open")


def _of_panel(name: str, panel: Panel) -> Iterator[Item]:
    path: Path = ("panels", name)
    for outcome in get_args(Outcome):
        yield outcome_of(name, outcome)
    members = "of" if panel.of else "members" if panel.members else "seats" if panel.seats else "tellers"
    yield refused((*path, members), name, "role")
    # Those kept apart are never drawn, so they are strangers to the panel.
    if panel.apart_from and panel.draw is None:
        yield refused((*path, "apart_from"), name, "separation")
    if panel.reason_for:
        yield refused((*path, "reason_for"), name, "reason")
    if panel.within is not None:
        yield fired((*path, "within"), name, "within")
    if panel.early:
        yield fired((*path, "early"), name, "early")


def outcome_of(panel: str, outcome: str) -> Item:
    """What a panel came to."""
    return Item(("panels", panel), "outcome", panel, detail=outcome)


def fired(path: Path, name: str, what: str) -> Item:
    """Something that the clock did: remind, escalate, or close a panel (within, early)."""
    return Item(path, "fired", name, detail=what)


def _of_notices(definition: Definition) -> Iterator[Item]:
    for name, notice in definition.notices.items():
        path: Path = ("notices", name)
        if ANYONE not in notice.by:
            yield refused((*path, "by"), name, "role")
        if notice.settled_by:
            yield refused((*path, "settled_by"), name, "role", needs=tuple(notice.settled_by))
        for number, person in enumerate(notice.apart_from):
            yield refused((*path, "apart_from", number), name, "separation", apart_from=person)


def _of_links(definition: Definition) -> Iterator[Item]:
    for name, link in definition.links.items():
        path: Path = ("links", name)
        if ANYONE not in link.by:
            yield refused((*path, "by"), name, "role")
        if link.to:
            yield refused((*path, "to"), name, "link", problem="definition")
        if link.earlier:
            yield refused((*path, "earlier"), name, "link", problem="later")


def _of_clocks(definition: Definition) -> Iterator[Item]:
    for state, each in definition.states.items():
        if each.due is not None:
            yield from _ladder(("states", state, "due"), state, each.due)
    for name, clock in definition.deadlines.items():
        yield from _ladder(("deadlines", name), name, clock)


def _ladder(path: Path, name: str, clock: Due | Deadline) -> Iterator[Item]:
    for kind in ("remind", "escalate"):
        for number, _ in enumerate(getattr(clock, kind)):
            yield fired((*path, kind, number), name, kind)
