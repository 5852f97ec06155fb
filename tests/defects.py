"""A sound definition, and changes to it that make a defect, with a mark where it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflow.definition.loading import examine

SOUND = """\
workflow: note
version: 1
reference: "N-{year}-{number:03}"
roles:
  author: {is: submitter}
  editor: {did: edit}
  owner: {field: keeper}
  clerk:
fields:
  title: {type: text}
  keeper: {type: text}
  cost: {type: money, currency: CNY}
submit:
  by: anyone
  require: title
  accept: [keeper, cost]
states:
  draft: {initial: true}
  filed:
  gone: {final: true}
transitions:
  edit: {from: draft, to: "=", by: author, accept: title}
  file: {from: draft, to: filed, by: [clerk, owner], when: cost > 5, apart_from: [author, edit]}
  reopen: {from: filed, to: draft, by: editor, require: [reason]}
  drop: {from: "*", to: gone, by: [author, clerk]}
"""
MARK = "▸"


@dataclass(frozen=True)
class Defect:
    """A change to the sound definition, with a mark before each place where something is found.

    `found` holds a rule and a message for each mark, in the order of the file.
    """

    edits: dict[str, str]
    found: tuple[tuple[str, str], ...]
    base: str = SOUND

    @property
    def marked(self) -> str:
        """The whole text, with the marks."""
        text = self.base
        for old, new in self.edits.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Line and column of each mark, were there no marks."""
        for number, line in enumerate(self.marked.splitlines(), 1):
            before = line.split(MARK)[:-1]
            for count in range(len(before)):
                yield number, len("".join(before[: count + 1])) + 1


def defect(old: str, new: str, rule: str, message: str) -> Defect:
    """One change, one finding."""
    return Defect({old: new}, ((rule, message),))


def found_as(defect: Defect, severity: str, *, well_formed: bool) -> None:
    """The defect is found just as it says, and nothing else."""
    definition, findings = examine(defect.marked.replace(MARK, ""), "note.yaml")
    expected = [
        ("note.yaml", severity, *place, *found) for place, found in zip(defect.places, defect.found, strict=True)
    ]
    assert [
        (each.file, each.severity, each.line, each.column, each.rule, each.message) for each in findings
    ] == expected
    assert (definition is not None) is well_formed
