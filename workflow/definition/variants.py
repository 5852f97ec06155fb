"""Files that are made of others: parameters, and variants that lie over a base. Resolved before anything is read.

`$reply` as a whole plain scalar stands for the value of the parameter `reply`. A file with `base: NAME` takes over
everything of that definition; what it says itself stands instead, name by name in the sections (roles, fields,
states …). What comes out is one tree without base and parameters, in which each node still knows its file and place.
So the canonical form and the digest of a variant are those of the same definition written out in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Protocol, get_origin

from pydantic import BeforeValidator, Field, ValidationError

from workflow.definition.model import Definition, DefinitionName
from workflow.definition.parts import FieldName, Name, Names, Part, absent
from workflow.definition.places import found, in_order, mistake, near
from workflow.definition.tree import MAX_DEPTH, MAX_NODES, Node, read_tree
from workflow.errors import DefinitionError, Finding

MAX_BASES = 8
PARAMETER = r"^\$[a-z][a-z0-9_]{0,63}$"

# Wider than the form of a name, so that a misspelt parameter is found and not taken for text.
_USE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_-]*)\Z")

SECTIONS = tuple(
    info.alias or name for name, info in Definition.model_fields.items() if get_origin(info.annotation) is dict
)
"""The keys of a definition that hold items by name."""


class Overlay(Part):
    """The keys that say how a definition is made of another. They are gone once it is read."""

    base: DefinitionName | None = None
    """The definition over which this one lies: a file of that name in the same folder, or where definitions lie."""
    parameters: Annotated[
        dict[FieldName, Any], BeforeValidator(absent, json_schema_input_type=dict[FieldName, Any] | None)
    ] = Field(default_factory=dict)
    """Values by name, each used as `$name`. Those of a variant overrule those of its base."""
    without: Annotated[
        dict[Name, Names],
        BeforeValidator(absent, json_schema_input_type=dict[Name, Names] | None),
        Field(json_schema_extra={"propertyNames": {"enum": list(SECTIONS)}}),
    ] = Field(default_factory=dict)
    """What is not taken over from the base: names, by section."""


class Shelf(Protocol):
    """Where bases are found."""

    def find(self, name: str) -> tuple[bytes, str] | None:
        """The text of the definition file of that name, and what the file is called; None when there is none."""

    def names(self) -> list[str]:
        """The names that there are."""


class _Sheet(NamedTuple):
    """One file: its tree, and what it says of its making."""

    root: Node
    overlay: Overlay


def resolve(root: Node, shelf: Shelf) -> tuple[Node, list[Finding]]:
    """The tree with its bases taken over and its parameters filled in, and warnings. Raises DefinitionError."""
    sheets = _sheets(root, shelf)
    wrong: list[Finding] = []
    whole = sheets[0].root
    for sheet in sheets[1:]:
        wrong += _not_there(whole, sheet)
        whole = _laid_over(whole, sheet)
    values: dict[str, Node] = {}
    for sheet in sheets:
        values.update(_parameters(sheet.root))
    nested = (use for sheet in sheets for node in _parameters(sheet.root).values() for use in _uses(node))
    wrong += [found("nested_parameter", use, name=_name(use)) for use in nested]
    used = {_name(use) for sheet in sheets for use in _uses(_said(sheet.root))}
    lower = {name for sheet in sheets[:-1] for name in _parameters(sheet.root)}
    warned = []
    for name, key in _declared(root):
        if name in used or name in lower:
            continue
        if sheets[1:]:
            wrong.append(found("unknown_parameter", key, name=name, near=near(name, lower)))
        else:
            warned.append(Finding("unused_parameter", {"name": name}, "warning", key.file, key.line, key.column))
    filled = _Filling(values)
    whole = filled.fill(_said(whole))
    wrong += filled.wrong
    if whole.size > MAX_NODES:
        wrong.append(found("too_many_nodes", root, limit=MAX_NODES))
    if whole.height > MAX_DEPTH:
        wrong.append(found("too_deep", root, limit=MAX_DEPTH))
    if wrong:
        raise DefinitionError(in_order(wrong, root.file))
    return whole, warned


def _sheets(root: Node, shelf: Shelf) -> list[_Sheet]:
    """The files of which a definition is made, the lowest first."""
    sheets = [_sheet(root)]
    names = [_own_name(root)]
    while (name := sheets[0].overlay.base) is not None:
        place = sheets[0].root.value["base"][1]
        if name in names or len(sheets) > MAX_BASES:
            raise DefinitionError([found("base_loop", place, name=name, bases=[*names, name])])
        file = shelf.find(name)
        if file is None:
            raise DefinitionError([found("unknown_base", place, name=name, near=near(name, shelf.names()))])
        lower = read_tree(*file)
        if _own_name(lower) != name and isinstance(lower.value, dict):
            raise DefinitionError([found("unknown_base", place, name=name, file=file[1], other=_own_name(lower))])
        sheets.insert(0, _sheet(lower))
        names.append(name)
    if "without" in sheets[0].root.value:
        raise DefinitionError([found("without_base", sheets[0].root.value["without"][0])])
    return sheets


def _own_name(root: Node) -> str:
    node = root.value.get("workflow") if isinstance(root.value, dict) else None
    return str(node[1].value) if node else ""


def _sheet(root: Node) -> _Sheet:
    if not isinstance(root.value, dict):
        raise DefinitionError([found("not_a_mapping", root)])
    own = {key: node.plain() for key, (_, node) in root.value.items() if key in Overlay.model_fields}
    try:
        overlay = Overlay.model_validate(own)
    except ValidationError as error:
        wrong = [mistake(each, root, Overlay) for each in error.errors(include_url=False)]
        raise DefinitionError(in_order(wrong, root.file)) from None
    sections = root.value["without"][1] if overlay.without else root
    unknown = [name for name in overlay.without if name not in SECTIONS]
    if unknown:
        raise DefinitionError(
            [
                found("unknown_key", sections.value[name][0], key=name, near=near(name, SECTIONS), known=list(SECTIONS))
                for name in unknown
            ]
        )
    return _Sheet(root, overlay)


def _not_there(base: Node, sheet: _Sheet) -> Iterator[Finding]:
    """What is left out of a base that does not have it."""
    for section, names in sheet.overlay.without.items():
        there = base.value[section][1].value if section in base.value else None
        known = list(there) if isinstance(there, dict) else []
        for at, name in enumerate(names):
            if name not in known:
                place = sheet.root.at(("without", section, at))
                yield found("not_in_base", place, name=name, section=section, near=near(name, known))


def _laid_over(base: Node, sheet: _Sheet) -> Node:
    """A base with a variant over it. Name, version and parameters are the variant's own."""
    upper = sheet.root.value
    own = {"workflow", "version", *Overlay.model_fields}
    merged = {key: each for key, each in base.value.items() if key not in own}
    for section, names in sheet.overlay.without.items():
        key, node = merged.get(section, (None, None))
        if node is not None and isinstance(node.value, dict):
            merged[section] = key, _mapping({k: v for k, v in node.value.items() if k not in names}, node)
    for name, (key, node) in upper.items():
        there = merged.get(name)
        if there and name in SECTIONS and isinstance(there[1].value, dict) and isinstance(node.value, dict | None):
            merged[name] = key, _mapping({**there[1].value, **(node.value or {})}, node)
        else:
            merged[name] = key, node
    return _mapping(merged, sheet.root)


def _mapping(value: dict[str, Any], place: Node) -> Node:
    return _sized(Node(value, place.line, place.column, file=place.file))


def _sized(node: Node) -> Node:
    """The node, counted again."""
    inside = [each for _, each in node.value.values()] if isinstance(node.value, dict) else node.value
    node.size = 1 + sum(each.size for each in inside)
    node.height = 1 + max((each.height for each in inside), default=0)
    return node


def _said(root: Node) -> Node:
    """The tree without the keys that say how it is made."""
    if not any(key in root.value for key in Overlay.model_fields):
        return root
    return _mapping({key: each for key, each in root.value.items() if key not in Overlay.model_fields}, root)


def _parameters(root: Node) -> Mapping[str, Node]:
    _, node = root.value.get("parameters", (None, None))
    return {name: each for name, (_, each) in node.value.items()} if node is not None and node.value else {}


def _declared(root: Node) -> Iterator[tuple[str, Node]]:
    """The parameters of a file, each with the place of its name."""
    _, node = root.value.get("parameters", (None, None))
    for name, (key, _) in (node.value or {}).items() if node is not None else ():
        yield name, key


def _uses(node: Node) -> Iterator[Node]:
    """Every scalar that stands for a parameter."""
    if isinstance(node.value, dict):
        for _, each in node.value.values():
            yield from _uses(each)
    elif isinstance(node.value, list):
        for each in node.value:
            yield from _uses(each)
    elif isinstance(node.value, str) and not node.quoted and _USE.match(node.value):
        yield node


def _name(use: Node) -> str:
    return str(use.value)[1:]


class _Filling:
    """Puts the values of parameters in their places; what has no value is wrong."""

    def __init__(self, values: Mapping[str, Node]) -> None:
        self.wrong: list[Finding] = []
        self._values = values

    def fill(self, node: Node) -> Node:
        """The node with every parameter filled in; the same node where there is none."""
        if isinstance(node.value, dict):
            named = {name: (key, self.fill(each)) for name, (key, each) in node.value.items()}
            same = all(named[name][1] is each for name, (_, each) in node.value.items())
            return node if same else _mapping(named, node)
        if isinstance(node.value, list):
            items = [self.fill(each) for each in node.value]
            same = all(new is old for new, old in zip(items, node.value, strict=True))
            return node if same else _sized(Node(items, node.line, node.column, file=node.file))
        if not isinstance(node.value, str) or node.quoted or not _USE.match(node.value):
            return node
        name = _name(node)
        if name not in self._values:
            self.wrong.append(found("unknown_parameter", node, name=name, near=near(name, self._values)))
        return self._values.get(name, node)
