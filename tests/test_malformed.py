"""What is not well formed is no definition: each mistake is found at its place, with what may be meant."""

from __future__ import annotations

import pytest

from tests.defects import Defect, defect, found_as
from workflow.definition.loading import examine

MALFORMED = {
    "an unknown key": defect(
        "  draft: {initial: true}",
        "  draft: {▸inital: true}",
        "unknown_key",
        "unknown key inital, did you mean initial? (known: title, initial, final, due)",
    ),
    "an unknown key at the top": Defect(
        {"workflow: note\n": "workflow: note\n▸calender: CN\n"},
        (
            (
                "unknown_key",
                "unknown key calender, did you mean calendar? (known: workflow, version, title, description, "
                "source, effective, calendar, zone, reference, roles, fields, lists, submit, states, panels, "
                "notices, deadlines, awards, links, batches, periodic, transitions, base, parameters, "
                "without)",
            ),
        ),
    ),
    "an unknown key of a transition": defect(
        "  edit: {from: draft,",
        "  edit: {from: draft, ▸appart_from: x,",
        "unknown_key",
        "unknown key appart_from, did you mean apart_from? (known: title, from, to, by, require, accept, "
        "reason, when, guard, apart_from, at_most, panel, notice, after, within, extends, link, subcases, "
        "opens, batch, marks, award, during_objection, reopens)",
    ),
    "an unknown key of the submission": defect(
        "  require: title\n",
        "  ▸requires: title\n",
        "unknown_key",
        "unknown key requires, did you mean require? (known: by, require, accept, when, windows, record_within)",
    ),
    "an unknown key of a field named title": defect(
        "  title: {type: text}",
        "  title: {type: text, ▸mx: 3}",
        "unknown_key",
        "unknown key mx, did you mean max? (known: title, confidential, type, min, max)",
    ),
    "an unknown key of what a list holds": defect(
        "  title: {type: text}",
        "  title: {type: list, of: {type: date, ▸mn: 3}}",
        "unknown_key",
        "unknown key mn, did you mean min? (known: title, confidential, type, min, max)",
    ),
    "an unknown key of a condition": defect(
        "when: cost > 5",
        "when: {check: cost > 5, ▸titel: x}",
        "unknown_key",
        "unknown key titel, did you mean title? (known: check, title)",
    ),
    "an unknown language": defect(
        "  filed:\n", "  filed: {title: {▸fr: Classé}}\n", "unknown_key", "unknown key fr (known: en, zh)"
    ),
    "an unknown language of a choice": defect(
        "  title: {type: text}",
        "  title: {type: choice, choices: {A: {▸fr: Un}}}",
        "unknown_key",
        "unknown key fr (known: en, zh)",
    ),
    "an unknown language of a condition": defect(
        "when: cost > 5",
        "when: [{check: cost > 5, title: {▸zz: x}}]",
        "unknown_key",
        "unknown key zz (known: en, zh)",
    ),
    "an unknown language of the definition": defect(
        "version: 1\n", "version: 1\ndescription: {▸fr: x}\n", "unknown_key", "unknown key fr (known: en, zh)"
    ),
    "an unknown key of the time in force": defect(
        "version: 1\n",
        "version: 1\neffective: {▸since: 2026-01-01}\n",
        "unknown_key",
        "unknown key since (known: from, to)",
    ),
    "an unknown key of a role": defect(
        "  author: {is: submitter}",
        "  author: {▸iss: submitter}",
        "unknown_key",
        "unknown key iss, did you mean is? (known: title, is, did, field)",
    ),
    "a key of Python and not of the language": defect(
        "  author: {is: submitter}",
        "  author: {▸relation: submitter}",
        "unknown_key",
        "unknown key relation (known: title, is, did, field)",
    ),
    "missing keys": Defect(
        {'  edit: {from: draft, to: "=", by: author, accept: title}': "  ▸▸▸edit: {accept: title}"},
        (
            ("missing_key", "the key from is missing"),
            ("missing_key", "the key to is missing"),
            ("missing_key", "the key by is missing"),
        ),
    ),
    "a missing key at the top": Defect(
        {"workflow: note": "▸title: note"}, (("missing_key", "the key workflow is missing"),)
    ),
    "a field without a type": defect(
        "  title: {type: text}", "  ▸title: {max: 3}", "missing_key", "the key type is missing"
    ),
    "an unknown type": defect(
        "  title: {type: text}",
        "  title: {type: ▸txt}",
        "bad_field_type",
        "the field title has an unknown type txt, did you mean text? (known: text, integer, decimal, money, boolean, "
        "date, choice, list)",
    ),
    "an unknown type in a list": defect(
        "  title: {type: text}",
        "  title: {type: list, of: ▸money2}",
        "bad_field_type",
        "the field of has an unknown type money2, did you mean money? (known: text, integer, decimal, money, boolean, "
        "date, choice)",
    ),
    "a name that is none": defect(
        "  filed:\n", "  ▸9lives:\n", "bad_name", "not a name: 9lives (the form is ^[A-Za-z][A-Za-z0-9_-]{0,63}$)"
    ),
    "a choice without a name": defect(
        "  title: {type: text}", '  title: {type: choice, choices: {▸"": x}}', "bad_name", "not a name: "
    ),
    "not a mapping": defect("  title: {type: text}", "  title: ▸text", "bad_value", "title must be a mapping of keys"),
    "states as a list": Defect(
        {"  draft: {initial: true}\n  filed:\n  gone: {final: true}\n": "  ▸[draft, filed]\n"},
        (("bad_value", "states must be a mapping of keys"),),
    ),
    "not a list of names": defect(
        "accept: title}", "accept: ▸{title: x}}", "bad_value", "accept must be a name or a list of names"
    ),
    "not text": defect("to: filed,", "to: ▸5,", "bad_value", "to must be text"),
    "not a name of a state": defect(
        "to: filed,",
        "to: ▸the file,",
        "bad_value",
        "to must be of the form ^(=|[A-Za-z][A-Za-z0-9_-]{0,63})$, not the file",
    ),
    "not a name among several": defect(
        "{from: filed,",
        "{from: [filed, ▸*],".replace("▸*", '▸"*"'),
        "bad_value",
        "from must be of the form ^[A-Za-z][A-Za-z0-9_-]{0,63}$, not *",
    ),
    "from nowhere": defect("{from: filed,", "{from: ▸[],", "bad_value", "from must have at least 1"),
    "no way at all": defect(
        "  reopen: {from: filed, to: draft, by: editor, require: [reason]}",
        "  reopen: ▸[]",
        "bad_value",
        "reopen must have at least 1",
    ),
    "yes is not true": defect("{final: true}", "{final: ▸yes}", "bad_value", "final must be true or false"),
    "not a whole number": defect(
        "by: editor,", "by: editor, at_most: ▸1.5,", "bad_value", "at_most must be a whole number"
    ),
    "a number that is too small": defect(
        "by: editor,", "by: editor, at_most: ▸0,", "bad_value", "at_most must be at least 1"
    ),
    "a number that is too large": defect(
        "  title: {type: text}", "  title: {type: text, max: ▸100001}", "bad_value", "max must be at most 100000"
    ),
    "not a number": defect(
        "  title: {type: text}", "  title: {type: decimal, min: ▸low}", "bad_value", "min must be a number"
    ),
    "not a date": defect(
        "version: 1\n",
        "version: 1\neffective: {from: ▸1986}\n",
        "bad_value",
        "from must be a date YYYY-MM-DD",
    ),
    "a minimum above its maximum": defect(
        "  title: {type: text}",
        "  title: ▸{type: integer, min: 5, max: 2}",
        "bad_value",
        "title: min 5 is above max 2",
    ),
    "a choice twice": defect(
        "  title: {type: text}",
        "  title: {type: choice, choices: ▸[A, B, A]}",
        "bad_value",
        "choices: A stands here twice",
    ),
    "another relation": defect("{is: submitter}", "{is: ▸owner}", "bad_value", "is must be 'submitter'"),
    "an empty reference": defect(
        'reference: "N-{year}-{number:03}"', 'reference: ▸""', "bad_value", "reference must have at least 1 characters"
    ),
    "a version that is too long": defect(
        "version: 1\n", f"version: ▸{'1.' * 33}\n", "bad_value", "version must have at most 64 characters"
    ),
    "too many choices": defect(
        "  title: {type: text}",
        f"  title: {{type: choice, choices: ▸[{', '.join(f'c{i}' for i in range(1001))}]}}",
        "bad_value",
        "choices must have at most 1000",
    ),
    "mistakes in several places": Defect(
        {"  filed:\n": "  filed: {▸fnal: true}\n", "to: filed,": "to: ▸5,", "accept: title}": "▸acept: title}"},
        (
            ("unknown_key", "unknown key fnal, did you mean final? (known: title, initial, final, due)"),
            (
                "unknown_key",
                "unknown key acept, did you mean accept? (known: title, from, to, by, require, accept, "
                "reason, when, guard, apart_from, at_most, panel, notice, after, within, extends, link, "
                "subcases, opens, batch, marks, award, during_objection, reopens)",
            ),
            ("bad_value", "to must be text"),
        ),
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_well_formed_is_found_at_its_place(name: str) -> None:
    found_as(MALFORMED[name], "error", well_formed=False)


@pytest.mark.parametrize(
    ("text", "place"), [("- a\n- b\n", (1, 1)), ("\n  note\n", (2, 3)), ("5", (1, 1)), ("~", (1, 1))]
)
def test_a_text_that_is_no_mapping_is_no_definition(text: str, place: tuple[int, int]) -> None:
    definition, (finding,) = examine(text)
    assert definition is None
    assert (finding.rule, finding.line, finding.column) == ("not_a_mapping", *place)
    assert finding.message == "a definition is a mapping of keys"
