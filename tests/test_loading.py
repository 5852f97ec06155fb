"""Reading a definition: from a file, from a text, from its canonical form; and the digest that cases keep it by."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.loading import UNSOUND, checked, definition_files, examine, load, load_text, read_file
from workflow.definition.model import Definition, from_canonical
from workflow.definition.tree import MAX_BYTES
from workflow.errors import DefinitionError, InputError

SHIPPED = definition_files(Path(__file__).parents[1] / "definitions")

SHORT = """\
# A note and what becomes of it.
workflow: note
version: 1
title: 便条
effective: {from: 2026-01-01}
roles:
  author: {is: submitter}
  clerk:
fields:
  cost: {type: money, currency: CNY, min: 0.50}
  kind: {type: choice, choices: [memo, 7]}
  days: {type: list, of: date}
states:
  draft: {initial: true}
  gone: {final: true}
transitions:
  drop: {from: draft, to: gone, by: clerk, when: cost > 5, accept: [cost, kind, days], apart_from: author}
"""
LONG = """\
"transitions":
  'drop':
    - apart_from: ["author"]
      by: [clerk]
      from:
        - draft
      to: gone
      guard: []
      at_most: ~
      reason: false
      when:
        - {check: "cost > 5", title: null}
      accept: [cost, kind, days]
      require: []
states: {draft: {initial: true, final: false, title: ~}, gone: {final: true}}
fields:
  cost: {currency: CNY, type: money, min: "0.50", places: 2}
  kind: {type: choice, choices: {memo: ~, "7": ~}}
  days: {type: list, of: {type: date}}
roles: {author: {is: submitter}, clerk: {}}
effective: {"from": "2026-01-01"}
title: {zh: 便条, en: 便条}
version: "1"
workflow: note
"""
CANONICAL = (
    '{"language":1,"workflow":"note","version":"1","title":{"en":"便条","zh":"便条"},"effective":{"from":"2026-01-01"},'
    '"roles":{"author":{"is":"submitter"},"clerk":{}},'
    '"fields":{"cost":{"min":"0.50","type":"money","currency":"CNY"},'
    '"kind":{"type":"choice","choices":{"memo":null,"7":null}},"days":{"type":"list","of":{"type":"date"}}},'
    '"states":{"draft":{"initial":true},"gone":{"final":true}},'
    '"transitions":{"drop":[{"from":["draft"],"to":"gone","by":["clerk"],"accept":["cost","kind","days"],'
    '"when":[{"check":"cost > 5"}],"apart_from":["author"]}]}}'
)
DIGEST = "bc1acf8c76cb1e2ceee8c5575775468cf4a9ddc216b8b0ed94330283efc35bc3"


def well_formed(plain: dict[str, Any]) -> Definition:
    """The definition of a tree, whether or not it is sound."""
    return Definition.model_validate(plain)


# -- The canonical form and the digest ---------------------------------------------------------------------------------


def test_the_canonical_form_is_what_it_always_was() -> None:
    definition = load_text(SHORT)
    assert definition.canonical.decode() == CANONICAL
    assert definition.digest == hashlib.sha256(CANONICAL.encode()).hexdigest() == DIGEST


def test_how_a_file_is_written_does_not_count() -> None:
    short, long = load_text(SHORT), load_text(LONG)
    assert long == short
    # Keys stand in the order of the language, names in the order of the file.
    assert long.canonical == short.canonical


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("title: 便条", "title: {en: 便条}"),
        ("min: 0.50", "min: 0.5"),
        ("[memo, 7]", "[7, memo]"),
        ("[memo, 7]", "{memo: Memo, 7: }"),
        ("of: date", "of: text"),
        ("cost > 5", "cost >  5"),
        ("accept: [cost, kind, days]", "accept: [kind, cost, days]"),
        ("  author: {is: submitter}\n  clerk:\n", "  clerk:\n  author: {is: submitter}\n"),
        ("by: clerk", "by: [clerk, author]"),
        ("states:\n", "submit: {accept: [cost, kind, days]}\nstates:\n"),
    ],
)
def test_whatever_else_is_changed_counts(old: str, new: str) -> None:
    assert SHORT.count(old) == 1
    changed, _ = examine(SHORT.replace(old, new))
    assert changed is not None
    assert changed.digest != DIGEST
    assert from_canonical(changed.canonical) == changed


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_comes_back_from_its_canonical_form(path: Path) -> None:
    definition = load(path)
    again = from_canonical(definition.canonical)
    assert again == definition
    assert (again.canonical, again.digest) == (definition.canonical, definition.digest)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
FIELD_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters="\x00"), max_size=8)
LABELS = TEXTS | st.fixed_dictionaries({}, optional={"en": TEXTS | st.none(), "zh": TEXTS | st.none()}) | st.none()
DAYS = st.dates().map(str)
BOUNDS = st.integers(-(10**9), 10**9) | st.decimals(-1000, 1000, places=4).map(str)


def one_or_more(each: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[Any]:
    return each | st.lists(each, min_size=least, max_size=3)


def some(**keys: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """The keys of a part, with the label that every part may have."""
    return {"title": LABELS, **keys}


def field(kind: str, needed: dict[str, Any] | None = None, **more: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"type": st.just(kind), **(needed or {})}, optional=some(**more))


CHOICE_NAMES = TEXTS.filter(lambda name: name not in ("", "<<"))
CHOICES = st.lists(CHOICE_NAMES, min_size=1, max_size=4, unique=True) | st.dictionaries(
    CHOICE_NAMES, LABELS, min_size=1, max_size=4
)
PLACES: dict[str, Any] = {"places": st.integers(0, 9), "min": st.none() | BOUNDS}
SIMPLE_FIELDS = (
    field("text", min=st.integers(0, 9), max=st.none() | st.integers(9, 100_000))
    | field("integer", min=st.integers(-(2**53) + 1, 0), max=st.integers(0, 2**53 - 1))
    | field("decimal", **PLACES)
    | field("money", {"currency": st.sampled_from(["CNY", "EUR"])}, **PLACES)
    | field("boolean")
    | field("date", max=DAYS)
    | field("choice", {"choices": CHOICES})
)
INNER = SIMPLE_FIELDS | st.sampled_from(["text", "integer", "decimal", "boolean", "date"])
FIELDS = SIMPLE_FIELDS | field("list", {"of": INNER}, max=st.integers(1, 1000))
ROLES = st.none() | st.fixed_dictionaries(
    {}, optional=some(**{"is": st.just("submitter"), "did": NAMES, "field": FIELD_NAMES})
)
STATES = st.none() | st.fixed_dictionaries({}, optional=some(initial=st.booleans(), final=st.booleans()))
CHECKS = TEXTS.filter(bool)
CONDITION = CHECKS | st.fixed_dictionaries({"check": CHECKS}, optional=some())
WHEN = CONDITION | st.lists(CONDITION, max_size=3)
TAKEN = {"require": one_or_more(FIELD_NAMES), "accept": one_or_more(FIELD_NAMES), "when": WHEN}
WAY = st.fixed_dictionaries(
    {"from": st.just("*") | one_or_more(NAMES, 1), "to": st.just("=") | NAMES, "by": one_or_more(NAMES)},
    optional=some(
        **TAKEN,
        reason=st.booleans(),
        guard=one_or_more(NAMES),
        apart_from=one_or_more(NAMES),
        at_most=st.none() | st.integers(1, 1_000_000),
    ),
)
DEFINITIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "workflow": st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True),
        "version": st.integers(0, 10**6) | TEXTS.filter(bool),
        "states": st.dictionaries(NAMES, STATES, min_size=1, max_size=4),
    },
    optional=some(
        description=LABELS,
        source=st.none() | TEXTS | st.lists(TEXTS, max_size=3),
        effective=st.none() | st.fixed_dictionaries({}, optional={"from": DAYS, "to": st.none() | DAYS}),
        reference=st.none() | TEXTS.filter(bool),
        roles=st.none() | st.dictionaries(NAMES, ROLES, max_size=3),
        fields=st.none() | st.dictionaries(FIELD_NAMES, FIELDS, max_size=4),
        submit=st.none() | st.fixed_dictionaries({}, optional={"by": one_or_more(NAMES), **TAKEN}),
        transitions=st.none() | st.dictionaries(NAMES, WAY | st.lists(WAY, min_size=1, max_size=3), max_size=4),
    ),
)


@given(DEFINITIONS)
def test_any_definition_comes_back_from_its_canonical_form(plain: dict[str, Any]) -> None:
    definition = well_formed(plain)
    again = from_canonical(definition.canonical)
    assert again == definition
    assert (again.canonical, again.digest) == (definition.canonical, definition.digest)


@given(DEFINITIONS)
def test_any_definition_is_the_same_whether_it_is_written_as_json_or_canonically(plain: dict[str, Any]) -> None:
    definition = well_formed(plain)
    written, _ = examine(json.dumps(plain))
    assert written == definition
    body = json.loads(definition.canonical)
    assert body.pop("language") == 1
    canonically, _ = examine(json.dumps(body))
    assert canonically is not None
    assert canonically.digest == definition.digest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"[]",
        b"{}",
        b'{"language":2,"workflow":"a","version":"1","states":{"a":{}}}',
        b'{"workflow":"a","version":"1","states":{"a":{}}}',
        b'{"language":1,"workflow":"a","version":"1"}',
        b'{"language":1,"workflow":"a","version":"1","states":{"a":{}},"colour":"red"}',
    ],
)
def test_other_bytes_are_no_canonical_form(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        from_canonical(body)


# -- Files and texts ---------------------------------------------------------------------------------------------------


def test_a_file_and_its_text_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "note.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SHORT.replace("\n", "\r\n").encode())
    assert load(path).digest == load(str(path)).digest == load_text(SHORT).digest == load_text(SHORT.encode()).digest


def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "none.yaml", "No such file or directory"),
        (tmp_path, "Is a directory"),
        ("a\x00b", "embedded null byte"),
    ):
        with pytest.raises(InputError) as caught:
            read_file(path)
        assert caught.value.message == f"{path} cannot be read: {problem}"


def test_no_more_of_a_file_is_read_than_a_definition_may_have(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (MAX_BYTES * 2))
    assert len(read_file(path)) == MAX_BYTES + 1
    with pytest.raises(DefinitionError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:1:1: the file has 1048577 bytes; 1048576 are allowed"


def test_every_finding_is_raised_at_once_and_the_first_is_said() -> None:
    text = SHORT.replace("draft, to: gone", "drft, to: gon").replace("is: submitter", "is: submitter, did: x")
    with pytest.raises(DefinitionError) as caught:
        load_text(text, "note.yaml")
    error = caught.value
    assert [(each.rule, each.line, each.column) for each in error.findings] == [
        ("two_relations", 7, 3),
        ("unknown_transition", 7, 32),
        ("unknown_state", 17, 16),
        ("unknown_state", 17, 26),
    ]
    assert error.message == "note.yaml:7:3: the role author can have only one of is, did and field (and 3 more)"
    assert error.exit_code == 2


def test_a_text_that_is_no_text_is_a_finding() -> None:
    definition, (finding,) = examine(SHORT.replace("便条", "\ud800"))
    assert definition is None
    assert (finding.rule, finding.line, finding.column) == ("not_utf8", 4, 8)


UNSOUND_TEXT = """\
workflow: note
version: 1
states: {a: {initial: true}, b: , lost: , trap: {}}
transitions:
  go: {from: a, to: b, by: anyone}
  back: {from: b, to: a, by: []}
  trip: {from: b, to: trap, by: anyone}
"""


def test_what_is_only_unsound_can_be_let_through() -> None:
    with pytest.raises(DefinitionError) as caught:
        load_text(UNSOUND_TEXT)
    assert {each.rule for each in caught.value.findings} == {
        "no_final_state",
        "unreachable_state",
        "dead_end",
        "nobody_may_fire",
    }
    assert {each.rule for each in caught.value.findings} < UNSOUND
    assert list(load_text(UNSOUND_TEXT, sound=False).states) == ["a", "b", "lost", "trap"]
    with pytest.raises(DefinitionError) as still:
        load_text(UNSOUND_TEXT.replace("to: trap", "to: tarp"), sound=False)
    assert [each.rule for each in still.value.findings] == ["unknown_state"]


def test_a_definition_that_a_program_made_is_checked_too() -> None:
    sound = load_text(SHORT)
    assert checked(sound) is sound
    unsound = load_text(UNSOUND_TEXT, sound=False)
    assert checked(unsound) is unsound
    wrong = load_text(SHORT).model_copy(update={"roles": {}})
    with pytest.raises(DefinitionError) as caught:
        checked(wrong)
    assert [(each.rule, each.severity, each.file) for each in caught.value.findings] == [
        ("unknown_role", "error", "note"),
        ("unknown_person", "error", "note"),
    ]


def test_a_warning_keeps_nothing_out() -> None:
    definition, findings = examine(SHORT.replace("  clerk:\n", "  clerk:\n  guest:\n"))
    assert [each.severity for each in findings] == ["warning"]
    assert definition == load_text(SHORT.replace("  clerk:\n", "  clerk:\n  guest:\n"))


# -- What a definition answers -----------------------------------------------------------------------------------------


def test_a_definition_answers_about_its_ways() -> None:
    definition = well_formed(
        {
            "workflow": "note",
            "version": 1,
            "roles": {"clerk": {"title": {"zh": "文书"}}},
            "states": {"a": {"initial": True}, "b": None, "c": {"final": True}},
            "transitions": {
                "go": [
                    {"from": "a", "to": "b", "by": "clerk", "require": ["y", "reason"], "accept": ["x", "y"]},
                    {"from": "*", "to": "=", "by": "clerk", "title": {"en": "Go"}},
                ]
            },
        }
    )
    first, second = (way for _, _, way in definition.ways())
    assert [(name, index) for name, index, _ in definition.ways()] == [("go", 0), ("go", 1)]
    assert (definition.initial, definition.sources(first), definition.sources(second)) == ("a", ("a",), ("a", "b"))
    assert (definition.target(first, "a"), definition.target(second, "b")) == ("b", "b")
    assert (first.takes, first.needs_reason, second.takes, second.needs_reason) == (("y", "x"), True, (), False)
    assert definition.title_of(definition.transitions, "go", "zh") == "Go"
    assert definition.title_of(definition.roles, "clerk", "en") == "文书"
    assert definition.title_of(definition.states, "b", "en") == "b"
