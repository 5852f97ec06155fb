"""Confidential fields: who sees what, and what the log says of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Clock
from tests.schemas import VALIDATOR, loads
from tests.support import Desk, run
from workflow import Actor, Case, Engine, Entry, RefusedError, load_text
from workflow.definition.loading import examine
from workflow.log.entry import decode, encode, leaf_hash
from workflow.rules.disclosure import NOBODY, closed, hidden
from workflow.rules.procedure import Procedure

TIP = """\
workflow: tip
version: 1
calendar: CN
roles: {handler: {field: handler}, office: , board: }
fields:
  title: {type: text}
  name: {type: text, confidential: [office, handler]}
  sum: {type: money, currency: CNY, confidential: board}
  handler: {type: text}
submit: {require: title, accept: [name, sum, handler]}
states: {open: {initial: true}, done: {final: true}}
transitions:
  change: {from: open, to: "=", by: anyone, accept: [name, sum, handler]}
  close: {from: open, to: done, by: board, when: sum > 100}
"""
START = datetime.datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SAID = {"title": "Leak", "name": "A. Witness", "sum": "120.00", "handler": "zhao"}
OFFICE, BOARD = Actor("wang", {"office"}), Actor("chen", {"board"})


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    with Engine.open("sqlite://", clock=clock) as opened:
        opened.install(load_text(TIP))
        yield opened
        assert opened.verify().problems == ()


@pytest.fixture
def case(engine: Engine) -> Case:
    return engine.submit("tip", actor=Actor("li.na", ()), data=SAID)


def shown(engine: Engine, case: Case) -> list[tuple[str, tuple[str, ...] | None]]:
    """To whom what was shown."""
    return [(each.actor.id, each.fields) for each in engine.history(case.id) if each.kind == "disclosed"]


class TestShowing:
    @pytest.mark.parametrize(
        ("actor", "unseen"),
        [
            (Actor("li.na", ()), ()),
            (OFFICE, ("sum",)),
            (BOARD, ("name",)),
            (Actor("sun", {"office", "board"}), ()),
            (Actor("zhao", ()), ("sum",)),
            (Actor("guest", {"porter"}), ("name", "sum")),
            (NOBODY, ("name", "sum")),
        ],
    )
    def test_a_case(self, engine: Engine, case: Case, actor: Actor, unseen: tuple[str, ...]) -> None:
        found = engine.case(case.id, actor=actor)
        assert found.hidden == unseen
        assert dict(found.data) == {**SAID, **dict.fromkeys(unseen)}
        assert found.as_dict().get("hidden", []) == list(unseen)
        recorded = tuple(name for name in ("name", "sum") if name not in unseen)
        expected = [(actor.id, recorded)] if recorded and actor.id != "li.na" else []
        assert shown(engine, case) == expected
        assert found.rev == 1 + len(expected)

    def test_the_host_sees_all_and_leaves_no_entry(self, engine: Engine, case: Case) -> None:
        assert dict(engine.case(case.id).data) == SAID
        assert [dict(each.data or {}) for each in engine.history(case.id)] == [SAID]

    def test_history_shows_what_the_case_shows(self, engine: Engine, case: Case) -> None:
        engine.advance(case.id, "change", actor=OFFICE, data={"name": "Li N."})
        with pytest.raises(RefusedError):
            engine.advance(case.id, "close", actor=OFFICE, data={"sum": "1.00"})
        entries = engine.history(case.id, actor=BOARD)
        assert [(each.kind, each.data, each.hidden) for each in entries] == [
            ("submitted", {**SAID, "name": None}, ("name",)),
            ("advanced", {"name": None}, ("name",)),
            ("refused", {"sum": "1.00"}, ()),
            ("disclosed", {}, ()),
        ]
        assert entries[0].as_dict()["hidden"] == ["name"]
        assert entries[3].as_dict()["fields"] == ["sum"]
        assert [each.data for each in engine.history(case.id, actor=NOBODY)][:3] == [
            {**SAID, "name": None, "sum": None},
            {"name": None},
            {"sum": None},
        ]

    def test_once_an_actor_a_case_and_a_day_of_the_calendar(self, engine: Engine, case: Case, clock: Clock) -> None:
        for _ in range(3):
            engine.case(case.id, actor=OFFICE)
            engine.history(case.id, actor=OFFICE)
            clock.now += timedelta(minutes=5)
        engine.case(case.id, actor=BOARD)
        assert shown(engine, case) == [("wang", ("name",)), ("chen", ("sum",))]
        clock.now = datetime.datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
        engine.case(case.id, actor=OFFICE)
        assert len(shown(engine, case)) == 2
        clock.now = datetime.datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
        engine.case(case.id, actor=OFFICE)
        assert shown(engine, case)[2:] == [("wang", ("name",))]

    def test_further_fields_are_recorded_again(self, engine: Engine) -> None:
        case = engine.submit("tip", actor=Actor("li.na", ()), data={"title": "x", "name": "N"})
        both = Actor("sun", {"office", "board"})
        engine.case(case.id, actor=both)
        engine.advance(case.id, "change", actor=BOARD, data={"sum": "5"})
        engine.case(case.id, actor=both)
        assert shown(engine, case) == [("sun", ("name",)), ("sun", ("name", "sum"))]

    def test_whoever_acts_for_the_author_needs_a_delegation(self, engine: Engine, case: Case, clock: Clock) -> None:
        for name in ("li.na", "sun"):
            engine.add_actor(name)
        deputy = Actor("sun", acting_for="li.na")
        assert engine.case(case.id, actor=deputy).hidden == ("name", "sum")
        engine.delegate("li.na", "sun", until=START + timedelta(days=1))
        assert engine.case(case.id, actor=deputy).hidden == ()
        assert shown(engine, case) == []

    def test_roles_come_from_the_directory(self, engine: Engine, case: Case) -> None:
        engine.add_actor("wang", roles=["office"])
        assert engine.case(case.id, actor=Actor("wang")).hidden == ("sum",)
        assert engine.history(case.id)[-1].actor.roles == frozenset({"office"})

    def test_conditions_see_every_value_and_blockers_hold_none(self, engine: Engine, case: Case) -> None:
        engine.advance(case.id, "change", actor=OFFICE, data={"sum": "99.99"})
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "close", actor=BOARD)
        assert "99.99" not in json.dumps(failed.value.as_dict())

    def test_a_listener_is_told(self, engine: Engine, case: Case) -> None:
        told: list[Entry] = []
        engine.listen(lambda entry, _case: told.append(entry))
        engine.case(case.id, actor=OFFICE)
        assert [(each.kind, each.fields) for each in told] == [("disclosed", ("name",))]


class TestLists:
    def test_lists_leave_out_what_is_not_their_own(self, engine: Engine, case: Case) -> None:
        for actor, unseen in ((OFFICE, ("name", "sum")), (NOBODY, ("name", "sum")), (Actor("li.na", ()), ())):
            [found] = engine.cases(actor=actor)
            assert found.hidden == unseen
            [found] = engine.todo(actor=actor)
            assert found.hidden == unseen
            assert engine.without_confidential(case, actor=actor).hidden == unseen
        assert engine.cases() == [case]
        assert shown(engine, case) == []

    def test_the_log(self, engine: Engine, case: Case) -> None:
        with pytest.raises(RefusedError):
            engine.submit("tip", actor=Actor("li.na", ()), data={"name": "X"})
        found = {each.kind: each for each in engine.log(confidential=False)}
        assert found["submitted"].data == {**SAID, "name": None, "sum": None}
        assert found["refused"].data == {"name": None}
        assert [each.data for each in engine.log(kind="submitted")] == [SAID]


class TestVerify:
    @pytest.mark.parametrize("fields", [["sum"], ["title"], ["name", "nothing"]])
    def test_what_was_not_for_them_is_found(self, clock: Clock, fields: list[str]) -> None:
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(TIP))
            case = engine.submit("tip", actor=Actor("li.na", ()), data=SAID)
            engine.case(case.id, actor=OFFICE)
            with engine.store.writing() as unit:
                [leaf] = unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = 2", case.id)
                changed = encode({**decode(leaf), "fields": fields})
                unit.run("DROP TRIGGER workflow_entry_no_update")
                sql = "UPDATE workflow_entry SET leaf = ?, leaf_hash = ? WHERE case_id = ? AND seq = 2"
                unit.run(sql, changed, leaf_hash(changed), case.id)
                unit.run("UPDATE workflow_case SET head = ? WHERE id = ?", leaf_hash(changed), case.id)
            found = [(each.code, each.seq) for each in engine.verify().problems if each.code != "schema"]
            assert found == [("disclosure", 2)]


PROCEDURE = Procedure(load_text(TIP))


class TestRules:
    @given(
        st.sampled_from(["li.na", "zhao", "wang", ""]),
        st.frozensets(st.sampled_from(["office", "board", "porter"])),
        st.sampled_from([None, "li.na", "zhao"]),
        st.sampled_from([None, (), (7,)]),
    )
    def test_lists_show_no_more_than_a_case_and_more_roles_no_less(
        self, name: str, roles: frozenset[str], acting_for: str | None, under: tuple[int, ...] | None
    ) -> None:
        case = sample()
        actor = Actor(name, roles, acting_for, under if acting_for else None)
        unseen = set(hidden(PROCEDURE, case, actor))
        assert unseen <= set(closed(PROCEDURE, case, actor))
        more = Actor(name, roles | {"board"}, acting_for, actor.under)
        assert set(hidden(PROCEDURE, case, more)) <= unseen
        if actor.under == ():
            assert unseen == {"name", "sum"}


@cache
def sample() -> Case:
    """A case of the definition above."""
    with Engine.open("sqlite://") as engine:
        engine.install(load_text(TIP))
        return engine.submit("tip", actor=Actor("li.na", ()), data=SAID)


class TestLanguage:
    def test_roles_must_exist_and_count_as_used(self) -> None:
        assert examine(TIP)[1] == []
        _, [finding] = examine(TIP.replace("confidential: board", "confidential: bored"))
        assert (finding.rule, finding.message) == ("unknown_role", "there is no role bored, did you mean board?")
        assert (finding.line, finding.column) == (8, 51)

    def test_a_notice_shows_nothing_confidential(self) -> None:
        text = TIP.replace(
            "states:", "notices: {board: {in: open, for: 5d, shows: [title, name], settled_by: board}}\nstates:"
        )
        text = text.replace("when: sum > 100", "when: sum > 100, notice: board")
        [finding] = examine(text)[1]
        assert (finding.rule, finding.line, finding.column) == ("confidential_shown", 11, 53)
        assert finding.message == "the notice board shows name, which is confidential"

    def test_it_stands_with_a_list_and_not_with_its_values(self) -> None:
        def tree(field: dict[str, Any]) -> dict[str, Any]:
            return {"workflow": "w", "version": "1", "fields": {"f": field}, "states": {"a": {"initial": True}}}

        good = tree({"type": "list", "of": "text", "confidential": "office"})
        assert loads(good)
        assert VALIDATOR.is_valid(good)
        assert not loads(tree({"type": "list", "of": {"type": "text", "confidential": "office"}}))


class TestCommands:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        desk = Desk.set_up(tmp_path)
        (tmp_path / "definitions" / "tip.yaml").write_text(TIP, encoding="utf-8")
        assert desk("actor", "grant", "wang.wei", "office").code == 0
        return desk

    def test_what_each_command_shows(self, desk: Desk) -> None:
        given = json.dumps(SAID).encode()
        mine = desk.json("submit", "tip", "--data", "-", by="li.na", given=given).json
        assert (mine["data"], mine.get("hidden")) == (SAID, None)
        case = mine["id"]
        both, office = {**SAID, "name": None, "sum": None}, {**SAID, "sum": None}
        assert desk.json("show", case).json["data"] == both
        assert desk.json("show", case, by="wang.wei").json["data"] == office
        assert desk.json("show", case, by="wang.wei").json["hidden"] == ["sum"]
        assert desk.json("history", case).json[0]["data"] == both
        assert desk.json("history", case, by="wang.wei").json[0]["data"] == office
        assert desk.json("list", by="wang.wei").json[0]["data"] == both
        assert desk.json("list", by="li.na").json[0]["data"] == SAID
        assert desk.json("todo", by="wang.wei").json[0]["hidden"] == ["name", "sum"]
        assert desk.json("audit", "log", "--kind", "submitted", by="wang.wei").json[0]["data"] == both
        moved = desk.json("advance", case, "change", "--set", "name=N", by="wang.wei").json
        assert (moved["data"]["name"], moved["hidden"]) == (None, ["name", "sum"])
        assert [each["kind"] for each in desk.json("history", case).json] == ["submitted", "disclosed", "advanced"]
        assert "Witness" not in desk("options", case, by="wang.wei").out

    def test_exports_and_pages_for_people(self, desk: Desk, tmp_path: Path) -> None:
        given = json.dumps(SAID).encode()
        case = desk.json("submit", "tip", "--data", "-", by="li.na", given=given).json["id"]
        for form in ("csv", "jsonl"):
            file = tmp_path / f"log.{form}"
            assert desk("audit", "export", "--format", form, "-o", str(file), by="wang.wei").code == 0
            text = file.read_text(encoding="utf-8")
            assert "Leak" in text
            assert "Witness" not in text
            assert "120.00" not in text
            assert "hidden" in text
        assert "(confidential)" in desk("show", case).out
        assert "（保密）" in run(*desk.words("--lang", "zh", "show", case)).out
        assert desk("audit", "verify").code == 0
