"""How the cases went: the drawing, the funnel, the time in each state, what is late, what was refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from itertools import islice

from workflow.audit.page import shapes
from workflow.audit.page.facts import LISTED, Course, Facts
from workflow.audit.page.flow import bar, drawing
from workflow.audit.page.markup import Html, Part, each_language, joined, table, tag, words
from workflow.definition.model import Definition
from workflow.messages import LANGUAGES, MESSAGES, render


def course_section(course: Course) -> Html:
    """Everything about the cases of one definition."""
    definition = course.definition
    name = definition.workflow
    head = tag("h2", words("course"), Html(" "), shapes.title(definition), id=f"course-{name}-h")
    if not course.cases:
        return tag("section", head, tag("p", words("no_cases"), class_="quiet"), id=f"course-{name}")
    figure = tag(
        "figure",
        tag("div", drawing(course), class_="canvas", tabindex="0", role="group"),
        tag("figcaption", words("course_said")),
    )
    return tag(
        "section",
        head,
        figure,
        tag("div", _funnel(course), _ends(course), class_="pair"),
        tag("h3", words("time_in_state")),
        _stays(course),
        _steps(course),
        id=f"course-{name}",
        aria_labelledby=f"course-{name}-h",
    )


def main_path(definition: Definition) -> list[str]:
    """The shortest way from the initial state to the final state that is farthest from it."""
    before: dict[str, str | None] = {definition.initial: None}
    far = definition.initial
    queue = deque([definition.initial])
    while queue:
        source = queue.popleft()
        if definition.states[source].final:
            far = source
        for _, _, way in definition.ways():
            target = definition.target(way, source)
            if source in definition.sources(way) and target not in before and target in definition.states:
                before[target] = source
                queue.append(target)
    path: list[str] = []
    at: str | None = far
    while at is not None:
        path.append(at)
        at = before[at]
    return path[::-1]


def _funnel(course: Course) -> Html:
    definition = course.definition
    path = main_path(definition)
    rows = []
    for name in path:
        count = course.reached[name]
        rows.append(
            tag(
                "li",
                tag("span", shapes.state(definition, name), class_="what"),
                bar(count / course.cases),
                tag("span", tag("b", shapes.number(count)), " ", shapes.share(count, course.cases), class_="figure"),
            )
        )
    first, last = (
        {lang: definition.title_of(definition.states, name, lang) for lang in LANGUAGES} for name in (path[0], path[-1])
    )
    titles = {lang: render("page.funnel", lang, {"first": first[lang], "last": last[lang]}) for lang in LANGUAGES}
    return tag("div", tag("h3", each_language(titles)), tag("ol", rows, class_="bars"))


def _ends(course: Course) -> Html:
    definition = course.definition
    finals = [name for name, state in definition.states.items() if state.final]
    standing: list[tuple[Html, int, str]] = [
        (shapes.state(definition, name), course.stand[name], "end") for name in finals if course.stand[name]
    ]
    standing += [
        (shapes.state(definition, name), course.stand[name], "")
        for name in definition.states
        if name not in finals and course.stand[name]
    ]
    rows = [
        tag(
            "li",
            tag("span", label, class_="what"),
            bar(count / course.cases, class_),
            tag("span", tag("b", shapes.number(count)), " ", shapes.share(count, course.cases), class_="figure"),
        )
        for label, count, class_ in standing
    ]
    return tag("div", tag("h3", words("ends")), tag("ul", rows, class_="bars"))


def _stays(course: Course) -> Html:
    definition = course.definition
    longest = max((stays.quantile(0.5) or 0.0 for stays in course.stays.values()), default=0.0)
    rows: list[list[Part]] = []
    for name in definition.states:
        stays, standing = course.stays.get(name), course.stand[name]
        if definition.states[name].final or (stays is None and not standing):
            continue
        median = stays.quantile(0.5) if stays else None
        rows.append(
            [
                shapes.state(definition, name),
                shapes.number(standing),
                shapes.number(course.late[name]) if course.late[name] else "–",
                shapes.number(stays.count) if stays else "–",
                shapes.length(median),
                bar(median / longest if median and longest else 0),
                shapes.length(stays.quantile(0.9) if stays else None),
                shapes.length(stays.longest if stays else None),
            ]
        )
    heads = [
        (words("state"), ""),
        (words("stand"), "num"),
        (words("late"), "num"),
        (words("stays"), "num"),
        (words("median"), "num"),
        (Html(""), "gauge"),
        (words("p90"), "num"),
        (words("longest"), "num"),
    ]
    return table(words("time_in_state"), heads, rows)


def _steps(course: Course) -> Html:
    """The figures of the drawing, and the steps that it does not have because the definition does not."""
    definition = course.definition
    rows: list[list[Part]] = []
    for (source, target), counts in sorted(course.steps.items(), key=lambda item: -sum(item[1].values())):
        for name, count in counts.most_common():
            known = any(
                source in definition.sources(way) and definition.target(way, source) == target
                for way in definition.transitions.get(name, ())
            )
            label = shapes.transition(definition, name)
            note = Html("") if known else joined(Html(" "), tag("em", words("outside"), class_="tag warn"))
            rows.append(
                [
                    joined(label, note),
                    shapes.state(definition, source),
                    shapes.state(definition, target),
                    shapes.number(count),
                ]
            )
    heads = [(words("step"), ""), (words("from"), ""), (words("to"), ""), (words("count"), "num")]
    return tag(
        "details",
        tag("summary", words("steps")),
        table(words("steps"), heads, islice(rows, LISTED)),
        more(len(rows)),
    )


def more(count: int, shown: int = LISTED) -> Html:
    """That a list was cut, where it was."""
    return tag("p", words("more", count=count - shown), class_="quiet") if count > shown else Html("")


def overdue_section(facts: Facts, shown: Set[str]) -> Html:
    """The open cases whose time is over, the longest first."""
    late = sum(course.overdue for course in facts.courses.values())
    rows: list[list[Part]] = []
    for line in facts.overdue[:LISTED]:
        definition = facts.courses[line.definition].definition
        rows.append(
            [
                shapes.case(line.case, line.reference, set(shown)),
                shapes.title(definition),
                shapes.state(definition, line.state),
                shapes.time(line.at),
                shapes.length((facts.now - line.at).total_seconds()),
            ]
        )
    heads = [
        (words("case"), ""),
        (words("definition"), ""),
        (words("state"), ""),
        (words("due"), "num"),
        (words("late_by"), "num"),
    ]
    body = joined(table(words("overdue_title"), heads, rows), more(late)) if rows else nothing()
    return section("late", "overdue_title", body)


def refused_section(facts: Facts) -> Html:
    """Refused attempts: why, and what was tried."""
    if not facts.refusals:
        return section("refused", "refused_title", nothing())
    most = max(facts.reasons.values(), default=1)
    reasons = [
        [_reason(code), shapes.number(count), bar(count / most)] for code, count in facts.reasons.most_common(LISTED)
    ]
    tried: list[list[Part]] = []
    for course in facts.courses.values():
        for name, count in course.refused.most_common(LISTED):
            label = shapes.transition(course.definition, name) if name else words("submit")
            tried.append([label, shapes.title(course.definition), shapes.number(count)])
    return section(
        "refused",
        "refused_title",
        tag("p", words("refused_said"), class_="lead"),
        tag(
            "div",
            tag(
                "div",
                table(
                    words("reason"), [(words("reason"), ""), (words("attempts"), "num"), (Html(""), "gauge")], reasons
                ),
            ),
            tag(
                "div",
                table(
                    words("transition"),
                    [(words("transition"), ""), (words("definition"), ""), (words("attempts"), "num")],
                    tried[:LISTED],
                ),
            ),
            class_="pair",
        ),
    )


def _reason(code: str) -> Html:
    """A blocker in words where there are some, and its code."""
    if f"page.why.{code}" not in MESSAGES:
        return tag("code", code)
    return joined(words(f"why.{code}"), Html(" "), tag("small", tag("code", code)))


def section(number: str, key: str, *parts: Part) -> Html:
    """A section of the page under its heading."""
    return tag("section", tag("h2", words(key), id=f"{number}-h"), parts, id=number, aria_labelledby=f"{number}-h")


def nothing() -> Html:
    """That there is nothing to show."""
    return tag("p", words("none"), class_="quiet")
