"""The log as OCEL 2.0 JSON: every entry an event, and what it is about as objects, for object-centric process mining.

Objects are cases, people, definitions, panels and awards; each relationship says by a qualifier in which part. By the
published JSON schema every value is text; its type is declared with the type of its event or object. Events are
written as they come. Objects follow, those of cases from a file beside, so that memory holds no more than the people
and the definitions.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO

from workflow.audit.export.content import activity, content, moment, moves, text
from workflow.audit.export.plain import plain
from workflow.log.entry import STREAM_NAMES, time_text
from workflow.rules.record import Entry
from workflow.store.placed import Placed

# The time of a value that never changes (specification, 7: the initial value of an attribute).
ALWAYS = "1970-01-01T00:00:00.000000Z"

_OBJECTS: dict[str, dict[str, str]] = {
    "case": {"reference": "string", "state": "string"},
    "person": {"name": "string"},
    "definition": {"name": "string", "version": "string"},
    "panel": {"name": "string"},
    "award": {"name": "string"},
}
_NAMED = ("name", "version")
# What belongs to a case and has a name there: the object that entries of these kinds are about.
_PARTS = {
    **dict.fromkeys(("panel_opened", "voted", "scored", "counted", "panel_closed"), "panel"),
    **dict.fromkeys(("awarded", "approved", "paid", "reversed"), "award"),
}


class _Value(NamedTuple):
    """A value of an event: its type as OCEL knows types, and itself as text."""

    type: str
    text: str


def write_ocel(entries: Iterable[Placed], stream: TextIO) -> None:
    """Write the entries, which come chain by chain, and everything that they are about."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as beside:
        objects = _Objects(beside)
        types: dict[str, dict[str, str]] = {}
        stream.write('{"events":[')
        for number, placed in enumerate(entries):
            entry = placed.entry
            name, values = activity(entry), dict(_values(placed))
            known = types.setdefault(name, {})
            for key, value in values.items():
                # The same field may be of two types in two definitions; then it is text.
                known[key] = value.type if known.get(key, value.type) == value.type else "string"
            event = {
                "id": f"{entry.case}/{entry.seq}",
                "type": name,
                "time": time_text(moment(entry)),
                "attributes": [{"name": key, "value": value.text} for key, value in values.items()],
                "relationships": [{"objectId": each, "qualifier": how} for each, how in objects.meet(placed)],
            }
            stream.write((",\n" if number else "\n") + plain(event))
        objects.finish()
        stream.write('\n],\n"objects":[')
        beside.seek(0)
        shutil.copyfileobj(beside, stream)
        stream.write(f'\n],\n"eventTypes":{plain(_declared(types))},\n"objectTypes":{plain(_declared(_OBJECTS))}}}\n')


def _declared(types: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": key, "type": kind} for key, kind in sorted(values.items())]}
        for name, values in sorted(types.items())
    ]


def _values(placed: Placed) -> Iterator[tuple[str, _Value]]:
    entry = placed.entry
    yield "seq", _Value("integer", str(entry.seq))
    yield "kind", _Value("string", entry.kind)
    yield "leaf_hash", _Value("string", entry.hash.hex())
    if placed.leaf_index is not None:
        yield "leaf_index", _Value("integer", str(placed.leaf_index))
    for name, value in (
        ("transition", entry.transition),
        ("from", entry.source),
        ("to", entry.target),
        ("reason", entry.reason),
        ("roles", ", ".join(sorted(entry.actor.roles or ())) or None),
        ("role", entry.role),
        ("via", entry.via),
        ("blockers", ", ".join(each.code for each in entry.blockers) or None),
    ):
        if value is not None:
            yield name, _Value("string", text(value))
    for name, flag in (("conforms", entry.conforms), ("gap", entry.gap or None)):
        if flag is not None:
            yield name, _Value("boolean", "true" if flag else "false")
    for name, when in (("recorded_at", entry.at), ("claimed_at", entry.claimed_at), ("due_at", entry.due_at)):
        if when is not None:
            yield name, _Value("time", time_text(when))
    data = content(entry)
    if data is None:
        yield "erased", _Value("boolean", "true")
    for name, value in (data or {}).items():
        if value is not None:
            yield f"data.{text(name)}", _typed(value)


def _typed(value: Any) -> _Value:
    if isinstance(value, bool):
        return _Value("boolean", "true" if value else "false")
    return _Value("integer" if isinstance(value, int) else "string", text(value))


def _case_part(entry: Entry) -> tuple[str, str] | None:
    """The panel or the award of its case that an entry is about: the type of object, and its name there."""
    kind = _PARTS.get(entry.kind)
    if kind is None:
        return None
    named = getattr(entry, kind, None) or entry.subject or (content(entry) or {}).get(kind)
    return kind, text(named) if named else str(entry.seq)


class _Objects:
    """What the events so far are about."""

    def __init__(self, beside: TextIO) -> None:
        self._beside = beside
        self._first = True
        self._people: dict[str, str | None] = {}
        self._definitions: dict[str, tuple[str, str] | None] = {}
        self._case: dict[str, Any] | None = None
        self._parts: dict[str, dict[str, Any]] = {}

    def meet(self, placed: Placed) -> Iterator[tuple[str, str]]:
        """What the event of this entry is related to: the id of an object and in which part."""
        entry = placed.entry
        if entry.case not in STREAM_NAMES:
            yield self._of_case(placed), "case"
            if (part := _case_part(entry)) is not None:
                yield self._part(entry.case, *part), part[0]
        for someone, how in self._who(entry):
            self._people.setdefault(someone, None)
            yield f"person:{text(someone)}", how
        if entry.definition is not None:
            yield self._definition(placed), "definition"

    def _who(self, entry: Entry) -> Iterator[tuple[str, str]]:
        yield entry.actor.id, "actor"
        if entry.actor.acting_for is not None:
            yield entry.actor.acting_for, "on behalf of"
        if entry.recorder is not None:
            yield entry.recorder, "recorder"
        if STREAM_NAMES.get(entry.case) == "directory" and entry.subject is not None:
            name = (content(entry) or {}).get("name")
            if isinstance(name, str):
                self._people[entry.subject] = name
            yield entry.subject, "subject"

    def _definition(self, placed: Placed) -> str:
        digest = placed.entry.definition or ""
        named: tuple[str, str] | None = None
        if placed.definition is not None and placed.version is not None:
            named = (placed.definition, placed.version)
        elif placed.entry.kind == "definition_installed" and placed.entry.subject is not None:
            name, _, version = placed.entry.subject.partition(" ")
            named = (name, version)
        self._definitions[digest] = named or self._definitions.get(digest)
        return f"definition:{digest}"

    def _of_case(self, placed: Placed) -> str:
        entry = placed.entry
        if self._case is None or self._case["id"] != entry.case:
            self._close()
            reference = placed.reference or entry.reference
            self._case = {
                "id": entry.case,
                "type": "case",
                "attributes": [_value("reference", reference, ALWAYS)] if reference is not None else [],
                "relationships": [],
            }
            if entry.definition is not None:
                self._case["relationships"].append(_related(f"definition:{entry.definition}", "follows"))
            if entry.seq == 1:
                self._case["relationships"].append(_related(f"person:{text(entry.actor.principal)}", "submitter"))
        if moves(entry):
            self._case["attributes"].append(_value("state", entry.target or "", time_text(moment(entry))))
        return entry.case

    def _part(self, case: str, kind: str, name: str) -> str:
        number = f"{kind}:{case}/{name}"
        self._parts.setdefault(
            number,
            {
                "id": number,
                "type": kind,
                "attributes": [_value("name", name, ALWAYS)],
                "relationships": [_related(case, "case")],
            },
        )
        return number

    def _close(self) -> None:
        """The case is over: write it and its parts."""
        if self._case is not None:
            self._write(self._case)
        for part in self._parts.values():
            self._write(part)
        self._case = None
        self._parts.clear()

    def finish(self) -> None:
        """After the last event: what is left."""
        self._close()
        for someone, name in self._people.items():
            named = [] if name is None else [_value("name", text(name), ALWAYS)]
            self._write({"id": f"person:{text(someone)}", "type": "person", "attributes": named, "relationships": []})
        for digest, named_as in self._definitions.items():
            values = [] if named_as is None else [_value(*each, ALWAYS) for each in zip(_NAMED, named_as, strict=True)]
            self._write({"id": f"definition:{digest}", "type": "definition", "attributes": values, "relationships": []})

    def _write(self, value: dict[str, Any]) -> None:
        self._beside.write(("\n" if self._first else ",\n") + plain(value))
        self._first = False


def _value(name: str, value: str, time: str) -> dict[str, str]:
    return {"name": name, "value": text(value), "time": time}


def _related(number: str, how: str) -> dict[str, str]:
    return {"objectId": number, "qualifier": how}
