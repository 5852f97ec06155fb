"""Panels in a case: who belongs to them, what each may give, when they close, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.meetings import House, refused
from workflow import Actor, Line, RefusedError
from workflow.rules.panels import draw

TEXT = """
workflow: hall
version: 1
roles:
  author: {is: submitter}
  drafter: {did: draft}
  office:
  member:
  chair:
  finance:
  safety:
  expert:
fields:
  title: {type: text}
  mark: {type: decimal, places: 3}
  names: {type: list, of: text}
  winners: {type: list, of: text}
  people: {type: list, of: text}
states: {drafted: {initial: true}, met: , again: , done: {final: true}, lost: {final: true}}
transitions:
  draft: {from: drafted, to: "=", by: anyone}
  meet: {from: drafted, to: met, by: office}
  stay: {from: met, to: "=", by: office}
  retry: {from: met, to: again, by: office}
  back: {from: again, to: met, by: office}
  adopt: {from: [met, again], to: done, by: office, panel: %(panel)s}
  lose: {from: [met, again], to: lost, by: office, panel: {%(panel)s: rejected}}
panels:
  vote: {in: met, of: [member, chair], apart_from: [author, draft], quorum: {gte: 1/2}, reason_for: no}
  secret: {in: met, of: [member, chair], ballot: secret, apart_from: author}
  early: {in: met, of: [member, chair], early: true, pass: {gt: 1/2, of: all}}
  sheet: {in: [met, again], of: member, score: {use: 60, cost: 40}, result: {gte: 60}, into: mark, apart_from: author}
  posts: {in: met, of: member, elect: {among: names, seats: 2}, into: winners}
  named: {in: met, members: people}
  seats: {in: met, seats: [finance, safety], pass: all, apart_from: author}
  count: {in: met, ballot: counted, tellers: office, apart_from: author}
  drawn: {in: met, of: expert, draw: {number: 2}, apart_from: author}
"""
PEOPLE = {
    **{"author": "member", "office": "office", "drafter": "member", "chair": "chair"},
    **{"m1": "member", "m2": "member", "m3": "member", "f": "finance", "s": "safety", "both": "finance safety"},
    **{f"e{number}": "expert" for number in range(1, 6)},
}


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """A case in its meeting; the parameter is the panel for which the transitions ask."""
    house = House(TEXT % {"panel": getattr(request, "param", "vote")}, PEOPLE)
    house.submit(names=["a", "b", "c"], people=["m1", "x", "m1"])
    house.go("draft", "drafter")
    house.go("meet", "office")
    yield house
    house.close()


def asks(panel: str) -> pytest.MarkDecorator:
    """The test is about this panel."""
    return pytest.mark.parametrize("house", [panel], indirect=True, ids=[panel])


class TestMembers:
    def test_the_electorate_is_frozen_when_the_panel_opens(self, house: House) -> None:
        engine = house.engine
        engine.grant("office", "member")
        engine.revoke("m3", "member")
        assert refused(lambda: engine.vote(house.id, "vote", "yes", actor=Actor("office"))) == ["role.member"]
        assert house.vote("vote", m3="yes").as_dict()["panels"]["vote"] == {
            "round": 1,
            "open": True,
            "outcome": None,
            "members": ["author", "chair", "drafter", "m1", "m2", "m3"],
            "recused": ["author", "drafter"],
            "contributed": ["m3"],
            "tally": {},
        }

    def test_those_kept_apart_may_not_vote_nor_may_anybody_for_them(self, house: House) -> None:
        vote = house.engine.vote
        assert refused(lambda: vote(house.id, "vote", "yes", actor=Actor("author"))) == ["separation"]
        assert refused(lambda: vote(house.id, "vote", "yes", actor=Actor("drafter"))) == ["separation"]
        assert refused(lambda: vote(house.id, "vote", "yes", actor=Actor("author", (), acting_for="m1"))) == [
            "separation"
        ]
        assert refused(lambda: vote(house.id, "vote", "yes", actor=Actor("m1", (), acting_for="author"))) == [
            "separation"
        ]

    def test_somebody_may_vote_for_a_member(self, house: House) -> None:
        house.engine.vote(house.id, "vote", "yes", actor=Actor("zhao.min", (), acting_for="m1"))
        assert house.case.as_dict()["panels"]["vote"]["contributed"] == ["m1"]

    def test_a_host_says_who_has_a_role(self) -> None:
        holders = {"member": ["x", "y"], "chair": ["y"]}
        house = House(TEXT % {"panel": "vote"}, {"office": "office"}, holders=lambda role: holders.get(role, []))
        house.submit()
        house.go("meet", "office")
        assert house.case.proceedings.sittings["vote"].members == {"x": ("member",), "y": ("member", "chair")}
        house.close()

    def test_the_members_may_stand_in_a_field(self, house: House) -> None:
        assert sorted(house.case.proceedings.sittings["named"].members) == ["m1", "x"]

    def test_a_draw_can_be_done_again(self, house: House) -> None:
        [opened] = [each for each in house.engine.history(house.id) if each.panel == "drawn"]
        assert opened.seed is not None
        assert opened.data is not None
        assert opened.data["pool"] == ["e1", "e2", "e3", "e4", "e5"]
        assert sorted(draw(opened.data["pool"], 2, opened.seed)) == list(opened.data["members"])
        assert len(bytes.fromhex(opened.seed)) == 16


class TestVotes:
    def test_the_last_vote_counts_and_every_vote_is_an_entry(self, house: House) -> None:
        house.vote("vote", m1="yes", m2="yes", m3="no")
        house.vote("vote", m1="no")
        assert refused(lambda: house.go("adopt", "office")) == ["majority"]
        house.vote("vote", m1="yes")
        assert house.go("adopt", "office").state == "done"
        said = [(each.actor.id, each.data) for each in house.engine.history(house.id) if each.kind == "voted"]
        assert [(who, data and data["said"]) for who, data in said] == [
            ("m1", "yes"),
            ("m2", "yes"),
            ("m3", "no"),
            ("m1", "no"),
            ("m1", "yes"),
        ]

    @pytest.mark.parametrize(
        ("choice", "why"),
        [
            ("maybe", ["bad_field.not_choice"]),
            (["yes"], ["bad_field.not_choice"]),
            ("no", ["reason"]),
            ("", ["bad_field.not_choice"]),
        ],
    )
    def test_what_is_no_vote_is_refused(self, house: House, choice: Any, why: list[str]) -> None:
        assert refused(lambda: house.engine.vote(house.id, "vote", choice, actor=Actor("m1"))) == why
        assert house.kinds()[-1] == "refused"

    def test_another_act_than_the_panel_takes_is_refused(self, house: House) -> None:
        engine, m1 = house.engine, Actor("m1")
        assert refused(lambda: engine.score(house.id, "vote", {"use": 1}, actor=m1)) == ["panel.form"]
        assert refused(lambda: engine.vote(house.id, "sheet", "yes", actor=m1)) == ["panel.form"]
        assert refused(lambda: engine.count(house.id, "vote", {"yes": 1}, actor=m1)) == ["panel.form"]
        assert refused(lambda: engine.vote(house.id, "nowhere", "yes", actor=m1)) == ["panel.unknown"]

    def test_whoever_recuses_themselves_is_no_longer_counted(self, house: House) -> None:
        house.vote("vote", m1="yes", m2="recuse", m3="recuse")
        case = house.go("adopt", "office")
        assert case.as_dict()["panels"]["vote"]["tally"] == {
            **{"due": 2, "present": 1, "recused": 4},
            **{"yes": 1, "no": 0, "abstain": 0},
        }

    def test_a_panel_that_the_case_leaves_lapses_and_begins_anew(self, house: House) -> None:
        house.vote("vote", m1="yes", m2="yes", m3="yes")
        house.go("stay", "office")
        assert house.case.proceedings.sittings["vote"].given.keys() == {"m1", "m2", "m3"}
        house.go("retry", "office")
        assert house.case.as_dict()["panels"]["vote"]["outcome"] == "lapsed"
        assert refused(lambda: house.vote("vote", m1="yes")) == ["panel.not_open"]
        assert refused(lambda: house.go("adopt", "office")) == ["panel.not_open"]
        house.go("back", "office")
        assert house.case.as_dict()["panels"]["vote"]["round"] == 2
        assert refused(lambda: house.go("adopt", "office")) == ["quorum"]

    def test_a_panel_goes_on_in_the_next_of_its_states(self, house: House) -> None:
        house.score("sheet", m1={"use": 60, "cost": 0})
        house.go("retry", "office")
        assert house.case.proceedings.sittings["sheet"].given.keys() == {"m1"}

    def test_an_outcome_may_be_asked_for_other_than_acceptance(self, house: House) -> None:
        assert refused(lambda: house.go("lose", "office")) == ["outcome"]
        house.vote("vote", m1="no", m2="no", m3="yes")
        assert house.go("lose", "office").state == "lost"

    def test_a_closed_panel_takes_no_vote_and_keeps_its_outcome(self, house: House) -> None:
        house.vote("vote", m1="yes", m2="yes", m3="no")
        assert refused(lambda: house.engine.close_panel(house.id, "vote", actor=Actor("m1"))) == ["role"]
        house.engine.close_panel(house.id, "vote", actor=Actor("office"))
        assert refused(lambda: house.vote("vote", m1="no")) == ["panel.closed"]
        assert house.go("adopt", "office").state == "done"
        assert house.kinds().count("panel_closed") == 1

    def test_a_repeated_vote_with_its_key_writes_nothing(self, house: House) -> None:
        engine = house.engine
        first = engine.vote(house.id, "vote", "yes", actor=Actor("m1"), key="k")
        house.vote("vote", m2="yes")
        assert engine.vote(house.id, "vote", "yes", actor=Actor("m1"), key="k") == first
        assert house.kinds().count("voted") == 2
        assert engine.vote(house.id, "vote", "yes", actor=Actor("m3"), dry_run=True).dry_run
        assert house.kinds().count("voted") == 2


class TestEarly:
    @asks("early")
    def test_it_closes_when_the_rest_could_not_change_it(self, house: House) -> None:
        house.vote("early", m1="yes", m2="yes", m3="yes")
        assert house.case.as_dict()["panels"]["early"]["open"]
        panel = house.vote("early", chair="yes").as_dict()["panels"]["early"]
        assert (panel["open"], panel["outcome"], panel["tally"]["yes"]) == (False, "accepted", 4)
        assert [each.actor.id for each in house.engine.history(house.id)][-1] == "clock"

    @asks("early")
    def test_it_closes_on_a_refusal_too(self, house: House) -> None:
        panel = house.vote("early", m1="no", m2="abstain", chair="no").as_dict()["panels"]["early"]
        assert panel["outcome"] == "rejected"


class TestMarks:
    @asks("sheet")
    def test_the_mark_is_kept_in_the_form_of_its_field(self, house: House) -> None:
        house.score("sheet", m1={"use": "40", "cost": 20}, m2={"use": "40.5", "cost": "20.25"})
        case = house.go("adopt", "office")
        assert (case.data["mark"], case.as_dict()["panels"]["sheet"]["tally"]["mark"]) == ("60.380", "60.38")

    @pytest.mark.parametrize(
        ("points", "why"),
        [
            ({"use": 61, "cost": 1}, ["bad_field.above"]),
            ({"use": -1, "cost": 1}, ["bad_field.below"]),
            ({"use": "many", "cost": 1}, ["bad_field.not_decimal"]),
            ({"use": 1}, ["missing_field"]),
            ({"use": 1, "cost": 1, "looks": 1}, ["bad_field.unknown"]),
            ({}, ["missing_field", "missing_field"]),
            ({"use": "NaN", "cost": True}, ["bad_field.not_decimal", "bad_field.not_decimal"]),
        ],
    )
    def test_a_sheet_that_is_wrong_is_refused_whole(self, house: House, points: Any, why: list[str]) -> None:
        assert refused(lambda: house.engine.score(house.id, "sheet", points, actor=Actor("m1"))) == why
        assert house.case.proceedings.sittings["sheet"].given == {}


class TestElections:
    @asks("posts")
    def test_those_elected_are_kept(self, house: House) -> None:
        house.vote("posts", m1=["a", "b"], m2="a, b", m3="abstain")
        case = house.go("adopt", "office")
        assert case.data["winners"] == ["a", "b"]

    @pytest.mark.parametrize(
        ("choice", "why"),
        [
            (["a", "a"], ["bad_field.twice"]),
            (["a", "b", "c"], ["bad_field.too_many_items"]),
            (["z"], ["bad_field.not_choice"]),
            ([], ["bad_field.not_choice"]),
            ("yes", ["bad_field.not_choice"]),
        ],
    )
    def test_a_ballot_that_is_wrong_is_refused(self, house: House, choice: Any, why: list[str]) -> None:
        assert refused(lambda: house.engine.vote(house.id, "posts", choice, actor=Actor("m1"))) == why


class TestSignatures:
    @asks("seats")
    def test_each_department_signs_once_by_any_of_its_people(self, house: House) -> None:
        house.vote("seats", f="yes")
        sign = house.engine.vote
        assert refused(lambda: sign(house.id, "seats", "yes", actor=Actor("both"))) == ["panel.seat"]
        assert refused(lambda: sign(house.id, "seats", "yes", actor=Actor("f"), seat="safety")) == ["role"]
        assert refused(lambda: sign(house.id, "seats", "yes", actor=Actor("m1"))) == ["role"]
        assert refused(lambda: house.go("adopt", "office")) == ["majority"]
        sign(house.id, "seats", "yes", actor=Actor("both"), seat="safety")
        assert house.go("adopt", "office").state == "done"
        assert [each.seat for each in house.engine.history(house.id) if each.kind == "voted"] == ["finance", "safety"]

    def test_the_author_signs_for_no_department(self) -> None:
        house = House(TEXT % {"panel": "seats"}, {**PEOPLE, "author": "finance"})
        house.submit()
        house.go("meet", "office")
        assert refused(lambda: house.vote("seats", author="yes")) == ["separation"]
        house.close()


class TestCounted:
    @asks("count")
    def test_tellers_enter_the_numbers(self, house: House) -> None:
        numbers = {"yes": "11", "no": 9, "due_members": 30, "present_members": 20}
        count = house.engine.count
        assert refused(lambda: count(house.id, "count", numbers, actor=Actor("m1"))) == ["role"]
        count(house.id, "count", {**numbers, "yes": 10}, actor=Actor("office"))
        assert refused(lambda: house.go("adopt", "office")) == ["majority"]
        count(house.id, "count", numbers, actor=Actor("office"))
        assert house.go("adopt", "office").as_dict()["panels"]["count"]["tally"] == {
            "due": {"members": 30},
            "present": {"members": 20},
            **{"yes": 11, "no": 9, "abstain": 0, "invalid": 0, "electorate": "members"},
        }

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"yes": 99}, ["bad_field.ballots_above"]),
            ({"present_members": 31}, ["bad_field.above"]),
            ({"yes": "-1"}, ["bad_field.not_integer"]),
            ({"yes": None}, ["missing_field"]),
            ({"maybe": 1}, ["bad_field.unknown"]),
        ],
    )
    def test_numbers_that_cannot_be_are_refused(self, house: House, change: Any, why: list[str]) -> None:
        numbers = {"yes": 1, "no": 0, "due_members": 30, "present_members": 20, **change}
        assert refused(lambda: house.engine.count(house.id, "count", numbers, actor=Actor("office"))) == why

    def test_the_author_does_not_count(self) -> None:
        house = House(TEXT % {"panel": "count"}, {**PEOPLE, "author": "office"})
        house.submit()
        house.go("meet", "office")
        numbers = {"yes": 1, "no": 0, "due_members": 30, "present_members": 20}
        assert refused(lambda: house.engine.count(house.id, "count", numbers, actor=Actor("author"))) == ["separation"]
        house.close()


class TestSecret:
    @asks("secret")
    def test_the_tally_is_public_and_the_choice_is_not(self, house: House) -> None:
        house.vote("secret", m1="yes", m2="no", m3="yes", chair="abstain")
        house.vote("secret", m2="yes")
        assert refused(lambda: house.engine.vote(house.id, "secret", "aye", actor=Actor("m1"))) == [
            "bad_field.not_choice"
        ]
        assert refused(lambda: house.go("adopt", "office")) == ["panel.open"]
        house.engine.close_panel(house.id, "secret", actor=Actor("office"))
        case = house.go("adopt", "office")
        assert case.as_dict()["panels"]["secret"]["tally"]["yes"] == 3
        entries = house.engine.history(house.id)
        votes = [each for each in entries if each.kind == "voted" and each.panel == "secret"]
        assert [(each.data, each.sealed) for each in votes] == [(None, True)] * 5
        [closed] = [each for each in entries if each.kind == "panel_closed" and each.panel == "secret"]
        assert closed.data is not None
        assert closed.data["ballots"] == ["abstain", "yes", "yes", "yes"]
        told = json.dumps([each.as_dict() for each in entries if each.panel == "secret" and each.kind == "voted"])
        assert "yes" not in told
        assert "aye" not in json.dumps([each.as_dict() for each in entries])
        with house.engine.store.reading() as unit:
            rows = unit.all("SELECT seq, body, salt FROM workflow_payload WHERE name = 'data'")
        sealed = {each.seq for each in votes}
        assert [row[1:] for row in rows if row[0] in sealed] == [(None, None)] * 5

    def test_a_secret_ballot_that_a_past_act_ends_is_destroyed_too(self, house: House) -> None:
        house.vote("secret", m1="yes", m2="no")
        line = {"op": "import", "definition": "hall", "reference": "hall-1", "from": "met", "to": "again"}
        [result] = house.engine.apply([Line(1, {**line, "at": "2025-01-31T08:00:00Z", "actor": "office"})])
        assert result.ok
        assert house.engine.verify().problems == ()
        with house.engine.store.reading() as unit:
            rows = unit.all("SELECT seq, body FROM workflow_payload WHERE name = 'data'")
        sealed = {each.seq for each in house.engine.history(house.id) if each.sealed}
        assert [row[1] for row in rows if row[0] in sealed] == [None, None]

    def test_a_secret_ballot_that_the_case_leaves_is_destroyed_too(self, house: House) -> None:
        house.vote("secret", m1="yes", m2="no")
        house.go("retry", "office")
        assert house.case.as_dict()["panels"]["secret"]["outcome"] == "rejected"
        sealed = {each.seq for each in house.engine.history(house.id) if each.sealed}
        with house.engine.store.reading() as unit:
            rows = unit.all("SELECT seq, body, salt FROM workflow_payload WHERE name = 'data'")
        assert [row[1:] for row in rows if row[0] in sealed] == [(None, None)] * 2

    def test_a_repeated_choice_stands_beside_nobody(self, house: House) -> None:
        before = house.vote("secret", m1="yes").proceedings.sittings["secret"]
        assert before.given["m1"].said is None

    @asks("secret")
    def test_recusal_is_not_secret(self, house: House) -> None:
        house.vote("secret", m1="recuse", m2="yes")
        house.engine.close_panel(house.id, "secret", actor=Actor("office"))
        assert house.case.as_dict()["panels"]["secret"]["tally"]["due"] == 4


class TestLines:
    def test_contributions_come_from_a_file_too(self, house: House) -> None:
        base = {"reference": "hall-1"}
        lines: list[dict[str, Any]] = [
            {"op": "vote", "panel": "vote", "choice": "yes", "actor": "m1"},
            {"op": "vote", "panel": "posts", "choice": ["a", "b"], "actor": "m1"},
            {"op": "score", "panel": "sheet", "points": {"use": "50", "cost": 40}, "actor": "m2"},
            {
                "op": "count",
                "panel": "count",
                "actor": "office",
                "points": {"yes": 1, "no": 0, "due_members": 2, "present_members": 1},
            },
            {"op": "close", "panel": "vote", "actor": "office"},
            {"op": "vote", "panel": "vote", "choice": "yes", "actor": "office"},
            {"op": "object", "reason": "x", "actor": "m1"},
            {"op": "settle", "objection": 1, "outcome": "upheld", "reason": "x", "actor": "m1"},
        ]
        results = list(house.engine.apply([Line(at, {**base, **each}) for at, each in enumerate(lines, 1)]))
        assert [each.ok for each in results] == [True] * 5 + [False] * 3
        found = [each.error for each in results if isinstance(each.error, RefusedError)]
        assert [each.blockers[0].code for each in found] == ["panel", "state", "objection"]
