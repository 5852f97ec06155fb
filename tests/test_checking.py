"""Lint: each defect of a definition is found at its place, with a suggestion where there is one; nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.test_messages import rules_of_checking, rules_of_loading
from workflow.definition.checking import CEL_WORDS, RESERVED_FIELDS, number_reference
from workflow.definition.conditions import VARIABLES
from workflow.definition.loading import examine, load
from workflow.definition.model import Definition
from workflow.definition.tree import read_tree

DEFINITIONS = Path(__file__).parents[1] / "definitions"
SHIPPED = sorted(DEFINITIONS.glob("*.yaml"))
PEP_MACHINE = Path(__file__).parents[2] / "shared" / "data" / "pep_machine.yaml"

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

    @property
    def marked(self) -> str:
        """The whole text, with the marks."""
        text = SOUND
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


ERRORS = {
    # -- Names that do not exist -----------------------------------------------------------------------------------
    "from a state that is not there": defect(
        "{from: filed,", "{from: ▸fild,", "unknown_state", "there is no state fild, did you mean filed?"
    ),
    "from one of several": defect(
        "{from: filed,", "{from: [filed, ▸gon],", "unknown_state", "there is no state gon, did you mean gone?"
    ),
    "to a state that is not there": defect(
        "to: filed,", "to: ▸elsewhere,", "unknown_state", "there is no state elsewhere"
    ),
    "by a role that is not there": defect(
        "by: [clerk, owner]",
        "by: [clerk, owner, ▸clerks]",
        "unknown_role",
        "there is no role clerks, did you mean clerk?",
    ),
    "by the clock": defect(
        "by: editor", "by: [editor, ▸clock]", "unknown_role", "there is no role clock, did you mean clerk?"
    ),
    "opened by a role that is not there": defect(
        "by: anyone", "by: [clerk, ▸anyon]", "unknown_role", "there is no role anyon, did you mean anyone?"
    ),
    "a field that is not there": defect(
        "accept: title}", "accept: [title, ▸titel]}", "unknown_field", "there is no field titel, did you mean title?"
    ),
    "a required field that is not there": defect(
        "require: title", "require: [title, ▸sum]", "unknown_field", "there is no field sum"
    ),
    "a reason that is only accepted": defect(
        "accept: title}", "accept: [title, ▸reason]}", "unknown_field", "there is no field reason"
    ),
    "whoever made a transition that is not there": defect(
        "{did: edit}", "{did: ▸edti}", "unknown_transition", "there is no transition edti, did you mean edit?"
    ),
    "whoever stands in a field that is not there": defect(
        "{field: keeper}", "{field: ▸keepers}", "unknown_field", "there is no field keepers, did you mean keeper?"
    ),
    "apart from nobody known": defect(
        "[author, edit]}",
        "[author, ▸edits]}",
        "unknown_person",
        "edits is neither a relation nor a transition, did you mean edit?",
    ),
    # -- Names that mean something else ----------------------------------------------------------------------------
    "a field named like a variable": Defect(
        {"  cost: {type: money": "  ▸now: {type: date}\n  cost: {type: money", "[keeper, cost]": "[keeper, cost, now]"},
        (("reserved_name", "the name now is reserved"),),
    ),
    "a field named like a word of CEL": Defect(
        {"  cost: {type: money": "  ▸in: {type: date}\n  cost: {type: money", "[keeper, cost]": "[keeper, cost, in]"},
        (("reserved_name", "the name in is reserved"),),
    ),
    "a role named anyone": Defect(
        {"  clerk:\n": "  clerk:\n  ▸anyone:\n"}, (("reserved_name", "the name anyone is reserved"),)
    ),
    "a role named clock": Defect(
        {"  clerk:\n": "  clerk:\n  ▸clock:\n", "by: editor": "by: [editor, clock]"},
        (("reserved_name", "the name clock is reserved"),),
    ),
    "apart from a name of two": Defect(
        {"  clerk:\n": "  clerk:\n  edit: {is: submitter}\n", "[author, edit]}": "[author, ▸edit]}"},
        (("ambiguous_name", "edit is both a role and a transition"),),
    ),
    "apart from a grant": defect(
        "[author, edit]}",
        "[author, ▸clerk]}",
        "apart_from_grant",
        "clerk is granted, so it means nobody in particular; name a relation or a transition",
    ),
    "two relations in one role": defect(
        "  editor: {did: edit}",
        "  ▸editor: {did: edit, field: keeper}",
        "two_relations",
        "the role editor can have only one of is, did and field",
    ),
    "a person in a field of money": defect(
        "{field: keeper}",
        "{field: ▸cost}",
        "person_not_text",
        "the field cost holds money, not the id of a person (text)",
    ),
    # -- Conditions ------------------------------------------------------------------------------------------------
    "a condition on no field": defect(
        "when: cost > 5",
        "when: cost > 5 && ▸price > 5",
        "bad_condition",
        "the condition cannot be used: undeclared reference to 'price'",
    ),
    "a condition of the wrong type": defect(
        "when: cost > 5",
        "when: cost ▸> '5'",
        "bad_condition",
        "the condition cannot be used: found no matching overload for '_>_' applied to '(decimal, string)'",
    ),
    "a condition in quotes after Chinese": defect(
        "when: cost > 5",
        "when: \"title == '建议' && ▸price > 5\"",
        "bad_condition",
        "the condition cannot be used: undeclared reference to 'price'",
    ),
    "a condition among several": defect(
        "when: cost > 5",
        "when: [cost > 5, {check: ▸cost + 1 > 5}]".replace("▸cost +", "cost ▸+"),
        "bad_condition",
        "the condition cannot be used: found no matching overload for '_+_' applied to '(decimal, int)'",
    ),
    "two mistakes in one condition": Defect(
        {"when: cost > 5": "when: ▸a || ▸b"},
        (
            ("bad_condition", "the condition cannot be used: undeclared reference to 'a'"),
            ("bad_condition", "the condition cannot be used: undeclared reference to 'b'"),
        ),
    ),
    "a condition over several lines": Defect(
        {
            "  reopen: {from: filed, to: draft, by: editor, require: [reason]}": (
                "  reopen:\n    from: filed\n    to: draft\n    by: editor\n"
                "    when: ▸>\n      cost > 5 &&\n      price > 5"
            )
        },
        (("bad_condition", "the condition cannot be used: undeclared reference to 'price'"),),
    ),
    "a condition on opening a case": defect(
        "  require: title\n",
        "  require: title\n  when: ▸title\n",
        "bad_condition",
        "the condition cannot be used: gives string, not true or false",
    ),
    # -- Graphs in which a case gets stuck -------------------------------------------------------------------------
    "no initial state": Defect(
        {"states:": "▸states:", "draft: {initial: true}": "draft:"}, (("no_initial_state", "no state is initial"),)
    ),
    "two initial states": defect(
        "  filed:\n", "  ▸filed: {initial: true}\n", "two_initial_states", "filed is initial too; draft is already"
    ),
    "a way out of a final state": defect(
        "{from: filed,", "{from: [filed, ▸gone],", "leaves_final_state", "reopen leaves gone, which is final"
    ),
    "no final state": Defect(
        {"states:": "▸states:", "  gone: {final: true}": "  ▸gone:"},
        (
            ("no_final_state", "no state is final"),
            ("dead_end", "nothing leads out of gone, which is not final"),
        ),
    ),
    "a state that nothing reaches": defect(
        "  filed:\n", "  filed:\n  ▸lost:\n", "unreachable_state", "the state lost is never reached"
    ),
    "a state that only itself reaches": Defect(
        {"  filed:\n": "  filed:\n  ▸lost:\n", "  reopen: {from: filed,": "  reopen: {from: [filed, lost],"},
        (("unreachable_state", "the state lost is never reached"),),
    ),
    "a state without a way out": Defect(
        {
            "  filed:\n": "  ▸filed:\n",
            '{from: "*", to: gone,': "{from: draft, to: gone,",
            "{from: filed, to: draft,": '{from: filed, to: "=",',
        },
        (("dead_end", "nothing leads out of filed, which is not final"),),
    ),
    "states that only lead to each other": Defect(
        {
            "  filed:\n": "  ▸filed:\n  ▸lost:\n",
            '{from: "*", to: gone,': "{from: draft, to: gone,",
            "{from: filed, to: draft,": "{from: filed, to: lost,",
            "  drop:": "  back: {from: lost, to: filed, by: clerk}\n  drop:",
        },
        (
            ("no_way_to_final", "from filed no final state can be reached"),
            ("no_way_to_final", "from lost no final state can be reached"),
        ),
    ),
    # -- Ways that cannot be gone ----------------------------------------------------------------------------------
    "a way that another hides": Defect(
        {
            '  drop: {from: "*", to: gone, by: [author, clerk]}': (
                '  drop:\n    - {from: "*", to: gone, by: [author, clerk]}\n    - {▸from: filed, to: draft, by: clerk}'
            )
        },
        (("ambiguous", "drop leaves filed in two ways, and the first always hides this one"),),
    ),
    "nobody in the list": defect("by: author,", "▸by: [],", "nobody_may_fire", "nobody may ever make edit"),
    "the author apart from the author": defect(
        "by: author, accept: title}",
        "▸by: author, accept: title, apart_from: author}",
        "nobody_may_fire",
        "nobody may ever make edit",
    ),
    "whoever edited apart from whoever edited": defect(
        "by: editor,", "▸by: editor, apart_from: edit,", "nobody_may_fire", "nobody may ever make reopen"
    ),
    "a case that only whoever edited it may open": defect(
        "  by: anyone", "  ▸by: [editor, owner]", "nobody_may_fire", "nobody may ever make submit"
    ),
    # -- Due times -----------------------------------------------------------------------------------------------
    "a calendar of nowhere": defect(
        "workflow: note\n",
        "workflow: note\n▸calendar: XX\nzone: UTC\n",
        "bad_calendar",
        "the calendar cannot be used: there is no calendar XX",
    ),
    "a calendar without its zone": defect(
        "workflow: note\n",
        "workflow: note\n▸calendar: BR\n",
        "bad_calendar",
        "the calendar cannot be used: the calendar BR needs a time zone",
    ),
    "a zone without a calendar": defect(
        "workflow: note\n",
        "workflow: note\n▸zone: UTC\n",
        "zone_without_calendar",
        "a time zone needs a calendar",
    ),
    "days without a calendar": defect(
        "  draft: {initial: true}",
        "  draft: {initial: true, ▸due: 5wd}",
        "due_without_calendar",
        "5wd counts days, which needs a calendar",
    ),
    "a final state in which something is due": defect(
        "  gone: {final: true}",
        "  gone: {final: true, ▸due: 24h}",
        "due_in_final_state",
        "gone is final, so nothing is due in it",
    ),
    # -- References ------------------------------------------------------------------------------------------------
    "a reference without a number": defect(
        'reference: "N-{year}-{number:03}"',
        '▸reference: "N-{year}"',
        "bad_reference",
        "a reference template needs {number} and knows only {year}, {month} and {number}: N-{year}",
    ),
    "a reference with another name": defect(
        'reference: "N-{year}-{number:03}"',
        '▸reference: "{day}-{number}"',
        "bad_reference",
        "a reference template needs {number} and knows only {year}, {month} and {number}: {day}-{number}",
    ),
    "a reference of two lines": defect(
        'reference: "N-{year}-{number:03}"',
        '▸reference: "N\\n{number}"',
        "bad_reference",
        "a reference template needs {number} and knows only {year}, {month} and {number}: N\n{number}",
    ),
}
WARNINGS = {
    "a role that nobody names": defect(
        "  clerk:\n", "  clerk:\n  ▸guest:\n", "unused_role", "the role guest is used nowhere"
    ),
    "a field that nothing takes": Defect(
        {"  keeper: {type": "  ▸keeper: {type", "[keeper, cost]\n": "[cost]\n"},
        (("field_never_supplied", "the field keeper is taken by no transition"),),
    ),
}

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
                "unknown key calender, did you mean calendar? (known: workflow, version, title, description, source, "
                "effective, calendar, zone, reference, roles, fields, submit, states, transitions)",
            ),
        ),
    ),
    "an unknown key of a transition": defect(
        "  edit: {from: draft,",
        "  edit: {from: draft, ▸appart_from: x,",
        "unknown_key",
        "unknown key appart_from, did you mean apart_from? (known: title, from, to, by, require, accept, reason, when, "
        "guard, apart_from, at_most)",
    ),
    "an unknown key of the submission": defect(
        "  require: title\n",
        "  ▸requires: title\n",
        "unknown_key",
        "unknown key requires, did you mean require? (known: by, require, accept, when)",
    ),
    "an unknown key of a field named title": defect(
        "  title: {type: text}",
        "  title: {type: text, ▸mx: 3}",
        "unknown_key",
        "unknown key mx, did you mean max? (known: title, type, min, max)",
    ),
    "an unknown key of what a list holds": defect(
        "  title: {type: text}",
        "  title: {type: list, of: {type: date, ▸mn: 3}}",
        "unknown_key",
        "unknown key mn, did you mean min? (known: title, type, min, max)",
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
                "unknown key acept, did you mean accept? (known: title, from, to, by, require, accept, reason, when, "
                "guard, apart_from, at_most)",
            ),
            ("bad_value", "to must be text"),
        ),
    ),
}


def test_the_sound_definition_has_no_findings() -> None:
    definition, findings = examine(SOUND)
    assert findings == []
    assert definition is not None


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_found_at_its_place(name: str) -> None:
    found_as(ERRORS[name], "error", well_formed=True)


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_found_at_its_place(name: str) -> None:
    found_as(WARNINGS[name], "warning", well_formed=True)


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_well_formed_is_found_at_its_place(name: str) -> None:
    found_as(MALFORMED[name], "error", well_formed=False)


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


def test_every_rule_of_the_lint_is_tried() -> None:
    tried = {rule for defect in (ERRORS | WARNINGS).values() for rule, _ in defect.found}
    assert tried == rules_of_checking()
    malformed = {rule for defect in MALFORMED.values() for rule, _ in defect.found}
    assert malformed == rules_of_loading() - {"not_a_mapping"}


@pytest.mark.parametrize(
    ("text", "place"), [("- a\n- b\n", (1, 1)), ("\n  note\n", (2, 3)), ("5", (1, 1)), ("~", (1, 1))]
)
def test_a_text_that_is_no_mapping_is_no_definition(text: str, place: tuple[int, int]) -> None:
    definition, (finding,) = examine(text)
    assert definition is None
    assert (finding.rule, finding.line, finding.column) == ("not_a_mapping", *place)
    assert finding.message == "a definition is a mapping of keys"


def test_findings_come_in_the_order_of_the_file() -> None:
    text = SOUND.replace("  clerk:\n", "  clerk:\n  guest:\n").replace("when: cost > 5", "when: price > 5")
    text = text.replace("  filed:\n", "  filed:\n  lost:\n").replace('"N-{year}-{number:03}"', '"N"')
    _, findings = examine(text)
    assert [each.rule for each in findings] == ["bad_reference", "unused_role", "unreachable_state", "bad_condition"]
    assert [each.line for each in findings] == [3, 9, 21, 25]


# -- Ways that look alike and are not ----------------------------------------------------------------------------------

WAYS = """\
workflow: note
version: 1
roles: {author: {is: submitter}, clerk: , board: }
fields: {sum: {type: integer}, note: {type: text}}
states: {open: {initial: true}, done: {final: true}, gone: {final: true}}
transitions:
  end:
    - {from: open, to: done, FIRST}
    - {from: open, to: gone, SECOND}
"""


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ("by: clerk", "by: clerk", True),
        ("by: [clerk, board]", "by: board", True),
        ("by: anyone", "by: clerk", True),
        ("by: clerk", "by: anyone", False),
        ("by: clerk", "by: [clerk, board]", False),
        ("by: clerk", "by: board", False),
        ("by: clerk", "by: clerk, when: sum > 5", True),
        ("by: clerk, when: sum > 5", "by: clerk", False),
        ("by: clerk, when: sum > 5", "by: clerk, when: [sum > 5, sum > 7]", True),
        ("by: clerk, when: sum > 5", "by: clerk, when: sum <= 5", False),
        ("by: clerk, accept: sum", "by: clerk", True),
        ("by: clerk", "by: clerk, accept: sum", False),
        ("by: clerk, require: sum", "by: clerk", False),
        ("by: clerk, require: sum", "by: clerk, require: sum", True),
        ("by: clerk, accept: sum", "by: clerk, require: sum", True),
        ("by: clerk, reason: true", "by: clerk", False),
        ("by: clerk, require: reason", "by: clerk, reason: true", True),
        ("by: clerk", "by: clerk, reason: true", True),
        ("by: clerk, apart_from: author", "by: clerk", False),
        ("by: clerk, at_most: 1", "by: clerk", False),
        ("by: clerk, guard: budget", "by: clerk", False),
        ("by: clerk", "by: clerk, guard: budget, at_most: 1, apart_from: author", True),
    ],
)
def test_a_way_is_hidden_only_by_one_that_is_always_open(first: str, second: str, hidden: bool) -> None:
    _, findings = examine(WAYS.replace("FIRST", first).replace("SECOND", second))
    errors = [(each.rule, each.line, each.column) for each in findings if each.severity == "error"]
    assert errors == ([("ambiguous", 9, 8)] if hidden else [])


def test_ways_of_one_name_from_different_states_are_no_ambiguity() -> None:
    text = WAYS.replace("    - {from: open, to: gone, SECOND}\n", "    - {from: mid, to: gone, by: clerk}\n")
    text = text.replace("FIRST", "by: clerk").replace("states: {", "states: {mid: , ")
    text += "  halve: {from: open, to: mid, by: [author, board]}\n"
    _, findings = examine(text)
    assert [each.rule for each in findings if each.severity == "error"] == []


PEOPLE = """\
workflow: note
version: 1
roles: {author: {is: submitter}, editor: {did: edit}, owner: {field: one}, keeper: {field: other}, clerk: }
fields: {one: {type: text}, other: {type: text}}
states: {open: {initial: true}, done: {final: true}}
transitions:
  edit: {from: open, to: "=", by: [author, editor, owner, keeper, clerk]}
  end: {from: open, to: done, by: BY, apart_from: APART}
"""


@pytest.mark.parametrize(
    ("by", "apart", "somebody"),
    [
        ("author", "author", False),
        ("author", "editor", True),
        ("editor", "edit", False),
        ("editor", "editor", False),
        ("editor", "end", True),
        ("owner", "owner", False),
        ("owner", "keeper", True),
        ("[owner, author]", "[author, owner]", False),
        ("[owner, author]", "owner", True),
        ("[owner, clerk]", "owner", True),
        ("clerk", "[author, edit]", True),
        ("anyone", "[author, edit]", True),
    ],
)
def test_nobody_may_go_a_way_whose_people_are_all_kept_apart(by: str, apart: str, somebody: bool) -> None:
    _, findings = examine(PEOPLE.replace("BY", by).replace("APART", apart))
    errors = [(each.rule, each.line, each.column) for each in findings if each.severity == "error"]
    assert errors == ([] if somebody else [("nobody_may_fire", 8, 31)])


# -- Names and references ----------------------------------------------------------------------------------------------


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


# -- The definitions that come with the program ------------------------------------------------------------------------


def test_there_are_definitions() -> None:
    assert {"rationalization-proposal.yaml", "python-enhancement-proposal.yaml"} <= {path.name for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_is_clean_named_after_its_file_and_speaks_both_languages(path: Path) -> None:
    definition, findings = examine(path.read_bytes(), str(path))
    assert findings == []
    assert definition is not None
    assert definition.workflow == path.stem
    labels = [definition.title, definition.description]
    labels += [
        part.title for parts in (definition.roles, definition.fields, definition.states) for part in parts.values()
    ]
    labels += [ways[0].title for ways in definition.transitions.values()]
    labels += [condition.title for _, _, way in definition.ways() for condition in way.when]
    for label in labels:
        assert label is not None
        assert label.en and label.zh and label.en != label.zh


def edges(definition: Definition) -> dict[tuple[str, str], list[str]]:
    """For each pair of states that is joined, the conditions of its ways."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, _, way in definition.ways():
        for source in definition.sources(way):
            found.setdefault((source, definition.target(way, source)), []).extend(each.check for each in way.when)
    return found


def test_a_rationalization_proposal_passes_from_submitted_to_rewarded() -> None:
    definition = load(DEFINITIONS / "rationalization-proposal.yaml")
    path = ["submitted", "registered", "in_review", "evaluated", "adopted", "implemented", "verified", "rewarded"]
    assert definition.initial == path[0]
    assert set(pairwise(path)) <= edges(definition).keys()
    assert [name for name, state in definition.states.items() if state.final] == ["rewarded", "declined", "withdrawn"]
    # Whoever does not adopt, returns or keeps a proposal back says why.
    for name, _, way in definition.ways():
        assert way.needs_reason is (name in ("decline", "return", "reserve"))


@pytest.mark.skipif(not PEP_MACHINE.exists(), reason="the machine of PEP 1 is not beside this checkout")
def test_a_python_enhancement_proposal_has_the_edges_of_its_machine() -> None:
    definition = load(DEFINITIONS / "python-enhancement-proposal.yaml")
    machine = read_tree(PEP_MACHINE.read_bytes(), PEP_MACHINE.name).plain()
    assert list(definition.states) == machine["states"]
    assert [definition.initial] == machine["initial"]
    assert edges(definition) == {
        (edge["from"], edge["to"]): {
            "type is Informational or Process": ["type == 'informational' || type == 'process'"],
            "type is Informational": ["type == 'informational'"],
        }.get(edge.get("requires"), [])
        for edge in machine["transitions"]
    }
