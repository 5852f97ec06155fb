"""Payloads that are not there any more: whether an entry of the log says that they were destroyed on purpose.

Payloads that are missing are collected while a chain is read and weighed at its end. `Coverings.of` is the one place
that knows which kinds of entries cover a missing payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflow.audit.report import Findings

Payload = tuple[Any, str]
"""The number of an entry and the name of its payload."""

_NOTHING: frozenset[Payload] = frozenset()


class Coverings:
    """The payloads that entries of the log say were destroyed, by the id of their chain."""

    def __init__(self, known: Mapping[Any, Iterable[Payload]] | None = None) -> None:
        self._sealed: dict[tuple[str, str, int], dict[str, int]] = {}
        self._known: dict[Any, set[Payload]] = {case: set(each) for case, each in (known or {}).items()}

    @property
    def known(self) -> dict[Any, set[Payload]]:
        """All of them, to be handed to another process."""
        return self._known

    def of(self, leaf: Mapping[str, Any]) -> None:
        """Take what one entry covers; most cover nothing."""
        if leaf["kind"] == "erased":
            place = parse_place(leaf["subject"])
            if place is not None:
                self._known.setdefault(place[0], set()).add(place[1:])
        elif "panel" in leaf:
            self._ballots(leaf)

    def _ballots(self, leaf: Mapping[str, Any]) -> None:
        """A secret ballot goes when its member votes again, and with all others when the panel closes."""
        here = (leaf["case"], leaf["panel"], leaf["round"])
        if leaf["kind"] == "panel_closed":
            gone = list(self._sealed.pop(here, {}).values())
        elif leaf["kind"] in ("voted", "scored"):
            member = leaf.get("seat") or leaf["actor"].get("for") or leaf["actor"]["id"]
            before = self._sealed.setdefault(here, {}).pop(member, None)
            gone = [] if before is None else [before]
            if leaf.get("sealed"):
                self._sealed[here][member] = leaf["seq"]
        else:
            return
        self._known.setdefault(leaf["case"], set()).update((seq, "data") for seq in gone)

    def here(self, case: Any) -> frozenset[Payload] | set[Payload]:
        """The payloads of one chain that should be gone."""
        return self._known.get(case, _NOTHING) if isinstance(case, str) else _NOTHING

    def weigh(self, case: Any, missing: Iterable[Payload], there: Iterable[Payload], findings: Findings) -> int:
        """At the end of a chain; how many of its payloads were destroyed on purpose.

        What is missing without an entry that says so is a finding, and so is what is still there in spite of one.
        """
        gone, destroyed = self.here(case), 0
        for seq, name in missing:
            if (seq, name) in gone:
                destroyed += 1
            else:
                findings.add("payload_missing", case, seq, name=name)
        for seq, name in there:
            findings.add("payload_kept", case, seq, name=name)
        return destroyed


def payload_place(case: str, seq: int, name: str) -> str:
    """A payload as the subject of an entry names it."""
    return f"{case}/{seq}/{name}"


def parse_place(subject: str) -> tuple[str, int, str] | None:
    """Which payload a subject names; None when it names none."""
    case, _, rest = subject.partition("/")
    seq, _, name = rest.partition("/")
    return (case, int(seq), name) if case and name and seq.isascii() and seq.isdigit() and len(seq) < 17 else None
