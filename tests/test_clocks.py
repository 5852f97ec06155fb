"""Clocks: what is due when, to the day; what the clock does, once, however late somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.meetings import House, refused
from workflow import Actor

PEOPLE = {"author": "", "office": "office", "chief": "chief", "boss": "boss"}
Houses = Callable[..., House]


@pytest.fixture
def build() -> Iterator[Houses]:
    """Build houses; they are closed in the end."""
    built: list[House] = []

    def build(body: str, start: str = "2025-09-26T02:00:00Z") -> House:
        built.append(House(f"workflow: time\nversion: 1\ncalendar: CN\n{body}", PEOPLE, start))
        built[-1].submit()
        return built[-1]

    yield build
    for house in built:
        house.close()


ROLES = "roles: {author: {is: submitter}, office: , chief: , boss: }\n"


class TestDays:
    """The vectors of the calendar of 2025, with its make-up working days; each ends at midnight in Shanghai."""

    @pytest.mark.parametrize(
        ("start", "length", "last"),
        [
            ("2025-09-26", "5wd", "2025-10-10"),
            ("2025-01-22", "10wd", "2025-02-11"),
            ("2025-09-20", "15d", "2025-10-09"),
            ("2025-08-05", "60d", "2025-10-09"),
            ("2025-04-25", "5wd", "2025-05-06"),
            ("2025-04-21", "10d", "2025-05-06"),
        ],
    )
    def test_a_period_ends_with_its_last_day(self, build: Houses, start: str, length: str, last: str) -> None:
        house = build(
            f"{ROLES}states: {{open: {{initial: true, due: {length}}}, done: {{final: true}}}}\n"
            f"transitions:\n  close: {{from: open, to: done, by: office, within: {length}}}\n"
            f"  lapse: {{from: open, to: done, by: clock, after: {length}}}\n",
            f"{start}T10:00:00+08:00",
        )
        end = datetime.fromisoformat(f"{last}T24:00:00+08:00".replace("T24", "T23")).astimezone(UTC)
        assert house.case.due_at is not None
        assert (house.case.due_at - end).total_seconds() == 3600
        house.at(f"{last}T23:59:59+08:00")
        assert house.tick() == []
        assert [each.allowed for each in house.engine.options(house.id, actor=Actor("office"))] == [True, False]
        house.later(seconds=1)
        assert [(kind, name) for kind, name, _ in house.tick()] == [("advanced", "lapse")]
        assert house.case.state == "done"

    def test_deemed_effect_is_at_the_beginning_of_day_16(self, build: Houses) -> None:
        house = build(
            f"{ROLES}states: {{filed: {{initial: true}}, objected: {{final: true}}, in_force: {{final: true}}}}\n"
            "transitions:\n  object: {from: filed, to: objected, by: office, within: 15d}\n"
            "  take_effect: {from: filed, to: in_force, by: clock, after: 15d}\n",
            "2025-03-03T09:00:00+08:00",
        )
        house.at("2025-03-18T23:59:59+08:00")
        assert house.tick() == []
        house.at("2025-04-30T00:00:00+08:00")
        assert house.tick() == [("advanced", "take_effect", "2025-03-18T16:00")]
        [*_, last] = house.engine.history(house.id)
        assert last.at == datetime(2025, 4, 29, 16, tzinfo=UTC)

    def test_hours_run_from_the_moment(self, build: Houses) -> None:
        house = build(
            f"{ROLES}states: {{open: {{initial: true}}, done: {{final: true}}}}\n"
            "transitions: {lapse: {from: open, to: done, by: clock, after: 24h}}\n",
            "2025-09-30T16:45:00Z",
        )
        assert house.tick("2025-10-01T16:44:59Z") == []
        assert house.tick("2025-10-01T16:45:00Z") == [("advanced", "lapse", "2025-10-01T16:45")]


class TestSilence:
    TEXT = (
        f"{ROLES}states: {{asked: {{initial: true}}, yes: {{final: true}}, no: {{final: true}}}}\n"
        "transitions:\n  answer: {from: asked, to: %s, by: office, within: 5wd}\n"
        "  silence: {from: asked, to: %s, by: clock, after: 5wd}\n"
    )

    @pytest.mark.parametrize(("said", "unsaid"), [("no", "yes"), ("yes", "no")])
    def test_silence_decides_either_way(self, build: Houses, said: str, unsaid: str) -> None:
        assert build(self.TEXT % (said, unsaid)).go("answer", "office").state == said
        house = build(self.TEXT % (said, unsaid))
        house.at("2025-10-10T16:00:00Z")
        # Nobody looked at the clock before: what it should have done is done first.
        assert refused(lambda: house.go("answer", "office")) == ["final"]
        assert house.case.state == unsaid
        assert house.kinds() == ["submitted", "advanced", "refused"]

    def test_the_clock_waits_for_its_condition_too(self, build: Houses) -> None:
        house = build(
            f"{ROLES}fields: {{ready: {{type: boolean}}}}\n"
            "states: {open: {initial: true}, done: {final: true}, lost: {final: true}}\n"
            'transitions:\n  set: {from: open, to: "=", by: office, accept: ready}\n'
            "  finish: {from: open, to: done, by: clock, after: 5wd, when: ready}\n"
            "  lose: {from: open, to: lost, by: office}\n"
        )
        house.at("2025-10-20T02:00:00Z")
        assert house.tick() == []
        house.go("set", "office", data={"ready": True})
        assert house.tick() == [("advanced", "finish", "2025-10-20T02:00")]


class TestLadders:
    TEXT = (
        f"{ROLES}states:\n  open: {{initial: true, due: {{within: 5wd, remind: [1wd, 4wd], escalate: "
        "[{after: 5wd, to: chief}, {after: 6wd, to: boss}]}}\n  done: {final: true}\n"
        "transitions:\n  close: {from: open, to: done, by: office, apart_from: author}\n"
        "  take_back: {from: open, to: done, by: author}\n"
    )

    def test_reminders_and_escalations_come_in_their_order_and_once(self, build: Houses) -> None:
        house = build(self.TEXT)
        assert house.tick("2025-10-01T00:00:00Z") == [("reminded", "remind.due.0", "2025-09-28T16:00")]
        house.at("2025-11-01T00:00:00Z")
        assert house.tick() == [
            ("reminded", "remind.due.1", "2025-10-09T16:00"),
            ("escalated", "escalate.due.0", "2025-10-10T16:00"),
            ("escalated", "escalate.due.1", "2025-10-11T16:00"),
        ]
        assert house.tick() == []
        assert house.engine.tick().fired == 0

    def test_whoever_is_escalated_to_may_act_and_nobody_before(self, build: Houses) -> None:
        house = build(self.TEXT)
        house.at("2025-10-10T15:59:59Z")
        assert refused(lambda: house.go("close", "chief")) == ["role"]
        house.later(seconds=1)
        assert refused(lambda: house.go("close", "boss")) == ["role"]
        assert refused(lambda: house.go("take_back", "chief")) == ["role"]
        assert house.go("close", "chief").state == "done"
        assert "escalated" not in house.case.as_dict()

    def test_the_case_that_was_left_in_time_is_not_reminded(self, build: Houses) -> None:
        house = build(self.TEXT)
        house.go("close", "office")
        assert (house.case.due_at, house.case.next_at) == (None, None)
        house.at("2026-01-01T00:00:00Z")
        assert house.tick() == []


class TestDeadlines:
    TEXT = (
        f"{ROLES}states: {{open: {{initial: true}}, hearing: , shut: {{final: true}}, late: {{final: true}}}}\n"
        "deadlines: {whole: {from: open, until: shut, within: %s, stops_in: hearing, remind: 1d,"
        " escalate: {after: 60d, to: boss}}}\n"
        "transitions:\n  hear: {from: open, to: hearing, by: office}\n  heard: {from: hearing, to: open, by: office}\n"
        '  more: {from: [open, hearing], to: "=", by: chief, extends: {whole: %s}, at_most: 1}\n'
        "  shut: {from: open, to: shut, by: office, within: whole}\n"
        "  expire: {from: open, to: late, by: clock, after: whole}\n"
    )

    def test_a_clock_that_stands_still_goes_on_later(self, build: Houses) -> None:
        house = build(self.TEXT % ("60d", "30d"), "2025-06-02T02:00:00Z")
        assert house.case.due_at == datetime(2025, 8, 1, 16, tzinfo=UTC)
        assert house.tick("2025-06-05T00:00:00Z") == [("reminded", "remind.whole.0", "2025-06-03T16:00")]
        house.at("2025-06-10T02:00:00Z")
        house.go("hear", "office")
        assert house.due() is None
        assert house.tick("2025-09-10T02:00:00Z") == []
        # From the 11th to the 20th it stood still.
        house.at("2025-06-20T02:00:00Z")
        house.go("heard", "office")
        assert house.case.due_at == datetime(2025, 8, 11, 16, tzinfo=UTC)

    def test_working_days_go_on_by_working_days(self, build: Houses) -> None:
        house = build(self.TEXT % ("20wd", "10wd"), "2025-09-01T02:00:00Z")
        assert house.case.due_at == datetime(2025, 9, 28, 16, tzinfo=UTC)
        house.at("2025-09-26T02:00:00Z")
        house.go("hear", "office")
        house.at("2025-10-09T02:00:00Z")
        house.go("heard", "office")
        # 28, 29, 30 September and 9 October were worked while it stood still.
        assert house.case.due_at == datetime(2025, 10, 10, 16, tzinfo=UTC)

    def test_hours_go_on_by_as_long_as_it_stood(self, build: Houses) -> None:
        house = build(self.TEXT % ("48h", "24h"), "2025-09-01T02:00:00Z")
        house.later(hours=1)
        house.go("hear", "office")
        house.later(hours=5, minutes=30)
        house.go("heard", "office")
        assert house.case.due_at == datetime(2025, 9, 3, 7, 30, tzinfo=UTC)

    def test_an_extension_counts_on_from_the_old_end(self, build: Houses) -> None:
        house = build(self.TEXT % ("60d", "30d"), "2025-06-02T02:00:00Z")
        house.go("more", "chief")
        # 31 August is a Sunday.
        assert house.case.due_at == datetime(2025, 9, 1, 16, tzinfo=UTC)
        assert refused(lambda: house.go("more", "chief")) == ["limit"]

    def test_a_clock_may_be_extended_while_it_stands_still(self, build: Houses) -> None:
        house = build(self.TEXT % ("48h", "24h"), "2025-09-01T02:00:00Z")
        house.go("hear", "office")
        house.go("more", "chief")
        house.later(hours=2)
        house.go("heard", "office")
        assert house.case.due_at == datetime(2025, 9, 4, 4, tzinfo=UTC)

    def test_it_closes_a_way_and_opens_another(self, build: Houses) -> None:
        house = build(self.TEXT % ("48h", "24h"), "2025-09-01T02:00:00Z")
        house.at("2025-09-03T02:00:00Z")
        assert house.tick() == [
            ("reminded", "remind.whole.0", "2025-09-02T16:00"),
            ("advanced", "expire", "2025-09-03T02:00"),
        ]
        assert house.case.state == "late"

    def test_a_case_that_ends_another_way_leaves_no_clock_behind(self, build: Houses) -> None:
        house = build((self.TEXT % ("60d", "30d")) + "  drop: {from: open, to: late, by: office}\n")
        house.go("drop", "office")
        assert (house.case.due_at, house.case.next_at, house.case.proceedings.timers) == (None, None, ())

    def test_coming_back_does_not_start_it_again(self, build: Houses) -> None:
        house = build(
            f"{ROLES}states: {{open: {{initial: true}}, away: , shut: {{final: true}}}}\n"
            "deadlines: {whole: {from: open, until: shut, within: 48h}}\n"
            "transitions:\n  leave: {from: open, to: away, by: office}\n  back: {from: away, to: open, by: office}\n"
            "  shut: {from: open, to: shut, by: office}\n"
        )
        due = house.case.due_at
        house.later(hours=3)
        house.go("leave", "office")
        house.later(hours=3)
        assert house.go("back", "office").due_at == due


class TestStates:
    def test_a_due_time_of_the_state_may_be_extended_in_it(self, build: Houses) -> None:
        house = build(
            f"{ROLES}states: {{open: {{initial: true, due: 20wd}}, done: {{final: true}}}}\n"
            'transitions:\n  longer: {from: open, to: "=", by: chief, extends: {due: 10wd}}\n'
            "  close: {from: open, to: done, by: office}\n",
            "2025-09-01T02:00:00Z",
        )
        assert house.case.due_at == datetime(2025, 9, 28, 16, tzinfo=UTC)
        house.go("longer", "chief")
        assert house.case.due_at == datetime(2025, 10, 17, 16, tzinfo=UTC)

    def test_a_way_may_open_late_and_close_early(self, build: Houses) -> None:
        house = build(
            f"{ROLES}states: {{open: {{initial: true}}, done: {{final: true}}, back: {{final: true}}}}\n"
            "transitions:\n  close: {from: open, to: done, by: office, after: 24h, within: 48h}\n"
            "  drop: {from: open, to: back, by: office}\n"
        )
        go = house.engine.advance
        assert refused(lambda: go(house.id, "close", actor=Actor("office"))) == ["too_early"]
        house.later(hours=24)
        assert go(house.id, "close", actor=Actor("office"), dry_run=True).state == "done"
        house.later(hours=24)
        assert refused(lambda: go(house.id, "close", actor=Actor("office"))) == ["too_late"]

    def test_an_appeal_reopens_in_its_time(self, build: Houses) -> None:
        text = (
            f"{ROLES}states: {{open: {{initial: true}}, lost: {{final: true}}}}\n"
            "transitions:\n  lose: {from: open, to: lost, by: office}\n"
            "  appeal: {from: lost, to: open, by: author, reopens: true, within: 30d, at_most: 1}\n"
        )
        house = build(text, "2025-06-02T02:00:00Z")
        house.go("lose", "office")
        assert house.case.final
        house.at("2025-07-02T15:59:59Z")
        assert not house.go("appeal", "author").final
        late = build(text, "2025-06-02T02:00:00Z")
        late.go("lose", "office")
        late.at("2025-07-02T16:00:00Z")
        assert refused(lambda: late.go("appeal", "author")) == ["too_late"]


class TestPeriodic:
    TEXT = (
        f"{ROLES}states: {{open: {{initial: true}}, done: {{final: true}}}}\n"
        'transitions:\n  report: {from: open, to: "=", by: clock, after: 1m}\n'
        "  close: {from: open, to: done, by: office}\n"
    )

    def test_what_stays_comes_again_after_the_same_time(self, build: Houses) -> None:
        house = build(self.TEXT, "2025-03-10T02:00:00Z")
        house.at("2025-06-20T02:00:00Z")
        assert house.tick() == [
            ("advanced", "report", "2025-04-10T16:00"),
            ("advanced", "report", "2025-05-12T16:00"),
            ("advanced", "report", "2025-06-13T16:00"),
        ]
        assert house.tick() == []
        assert house.case.trail["report"].times == 3

    def test_however_often_somebody_looks_it_is_the_same(self, build: Houses) -> None:
        often, seldom = build(self.TEXT, "2025-03-10T02:00:00Z"), build(self.TEXT, "2025-03-10T02:00:00Z")
        seen: list[Any] = []
        for _ in range(120):
            often.later(days=1)
            seen += often.tick()
        seldom.later(days=120)
        assert seldom.tick() == seen
        assert seldom.case.proceedings == often.case.proceedings


class TestPanels:
    TEXT = (
        f"{ROLES}states: {{open: {{initial: true}}, done: {{final: true}}, lost: {{final: true}}}}\n"
        "panels: {board: {in: open, of: [office, chief], within: 5wd}}\n"
        "transitions:\n  adopt: {from: open, to: done, by: clock, after: 6wd, panel: board}\n"
        "  lose: {from: open, to: lost, by: clock, after: 6wd, panel: {board: rejected}}\n"
        "  void: {from: open, to: lost, by: clock, after: 6wd, panel: {board: invalid}}\n"
    )

    @pytest.mark.parametrize(
        ("said", "way"), [({"office": "yes", "chief": "yes"}, "adopt"), ({"chief": "no"}, "lose"), ({}, "void")]
    )
    def test_the_clock_closes_a_panel_and_follows_its_outcome(self, build: Houses, said: Any, way: str) -> None:
        house = build(self.TEXT)
        house.vote("board", **said)
        house.at("2025-10-10T15:59:59Z")
        assert house.tick() == []
        house.later(seconds=1)
        assert house.tick() == [("panel_closed", "board", "2025-10-10T16:00")]
        assert refused(lambda: house.vote("board", office="yes")) == ["panel.closed"]
        assert house.tick("2026-01-01T00:00:00Z") == [("advanced", way, "2025-10-11T16:00")]
