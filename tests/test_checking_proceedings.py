"""Lint of panels, clocks and public notices: each defect is found at its place, and nothing else is."""

from __future__ import annotations

import pytest

from tests.defects import Defect, found_as
from workflow.definition.loading import examine

BASE = """\
workflow: hall
version: 1
calendar: CN
roles:
  author: {is: submitter}
  office:
  member:
  chief:
  boss:
fields:
  title: {type: text}
  mark: {type: decimal, places: 2}
  posts: {type: list, of: text, max: 9}
  winners: {type: list, of: text}
submit: {require: title, accept: posts}
states:
  drafted: {initial: true, due: {within: 10wd, remind: 8wd, escalate: {after: 11wd, to: boss}}}
  heard:
  met: {due: 30d}
  shown:
  done: {final: true}
  lost: {final: true}
transitions:
  hear: {from: drafted, to: heard, by: office}
  bring: {from: [drafted, heard], to: met, by: office, within: whole}
  longer: {from: met, to: "=", by: boss, extends: {due: 10d, whole: 10d}, reason: true, at_most: 1}
  adopt: {from: met, to: shown, by: chief, panel: {hall: accepted, sheet: accepted, seats: accepted}, after: 2d}
  lose: {from: met, to: lost, by: chief, panel: {hall: rejected, village: invalid}}
  confirm: {from: shown, to: done, by: clock, notice: board, when: upheld_objections == 0}
  revoke: {from: shown, to: lost, by: clock, notice: board, when: upheld_objections > 0}
  appeal: {from: lost, to: met, by: author, reopens: true, within: 30d, at_most: 1}
panels:
  hall:
    in: met
    of: [member, chief]
    apart_from: author
    quorum: [{gte: 2/3}, {at_least: 2, of: chief}]
    pass: {gt: 1/2, tie: chief}
    composition: [{of: member, gte: 1/3}]
    veto: chief
    weights: {chief: 2}
    reason_for: no
    within: 20d
  sheet:
    in: met
    of: member
    draw: {number: 5}
    score: {novelty: 40, use: {max: 10, weight: 60}}
    result: {by: trimmed, gte: 60}
    quorum: {at_least: 3}
    into: mark
  seats: {in: met, seats: [office, boss], pass: all}
  village: {in: met, ballot: counted, tellers: office, electorates: [adults, houses], quorum: [{of: adults, gt: 1/2}]}
  posts: {in: met, of: member, elect: {among: posts, seats: 2}, into: winners, within: 5d}
notices:
  board:
    in: shown
    for: 5wd
    shows: title
    by: [author, anyone]
    settled_by: chief
    settle_within: 10wd
    apart_from: [author, adopt]
    exempt: title == 'x'
deadlines:
  whole:
    {from: drafted, until: [shown, lost], within: 60d, stops_in: heard, remind: 50d, escalate: {after: 61d, to: boss}}
"""


def broken(old: str, new: str, rule: str, message: str) -> Defect:
    """One change, one finding."""
    return Defect({old: new}, ((rule, message),), BASE)


def also(edits: dict[str, str], *found: tuple[str, str]) -> Defect:
    """Several changes."""
    return Defect(edits, found, BASE)


ERRORS = {
    # -- Names -----------------------------------------------------------------------------------------------------
    "a panel that is not there": broken(
        "panel: {hall: rejected,",
        "panel: {▸hal: rejected,",
        "unknown_panel",
        "there is no panel hal, did you mean hall?",
    ),
    "a panel that is not there, alone": also(
        {
            "panel: {hall: rejected, village: invalid}}": "panel: ▸x}",
            "sheet: accepted,": "sheet: accepted, village: accepted,",
        },
        ("unknown_panel", "there is no panel x"),
    ),
    "a notice that is not there": broken(
        "by: clock, notice: board, when: upheld_objections == 0",
        "by: clock, notice: ▸bord, when: upheld_objections == 0",
        "unknown_notice",
        "there is no notice bord, did you mean board?",
    ),
    "a way in time for no deadline": broken(
        "within: whole}", "within: ▸hole}", "unknown_deadline", "there is no deadline hole, did you mean whole?"
    ),
    "a way after no deadline": broken("after: 2d}", "after: ▸d2}", "unknown_deadline", "there is no deadline d2"),
    "an extension of no deadline": broken(
        "extends: {due: 10d, whole: 10d}",
        "extends: {due: 10d, ▸hole: 10d}",
        "unknown_deadline",
        "there is no deadline hole, did you mean whole?",
    ),
    "an electorate that is not there": broken(
        "quorum: [{of: adults,",
        "quorum: [{of: ▸adult,",
        "unknown_electorate",
        "there is no electorate adult (known: adults, houses)",
    ),
    "a quorum of all, where electorates have names": broken(
        "quorum: [{of: adults, gt: 1/2}]",
        "quorum: ▸{gt: 1/2}",
        "unknown_electorate",
        "there is no electorate members (known: adults, houses)",
    ),
    "a reason for what nobody can choose": broken(
        "reason_for: no\n",
        "reason_for: [no, ▸nay]\n",
        "unknown_choice",
        "nobody can choose nay here (known: yes, no, abstain, recuse)",
    ),
    "a panel in no state": broken(
        "    in: met\n    of: [member,",
        "    in: ▸mat\n    of: [member,",
        "unknown_state",
        "there is no state mat, did you mean met?",
    ),
    "members of no role": broken(
        "of: [member, chief]", "of: [member, ▸chef]", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "seats of no role": broken(
        "seats: [office, boss]", "seats: [office, ▸bos]", "unknown_role", "there is no role bos, did you mean boss?"
    ),
    "a weight of no role": broken(
        "weights: {chief: 2}", "weights: {▸chef: 2}", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "a veto of no role": broken(
        "veto: chief", "veto: ▸chef", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "a quorum of no role": broken(
        "of: chief}]", "of: ▸chef}]", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "a casting vote of no role": broken(
        "tie: chief", "tie: ▸chef", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "a composition of no role": broken(
        "[{of: member, gte", "[{of: ▸membr, gte", "unknown_role", "there is no role membr, did you mean member?"
    ),
    "a teller of no role": broken(
        "tellers: office", "tellers: ▸offices", "unknown_role", "there is no role offices, did you mean office?"
    ),
    "members apart from nobody known": broken(
        "    apart_from: author\n",
        "    apart_from: ▸autor\n",
        "unknown_person",
        "autor is neither a relation nor a transition, did you mean author?",
    ),
    "a mark into no field": also(
        {"into: mark": "into: ▸marks", "accept: posts}": "accept: [posts, mark]}"},
        ("unknown_field", "there is no field marks, did you mean mark?"),
    ),
    "candidates in no field": broken(
        "among: posts", "among: ▸post", "unknown_field", "there is no field post, did you mean posts?"
    ),
    "a notice in no state": broken(
        "    in: shown", "    in: ▸show", "unknown_state", "there is no state show, did you mean shown?"
    ),
    "a notice that shows no field": broken(
        "shows: title", "shows: ▸titel", "unknown_field", "there is no field titel, did you mean title?"
    ),
    "a notice for no role": broken(
        "by: [author, anyone]", "by: [author, ▸any]", "unknown_role", "there is no role any, did you mean anyone?"
    ),
    "settled by no role": broken(
        "settled_by: chief", "settled_by: ▸chef", "unknown_role", "there is no role chef, did you mean chief?"
    ),
    "settled apart from nobody known": broken(
        "[author, adopt]",
        "[author, ▸adapt]",
        "unknown_person",
        "adapt is neither a relation nor a transition, did you mean adopt?",
    ),
    "exempt by no condition": broken(
        "exempt: title ==",
        "exempt: ▸titel ==",
        "bad_condition",
        "the condition cannot be used: undeclared reference to 'titel'",
    ),
    "a deadline from no state": broken(
        "{from: drafted, until",
        "{from: ▸draft, until",
        "unknown_state",
        "there is no state draft, did you mean drafted?",
    ),
    "a deadline until no state": broken(
        "until: [shown, lost]", "until: [shown, ▸last]", "unknown_state", "there is no state last, did you mean lost?"
    ),
    "a deadline that stops in no state": broken(
        "stops_in: heard", "stops_in: ▸hear", "unknown_state", "there is no state hear, did you mean heard?"
    ),
    "an escalation to no role": broken(
        "after: 61d, to: boss", "after: 61d, to: ▸bos", "unknown_role", "there is no role bos, did you mean boss?"
    ),
    "an escalation of a due time to no role": broken(
        "after: 11wd, to: boss", "after: 11wd, to: ▸bos", "unknown_role", "there is no role bos, did you mean boss?"
    ),
    "members by relation": broken(
        "of: [member, chief]",
        "of: [member, chief, ▸author]",
        "not_granted",
        "author is a relation to the case; a role that is granted is needed here",
    ),
    "an escalation to a relation": broken(
        "after: 61d, to: boss",
        "after: 61d, to: ▸author",
        "not_granted",
        "author is a relation to the case; a role that is granted is needed here",
    ),
    "a deadline of a reserved name": broken(
        "deadlines:\n",
        "deadlines:\n  ▸due: {from: met, until: shown, within: 5d}\n",
        "reserved_name",
        "the name due is reserved",
    ),
    "an electorate of a reserved name": broken(
        "electorates: [adults, houses]",
        "electorates: [adults, ▸members]",
        "reserved_name",
        "the name members is reserved",
    ),
    # -- Panels ----------------------------------------------------------------------------------------------------
    "a mark into text": also(
        {"into: mark": "into: ▸title", "accept: posts}": "accept: [posts, mark]}"},
        ("wrong_field", "the field title is text; needed is a decimal with 2 places, from 0 to 100"),
    ),
    "a mark into a field with fewer places": also(
        {"result: {by: trimmed, gte: 60}": "result: {by: trimmed, places: 3, gte: 60}", "into: mark": "into: ▸mark"},
        ("wrong_field", "the field mark is decimal; needed is a decimal with 3 places, from 0 to 100"),
    ),
    "a mark into a field that ends below": also(
        {"places: 2}": "places: 2, max: 99}", "into: mark": "into: ▸mark"},
        ("wrong_field", "the field mark is decimal; needed is a decimal with 2 places, from 0 to 100"),
    ),
    "candidates in text": broken(
        "among: posts", "among: ▸title", "wrong_field", "the field title is text; needed is a list of text"
    ),
    "members in text": also(
        {"of: [member, chief]": "members: ▸title"},
        ("wrong_field", "the field title is text; needed is a list of text"),
    ),
    "those elected into a number": also(
        {"into: winners": "into: ▸mark", "accept: posts}": "accept: [posts, winners]}"},
        ("wrong_field", "the field mark is decimal; needed is a list of text"),
    ),
    "a panel asked where it never sits": broken(
        "hear: {from: drafted, to: heard, by: office}",
        "hear: {from: drafted, to: heard, by: office, panel: ▸hall}",
        "panel_elsewhere",
        "hear asks for the panel hall in drafted, where it neither sits nor has sat",
    ),
    "a quorum above the draw": broken(
        "quorum: {at_least: 3}",
        "quorum: {▸at_least: 6}",
        "too_many_needed",
        "the panel sheet needs 6 here and can have only 5",
    ),
    "a trimmed mean of two": also(
        {
            "draw: {number: 5}": "draw: {number: 2}",
            "quorum: {at_least: 3}": "quorum: {at_least: 2}",
            "{by: trimmed, gte": "{▸by: trimmed, gte",
        },
        ("too_many_needed", "the panel sheet needs 3 here and can have only 2"),
    ),
    "more signatures than seats": broken(
        "pass: all}",
        "pass: {▸at_least: 3, of: all}}",
        "too_many_needed",
        "the panel seats needs 3 here and can have only 2",
    ),
    "more seats than candidates": broken(
        "seats: 2}",
        "▸seats: 9, more_than_seats: true}",
        "too_many_needed",
        "the panel posts needs 10 here and can have only 9",
    ),
    "more elected than are kept": also(
        {
            "winners: {type: list, of: text}": "winners: {type: list, of: text, max: 1}",
            "into: winners": "▸into: winners",
        },
        ("too_many_needed", "the panel posts needs 2 here and can have only 1"),
    ),
    "more holders than are drawn": also(
        {"draw: {number: 5}": "draw: {number: 5}\n    composition: [{of: chief, ▸at_least: 6}]"},
        ("too_many_needed", "the panel sheet needs 6 here and can have only 5"),
    ),
    "more than all": broken(
        "pass: {gt: 1/2, tie", "pass: {▸gt: 1, tie", "never_met", "the panel hall can never meet gt 1"
    ),
    "a quorum of more than all": broken(
        "quorum: [{gte: 2/3},", "quorum: [{▸gt: 100%},", "never_met", "the panel hall can never meet gt 1"
    ),
    "a composition that crosses itself": broken(
        "[{of: member, gte: 1/3}]",
        "[▸{of: member, gte: 1/3, lt: 1/3}]",
        "never_met",
        "the panel hall can never meet gte 1/3 lt 1/3",
    ),
    "a mark that nobody can get": broken(
        "gte: 60}", "▸gte: 101}", "mark_out_of_reach", "the panel sheet passes with gte 101, and the best mark is 100"
    ),
    "a mark above the best": broken(
        "gte: 60}", "▸gt: 100}", "mark_out_of_reach", "the panel sheet passes with gt 100, and the best mark is 100"
    ),
    # -- Clocks ----------------------------------------------------------------------------------------------------
    "days without a calendar": also(
        {
            "calendar: CN\n": "",
            "due: {within: 10wd, remind: 8wd,": "due: {▸within: 10wd, ▸remind: 8wd,",
            "escalate: {after: 11wd,": "escalate: {▸after: 11wd,",
            "met: {due: 30d}": "met: {▸due: 30d}",
            "extends: {due: 10d, whole: 10d}": "extends: {▸due: 10d, ▸whole: 10d}",
            "after: 2d}": "▸after: 2d}",
            "within: 30d,": "▸within: 30d,",
            "within: 20d\n": "▸within: 20d\n",
            "within: 5d}": "▸within: 5d}",
            "for: 5wd": "▸for: 5wd",
            "settle_within: 10wd": "▸settle_within: 10wd",
            "within: 60d, stops_in": "▸within: 60d, stops_in",
            "remind: 50d, escalate: {after: 61d": "▸remind: 50d, escalate: {▸after: 61d",
        },
        *(
            ("due_without_calendar", f"{length} counts days, which needs a calendar")
            for length in "10wd 8wd 11wd 30d 10d 10d 2d 30d 20d 5d 5wd 10wd 60d 50d 61d".split()
        ),
    ),
    "too early until it is too late": broken(
        "after: 2d}", "after: 2d, ▸within: 2d}", "never_in_time", "adopt is too early until 2d and too late from 2d"
    ),
    "years after months": broken(
        "after: 2d}", "after: 1y, ▸within: 12m}", "never_in_time", "adopt is too early until 1y and too late from 12m"
    ),
    "a deadline that ends nowhere": also(
        {"{from: drafted, until: [shown, lost]": "{from: shown, ▸until: drafted"},
        ("deadline_never_ends", "the deadline whole ends in no state that can be reached from where it starts"),
    ),
    "after a deadline that does not run": also(
        {"notice: board, when: upheld_objections == 0}": "notice: board, after: ▸whole, when: upheld_objections == 0}"},
        ("deadline_elsewhere", "confirm waits for the deadline whole, which never runs where it starts from"),
    ),
    "an extension of what is left": broken(
        "hear: {from: drafted, to: heard, by: office}",
        "hear: {from: drafted, to: heard, by: office, extends: {▸due: 5d}}",
        "extends_nothing",
        "hear extends the due time of a state that has none or that it leaves",
    ),
    "the clock with people": broken(
        "by: clock, notice: board, when: upheld_objections == 0",
        "▸by: [clock, chief], notice: board, when: upheld_objections == 0",
        "clock_with_people",
        "the clock makes confirm as soon as it may, so nobody else ever does",
    ),
    "a reason of the clock": broken(
        "by: clock, notice: board, when: upheld_objections == 0",
        "by: clock, ▸reason: true, notice: board, when: upheld_objections == 0",
        "clock_gives_nothing",
        "the clock makes confirm and supplies nothing: reason has no use",
    ),
    "values of the clock": broken(
        "by: clock, notice: board, when: upheld_objections == 0",
        "by: clock, ▸accept: title, notice: board, when: upheld_objections == 0",
        "clock_gives_nothing",
        "the clock makes confirm and supplies nothing: accept has no use",
    ),
    "the clock goes round": also(
        {"  hear:": "  a: {from: heard, ▸to: drafted, by: clock}\n  b: {from: drafted, to: heard, by: clock}\n  hear:"},
        ("clock_in_a_circle", "the clock goes from heard back to heard without any time between"),
    ),
    "the clock stays at once": broken(
        "  hear:",
        '  again: {from: heard, ▸to: "=", by: clock}\n  hear:',
        "clock_in_a_circle",
        "the clock goes from heard back to heard without any time between",
    ),
    # -- Notices ---------------------------------------------------------------------------------------------------
    "a notice awaited where it does not run": broken(
        "lose: {from: met, to: lost, by: chief,",
        "lose: {from: met, to: lost, by: chief, notice: ▸board,",
        "notice_elsewhere",
        "lose waits for the notice board in met, where it does not run",
    ),
    "objections that nobody settles": also(
        {"    settled_by: chief\n": "", "  board:\n": "  ▸board:\n"},
        ("nobody_settles", "objections to the notice board halt the case, and nobody settles them"),
    ),
    "two notices at once": also(
        {
            "deadlines:\n": "  wall: {in: [met, ▸shown], for: 5d, by: []}\ndeadlines:\n",
            "notice: board, when: upheld_objections == 0": "notice: board, when: upheld_objections == 0",
            "after: 2d}": "after: 2d, notice: wall}",
        },
        ("two_notices", "the notice wall runs in shown, as board does already"),
    ),
    # -- Final states ----------------------------------------------------------------------------------------------
    "reopening what is open": broken(
        "appeal: {from: lost,",
        "appeal: {from: [lost, ▸met],",
        "reopens_open_state",
        "appeal reopens met, which is not final",
    ),
    "reopening everything that is open": broken(
        "appeal: {from: lost,", 'appeal: {from: ▸"*",', "reopens_open_state", "appeal reopens *, which is not final"
    ),
}
WARNINGS = {
    "a panel that nobody asks for": also(
        {"{hall: rejected, village: invalid}": "{hall: rejected}", "  village: {in": "  ▸village: {in"},
        ("panel_unasked", "no transition asks for the panel village"),
    ),
    "a mark that nobody can close": also(
        {"into: winners, within: 5d}": "into: winners}", "  posts: {in": "  ▸posts: {in"},
        ("panel_unasked", "no transition asks for the panel posts"),
    ),
    "two quorums of the same people": broken(
        "quorum: [{gte: 2/3},",
        "quorum: [{gte: 2/3}, ▸{at_least: 3},",
        "repeated_quorum",
        "the panel hall has two quorums of the same people, and one suffices",
    ),
    "a reminder when it is over": broken(
        "remind: 8wd", "remind: [8wd, ▸10wd]", "late_reminder", "a reminder after 10wd comes when 10wd are over"
    ),
    "a reminder of a deadline when it is over": broken(
        "remind: 50d", "▸remind: 70d", "late_reminder", "a reminder after 70d comes when 60d are over"
    ),
    "the clock that may wait for ever": also(
        {
            "  revoke: {from: shown, to: lost, by: clock, notice: board, when: upheld_objections > 0}\n": "",
            "confirm: {from: shown, to: done, by: clock,": "confirm: {from: shown, to: done, ▸by: clock,",
        },
        ("clock_may_wait", "only the clock leaves shown, and its condition may never hold"),
    ),
    "a notice that nobody awaits": also(
        {
            "by: clock, notice: board, when: upheld_objections == 0": "by: office",
            "by: clock, notice: board, when: upheld_objections > 0": "by: office",
            "  board:\n": "  ▸board:\n",
        },
        ("notice_unasked", "no transition waits for the notice board"),
    ),
    "the author decides": broken(
        "adopt: {from: met, to: shown, by: chief,",
        "adopt: {from: met, to: shown, ▸by: [chief, author],",
        "self_approval",
        "whoever submitted the case may make adopt on it",
    ),
    "the author settles": also(
        {"settled_by: chief": "▸settled_by: [chief, author]", "    apart_from: [author, adopt]\n": ""},
        ("self_approval", "whoever submitted the case may make settle on it"),
    ),
    "a role that only a panel could name": broken(
        "  boss:\n", "  boss:\n  ▸guest:\n", "unused_role", "the role guest is used nowhere"
    ),
}
PROCEEDINGS = ERRORS | WARNINGS


def test_the_sound_definition_has_no_findings() -> None:
    definition, findings = examine(BASE)
    assert findings == []
    assert definition is not None


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_found_at_its_place(name: str) -> None:
    found_as(ERRORS[name], "error", well_formed=True)


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_found_at_its_place(name: str) -> None:
    found_as(WARNINGS[name], "warning", well_formed=True)
