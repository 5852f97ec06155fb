"""Lint of what connects cases: links, sub-cases, batches, marks, periods."""

from __future__ import annotations

import pytest

from tests.defects import Defect, found_as
from workflow.definition.loading import examine

BASE = """\
workflow: idea
version: 1
calendar: CN
roles: {author: {is: submitter}, office: }
fields: {title: {type: text}, saving: {type: money, currency: CNY}}
submit: {require: title, accept: saving}
states: {open: {initial: true}, asked: , chosen: {final: true}, double: {final: true}}
links: {duplicate: {by: office, earlier: true}}
batches: {choice: {at_most: 2, quotas: [{of: large, when: saving > 5, lte: 1/2}]}}
periodic: {every: 1m, from: 2025-10-01, data: {title: "since {start}"}}
transitions:
  ask: {from: open, to: asked, by: office, opens: {definition: check, copy: title}}
  merge: {from: open, to: double, by: office, link: duplicate}
  choose: {from: asked, to: chosen, by: office, subcases: closed, batch: choice,
    marks: {on: author, mark: star, for: 1y}}
"""


def broken(old: str, new: str, rule: str, message: str) -> Defect:
    """One change to the definition above, one finding."""
    return Defect({old: new}, ((rule, message),), BASE)


ERRORS = {
    "a link that is not declared": broken(
        "link: duplicate}",
        "▸link: duplicat}",
        "unknown_link",
        "there is no link duplicat, did you mean duplicate? (known: duplicate)",
    ),
    "a mark that is taken off for a time": broken(
        "mark: star, for: 1y}",
        "mark: star, off: true, ▸for: 1y}",
        "mark_off_for",
        "the mark star is taken off; for how long has no meaning then",
    ),
    "a period that fills a field with what does not fit": broken(
        'data: {title: "since {start}"}',
        "data: {▸saving: many}",
        "bad_periodic",
        "what the clock would enter in saving does not fit (not_decimal)",
    ),
}
WARNINGS = {
    "no transition opens what another waits for": Defect(
        {", opens: {definition: check, copy: title}": "", "subcases: closed": "▸subcases: closed"},
        (("no_subcases", "choose waits for sub-cases, and no transition opens any"),),
        BASE,
    ),
}
# Two findings each: the batch that is not there, and the one that nobody uses any more.
BATCH = Defect(
    {"batch: choice": "batch: ▸choices", "batches: {choice": "batches: {▸choice"},
    (
        ("unused_batch", "no transition is made for the batch choice"),
        ("unknown_batch", "there is no batch choices, did you mean choice? (known: choice)"),
    ),
    BASE,
)
RELATIONS = {**ERRORS, **WARNINGS, "a batch": BATCH}


def test_the_sound_definition_has_no_findings() -> None:
    definition, findings = examine(BASE)
    assert findings == []
    assert definition is not None


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_found_at_its_place(name: str) -> None:
    found_as(ERRORS[name], "error", well_formed=True)


def test_a_batch_is_declared_and_used() -> None:
    found = [(each.rule, each.severity, each.message) for each in examine(BATCH.marked.replace("▸", ""))[1]]
    assert sorted(found) == sorted(
        (rule, "error" if rule == "unknown_batch" else "warning", message) for rule, message in BATCH.found
    )


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_found_at_its_place(name: str) -> None:
    found_as(WARNINGS[name], "warning", well_formed=True)
