"""What stories showed of a definition, read from the log that they left: a case is the fold of its entries.

Each attempt is weighed again, way by way, so that a restriction counts only where it refused its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from workflow.definition.loading import read_file
from workflow.definition.model import Definition
from workflow.definition.tree import read_tree
from workflow.errors import Blocker
from workflow.log.entry import STREAMS
from workflow.rules.case import CLOCKWORK, Actor, Case, Command
from workflow.rules.decide import weigh
from workflow.rules.evolve import evolve
from workflow.rules.procedure import Guard, Procedure, Question, Way
from workflow.rules.record import Entry
from workflow.scenarios.declared import SUBMITTED, Item, declared, fired, made, of_submission, of_way, outcome_of


@dataclass(slots=True)
class Coverage:
    """What of one definition is shown."""

    file: Path
    definition: Definition
    base: Definition | None = None
    tried: bool = False
    seen: set[Item] = field(default_factory=set)

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything that there is to show: of a variant, what its base does not say just so."""
        return tuple(each for each in declared(self.definition) if each == SUBMITTED or not self._inherited(each))

    def _inherited(self, item: Item) -> bool:
        if self.base is None:
            return False
        section, *rest = item.path
        here, there = getattr(self.definition, str(section)), getattr(self.base, str(section))
        return bool(here[rest[0]] == there.get(rest[0]) if isinstance(here, dict) else here == there)

    @property
    def missing(self) -> list[Item]:
        """What no story shows."""
        return [each for each in self.items if each not in self.seen]

    @property
    def covered(self) -> int:
        """How much is shown."""
        return len(self.items) - len(self.missing)

    def reaches(self, least: int) -> bool:
        """Is at least that percentage shown?"""
        return self.covered * 100 >= least * len(self.items)

    def places(self) -> list[tuple[int, int, Item]]:
        """What no story shows, with line and column of its key, in the order of the file."""
        root = read_tree(read_file(self.file), str(self.file))
        found = []
        for each in self.missing:
            node = root.at(each.path, key=True)
            found.append((node.line, node.column, each))
        return sorted(found, key=lambda each: each[:2])

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As JSON."""
        return {
            "file": str(self.file),
            "definition": self.definition.workflow,
            "version": self.definition.version,
            "covered": self.covered,
            "items": len(self.items),
            "missing": [
                {
                    "file": str(self.file),
                    "line": line,
                    "column": column,
                    "kind": item.kind,
                    "name": item.name,
                    "code": item.code or None,
                    "message": item.text(lang),
                }
                for line, column, item in self.places()
            ],
        }


def witness(procedures: Mapping[str, Procedure], entries: Iterable[Entry]) -> Iterator[tuple[str, Item]]:
    """What the entries of a log show, each with the digest of its definition. `procedures` are by digest."""
    watchers = {digest: _Watcher(each) for digest, each in procedures.items()}
    ordered = sorted(entries, key=lambda each: (each.case, each.seq))
    for case_id, several in groupby(ordered, key=lambda each: each.case):
        case: Case | None = None
        for entry in several:
            watcher = watchers.get(entry.definition or "")
            if watcher is None:
                continue
            digest = entry.definition or ""
            if case_id in STREAMS.values():
                if entry.kind == "refused":
                    yield from ((digest, each) for each in watcher.submission_refused(entry))
                continue
            yield from ((digest, each) for each in watcher.watch(case, entry))
            case = evolve(watcher.procedure, case, entry)


class _Watcher:
    """Sees what single entries show of one definition."""

    def __init__(self, procedure: Procedure) -> None:
        self.definition = procedure.definition
        self._guards = frozenset(name for _, _, way in self.definition.ways() for name in way.guard)
        self._passed: Collection[str] = ()
        guards = {name: self._guard(name) for name in self._guards}
        self.procedure = Procedure(self.definition, guards, procedure.ref.digest)
        self._items = {
            (name, index): tuple(of_way(self.definition, name, index, way))
            for name, index, way in self.definition.ways()
        }
        self._beside = tuple(
            each for each in declared(self.definition) if each.path[0] in ("panels", "notices", "links")
        )

    def _guard(self, name: str) -> Guard:
        def answer(_: Question) -> bool:
            return name in self._passed

        return answer

    def submission_refused(self, entry: Entry) -> Iterator[Item]:
        """What a case that was not opened shows."""
        yield from _met(of_submission(self.definition), entry.blockers)

    def watch(self, case: Case | None, entry: Entry) -> Iterator[Item]:
        """What one entry of a case shows, with the case as it was before."""
        if entry.kind == "submitted":
            yield SUBMITTED
            if entry.actor.id == CLOCKWORK.id:
                yield fired(("periodic",), self.definition.workflow, "periodic")
        if case is None:
            return
        if entry.kind == "advanced":
            yield from self._advanced(case, entry)
        elif entry.kind == "refused":
            yield from self._refused(case, entry)
        elif entry.kind == "panel_closed" and entry.panel and entry.outcome:
            yield outcome_of(entry.panel, entry.outcome)
            if entry.actor.id == CLOCKWORK.id:
                part = "early" if entry.effective_at is None else "within"
                yield fired(("panels", entry.panel, part), entry.panel, part)
        elif entry.timer is not None:
            kind, clock, number = entry.timer.split(".")
            path = ("states", case.state, "due") if clock == "due" else ("deadlines", clock)
            yield fired((*path, kind, int(number)), path[1], kind)

    def _weighed(self, case: Case, entry: Entry) -> list[tuple[Way, tuple[Blocker, ...]]]:
        actor = CLOCKWORK if entry.actor.id == CLOCKWORK.id else Actor(entry.actor.id, entry.actor.roles or (),
                                                                       entry.actor.acting_for)  # fmt: skip
        command = Command(actor, entry.transition, None, entry.data or {}, entry.reason)
        return weigh(self.procedure, case, command, entry.moment, entry.facts)

    def _advanced(self, case: Case, entry: Entry) -> Iterator[Item]:
        """The way that was gone, and what refused those under the same name that come before it."""
        self._passed = {each.id.removeprefix("guard.") for each in entry.verdicts if each.ok}
        for way, blockers in self._weighed(case, entry):
            if blockers:
                known = [each for each in blockers if each.code != "guard"]
                yield from _met(self._items[way.name, way.index], known)
                continue
            yield made(way.name, way.index, case.state)
            for notice in way.notice:
                end = case.proceedings.timer(f"notice.{notice}")
                if end is None or entry.moment < end.at:
                    yield Item(("notices", notice, "exempt"), "exempt", notice)
            return

    def _refused(self, case: Case, entry: Entry) -> Iterator[Item]:
        act, _, on = (entry.transition or "").partition(" ")
        if not on:
            refusing = {str(each.params.get("guard")) for each in entry.blockers if each.code == "guard"}
            self._passed = self._guards - refusing
            for way, blockers in self._weighed(case, entry):
                yield from _met(self._items[way.name, way.index], blockers)
            return
        for name in self._beside_of(case, act, on):
            about = [each for each in self._beside if each.name == name and each.kind == "refused"]
            settling = [each for each in about if each.path[2] in ("settled_by", "apart_from")]
            if act == "settle":
                about = settling
            elif act == "object":
                about = [each for each in about if each not in settling]
            yield from _met(about, entry.blockers)

    def _beside_of(self, case: Case, act: str, on: str) -> list[str]:
        """The panel or the notice that a contribution is about."""
        if act == "settle":
            return [each.notice for each in case.proceedings.objections if str(each.number) == on]
        if act == "object":
            return [name for name, each in self.definition.notices.items() if case.state in each.in_][:1]
        # Who may close a panel is said by the transitions that ask for it.
        return [] if act == "close" else [on]


def _met(items: Iterable[Item], blockers: Iterable[Blocker]) -> Iterator[Item]:
    found = list(blockers)
    return (item for item in items if any(item.is_met(each) for each in found))
