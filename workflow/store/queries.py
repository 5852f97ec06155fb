"""Lists over many cases and entries, as SQLAlchemy queries by keyset pages: nothing here loads a whole table."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, column, false, func, null, or_, select, table, tuple_

from workflow.log.entry import STREAMS, time_of, time_text
from workflow.rules.case import Case
from workflow.rules.record import Entry
from workflow.store.database import Store
from workflow.store.placed import Placed, Tree
from workflow.store.statements import CASE_COLUMNS
from workflow.store.tables import METADATA
from workflow.store.unit import compose, read_case

_CASES = METADATA.tables["workflow_case"]
_ENTRIES = METADATA.tables["workflow_entry"]
_PAYLOADS = METADATA.tables["workflow_payload"]
_CASE_ROW = [_CASES.c[name.strip()] for name in CASE_COLUMNS.split(",")]
_LEAVES = table("workflow_leaf", column("leaf_index"), column("case_id"), column("seq"))
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries of the log; None means any."""

    case: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kind: str | None = None
    nonconforming: bool = False
    size: int | None = None
    """Only those that stand in the tree of that many leaves."""
    definition: str | None = None
    """Only those of cases under the definition of that name."""


@dataclass(slots=True)
class Figures:
    """What `stats` counts for one definition. Times are seconds."""

    cases: int = 0
    open: int = 0
    overdue: int = 0
    states: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Queries:
    """Reads over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._composer = store.dialect.composer(store.pool)

    def cases(
        self,
        *,
        definition: str | None = None,
        state: str | None = None,
        overdue_at: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """Cases in the order in which they were opened; `after` is the id with which the page before ended."""
        query: Any = select(*_CASE_ROW).order_by(_CASES.c.id).limit(limit)
        if definition is not None:
            query = query.where(_CASES.c.definition == definition)
        if state is not None:
            query = query.where(_CASES.c.state == state)
        if overdue_at is not None:
            query = query.where(_CASES.c.due_at < time_text(overdue_at), _CASES.c.final == 0)
        if after is not None:
            query = query.where(_CASES.c.id > after)
        return [read_case(row) for row in self._rows(query)]

    def open_in(self, places: Sequence[tuple[str, str]]) -> Iterator[Case]:
        """Every open case that stands in one of the given places, each the name of a definition and a state."""
        after = ""
        while places:
            query = (
                select(*_CASE_ROW)
                .where(_CASES.c.final == 0, _CASES.c.id > after)
                .where(tuple_(_CASES.c.definition, _CASES.c.state).in_(list(places)))
                .order_by(_CASES.c.id)
                .limit(_PAGE)
            )
            rows = self._rows(query)
            yield from (read_case(row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def log(self, chosen: Filter) -> Iterator[Entry]:
        """The entries that the filter leaves, in the order of their times, newest last."""
        return (each.entry for each in self.placed(chosen))

    def placed(self, chosen: Filter, *, by_chain: bool = False) -> Iterator[Placed]:
        """The entries that the filter leaves, each with its place, newest last; or chain by chain, each in its order.

        Nothing is given of a store without a tree when the filter asks for one.
        """
        names = ("case_id", "seq") if by_chain else ("at", "case_id", "seq")
        order = [_ENTRIES.c[name] for name in names]
        query = _chosen(self._placing(chosen), chosen).order_by(*order).limit(_PAGE)
        last: tuple[Any, ...] | None = None
        while True:
            rows = self._rows(query if last is None else query.where(tuple_(*order) > last))
            bodies = self._bodies([(row[1], row[2]) for row in rows])
            for _, case, seq, leaf, digest, *place in rows:
                data, reason = bodies.get((case, seq, "data")), bodies.get((case, seq, "reason"))
                yield Placed(compose(case, seq, leaf, digest, data, reason), *place)
            if len(rows) < _PAGE:
                return
            last = tuple(rows[-1][3 - len(names) : 3])

    def _placing(self, chosen: Filter) -> Any:
        """Entries beside their cases and, where the tree exists, beside their leaves."""
        columns = [_ENTRIES.c[name] for name in ("at", "case_id", "seq", "leaf", "leaf_hash")]
        of_case = [_CASES.c[name] for name in ("reference", "definition", "version")]
        beside = _ENTRIES.outerjoin(_CASES, _CASES.c.id == _ENTRIES.c.case_id)
        if "workflow_leaf" in self._store.tables():
            here = and_(_LEAVES.c.case_id == _ENTRIES.c.case_id, _LEAVES.c.seq == _ENTRIES.c.seq)
            found = select(*columns, _LEAVES.c.leaf_index, *of_case).select_from(beside.outerjoin(_LEAVES, here))
            if chosen.size is not None:
                found = found.where(_LEAVES.c.leaf_index < chosen.size)
        else:
            found = select(*columns, null(), *of_case).select_from(beside)
            if chosen.size is not None:
                found = found.where(false())
        return found if chosen.definition is None else found.where(_CASES.c.definition == chosen.definition)

    def tree(self) -> Tree | None:
        """Size and root of the tree as the newest checkpoint has them; None without a tree or a checkpoint."""
        notes = self.checkpoints(1)
        return notes[0] if notes else None

    def checkpoints(self, limit: int) -> list[Tree]:
        """The newest checkpoints, newest first. A note that cannot be read is left out: `verify` names it."""
        if "workflow_checkpoint" not in self._store.tables():
            return []
        with self._store.reading() as unit:
            rows = unit.all("SELECT note FROM workflow_checkpoint ORDER BY size DESC LIMIT ?", limit)
        return [tree for row in rows if (tree := _read_note(row[0])) is not None]

    def figures(self, now: datetime, definition: str | None = None) -> dict[str, Figures]:
        """Counts and times in state by definition. Reads every entry once, in the order of the chains."""
        found: dict[str, Figures] = defaultdict(Figures)
        query: Any = select(_CASES.c.definition, _CASES.c.state, _CASES.c.final, func.count())
        query = query.group_by(_CASES.c.definition, _CASES.c.state, _CASES.c.final)
        if definition is not None:
            query = query.where(_CASES.c.definition == definition)
        for name, state, final, count in self._rows(query):
            figures = found[name]
            figures.cases += count
            figures.open += 0 if final else count
            figures.states[state] = figures.states.get(state, 0) + count
        overdue = select(_CASES.c.definition, func.count()).where(_CASES.c.due_at < time_text(now), _CASES.c.final == 0)
        for name, count in self._rows(overdue.group_by(_CASES.c.definition)):
            if name in found:
                found[name].overdue = count
        self._stays(found, definition)
        return dict(found)

    def _stays(self, found: dict[str, Figures], definition: str | None) -> None:
        columns = [_ENTRIES.c[name] for name in ("case_id", "seq", "kind", "to_state", "at", "claimed_at")]
        query: Any = select(_CASES.c.definition, *columns).join(_CASES, _CASES.c.id == _ENTRIES.c.case_id)
        if definition is not None:
            query = query.where(_CASES.c.definition == definition)
        case, state, since = "", "", ""
        last: tuple[str, int] = ("", 0)
        while True:
            page = query.where(tuple_(_ENTRIES.c.case_id, _ENTRIES.c.seq) > last)
            rows = self._rows(page.order_by(_ENTRIES.c.case_id, _ENTRIES.c.seq).limit(_PAGE * 10))
            for name, case_id, _, kind, to, at, claimed in rows:
                figures = found[name]
                figures.kinds[kind] += 1
                if kind == "refused" or to is None:
                    continue
                when = claimed if kind == "imported" and claimed else at
                if case_id == case:
                    seconds = (time_of(when) - time_of(since)).total_seconds()
                    figures.seconds[state].append(max(seconds, 0.0))
                case, state, since = case_id, to, when
            if len(rows) < _PAGE * 10:
                return
            last = (rows[-1][1], rows[-1][2])

    def _bodies(self, places: list[tuple[str, int]]) -> dict[tuple[str, int, str], bytes | None]:
        if not places:
            return {}
        table = _PAYLOADS.c
        query = select(table.case_id, table.seq, table.name, table.body)
        rows = self._rows(query.where(tuple_(table.case_id, table.seq).in_(places)))
        return {(row[0], row[1], row[2]): row[3] for row in rows}

    def _rows(self, query: Any) -> Sequence[Any]:
        """Run a query as a part of the thread's own transaction, so that it disturbs none and none disturbs it."""
        compiled: Any = query.compile(dialect=self._composer, compile_kwargs={"render_postcompile": True})
        values = [compiled.params[name] for name in compiled.positiontup or ()]
        with self._store.reading() as unit:
            return unit.all(str(compiled), *values)


def _read_note(note: Any) -> Tree | None:
    """Size and root of a signed note: its second and third line (C2SP tlog-checkpoint)."""
    lines = note.split("\n") if isinstance(note, str) else []
    try:
        return Tree(int(lines[1]), base64.b64decode(lines[2], validate=True).hex())
    except (IndexError, ValueError):
        return None


def _chosen(query: Any, chosen: Filter) -> Any:
    table = _ENTRIES.c
    if chosen.case is not None:
        query = query.where(table.case_id == STREAMS.get(chosen.case, chosen.case))
    if chosen.actor is not None:
        query = query.where(or_(table.actor == chosen.actor, table.acting_for == chosen.actor))
    if chosen.since is not None:
        query = query.where(table.at >= time_text(chosen.since))
    if chosen.until is not None:
        query = query.where(table.at <= time_text(chosen.until))
    if chosen.kind is not None:
        query = query.where(table.kind == chosen.kind)
    if chosen.nonconforming:
        query = query.where(table.conforms == 0)
    return query
