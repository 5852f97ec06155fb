"""What was done to the rules and the records themselves, the sample, and the timelines of cases."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Set

from workflow.audit.export.content import activity, content, moves, text
from workflow.audit.page import shapes
from workflow.audit.page.course import more, nothing, section
from workflow.audit.page.facts import Facts, Listed
from workflow.audit.page.markup import Html, Part, joined, said, table, tag, words
from workflow.definition.model import Definition
from workflow.log.entry import time_text
from workflow.rules.case import Case
from workflow.rules.record import Entry

ENTRIES = 60
_LONGEST = 240


def changes_section(facts: Facts) -> Html:
    """Definitions and roles: what changed, when, by whom."""
    definitions = [
        [
            said(each.entry.subject or ""),
            shapes.time(each.entry.at),
            said(each.entry.actor.id),
            shapes.digest(each.entry.definition or ""),
        ]
        for each in facts.definitions.entries
    ]
    grants = [
        [
            shapes.time(each.entry.at),
            tag("code", each.entry.kind),
            said(each.entry.subject or ""),
            said(each.entry.role or ""),
            said(each.entry.actor.id),
        ]
        for each in facts.grants.entries
    ]
    heads = [(words("definition"), ""), (words("from"), ""), (words("by"), ""), (words("digest"), "")]
    columns = [(words("when"), ""), (words("what"), ""), (words("whom"), ""), (words("role"), ""), (words("by"), "")]
    return section(
        "changes",
        "changes",
        tag("h3", words("definitions")),
        joined(table(words("definitions"), heads, definitions), more(facts.definitions.count))
        if definitions
        else nothing(),
        tag("h3", words("directory")),
        joined(table(words("directory"), columns, grants), more(facts.grants.count)) if grants else nothing(),
    )


def erasures_section(facts: Facts) -> Html:
    """What was destroyed, and by whose order."""
    parts: list[Part] = [tag("p", words("erased_said", count=facts.erased), class_="lead")] if facts.erased else []
    return section("erasures", "erasures", parts, _listed(facts.erasures) if facts.erasures.count else nothing())


def exports_section(facts: Facts) -> Html:
    """What left the store."""
    rows: list[list[Part]] = []
    for each in facts.exports.entries:
        data = content(each.entry) or {}
        rows.append(
            [
                shapes.time(each.entry.at),
                said(each.entry.actor.id),
                said(data.get("format", "")),
                said(data.get("file", "")),
                said(data.get("count", "")),
                shapes.digest(str(data.get("sha256", ""))),
            ]
        )
    heads = [
        (words("when"), ""),
        (words("by"), ""),
        (words("format"), ""),
        (words("file"), ""),
        (words("count"), "num"),
        (Html("SHA-256"), ""),
    ]
    body = joined(table(words("exports"), heads, rows), more(facts.exports.count)) if rows else nothing()
    return section("exports", "exports", body)


def _listed(listed: Listed) -> Html:
    """Entries of any kind."""
    rows = [
        [
            shapes.place(each, set()),
            shapes.time(each.entry.at),
            tag("code", each.entry.kind),
            said(each.entry.actor.id),
            said(each.entry.subject or ""),
        ]
        for each in listed.entries
    ]
    heads = [(words("entry"), ""), (words("when"), ""), (words("kind"), ""), (words("by"), ""), (words("whom"), "")]
    return joined(table(words("entries"), heads, rows), more(listed.count))


def checks(listed: Listed) -> Html:
    """Checks, checkpoints and upgrades that the log has entries of."""
    return _listed(listed) if listed.count else nothing()


def sample_section(facts: Facts, shown: Set[str]) -> Html:
    """The sample, with everything that is needed to draw it again."""
    sample = facts.sample
    words_of = ["workflow", "audit", "report", "--nonce", sample.nonce, "--sample", str(sample.size)]
    words_of += ["--size", str(facts.size)] if facts.size is not None else ["--until", time_text(facts.until)]
    command = shlex.join(words_of)
    rows = [
        [
            at,
            shapes.place(placed, set(shown)),
            shapes.time(placed.entry.at),
            tag("code", placed.entry.kind),
            said(placed.entry.actor.id),
            "–" if placed.leaf_index is None else placed.leaf_index,
            joined(shapes.digest(placed.entry.hash.hex()), tag("small", shapes.digest(f"{rank[:16]}…"), class_="rank")),
        ]
        for at, (rank, placed) in enumerate(sample.drawn(), 1)
    ]
    heads = [
        (words("rank"), "num"),
        (words("entry"), ""),
        (words("when"), ""),
        (words("kind"), ""),
        (words("by"), ""),
        (words("leaf_index"), "num"),
        (joined(words("leaf"), Html(" · SHA-256")), ""),
    ]
    size = min(sample.size, sample.population)
    return section(
        "sample",
        "sample",
        tag("p", words("sample_said", size=size, population=sample.population), class_="lead"),
        tag(
            "dl",
            tag("div", tag("dt", words("nonce")), tag("dd", tag("code", sample.nonce))),
            tag("div", tag("dt", words("again")), tag("dd", tag("code", f"{command} -o FILE.html"))),
            class_="facts",
        ),
        table(words("sample"), heads, rows) if rows else nothing(),
    )


def timelines_section(
    facts: Facts, timelines: Iterable[tuple[Case, Definition, list[Entry], int]], sampled: Set[tuple[str, int]]
) -> Html:
    """Each case with its entries, folded. The last figure is how many entries it has in all."""
    found = [_timeline(*each, sampled) for each in timelines]
    return section(
        "timelines",
        "timelines",
        tag("p", words("timelines_said", count=len(found), cases=facts.cases), class_="lead"),
        found or nothing(),
    )


def _timeline(
    case: Case, definition: Definition, entries: list[Entry], count: int, sampled: Set[tuple[str, int]]
) -> Html:
    drawn = any(number == case.id for number, _ in sampled)
    head = tag(
        "summary",
        tag("span", said(case.reference), class_="reference"),
        tag("span", shapes.state(definition, case.state), class_="tag end" if case.final else "tag"),
        tag("span", words("sampled"), class_="tag mark") if drawn else None,
        tag("span", shapes.title(definition), class_="quiet"),
        tag("span", words("acts", count=count), class_="quiet"),
    )
    items = [_event(entry, definition, (entry.case, entry.seq) in sampled) for entry in entries]
    return tag(
        "details",
        head,
        tag("p", tag("code", case.id, class_="hash"), class_="quiet"),
        tag("ol", items, class_="timeline"),
        more(count, len(entries)),
        id=f"case-{case.id}",
        class_="case",
    )


def _event(entry: Entry, definition: Definition, drawn: bool) -> Html:
    class_ = "refused" if entry.kind == "refused" else "claimed" if entry.kind == "imported" else "step"
    name = activity(entry)
    label = shapes.transition(definition, name) if moves(entry) and name in definition.transitions else said(name)
    if name == "submit" and name not in definition.transitions:
        label = words("submit")
    if entry.kind == "refused":
        label = joined(words("refusals"), Html(" "), shapes.transition(definition, entry.transition or ""))
    actor: list[Part] = [said(entry.actor.id)]
    if entry.actor.acting_for is not None:
        actor += [Html(" → "), said(entry.actor.acting_for)]
    parts: list[Part] = [
        tag("span", shapes.time(entry.at), class_="when"),
        tag("span", label, class_="what"),
        tag("span", actor, class_="who"),
        tag("span", words("sampled"), class_="tag mark") if drawn else None,
    ]
    if moves(entry) and entry.target in definition.states and entry.target != entry.source:
        parts.append(tag("span", Html("→ "), shapes.state(definition, entry.target), class_="to"))
    parts += [tag("span", each.code, class_="tag bad") for each in entry.blockers]
    if entry.claimed_at is not None:
        parts.append(tag("span", words("claimed"), Html(" "), shapes.time(entry.claimed_at), class_="quiet"))
    if entry.reason:
        parts.append(tag("p", said(_cut(entry.reason)), class_="reason"))
    parts.append(_data(entry))
    parts.append(tag("p", shapes.digest(entry.hash.hex()), class_="leaf"))
    return tag("li", parts, class_=f"{class_} drawn" if drawn else class_)


def _data(entry: Entry) -> Html:
    data = content(entry)
    if data is None:
        return tag("p", tag("em", words("erased")), class_="reason")
    if not data:
        return Html("")
    pairs = [
        tag("div", tag("dt", said(_cut(name))), tag("dd", said(_cut(text(value)))))
        for name, value in list(data.items())[:40]
    ]
    return tag("dl", pairs, class_="data")


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
