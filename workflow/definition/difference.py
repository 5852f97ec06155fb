"""What differs between two definitions, by section and path. Pure; nothing is found where the digests are equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from workflow.definition.model import Definition

Change = Literal["added", "removed", "changed", "order"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where it is, and what stands there in the first and in the second definition.

    `path` begins with the section and holds keys and names; places in a list count from 0. For `order`, which has a
    meaning (the first way that fits is taken), `before` and `after` are the names as they follow each other.
    """

    path: tuple[str | int, ...]
    change: Change
    before: Any = None
    after: Any = None

    @property
    def section(self) -> str:
        """The key of the definition under which it lies."""
        return str(self.path[0])

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "section": self.section,
            "path": list(self.path),
            "change": self.change,
            "before": self.before,
            "after": self.after,
        }


def differences(first: Definition, second: Definition) -> list[Difference]:
    """Every difference of the canonical forms, in the order of the language, then of the files."""
    if first.digest == second.digest:
        return []
    before, after = (each.model_dump(mode="json", by_alias=True, exclude_defaults=True) for each in (first, second))
    # The keys of a definition stand in the order of the language, whatever the file says.
    names = [info.alias or name for name, info in Definition.model_fields.items()]
    return [each for name in names for each in _at((name,), before, after, name)]


def _at(path: tuple[str | int, ...], before: dict[str, Any], after: dict[str, Any], name: str) -> Iterator[Difference]:
    if name not in after:
        if name in before:
            yield Difference(path, "removed", before[name], None)
    elif name not in before:
        yield Difference(path, "added", None, after[name])
    else:
        yield from _between(path, before[name], after[name])


def _between(path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from _at((*path, name), before, after, name)
        if [name for name in before if name in after] != [name for name in after if name in before]:
            yield Difference(path, "order", list(before), list(after))
    elif _mappings(before) and _mappings(after) and len(before) == len(after):
        for at, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _between((*path, at), old, new)
    elif before != after or type(before) is not type(after):
        yield Difference(path, "changed", before, after)


def _mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
