"""How single values look on the page: times, lengths of time, cases, names, shares."""

from __future__ import annotations

from datetime import datetime

from workflow.audit.page.markup import Html, each_language, said, tag
from workflow.definition.model import Definition
from workflow.log.entry import STREAM_NAMES, time_text
from workflow.messages import LANGUAGES
from workflow.store.placed import Placed

_UNITS = ((86_400.0, "d", "天"), (3_600.0, "h", "小时"), (60.0, "min", "分钟"), (1.0, "s", "秒"))


def time(when: datetime | None) -> Html:
    """A time to the minute; the machine's form beside it has all of it."""
    if when is None:
        return Html("")
    whole = time_text(when)
    return tag("time", f"{whole[:10]} {whole[11:16]}", datetime=whole)


def length(seconds: float | None) -> Html:
    """A length of time in the largest unit of which there is one."""
    if seconds is None:
        return Html("–")
    unit, en, zh = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    number = seconds / unit
    figure = f"{number:.1f}" if number < 100 and unit > 1 else f"{number:.0f}"
    return each_language({"en": f"{figure} {en}", "zh": f"{figure} {zh}"})


def share(part: int, whole: int) -> str:
    """A share in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def number(value: int) -> str:
    """A count with its thousands apart."""
    return f"{value:,}".replace(",", "\u2009")


def state(definition: Definition, name: str) -> Html:
    """The label of a state."""
    return each_language({lang: definition.title_of(definition.states, name, lang) for lang in LANGUAGES})


def transition(definition: Definition, name: str) -> Html:
    """The label of a transition; a name that the definition does not have is shown as it is."""
    return each_language({lang: definition.title_of(definition.transitions, name, lang) for lang in LANGUAGES})


def title(definition: Definition) -> Html:
    """The label of a definition."""
    name = definition.workflow
    words = definition.title
    return each_language({lang: words.text(lang, name) if words else name for lang in LANGUAGES})


def case(number: str, reference: str | None, shown: frozenset[str] | set[str]) -> Html:
    """A case by its reference; a link where its timeline is on the page."""
    name = said(STREAM_NAMES.get(number) or reference or number)
    return tag("a", name, href=f"#case-{number}") if number in shown else name


def place(placed: Placed, shown: frozenset[str] | set[str]) -> Html:
    """Where an entry stands: its case and its number there."""
    entry = placed.entry
    name = case(entry.case, placed.reference or entry.reference, shown)
    return tag("span", name, Html("\u2009/\u2009"), entry.seq, class_="spot")


def digest(value: str) -> Html:
    """A hash, whole, in small letters that may fold."""
    return tag("code", value, class_="hash")
