"""Checking a whole store: every chain, payload, definition, case and decision, and the tables beside them.

One read transaction, in the order of (case, number), page by page: what is held in memory is one case, the
definitions and the directory. Then the tree is built again and held against what was signed, and against what the
verifier brought along. It trusts nothing that is stored; whatever stands in the database, of whatever type, becomes a
finding and never an exception. What it cannot show is listed in the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from workflow.audit.anchors import Anchors
from workflow.audit.awards import Ledger
from workflow.audit.crew import FIRST_CASE, WORTH, Crew, Part, Setup, split, still
from workflow.audit.erasure import Coverings
from workflow.audit.fingerprint import check_schema
from workflow.audit.folding import Intake
from workflow.audit.heads import check_heads
from workflow.audit.ledgers import Ledgers, People
from workflow.audit.levels import check_receipts, check_tree, levels
from workflow.audit.library import Library
from workflow.audit.passing import Pass
from workflow.audit.places import Places
from workflow.audit.report import CHECKED, NOT_CHECKED, Findings, Report, shown
from workflow.audit.signing import Signing
from workflow.audit.ties import Ties
from workflow.audit.tree import size_of
from workflow.errors import StoreError
from workflow.log.entry import STREAMS, Malformed, decode
from workflow.rules.record import Entry
from workflow.store.database import Store
from workflow.store.statements import READ_ORIGIN
from workflow.store.unit import Unit

Progress = Callable[[int, int], None]


def verify(
    store: Store, progress: Progress | None = None, anchors: Anchors | None = None, *, processes: int = 1
) -> Report:
    """Check everything. `progress(done, total)` is told now and then how many entries were checked.

    `anchors` are what the verifier brings along, such as the key of the log and older checkpoints. With more than one
    of `processes` a large SQLite file is read by as many. Raises StoreError only when the store cannot be opened.
    """
    report: Report | None = None
    with ExitStack() as stack:
        crew = _crew(store, processes, stack)
        try:
            with store.reading() as unit:
                if crew is not None:
                    unit.one("SELECT COUNT(*) FROM workflow_meta")
                    crew.release()
                report = _Check(store, unit, progress, anchors or Anchors(), crew).run()
        except StoreError:
            # The transaction may be gone, with the trouble that is a finding already.
            if report is None or report.ok:
                raise
    return report


class _Moment:
    """Processes that see the database as it is now; writers wait until the one who asked begins to read as well."""

    def __init__(self, crew: Crew, lock: ExitStack) -> None:
        self.crew = crew
        self._lock = lock

    def release(self) -> None:
        self._lock.close()


def _crew(store: Store, processes: int, stack: ExitStack) -> _Moment | None:
    """As many processes, where that is worth it and the file holds still for a moment."""
    if processes < 2 or store.path is None or not store.own:
        return None
    with store.reading() as unit:
        try:
            if unit.raw("SELECT COUNT(*) FROM workflow_entry")[0][0] < WORTH:
                return None
        except StoreError:
            return None
    lock = stack.enter_context(ExitStack())
    if not lock.enter_context(still(store)):
        return None
    crew = Crew(store.pool.url, processes)
    stack.callback(crew.close)
    return _Moment(crew, lock)


class _Beginning:
    """The stream of the store itself: its first entry is the first of the log, others are about its signing."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._kind = ""

    def take(self, entry: Entry, _complete: bool) -> bool:
        self._kind = self._kind or entry.kind
        return True

    def finish(self, whole: bool) -> None:
        if whole and self._kind != "store_created":
            self._findings.add("beginning", STREAMS["store"], 1)


class _Check:
    """One run over one store."""

    def __init__(
        self, store: Store, unit: Unit, progress: Progress | None, anchors: Anchors, moment: _Moment | None
    ) -> None:
        self._store = store
        self._unit = unit
        self._progress = progress
        self._anchors = anchors
        self._moment = moment
        self._findings = Findings()
        # The last entry about the ends of all chains.
        self._heads: tuple[Mapping[str, Any], Any] | None = None
        self._done = self._total = 0

    def run(self) -> Report:
        library = Library(self._unit, self._findings)
        library.read()
        origin = self._read_origin()
        self._signing = Signing(self._unit, origin or "", self._anchors, self._findings)
        self._places = Places(size_of(self._unit, self._findings))
        ledgers = Ledgers(self._unit, self._findings)
        awards, ties = Ledger(self._unit, self._findings), Ties(self._unit, self._findings)
        people = People(self._unit, self._findings)
        self._pass = Pass(self._unit, origin, self._findings, library, ledgers, awards, ties, self._places, Coverings())
        self._pass.delegations = people.delegations
        self._pass.told = self._told
        self._pass.streams = {
            STREAMS["store"]: _Beginning(self._findings),
            STREAMS["definitions"]: library.stream(),
            STREAMS["directory"]: people,
            STREAMS["intake"]: Intake(library, self._findings),
        }
        try:
            return self._all()
        finally:
            self._places.close()

    def _all(self) -> Report:
        tally = self._pass.tally
        if self._read_entries():
            for number, left in self._pass.streams.items():
                self._pass.finish(number, left, True)
            self._pass.ledgers.finish(tally)
            self._pass.awards.finish()
            self._pass.ties.finish()
            check_tree(self._unit, self._places, self._signing, self._findings)
            self._check_kept()
        schema = check_schema(self._store, self._unit, self._findings)
        return Report(
            tally.entries,
            tally.cases,
            self._places.size,
            tuple(self._findings.problems),
            tally.waiting,
            self._signing.vouched if self._anchors.pinned else self._signing.signed,
            tally.destroyed,
            levels(self._anchors, self._signing),
            CHECKED if schema else CHECKED[:-1],
            NOT_CHECKED if schema else ("schema", *NOT_CHECKED),
        )

    def _told(self, entry: Entry, leaf: Mapping[str, Any], index: Any, complete: bool) -> None:
        self._signing.of(leaf, index)
        if entry.kind == "case_heads" and complete:
            self._heads = (leaf, entry.data)

    def _check_kept(self) -> None:
        try:
            check_receipts(self._unit, self._anchors, self._signing, self._findings)
            if self._heads is not None:
                check_heads(self._unit, *self._heads, self._findings)
        except StoreError as error:
            self._findings.trouble(error)

    def _read_origin(self) -> str | None:
        """The name of this log: what at least two say of the store's own row, its first entry and its last.

        So one that was changed is found itself, and not every entry that differs from it.
        """
        rows = self._rows(READ_ORIGIN)
        said = rows[0][0] if rows else None
        inside = [self._inside(order) for order in ("case_id, seq", "case_id DESC, seq DESC")]
        origin = inside[0] if inside[0] is not None and inside[0] == inside[1] else said
        if rows is not None and (said != origin or not isinstance(said, str)):
            self._findings.add("origin_changed", found=shown(said), expected=shown(origin))
        return origin if isinstance(origin, str) else None

    def _inside(self, order: str) -> str | None:
        rows = self._rows(f"SELECT leaf FROM workflow_entry ORDER BY {order} LIMIT 1")
        try:
            return str(decode(rows[0][0])["log"]) if rows and isinstance(rows[0][0], bytes) else None
        except Malformed:
            return None

    def _rows(self, statement: str) -> list[Any] | None:
        """Every row; None when the database fails, which is a finding then."""
        try:
            return self._unit.raw(statement)
        except StoreError as error:
            self._findings.trouble(error)
            return None

    def _read_entries(self) -> bool:
        """Take every entry there is. False when the database gave fewer than it has."""
        counted = self._rows("SELECT COUNT(*) FROM workflow_entry")
        self._total = counted[0][0] if counted else 0
        if self._moment is None:
            whole = self._pass.read(None, None, self._advance)
        else:
            whole = self._pass.read(None, FIRST_CASE, self._advance) and self._read_cases(self._moment.crew)
        found = self._pass.tally.entries
        if whole and self._total != found:
            self._findings.add("incomplete", found=str(found), expected=str(self._total))
            return False
        return whole

    def _read_cases(self, crew: Crew) -> bool:
        """Have the cases read by the others; what they find comes in the order of the cases."""
        setup = Setup(
            self._pass.origin,
            self._places.path,
            self._places.size,
            self._pass.coverings.known,
            self._pass.delegations,
        )
        parts: list[Part] = []
        try:
            for part in crew.read(setup, split(self._unit, self._total), self._places):
                parts.append(part)
                self._advance(part.tally.entries)
        except (EOFError, OSError) as error:
            self._findings.add("unchecked", problem=shown(f"{type(error).__name__}: {error}", quoted=False))
            return False
        for part in sorted(parts, key=lambda each: each.number):
            self._findings.merge(part.problems)
            self._pass.tally.add(part.tally)
            self._pass.ledgers.add(part.counts)
            self._pass.awards.add(part.awards)
            self._pass.ties.add(part.ties)
        return all(part.whole for part in parts)

    def _advance(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)
