"""Entries as values, and the way between an entry and its leaf: what is recorded, and how it is read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.errors import Blocker
from workflow.log.entry import STREAM_NAMES, time_of, time_text
from workflow.rules.case import Actor, Verdict
from workflow.rules.proceedings import Timer, read_timers

_NO_FACTS: Mapping[str, str] = MappingProxyType({})


class Entry(NamedTuple):
    """One record of the log, with its payloads where they still exist.

    `data` is None when its payload was destroyed; an entry that never had one has an empty mapping.
    """

    case: str
    seq: int
    kind: str
    at: datetime
    actor: Actor
    via: str
    hash: bytes
    prev: str
    transition: str | None = None
    source: str | None = None
    target: str | None = None
    claimed_at: datetime | None = None
    reason: str | None = None
    data: Mapping[str, Any] | None = None
    definition: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    conforms: bool | None = None
    gap: bool = False
    reference: str | None = None
    key: str | None = None
    subject: str | None = None
    role: str | None = None
    recorder: str | None = None
    due_at: datetime | None = None
    effective_at: datetime | None = None
    timers: tuple[Timer, ...] | None = None
    panel: str | None = None
    round: int | None = None
    seat: str | None = None
    sealed: bool = False
    outcome: str | None = None
    notice: str | None = None
    number: int | None = None
    timer: str | None = None
    seed: str | None = None
    award: str | None = None
    pool: str | None = None
    period: str | None = None
    parent: str | None = None
    link: str | None = None
    other: str | None = None
    mark: str | None = None
    off: bool | None = None
    until: datetime | None = None
    facts: Mapping[str, str] = _NO_FACTS
    receiver: str | None = None
    passed: tuple[str, ...] | None = None
    since: datetime | None = None
    fields: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """When it took effect: the moment that a clock had been set to, else when it was recorded."""
        return self.effective_at or self.at

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The entry as the contract's JSON object, with what its kind has besides."""
        plain: dict[str, Any] = {
            "case": self.case,
            "seq": self.seq,
            "kind": self.kind,
            "transition": self.transition,
            "from": self.source,
            "to": self.target,
            "actor": self.actor.id,
            "for": self.actor.acting_for,
            "roles": sorted(self.actor.roles or ()),
            "at": time_text(self.at),
            "claimed_at": time_text(self.claimed_at) if self.claimed_at else None,
            "reason": self.reason,
            "data": dict(self.data) if self.data is not None else None,
            "definition": self.definition,
            "conditions": [{"id": each.id, "ok": each.ok} for each in self.verdicts],
            "hash": self.hash.hex(),
            "prev": self.prev,
            "via": self.via,
        }
        if self.case in STREAM_NAMES:
            plain["stream"] = STREAM_NAMES[self.case]
        if self.blockers:
            plain["blockers"] = [each.as_dict(lang) for each in self.blockers]
        if self.kind == "imported":
            plain["conforms"], plain["gap"] = self.conforms, self.gap
        for name in _PLAIN:
            if (value := getattr(self, name)) is not None:
                plain[name] = value
        if self.actor.under is not None:
            plain["under"] = list(self.actor.under)
        for name in ("passed", "fields", "hidden"):
            if value := getattr(self, name):
                plain[name] = list(value)
        for name in ("due_at", "effective_at", "since", "until"):
            if (moment := getattr(self, name)) is not None:
                plain[name] = time_text(moment)
        if self.sealed:
            plain["sealed"] = True
        if self.timers:
            plain["timers"] = [each.as_dict() for each in self.timers]
        if self.facts:
            plain["facts"] = dict(self.facts)
        return plain


# What an entry has besides, as it stands in its JSON object where it is there.
_PLAIN = (
    "reference",
    "key",
    "subject",
    "receiver",
    "role",
    "recorder",
    "panel",
    "round",
    "seat",
    "outcome",
    "notice",
    "number",
    "timer",
    "seed",
    "award",
    "pool",
    "period",
    "parent",
    "link",
    "other",
    "mark",
    "off",
)


def read_entry(
    leaf: Mapping[str, Any],
    digest: bytes,
    data: Mapping[str, Any] | None,
    reason: str | None,
    actor: Actor | None = None,
    at: datetime | None = None,
) -> Entry:
    """The entry that a well-formed leaf (see workflow.log.entry.decode) and its payloads make.

    Who wrote the leaf hands over `actor` and `at` as they went into it, so that they need not be read back.
    """
    get = leaf.get
    who = leaf["actor"]
    claimed, guards, blockers, due = get("claimed"), get("guards"), get("blockers"), get("due")
    if leaf["kind"] in _PLAIN_KINDS and leaf.keys().isdisjoint(_CLOCKS):
        rest: tuple[Any, ...] = ()
    else:
        effective, timers, facts = get("effective"), get("timers"), get("facts")
        rest = (
            time_of(effective) if effective else None,
            read_timers(timers) if timers is not None else None,
            get("panel"),
            get("round"),
            get("seat"),
            get("sealed", False),
            get("outcome"),
            get("notice"),
            get("number"),
            get("timer"),
            get("seed"),
            get("award"),
            get("pool"),
            get("period"),
            get("parent"),
            get("link"),
            get("other"),
            get("mark"),
            get("off"),
            time_of(leaf["until"]) if "until" in leaf else None,
            {each["id"]: each["value"] for each in facts} if facts else _NO_FACTS,
            get("receiver"),
            tuple(leaf["passed"]) if "passed" in leaf else None,
            time_of(leaf["since"]) if "since" in leaf else None,
            tuple(leaf["fields"]) if "fields" in leaf else None,
        )
    return Entry(
        leaf["case"],
        leaf["seq"],
        leaf["kind"],
        at or time_of(leaf["at"]),
        actor or Actor(who["id"], who.get("role", ()), who.get("for"), tuple(who["under"]) if "under" in who else None),
        who["via"],
        digest,
        leaf["prev"],
        get("trigger"),
        get("from"),
        get("to"),
        time_of(claimed) if claimed else None,
        reason,
        None if "sealed" in leaf else data if "data" in leaf else {},
        get("def"),
        tuple([Verdict(each["id"], each["ok"]) for each in guards]) if guards else (),
        tuple([_blocker(each) for each in blockers]) if blockers else (),
        get("conforms"),
        get("gap", False),
        get("reference"),
        get("key"),
        get("subject"),
        get("role"),
        who.get("by"),
        time_of(due) if due else None,
        *rest,
    )


# Kinds that have nothing of what goes on beside state and data, unless a clock was set.
_CLOCKS = frozenset({"timers", "effective", "facts", "parent"})
_PLAIN_KINDS = frozenset({"submitted", "advanced", "refused", "imported"})


def _blocker(part: Mapping[str, Any]) -> Blocker:
    return Blocker(part["code"], {name: value for name, value in part.items() if name != "code"})


def actor_part(actor: Actor, via: str, recorder: str | None = None) -> dict[str, Any]:
    """Who acted, as a leaf holds it."""
    part: dict[str, Any] = {"id": actor.id, "via": via}
    if actor.roles:
        part["role"] = sorted(actor.roles)
    if actor.acting_for is not None:
        part["for"] = actor.acting_for
    if actor.under is not None:
        part["under"] = list(actor.under)
    if recorder is not None:
        part["by"] = recorder
    return part


def blocker_parts(blockers: tuple[Blocker, ...]) -> list[dict[str, Any]]:
    """Blockers as a leaf holds them: the code and the figures, which are never a field's content."""
    return [{"code": each.code, **{k: v for k, v in each.params.items() if v is not None}} for each in blockers]


def verdict_parts(verdicts: tuple[Verdict, ...]) -> list[dict[str, Any]]:
    """Verdicts as a leaf holds them."""
    return [{"id": each.id, "ok": each.ok} for each in verdicts]


def fact_parts(facts: Mapping[str, str]) -> list[dict[str, str]]:
    """Facts as leaves hold them."""
    return [{"id": name, "value": value} for name, value in facts.items()]
