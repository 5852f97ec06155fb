"""Delegation and hand-over: who may act for whom, when, with which roles; and what the log says of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Clock
from tests.support import Desk
from workflow import Actor, Engine, InputError, NotFoundError, RefusedError, load_text
from workflow.log.entry import STREAMS, decode, encode, leaf_hash

MEMO = """\
workflow: memo
version: 1
roles: {author: {is: submitter}, chief: , clerk: }
fields: {title: {type: text}}
states: {open: {initial: true}, checked: , signed: {final: true}, dropped: {final: true}}
panels:
  board: {in: checked, of: chief, pass: any}
transitions:
  check: {from: open, to: checked, by: clerk}
  sign: {from: checked, to: signed, by: chief, apart_from: check}
  drop: {from: [open, checked], to: dropped, by: author}
"""
START = datetime.datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    with Engine.open("sqlite://", clock=clock) as opened:
        opened.install(load_text(MEMO))
        opened.add_actor("chen", roles=["chief", "clerk"])
        opened.add_actor("wang", roles=["clerk"])
        opened.add_actor("li")
        yield opened
        assert opened.verify().problems == ()


def codes(failed: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    return [each.code for each in failed.value.blockers]


class TestActing:
    def test_the_log_shows_both_people_the_roles_and_the_delegation(self, engine: Engine) -> None:
        made = engine.delegate("chen", "wang", until=START + DAY, reason="on leave")
        assert (made.roles, made.since, made.until) == (("chief", "clerk"), START, START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        engine.advance(case.id, "check", actor=Actor("wang"))
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "sign", actor=Actor("wang"))
        assert codes(failed) == ["role", "separation"]
        entries = engine.history(case.id)
        assert [each.actor.under for each in entries] == [None, None, None, None]
        case = engine.submit("memo", actor=Actor("li"))
        case = engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        said = engine.history(case.id)[1].as_dict()
        assert [said[name] for name in ("actor", "for", "roles", "under")] == [
            "wang",
            "chen",
            ["chief", "clerk"],
            [made.number],
        ]

    def test_separation_of_duty_binds_both(self, engine: Engine) -> None:
        engine.delegate("chen", "wang", until=START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        for actor in (Actor("chen"), Actor("wang", acting_for="chen")):
            with pytest.raises(RefusedError) as failed:
                engine.advance(case.id, "sign", actor=actor)
            assert set(codes(failed)) == {"separation"}

    def test_a_deputy_has_only_what_was_delegated(self, engine: Engine) -> None:
        engine.delegate("chen", "wang", roles=["chief"], until=START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        assert codes(failed) == ["role"]
        assert [each.allowed for each in engine.options(case.id, actor=Actor("wang", acting_for="chen"))] == [
            False,
            False,
        ]

    def test_a_role_that_was_taken_away_cannot_be_used_for_the_person(self, engine: Engine) -> None:
        engine.delegate("chen", "wang", until=START + DAY)
        engine.revoke("chen", "clerk")
        case = engine.submit("memo", actor=Actor("li"))
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        assert codes(failed) == ["role"]

    @pytest.mark.parametrize(("seconds", "allowed"), [(-1, False), (0, True), (86399, True), (86400, False)])
    def test_it_holds_from_its_beginning_until_before_its_end(
        self, engine: Engine, clock: Clock, seconds: int, allowed: bool
    ) -> None:
        engine.delegate("chen", "wang", since=START + DAY, until=START + 2 * DAY)
        clock.now = START + DAY + timedelta(seconds=seconds)
        case = engine.submit("memo", actor=Actor("li"))
        actor = Actor("wang", acting_for="chen")
        if allowed:
            assert engine.advance(case.id, "check", actor=actor).state == "checked"
            return
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "check", actor=actor)
        assert codes(failed) == ["delegation", "role"]
        assert failed.value.blockers[0].message == "wang acts for chen, and no delegation by chen is in force"

    def test_one_that_is_revoked_is_over(self, engine: Engine) -> None:
        made = engine.delegate("chen", "wang", until=START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        assert engine.revoke_delegation(made.number, reason="back early") == made
        assert engine.delegations() == []
        with pytest.raises(RefusedError) as failed:
            engine.vote(case.id, "board", "yes", actor=Actor("wang", acting_for="chen"))
        assert codes(failed) == ["delegation"]
        with pytest.raises(NotFoundError):
            engine.revoke_delegation(made.number)

    def test_a_deputy_votes_in_the_place_of_the_member(self, engine: Engine) -> None:
        engine.delegate("chen", "wang", roles=["chief"], until=START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        engine.advance(case.id, "check", actor=Actor("chen"))
        engine.vote(case.id, "board", "yes", actor=Actor("wang", acting_for="chen"))
        entry = engine.history(case.id)[-1]
        assert (entry.kind, entry.actor.id, entry.actor.acting_for) == ("voted", "wang", "chen")

    def test_a_relation_is_delegated_too(self, engine: Engine) -> None:
        case = engine.submit("memo", actor=Actor("li"))
        with pytest.raises(RefusedError) as failed:
            engine.advance(case.id, "drop", actor=Actor("wang", acting_for="li"))
        assert codes(failed) == ["delegation"]
        assert engine.delegate("li", "wang", until=START + DAY).roles == ()
        assert engine.advance(case.id, "drop", actor=Actor("wang", acting_for="li")).state == "dropped"

    def test_a_case_may_be_opened_for_anybody(self, engine: Engine) -> None:
        case = engine.submit("memo", actor=Actor("wang", acting_for="li"))
        [entry] = engine.history(case.id)
        assert (case.submitter, entry.actor.under, sorted(entry.actor.roles or ())) == ("li", None, ["clerk"])
        made = engine.delegate("chen", "wang", until=START + DAY)
        case = engine.submit("memo", actor=Actor("wang", acting_for="chen"))
        assert engine.history(case.id)[0].actor.under == (made.number,)

    def test_a_host_that_vouches_is_not_asked(self, engine: Engine) -> None:
        case = engine.submit("memo", actor=Actor("li"))
        actor = Actor("wang", {"clerk"}, acting_for="chen")
        assert engine.advance(case.id, "check", actor=actor).state == "checked"
        assert engine.history(case.id)[-1].actor.under is None

    def test_a_deputy_has_no_deputy(self, engine: Engine) -> None:
        engine.delegate("chen", "li", until=START + DAY)
        with pytest.raises(NotFoundError) as failed:
            engine.delegate("li", "wang", roles=["chief"], until=START + DAY)
        assert failed.value.code == "no_role"
        engine.delegate("li", "wang", until=START + DAY)
        case = engine.submit("memo", actor=Actor("li"))
        with pytest.raises(RefusedError) as refused:
            engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        assert codes(refused) == ["delegation", "role"]

    def test_several_add_up(self, engine: Engine) -> None:
        one = engine.delegate("chen", "wang", roles=["chief"], until=START + DAY)
        two = engine.delegate("chen", "wang", roles=["clerk"], until=START + 2 * DAY)
        case = engine.submit("memo", actor=Actor("li"))
        engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
        assert engine.history(case.id)[1].actor.under == (one.number, two.number)


class TestDirectory:
    @pytest.mark.parametrize(
        ("since", "until", "code"),
        [(None, START, "bad_period"), (START + DAY, START + DAY, "bad_period"), (START - 2 * DAY, START, "bad_period")],
    )
    def test_bad_periods(
        self, engine: Engine, since: datetime.datetime | None, until: datetime.datetime, code: str
    ) -> None:
        with pytest.raises(InputError) as failed:
            engine.delegate("chen", "wang", since=since, until=until)
        assert failed.value.code == code

    def test_nobody_delegates_to_themselves(self, engine: Engine) -> None:
        for call in (lambda: engine.delegate("chen", "chen", until=START + DAY), lambda: engine.hand_over("li", "li")):
            with pytest.raises(InputError) as failed:
                call()
            assert failed.value.code == "same_person"

    def test_roles_are_handed_over_in_one_entry(self, engine: Engine) -> None:
        before = len(list(engine.log(case="directory")))
        people = engine.hand_over("chen", "wang", reason="retired", by=Actor("li"))
        assert [(each.id, each.roles) for each in people] == [("chen", ()), ("wang", ("chief", "clerk"))]
        entries = list(engine.log(case="directory"))[before:]
        assert [(each.kind, each.subject, each.receiver, each.passed, each.reason) for each in entries] == [
            ("handed_over", "chen", "wang", ("chief", "clerk"), "retired")
        ]
        with pytest.raises(InputError) as failed:
            engine.hand_over("chen", "wang")
        assert failed.value.code == "no_roles"

    def test_one_role_is_handed_over(self, engine: Engine) -> None:
        people = engine.hand_over("chen", "li", roles=["chief"])
        assert [(each.id, each.roles) for each in people] == [("chen", ("clerk",)), ("li", ("chief",))]
        with pytest.raises(NotFoundError):
            engine.hand_over("chen", "li", roles=["chief"])

    def test_delegations_of_one_person(self, engine: Engine) -> None:
        made = [engine.delegate(*pair, until=START + DAY) for pair in (("chen", "wang"), ("wang", "li"))]
        assert engine.delegations("chen") == made[:1]
        assert engine.delegations("wang") == made
        assert engine.delegations() == made


class TestVerify:
    """What a hand in the tables leaves behind is found."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ("DELETE FROM workflow_delegation", "delegation_missing"),
            ("UPDATE workflow_delegation SET until = '2027-01-01T00:00:00.000000Z'", "delegation_changed"),
            ("UPDATE workflow_delegation SET roles = '[]'", "delegation_changed"),
            ("UPDATE workflow_delegation SET number = 99", "delegation_unlogged"),
        ],
    )
    def test_a_changed_table(self, clock: Clock, change: str, code: str) -> None:
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.add_actor("chen", roles=["chief"])
            engine.add_actor("wang")
            engine.delegate("chen", "wang", until=START + DAY)
            with engine.store.writing() as unit:
                unit.run(change)
            assert code in {each.code for each in engine.verify().problems}

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"until": "2026-05-01T00:00:00.000000Z"}, "outside of its time"),
            ({"receiver": "li"}, "not one between the two"),
            ({"passed": []}, "does not pass on"),
        ],
    )
    def test_a_forged_delegation(self, clock: Clock, change: dict[str, Any], problem: str) -> None:
        """The entry of a delegation written anew, as whoever owns the database could: what was done under it shows."""
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(MEMO))
            for name, roles in (("chen", ["clerk"]), ("wang", []), ("li", [])):
                engine.add_actor(name, roles=roles)
            made = engine.delegate("chen", "wang", until=START + DAY)
            case = engine.submit("memo", actor=Actor("li"))
            engine.advance(case.id, "check", actor=Actor("wang", acting_for="chen"))
            assert engine.verify().ok
            rewrite(engine, made.number, change)
            found = [each.message for each in engine.verify().problems if each.code == "delegation"]
            assert len(found) == 1
            assert problem in found[0]


def rewrite(engine: Engine, number: int, change: dict[str, Any]) -> None:
    """Change the last entry of the directory, with its hash."""
    with engine.store.writing() as unit:
        stream = STREAMS["directory"]
        [leaf] = unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = ?", stream, number)
        changed = encode({**decode(leaf), **change})
        unit.run("DROP TRIGGER workflow_entry_no_update")
        unit.run(
            "UPDATE workflow_entry SET leaf = ?, leaf_hash = ? WHERE case_id = ? AND seq = ?",
            changed,
            leaf_hash(changed),
            stream,
            number,
        )


class TestProperties:
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["delegate", "revoke", "grant", "take", "wait", "act", "hand_over"]),
                st.integers(0, 3),
                st.sampled_from(["chief", "clerk"]),
            ),
            max_size=25,
        )
    )
    def test_whoever_acts_for_somebody_could_and_the_log_proves_it(self, steps: list[tuple[str, int, str]]) -> None:
        clock = Clock(START)
        with Engine.open("sqlite://", clock=clock) as engine:
            engine.install(load_text(MEMO))
            for name in ("chen", "wang", "li"):
                engine.add_actor(name)
            for act, number, role in steps:
                one, other = [("chen", "wang"), ("wang", "li"), ("chen", "li"), ("li", "chen")][number]
                clock.now += timedelta(hours=1)
                try:
                    if act == "delegate":
                        engine.delegate(one, other, until=clock.now + timedelta(hours=number + 1))
                    elif act == "revoke":
                        engine.revoke_delegation(engine.delegations()[number].number)
                    elif act == "grant":
                        engine.grant(one, role)
                    elif act == "take":
                        engine.revoke(one, role)
                    elif act == "hand_over":
                        engine.hand_over(one, other)
                    elif act == "wait":
                        clock.now += timedelta(hours=number)
                    else:
                        before = engine.delegations()
                        case = engine.submit("memo", actor=Actor(one))
                        try:
                            engine.advance(case.id, "check", actor=Actor(other, acting_for=one))
                            done = True
                        except RefusedError:
                            done = False
                        assert done == (
                            "clerk" in engine.actor(one).roles
                            and any(
                                (each.principal, each.deputy) == (one, other)
                                and each.since <= clock.now < each.until
                                and "clerk" in each.roles
                                for each in before
                            )
                        )
                except (InputError, NotFoundError, IndexError):
                    continue
            assert engine.verify().problems == ()


class TestCommands:
    def test_days_are_those_of_the_zone(self, tmp_path: Path) -> None:
        desk = Desk.set_up(tmp_path)
        words = ("actor", "delegate", "wang.wei", "li.na", "--from", "2030-05-01", "--until", "2030-05-07")
        done = desk.json(*words, "--zone", "Asia/Shanghai", "--reason", "on leave")
        assert done.json == {
            "number": done.json["number"],
            "from": "wang.wei",
            "to": "li.na",
            "roles": ["clerk"],
            "since": "2030-04-30T16:00:00.000000Z",
            "until": "2030-05-07T16:00:00.000000Z",
        }
        assert desk.json(*words).json["until"] == "2030-05-08T00:00:00.000000Z"
        assert desk.json(*words[:-1], "2030-05-07T08:00:00+08:00").json["until"] == "2030-05-07T00:00:00.000000Z"
        assert [each["number"] for each in desk.json("actor", "delegations", "li.na").json] == [
            done.json["number"] + at for at in range(3)
        ]
        revoked = desk.json("actor", "revoke-delegation", str(done.json["number"]))
        assert revoked.json == done.json
        assert len(desk.json("actor", "delegations").json) == 2
        assert desk("actor", "delegations", "nobody").code == 4
        assert desk("actor", "revoke-delegation", str(done.json["number"])).code == 4
        assert desk(*words, "--zone", "Mars/Olympus").code == 2
        assert desk(*words[:-1], "2030-13-07").code == 2
        assert desk("audit", "verify").code == 0

    def test_acting_for_somebody(self, tmp_path: Path) -> None:
        desk = Desk.set_up(tmp_path)
        case = desk.note("Chairs")["id"]
        words = ("advance", case, "file", "--set", "pages=2", "--for", "wang.wei")
        assert desk("actor", "add", "zhao").code == 0
        refused = desk.json(*words, by="zhao")
        assert (refused.code, [each["code"] for each in refused.error["blockers"]]) == (3, ["delegation", "role"])
        assert desk("actor", "delegate", "wang.wei", "zhao", "--until", "2999-12-31").code == 0
        assert desk.json(*words, by="zhao").json["state"] == "filed"
        assert "zhao for wang.wei" in desk("history", case).out
        assert "wang.wei → zhao clerk" in desk("audit", "log", "--case", "directory").out

    def test_handing_over(self, tmp_path: Path) -> None:
        desk = Desk.set_up(tmp_path)
        done = desk.json("actor", "hand-over", "wang.wei", "li.na", "--reason", "moved to another workshop")
        assert [each["roles"] for each in done.json] == [[], ["clerk"]]
        assert desk("actor", "hand-over", "wang.wei", "li.na").code == 2
        assert desk("audit", "verify").code == 0
