"""Cases as XES (IEEE 1849-2016): one trace a case, one event a step, for programs of process mining.

A trace has the steps of its case: what the definition calls a transition, and its submission, so that the traces of a
case that kept to its definition are runs of the net that `definition diagram --format pnml` draws. Or a trace has every
entry of its case; refusals, votes and the like then have names that no transition has. Streams belong to no case, so
they are in no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from workflow.audit.export.content import activity, content, moment, moves, text
from workflow.audit.export.xml import element
from workflow.log.entry import STREAM_NAMES, time_text
from workflow.rules.record import Entry
from workflow.store.placed import Placed, Tree

_EXTENSIONS = {
    "Concept": ("concept", "http://www.xes-standard.org/concept.xesext"),
    "Lifecycle": ("lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    "Organizational": ("org", "http://www.xes-standard.org/org.xesext"),
    "Time": ("time", "http://www.xes-standard.org/time.xesext"),
}
# Said of every trace and of every event, with the values that would stand in for one that is missing.
_OF_TRACES = (element("string", key="concept:name", value=""),)
_OF_EVENTS = (
    element("string", key="concept:name", value=""),
    element("string", key="lifecycle:transition", value="complete"),
    element("date", key="time:timestamp", value="1970-01-01T00:00:00.000000Z"),
    element("string", key="org:resource", value=""),
    element("int", key="seq", value="0"),
    element("string", key="kind", value=""),
    element("string", key="leaf_hash", value=""),
)


def steps(entries: Iterable[Placed], *, whole: bool = False) -> Iterator[Placed]:
    """The entries that become events: the steps of cases, or with `whole` everything that belongs to a case."""
    return (each for each in entries if (each.entry.case not in STREAM_NAMES if whole else moves(each.entry)))


def write_xes(entries: Iterable[Placed], stream: TextIO, *, origin: str, tree: Tree | None = None) -> None:
    """Write entries of cases (see `steps`), which come chain by chain. `origin` is the name of the log."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write('<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n')
    for line in _head(origin, tree):
        stream.write(f"  {line}\n")
    case: str | None = None
    for placed in entries:
        if placed.entry.case != case:
            stream.write("" if case is None else "  </trace>\n")
            stream.write("  <trace>\n")
            for line in _of_case(placed):
                stream.write(f"    {line}\n")
            case = placed.entry.case
        stream.write("    <event>\n")
        for line in _of_event(placed):
            stream.write(f"      {line}\n")
        stream.write("    </event>\n")
    stream.write("</log>\n" if case is None else "  </trace>\n</log>\n")


def _head(origin: str, tree: Tree | None) -> Iterator[str]:
    for name, (prefix, uri) in _EXTENSIONS.items():
        yield element("extension", name=name, prefix=prefix, uri=uri)
    for scope, lines in (("trace", _OF_TRACES), ("event", _OF_EVENTS)):
        yield f'<global scope="{scope}">{"".join(lines)}</global>'
    yield element("classifier", name="Activity", scope="event", keys="concept:name")
    yield element("classifier", name="Resource", scope="event", keys="org:resource")
    yield element("string", key="concept:name", value=origin)
    if tree is not None:
        yield element("int", key="tree_size", value=str(tree.size))
        yield element("string", key="tree_root", value=tree.root)


def _of_case(placed: Placed) -> Iterator[str]:
    yield element("string", key="concept:name", value=placed.entry.case)
    for key, value in (
        ("reference", placed.reference or placed.entry.reference),
        ("definition", placed.definition),
        ("version", placed.version),
        ("definition_digest", placed.entry.definition),
    ):
        if value is not None:
            yield element("string", key=key, value=value)


def _of_event(placed: Placed) -> Iterator[str]:
    entry = placed.entry
    yield element("string", key="concept:name", value=activity(entry))
    yield element("string", key="lifecycle:transition", value="complete" if moves(entry) else "unknown")
    yield element("date", key="time:timestamp", value=time_text(moment(entry)))
    yield element("string", key="org:resource", value=entry.actor.id)
    if entry.actor.roles:
        yield element("string", key="org:role", value=", ".join(sorted(entry.actor.roles)))
    yield element("int", key="seq", value=str(entry.seq))
    yield element("string", key="kind", value=entry.kind)
    yield element("string", key="leaf_hash", value=entry.hash.hex())
    if placed.leaf_index is not None:
        yield element("int", key="leaf_index", value=str(placed.leaf_index))
    for key, value in _more(entry):
        kind = "boolean" if isinstance(value, bool) else "string"
        yield element(kind, key=key, value=("true" if value else "false") if kind == "boolean" else text(value))
    for key, when in (("recorded_at", entry.at), ("claimed_at", entry.claimed_at), ("due_at", entry.due_at)):
        if when is not None:
            yield element("date", key=key, value=time_text(when))


def _more(entry: Entry) -> Iterator[tuple[str, Any]]:
    """What only some entries say, by keys that cannot meet: fields stand behind `data.`."""
    if entry.actor.acting_for is not None:
        yield "acting_for", entry.actor.acting_for
    for name in ("source", "target", "reason", "conforms", "recorder"):
        if (value := getattr(entry, name)) is not None:
            yield {"source": "from", "target": "to"}.get(name, name), value
    if entry.gap:
        yield "gap", True
    if entry.blockers:
        yield "blockers", ", ".join(each.code for each in entry.blockers)
    data = content(entry)
    if data is None:
        yield "erased", True
    for name, value in (data or {}).items():
        if value is not None and _is_name(name):
            yield f"data.{name}", value


def _is_name(name: str) -> bool:
    """Can it stand in a key of XES (an XML name)? What was refused may be named anything; the other formats have it."""
    return name.isascii() and name.replace("_", "").replace("-", "").replace(".", "").isalnum()
