"""Public notice and objections: the whole time, who may object, what an open objection halts, who settles it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.meetings import House, refused
from workflow import Actor

TEXT = """
workflow: award
version: 1
calendar: CN
roles: {author: {is: submitter}, office: , chief: , member: }
fields: {safety: {type: boolean}}
states: {decided: {initial: true}, shown: , held: , paid: {final: true}, dropped: {final: true}}
transitions:
  show: {from: decided, to: shown, by: office, accept: safety}
  confirm: {from: shown, to: paid, by: clock, notice: board, when: upheld_objections == 0}
  revoke: {from: shown, to: dropped, by: clock, notice: board, when: upheld_objections > 0}
  pay: {from: shown, to: paid, by: chief, notice: board}
  note: {from: shown, to: "=", by: office}
  hold: {from: shown, to: held, by: office, during_objection: true}
  withdraw: {from: shown, to: dropped, by: author}
  again: {from: held, to: shown, by: office}
notices:
  board:
    in: shown
    for: 5wd
    shows: safety
    by: [member, author]
    settled_by: chief
    settle_within: 10wd
    apart_from: [author, show]
    exempt: has(data.safety) && safety
"""
PEOPLE = {"author": "", "office": "office", "chief": "chief", "m1": "member", "m2": "member", "both": "chief member"}


@pytest.fixture
def house() -> Iterator[House]:
    """A decision that is shown from 26 September 2025, a Friday."""
    house = House(TEXT, PEOPLE)
    house.submit()
    house.go("show", "office")
    yield house
    house.close()


class TestTime:
    def test_five_working_days_are_over_at_their_midnight(self, house: House) -> None:
        [blocker] = [
            each.blockers[0].params
            for each in house.engine.options(house.id, actor=Actor("chief"))
            if each.transition == "pay"
        ]
        assert (blocker["notice"], blocker["from"]) == ("board", "2025-10-10T16:00:00.000000Z")
        house.at("2025-10-10T15:59:59Z")
        assert house.tick() == []
        assert refused(lambda: house.go("pay", "chief")) == ["too_early"]
        house.later(seconds=1)
        assert house.tick() == [("advanced", "confirm", "2025-10-10T16:00")]

    def test_for_the_safety_of_a_person_it_need_not_be_given(self) -> None:
        house = House(TEXT, PEOPLE)
        house.submit()
        house.go("show", "office", data={"safety": True})
        assert house.go("pay", "chief").state == "paid"
        house.close()

    def test_it_begins_anew_when_it_is_shown_again(self, house: House) -> None:
        house.at("2025-09-30T02:00:00Z")
        house.go("hold", "office")
        assert house.case.next_at is None
        house.at("2025-10-20T02:00:00Z")
        house.go("again", "office")
        assert house.case.next_at == datetime(2025, 10, 27, 16, tzinfo=UTC)


class TestObjections:
    def test_an_open_one_halts_what_leaves_and_nothing_else(self, house: House) -> None:
        house.object("m1")
        assert house.case.as_dict()["objections"] == [{"number": 1, "notice": "board", "by": ["m1"], "status": "open"}]
        assert refused(lambda: house.go("withdraw", "author")) == ["open_objections"]
        assert refused(lambda: house.go("pay", "chief")) == ["too_early", "open_objections"]
        assert house.go("note", "office").state == "shown"
        house.at("2025-10-15T02:00:00Z")
        assert house.tick() == []
        assert house.go("hold", "office").state == "held"

    def test_a_dismissed_one_lets_the_case_go_on(self, house: House) -> None:
        house.object("m1")
        house.at("2025-10-15T02:00:00Z")
        house.settle(1, "chief", upheld=False)
        # It waited for more than the time, and is not dated back before that.
        assert house.tick() == [("advanced", "confirm", "2025-10-15T02:00")]
        assert house.case.state == "paid"

    def test_an_upheld_one_of_two_revokes(self, house: House) -> None:
        house.object("m1")
        house.object("m2")
        house.settle(2, "chief", upheld=True)
        house.at("2025-10-15T02:00:00Z")
        assert house.tick() == []
        house.settle(1, "chief", upheld=False)
        assert house.tick() == [("advanced", "revoke", "2025-10-15T02:00")]

    def test_who_may_object_when_and_how(self, house: House) -> None:
        engine = house.engine
        assert refused(lambda: house.object("office")) == ["role"]
        assert refused(lambda: house.object("m1", " ")) == ["reason"]
        assert house.object("author").proceedings.objections[0].people == ("author",)
        house.at("2025-10-10T15:59:59Z")
        house.object("m1")
        house.later(seconds=1)
        assert refused(lambda: house.object("m2")) == ["too_late"]
        with_key = engine.settle(house.id, 2, upheld=False, actor=Actor("chief"), reason="x", key="k")
        assert engine.settle(house.id, 2, upheld=False, actor=Actor("chief"), reason="x", key="k") == with_key

    def test_where_no_notice_runs_nobody_objects(self) -> None:
        house = House(TEXT, PEOPLE)
        house.submit()
        assert refused(lambda: house.object("m1")) == ["state"]
        house.close()

    def test_who_settles(self, house: House) -> None:
        house.object("both")
        assert refused(lambda: house.settle(1, "m1", upheld=True)) == ["role"]
        assert refused(lambda: house.settle(1, "both", upheld=False)) == ["separation"]
        assert refused(lambda: house.settle(1, "office", upheld=False)) == ["role", "separation"]
        assert refused(lambda: house.settle(2, "chief", upheld=True)) == ["objection"]
        settle = house.engine.settle
        assert refused(lambda: settle(house.id, 1, upheld=True, actor=Actor("chief"), reason="")) == ["reason"]
        house.settle(1, "chief", upheld=True)
        assert refused(lambda: house.settle(1, "chief", upheld=False)) == ["objection"]

    def test_an_objection_is_due_too(self, house: House) -> None:
        assert house.due() is None
        house.object("m1")
        assert house.due() == datetime(2025, 10, 16, 16, tzinfo=UTC)
        house.at("2025-10-20T02:00:00Z")
        assert [each.id for each in house.engine.cases(overdue=True)] == [house.id]
        house.settle(1, "chief", upheld=False)
        assert house.due() is None
