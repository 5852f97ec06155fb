"""What of an entry leaves the store, and under which names: the same choice for every format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.audit.export.plain import plain
from workflow.log.entry import STREAM_NAMES
from workflow.rules.record import Entry
from workflow.store.placed import Placed

# Which kinds move a case, so that they are steps of its definition. A new kind is none until it is named here.
MOVES = frozenset({"submitted", "advanced", "imported", "fired"})
SUBMIT = "submit"

# What XML 1.0 cannot hold, what steers terminals, and what turns text around or hides it. Tab, line feed and carriage
# return are none of these.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)


def content(entry: Entry) -> Mapping[str, Any] | None:
    """What of the entry's data is written; None when it was erased. Every export and report asks here."""
    return entry.data


def record(placed: Placed, lang: str = "en") -> dict[str, Any]:
    """The entry as the contract's JSON object, with what of its data may leave, and the index of its leaf."""
    entry = placed.entry
    data = content(entry)
    return {
        **entry.as_dict(lang),
        "data": None if data is None else dict(data),
        "leaf_index": placed.leaf_index,
    }


def chain(entry: Entry) -> str:
    """The name of the stream to which the entry belongs; `case` when it belongs to none."""
    return STREAM_NAMES.get(entry.case, "case")


def moves(entry: Entry) -> bool:
    """True when the entry is a step of a case: it brought the case to the state that it names."""
    return entry.kind in MOVES and entry.target is not None and entry.case not in STREAM_NAMES


def activity(entry: Entry) -> str:
    """What was done, as process mining calls it.

    A step is called by its transition, the opening of a case `submit`. Everything else has a colon in its name, which
    no transition has: `refused:adopt`, `case:voted`, `directory:role_granted`.
    """
    if moves(entry):
        if entry.transition is not None:
            return entry.transition
        opening = entry.source is None and not entry.gap and entry.conforms is not False
        return SUBMIT if entry.kind == "submitted" or opening else f"{entry.kind}:{entry.target}"
    if entry.kind == "refused":
        return f"refused:{visible(entry.transition or SUBMIT)}"
    return f"{chain(entry)}:{entry.kind}"


def moment(entry: Entry) -> datetime:
    """When it happened: the claimed time of an imported act, the moment of a clock, else the time of recording."""
    return entry.claimed_at if entry.kind == "imported" and entry.claimed_at else entry.moment


def text(value: Any) -> str:
    """A value as text for a format that has only text: text as it is, anything else as JSON, nothing unseen in it."""
    return visible(value) if isinstance(value, str) else plain(value)


def visible(value: str) -> str:
    r"""The text with each character that cannot be seen, or turns others around, as an escape such as `\u202e`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", value)
