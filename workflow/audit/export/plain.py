"""A value as one line of JSON that is safe to look at."""

from __future__ import annotations

import re
from typing import Any

import orjson

# JSON escapes what is below a space. These are allowed in it, yet end lines, steer terminals or turn text around.
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


def plain(value: Any) -> str:
    """The value as JSON on one line, without spaces; invisible characters that could deceive a reader are escaped."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", orjson.dumps(value).decode())
