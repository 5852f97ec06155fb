"""Times: the clock of the log, times that are claimed, times that are due, and how long cases stayed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import grants
from tests.grants import GRANT, LI, START, WANG, ZHAO, Clock, filed
from workflow import Actor, Engine, InputError, load_text

# The fixtures of this file.
clock, engine = grants.clock, grants.engine


def test_the_clock_may_go_back_and_the_log_does_not(engine: Engine, clock: Clock) -> None:
    case = filed(engine)
    clock.now -= timedelta(days=3)
    moved = engine.advance(case.id, "check", actor=WANG)
    assert moved.updated_at == case.updated_at
    clock.now = START.replace(tzinfo=None)
    with pytest.raises(InputError) as naive:
        engine.advance(case.id, "pay", actor=ZHAO)
    assert naive.value.code == "no_clock"
    assert engine.case(case.id) == moved


def test_a_claimed_time_is_kept_beside_the_recorded_one(engine: Engine) -> None:
    claimed = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)
    case = filed(engine)
    engine.advance(case.id, "check", actor=WANG, at=claimed)
    entry = engine.history(case.id)[-1]
    assert (entry.claimed_at, entry.at) == (claimed, START)
    with pytest.raises(InputError):
        engine.advance(case.id, "pay", actor=ZHAO, at=claimed.replace(tzinfo=None))


def test_stats_count_and_time(engine: Engine, clock: Clock) -> None:
    first, second = filed(engine), filed(engine)
    clock.now += timedelta(days=2)
    engine.advance(first.id, "check", actor=WANG)
    clock.now += timedelta(days=4)
    engine.advance(second.id, "check", actor=WANG)
    figures = engine.stats()["definitions"]["grant"]
    assert (figures["cases"], figures["open"], figures["entries"]) == (2, 2, {"submitted": 2, "advanced": 2})
    assert figures["states"] == {
        "checked": {"cases": 2, "share": 1.0, "left": 0, "median_seconds": None, "p90_seconds": None},
        "filed": {"cases": 0, "share": 0.0, "left": 2, "median_seconds": 4 * 86400.0, "p90_seconds": 6 * 86400.0},
    }


DATED = GRANT.replace("version: 1", "version: 1\ncalendar: CN").replace(
    "filed: {initial: true}\n  checked:", "filed: {initial: true, due: 5wd}\n  checked: {due: 24h}"
)


def test_due_times_are_recorded_when_a_state_is_entered(clock: Clock, tmp_path: Path) -> None:
    engine = Engine.open(f"sqlite:///{tmp_path / 'due.db'}", clock=clock)
    engine.install(load_text(DATED))
    clock.now = datetime(2025, 9, 26, 2, 0, tzinfo=UTC)
    case = filed(engine)
    assert case.due_at == datetime(2025, 10, 10, 16, 0, tzinfo=UTC)
    clock.now += timedelta(days=20)
    assert engine.cases(overdue=True) == [case]
    assert engine.stats()["overdue"] == 1
    checked = engine.advance(case.id, "check", actor=WANG)
    assert checked.due_at == clock.now + timedelta(hours=24)
    assert engine.cases(overdue=True) == []
    assert [entry.due_at for entry in engine.history(case.id)] == [case.due_at, checked.due_at]
    dropped = engine.advance(case.id, "drop", actor=LI)
    assert (dropped.due_at, engine.case(case.id).due_at) == (None, None)
    assert engine.verify().problems == ()
    engine.close()


def test_a_year_of_references_begins_at_midnight_of_the_calendar(clock: Clock, tmp_path: Path) -> None:
    engine = Engine.open(f"sqlite:///{tmp_path / 'year.db'}", clock=clock)
    engine.install(load_text(DATED.replace("G-{year}", "G-{year}-{month:02}")))
    found = []
    for moment in (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), datetime(2025, 12, 31, 16, 0, tzinfo=UTC)):
        clock.now = moment
        found.append(filed(engine).reference)
    assert found == ["G-2025-12-001", "G-2026-01-001"]
    engine.close()


EXTENDED = """
workflow: extended
version: 1
calendar: CN
roles: {boss: }
states: {open: {initial: true, due: {within: 5wd, remind: 3wd, escalate: {after: 6wd, to: boss}}}, done: {final: true}}
deadlines: {whole: {from: open, until: done, within: 60d, remind: 45d, escalate: {after: 60d, to: boss}}}
transitions:
  longer: {from: open, to: "=", by: boss, extends: {whole: 30d}}
  wait: {from: open, to: "=", by: boss, extends: {due: 5wd}}
  close: {from: open, to: done, by: boss}
"""


def test_what_is_extended_reminds_and_escalates_later(clock: Clock, tmp_path: Path) -> None:
    engine = Engine.open(f"sqlite:///{tmp_path / 'longer.db'}", clock=clock)
    engine.install(load_text(EXTENDED))
    clock.now = datetime(2025, 8, 5, 2, 0, tzinfo=UTC)
    case = engine.submit("extended", actor=LI)

    def ends() -> dict[str, str]:
        """The last day of each clock."""
        return {each.id: f"{each.at - timedelta(hours=16):%m-%d}" for each in engine.case(case.id).proceedings.timers}

    own = {"due": "08-12", "remind.due.0": "08-08", "escalate.due.0": "08-13"}
    whole = {"due.whole": "10-09", "remind.whole.0": "09-19", "escalate.whole.0": "10-09"}
    assert ends() == own | whole
    boss = Actor("zhao", roles={"boss"})
    engine.advance(case.id, "longer", actor=boss)
    whole = {"due.whole": "11-10", "remind.whole.0": "10-20", "escalate.whole.0": "11-10"}
    assert ends() == own | whole
    engine.advance(case.id, "wait", actor=boss)
    assert ends() == {"due": "08-19", "remind.due.0": "08-15", "escalate.due.0": "08-20"} | whole
    assert engine.verify().problems == ()
    engine.close()
