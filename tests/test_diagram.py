"""Drawings: every state and every way, in either language, and no label that the drawing program reads as its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_loading import DEFINITIONS
from workflow.definition.diagram import FONT, dot, mermaid
from workflow.definition.loading import definition_files, load, load_text
from workflow.definition.model import Definition, from_canonical

SHIPPED = definition_files(Path(__file__).parents[1] / "definitions")

NOTE = load_text("""\
workflow: note
version: 1
title: {en: Note, zh: 便条}
roles:
  author: {is: submitter, title: {en: Author, zh: 作者}}
  clerk: {title: {en: Clerk, zh: 文书}}
fields:
  cost: {type: integer}
states:
  draft: {initial: true, title: {en: Draft, zh: 草稿}}
  in-tray:
  in_tray: {title: {zh: 归档}}
  gone: {final: true, title: {en: Gone, zh: 作废}}
transitions:
  edit: {from: draft, to: "=", by: author, title: {en: Edit, zh: 编辑}}
  sign: {from: draft, to: draft, by: clerk}
  file:
    - from: draft
      to: in-tray
      by: [author, clerk]
      when: [{check: cost <= 5, title: {en: at most 5, zh: 不超过 5}}, "cost != 3"]
      title: {en: File, zh: 归档}
    - {from: draft, to: in_tray, by: anyone, when: cost > 5}
  back: {from: [in-tray, in_tray], to: draft, by: clerk}
  drop: {from: "*", to: gone, by: clerk, title: {en: Drop, zh: 作废}}
""")

MERMAID = """\
stateDiagram-v2
    state "Draft" as s_draft
    state "in-tray" as s_in_tray
    state "归档" as s_in_tray_
    state "Gone" as s_gone
    [*] --> s_draft
    s_draft --> s_draft : Edit (Author)<br/>sign (Clerk)
    s_draft --> s_in_tray : File (Author, Clerk) #91;at most 5#59; cost != 3#93;
    s_draft --> s_in_tray_ : File (anyone) #91;cost #62; 5#93;
    s_in_tray --> s_draft : back (Clerk)
    s_in_tray_ --> s_draft : back (Clerk)
    s_draft --> s_gone : Drop (Clerk)
    s_in_tray --> s_gone : Drop (Clerk)
    s_in_tray_ --> s_gone : Drop (Clerk)
    s_gone --> [*]
"""
MERMAID_ZH = """\
stateDiagram-v2
    state "草稿" as s_draft
    state "in-tray" as s_in_tray
    state "归档" as s_in_tray_
    state "作废" as s_gone
    [*] --> s_draft
    s_draft --> s_draft : 编辑 (作者)<br/>sign (文书)
    s_draft --> s_in_tray : 归档 (作者, 文书) #91;不超过 5#59; cost != 3#93;
    s_draft --> s_in_tray_ : 归档 (任何人) #91;cost #62; 5#93;
    s_in_tray --> s_draft : back (文书)
    s_in_tray_ --> s_draft : back (文书)
    s_draft --> s_gone : 作废 (文书)
    s_in_tray --> s_gone : 作废 (文书)
    s_in_tray_ --> s_gone : 作废 (文书)
    s_gone --> [*]
"""
DOT = f"""\
digraph "note" {{
    graph [label="Note", labelloc=t, fontname="{FONT}"];
    node [shape=box, style=rounded, fontname="{FONT}"];
    edge [fontname="{FONT}", fontsize=10];
    "draft" [label="Draft"];
    "in-tray" [label="in-tray"];
    "in_tray" [label="归档"];
    "gone" [label="Gone", peripheries=2];
    "*" [shape=point, width=0.2, label=""];
    "*" -> "draft";
    "draft" -> "draft" [label="Edit (Author)\\nsign (Clerk)"];
    "draft" -> "in-tray" [label="File (Author, Clerk) [at most 5; cost != 3]"];
    "draft" -> "in_tray" [label="File (anyone) [cost > 5]"];
    "in-tray" -> "draft" [label="back (Clerk)"];
    "in_tray" -> "draft" [label="back (Clerk)"];
    "draft" -> "gone" [label="Drop (Clerk)"];
    "in-tray" -> "gone" [label="Drop (Clerk)"];
    "in_tray" -> "gone" [label="Drop (Clerk)"];
}}
"""


def test_mermaid() -> None:
    assert mermaid(NOTE) == MERMAID
    assert mermaid(NOTE, "en") == MERMAID
    assert mermaid(NOTE, "zh") == MERMAID_ZH


def test_dot() -> None:
    assert dot(NOTE) == dot(NOTE, "en") == DOT
    chinese = dot(NOTE, "zh")
    assert f'graph [label="便条", labelloc=t, fontname="{FONT}"];' in chinese
    assert '"draft" -> "draft" [label="编辑 (作者)\\nsign (文书)"];' in chinese
    assert '"draft" -> "in_tray" [label="归档 (任何人) [cost > 5]"];' in chinese


def test_the_fonts_can_show_chinese() -> None:
    assert "Noto Sans CJK SC" in FONT.split(",")


def test_a_definition_that_was_stored_is_drawn_the_same() -> None:
    again = from_canonical(NOTE.canonical)
    assert (mermaid(again, "zh"), dot(again)) == (MERMAID_ZH, DOT)


def test_a_definition_without_title_roles_and_ways_is_drawn() -> None:
    bare = Definition.model_validate({"workflow": "bare", "version": 1, "states": {"a": None}})
    assert mermaid(bare) == 'stateDiagram-v2\n    state "a" as s_a\n'
    assert dot(bare).splitlines()[1].startswith('    graph [label="bare", ')
    assert '"*" ->' not in dot(bare)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_shipped_definition_is_drawn_completely(path: Path, lang: str) -> None:
    definition = load(path)
    drawn = DrawnMermaid(mermaid(definition, lang))
    assert [label for label, _ in drawn.states] == [
        definition.title_of(definition.states, name, lang) for name in definition.states
    ]
    pairs = {
        (source, definition.target(way, source)): None
        for _, _, way in definition.ways()
        for source in definition.sources(way)
    }
    assert len(drawn.edges) == len(pairs)
    assert drawn.initial == [
        name for name, state in zip(drawn.ids, definition.states.values(), strict=True) if state.initial
    ]
    assert drawn.final == [
        name for name, state in zip(drawn.ids, definition.states.values(), strict=True) if state.final
    ]
    assert [(source, target) for source, target, _ in DrawnDot(dot(definition, lang)).edges] == [
        (name, target) for name, target in pairs
    ]


# -- Reading drawings back ---------------------------------------------------------------------------------------------

MERMAID_LINE = re.compile(
    r"    (?:"
    r'state "(?P<label>[^"\n]+)" as (?P<id>s_\w+)'
    r"|\[\*\] --> (?P<initial>s_\w+)"
    r"|(?P<final>s_\w+) --> \[\*\]"
    r"|(?P<source>s_\w+) --> (?P<target>s_\w+) : (?P<text>[^\n]+)"
    r")"
)
# Everything that Mermaid or the Markdown in its labels gives a meaning to, but what an entity is made of.
SPECIAL = re.compile(r"[\"$%&*:<>@\[\]\\^_`{|}~]|#(?![0-9]+;)|(?<!#)(?<![0-9]);")
ENTITY = re.compile(r"#([0-9]+);")
STRING = r'"((?:[^"\\]|\\.)*)"'
DOT_STATE = re.compile(rf"    {STRING} \[label={STRING}(, peripheries=2)?\];")
DOT_START = re.compile(rf'    "\*" -> {STRING};')
DOT_EDGE = re.compile(rf"    {STRING} -> {STRING} \[label={STRING}\];")


def lines_of_mermaid(text: str) -> list[str]:
    """The lines of a label as people read them."""
    lines = text.split("<br/>")
    for line in lines:
        assert not SPECIAL.search(line), line
        assert not re.match(r"\s|[-+]|[0-9]+[.)]", line), line
    return [ENTITY.sub(lambda match: chr(int(match.group(1))), line) for line in lines]


class DrawnMermaid:
    """A Mermaid drawing, read line by line; a line that is none of the four kinds fails."""

    def __init__(self, text: str) -> None:
        first, *lines = text.removesuffix("\n").split("\n")
        assert first == "stateDiagram-v2"
        self.states: list[tuple[str, str]] = []
        self.edges: list[tuple[str, str, list[str]]] = []
        self.initial: list[str] = []
        self.final: list[str] = []
        for line in lines:
            match = MERMAID_LINE.fullmatch(line)
            assert match is not None, line
            if match["id"]:
                self.states.append(("\n".join(lines_of_mermaid(match["label"])), match["id"]))
            elif match["text"]:
                self.edges.append((match["source"], match["target"], lines_of_mermaid(match["text"])))
            else:
                (self.initial if match["initial"] else self.final).append(match["initial"] or match["final"])

    @property
    def ids(self) -> list[str]:
        return [name for _, name in self.states]


def unquoted(text: str) -> list[str]:
    """The lines of a DOT string as people read them."""
    lines = re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match.group(1), match.group(1)), text).split("\n")
    assert not re.search("&(?!amp;)", text)
    return [line.replace("&amp;", "&") for line in lines]


class DrawnDot:
    """A DOT drawing, read line by line."""

    def __init__(self, text: str) -> None:
        lines = text.removesuffix("\n").split("\n")
        assert re.fullmatch(rf"digraph {STRING} \{{", lines[0])
        assert lines[-1] == "}"
        assert all(line.endswith('"];') or line.endswith("fontsize=10];") for line in lines[1:4])
        self.states: list[tuple[str, list[str]]] = []
        self.edges: list[tuple[str, str, list[str]]] = []
        self.initial: list[str] = []
        self.final: list[str] = []
        for line in lines[4:-1]:
            if match := DOT_STATE.fullmatch(line):
                self.states.append((match[1], unquoted(match[2])))
                self.final += [match[1]] if match[3] else []
            elif match := DOT_START.fullmatch(line):
                self.initial.append(match[1])
            elif match := DOT_EDGE.fullmatch(line):
                self.edges.append((match[1], match[2], unquoted(match[3])))
            else:
                assert line == '    "*" [shape=point, width=0.2, label=""];'


CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")


def as_people_read(*texts: str) -> list[str]:
    """The lines of labels without what cannot be shown."""
    lines = []
    for text in texts:
        lines += [line for line in (CONTROL.sub(" ", each).strip() for each in text.splitlines()) if line] or ["…"]
    return lines


def labelled(label: str) -> Definition:
    """Two states and two ways between them, all with the same label."""
    way: dict[str, Any] = {"from": "a", "to": "b", "by": "r", "title": label, "when": {"check": "x", "title": label}}
    return Definition.model_validate(
        {
            "workflow": "labelled",
            "version": 1,
            "title": label,
            "roles": {"r": {"title": label}},
            "states": {"a": {"initial": True, "title": label}, "b": {"final": True}},
            "transitions": {"go": way, "run": way},
        }
    )


NASTY = [
    "a: b",
    'say "yes"',
    "one; two",
    "#1 of 2",
    "#35;",
    "a < b > c <br/> <b>",
    "one\ntwo\r\nthree",
    "tab\there",
    "%% a remark",
    "%%{init: {}}%%",
    "[*] --> s_b",
    "a --> b : c",
    "state",
    "end",
    "note right of a",
    "`code` *bold* _slanted_ ~~gone~~",
    "1. first",
    "12) twelfth",
    "- item",
    "+ item",
    "back\\slash \\n \\N \\",
    "R&amp;D &lt; &#35; R&D",
    "{a|b}",
    "${a} $$b$$",
    "fa:fa-ban @me",
    "classDef x fill:#f00;",
    "style a fill:#f00;",
    "合理化建议：“采纳”；（一）",
    "😀",
    "\u2028a\u2029b\x85c",
    "\x07\x1b[31m",
    " ",
    "",
    "\n",
]


@pytest.mark.parametrize("label", NASTY)
def test_no_label_breaks_a_drawing(label: str) -> None:
    check_labels(label)


@given(st.text(max_size=20) | st.text(st.sampled_from("a1.)-+:;#\"<>&%[]{}|`*_~\\\n\r\t @$^=!?/'"), max_size=20))
def test_no_label_at_all_breaks_a_drawing(label: str) -> None:
    check_labels(label)


def check_labels(label: str) -> None:
    """Each label stands in both drawings as it can be read, and nothing else stands there."""
    definition = labelled(label)
    # An empty label is none; the name stands in for it.
    state, way = as_people_read(label or "a"), f"{label or 'go'} ({label or 'r'}) [{label or 'x'}]"
    other = f"{label or 'run'} ({label or 'r'}) [{label or 'x'}]"
    drawn = DrawnMermaid(mermaid(definition))
    assert drawn.states == [("\n".join(state), "s_a"), ("b", "s_b")]
    assert drawn.edges == [("s_a", "s_b", as_people_read(way, other))]
    assert (drawn.initial, drawn.final) == (["s_a"], ["s_b"])
    graph = DrawnDot(dot(definition))
    assert graph.states == [("a", state), ("b", ["b"])]
    assert graph.edges == [("a", "b", as_people_read(way, other))]
    assert (graph.initial, graph.final) == (["a"], ["b"])


@given(DEFINITIONS, st.sampled_from(["en", "zh", "fr"]))
def test_any_definition_is_drawn_sound_or_not(plain: dict[str, Any], lang: str) -> None:
    definition = Definition.model_validate(plain)
    drawn, graph = DrawnMermaid(mermaid(definition, lang)), DrawnDot(dot(definition, lang))
    names = list(definition.states)
    assert len(set(drawn.ids)) == len(drawn.ids) == len(names)
    assert [name for name, _ in graph.states] == names
    ids = dict(zip(names, drawn.ids, strict=True))
    assert [(ids[source], ids[target], lines) for source, target, lines in graph.edges] == drawn.edges
    assert len({(source, target) for source, target, _ in drawn.edges}) == len(drawn.edges)
    assert [ids[name] for name in graph.initial] == drawn.initial
    assert [ids[name] for name in graph.final] == drawn.final
    ways = sum(
        source in definition.states and definition.target(way, source) in definition.states
        for _, _, way in definition.ways()
        for source in definition.sources(way)
    )
    assert sum(len(lines) for _, _, lines in drawn.edges) >= ways


@pytest.mark.parametrize("name", ["state", "end", "note", "class", "direction", "default", "fork", "hide", "scale"])
def test_a_key_word_as_a_name_is_no_key_word_in_the_drawing(name: str) -> None:
    states = {name: {"initial": True}, f"{name}1": None}
    transitions = {"go": {"from": name, "to": f"{name}1", "by": "anyone"}}
    plain = {"workflow": "words", "version": 1, "states": states, "transitions": transitions}
    drawn = DrawnMermaid(mermaid(Definition.model_validate(plain)))
    assert drawn.ids == [f"s_{name}", f"s_{name}1"]
    assert drawn.edges == [(f"s_{name}", f"s_{name}1", ["go (anyone)"])]
