"""What every unit of work shares, and how an entry is begun: the clock, the log's origin, the procedures in use."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workflow.definition.model import from_canonical
from workflow.errors import InputError, NotFoundError, StoreError
from workflow.log.entry import STREAMS, VERSION, time_text
from workflow.rules.case import Actor
from workflow.rules.procedure import Guard, Procedure
from workflow.rules.record import actor_part
from workflow.store import statements as sql
from workflow.store.unit import Unit

ENGINE = "workflow/0.1.0"
MAX_REASON = 10_000
UNNAMED = Actor("operator", ())

Clock = Callable[[], datetime]
Finder = Callable[[Unit, str], Procedure]
"""The definition of that name under which new cases are opened."""
Holders = Callable[[str], Iterable[str]]
"""A host's own directory: the ids of all who have a role."""


@dataclass(slots=True)
class Office:
    """Shared by all units of work of one engine."""

    clock: Clock
    entropy: Callable[[int], bytes]
    via: str
    guards: Mapping[str, Guard] = field(default_factory=dict)
    holders: Holders | None = None
    origin: str = ""
    procedures: dict[str, Procedure] = field(default_factory=dict)
    finder: Finder | None = None
    after: Mapping[str, Any] | None = None

    def now(self) -> datetime:
        """The engine's time, in UTC. Raises InputError when the clock gives a time without a zone."""
        moment = self.clock()
        if moment.tzinfo is None:
            raise InputError("no_clock")
        return moment.astimezone(UTC)

    def procedure(self, unit: Unit, digest: str) -> Procedure:
        """The definition of that digest, compiled once. Raises StoreError when its stored text was changed."""
        found = self.procedures.get(digest)
        if found is None:
            row = unit.one(sql.READ_DEFINITION, digest)
            if row is None or not isinstance(row[0], bytes) or hashlib.sha256(row[0]).hexdigest() != digest:
                raise StoreError("damaged_definition", digest=digest)
            try:
                definition = from_canonical(row[0])
            except ValueError:
                raise StoreError("damaged_definition", digest=digest) from None
            found = self.procedures[digest] = Procedure(definition, self.guards, digest)
        return found

    def find(self, unit: Unit, name: str) -> Procedure:
        """The definition of that name under which new cases are opened. Raises NotFoundError."""
        if self.finder is not None:
            return self.finder(unit, name)
        row = unit.one(sql.READ_LATEST, name)
        if row is None:
            raise NotFoundError("definition", name)
        return self.procedure(unit, row[0])

    def leaf(
        self,
        kind: str,
        case: str,
        seq: int,
        prev: str,
        at: datetime,
        actor: Actor,
        said: Mapping[str, Any],
        *,
        via: str | None = None,
        recorder: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """The leaf of a new entry, without its commitments: what is `said`, and what of `more` is not empty."""
        begun: dict[str, Any] = {
            "v": VERSION,
            "log": self.origin,
            "kind": kind,
            "case": case,
            "seq": seq,
            "prev": prev,
            "at": time_text(at),
            "engine": ENGINE,
            "actor": actor_part(actor, via or self.via, recorder),
            **said,
        }
        if self.after is not None:
            begun["after"] = self.after
        for name, value in more.items():
            if value:
                begun[name] = value
        return begun

    def append_to(
        self,
        unit: Unit,
        stream: str,
        kind: str,
        actor: Actor,
        payloads: Mapping[str, bytes] | None = None,
        **more: Any,
    ) -> int:
        """Append an entry that belongs to no case to the stream of that name; its seq."""
        seq, prev, last = unit.head(STREAMS[stream])
        now = self.now()
        at = now if last is None or now > last else last
        unit.append(self.leaf(kind, STREAMS[stream], seq + 1, prev, at, actor, more), payloads or {})
        return seq + 1


def checked_actor(actor: Actor) -> Actor:
    """The actor, when its ids can stand in a log for years: short, visible, in one Unicode form."""
    for name in actor.people:
        if not (
            isinstance(name, str)
            and 0 < len(name) <= 128
            and name.isprintable()
            and not any(map(str.isspace, name))
            and unicodedata.is_normalized("NFC", name)
        ):
            raise InputError("bad_actor", name=ascii(name)[1:-1][:140])
    return actor


def checked_key(key: str) -> str:
    """A key that makes repeating safe. Raises InputError for what is not short and visible."""
    if not isinstance(key, str) or not 0 < len(key) <= 200 or not key.isprintable():
        raise InputError("bad_key")
    return key


def checked_text(text: str | None, limit: int = MAX_REASON, *, code: str = "bad_reason") -> str | None:
    """A reason as it may be kept. Raises InputError for what is not text, too long or not encodable."""
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > limit or "\x00" in text or not _encodable(text):
        raise InputError(code, max=limit)
    return text


def checked_name(name: str | None) -> str | None:
    """What somebody takes for the name of something. Raises InputError for what no store can hold."""
    if name is not None and ("\x00" in name or not _encodable(name)):
        raise InputError("bad_text", text=ascii(name)[1:-1][:80])
    return name


def checked_time(moment: datetime | None) -> datetime | None:
    """A claimed time in UTC. Raises InputError when it has no zone, or no year in UTC."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InputError("naive_time", given=moment.isoformat())
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InputError("bad_time", given=moment.isoformat()) from None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
