"""Stories about more than one case, about awards and about what the clock opens."""

from __future__ import annotations

from pathlib import Path

from workflow.scenarios.report import Report, gather, tell_all

IDEA = """\
workflow: idea
version: 1
calendar: CN
roles: {author: {is: submitter}, office: , chief: , cashier: }
fields: {title: {type: text}, leader: {type: boolean}, saving: {type: money, currency: CNY}}
submit: {require: title, accept: [leader, saving], windows: [{from: 03-01, to: 10-31}], record_within: 30d}
states:
  open: {initial: true}
  checked:
  chosen:
  paid: {final: true}
  double: {final: true}
links:
  duplicate: {to: idea, by: office, earlier: true}
batches:
  choice: {at_most: 2, quotas: [{of: leaders, when: "has(data.leader) && leader", lte: 1/2}]}
awards:
  bonus:
    of: saving
    currency: CNY
    rounding: half_up
    bands: [{lt: 1000, percent: 10}, {gte: 1000, amount: 200}]
    approval: [{lt: 200, by: office}, {gte: 200, by: chief}]
transitions:
  refer: {from: open, to: checked, by: office, opens: {definition: check, copy: title}}
  merge: {from: open, to: double, by: office, link: duplicate}
  choose: {from: checked, to: chosen, by: office, subcases: closed, batch: choice,
    marks: {on: author, mark: inventor, for: 1y}, award: {propose: bonus}}
  pay: {from: chosen, to: paid, by: [office, chief], award: {approve: bonus, pay: bonus}}
"""

CHECK = """\
workflow: check
version: 1
calendar: CN
fields: {title: {type: text}}
states: {asked: {initial: true}, answered: {final: true}}
periodic: {every: 1m, from: 2025-10-01, data: {title: "since {start}"}}
transitions: {answer: {from: asked, to: answered, by: anyone}}
"""

STORIES = """\
workflow: [idea, check]
clock: 2025-09-26T10:00
people: {li.na: , wang.wei: , office: office, chief: chief, stranger: }
given:
  checked:
    - {by: li.na, submit: {title: x, leader: true, saving: 999}, as: first, then: {reference: idea-1}}
    - {by: office, do: refer, as: first-check, then: {state: checked, data: {leader: true}}}
    - {wait: 1h}
    - {by: wang.wei, submit: {title: y, saving: 1000}, as: second}
    - {by: office, do: refer, as: second-check, then: checked}
scenarios:
  - title: Chosen together, marked and paid
    steps:
      - {given: checked}
      - {case: first-check, then: {state: asked, data: {title: x}}}
      - {by: office, do: choose, cases: [first, second], refused: open_subcases}
      - {case: first-check, by: stranger, do: answer, then: answered}
      - {case: second-check, by: stranger, do: answer, then: answered}
      - {case: first, by: office, do: choose, refused: batch}
      - {by: office, do: choose, cases: first, refused: {code: quota, counted: leaders, has: 1, of: 1}}
      - {by: stranger, do: choose, cases: [first, second], refused: role}
      - {by: office, do: choose, cases: [first, second], then: {state: chosen, marks: {li.na: inventor, stranger: []}}}
      - {case: first, then: {awards: {bonus: 99.9}}}
      - {by: chief, do: pay, refused: [role, award]}
      - by: office
        do: pay
        then: {state: paid, awards: {bonus: {status: paid, paid: {li.na: 99.90}, shares: {li.na: 99.9}}}}
      - {case: second, by: office, do: pay, refused: [{code: role, amount: 200}, award]}
      - {by: stranger, do: pay, refused: [role, award]}
      - {by: chief, do: pay, then: {state: paid, awards: {bonus: 200}}}
      - {at: 2026-10-01, then: {marks: {li.na: [], wang.wei: []}}}
  - title: At most two
    steps:
      - {given: checked}
      - {by: li.na, submit: {title: z}, as: third}
      - {by: office, do: refer, as: third-check}
      - by: office
        do: choose
        cases: [first, second, third]
        refused: [open_subcases, missing_field, {code: quota, rule: at_most 2}]
  - title: A duplicate
    steps:
      - {given: checked}
      - {by: stranger, submit: {title: x}, as: copy}
      - {by: stranger, do: [refer, merge], refused: [role, ...]}
      - {by: office, do: merge, refused: {code: link, problem: missing}}
      - {by: stranger, link: duplicate, to: first, refused: role}
      - {by: office, link: duplicate, to: first-check, refused: {code: link, problem: definition}}
      - {case: first, by: office, link: duplicate, to: copy, refused: {code: link, problem: later}}
      - {case: copy, by: office, link: duplicate, to: first, then: {links: {duplicate: first}, entries: linked}}
      - {by: office, do: merge, then: double}
  - title: When it may be opened
    steps:
      - {by: li.na, submit: {}, refused: missing_field}
      - {by: li.na, submit: {title: old}, claimed: 2025-08-01, refused: too_late}
      - {by: li.na, submit: {title: late}, claimed: 2025-09-01}
      - {at: 2025-11-03T09:00, as: [october, november], then: {fired: 2}}
      - {by: li.na, submit: {title: winter}, refused: {code: too_early, from: 2026-03-01}}
      - {case: november, then: {state: asked, data: {title: since 2025-11-01}}}
"""


def told(folder: Path, text: str) -> Report:
    """What comes of these stories."""
    (folder / "idea.yaml").write_text(IDEA, encoding="utf-8")
    (folder / "check.yaml").write_text(CHECK, encoding="utf-8")
    (folder / "idea.scenarios.yaml").write_text(text, encoding="utf-8")
    return tell_all(gather([folder / "idea.scenarios.yaml"]))


def test_cases_that_have_to_do_with_each_other(tmp_path: Path) -> None:
    report = told(tmp_path, STORIES)
    assert [f"{each.line}: {each.text('en')}" for each in report.failures] == []
    assert {each.definition.workflow: [item.text("en") for item in each.missing] for each in report.coverage} == {
        "check": [],
        "idea": [],
    }


def test_a_name_for_a_case_that_nobody_opens(tmp_path: Path) -> None:
    more = "  - title: One\n    steps:\n      - {given: checked}\n      - {case: first, then: checked, as: other}\n"
    report = told(tmp_path, STORIES + more)
    assert [each.text("en") for each in report.failures] == ["no case was opened for the name other"]


SHOWN = """\
workflow: idea
version: 1
calendar: CN
roles: {office: }
fields: {saving: {type: money, currency: CNY}}
submit: {require: saving}
states:
  open: {initial: true}
  shown:
  paid: {final: true}
  void: {final: true}
notices:
  wall: {in: shown, for: 5wd, settled_by: office}
awards:
  bonus: {of: saving, currency: CNY, percent: 10, rounding: half_up}
  tip: {currency: CNY, amount: 5}
transitions:
  show: {from: open, to: shown, by: office}
  send_back: {from: shown, to: open, by: office, when: standing_objections > 0}
  pay: {from: shown, to: paid, by: office, notice: wall, when: standing_objections == 0,
    award: {propose: bonus, pay: bonus}}
  thank: {from: shown, to: =, by: office, award: {propose: tip, pay: tip}}
  revoke: {from: paid, to: void, by: office, reopens: true, award: {reverse: [bonus, tip]}}
  take_back: {from: shown, to: open, by: office, award: {reverse: [bonus, tip]}}
"""

SHOWN_STORIES = """\
people: {a: , office: office}
scenarios:
  - title: What was upheld stands until the notice begins anew
    steps:
      - {by: a, submit: {saving: 1000}}
      - {by: office, do: show}
      - {by: a, object: too much}
      - {by: a, object: too soon}
      - {by: office, do: send_back, refused: [condition, open_objections]}
      - {by: office, settle: 2, upheld: true, reason: it is}
      - {by: office, settle: 1, upheld: true, reason: so it is}
      - {wait: 5wd}
      - {by: office, do: pay, refused: condition}
      - {by: office, do: send_back, then: open}
      - {by: office, do: show}
      - {by: office, do: send_back, refused: condition}
      - {by: a, object: still too much}
      - {by: office, settle: 3, upheld: false, reason: no}
      - {wait: 5wd}
      - {by: office, do: pay, then: {state: paid, objections: {1: upheld, 2: upheld, 3: dismissed}}}
  - title: Of several awards those that were paid are taken back
    steps:
      - {by: a, submit: {saving: 1000}}
      - {by: office, do: show}
      - {by: office, do: take_back, refused: [award, award]}
      - {wait: 5wd}
      - {by: office, do: pay}
      - {by: office, do: revoke, then: {state: void, awards: {bonus: {status: reversed, paid: {}}}}}
"""


def test_objections_that_stand_and_awards_that_were_paid(tmp_path: Path) -> None:
    (tmp_path / "idea.yaml").write_text(SHOWN, encoding="utf-8")
    (tmp_path / "idea.scenarios.yaml").write_text(SHOWN_STORIES, encoding="utf-8")
    report = tell_all(gather([tmp_path / "idea.scenarios.yaml"]))
    assert [f"{each.line}: {each.text('en')}" for each in report.failures] == []
    assert len(report.told) == 2


def test_of_a_variant_there_is_to_show_what_its_base_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "idea.yaml").write_text(SHOWN, encoding="utf-8")
    more = "workflow: idea-two\nversion: 1\nbase: idea\nawards: {tip: {currency: CNY, amount: 6}}\n"
    more += "transitions: {thank: {from: shown, to: =, by: office, at_most: 1, award: {propose: tip, pay: tip}}}\n"
    (tmp_path / "idea-two.yaml").write_text(more, encoding="utf-8")
    stories = "people: {a: }\nscenarios:\n  - {title: One, steps: [{by: a, submit: {saving: 1}}]}\n"
    (tmp_path / "idea-two.scenarios.yaml").write_text(stories, encoding="utf-8")
    [coverage] = tell_all(gather([tmp_path / "idea-two.scenarios.yaml"])).coverage
    assert [item.text("en") for item in coverage.items] == [
        "submit is never made from —",
        "thank is never made from shown",
        "thank is never refused for role",
        "thank is never refused for limit",
    ]
    assert coverage.covered == 1
