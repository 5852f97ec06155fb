"""Drawings of a definition as text: Mermaid for Markdown pages, DOT for Graphviz. Pure; knows no case.

Both draw the states and the ways in the order of the file, so that a changed definition gives a small difference.
Ways between the same two states share one arrow, a line each: Mermaid hides all but one of several self loops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflow.definition.model import ANYONE, Definition, Transition

# Families of the three desktops that have Chinese characters; Graphviz takes the first that is installed.
FONT = "Noto Sans CJK SC,Microsoft YaHei,PingFang SC,sans-serif"

_ANYONE = {"en": "anyone", "zh": "任何人"}
# Mermaid reads the text of a label as Markdown with directives, so that little more than letters stands for itself.
_MERMAID_SPECIAL = re.compile(r"[\"#$%&*:;<>@\[\\\]^_`{|}~]")
_LIST_MARK = re.compile(r"([-+]|[0-9]{1,9}(?=[.)]))")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")


def mermaid(definition: Definition, lang: str = "en") -> str:
    """The definition as a Mermaid state diagram, labelled in `lang`."""
    ids = _ids(definition.states)
    lines = ["stateDiagram-v2"]
    for name, state in ids.items():
        label = _mermaid_text(definition.title_of(definition.states, name, lang))
        lines.append(f'    state "{label}" as {state}')
    lines += [f"    [*] --> {ids[name]}" for name, state in definition.states.items() if state.initial]
    for (source, target), labels in _edges(definition, lang).items():
        text = "<br/>".join(map(_mermaid_text, labels))
        lines.append(f"    {ids[source]} --> {ids[target]} : {text}")
    lines += [f"    {ids[name]} --> [*]" for name, state in definition.states.items() if state.final]
    return "\n".join(lines) + "\n"


def dot(definition: Definition, lang: str = "en") -> str:
    """The definition as Graphviz draws it, in `lang`; a dot leads to the initial state, final ones are double."""
    title = definition.title.text(lang, definition.workflow) if definition.title else definition.workflow
    lines = [
        f"digraph {_quoted(definition.workflow)} {{",
        f"    graph [label={_quoted(title)}, labelloc=t, fontname={_quoted(FONT)}];",
        f"    node [shape=box, style=rounded, fontname={_quoted(FONT)}];",
        f"    edge [fontname={_quoted(FONT)}, fontsize=10];",
    ]
    for name, state in definition.states.items():
        label = _quoted(definition.title_of(definition.states, name, lang))
        lines.append(f"    {_quoted(name)} [label={label}{', peripheries=2' if state.final else ''}];")
    # No state can be named *, so the dot is nobody else's node.
    lines.append('    "*" [shape=point, width=0.2, label=""];')
    lines += [f'    "*" -> {_quoted(name)};' for name, state in definition.states.items() if state.initial]
    for (source, target), labels in _edges(definition, lang).items():
        lines.append(f"    {_quoted(source)} -> {_quoted(target)} [label={_quoted(*labels)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _edges(definition: Definition, lang: str) -> dict[tuple[str, str], list[str]]:
    """For each pair of states that is joined, what stands on the arrow: a line for each way."""
    edges: dict[tuple[str, str], list[str]] = {}
    for name, _, way in definition.ways():
        label = _way_label(definition, name, way, lang)
        for source in definition.sources(way):
            target = definition.target(way, source)
            if source in definition.states and target in definition.states:
                edges.setdefault((source, target), []).append(label)
    return edges


def _way_label(definition: Definition, name: str, way: Transition, lang: str) -> str:
    """The transition, who may make it, and under which conditions: `Adopt (director) [score >= 60]`."""
    title = way.title.text(lang, name) if way.title else definition.title_of(definition.transitions, name, lang)
    people = ", ".join(_role_label(definition, role, lang) for role in way.by)
    conditions = "; ".join(each.title.text(lang, each.check) if each.title else each.check for each in way.when)
    return f"{title} ({people}) [{conditions}]" if conditions else f"{title} ({people})"


def _role_label(definition: Definition, role: str, lang: str) -> str:
    if role == ANYONE:
        return _ANYONE.get(lang, ANYONE)
    return definition.title_of(definition.roles, role, lang)


def _ids(names: Iterable[str]) -> dict[str, str]:
    """A name for each state that Mermaid takes for nothing else: a prefix no key word has, and no hyphens."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        state = "s_" + name.replace("-", "_")
        while state in taken:
            state += "_"
        taken.add(state)
        ids[name] = state
    return ids


def _lines(text: str) -> list[str]:
    """The lines of a text, without the characters that no drawing can show; never none, which no drawing can read."""
    return [line for line in (_CONTROL.sub(" ", each).strip() for each in text.splitlines()) if line] or ["…"]


def _mermaid_text(text: str) -> str:
    return "<br/>".join(map(_mermaid_line, _lines(text)))


def _mermaid_line(line: str) -> str:
    escaped = _MERMAID_SPECIAL.sub(lambda match: _entity(match.group()), line)
    # A line that begins like an item of a list would be drawn as an error.
    if mark := _LIST_MARK.match(escaped):
        at = mark.end() if mark.group().isdigit() else 0
        return escaped[:at] + _entity(escaped[at]) + escaped[at + 1 :]
    return escaped


def _entity(character: str) -> str:
    return f"#{ord(character)};"


def _quoted(*texts: str) -> str:
    """A DOT string of one or more lines. Graphviz reads escapes and HTML entities in every label."""
    lines = [line for text in texts for line in _lines(text)]
    return (
        '"' + "\\n".join(each.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for each in lines) + '"'
    )
