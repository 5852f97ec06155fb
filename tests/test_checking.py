"""Lint: each defect of a definition is found at its place, with a suggestion where there is one; nothing else is."""

from __future__ import annotations

import pytest

from tests.defects import SOUND, Defect, defect, found_as
from tests.test_checking_awards import ERRORS as AWARD_ERRORS
from tests.test_checking_awards import WARNINGS as AWARD_WARNINGS
from tests.test_checking_proceedings import PROCEEDINGS
from tests.test_checking_relations import RELATIONS
from tests.test_lists import DEFECTS as LIST_DEFECTS
from tests.test_malformed import MALFORMED
from tests.test_messages import rules_of_checking, rules_of_loading
from tests.test_variants import RULES as VARIANT_RULES
from workflow.definition.loading import examine

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
        {"  clerk:\n": "  clerk:\n  ▸clock:\n", "  by: anyone": "  by: [anyone, clock]"},
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


def test_every_rule_of_the_lint_is_tried() -> None:
    several = (ERRORS, WARNINGS, PROCEEDINGS, RELATIONS, AWARD_ERRORS, AWARD_WARNINGS)
    tried = {rule for defects in several for defect in defects.values() for rule, _ in defect.found}
    assert tried | LIST_DEFECTS.keys() | {"confidential_shown"} == rules_of_checking()
    malformed = {rule for defect in MALFORMED.values() for rule, _ in defect.found}
    assert malformed == rules_of_loading() - {"not_a_mapping", "too_deep", "too_many_nodes"} - VARIANT_RULES


def test_findings_come_in_the_order_of_the_file() -> None:
    text = SOUND.replace("  clerk:\n", "  clerk:\n  guest:\n").replace("when: cost > 5", "when: price > 5")
    text = text.replace("  filed:\n", "  filed:\n  lost:\n").replace('"N-{year}-{number:03}"', '"N"')
    _, findings = examine(text)
    assert [each.rule for each in findings] == ["bad_reference", "unused_role", "unreachable_state", "bad_condition"]
    assert [each.line for each in findings] == [3, 9, 21, 25]
