"""YAML text to a tree of nodes that know their line and column. The one door to PyYAML.

Scalars follow the YAML 1.2 core schema, so `no`, `on`, `12:30` and `0123` stay text. Tags, merge keys, repeated
keys and more than one document are refused, and so is a text that is too large, too deep (aliases counted in) or
full of aliases: the walk is over parser events and never recurses, so that no file can exhaust the stack.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from workflow.errors import DefinitionError, Finding

MAX_BYTES = 1_048_576
MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_ALIASES = 100

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
# What YAML may hold: the printable characters, tab and the line breaks.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What an escape in quotes can spell and no store can keep.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value with its place. `value` is a scalar, a list of nodes, or a dict of name to (key node, value node).

    `size` counts the values in it and `height` the levels below it. `text_column` is where the text of a scalar
    begins when it stands in the file letter by letter on one line, so that a place in the text is a place in the file.
    `quoted` tells a text in quotes (or a block) from a plain scalar.
    """

    value: Any
    line: int
    column: int
    size: int = 1
    height: int = 0
    text_column: int | None = None
    file: str = ""
    quoted: bool = False

    def plain(self) -> Any:
        """The value without places, as nested dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {name: child.plain() for name, (_, child) in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def at(self, path: tuple[str | int, ...], *, key: bool = False) -> Node:
        """The node nearest to `path`: steps that lead nowhere (tags of a union) are passed over.

        With `key`, the place of the last key itself and not of its value.
        """
        here, found = self, self
        for step in path:
            if isinstance(here.value, dict) and step in here.value:
                name, here = here.value[step]
                found = name if key else here
            elif isinstance(here.value, list) and isinstance(step, int) and step < len(here.value):
                found = here = here.value[step]
        return found


def read_tree(text: bytes, file: str) -> Node:
    """Compose one YAML document. Raises DefinitionError with file, line and column."""
    if len(text) > MAX_BYTES:
        raise _error("too_large", file, 1, 1, size=len(text), limit=MAX_BYTES)
    try:
        decoded = text.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(error.object[: error.start].decode("utf-8"))
        raise _error("not_utf8", file, line, column, byte=f"0x{error.object[error.start]:02x}") from None
    if found := _FORBIDDEN.search(decoded):
        line, column = _place(decoded[: found.start()])
        raise _error("bad_character", file, line, column, character=_code(found.group()))
    try:
        return _Composer(file).compose(yaml.parse(decoded, Loader=_LOADER))
    except yaml.YAMLError as error:
        if "nesting depth" in str(error) and _LOADER is not yaml.SafeLoader:
            # The fast reader has a limit of its own and says nothing of what came before; the slow one gets to ours.
            return _Composer(file).compose(yaml.parse(decoded, Loader=yaml.SafeLoader))
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        parts = [getattr(error, "context", None), getattr(error, "problem", None)]
        said = " ".join(part for part in parts if part) or type(error).__name__
        raise _error("bad_yaml", file, line, column, problem=said) from None


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


class _Composer:
    """Builds the tree from events with a stack of its own."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._aliases = 0
        self._nodes = 0

    def compose(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        stack: list[tuple[Node, Node | None, str | None]] = []
        for event in events:
            kind = type(event).__name__
            if kind in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                continue
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if kind == "DocumentStartEvent":
                if root is not None:
                    raise _error("two_documents", self._file, line, column)
                continue
            if kind in ("MappingEndEvent", "SequenceEndEvent"):
                done, _, anchor = stack.pop()
                if anchor:
                    self._anchors[anchor] = done
                if stack:
                    _grow(stack[-1][0], done)
                continue
            node = self._node(kind, event, line, column)
            if len(stack) + node.height > MAX_DEPTH:
                raise _error("too_deep", self._file, line, column, limit=MAX_DEPTH)
            if stack:
                self._attach(stack, node)
            elif root is None:
                root = node
            if kind in ("MappingStartEvent", "SequenceStartEvent"):
                # Until it is complete, the name stands for nothing, not even for what it stood for before.
                self._anchors.pop(event.anchor, None)
                stack.append((node, None, event.anchor))
                continue
            if stack:
                _grow(stack[-1][0], node)
            if event.anchor and kind == "ScalarEvent":
                self._anchors[event.anchor] = node
        if root is None:
            raise _error("empty", self._file, 1, 1)
        return root

    def _node(self, kind: str, event: Any, line: int, column: int) -> Node:
        if kind == "AliasEvent":
            self._aliases += 1
            target = self._anchors.get(event.anchor)
            if target is None:
                raise _error("bad_alias", self._file, line, column, name=event.anchor)
            if self._aliases > MAX_ALIASES:
                raise _error("too_many_aliases", self._file, line, column, limit=MAX_ALIASES)
            self._count(target.size, line, column)
            return target
        if event.tag is not None and event.tag != "!":
            raise _error("tag", self._file, line, column, tag=event.tag)
        self._count(1, line, column)
        if kind == "MappingStartEvent":
            return Node({}, line, column, height=1, file=self._file)
        if kind == "SequenceStartEvent":
            return Node([], line, column, height=1, file=self._file)
        if found := _UNSTORABLE.search(event.value):
            raise _error("bad_character", self._file, line, column, character=_code(found.group()))
        quotes = 0 if event.style in (None, "") else 1
        value = event.value if quotes or event.tag else _scalar(event.value)
        width = event.end_mark.column - event.start_mark.column
        literal = event.start_mark.line == event.end_mark.line and width == len(event.value) + 2 * quotes
        text_column = column + quotes if literal else None
        return Node(value, line, column, text_column=text_column, file=self._file, quoted=bool(quotes))

    def _count(self, more: int, line: int, column: int) -> None:
        self._nodes += more
        if self._nodes > MAX_NODES:
            raise _error("too_many_nodes", self._file, line, column, limit=MAX_NODES)

    def _attach(self, stack: list[tuple[Node, Node | None, str | None]], node: Node) -> None:
        parent, key, anchor = stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif key is None:
            stack[-1] = (parent, self._key(parent, node), anchor)
        else:
            parent.value[key.value] = (key, node)
            stack[-1] = (parent, None, anchor)

    def _key(self, parent: Node, node: Node) -> Node:
        if isinstance(node.value, dict | list) or node.value is None:
            raise _error("bad_key", self._file, node.line, node.column)
        name = node.value if isinstance(node.value, str) else _spelling(node.value)
        if name == "<<":
            raise _error("merge_key", self._file, node.line, node.column)
        if name in parent.value:
            first = parent.value[name][0]
            raise _error("repeated_key", self._file, node.line, node.column, name=name, first=first.line)
        return Node(name, node.line, node.column, file=self._file)


def _grow(parent: Node, child: Node) -> None:
    parent.size += child.size
    parent.height = max(parent.height, child.height + 1)


def _spelling(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema; fractions become Decimal, so that no amount is ever a float."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INTEGER.match(text) and (text.lstrip("+-") == "0" or not text.lstrip("+-").startswith("0")):
        return int(text) if len(text) < 40 else text
    if "." in text and _DECIMAL.match(text) and len(text) < 40:
        try:
            return Decimal(text)
        except InvalidOperation:  # an exponent beyond what Decimal can hold
            return text
    return text


def _error(rule: str, file: str, line: int, column: int, **params: Any) -> DefinitionError:
    return DefinitionError([Finding(rule, params, "error", file, line, column)])
