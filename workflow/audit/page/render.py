"""The whole page: the frame, the summary, the verdict of the check, and the sections of the other files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow.audit.page import shapes
from workflow.audit.page.course import course_section, nothing, overdue_section, refused_section, section
from workflow.audit.page.facts import LISTED, Facts
from workflow.audit.page.flow import bar
from workflow.audit.page.markup import Html, Part, each_language, empty, joined, said, table, tag, words
from workflow.audit.page.people import acting_section, duties_section, overrides_section
from workflow.audit.page.records import (
    changes_section,
    checks,
    erasures_section,
    exports_section,
    sample_section,
    timelines_section,
)
from workflow.audit.report import Report
from workflow.definition.model import Definition
from workflow.log.entry import STREAM_NAMES
from workflow.messages import LANGUAGES, render
from workflow.rules.case import Case
from workflow.rules.record import Entry
from workflow.store.placed import Tree

_HERE = Path(__file__).parent
Timeline = tuple[Case, Definition, list[Entry], int]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a page is made of. `grants` are the roles of each person of the directory."""

    origin: str
    program: str
    facts: Facts
    report: Report
    checkpoints: Sequence[Tree]
    grants: Sequence[Sequence[str]]
    timelines: Sequence[Timeline]


def page(content: Content, lang: str = "en") -> str:
    """The page as HTML; it opens in `lang`, and can be switched to the other language."""
    facts = content.facts
    shown = {case.id for case, *_ in content.timelines}
    sampled = {(placed.entry.case, placed.entry.seq) for _, placed in facts.sample.drawn()}
    courses = list(facts.courses.values())
    parts = [
        _summary(content),
        _verification(content),
        *map(course_section, courses),
        overdue_section(facts, shown),
        refused_section(facts),
        duties_section(facts, content.grants),
        overrides_section(facts, shown),
        acting_section(facts, shown),
        changes_section(facts),
        erasures_section(facts),
        exports_section(facts),
        sample_section(facts, shown),
        timelines_section(facts, content.timelines, sampled),
    ]
    entries: list[tuple[str, Html]] = [("summary", words("summary")), ("verification", words("verification"))]
    entries += [(f"course-{each.definition.workflow}", shapes.title(each.definition)) for each in courses]
    entries += [
        (number, words(key))
        for number, key in (
            ("late", "overdue_title"),
            ("refused", "refused_title"),
            ("duties", "duties"),
            ("overrides", "overrides_title"),
            ("acting", "acting"),
            ("changes", "changes"),
            ("erasures", "erasures"),
            ("exports", "exports"),
            ("sample", "sample"),
            ("timelines", "timelines"),
        )
    ]
    body = joined(
        tag("a", words("skip"), href="#main", class_="skip"),
        _header(content),
        tag(
            "div",
            tag("nav", tag("h2", words("contents")), _contents(entries), aria_label=render("page.contents", lang, {})),
            tag("main", parts, id="main", tabindex="-1"),
            class_="columns",
        ),
        tag("footer", tag("p", words("colophon", program=content.program))),
    )
    return _document(content.origin, body, lang)


def _document(origin: str, body: Html, lang: str) -> str:
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = joined(
        empty("meta", charset="utf-8"),
        empty("meta", http_equiv="Content-Security-Policy", content=policy),
        empty("meta", name="viewport", content="width=device-width, initial-scale=1"),
        empty("meta", name="referrer", content="no-referrer"),
        empty("meta", name="color-scheme", content="light dark"),
        tag("title", f"{render('page.title', lang, {})} · {origin}"),
        # Both are ours, and the policy lets no other in; escaping would change what is hashed.
        Html(f"<style>{style}</style>"),
    )
    end = Html(f"<script>{script}</script>")
    html = tag(
        "html", tag("head", head), tag("body", body, end), lang="zh-Hans" if lang == "zh" else "en", data_show=lang
    )
    return f"<!DOCTYPE html>\n{html}\n"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _header(content: Content) -> Html:
    ok = content.report.ok and content.facts.broken is None
    verdict = words("verified") if ok else words("found", count=len(content.report.problems))
    tools = tag(
        "div",
        tag(
            "div",
            [
                tag("button", label, type="button", data_lang=lang, aria_pressed="false", lang=code)
                for lang, label, code in (("en", "English", "en"), ("zh", "中文", "zh-Hans"))
            ],
            role="group",
            aria_label="Language 语言",
            class_="switch",
        ),
        tag(
            "div",
            [
                tag("button", words(name), type="button", data_theme=name, aria_pressed="false")
                for name in ("light", "dark")
            ],
            role="group",
            aria_label="Appearance 外观",
            class_="switch",
        ),
        tag("button", words("print"), type="button", data_print=True, class_="plain"),
        class_="tools",
    )
    return tag(
        "header",
        tools,
        tag("p", said(content.origin), class_="over"),
        tag("h1", words("title")),
        tag("p", words("made"), Html(" "), shapes.time(content.facts.now), Html(" · "), words("utc"), class_="under"),
        tag("p", tag("a", verdict, href="#verification"), class_="verdict ok" if ok else "verdict bad"),
    )


def _contents(entries: Iterable[tuple[str, Html]]) -> Html:
    return tag("ol", [tag("li", tag("a", label, href=f"#{number}")) for number, label in entries])


def _summary(content: Content) -> Html:
    facts = content.facts
    courses = facts.courses.values()
    figures: list[tuple[int, str, str]] = [
        (facts.cases, "cases", "#timelines"),
        (sum(each.open for each in courses), "open", "#timelines"),
        (sum(each.overdue for each in courses), "overdue", "#late"),
        (facts.entries, "entries", "#sample"),
        (facts.refusals, "refusals", "#refused"),
        (facts.overrides.count, "overrides", "#overrides"),
    ]
    tiles = [
        tag("li", tag("a", tag("b", shapes.number(value)), tag("span", words(key)), href=target))
        for value, key, target in figures
    ]
    lines: list[Part] = []
    if facts.broken is not None:
        texts = {lang: render("page.broken", lang, {"problem": facts.broken.text(lang)}) for lang in LANGUAGES}
        lines.append(tag("p", each_language(texts), class_="alarm", role="note"))
    if facts.first is not None and facts.last is not None:
        first, last = (f"{each:%Y-%m-%d %H:%M}" for each in (facts.first, facts.last))
        lines.append(tag("p", words("range", first=first, last=last)))
    if content.checkpoints:
        tree = content.checkpoints[0]
        waiting = facts.entries - facts.sealed
        lines.append(tag("p", words("tree", size=tree.size, root=tree.root, waiting=waiting), class_="wide"))
    else:
        lines.append(tag("p", words("no_tree")))
    most = max(facts.kinds.values(), default=1)
    rows = [
        [tag("code", kind), shapes.number(count), shapes.share(count, facts.entries), bar(count / most)]
        for kind, count in facts.kinds.most_common()
    ]
    heads = [(words("kind"), ""), (words("count"), "num"), (words("share"), "num"), (Html(""), "gauge")]
    kinds = tag("details", tag("summary", words("kinds")), table(words("kinds"), heads, rows))
    return section("summary", "summary", tag("ul", tiles, class_="tiles"), lines, kinds)


def _verification(content: Content) -> Html:
    report = content.report
    both = {lang: report.as_dict(lang) for lang in LANGUAGES}
    parts: list[Part] = [
        tag(
            "p",
            words("verified") if report.ok else words("found", count=len(report.problems)),
            Html(" "),
            words("checked_much", entries=report.entries, cases=report.cases),
            class_="lead",
        )
    ]
    if report.problems:
        rows: list[list[Part]] = [
            [
                joined(said(STREAM_NAMES.get(each.case or "") or each.case or "–"), Html(" / "), each.seq or "–"),
                tag("code", each.code),
                each_language({lang: each.text(lang) for lang in LANGUAGES}),
            ]
            for each in report.problems[: 2 * LISTED]
        ]
        heads = [(words("place"), ""), (words("kind"), ""), (words("finding"), "")]
        parts.append(table(words("finding"), heads, rows, "findings"))
    columns = []
    for name in ("checked", "not_checked"):
        sentences = zip(*(both[lang][name] for lang in LANGUAGES), strict=True)
        items = [tag("li", each_language(dict(zip(LANGUAGES, each, strict=True)))) for each in sentences]
        columns.append(
            tag("div", tag("h3", words(name)), tag("ul", items, class_="ticks" if name == "checked" else "dashes"))
        )
    parts.append(tag("div", columns, class_="pair"))
    parts.append(tag("h3", words("history")))
    parts.append(checks(content.facts.checks))
    parts.append(tag("h3", words("checkpoints")))
    marks = [[shapes.number(each.size), shapes.digest(each.root)] for each in content.checkpoints]
    parts.append(
        table(words("checkpoints"), [(words("size"), "num"), (words("root"), "")], marks) if marks else nothing()
    )
    return section("verification", "verification", parts)
