"""Who did what they should not do together, in whose name, and what was claimed against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from workflow.audit.export.content import SUBMIT, activity
from workflow.audit.page import shapes
from workflow.audit.page.course import more, nothing, section
from workflow.audit.page.duties import Duty, Pair, acts, duties
from workflow.audit.page.facts import LISTED, Course, Facts
from workflow.audit.page.markup import Html, Part, joined, said, table, tag, words
from workflow.definition.model import Definition
from workflow.store.placed import Placed

_WIDEST = 26


def duties_section(facts: Facts, grants: Iterable[Sequence[str]]) -> Html:
    """Possible by the definition, actual by the log."""
    held = list(grants)
    legend = tag(
        "ul",
        [
            tag("li", tag("span", mark, class_=f"mark {class_}"), words(key))
            for mark, class_, key in (
                ("×", "apart", "apart"),
                ("·", "open", "possible"),
                ("3", "did", "did_both"),
                ("3!", "against", "against"),
            )
        ],
        class_="legend",
    )
    parts: list[Part] = [tag("p", words("duties_said"), class_="lead"), legend]
    for course in facts.courses.values():
        found = duties(course.definition, course.same, held)
        parts.append(tag("h3", shapes.title(course.definition)))
        if len(acts(course.definition)) <= _WIDEST:
            parts.append(_matrix(course, found))
        parts.append(_pairs(course.definition, found))
    parts.append(tag("h3", words("own_grants")))
    rows = [
        [shapes.time(each.entry.at), said(each.entry.actor.id), said(each.entry.role or "")]
        for each in facts.own_grants.entries
    ]
    heads = [(words("when"), ""), (words("actor"), ""), (words("role"), "")]
    parts.append(table(words("own_grants"), heads, rows) if rows else nothing())
    return section("duties", "duties", parts)


def _act(definition: Definition, name: str) -> Html:
    if name == SUBMIT and SUBMIT not in definition.transitions:
        return words("submit")
    return shapes.transition(definition, name)


def _matrix(course: Course, found: dict[Pair, Duty]) -> Html:
    """Half of a square: each pair once. Columns bear the numbers of the rows."""
    names = acts(course.definition)
    head = tag(
        "tr",
        tag("th", words("act"), scope="col"),
        [tag("th", at, scope="col", class_="num") for at in range(1, len(names))],
    )
    rows = []
    for at, name in enumerate(names):
        cells = [_cell(found[names[before], name]) for before in range(at)]
        cells += [tag("td", class_="void") for _ in range(at, len(names) - 1)]
        label = joined(tag("span", at + 1, class_="ordinal"), _act(course.definition, name))
        rows.append(tag("tr", tag("th", label, scope="row"), cells))
    inner = tag("table", tag("caption", words("duties")), tag("thead", head), tag("tbody", rows), class_="matrix")
    return tag("div", inner, class_="scroll", tabindex="0", role="group")


def _cell(duty: Duty) -> Html:
    if duty.did:
        return tag("td", f"{duty.did}!" if duty.apart else duty.did, class_="against" if duty.apart else "did")
    return tag("td", "×" if duty.apart else "·", class_="apart" if duty.apart else "open")


def _pairs(definition: Definition, found: dict[Pair, Duty]) -> Html:
    did = sorted((each for each in found.values() if each.did), key=lambda each: (not each.apart, -each.did))
    could = sorted((each for each in found.values() if each.could), key=lambda each: -each.could)
    parts: list[Html] = []
    if did:
        rows = [
            [
                _act(definition, each.first),
                _act(definition, each.second),
                shapes.number(each.did),
                tag("em", words("must_not"), class_="tag bad") if each.apart else words("may"),
            ]
            for each in did[:LISTED]
        ]
        heads = [
            (words("first_act"), ""),
            (words("second_act"), ""),
            (words("in_cases"), "num"),
            (words("by_rule"), ""),
        ]
        parts.append(tag("details", tag("summary", words("pairs")), table(words("pairs"), heads, rows)))
    if could:
        rows = [
            [_act(definition, each.first), _act(definition, each.second), shapes.number(each.could)]
            for each in could[:LISTED]
        ]
        heads = [(words("first_act"), ""), (words("second_act"), ""), (words("people"), "num")]
        parts.append(tag("details", tag("summary", words("holders")), table(words("holders"), heads, rows)))
    return joined(parts)


def overrides_section(facts: Facts, shown: Set[str]) -> Html:
    """Imported acts that the definition does not allow."""
    rows = [_override(each, shown) for each in facts.overrides.entries]
    heads = [
        (words("entry"), ""),
        (words("claimed"), ""),
        (words("recorded"), ""),
        (words("by"), ""),
        (words("step"), ""),
        (words("reason"), ""),
    ]
    body = joined(table(words("overrides_title"), heads, rows), more(facts.overrides.count)) if rows else nothing()
    return section("overrides", "overrides_title", tag("p", words("overrides_said"), class_="lead"), body)


def _override(placed: Placed, shown: Set[str]) -> list[Part]:
    entry = placed.entry
    reasons: list[Part] = [tag("span", each.code, class_="tag") for each in entry.blockers]
    if entry.gap:
        reasons.append(tag("span", words("gap"), class_="tag"))
    return [
        shapes.place(placed, set(shown)),
        shapes.time(entry.claimed_at),
        shapes.time(entry.at),
        joined(said(entry.actor.id), [Html(" ← "), said(entry.recorder)] if entry.recorder else None),
        joined(said(activity(entry)), Html(" "), tag("small", said(f"{entry.source or '…'} → {entry.target}"))),
        joined(reasons),
    ]


def acting_section(facts: Facts, shown: Set[str]) -> Html:
    """Who acted for whom, and who was given leave to."""
    rows = [
        [said(actor), said(other), shapes.number(count)] for (actor, other), count in facts.acting.most_common(LISTED)
    ]
    heads = [(words("actor"), ""), (words("for"), ""), (words("count"), "num")]
    parts: list[Part] = [
        joined(table(words("acting"), heads, rows), more(len(facts.acting))) if rows else nothing(),
        tag("h3", words("delegations")),
    ]
    given = [
        [
            shapes.place(each, set(shown)),
            shapes.time(each.entry.at),
            said(each.entry.actor.id),
            said(each.entry.subject or ""),
        ]
        for each in facts.delegations.entries
    ]
    columns = [(words("entry"), ""), (words("when"), ""), (words("actor"), ""), (words("whom"), "")]
    parts.append(table(words("delegations"), columns, given) if given else nothing())
    return section("acting", "acting", parts)
