"""What the contributions of a panel come to: majorities, quorums, marks, elections, draws. By figures of laws."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition.panels import Panel
from workflow.rules.panels import ROLL, Tally, count, draw, settled
from workflow.rules.proceedings import Given, Sitting


def panel(**keys: Any) -> Panel:
    """A panel of the holders of `member`, unless it says otherwise."""
    whose = {} if {"seats", "members", "tellers"} & keys.keys() else {"of": "member"}
    return Panel.model_validate({"in": "met", **whose, **keys})


def sitting(
    members: int | Mapping[str, tuple[str, ...]], said: Mapping[str, Any], recused: tuple[str, ...] = ()
) -> Sitting:
    """A sitting of so many members (m1, m2 …), or of those named with their roles."""
    if isinstance(members, int):
        members = {f"m{number}": ("member",) for number in range(1, members + 1)}
    given = {name: Given(number, each) for number, (name, each) in enumerate(said.items(), 1)}
    return Sitting(1, members, recused, given)


def votes(yes: int = 0, no: int = 0, abstain: int = 0) -> dict[str, str]:
    """What m1, m2 … said."""
    said = ["yes"] * yes + ["no"] * no + ["abstain"] * abstain
    return {f"m{number}": choice for number, choice in enumerate(said, 1)}


def tally(members: int, said: Mapping[str, Any], **keys: Any) -> Tally:
    return count("p", panel(**keys), sitting(members, said))


def reasons(found: Tally) -> list[tuple[str, Any, Any, Any]]:
    """Each reason with what it needs, of how many, and what there is."""
    return [
        (each.code, each.params.get("needs"), each.params.get("of"), each.params.get("has")) for each in found.blockers
    ]


class TestMajorities:
    """Who agrees, and of how many. The first are the vectors of the laws on villagers and employees."""

    def test_representatives_need_more_than_half_of_those_present(self) -> None:
        rule = {"quorum": {"gte": "2/3"}, "pass": {"gt": "1/2", "of": "present"}}
        short = tally(30, votes(10, 10), **rule)
        assert (short.outcome, reasons(short)) == ("rejected", [("majority", 11, 20, 10)])
        assert tally(30, votes(11, 9), **rule).outcome == "accepted"

    def test_half_or_more_and_more_than_half_of_all_differ_by_one_vote(self) -> None:
        present = votes(15, 5)
        assert tally(30, present, **{"pass": {"gte": "1/2", "of": "all"}}).outcome == "accepted"
        short = tally(30, present, **{"pass": {"gt": "1/2", "of": "all"}})
        assert (short.outcome, reasons(short)) == ("rejected", [("majority", 16, 30, 15)])

    def test_two_thirds_of_31_are_21(self) -> None:
        short = tally(31, votes(20), quorum={"gte": "2/3"})
        assert (short.outcome, reasons(short)) == ("invalid", [("quorum", 21, 31, 20)])
        assert tally(31, votes(21), quorum={"gte": "2/3"}).outcome == "accepted"

    @pytest.mark.parametrize(
        ("rule", "said", "outcome"),
        [
            ({"gt": "1/2", "of": "present"}, votes(3, 2, 1), "rejected"),
            ({"gt": "1/2", "of": "cast"}, votes(3, 2, 1), "accepted"),
            ({"gt": "1/2", "of": "all"}, votes(3, 2, 1), "rejected"),
            ({"gte": "85%", "of": "present"}, votes(17, 3), "accepted"),
            ({"gte": "85%", "of": "present"}, votes(16, 3), "rejected"),
            ({"at_least": 3}, votes(3, 9), "accepted"),
            ({"gt": "1/2", "of": "cast"}, votes(abstain=5), "rejected"),
            ("any", votes(1, 9), "accepted"),
            ("all", votes(20), "accepted"),
            ("all", votes(19), "rejected"),
            ("all", votes(19, abstain=1), "rejected"),
        ],
    )
    def test_the_base_is_said(self, rule: Any, said: dict[str, str], outcome: str) -> None:
        assert tally(20, said, **{"pass": rule}).outcome == outcome

    def test_without_a_rule_more_than_half_of_those_present_agree(self) -> None:
        assert [tally(9, votes(*each)).outcome for each in ((2, 1), (2, 2), (2, 1, 1))] == [
            "accepted",
            "rejected",
            "rejected",
        ]

    def test_nobody_is_invalid(self) -> None:
        for keys in ({}, {"pass": "any"}, {"score": {"use": 10}}, {"elect": {"among": "names"}}):
            found = tally(5, {}, **keys)
            assert (found.outcome, reasons(found)) == ("invalid", [("quorum", 1, 5, 0)])

    def test_the_recused_are_in_no_base(self) -> None:
        found = count(
            "p",
            panel(**{"pass": "all", "quorum": {"gte": 1}}),
            sitting(4, votes(2), ("m3",))._replace(given={**sitting(4, votes(2)).given, "m4": Given(9, "recuse")}),
        )
        assert found.outcome == "accepted"
        assert found.figures == {"due": 2, "present": 2, "recused": 2, "yes": 2, "no": 0, "abstain": 0}


class TestTies:
    @pytest.mark.parametrize(
        ("tie", "said", "outcome"),
        [
            ("fails", votes(2, 2), "rejected"),
            ("passes", votes(2, 2), "accepted"),
            ("passes", votes(2, 3), "rejected"),
            ("passes", votes(abstain=4), "rejected"),
            ("passes", votes(2, 2, 1), "rejected"),
        ],
    )
    def test_equal_votes(self, tie: str, said: dict[str, str], outcome: str) -> None:
        assert tally(9, said, **{"pass": {"gt": "1/2", "tie": tie}}).outcome == outcome

    @pytest.mark.parametrize(("chair", "other", "outcome"), [("yes", "no", "accepted"), ("no", "yes", "rejected")])
    def test_the_chair_decides(self, chair: str, other: str, outcome: str) -> None:
        body = {"a": ("chair", "member"), "b": ("member",)}
        rule = panel(**{"pass": {"gt": "1/2", "tie": "chair"}})
        assert count("p", rule, sitting(body, {"a": chair, "b": other})).outcome == outcome

    def test_a_chair_who_says_nothing_decides_nothing(self) -> None:
        body = {"a": ("chair",), "b": (), "c": ()}
        rule = panel(**{"pass": {"gt": "1/2", "tie": "chair"}})
        assert count("p", rule, sitting(body, {"b": "yes", "c": "no"})).outcome == "rejected"

    def test_equal_votes_of_few_are_no_majority_of_all(self) -> None:
        rule = {"gt": "1/2", "of": "all", "tie": "passes"}
        assert tally(20, votes(1, 1), **{"pass": rule}).outcome == "rejected"
        assert tally(20, votes(10, 10), **{"pass": rule}).outcome == "accepted"
        assert tally(20, votes(5, 5), **{"pass": {"gte": "2/3", "tie": "passes"}}).outcome == "rejected"


class TestWeightsAndVetoes:
    def test_the_largest_weight_of_a_member_counts(self) -> None:
        body = {"a": ("chair", "elder"), "b": ("elder",), "c": (), "d": ()}
        rule = panel(weights={"chair": 3, "elder": 2})
        found = count("p", rule, sitting(body, {"a": "yes", "b": "no", "c": "no", "d": "abstain"}))
        assert (found.outcome, reasons(found)) == ("rejected", [("majority", 4, 7, 3)])
        assert found.figures == {"due": 4, "present": 4, "yes": 3, "no": 3, "abstain": 1, "weight": 7}

    def test_a_quorum_counts_people_not_weights(self) -> None:
        body = {"a": ("chair",), "b": (), "c": ()}
        rule = panel(weights={"chair": 9}, quorum={"gt": "1/2"})
        found = count("p", rule, sitting(body, {"a": "yes"}))
        assert (found.outcome, reasons(found)) == ("invalid", [("quorum", 2, 3, 1)])

    def test_a_member_without_weight_takes_part_and_decides_nothing(self) -> None:
        body = {"a": ("guest",), "b": (), "c": ("guest",)}
        found = count("p", panel(weights={"guest": 0}), sitting(body, {"a": "no", "b": "yes", "c": "no"}))
        assert (found.outcome, found.figures["present"], found.figures["no"]) == ("accepted", 3, 0)

    def test_one_vote_against_of_a_role_rejects(self) -> None:
        body = {"a": ("safety",), "b": (), "c": ()}
        rule = panel(veto="safety")
        assert count("p", rule, sitting(body, {"a": "yes", "b": "yes", "c": "no"})).outcome == "accepted"
        found = count("p", rule, sitting(body, {"a": "no", "b": "yes", "c": "yes"}))
        assert [(each.code, each.params["role"]) for each in found.blockers] == [("veto", "safety")]


class TestSignatures:
    """会签 all, 或签 any, 票签 a share; one contribution a seat."""

    @pytest.mark.parametrize(
        ("rule", "said", "outcome"),
        [
            ("all", {"finance": "yes", "safety": "yes", "tax": "yes"}, "accepted"),
            ("all", {"finance": "yes", "safety": "yes"}, "rejected"),
            ("any", {"tax": "yes", "safety": "no"}, "accepted"),
            ("any", {"safety": "no"}, "rejected"),
            ({"gte": "2/3", "of": "all"}, {"finance": "yes", "safety": "yes"}, "accepted"),
            ({"gte": "2/3", "of": "all"}, {"finance": "yes", "safety": "no"}, "rejected"),
            ("all", {"finance": "yes", "safety": "yes", "tax": "recuse"}, "accepted"),
        ],
    )
    def test_departments(self, rule: Any, said: dict[str, str], outcome: str) -> None:
        seats = {name: (name,) for name in ("finance", "safety", "tax")}
        found = count("p", panel(**{"seats": list(seats), "pass": rule}), sitting(seats, said))
        assert found.outcome == outcome

    def test_a_seat_that_bears_the_name_of_somebody_recused_still_counts(self) -> None:
        seats = {"finance": ("finance",), "tax": ("tax",)}
        found = count("p", panel(**{"seats": list(seats), "pass": "all"}), sitting(seats, {"tax": "yes"}, ("finance",)))
        assert (found.outcome, reasons(found)) == ("rejected", [("majority", 2, 2, 1)])


class TestComposition:
    @pytest.mark.parametrize(
        ("rule", "women", "outcome"),
        [
            ({"of": "woman", "gte": "1/3"}, 3, "accepted"),
            ({"of": "woman", "gte": "1/3"}, 2, "invalid"),
            ({"of": "woman", "lte": "20%"}, 1, "accepted"),
            ({"of": "woman", "lte": "20%"}, 2, "invalid"),
            ({"of": "woman", "at_least": 1}, 0, "invalid"),
            ({"of": "woman", "gt": "1/3", "lt": "2/3"}, 4, "accepted"),
            ({"of": "woman", "gt": "1/3", "lt": "2/3"}, 6, "invalid"),
        ],
    )
    def test_the_members_are_made_up_as_the_rule_says(self, rule: Any, women: int, outcome: str) -> None:
        body = {f"m{number}": ("woman",) if number <= women else () for number in range(1, 10)}
        found = count("p", panel(composition=[rule]), sitting(body, votes(9)))
        assert found.outcome == outcome
        assert [each.code for each in found.blockers] == ["composition"] * (outcome == "invalid")


class TestCounted:
    """Ballots that tellers counted, by the numbers of the law on villagers' committees."""

    VILLAGE: ClassVar[dict[str, Any]] = {
        "ballot": "counted",
        "tellers": "clerk",
        "electorates": ["adults", "households"],
        "quorum": [{"of": "adults", "gt": "1/2"}, {"of": "households", "gte": "2/3"}],
    }

    def found(self, said: Mapping[str, Any], **keys: Any) -> Tally:
        rule = panel(**{**self.VILLAGE, **keys})
        return count("p", rule, Sitting(1, {}, (), {ROLL: Given(1, said)} if said else {}))

    def numbers(self, adults: int, households: int, yes: int, no: int = 0, abstain: int = 0) -> dict[str, Any]:
        return {
            **{"yes": yes, "no": no, "abstain": abstain, "invalid": 0},
            "due": {"adults": 1900, "households": 488},
            "present": {"adults": adults, "households": households},
        }

    def test_of_two_quorums_one_suffices(self) -> None:
        assert self.found(self.numbers(940, 326, 200)).outcome == "accepted"
        short = self.found(self.numbers(940, 325, 900))
        assert (short.outcome, reasons(short)) == ("invalid", [("quorum", 951, 1900, 940), ("quorum", 326, 488, 325)])
        assert self.found(self.numbers(951, 0, 476)).outcome == "accepted"

    def test_the_majority_is_of_the_electorate_whose_quorum_was_met(self) -> None:
        found = self.found(self.numbers(940, 326, 163))
        assert (found.outcome, reasons(found)) == ("rejected", [("majority", 164, 326, 163)])
        assert found.figures["electorate"] == "households"

    def test_whoever_is_present_without_a_ballot_abstains(self) -> None:
        assert self.found(self.numbers(951, 0, 475, 470)).outcome == "rejected"
        assert self.found(self.numbers(951, 0, 475, 470), **{"pass": {"gt": "1/2", "of": "cast"}}).outcome == "accepted"

    @pytest.mark.parametrize(
        ("voted", "yes", "outcome"), [(1001, 501, "accepted"), (1001, 500, "rejected"), (1000, 900, "invalid")]
    )
    def test_a_recall_needs_half_to_vote_and_half_of_the_votes(self, voted: int, yes: int, outcome: str) -> None:
        rule = panel(ballot="counted", tellers="clerk", quorum={"gt": "1/2"}, **{"pass": {"gt": "1/2", "of": "cast"}})
        said = {
            "yes": yes,
            "no": voted - yes,
            "abstain": 0,
            "invalid": 0,
            "due": {ROLL: 2000},
            "present": {ROLL: voted},
        }
        assert count("p", rule, Sitting(1, {}, (), {ROLL: Given(1, said)})).outcome == outcome

    def test_an_invalid_ballot_is_neither_for_nor_against(self) -> None:
        rule = panel(ballot="counted", tellers="clerk", **{"pass": {"gt": "1/2", "of": "cast"}})
        said = {"yes": 4, "no": 3, "abstain": 0, "invalid": 5, "due": {ROLL: 20}, "present": {ROLL: 12}}
        assert count("p", rule, Sitting(1, {}, (), {ROLL: Given(1, said)})).outcome == "accepted"

    def test_before_anything_is_counted_it_is_invalid(self) -> None:
        assert self.found({}).outcome == "invalid"
        bare = count("p", panel(ballot="counted", tellers="clerk"), Sitting(1, {}))
        assert (bare.outcome, reasons(bare)) == ("invalid", [("quorum", 1, 0, 0)])


class TestMarks:
    def sheets(self, *totals: str) -> dict[str, Any]:
        """A sheet for each total, all of it under one criterion."""
        return {f"m{number}": {"all": total} for number, total in enumerate(totals, 1)}

    @pytest.mark.parametrize(
        ("by", "totals", "mark"),
        [
            ("mean", ("60", "70", "71"), "67.00"),
            ("mean", ("0", "0", "1"), "0.33"),
            ("mean", ("0.01", "0"), "0.01"),
            ("median", ("10", "60", "61"), "60.00"),
            ("median", ("10", "60", "61", "99"), "60.50"),
            ("trimmed", ("0", "60", "61", "100"), "60.50"),
            ("trimmed", ("80", "80", "20"), "80.00"),
        ],
    )
    def test_single_marks_become_one(self, by: str, totals: tuple[str, ...], mark: str) -> None:
        found = tally(9, self.sheets(*totals), score={"all": 100}, result=by)
        assert found.figures["mark"] == mark

    def test_the_rounded_mark_is_compared(self) -> None:
        rule = {"score": {"all": 100}, "result": {"gte": 60}}
        assert tally(9, self.sheets("59.99", "60"), **rule).figures["mark"] == "60.00"
        assert tally(9, self.sheets("59.99", "60"), **rule).outcome == "accepted"
        short = tally(9, self.sheets("59.99", "60", "59.99"), **rule)
        assert (short.outcome, short.figures["mark"]) == ("rejected", "59.99")
        assert tally(9, self.sheets("60"), score={"all": 100}, result={"gt": 60}).outcome == "rejected"
        assert tally(9, self.sheets("59.5"), score={"all": 100}, result={"gte": 60, "places": 0}).outcome == "accepted"

    def test_a_trimmed_mean_of_two_is_invalid(self) -> None:
        found = tally(9, self.sheets("60", "70"), score={"all": 100}, result="trimmed")
        assert (found.outcome, reasons(found)) == ("invalid", [("quorum", 3, 9, 2)])

    def test_points_count_as_they_are_or_by_weight(self) -> None:
        sheet = {"a": {"max": 10, "weight": 60}, "b": 40}
        found = tally(3, {"m1": {"a": "5", "b": "40"}, "m2": {"a": "10", "b": "0"}}, score=sheet)
        assert found.figures == {
            "due": 3,
            "present": 2,
            "scorers": 2,
            "mark": "65.00",
            "criteria": {"a": "7.50", "b": "20.00"},
        }

    def test_each_criterion_may_have_a_minimum(self) -> None:
        rule = {"score": {"a": {"max": 50, "min": 20}, "b": 50}, "result": {"gte": 60}}
        assert tally(3, {"m1": {"a": "20", "b": "50"}}, **rule).outcome == "accepted"
        found = tally(3, {"m1": {"a": "19", "b": "50"}, "m2": {"a": "20", "b": "0"}}, **rule)
        assert [
            (each.params.get("criterion"), each.params["needs"], each.params["has"]) for each in found.blockers
        ] == [
            ("a", "gte 20", "19.50"),
            (None, "gte 60", "44.50"),
        ]

    def test_too_few_scorers_are_no_quorum(self) -> None:
        found = tally(9, self.sheets("90", "90"), score={"all": 100}, quorum={"at_least": 3})
        assert (found.outcome, reasons(found)) == ("invalid", [("quorum", 3, 9, 2)])

    @given(st.lists(st.decimals(0, 100, places=2), min_size=3, max_size=9), st.integers(0, 4))
    def test_a_mark_lies_between_the_marks_and_is_exact(self, marks: list[Decimal], places: int) -> None:
        said = self.sheets(*(f"{each:f}" for each in marks))
        for by in ("mean", "median", "trimmed"):
            found = tally(9, said, score={"all": 100}, result={"by": by, "places": places})
            mark = Decimal(found.figures["mark"])
            half = Fraction(1, 2 * 10**places)
            assert min(map(Fraction, marks)) - half <= Fraction(mark) <= max(map(Fraction, marks)) + half
        exact = sum(map(Fraction, marks)) / len(marks)
        mark = Decimal(tally(9, said, score={"all": 100}, result={"places": places}).figures["mark"])
        assert -half < Fraction(mark) - exact <= half


class TestElections:
    NAMES = ("a", "b", "c", "d")

    def found(self, said: Mapping[str, Any], rule: Mapping[str, Any] | None = None, seats: int = 2) -> Tally:
        here = panel(elect={"among": "names", "seats": seats}, **({"pass": rule} if rule else {}))
        return count("p", here, sitting(9, said), self.NAMES)

    def test_the_most_votes_above_the_majority_win(self) -> None:
        found = self.found({"m1": ["a", "b"], "m2": ["a", "b"], "m3": ["a", "c"]})
        assert (found.outcome, found.figures["elected"]) == ("accepted", ["a", "b"])
        assert found.figures["votes"] == {"a": 3, "b": 2, "c": 1, "d": 0}

    def test_a_seat_that_nobody_reaches_stays_empty(self) -> None:
        found = self.found({"m1": ["a", "b"], "m2": ["a", "c"], "m3": ["a", "d"]})
        assert (found.outcome, found.figures["elected"]) == ("rejected", ["a"])
        assert reasons(found) == [("majority", 2, 3, 3)]

    def test_equal_votes_for_the_last_seat_elect_neither(self) -> None:
        said = {"m1": ["a", "b"], "m2": ["a", "b"], "m3": ["a", "c"], "m4": ["a", "c"]}
        found = self.found(said, {"gte": "1/2"})
        assert (found.outcome, found.figures["elected"]) == ("rejected", ["a"])

    def test_abstentions_count_for_those_present_and_not_for_the_cast(self) -> None:
        said = {"m1": ["a"], "m2": "abstain"}
        assert self.found(said, seats=1).outcome == "rejected"
        assert self.found(said, {"gt": "1/2", "of": "cast"}, seats=1).outcome == "accepted"

    def test_there_must_be_more_candidates_than_seats(self) -> None:
        rule = panel(elect={"among": "names", "seats": 2, "more_than_seats": True})
        said = sitting(3, {"m1": ["a", "b"], "m2": ["a", "b"]})
        assert count("p", rule, said, ("a", "b", "c")).outcome == "accepted"
        assert [each.code for each in count("p", rule, said, ("a", "b")).blockers] == ["candidates"]


class TestDraws:
    def test_whoever_knows_seed_and_pool_draws_the_same(self) -> None:
        pool = [f"expert{number}" for number in range(20)]
        by_hand = sorted(pool, key=lambda name: hashlib.sha256(b"00ff\x00" + name.encode()).hexdigest())
        assert draw(pool, 5, "00ff") == draw(reversed(pool), 5, "00ff") == tuple(by_hand[:5])
        assert set(draw(pool, 5, "01")) != set(draw(pool, 5, "00ff"))
        assert draw(pool[:3], 5, "x") == draw(pool[:3], 3, "x")


def every(members: int) -> st.SearchStrategy[dict[str, str]]:
    names = [f"m{number}" for number in range(1, members + 1)]
    return st.dictionaries(st.sampled_from(names), st.sampled_from(["yes", "no", "abstain"]), max_size=members)


RULES = [
    {},
    {"pass": "all"},
    {"pass": "any"},
    {"pass": {"gt": "1/2", "of": "all", "tie": "passes"}},
    {"pass": {"gte": "2/3", "of": "cast"}, "quorum": {"gte": "2/3"}},
    {"pass": {"gt": "1/2", "tie": "chair"}, "quorum": {"gt": "1/2"}, "weights": {"chair": 2}, "veto": "chair"},
]


@given(every(5), st.sampled_from(RULES))
def test_a_panel_is_settled_exactly_when_no_vote_of_the_others_changes_it(said: dict[str, str], rule: Any) -> None:
    body = {f"m{number}": ("chair",) if number == 1 else () for number in range(1, 6)}
    here, found = panel(**rule), sitting(body, said)
    left = [name for name in body if name not in said]
    outcomes = set()
    for choices in product(("yes", "no", "abstain", None), repeat=len(left)):
        more = {name: choice for name, choice in zip(left, choices, strict=True) if choice}
        outcomes.add(count("p", here, sitting(body, {**said, **more})).outcome)
    assert settled("p", here, found) is (len(outcomes) == 1 if said or left else False)


@given(every(6), st.sampled_from(RULES))
def test_another_vote_for_never_rejects_what_was_accepted(said: dict[str, str], rule: Any) -> None:
    body = {f"m{number}": ("chair",) if number == 1 else () for number in range(1, 7)}
    if count("p", panel(**rule), sitting(body, said)).outcome != "accepted":
        return
    for name in body:
        assert count("p", panel(**rule), sitting(body, {**said, name: "yes"})).outcome == "accepted"
