"""What goes on in a case, as rows for a terminal: its panels, objections, awards and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflow.definition.model import Definition
from workflow.messages import MESSAGES, render
from workflow.rules.case import Case
from workflow.rules.proceedings import Sitting


def ongoing(case: Case, definition: Definition, lang: str) -> Iterator[tuple[str, str]]:
    """A name and what there is to say of it, for each."""
    going = case.proceedings
    for name, sitting in going.sittings.items():
        yield f"{_say('panel', lang)} {definition.title_of(definition.panels, name, lang)}", _sitting(sitting, lang)
    for each in going.objections:
        people = ", ".join(each.people)
        yield f"{_say('objection', lang)} {each.number}", f"{people}: {_say(each.status, lang)}"
    for name, award in going.awards.items():
        said = award["assessment"]
        shares = ", ".join(
            f"{person} {amount}" for person, amount in (award.get("paid") or dict(said["shares"])).items()
        )
        figures = f"{said['amount']} {said['currency']}, {_say(award['status'], lang)}"
        yield f"{_say('award', lang)} {definition.title_of(definition.awards, name, lang)}", f"{figures} ({shares})"
    for name, other in going.links:
        yield f"{_say('link', lang)} {name}", other


def _sitting(sitting: Sitting, lang: str) -> str:
    if sitting.open:
        # Whoever recused themselves is not waited for.
        due = len(sitting.members.keys() - set(sitting.recused))
        return _say("heard", lang, given=len(sitting.given), due=due) if due else _say("sitting", lang)
    tally: Mapping[str, Any] = sitting.tally.get("tally", {})
    figures = ", ".join(f"{_say(name, lang)} {_figure(value)}" for name, value in tally.items())
    outcome = _say(str(sitting.outcome), lang)
    return f"{outcome}: {figures}" if figures else outcome


def _figure(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_figure(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_figure, value))
    return str(value)


def _say(word: str, lang: str, **figures: int) -> str:
    """The words for it; what has none, as a figure of a tally may, is shown by its name."""
    key = f"ongoing.{word}"
    return render(key, lang, figures) if key in MESSAGES else word
