"""YAML text to a tree: what a scalar is, where everything stands, and what a hostile text comes to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition import tree
from workflow.definition.tree import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, read_tree
from workflow.errors import DefinitionError, Finding

needs_libyaml = pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML was built without libyaml")


@pytest.fixture(params=[pytest.param("CSafeLoader", marks=needs_libyaml), "SafeLoader"])
def either_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both of PyYAML's parsers, for a host may have only the slower one."""
    monkeypatch.setattr(tree, "_LOADER", getattr(yaml, request.param))
    yield


def read(text: str | bytes) -> Node:
    return read_tree(text.encode() if isinstance(text, str) else text, "a.yaml")


def wrong(text: str | bytes) -> Finding:
    """The one finding about a text that is no tree. With libyaml it costs less than a second."""
    began = time.process_time()
    with pytest.raises(DefinitionError) as caught:
        read(text)
    assert time.process_time() - began < 1 or tree._LOADER is yaml.SafeLoader
    (finding,) = caught.value.findings
    assert (finding.file, finding.severity) == ("a.yaml", "error")
    return finding


@dataclass(frozen=True)
class Bad:
    """A text that is no tree, and where and why."""

    text: str | bytes
    place: tuple[int, int]
    rule: str
    message: str


def nested(levels: int, inside: str = "x") -> str:
    return "[" * levels + inside + "]" * levels


# Nine times nine times nine …: 9 ** 11 values in less than 700 bytes.
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 11)
)
# Each alias is one level deeper than the one before it, so that no bracket shows how deep it gets.
STAIRS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))

BAD = {
    "too many bytes": Bad(
        b"a: " + b"x" * MAX_BYTES, (1, 1), "too_large", "the file has 1048579 bytes; 1048576 are allowed"
    ),
    "not UTF-8": Bad(b"a: b\nc: \xff\n", (2, 4), "not_utf8", "the text is not UTF-8 (byte 0xff)"),
    "not UTF-8 after Chinese": Bad(
        "建议: 标题".encode() + b"\xfe", (1, 7), "not_utf8", "the text is not UTF-8 (byte 0xfe)"
    ),
    "not UTF-8 after a byte order mark": Bad(
        b"\xef\xbb\xbfab: \xff", (1, 5), "not_utf8", "the text is not UTF-8 (byte 0xff)"
    ),
    "cut in the middle of a character": Bad(
        "a: 建".encode()[:-1], (1, 4), "not_utf8", "the text is not UTF-8 (byte 0xe5)"
    ),
    "UTF-16": Bad("a: b".encode("utf-16"), (1, 1), "not_utf8", "the text is not UTF-8 (byte 0xff)"),
    "NUL": Bad("a: b\nc: d\x00", (2, 5), "bad_character", "the character U+0000 is not allowed in YAML"),
    "a bell after Chinese": Bad(
        "建议: 标\x07题", (1, 6), "bad_character", "the character U+0007 is not allowed in YAML"
    ),
    "a noncharacter": Bad("a: \uffff", (1, 4), "bad_character", "the character U+FFFF is not allowed in YAML"),
    "NUL by an escape": Bad('a:\n- "b\\0c"', (2, 3), "bad_character", "the character U+0000 is not allowed in YAML"),
    "nothing": Bad("", (1, 1), "empty", "the file is empty"),
    "a comment": Bad("# nothing\n\n", (1, 1), "empty", "the file is empty"),
    "two documents": Bad(
        "a: 1\n---\nb: 2\n", (2, 1), "two_documents", "a file holds one definition, and here begins a second document"
    ),
    "two documents after an end": Bad(
        "a: 1\n...\n---\n", (3, 1), "two_documents", "a file holds one definition, and here begins a second document"
    ),
    "a repeated key": Bad(
        "a: 1\nb: 2\n'a': 3\n", (3, 1), "repeated_key", "the key a stands here twice; first on line 1"
    ),
    "a repeated key that is a number": Bad(
        '{1: a,\n "1": b}', (2, 2), "repeated_key", "the key 1 stands here twice; first on line 1"
    ),
    "a repeated key by an alias": Bad(
        "&k a: 1\n*k : 2\n", (1, 1), "repeated_key", "the key a stands here twice; first on line 1"
    ),
    "a merge key": Bad("a: &a {b: 1}\nc:\n  <<: *a\n", (3, 3), "merge_key", "merge keys (<<) are not allowed"),
    "a list as a key": Bad("? [a, b]\n: c\n", (1, 3), "bad_key", "a key must be a name"),
    "nothing as a key": Bad("a: {~: b}\n", (1, 5), "bad_key", "a key must be a name"),
    "a tag that would build an object": Bad(
        "a: !!python/object/apply:os.system [ls]\n",
        (1, 4),
        "tag",
        "tags are not allowed: tag:yaml.org,2002:python/object/apply:os.system",
    ),
    "a tag of one's own": Bad("a:\n  - !money 5\n", (2, 5), "tag", "tags are not allowed: !money"),
    "a tag that says the obvious": Bad("a: !!str 5\n", (1, 4), "tag", "tags are not allowed: tag:yaml.org,2002:str"),
    "an alias for nothing": Bad(
        "a: *b\n", (1, 4), "bad_alias", "the alias *b stands for nothing that is complete here"
    ),
    "an alias before its anchor": Bad(
        "a: *b\nb: &b 1\n", (1, 4), "bad_alias", "the alias *b stands for nothing that is complete here"
    ),
    "an alias inside itself": Bad(
        "a: &a [1, *a]\n", (1, 11), "bad_alias", "the alias *a stands for nothing that is complete here"
    ),
    "an alias inside its second meaning": Bad(
        "a: &a 1\nb: &a {c: *a}\n", (2, 11), "bad_alias", "the alias *a stands for nothing that is complete here"
    ),
    "a bomb of aliases": Bad(BOMB, (6, 10), "too_many_nodes", "more than 100000 values"),
    "stairs of aliases": Bad(STAIRS, (40, 12), "too_deep", "nested deeper than 40 levels"),
    "too many aliases": Bad(
        "a: &a x\nb:\n" + "- *a\n" * (MAX_ALIASES + 1), (103, 3), "too_many_aliases", "more than 100 aliases"
    ),
    "too many values": Bad(
        "[" + "x," * MAX_NODES + "]", (1, 2 * MAX_NODES), "too_many_nodes", "more than 100000 values"
    ),
    "one level too deep": Bad(nested(MAX_DEPTH + 1), (1, 41), "too_deep", "nested deeper than 40 levels"),
    "lists 20,000 deep": Bad("[" * 20_000, (1, 41), "too_deep", "nested deeper than 40 levels"),
    "mappings 20,000 deep": Bad("{a: " * 20_000, (1, 161), "too_deep", "nested deeper than 40 levels"),
    "dashes 20,000 deep": Bad("- " * 20_000, (1, 81), "too_deep", "nested deeper than 40 levels"),
    "lines 1,000 deep": Bad(
        "".join(f"{' ' * i}a:\n" for i in range(1000)), (41, 41), "too_deep", "nested deeper than 40 levels"
    ),
}


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize("name", BAD)
def test_a_text_that_is_no_tree_has_one_finding_at_its_place(name: str) -> None:
    bad = BAD[name]
    finding = wrong(bad.text)
    assert (finding.rule, finding.line, finding.column) == (bad.rule, *bad.place)
    assert finding.message == bad.message


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [b\n", 2), ("a:\n\tb: c\n", 2), ("a: b: c\n", 1), ("建议: '标题\n", 2), ("a: @b\n", 1), ("a: %b\n%c\n", 1)],
)
def test_a_text_that_is_no_yaml_has_one_finding_on_its_line(text: str, line: int) -> None:
    finding = wrong(text)
    assert (finding.rule, finding.line) == ("bad_yaml", line)
    assert finding.message.startswith("not YAML: ")
    assert "\n" not in finding.message


def test_an_error_of_the_parser_without_a_place_is_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise yaml.YAMLError

    monkeypatch.setattr(yaml, "parse", broken)
    finding = wrong("a: b")
    assert (finding.line, finding.column, finding.message) == (1, 1, "not YAML: YAMLError")


@needs_libyaml
def test_the_place_of_a_mistake_counts_characters_and_not_bytes() -> None:
    finding = wrong("建议标题: {范围: [甲, 乙}\n")
    assert (finding.rule, finding.line, finding.column) == ("bad_yaml", 1, 17)
    assert finding.message == "not YAML: while parsing a flow sequence did not find expected ',' or ']'"


@pytest.mark.usefixtures("either_loader")
def test_the_limits_themselves_are_allowed() -> None:
    assert read("#" * (MAX_BYTES - 2) + "\nx").value == "x"
    assert read(nested(MAX_DEPTH)).height == MAX_DEPTH
    assert read("a: &a x\nb:\n" + "- *a\n" * MAX_ALIASES).size == MAX_ALIASES + 5
    assert read("[" + "x," * (MAX_NODES - 1) + "]").size == MAX_NODES
    deepest = f"a: &a {nested(MAX_DEPTH - 2)}\nb: [*a]\n"
    assert read(deepest).height == MAX_DEPTH
    assert wrong(deepest.replace("[*a]", "[[*a]]")).rule == "too_deep"


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("Null", None),
        ("", None),
        ("'null'", "null"),
        ('"true"', "true"),
        ("! true", "true"),
        ("12", 12),
        ("+12", 12),
        ("-7", -7),
        ("0", 0),
        ("-0", 0),
        ("'12'", "12"),
        ("0123", "0123"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1:2:3", "1:2:3"),
        ("2026-01-31", "2026-01-31"),
        ("1.10", Decimal("1.10")),
        ("-0.5", Decimal("-0.5")),
        (".5", Decimal("0.5")),
        ("5.", Decimal("5")),
        ("1.5e3", Decimal("1500")),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1.2.3", "1.2.3"),
        ("9" * 39, int("9" * 39)),
        ("9" * 40, "9" * 40),
        ("1.0e99999999999999999999", "1.0e99999999999999999999"),
        ("1." + "0" * 36 + "1", Decimal("1." + "0" * 36 + "1")),
        ("1." + "0" * 37 + "1", "1." + "0" * 37 + "1"),
        ("标题", "标题"),
        ("=", "="),
        ("'*'", "*"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    found = read(f"a: {text}\n").plain()["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.usefixtures("either_loader")
def test_a_fraction_keeps_its_digits() -> None:
    assert str(read("a: 1.10").plain()["a"]) == "1.10"


@pytest.mark.usefixtures("either_loader")
def test_keys_are_text_as_they_are_written() -> None:
    assert read("{1: a, true: b, 1.50: c, no: d, 'x y': e, 建议: f}").plain() == {
        "1": "a",
        "true": "b",
        "1.50": "c",
        "no": "d",
        "x y": "e",
        "建议": "f",
    }


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    "text", ["\ufeffa: 建", "a: 建\n", "---\na: 建\n...\n", "%YAML 1.1\n---\na: 建\n", "a: 建\r\n"]
)
def test_what_surrounds_a_document_does_not_matter(text: str) -> None:
    assert read(text).plain() == {"a": "建"}


@pytest.mark.usefixtures("either_loader")
def test_anchors_stand_for_what_is_complete() -> None:
    text = "a: &x {b: [1, 2]}\nc: *x\nd: &x 3\ne: *x\nf: &k g\n*k : h\n"
    assert read(text).plain() == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": 3, "e": 3, "f": "g", "g": "h"}


PLACES = """\
# 合理化建议
标题: 建议
roles:
  board: {title: 评审, is: "no"}
ways:
  - {from: a, 到: b}
  -
    from: 'c'
    to: [d, "e"]
long: >
  one
  two
"""


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("path", "value_at", "key_at"),
    [
        ((), (2, 1), (2, 1)),
        (("标题",), (2, 5), (2, 1)),
        (("roles",), (4, 3), (3, 1)),
        (("roles", "board"), (4, 10), (4, 3)),
        (("roles", "board", "title"), (4, 18), (4, 11)),
        (("roles", "board", "is"), (4, 26), (4, 22)),
        (("ways",), (6, 3), (5, 1)),
        (("ways", 0), (6, 5), (6, 5)),
        (("ways", 0, "到"), (6, 18), (6, 15)),
        (("ways", 1, "from"), (8, 11), (8, 5)),
        (("ways", 1, "to", 1), (9, 13), (9, 13)),
        (("long",), (10, 7), (10, 1)),
        # Steps that lead nowhere are passed over: the name of a branch, a key that is not there, a number too high.
        (("roles", "[a branch]", "board"), (4, 10), (4, 3)),
        (("roles", "board", "nothing"), (4, 10), (4, 3)),
        (("ways", 7), (6, 3), (5, 1)),
        (("标题", 0, "check"), (2, 5), (2, 1)),
    ],
)
def test_every_node_knows_its_place(
    path: tuple[str | int, ...], value_at: tuple[int, int], key_at: tuple[int, int]
) -> None:
    root = read(PLACES)
    value, key = root.at(path), root.at(path, key=True)
    assert (value.line, value.column) == value_at
    assert (key.line, key.column) == key_at


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: score >= 60", 4),
        ("a:   score >= 60   # enough", 6),
        ("a: 'score >= 60'", 5),
        ('a: "score >= 60"', 5),
        ('建议: "标题 == 甲"', 6),
        ("a: &x score >= 60", None),  # the anchor comes first
        ("a: 'it''s'", None),  # one letter is written as two
        ('a: "a\\tb"', None),
        ("a: one\n  two", None),
        ("a: |\n  one", None),
        ("a: >\n  one", None),
    ],
)
def test_a_text_that_stands_there_letter_by_letter_knows_its_first_column(text: str, column: int | None) -> None:
    root = read(text)
    (name,) = root.value
    assert root.at((name,)).text_column == column


# What JSON can hold and YAML too; a key of two arrows would be a merge.
TEXTS = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters="\x00"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**37), 10**37) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read_as_json(value: Any) -> None:
    assert read(json.dumps(value)).plain() == value


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_tree_or_one_finding(text: bytes) -> None:
    try:
        node = read(text)
    except DefinitionError as error:
        assert len(error.findings) == 1
        assert error.findings[0].line >= 1 <= error.findings[0].column
    else:
        assert node.size >= 1


@given(st.text(st.sampled_from("ab:-?*&!|>[]{},'\"#%@ \n<"), max_size=40))
def test_any_yaml_punctuation_is_a_tree_or_one_finding(text: str) -> None:
    try:
        node = read(text)
    except DefinitionError as error:
        assert len(error.findings) == 1
    else:
        assert node.size >= 1
