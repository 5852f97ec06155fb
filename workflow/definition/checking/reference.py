"""The template of references: what is wrong with one, and filling it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflow.definition.checking.found import Found
from workflow.definition.model import Definition

_PLACEHOLDER = re.compile(r"\{(year|month|number)(?::0([1-9])d?)?\}")


def reference(definition: Definition) -> Iterator[Found]:
    """A template needs a number, and knows three names."""
    template = definition.reference
    if template is None:
        return
    bare = _PLACEHOLDER.sub("", template)
    if "{" in bare or "}" in bare or "{number" not in template or not bare.isprintable():
        yield "bad_reference", "error", ("reference",), {"reference": template}


def number_reference(template: str, *, year: int, month: int, number: int) -> str:
    """Fill a reference template: `{year}`, `{month}` and `{number}`, each with an optional width like `:05`."""

    def value(match: re.Match[str]) -> str:
        given = {"year": year, "month": month, "number": number}[match.group(1)]
        return f"{given:0{match.group(2) or 1}d}"

    return _PLACEHOLDER.sub(value, template)
