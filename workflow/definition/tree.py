"""YAML text to a tree of nodes that know their line and column. The one door to PyYAML.

Scalars follow the YAML 1.2 core schema, so `no`, `on`, `12:30` and `0123` stay text. Tags, merge keys, repeated
keys and more than one document are refused, and so is a text that is too large, too deep or full of aliases: the
walk is over parser events and never recurses, so that no file can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
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
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value with its place. `value` is a scalar, a list of nodes, or a dict of name to (key node, value node)."""

    value: Any
    line: int
    column: int
    size: int = 1

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
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - (text.rfind(b"\n", 0, error.start) + 1) + 1
        raise _error("not_utf8", file, line, column, byte=f"0x{text[error.start]:02x}") from None
    try:
        return _Composer(file).compose(yaml.parse(decoded, Loader=_LOADER))
    except yaml.reader.ReaderError as error:
        before = decoded[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise _error("bad_character", file, line, column, character=f"U+{ord(str(error.character)):04X}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise _error("bad_yaml", file, line, column, problem=said) from None
    except yaml.YAMLError as error:
        raise _error("bad_yaml", file, 1, 1, problem=" ".join(str(error).split())) from None


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
                    stack[-1][0].size += done.size
                continue
            node = self._node(kind, event, line, column)
            opens = kind in ("MappingStartEvent", "SequenceStartEvent")
            if stack:
                self._attach(stack, node)
                if not opens and kind != "AliasEvent":
                    stack[-1][0].size += 1
                elif kind == "AliasEvent":
                    stack[-1][0].size += node.size
            elif root is None:
                root = node
            if opens:
                if len(stack) >= MAX_DEPTH:
                    raise _error("too_deep", self._file, line, column, limit=MAX_DEPTH)
                stack.append((node, None, event.anchor))
            elif event.anchor and kind == "ScalarEvent":
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
            return Node({}, line, column)
        if kind == "SequenceStartEvent":
            return Node([], line, column)
        plain = event.style is None or event.style == ""
        return Node(_scalar(event.value) if plain and event.tag is None else event.value, line, column)

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
        return Node(name, node.line, node.column)


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
        return Decimal(text)
    return text


def _error(rule: str, file: str, line: int, column: int, **params: Any) -> DefinitionError:
    return DefinitionError([Finding(rule, params, "error", file, line, column)])
