"""Building HTML from values: whatever is not markup made here is escaped, so nothing that people wrote is markup."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any, TypeAlias

from workflow.audit.export.content import visible
from workflow.messages import LANGUAGES, render


class Html(str):
    """Markup that was made here. Any other text is escaped before it stands beside it."""

    __slots__ = ()


Part: TypeAlias = "Html | str | int | Iterable[Part] | None"


def text(value: object) -> Html:
    """A text as it may stand in an element or an attribute."""
    return Html(html.escape(visible(str(value)), quote=True))


def tag(name: str, /, *parts: Part, **attributes: Any) -> Html:
    """An element. `class_` is `class`, `data_x` is `data-x`; an attribute that is None or False is left out."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{said}>{joined(*parts)}</{name}>")


def empty(name: str, /, **attributes: Any) -> Html:
    """An element that can have nothing in it, such as `meta`."""
    return Html(tag(name, **attributes).removesuffix(f"</{name}>"))


def joined(*parts: Part) -> Html:
    """Parts one behind the other."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Html):
            found.append(part)
        elif isinstance(part, str | int):
            found.append(text(part))
        elif part is not None:
            found.append(joined(*part))
    return Html("".join(found))


def said(value: object) -> Html:
    """What somebody wrote, kept from turning the text around it."""
    return tag("bdi", str(value))


def words(key: str, **params: Any) -> Html:
    """A message of the page in every language; the page shows one at a time."""
    return each_language({lang: render(f"page.{key}", lang, params) for lang in LANGUAGES})


def each_language(texts: dict[str, str]) -> Html:
    """A text in every language. Where all agree it is written once."""
    if len(set(texts.values())) == 1:
        return said(next(iter(texts.values())))
    return joined(*(tag("span", value, lang=_CODES[lang]) for lang, value in texts.items()))


_CODES = {"en": "en", "zh": "zh-Hans"}


def table(caption: Html, heads: Iterable[tuple[Html, str]], rows: Iterable[Iterable[Part]], class_: str = "") -> Html:
    """A table whose first column heads its rows. Each head is its words and the class of its column (`num` or none)."""
    columns = list(heads)
    body = []
    for row in rows:
        cells = [
            tag("th", cell, scope="row", class_=kind or None) if at == 0 else tag("td", cell, class_=kind or None)
            for at, (cell, (_, kind)) in enumerate(zip(row, columns, strict=True))
        ]
        body.append(tag("tr", cells))
    head = tag("tr", [tag("th", label, scope="col", class_=kind or None) for label, kind in columns])
    inner = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), class_=class_ or None)
    return tag("div", inner, class_="scroll", tabindex="0", role="group")
