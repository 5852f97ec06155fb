"""What goes on beside state and data, through the engine and back from the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflow import Actor, Engine, load_text

VILLAGE = """
workflow: village
version: 1
calendar: CN
roles: {clerk: , teller: }
states: {raised: {initial: true}, discussed: , shown: {final: true}}
panels:
  assembly:
    in: discussed
    ballot: counted
    tellers: teller
    electorates: [adults, households]
    quorum: [{of: adults, gt: 1/2}, {of: households, gte: 2/3}]
deadlines:
  deciding: {from: [raised, discussed], until: shown, within: 20d}
transitions:
  discuss: {from: raised, to: discussed, by: clerk}
  resolve: {from: discussed, to: shown, by: clerk, panel: assembly}
"""
CLERK = Actor("li.na", {"clerk"})


def village(now: list[datetime]) -> Engine:
    engine = Engine.open("sqlite://", clock=lambda: now[0])
    engine.install(load_text(VILLAGE))
    return engine


def test_a_deadline_outlasts_a_move_that_changes_no_clock() -> None:
    now = [datetime(2025, 6, 3, 1, tzinfo=UTC)]
    with village(now) as engine:
        case = engine.submit("village", actor=CLERK, data={})
        # The end of 23 June in China.
        assert case.due_at == datetime(2025, 6, 23, 16, tzinfo=UTC)
        now[0] += timedelta(days=1)
        case = engine.advance(case.id, "discuss", actor=CLERK)
        assert case.due_at == datetime(2025, 6, 23, 16, tzinfo=UTC)
        assert engine.case(case.id).due_at == case.due_at


def test_a_counted_ballot_checks_out() -> None:
    now = [datetime(2025, 6, 3, 1, tzinfo=UTC)]
    with village(now) as engine:
        case = engine.submit("village", actor=CLERK, data={})
        engine.advance(case.id, "discuss", actor=CLERK)
        numbers = {"yes": 164, "no": 100, "due_adults": 1900, "present_adults": 940}
        numbers |= {"due_households": 488, "present_households": 326}
        engine.count(case.id, "assembly", numbers, actor=Actor("du.juan", {"teller"}))
        assert engine.advance(case.id, "resolve", actor=CLERK).state == "shown"
        report = engine.verify()
        assert [problem.message for problem in report.problems] == []
        assert report.ok


NOTICE = """
workflow: notice
version: 1
calendar: CN
roles: {clerk: }
states: {published: {initial: true}, reported: , recalled: , done: {final: true}}
notices: {publication: {in: [published, reported], for: 15d, settled_by: clerk}}
transitions:
  report: {from: published, to: reported, by: clerk}
  recall: {from: reported, to: recalled, by: clerk}
  publish: {from: recalled, to: published, by: clerk}
  finish: {from: reported, to: done, by: clerk, notice: publication}
"""


def test_a_notice_goes_on_from_one_of_its_states_to_the_next() -> None:
    now = [datetime(2025, 6, 3, 1, tzinfo=UTC)]
    with Engine.open("sqlite://", clock=lambda: now[0]) as engine:
        engine.install(load_text(NOTICE))
        case = engine.submit("notice", actor=CLERK, data={})
        now[0] += timedelta(days=5)
        case = engine.advance(case.id, "report", actor=CLERK)
        assert [(each.id, each.at) for each in case.proceedings.timers] == [
            ("notice.publication", datetime(2025, 6, 18, 16, tzinfo=UTC))
        ]
        case = engine.advance(case.id, "recall", actor=CLERK)
        assert case.proceedings.timers == ()
        case = engine.advance(case.id, "publish", actor=CLERK)
        assert case.proceedings.timers[0].at == datetime(2025, 6, 23, 16, tzinfo=UTC)
        assert engine.verify().ok


CONGRESS = """
workflow: congress
version: 1
roles: {presidium: , delegate: , employer: , union: }
states: {asked: {initial: true}, deciding: , passed: {final: true}}
panels:
  agenda: {in: asked, seats: [employer, union], pass: all}
  ballot: {in: deciding, of: delegate, ballot: secret, pass: {gte: 1/2, of: all}}
transitions:
  agree: {from: asked, to: deciding, by: presidium, panel: agenda}
  pass: {from: deciding, to: passed, by: presidium, panel: ballot}
"""


def test_a_secret_ballot_that_was_closed_checks_out_without_its_ballots() -> None:
    chair = Actor("sun.jie", {"presidium"})
    with Engine.open("sqlite://") as engine:
        # "all" is kept as a share of 1, and read back.
        engine.install(load_text(CONGRESS))
        for name in ("ma.li", "hu.xia"):
            engine.add_actor(name, roles=["delegate"])
        case = engine.submit("congress", actor=chair, data={})
        for role in ("employer", "union"):
            engine.vote(case.id, "agenda", "yes", actor=Actor(f"{role}.one", {role}))
        engine.advance(case.id, "agree", actor=chair)
        engine.vote(case.id, "ballot", "yes", actor=Actor("ma.li", {"delegate"}))
        engine.vote(case.id, "ballot", "no", actor=Actor("hu.xia", {"delegate"}))
        engine.close_panel(case.id, "ballot", actor=chair)
        assert engine.advance(case.id, "pass", actor=chair).state == "passed"
        report = engine.verify()
        assert [problem.message for problem in report.problems] == []
