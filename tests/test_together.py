"""Twenty voters and two clocks on one store at the same moment: no vote is lost, nothing fires twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.test_races import in_processes
from workflow import Actor, ConflictError, Engine, load_text

VOTERS, CASES, CLOCKS = 20, 5, 2
COUNCIL = """
workflow: council
version: 1
roles: {member: , office: , chief: , author: {is: submitter}}
states:
  open: {initial: true, due: {within: 4h, remind: [1h, 2h], escalate: {after: 3h, to: chief}}}
  done: {final: true}
panels: {all: {in: open, of: member, quorum: {gte: 1/1}, pass: {gt: 1/2}}}
transitions: {close: {from: open, to: done, by: [office, chief], panel: {all: accepted}}}
"""
WATCH = """
workflow: watch
version: 1
fields: {month: {type: date}}
submit: {require: month}
states: {open: {initial: true}, done: {final: true}}
periodic: {every: 1m, from: 2020-01-01, data: {month: "{start}"}}
calendar: CN
transitions: {close: {from: open, to: done, by: anyone}}
"""


def take_part(barrier: Any, answers: Any, number: int, url: str, cases: list[str]) -> None:
    """One of the voters votes in each case and changes their mind in the first; the others let the clock run."""
    with Engine.open(url) as engine:
        barrier.wait(timeout=120)
        if number >= VOTERS:
            opened = engine.case(cases[0]).created_at
            fired = 0
            for hours in (1.5, 1.5, 2.5, 3.5, 3.5, 24 * 40):
                fired += len(engine.tick(opened + timedelta(hours=hours)).entries)
            answers.put(("clock", fired))
            return
        given = 0
        for case in [*cases, cases[0]]:
            while True:
                try:
                    engine.vote(case, "all", "yes" if given else "no", actor=Actor(f"m{number}"))
                except ConflictError:
                    continue
                break
            given += 1
        answers.put(("voter", given))


@pytest.mark.slow
def test_twenty_voters_and_two_clocks(url: str) -> None:
    with Engine.open(url) as engine:
        for text in (COUNCIL, WATCH):
            engine.install(load_text(text, sound=False), sound=False)
        for number in range(VOTERS):
            engine.add_actor(f"m{number}", roles=["member"])
        engine.add_actor("office", roles=["office"])
        cases = [engine.submit("council", actor=Actor("li.na")).id for _ in range(CASES)]
    told = in_processes(VOTERS + CLOCKS, take_part, url, cases)
    with Engine.open(url) as engine:
        assert Counter(each for each in told if each[0] == "voter") == {("voter", CASES + 1): VOTERS}
        for case in cases:
            history = engine.history(case)
            kinds = Counter(entry.kind for entry in history)
            assert kinds["voted"] == VOTERS * (2 if case == cases[0] else 1)
            assert (kinds["reminded"], kinds["escalated"], kinds["panel_opened"]) == (2, 1, 1)
            assert len({entry.timer for entry in history if entry.timer}) == 3
            engine.close_panel(case, "all", actor=Actor("office"))
            found = engine.case(case).as_dict()["panels"]["all"]
            assert len(found["contributed"]) == VOTERS
            assert found["tally"]["yes"] == VOTERS
        months = [case.data["month"] for case in engine.cases(definition="watch")]
        assert len(months) == len(set(months))
        assert months
        # What both clocks together say they did is what stands in the log.
        fired = sum(each[1] for each in told if each[0] == "clock")
        assert fired == 3 * CASES + len(months)
        assert engine.verify().problems == ()
