"""Reference lists: a value is taken when it is on its list on the day that counts, where days begin."""

from __future__ import annotations

import datetime
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schemas import VALIDATOR, loads
from workflow import Actor, Engine, RefusedError, load_text
from workflow.batch import Line
from workflow.definition.lists import Days, Item, ReferenceList
from workflow.definition.loading import examine
from workflow.rules.procedure import Procedure

MATTERS = """\
workflow: matter
version: 1
calendar: CN
roles: {office: }
lists:
  matters:
    items:
      - roads
      - {value: ponds, from: 2020-01-01, until: 2024-12-31}
      - {value: ponds, from: 2026-01-01, until: 2026-06-30}
      - {value: solar, from: 2025-01-01}
fields:
  matter: {type: choice, list: matters}
  first: {type: choice, list: matters, as_of: opened}
  others: {type: list, of: {type: choice, list: matters}}
submit: {accept: [matter, first, others]}
states: {open: {initial: true}, done: {final: true}}
transitions:
  change: {from: open, to: "=", by: office, accept: [matter, first, others]}
  close: {from: open, to: done, by: office}
"""
LIST = load_text(MATTERS).lists["matters"]
OFFICE = Actor("wang.wei", {"office"})


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, text: str) -> None:
        self.now = datetime.datetime.fromisoformat(text)

    def __call__(self) -> datetime.datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = datetime.datetime.fromisoformat(text)


class TestList:
    @pytest.mark.parametrize(
        ("value", "when", "held", "since"),
        [
            ("roads", "1999-01-01", True, None),
            ("ponds", "2019-12-31", False, "2020-01-01"),
            ("ponds", "2020-01-01", True, "2020-01-01"),
            ("ponds", "2024-12-31", True, "2020-01-01"),
            ("ponds", "2025-01-01", False, "2020-01-01"),
            ("ponds", "2026-06-30", True, "2026-01-01"),
            ("ponds", "2026-07-01", False, "2026-01-01"),
            ("solar", "2024-12-31", False, "2025-01-01"),
            ("solar", "2999-12-31", True, "2025-01-01"),
        ],
    )
    def test_both_days_belong_to_it(self, value: str, when: str, held: bool, since: str | None) -> None:
        item = LIST.find(value, day(when))
        assert item is not None
        assert item.on(day(when)) is held is (value in LIST.on(day(when)))
        assert item.since == (since and day(since))

    def test_what_never_was_on_it_is_not_found(self) -> None:
        assert LIST.find("lakes", day("2026-01-01")) is None

    @given(
        st.lists(
            st.tuples(st.dates(), st.dates()).map(sorted).map(lambda both: {"from": both[0], "until": both[1]}),
            max_size=4,
        ),
        st.dates(),
    )
    def test_two_that_meet_share_a_day(self, spans: list[dict[str, datetime.date]], when: datetime.date) -> None:
        items = [
            Item.model_validate({"value": "a", **{name: each.isoformat() for name, each in span.items()}})
            for span in spans
        ]
        for one in items:
            for other in items:
                if one.on(when) and other.on(when):
                    assert one.meets(other)
                assert one.meets(other) == other.meets(one)
                if one.meets(other):
                    assert one.since is not None
                    assert other.since is not None
                    assert one.on(max(one.since, other.since))
                    assert other.on(max(one.since, other.since))
        if items:
            found = ReferenceList(items=tuple(items)).find("a", when)
            assert found is not None
            assert found.on(when) == any(each.on(when) for each in items)


class TestFitting:
    def test_the_days_are_arguments(self) -> None:
        procedure = Procedure(load_text(MATTERS))
        given = {"matter": "ponds", "first": "solar", "others": ["roads", "solar"]}
        kept, wrong = procedure.fit(given, None, Days(day("2024-12-31"), day("2025-01-01")))
        assert kept == {"matter": "ponds", "first": "solar"}
        assert [dict(each.params) for each in wrong] == [
            {
                "field": "others",
                "problem": "not_listed",
                "list": "matters",
                "day": "2024-12-31",
                "from": "2025-01-01",
                "until": None,
            }
        ]
        assert wrong[0].text("en") == (
            "the value of others is not on the list matters on 2024-12-31; on it from 2025-01-01"
        )
        assert wrong[0].text("zh") == "字段 others 的值在 2024-12-31 不在名录 matters 上；2025-01-01 起列入"
        assert procedure.fit(given, None, None) == (given, [])

    def test_what_is_on_no_list_is_no_choice(self) -> None:
        procedure = Procedure(load_text(MATTERS))
        _, [wrong] = procedure.fit({"matter": "lakes"}, None, Days(day("2025-06-01"), day("2025-06-01")))
        assert dict(wrong.params) == {"field": "matter", "problem": "not_choice", "choices": ["roads", "solar"]}
        _, [wrong] = procedure.fit({"matter": True}, None, Days(day("2025-06-01"), day("2025-06-01")))
        assert dict(wrong.params) == {"field": "matter", "problem": "not_text", "got": "boolean"}

    def test_a_day_begins_where_the_calendar_is(self) -> None:
        moment = datetime.datetime(2024, 12, 31, 16, 0, tzinfo=UTC)
        assert Procedure(load_text(MATTERS)).days(moment) == (day("2025-01-01"), day("2025-01-01"))
        utc = Procedure(load_text(MATTERS.replace("calendar: CN\n", "")))
        assert utc.days(moment, moment.replace(year=2023)) == (day("2024-12-31"), day("2023-12-31"))

    def test_without_lists_no_day_is_reckoned(self) -> None:
        text = "workflow: a\nversion: 1\nstates: {a: {initial: true}, b: {final: true}}\n"
        text += "transitions: {go: {from: a, to: b, by: anyone}}\n"
        assert Procedure(load_text(text)).days(datetime.datetime.now(UTC)) is None


class TestCases:
    def test_a_case_by_its_days(self) -> None:
        clock = Clock("2024-12-31T15:59:59+00:00")
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(MATTERS))
            case = engine.submit("matter", actor=OFFICE, data={"matter": "ponds", "first": "ponds"})
            clock.set("2024-12-31T16:00:00+00:00")
            with pytest.raises(RefusedError) as failed:
                engine.advance(case.id, "change", actor=OFFICE, data={"matter": "ponds", "first": "ponds"})
            assert [dict(each.params) for each in failed.value.blockers] == [
                {
                    "field": "matter",
                    "problem": "not_listed",
                    "list": "matters",
                    "day": "2025-01-01",
                    "from": "2020-01-01",
                    "until": "2024-12-31",
                }
            ]
            case = engine.advance(case.id, "change", actor=OFFICE, data={"matter": "solar", "first": "ponds"})
            assert case.data == {"matter": "solar", "first": "ponds"}
            with pytest.raises(RefusedError):
                engine.submit("matter", actor=OFFICE, data={"matter": "ponds"})
            # What the case holds is not asked again.
            clock.set("2027-01-01T00:00:00+00:00")
            assert engine.advance(case.id, "close", actor=OFFICE).data == {"matter": "solar", "first": "ponds"}
            assert engine.verify().problems == ()

    def test_a_request_is_repeated_after_the_list_has_changed(self) -> None:
        clock = Clock("2024-12-31T00:00:00+00:00")
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(MATTERS))
            case = engine.submit("matter", actor=OFFICE, data={"matter": "ponds"}, key="k")
            clock.set("2025-06-01T00:00:00+00:00")
            assert engine.submit("matter", actor=OFFICE, data={"matter": "ponds"}, key="k").id == case.id

    def test_a_past_act_is_judged_by_the_list_of_its_day(self) -> None:
        clock = Clock("2027-01-01T00:00:00+00:00")
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(MATTERS))
            said = {"op": "import", "definition": "matter", "to": "open", "actor": "li.na"}
            results = list(
                engine.apply(
                    [
                        Line(1, {**said, "reference": "A", "at": "2024-12-31T00:00:00Z", "data": {"matter": "ponds"}}),
                        Line(2, {**said, "reference": "B", "at": "2025-06-01T00:00:00Z", "data": {"matter": "ponds"}}),
                    ]
                )
            )
            assert [each.conforms for each in results] == [True, False]
            assert [dict(engine.case(engine.find(each)).data) for each in ("A", "B")] == [{"matter": "ponds"}, {}]
            assert engine.verify().problems == ()


# Each with what is changed, where it is found, and what is said.
DEFECTS = {
    "unknown_list": (
        "list: matters}\n  first",
        "list: matter}\n  first",
        (13, 32),
        "no list matter, did you mean matters?",
    ),
    "list_overlap": ("from: 2026-01-01", "from: 2024-12-31", (10, 9), "ponds stands twice on the list matters"),
    "unused_list": ("lists:\n", "lists:\n  rooms: {items: [7]}\n", (6, 3), "no field uses the list rooms"),
}


@pytest.mark.parametrize("rule", DEFECTS)
def test_what_is_wrong_with_a_list_is_found_at_its_place(rule: str) -> None:
    before, after, place, said = DEFECTS[rule]
    assert before in MATTERS
    [finding] = examine(MATTERS.replace(before, after))[1]
    assert (finding.rule, (finding.line, finding.column)) == (rule, place)
    assert said in finding.message


def definition(field: dict[str, Any], *items: Any) -> dict[str, Any]:
    """A definition with one field and one list, as a tree."""
    return {
        "workflow": "w",
        "version": "1",
        "fields": {"f": {"type": "choice", **field}},
        "lists": {"m": {"items": list(items)}},
        "states": {"a": {"initial": True}},
    }


@pytest.mark.parametrize(
    ("field", "good"),
    [
        ({"list": "m"}, True),
        ({"list": "m", "as_of": "opened"}, True),
        ({"choices": ["a"], "list": "m"}, False),
        ({"choices": ["a"], "as_of": "opened"}, False),
        ({"list": "m", "as_of": "yesterday"}, False),
        ({"as_of": "opened"}, False),
    ],
)
def test_the_schema_and_the_loader_agree(field: dict[str, Any], good: bool) -> None:
    tree = definition(field, "a", 7, {"value": "b", "until": "2026-01-31"})
    assert loads(tree) is good
    assert VALIDATOR.is_valid(tree) is good


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    assert loads(definition({"list": "m"}, {"value": "a", "from": "2026-01-31", "until": "2026-01-31"}))
    assert not loads(definition({"list": "m"}, {"value": "a", "from": "2026-02-01", "until": "2026-01-31"}))
