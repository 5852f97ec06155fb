"""The stored definitions: each checked once against its digest, and made ready to decide by again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from workflow.audit.report import Findings, shown
from workflow.definition.conditions import Conditions, Context
from workflow.definition.model import Definition, from_canonical
from workflow.errors import Blocker, StoreError
from workflow.log.entry import STREAMS
from workflow.rules.case import Case, Command, Decision, Refusal
from workflow.rules.decide import decide
from workflow.rules.procedure import Guard, Procedure, Question
from workflow.rules.record import Entry
from workflow.store.pages import pages
from workflow.store.unit import Unit

_SELECT = "SELECT digest, name, version, body, seq FROM workflow_definition"
_STREAM = STREAMS["definitions"]
_REMEMBERED = 20_000
_ABSENT = object()


class _Remembering(Conditions):
    """Conditions over fields alone give the same verdict for the same values; a log holds the same ones often."""

    def __init__(self, before: Conditions) -> None:
        self.__dict__.update(before.__dict__)
        self._verdicts: dict[Any, Any] = {}
        self._named: dict[str, tuple[str, ...] | None] = {}

    def judge(self, expression: str, context: Context) -> Any:
        """As ever, and from memory where that is the same."""
        if expression not in self._named:
            found = super().judge(expression, context)
            # What else than fields it names, if it could be prepared at all.
            *_, others = self._programs.get(expression, ((), ("?",)))
            self._named[expression] = None if others else self.reads(expression)
            return found
        names = self._named[expression]
        if names is None:
            return super().judge(expression, context)
        held = context.fields
        key = (expression, *[held.get(name, _ABSENT) for name in names])
        try:
            return self._verdicts[key]
        except KeyError:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            found = self._verdicts[key] = super().judge(expression, context)
            return found
        except TypeError:  # a list of values
            return super().judge(expression, context)


class Replay:
    """One definition, to decide by again. A host's guards cannot be asked any more: they answer as was recorded."""

    def __init__(self, definition: Definition, digest: str) -> None:
        self.guards = frozenset(name for _, _, way in definition.ways() for name in way.guard)
        self.procedure = Procedure(definition, {name: self._guard(name) for name in self.guards}, digest)
        self.procedure.conditions = _Remembering(self.procedure.conditions)
        self._passed: Collection[str] = ()

    def decide(
        self,
        case: Case | None,
        command: Command,
        now: datetime,
        passed: Collection[str],
        facts: Mapping[str, str],
    ) -> Decision | Refusal:
        """The decision on a command, with the guards of those names letting pass and every other refusing."""
        self._passed = passed
        return decide(self.procedure, case, command, now, facts)

    def granted(self, entry: Entry) -> Collection[str]:
        """The guards that let an entry pass, as far as it says."""
        if not self.guards:
            return ()
        if entry.kind == "refused":
            # Every guard of every way was asked, and each that refused left a blocker.
            return self.guards - {str(each.params.get("guard")) for each in entry.blockers if each.code == "guard"}
        return {each.id.removeprefix("guard.") for each in entry.verdicts if each.ok}

    def _guard(self, name: str) -> Guard:
        def answer(_question: Question) -> bool:
            return name in self._passed

        return answer


def codes(blockers: Collection[Blocker]) -> str:
    """The codes of blockers, each once, in the order of the alphabet."""
    return shown(", ".join(sorted({each.code for each in blockers})), quoted=False)


class Library:
    """Every definition of the store, by digest, and what the stream of definitions says of them."""

    def __init__(self, unit: Unit, findings: Findings) -> None:
        self._unit = unit
        # Another process collects what it finds anew for each range.
        self.findings = findings
        self._replays: dict[str, Replay | None] = {}
        self._rows: dict[str, int] = {}
        self._missed: set[str] = set()
        self._complete = True

    def read(self) -> None:
        """Read and check every row. Raises nothing: what is wrong becomes a finding."""
        try:
            for rows in pages(self._unit, _SELECT, ("digest",), size=20):
                for row in rows:
                    self._read(*row)
        except StoreError as error:
            self._complete = False
            self.findings.trouble(error)

    def _read(self, digest: Any, name: Any, version: Any, body: Any, seq: Any) -> None:
        found = hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else ""
        if found != digest:
            # Whoever names this digest is not told again. The text itself may be that of another digest, whole.
            self._add("definition_changed", seq, digest)
            self._replays.setdefault(shown(digest, quoted=False), None)
        else:
            self._rows[found] = seq
        try:
            definition = from_canonical(body)
            replay = Replay(definition, found)
        except Exception as error:
            # Any text may stand there with a digest that fits, and none may stop the check.
            self._replays.setdefault(found, None)
            if found == digest:
                self._add("definition_unreadable", seq, digest, problem=shown(_said(error), quoted=False))
            return
        self._replays[found] = replay
        if found == digest:
            for column, said, is_ in (("name", name, definition.workflow), ("version", version, definition.version)):
                if said != is_:
                    self._add("definition_column", seq, digest, column=column, found=shown(said), expected=shown(is_))

    def _add(self, code: str, seq: Any, digest: Any, **params: str) -> None:
        self.findings.add(code, _STREAM, seq, digest=shown(digest, quoted=False), **params)

    def find(self, entry: Entry) -> Replay | None:
        """The definition that an entry names; None when it is missing (a finding, once) or damaged (found already)."""
        digest = entry.definition or ""
        try:
            return self._replays[digest]
        except KeyError:
            if digest not in self._missed and self._complete:
                self._missed.add(digest)
                self.findings.add("definition_missing", entry.case, entry.seq, digest=digest)
            return None

    def stream(self) -> Installed:
        """What follows the stream of definitions."""
        return Installed(self, self.findings, self._rows if self._complete else {})


class Installed:
    """The stream of definitions, entry by entry: which were installed, and by which entry."""

    def __init__(self, library: Library, findings: Findings, rows: dict[str, int]) -> None:
        self._library = library
        self._findings = findings
        self._left = dict(rows)

    def take(self, entry: Entry, _complete: bool) -> bool:
        """One more entry. Always True: no entry keeps the next from being checked."""
        digest = entry.definition or ""
        replay = self._library.find(entry)
        if replay is not None:
            ref = replay.procedure.ref
            if entry.subject != (expected := f"{ref.name} {ref.version}"):
                self._findings.add(
                    "definition_subject",
                    entry.case,
                    entry.seq,
                    digest=digest,
                    found=shown(entry.subject),
                    expected=shown(expected),
                )
        seq = self._left.pop(digest, entry.seq)
        if seq != entry.seq:
            self._findings.add(
                "definition_column",
                entry.case,
                entry.seq,
                digest=digest,
                column="seq",
                found=shown(seq),
                expected=shown(entry.seq),
            )
        return True

    def finish(self, whole: bool) -> None:
        """After the last entry. When the chain is damaged, what it does not say may be the damage."""
        if whole:
            for digest, seq in self._left.items():
                self._findings.add("definition_unlogged", _STREAM, seq, digest=digest)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
