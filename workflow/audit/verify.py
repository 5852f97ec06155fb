"""Checking a whole store: every chain, payload, definition, case and decision, and the tables beside them.

One read transaction, in the order of (case, number), page by page: what is held in memory is one case, the
definitions and the directory. It needs no key and trusts nothing that is stored; whatever stands in the database,
of whatever type, becomes a finding and never an exception. What it cannot show is listed in the report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from workflow.audit import chain
from workflow.audit.awards import Ledger
from workflow.audit.chain import Chain, Tally
from workflow.audit.folding import Folding, Intake
from workflow.audit.ledgers import Ledgers, People
from workflow.audit.library import Library
from workflow.audit.report import Findings, Report, shown
from workflow.errors import StoreError, WorkflowError
from workflow.log.entry import STREAMS, Malformed, decode
from workflow.rules.record import Entry
from workflow.store.database import Store
from workflow.store.pages import pages
from workflow.store.statements import READ_ORIGIN
from workflow.store.unit import Unit

Progress = Callable[[int, int], None]


def verify(store: Store, progress: Progress | None = None) -> Report:
    """Check everything. `progress(done, total)` is told after each page how many entries were checked.

    Raises StoreError only when the store cannot be opened.
    """
    report: Report | None = None
    try:
        with store.reading() as unit:
            report = _Check(unit, progress).run()
    except StoreError:
        # The transaction may be gone, with the trouble that is a finding already.
        if report is None or report.ok:
            raise
    return report


class _Follower(Protocol):
    """What is derived from one chain: given its entries in order, then asked to compare."""

    def take(self, entry: Entry, complete: bool) -> bool:
        """One more entry; False when nothing more can be derived."""

    def finish(self, whole: bool) -> None:
        """After the last entry; `whole` tells whether all of them were taken and none was damaged."""


class _Beginning:
    """The stream of the store itself: its first entry is the first of the log."""

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

    def __init__(self, unit: Unit, progress: Progress | None) -> None:
        self._unit = unit
        self._progress = progress
        self._findings = Findings()
        self._tally = Tally()
        self._library = Library(unit, self._findings)
        self._ledgers = Ledgers(unit, self._findings)
        self._awards = Ledger(unit, self._findings)
        self._people = People(unit, self._findings)
        self._origin: str | None = None
        self._streams: dict[str, _Follower] = {}
        self._chain: Chain | None = None
        self._follower: _Follower | None = None
        self._following = False

    def run(self) -> Report:
        self._library.read()
        self._origin = self._read_origin()
        self._streams = {
            STREAMS["store"]: _Beginning(self._findings),
            STREAMS["definitions"]: self._library.stream(),
            STREAMS["directory"]: self._people,
            STREAMS["intake"]: Intake(self._library, self._findings),
        }
        if self._read_entries():
            for number, left in self._streams.items():
                self._finish(number, left, True)
            self._ledgers.finish(self._tally)
            self._awards.finish()
        return Report(self._tally.entries, self._tally.cases, 0, tuple(self._findings.problems))

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
        total: int = counted[0][0] if counted else 0
        try:
            for rows in pages(self._unit, chain.SELECT, chain.KEY):
                for row in rows:
                    self._take(row)
                if self._progress is not None:
                    self._progress(self._tally.entries, total)
        except StoreError as error:
            self._findings.trouble(error)
            return False
        self._close()
        if total != self._tally.entries:
            self._findings.add("incomplete", found=str(self._tally.entries), expected=str(total))
            return False
        return True

    def _take(self, row: tuple[Any, ...]) -> None:
        try:
            here = self._chain
            if here is None or row[0] != here.case:
                here = self._open(row[0])
            entry = here.take(row)
            if entry is not None and self._following and here.whole:
                assert self._follower is not None
                if entry.actor.under:
                    # The stream of the directory stands before every case.
                    self._people.check_standing(entry)
                self._following = self._follower.take(entry, here.complete)
        except Exception as error:
            self._fail(error, row[0], row[1])

    def _open(self, case: Any) -> Chain:
        """Begin the next chain, after the one before is finished."""
        self._close()
        self._chain = Chain(case, self._origin, self._findings, self._tally)
        self._following = True
        if self._chain.name == "case":
            self._tally.cases += 1
            self._follower = Folding(self._unit, self._library, self._ledgers, self._awards, self._findings)
        else:
            self._follower = self._streams.pop(case)
        return self._chain

    def _close(self) -> None:
        if self._chain is not None and self._follower is not None:
            self._finish(self._chain.case, self._follower, self._following and self._chain.whole)
        self._chain = self._follower = None

    def _finish(self, case: Any, follower: _Follower, whole: bool) -> None:
        try:
            follower.finish(whole)
        except Exception as error:
            self._fail(error, case, None)

    def _fail(self, error: Exception, case: Any, seq: Any) -> None:
        """What must not happen, a fault of this program included, is a finding like any other."""
        self._following = False
        if isinstance(error, WorkflowError):
            self._findings.trouble(error)
        else:
            self._findings.add("unchecked", case, seq, problem=shown(f"{type(error).__name__}: {error}", quoted=False))
