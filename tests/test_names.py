"""Names that are reserved, and templates of references: the good, the bad, and how they are filled."""

from __future__ import annotations

import pytest

from tests.defects import SOUND
from workflow.definition.checking import CEL_WORDS, RESERVED_FIELDS, number_reference
from workflow.definition.conditions import VARIABLES
from workflow.definition.loading import examine


@pytest.mark.parametrize("name", sorted(RESERVED_FIELDS | CEL_WORDS))
def test_a_reserved_name_is_no_field(name: str) -> None:
    text = SOUND.replace("  cost: {type: money", f"  {name}: {{type: text}}\n  cost: {{type: money")
    text = text.replace("[keeper, cost]", f'[keeper, cost, "{name}"]').replace(f"  {name}: {{", f'  "{name}": {{')
    _, findings = examine(text)
    assert ("reserved_name", 12, 3) in [(each.rule, each.line, each.column) for each in findings]


def test_the_reserved_names_are_those_that_a_condition_could_not_read() -> None:
    assert VARIABLES.keys() | {"reason"} == RESERVED_FIELDS


@pytest.mark.parametrize(
    "template", ["{number}", "建议-{number:05d}", "{year}{month:02}-{number:09}", "({number}) {year}"]
)
def test_a_good_reference_is_good(template: str) -> None:
    _, findings = examine(SOUND.replace('"N-{year}-{number:03}"', f'"{template}"'))
    assert findings == []


@pytest.mark.parametrize(
    "template",
    ["{number:0}", "{number:9}", "{number:05x}", "{number", "number}", "{Number}", "{}{number}", "{number!r}"],
)
def test_a_bad_reference_is_bad(template: str) -> None:
    _, findings = examine(SOUND.replace('"N-{year}-{number:03}"', f'"{template}"'))
    assert [(each.rule, each.line, each.column) for each in findings] == [("bad_reference", 3, 1)]


@pytest.mark.parametrize(
    ("template", "reference"),
    [
        ("HLH-{year}-{number:05d}", "HLH-2026-00042"),
        ("{number}", "42"),
        ("{year}{month:02}/{number:03}", "202603/042"),
        ("N{number:01}-{number}", "N42-42"),
    ],
)
def test_a_reference_is_filled(template: str, reference: str) -> None:
    assert number_reference(template, year=2026, month=3, number=42) == reference
