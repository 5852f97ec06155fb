"""What is hashed: the leaf bytes of an entry, its hash, the commitments to its payloads. This file is the format.

A leaf is restricted JSON (RFC 8785 with less: sorted keys, no spaces, UTF-8, no floats, no null, integers up to
2**53 - 1, a closed set of keys for each kind), at most 65,535 bytes, and it is stored as these bytes. Its hash is
`SHA-256(00 || leaf)` (RFC 6962, 2.1), which the next entry of the same case holds as `prev`. What people wrote
stands in payloads behind `HMAC-SHA-256(salt, "wf-audit/data/v1" 00 || payload)` with 32 random bytes of salt, so that
a payload can be destroyed and every proof stays valid.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from workflow.log import shape

VERSION = 1
MAX_LEAF = 65_535
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 8
SALT_BYTES = 32
NO_PREVIOUS = "0" * 64

_LABEL = b"wf-audit/data/v1\x00"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")

# Entries that belong to no case stand in streams of their own: chains whose case id is one of these.
STREAMS: Mapping[str, str] = {
    "store": "00000000-0000-8000-8000-000000000001",
    "definitions": "00000000-0000-8000-8000-000000000002",
    "directory": "00000000-0000-8000-8000-000000000003",
    "intake": "00000000-0000-8000-8000-000000000004",
}
STREAM_NAMES: Mapping[str, str] = {number: name for name, number in STREAMS.items()}


class Malformed(ValueError):
    """Bytes that are not a leaf; the text says what is wrong with them."""


def encode(leaf: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a leaf. Raises Malformed when they would be too long or hold what JSON cannot."""
    try:
        encoded = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError as error:
        raise Malformed(str(error)) from None
    if len(encoded) > MAX_LEAF:
        raise Malformed(f"{len(encoded)} bytes, more than {MAX_LEAF}")
    return encoded


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of a zero byte and the leaf: 32 bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def commitment(salt: bytes, payload: bytes) -> bytes:
    """The 32 bytes by which a leaf holds a payload without containing it."""
    return hmac.digest(salt, _LABEL + payload, "sha256")


def time_text(moment: datetime) -> str:
    """A moment as leaves and tables hold it: UTC, microseconds, `2026-01-31T08:00:00.000000Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def time_of(text: str) -> datetime:
    """The moment that such a text names. Raises ValueError for any other text."""
    if not _TIME.match(text):
        raise ValueError(f"not a time of the log: {text!r}")
    return datetime.fromisoformat(text)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER


def _is_position(value: Any) -> bool:
    return _is_whole(value) and value >= 1


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(time_of(value))
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.match(value) is not None


_is_hash = _matches(_HEX64)
_is_id = _matches(_UUID)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


Keys = dict[str, Callable[[Any], bool]]


class _Closed:
    """An object with a closed set of keys: those that must be there, those that may be, and what each may hold."""

    __slots__ = ("_checks", "_required")

    def __init__(self, required: Keys, optional: Keys) -> None:
        self._required = required.keys()
        self._checks = {**optional, **required}

    def __call__(self, value: Any) -> bool:
        return isinstance(value, dict) and not self.faults(value)

    def faults(self, value: Mapping[str, Any]) -> list[str]:
        """What is wrong with the keys of an object; empty when nothing is."""
        wrong = []
        if not self._required <= value.keys():
            wrong = [f"lacks {key}" for key in self._required if key not in value]
        checks = self._checks
        for key, each in value.items():
            check = checks.get(key)
            if check is None:
                wrong.append(f"has an unknown key {key!r}")
            elif not check(each):
                wrong.append(f"has a wrong {key}")
        return wrong


def _is_blockers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and isinstance(each.get("code"), str) and _is_profile(each, MAX_DEPTH) for each in value
    )


def _is_profile(value: Any, depth: int) -> bool:
    """JSON within the profile: no floats, no null, small integers, plain keys, at most `depth` levels."""
    if isinstance(value, dict):
        return depth > 0 and all(_KEY.match(key) and _is_profile(each, depth - 1) for key, each in value.items())
    if isinstance(value, list):
        return depth > 0 and all(_is_profile(each, depth - 1) for each in value)
    return isinstance(value, str | bool) or _is_whole(value)


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_position, value))


_is_actor = _Closed(
    {"id": _is_text, "via": _is_text}, {"role": _is_texts, "for": _is_text, "under": _is_numbers, "by": _is_text}
)
_is_after = _Closed({"size": _is_whole, "root": _is_hash}, {})
_is_verdict = _Closed({"id": _is_text, "ok": _is_flag}, {})
_is_timer = _Closed({"id": _is_text, "at": _is_time}, {"stopped": _is_time})
_is_fact = _Closed({"id": _is_text, "value": _is_text}, {})


def _is_guards(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_verdict, value))


def _is_timers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_timer, value))


def _is_facts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_fact, value))


_EVERY: Keys = {
    "v": _is_whole,
    "log": _is_text,
    "kind": _is_text,
    "case": _is_id,
    "seq": _is_position,
    "prev": _is_hash,
    "at": _is_time,
    "engine": _is_text,
    "actor": _is_actor,
}
_MAY: Keys = {"after": _is_after, "data": _is_hash, "reason": _is_hash, "claimed": _is_time}
_CASE: Keys = {"def": _is_hash}
# What the clocks of a case show after an entry that set one; `effective` is the moment that had been set, where the
# clock came to it later.
_CLOCKS: Keys = {"due": _is_time, "timers": _is_timers, "effective": _is_time}
_MOVE: Keys = {"key": _is_text, "guards": _is_guards, "facts": _is_facts, **_CLOCKS}
_SITTING: Keys = {**_CASE, "panel": _is_text, "round": _is_position}
_AWARD: Keys = {**_CASE, "award": _is_text}
_GIVEN: Keys = {"key": _is_text, "sealed": _is_flag, "seat": _is_text}
_NAMED: Keys = {"subject": _is_text}
_PASSED: Keys = {**_NAMED, "receiver": _is_text, "passed": _is_texts}

# kind -> (keys that must be there, keys that may be) besides those of every entry. A reader refuses any other key.
KINDS: Mapping[str, tuple[Keys, Keys]] = {
    "submitted": ({**_CASE, "to": _is_text, "reference": _is_text}, {**_MOVE, "parent": _is_id}),
    "advanced": ({**_CASE, "from": _is_text, "to": _is_text, "trigger": _is_text}, _MOVE),
    "refused": (
        {**_CASE, "trigger": _is_text, "blockers": _is_blockers},
        {"guards": _is_guards, "from": _is_text, "to": _is_text, "facts": _is_facts},
    ),
    "imported": (
        {**_CASE, "to": _is_text, "conforms": _is_flag, "claimed": _is_time},
        {
            "from": _is_text,
            "trigger": _is_text,
            "reference": _is_text,
            **_CLOCKS,
            "gap": _is_flag,
            "blockers": _is_blockers,
            "guards": _is_guards,
            "key": _is_text,
        },
    ),
    "disclosed": ({**_CASE, "fields": _is_texts}, {}),
    "panel_opened": (_SITTING, {"seed": _is_text, **_CLOCKS}),
    "voted": (_SITTING, _GIVEN),
    "scored": (_SITTING, _GIVEN),
    "counted": (_SITTING, _GIVEN),
    "panel_closed": ({**_SITTING, "outcome": _is_text}, {"key": _is_text, **_CLOCKS}),
    "objected": ({**_CASE, "notice": _is_text, "number": _is_position}, {"key": _is_text, **_CLOCKS}),
    "settled": ({**_CASE, "number": _is_position, "outcome": _is_text}, {"key": _is_text, **_CLOCKS}),
    "reminded": ({**_CASE, "timer": _is_text}, _CLOCKS),
    "escalated": ({**_CASE, "timer": _is_text, "role": _is_text}, _CLOCKS),
    "awarded": (_AWARD, _CLOCKS),
    "approved": (_AWARD, _CLOCKS),
    "paid": (_AWARD, {"pool": _is_text, "period": _is_text, **_CLOCKS}),
    "reversed": (_AWARD, {"pool": _is_text, "period": _is_text, **_CLOCKS}),
    "linked": ({**_CASE, "link": _is_text, "other": _is_id}, {"key": _is_text, "facts": _is_facts, **_CLOCKS}),
    "marked": ({**_CASE, "mark": _is_text}, {"off": _is_flag, "until": _is_time, **_CLOCKS}),
    "store_created": ({}, {"schema": _is_text}),
    "store_upgraded": ({"schema": _is_text}, {}),
    "definition_installed": ({**_CASE, "subject": _is_text}, {}),
    "actor_added": (_NAMED, {}),
    "role_granted": ({**_NAMED, "role": _is_text}, {}),
    "role_revoked": ({**_NAMED, "role": _is_text}, {}),
    "delegated": ({**_PASSED, "since": _is_time, "until": _is_time}, {}),
    "delegation_revoked": ({**_NAMED, "number": _is_position}, {}),
    "handed_over": (_PASSED, {}),
    "exported": ({"format": _is_text, "count": _is_whole}, {"subject": _is_text}),
    "key_added": ({**_NAMED, "size": _is_whole}, {}),
    "key_retired": ({**_NAMED, "size": _is_whole}, {}),
    "log_recovered": ({**_NAMED, "size": _is_whole, "root": _is_hash}, {}),
    "case_heads": ({"size": _is_whole, "root": _is_hash, "count": _is_whole}, {}),
    "erased": (_NAMED, {"basis": _is_text, "approved": _is_text}),
}

_VERDICT = shape.closed({"id": shape.TEXT, "ok": shape.FLAG}, {})
_ACTOR = shape.closed(
    {"id": shape.TEXT, "via": shape.TEXT},
    {
        "role": shape.several(shape.TEXT),
        "for": shape.TEXT,
        "under": shape.several(shape.POSITION),
        "by": shape.TEXT,
    },
)
_TIMER = shape.closed({"id": shape.TEXT, "at": shape.TIME}, {"stopped": shape.TIME})
_FACT = shape.closed({"id": shape.TEXT, "value": shape.TEXT}, {})
_AFTER = shape.closed({"size": shape.WHOLE, "root": shape.HASH}, {})
# What values look like that pass a check. A kind with another check is decoded key by key.
_FORMS: Mapping[Callable[[Any], bool], bytes] = {
    _is_text: shape.TEXT,
    _is_whole: shape.WHOLE,
    _is_position: shape.POSITION,
    _is_flag: shape.FLAG,
    _is_time: shape.TIME,
    _is_hash: shape.HASH,
    _is_id: shape.ID,
    _is_texts: shape.several(shape.TEXT),
    _is_actor: _ACTOR or b"",
    _is_after: _AFTER or b"",
    _is_guards: shape.several(_VERDICT or b""),
    _is_timers: shape.several(_TIMER or b""),
    _is_facts: shape.several(_FACT or b""),
    _is_numbers: shape.several(shape.POSITION),
}
_FAST = {kind: shape.pattern({**_EVERY, **must}, {**_MAY, **may}, _FORMS, kind) for kind, (must, may) in KINDS.items()}
_SHAPES = {kind: _Closed({**_EVERY, **must}, {**_MAY, **may}) for kind, (must, may) in KINDS.items()}


def decode(leaf: bytes) -> dict[str, Any]:
    """The leaf as a dict, when its bytes are canonical and its keys are those of its kind. Else raises Malformed."""
    if len(leaf) > MAX_LEAF:
        raise Malformed(f"{len(leaf)} bytes, more than {MAX_LEAF}")
    try:
        value = orjson.loads(leaf)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed("not an object")
    if value.get("v") != VERSION or isinstance(value.get("v"), bool):
        raise Malformed(f"unknown format version {value.get('v')!r}")
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Malformed(f"unknown kind {kind!r}")
    fast = _FAST[kind]
    if fast is not None and fast(leaf):
        return value
    wrong = _SHAPES[kind].faults(value)
    if wrong:
        raise Malformed("; ".join(wrong))
    if encode(value) != leaf:
        raise Malformed("not in canonical form")
    return value
