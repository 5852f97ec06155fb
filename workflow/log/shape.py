"""A well-formed leaf of one kind as one regular expression over its bytes: what nearly every leaf is found to be by.

What matches is canonical and has the keys of its kind with values of their form, so it need not be encoded again. What
does not match may still be well formed (a 30th of a month, say) and is looked at key by key, where the fault is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Keys = Mapping[str, Callable[[Any], bool]]

_PLAIN = rb'[^"\\\x00-\x1f]*+'
TEXT = b'"' + _PLAIN + rb'(?:\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))' + _PLAIN + b')*+"'
HASH = rb'"[0-9a-f]{64}"'
ID = rb'"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"'
WHOLE = rb"(?:0|-?[1-9][0-9]{0,14})"
POSITION = rb"[1-9][0-9]{0,14}"
FLAG = rb"(?:true|false)"
# Days that every month has.
TIME = (
    rb'"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])'
    rb'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"'
)


def several(item: bytes) -> bytes:
    """A list of such values."""
    return rb"\[(?:" + item + rb"(?:," + item + rb")*+)?\]"


def closed(required: Mapping[str, bytes], optional: Mapping[str, bytes]) -> bytes | None:
    """An object of those keys in their order; None when its first key may be missing after all."""
    first, *others = sorted({**required, **optional})
    if first not in required:
        return _behind(required, optional)
    parts = b'"' + first.encode() + b'":' + required[first]
    for name in others:
        item = b',"' + name.encode() + b'":'
        parts += item + required[name] if name in required else b"(?:" + item + optional[name] + b")?+"
    return rb"\{" + parts + rb"\}"


def _behind(required: Mapping[str, bytes], optional: Mapping[str, bytes]) -> bytes | None:
    """The same where optional keys come first: each of those brings its own comma."""
    names = sorted({**required, **optional})
    at = next((at for at, name in enumerate(names) if name in required), None)
    if at is None:
        return None
    before = b"".join(b'(?:"' + name.encode() + b'":' + optional[name] + b",)?+" for name in names[:at])
    rest = closed(required, {name: each for name, each in optional.items() if name not in names[:at]})
    return None if rest is None else rest[:2] + before + rest[2:]


def pattern(required: Keys, optional: Keys, forms: Mapping[Callable[[Any], bool], bytes], kind: str) -> Any:
    """The expression for one kind; None when one of its keys has values that no expression is known for."""
    checks = {**optional, **required}
    if any(check not in forms for name, check in checks.items() if name not in ("v", "kind")):
        return None
    fixed = {"v": b"1", "kind": b'"' + kind.encode() + b'"'}
    known = {name: fixed.get(name) or forms[check] for name, check in checks.items()}
    must = {name: known[name] for name in required}
    whole = closed(must, {name: each for name, each in known.items() if name not in must})
    return None if whole is None else re.compile(whole).fullmatch
