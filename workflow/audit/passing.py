"""One pass over entries in the order of (case, number): every chain checked, and what follows from it derived again.

What is held in memory is one case. The same pass reads the streams and, perhaps in several processes, ranges of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from workflow.audit import chain
from workflow.audit.awards import Ledger
from workflow.audit.chain import Chain, Tally
from workflow.audit.erasure import Coverings
from workflow.audit.folding import Folding
from workflow.audit.ledgers import Ledgers
from workflow.audit.library import Library
from workflow.audit.places import Places
from workflow.audit.report import Findings, shown
from workflow.audit.standing import Delegations, astray
from workflow.audit.ties import Ties
from workflow.errors import StoreError, WorkflowError
from workflow.rules.record import Entry
from workflow.store.pages import pages
from workflow.store.unit import Unit


class Follower(Protocol):
    """What is derived from one chain: given its entries in order, then asked to compare."""

    def take(self, entry: Entry, complete: bool) -> bool:
        """One more entry; False when nothing more can be derived."""

    def finish(self, whole: bool) -> None:
        """After the last entry; `whole` tells whether all of them were taken and none was damaged."""


@dataclass(slots=True)
class Pass:
    """What the entries of a pass are held against, and what was met on the way."""

    unit: Unit
    origin: str | None
    findings: Findings
    library: Library
    ledgers: Ledgers
    awards: Ledger
    ties: Ties
    places: Places
    coverings: Coverings
    tally: Tally = field(default_factory=Tally)
    # What follows the streams; a chain that is none of them is a case.
    streams: dict[str, Follower] = field(default_factory=dict)
    # Filled by the stream of the directory, which stands before every case.
    delegations: Delegations = field(default_factory=dict)
    # Told of each entry of the stream of the store, with its leaf and its place.
    told: Callable[[Entry, Mapping[str, Any], Any, bool], None] | None = None
    _chain: Chain | None = None
    _follower: Follower | None = None
    _following: bool = False

    def read(self, low: str | None, high: str | None, progress: Callable[[int], None] | None = None) -> bool:
        """Take the entries from one case up to another one; False when the database failed on the way."""
        try:
            for rows in pages(self.unit, chain.SELECT, chain.KEY, low=low, high=high):
                for row in rows:
                    self._take(row)
                if progress is not None:
                    progress(len(rows))
        except StoreError as error:
            self.findings.trouble(error)
            return False
        self._close()
        return True

    def _take(self, row: tuple[Any, ...]) -> None:
        try:
            here = self._chain
            if here is None or row[0] != here.case:
                here = self._open(row[0])
            entry = here.take(row)
            if entry is None:
                return
            if self.told is not None and here.name == "store":
                self.told(entry, here.leaf, here.index, here.complete)
            if entry.actor.under and (problem := astray(self.delegations, entry)) is not None:
                self.findings.add("delegation", entry.case, entry.seq, **problem)
            if self._following and here.whole:
                assert self._follower is not None
                self._following = self._follower.take(entry, here.complete)
        except Exception as error:
            self._fail(error, row[0], row[1])

    def _open(self, case: Any) -> Chain:
        """Begin the next chain, after the one before is finished."""
        self._close()
        self._chain = Chain(case, self.origin, self.findings, self.tally, self.places, self.coverings)
        self._following = True
        if self._chain.name == "case":
            self.tally.cases += 1
            self._follower = Folding(self.unit, self.library, self.ledgers, self.awards, self.ties, self.findings)
        else:
            self._follower = self.streams.pop(case)
        return self._chain

    def _close(self) -> None:
        if self._chain is not None and self._follower is not None:
            self._chain.close()
            self.finish(self._chain.case, self._follower, self._following and self._chain.whole)
        self._chain = self._follower = None

    def finish(self, case: Any, follower: Follower, whole: bool) -> None:
        """Ask what follows a chain to compare."""
        try:
            follower.finish(whole)
        except Exception as error:
            self._fail(error, case, None)

    def _fail(self, error: Exception, case: Any, seq: Any) -> None:
        """What must not happen, a fault of this program included, is a finding like any other."""
        self._following = False
        if isinstance(error, WorkflowError):
            self.findings.trouble(error)
        else:
            self.findings.add("unchecked", case, seq, problem=shown(f"{type(error).__name__}: {error}", quoted=False))
