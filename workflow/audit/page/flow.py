"""The states and ways of a definition as a drawing, with how often each was taken."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from itertools import pairwise

from workflow.audit.page.facts import Course
from workflow.audit.page.markup import Html, joined, tag, text
from workflow.definition.layout import Arrow, Box, Size, lay_out
from workflow.definition.model import Definition
from workflow.messages import LANGUAGES

_NAME, _LABEL = 13.0, 11.0
_LINE = 15.0
_CODES = {"en": "en", "zh": "zh-Hans"}
_LONGEST = 34
# About as wide as the page is. A drawing that is a little wider is drawn smaller; one that is much wider is scrolled.
_COLUMN = 760.0


def drawing(course: Course) -> Html:
    """The course as SVG. What it shows stands in a table too, so readers that see no drawing pass it over."""
    definition = course.definition
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, _, way in definition.ways():
        for source in definition.sources(way):
            pair = source, definition.target(way, source)
            if name not in names[pair]:
                names[pair].append(name)
    most = max((sum(counts.values()) for counts in course.steps.values()), default=0)
    boxes = {name: Size(max(96.0, _width(_states(definition, name), _NAME) + 36), 46) for name in definition.states}
    labels = {
        pair: Size(
            max(_width(_ways(definition, name), _LABEL) + _room(course.steps[pair][name]) for name in several) + 14,
            _LINE * len(several) + 6,
        )
        for pair, several in names.items()
    }
    found = lay_out(boxes, labels, definition.initial)
    parts: list[Html] = []
    for arrow in found.arrows:
        taken = sum(course.steps[arrow.source, arrow.target].values())
        parts.append(_arrow(arrow, taken, most))
    for arrow in found.arrows:
        pair = arrow.source, arrow.target
        parts.append(_label(arrow.label, [(_ways(definition, name), course.steps[pair][name]) for name in names[pair]]))
    for name, box in found.boxes.items():
        parts.append(_state(course, name, box))
    view = f"-8 -8 {found.width + 16:.0f} {found.height + 16:.0f}"
    return tag(
        "svg",
        *parts,
        class_="flow broad" if _COLUMN < found.width < 2 * _COLUMN else "flow",
        viewBox=view,
        width=f"{found.width + 16:.0f}",
        height=f"{found.height + 16:.0f}",
        aria_hidden="true",
        focusable="false",
    )


def _states(definition: Definition, name: str) -> dict[str, str]:
    return {lang: _short(definition.title_of(definition.states, name, lang)) for lang in LANGUAGES}


def _ways(definition: Definition, name: str) -> dict[str, str]:
    return {lang: _short(definition.title_of(definition.transitions, name, lang)) for lang in LANGUAGES}


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _width(labels: dict[str, str], size: float) -> float:
    """About as wide as the widest of the labels is drawn."""
    return max(
        sum(1.0 if unicodedata.east_asian_width(each) in "WF" else 0.58 for each in label) * size
        for label in labels.values()
    )


def _room(count: int) -> float:
    return 8 + len(str(count)) * 7.0


def _arrow(arrow: Arrow, taken: int, most: int) -> Html:
    width = 1.1 + 3.4 * math.sqrt(taken / most) if taken else 1.0
    class_ = "way" if taken else "way never"
    head = 4.2 + width
    (x, y), (before, above) = arrow.points[-1], arrow.points[-2]
    if arrow.source == arrow.target:
        ends = [(x, y), (x + head * 1.5, y - head * 0.7), (x + head * 1.5, y + head * 0.7)]
        stop = (x + head, y)
        path = f"M{_at(arrow.points[0])}C{_at(_off(arrow.points[1], 6))} {_at(_off(arrow.points[2], 6))} {_at(stop)}"
    else:
        turn = -1 if above < y or (above == y and before <= x) else 1
        ends = [(x, y), (x - head * 0.7, y + turn * head * 1.5), (x + head * 0.7, y + turn * head * 1.5)]
        path = _curve([*arrow.points[:-1], (x, y + turn * head)])
    line = tag("path", d=path, class_=class_, stroke_width=f"{width:.1f}")
    return joined(line, tag("polygon", points=" ".join(map(_at, ends)), class_=f"{class_} head"))


def _off(point: tuple[float, float], by: float) -> tuple[float, float]:
    return point[0] + by, point[1]


def _curve(points: list[tuple[float, float]]) -> str:
    """Through the points, upright at each of them."""
    path = f"M{_at(points[0])}"
    for (left, top), (x, y) in pairwise(points):
        middle = (top + y) / 2
        path += f"C{left:.1f} {middle:.1f} {x:.1f} {middle:.1f} {x:.1f} {y:.1f}"
    return path


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _label(box: Box, lines: list[tuple[dict[str, str], int]]) -> Html:
    """A line for each transition, on a plate that hides what passes below; both as wide as the language needs."""
    top = box.y - box.height / 2
    parts: list[Html] = []
    for lang in LANGUAGES:
        code = _CODES[lang]
        wide = max(_width({lang: labels[lang]}, _LABEL) + _room(count) for labels, count in lines) + 12
        parts.append(_rect(Box(box.x, box.y, wide, box.height - 2), "plate", 4, lang=code))
        for at, (labels, count) in enumerate(lines):
            many = tag("tspan", count, class_="many", dx="6")
            parts.append(
                tag(
                    "text",
                    text(labels[lang]),
                    many,
                    x=f"{box.x:.1f}",
                    y=f"{top + 3 + _LINE * at + 11:.1f}",
                    class_="said" if count else "said never",
                    text_anchor="middle",
                    lang=code,
                )
            )
    return joined(*parts)


def _state(course: Course, name: str, box: Box) -> Html:
    state = course.definition.states[name]
    reached = course.reached[name]
    class_ = "place" + (" last" if state.final else "") + (" begin" if state.initial else "")
    class_ += "" if reached else " never"
    parts = [_rect(box, class_, 8)]
    parts += [
        tag(
            "text",
            text(label),
            x=f"{box.x:.1f}",
            y=f"{box.y - 3:.1f}",
            class_="name",
            text_anchor="middle",
            lang=_CODES[lang],
        )
        for lang, label in _states(course.definition, name).items()
    ]
    parts.append(tag("text", reached, x=f"{box.x:.1f}", y=f"{box.y + 14:.1f}", class_="reached", text_anchor="middle"))
    return joined(*parts)


def _rect(box: Box, class_: str, radius: int, lang: str | None = None) -> Html:
    return tag(
        "rect",
        x=f"{box.x - box.width / 2:.1f}",
        y=f"{box.y - box.height / 2:.1f}",
        width=f"{box.width:.1f}",
        height=f"{box.height:.1f}",
        rx=str(radius),
        class_=class_,
        lang=lang,
    )


def bar(share: float, class_: str = "") -> Html:
    """A bar as long as the share of 1 says; the figure stands beside it, so readers that see no bar pass it over."""
    long = max(0.0, min(1.0, share)) * 100
    inner = tag("rect", width=f"{long:.1f}", height="8", rx="0")
    return tag(
        "svg",
        inner,
        class_=f"bar {class_}".strip(),
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        width="100%",
        height="8",
        aria_hidden="true",
        focusable="false",
    )
