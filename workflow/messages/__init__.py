"""Words for people, in English and Chinese, by key. Imports nothing of the project; knows no type of it.

A template names its figures in braces: `{field}`; a list is joined with commas, and a figure that is missing or
empty takes a bracketed part with it: `[, did you mean {near}?]`. Doubled braces, `{{number}}`, stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workflow.messages.awards import AWARDS
from workflow.messages.blockers import BLOCKERS
from workflow.messages.evidence import EVIDENCE
from workflow.messages.failures import FAILURES
from workflow.messages.findings import FINDINGS
from workflow.messages.malformed import MALFORMED
from workflow.messages.ongoing import ONGOING
from workflow.messages.page import PAGE
from workflow.messages.problems import PROBLEMS
from workflow.messages.scenarios import SCENARIOS

MESSAGES: Mapping[str, tuple[str, str]] = {
    **AWARDS,
    **BLOCKERS,
    **EVIDENCE,
    **FAILURES,
    **FINDINGS,
    **MALFORMED,
    **ONGOING,
    **PAGE,
    **PROBLEMS,
    **SCENARIOS,
}
LANGUAGES = ("en", "zh")

# Longer than any figure of ours and any expression; what somebody typed may be a megabyte.
_LONGEST = 2500
_PART = re.compile(r"\[([^\[\]]*)\]")
_FIGURE = re.compile(r"(?<!\{)\{(\w+)\}")
_HOLE = re.compile(r"\{\{(\w+)\}\}|\{(\w+)\}")


def render(key: str, lang: str, params: Mapping[str, Any]) -> str:
    """The message of that key in `lang`, filled with its figures; a key that has none is shown as it is."""
    template = _chosen(key, lang, params)
    kept = _PART.sub(lambda match: match.group(1) if _complete(match.group(1), params) else "", template)
    return _HOLE.sub(lambda match: _filled(match, lang, params), kept)


def _chosen(key: str, lang: str, params: Mapping[str, Any]) -> str:
    """A message may depend on one figure: `bad_field` with problem `too_long` is `bad_field.too_long`."""
    for name in ("problem", "why"):
        if isinstance(value := params.get(name), str) and (found := MESSAGES.get(f"{key}.{value}")):
            return found[LANGUAGES.index(lang) if lang in LANGUAGES else 0]
    found = MESSAGES.get(key)
    return found[LANGUAGES.index(lang) if lang in LANGUAGES else 0] if found else key


def _complete(part: str, params: Mapping[str, Any]) -> bool:
    return all(params.get(name) not in (None, "", [], (), {}) for name in _FIGURE.findall(part))


def _filled(match: re.Match[str], lang: str, params: Mapping[str, Any]) -> str:
    doubled, name = match.groups()
    return f"{{{doubled}}}" if doubled else _shown(params.get(name), lang)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each, lang) for each in value)
    if isinstance(value, dict):
        return str(value.get(lang) or next(iter(value.values()), ""))
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
