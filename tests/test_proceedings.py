"""Whatever people vote, score, object and wait for: a case comes to no state, tally or date that it must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.meetings import House
from workflow import Actor, Case, RefusedError
from workflow.rules.record import Entry

TEXT = """
workflow: trial
version: 1
roles: {author: {is: submitter}, office: , member: , chief: , boss: }
fields: {mark: {type: decimal}}
states:
  submitted: {initial: true, due: {within: 24h, remind: 12h, escalate: {after: 36h, to: boss}}}
  review:
  hearing:
  shown:
  done: {final: true}
  lost: {final: true}
deadlines: {whole: {from: review, until: [shown, lost], within: 100h, stops_in: hearing}}
transitions:
  start: {from: submitted, to: review, by: office}
  hear: {from: review, to: hearing, by: office, at_most: 2}
  heard: {from: hearing, to: review, by: office}
  longer: {from: [review, hearing], to: "=", by: chief, extends: {whole: 20h}, at_most: 1}
  adopt: {from: review, to: shown, by: chief, panel: {committee: accepted, sheet: accepted}, within: whole}
  decline: {from: review, to: lost, by: chief, panel: {committee: rejected}}
  expire: {from: review, to: lost, by: clock, after: whole}
  confirm: {from: shown, to: done, by: clock, notice: board, when: upheld_objections == 0}
  revoke: {from: shown, to: lost, by: clock, notice: board, when: upheld_objections > 0}
  appeal: {from: lost, to: review, by: author, reopens: true, within: 48h, at_most: 1, reason: true}
panels:
  committee:
    {in: review, of: [member, chief], apart_from: author, quorum: {gte: 2/3}, ballot: %s}
  sheet:
    {in: review, of: member, apart_from: author, score: {a: 40, b: 60}, result: {gte: 60}, quorum: {at_least: 2},
     into: mark}
notices: {board: {in: shown, for: 72h, settled_by: chief, settle_within: 24h}}
"""
PEOPLE = {
    **{"m0": "member", "m1": "member", "m2": "member", "m3": "member"},
    **{"office": "office", "chief": "chief", "boss": "boss"},
}
ROLES = {name: frozenset(roles.split()) for name, roles in PEOPLE.items()}
AUTHOR = "m0"
people = st.sampled_from(sorted(PEOPLE))
points = st.integers(0, 60)
# What each transition leaves and reaches, and by whom, as one reads it in the text above.
WAYS = {
    "start": ({"submitted"}, "review", "office"),
    "hear": ({"review"}, "hearing", "office"),
    "heard": ({"hearing"}, "review", "office"),
    "longer": ({"review", "hearing"}, None, "chief"),
    "adopt": ({"review"}, "shown", "chief"),
    "decline": ({"review"}, "lost", "chief"),
    "expire": ({"review"}, "lost", None),
    "confirm": ({"shown"}, "done", None),
    "revoke": ({"shown"}, "lost", None),
    "appeal": ({"lost"}, "review", AUTHOR),
}


class Trial(RuleBasedStateMachine):
    """One case, and everything that anybody may try on it."""

    ballot = "open, pass: {gt: 1/2, tie: chief}"

    @initialize()
    def open(self) -> None:
        self.house = House(TEXT % self.ballot, PEOPLE, "2026-03-02T08:00:00Z")
        self.house.submit(AUTHOR)
        self.seen = 1

    def attempt(self, act: Any) -> None:
        before = self.house.case
        try:
            act()
        except RefusedError as no:
            assert no.blockers
        self.look(before)

    def look(self, before: Case) -> None:
        """Every new entry, held against the text of the definition by other means than the engine's."""
        entries = self.house.engine.history(self.house.id)
        state = before.state
        for entry in entries[self.seen :]:
            if entry.kind == "advanced":
                self.moved(entry, state, entries[: entry.seq])
                state = entry.target or ""
            elif entry.kind == "panel_closed" and entry.panel == "committee" and self.ballot != "secret":
                assert entry.outcome == committee(entries[: entry.seq], entry.round or 0)
        self.seen = len(entries)
        assert self.house.engine.case(self.house.id).state == state

    def moved(self, entry: Entry, state: str, before: list[Entry]) -> None:
        name = entry.transition or ""
        sources, target, who = WAYS[name]
        assert state in sources
        assert entry.target == (target or state)
        moment = entry.effective_at or entry.at
        if who is None:
            assert entry.actor.id == "clock"
        elif who == AUTHOR:
            assert entry.actor.id == AUTHOR
            assert moment < entered(before, "lost") + timedelta(hours=48)
        else:
            may = {who, "boss"} if any(each.kind == "escalated" for each in since_move(before)) else {who}
            assert ROLES[entry.actor.id] & may
        if name in ("adopt", "decline"):
            outcomes = {each.panel: each.outcome for each in before if each.kind == "panel_closed"}
            assert outcomes["committee"] == ("accepted" if name == "adopt" else "rejected")
        if name == "adopt":
            assert sheet(before) >= 60
            assert moment < deadline(before)
        if name == "expire":
            assert moment == max(deadline(before), before[-2].effective_at or before[-2].at)
        if name in ("confirm", "revoke"):
            assert moment >= entered(before, "shown") + timedelta(hours=72)
            settled = {each.number: each.outcome for each in before if each.kind == "settled"}
            assert len(settled) == sum(each.kind == "objected" for each in before)
            assert ("upheld" in settled.values()) is (name == "revoke")

    @rule(who=people, choice=st.sampled_from(["yes", "no", "abstain", "recuse", "maybe"]))
    def vote(self, who: str, choice: str) -> None:
        self.attempt(lambda: self.house.engine.vote(self.house.id, "committee", choice, actor=Actor(who)))

    @rule(
        voters=st.dictionaries(st.sampled_from(["m1", "m2", "m3", "chief"]), st.sampled_from(["yes", "no"]), min_size=3)
    )
    def meet(self, voters: Mapping[str, str]) -> None:
        for who, choice in voters.items():
            self.vote(who, choice)

    @rule(who=people, a=points, b=points)
    def score(self, who: str, a: int, b: int) -> None:
        self.attempt(lambda: self.house.engine.score(self.house.id, "sheet", {"a": a, "b": b}, actor=Actor(who)))

    @rule(who=people, panel=st.sampled_from(["committee", "sheet"]))
    def close(self, who: str, panel: str) -> None:
        self.attempt(lambda: self.house.engine.close_panel(self.house.id, panel, actor=Actor(who)))

    @rule(who=people)
    def object(self, who: str) -> None:
        self.attempt(lambda: self.house.engine.object(self.house.id, actor=Actor(who), reason="x"))

    @rule(who=people, number=st.integers(1, 3), upheld=st.booleans())
    def settle(self, who: str, number: int, upheld: bool) -> None:
        act = self.house.engine.settle
        self.attempt(lambda: act(self.house.id, number, upheld=upheld, actor=Actor(who), reason="x"))

    @rule(who=people, name=st.sampled_from(sorted(WAYS)))
    def advance(self, who: str, name: str) -> None:
        self.attempt(lambda: self.house.engine.advance(self.house.id, name, actor=Actor(who), reason="x"))

    @rule(name=st.sampled_from(sorted(WAYS)))
    def advance_as_meant(self, name: str) -> None:
        who = WAYS[name][2] or "office"
        self.attempt(lambda: self.house.engine.advance(self.house.id, name, actor=Actor(who), reason="x"))

    @rule(hours=st.integers(1, 60), tick=st.booleans())
    def wait(self, hours: int, tick: bool) -> None:
        before = self.house.case
        self.house.later(hours=hours)
        if tick:
            fired = self.house.engine.tick()
            assert self.house.engine.tick().entries == ()
            assert fired.fired <= len(fired.entries)
            self.look(before)

    @invariant()
    def the_log_gives_the_same_case(self) -> None:
        case = self.house.case
        assert case.final == (case.state in ("done", "lost"))
        sittings = case.proceedings.sittings
        assert all(AUTHOR not in each.given for each in sittings.values())
        assert all(each.open is False for each in sittings.values() if case.state != "review")
        running = [each for each in case.proceedings.timers if each.id == "due.whole"]
        assert bool(running) is (case.state in ("review", "hearing"))
        assert all((each.stopped is not None) is (case.state == "hearing") for each in running)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            assert self.house.engine.verify().problems == ()
            self.house.close()


class SecretTrial(Trial):
    """The same with a secret ballot: nothing of a choice in any entry but in the tally."""

    ballot = "secret"

    @invariant()
    def no_entry_tells_a_choice(self) -> None:
        for entry in self.house.engine.history(self.house.id):
            if entry.kind == "voted" and entry.sealed:
                assert entry.data is None
            if entry.kind == "refused" and entry.transition == "vote committee":
                assert not entry.data


def since_move(entries: list[Entry]) -> list[Entry]:
    """What happened since the last move before the last entry."""
    found: list[Entry] = []
    for entry in entries[:-1]:
        found = [] if entry.kind == "advanced" and entry.source != entry.target else [*found, entry]
    return found


def entered(entries: list[Entry], state: str) -> datetime:
    """When the case last came into a state, before the last entry."""
    found = [each for each in entries[:-1] if each.target == state and each.source != state]
    return found[-1].effective_at or found[-1].at


def deadline(entries: list[Entry]) -> datetime:
    """When the deadline over the review was over, before the last entry: started, stopped, extended."""
    end, stopped = datetime.max.replace(tzinfo=UTC), None
    for each in entries[:-1]:
        if each.kind != "advanced":
            continue
        moment = each.effective_at or each.at
        if each.transition in ("start", "appeal"):
            end, stopped = moment + timedelta(hours=100), None
        elif each.transition == "hear":
            stopped = moment
        elif each.transition == "heard":
            assert stopped is not None
            end += moment - stopped
        elif each.transition == "longer":
            end += timedelta(hours=20)
    return end


def given(entries: list[Entry], panel: str, number: int) -> dict[str, Any]:
    """What each member said last in a round."""
    kinds = {"committee": "voted", "sheet": "scored"}
    return {
        each.actor.id: (each.data or {}).get("said")
        for each in entries
        if each.kind == kinds[panel] and each.panel == panel and each.round == number
    }


def committee(entries: list[Entry], number: int) -> str:
    """The outcome of the committee, counted by hand."""
    said = given(entries, "committee", number)
    away = {who for who, choice in said.items() if choice == "recuse"}
    body = {"m1", "m2", "m3", "chief"} - away
    votes = [choice for who, choice in said.items() if who in body]
    yes, no = votes.count("yes"), votes.count("no")
    if not votes or 3 * len(votes) < 2 * len(body):
        return "invalid"
    if 2 * yes > len(votes):
        return "accepted"
    casting = yes == no and yes > 0 and said.get("chief") == "yes" and 2 * (yes + 1) > len(votes)
    return "accepted" if casting else "rejected"


def sheet(entries: list[Entry]) -> Fraction:
    """The mean of the sheets of the last round, rounded as the rules say."""
    number = max(each.round or 0 for each in entries if each.kind == "panel_opened" and each.panel == "sheet")
    sheets = [each for each in given(entries, "sheet", number).values() if each]
    assert len(sheets) >= 2
    mean = Fraction(sum(int(each["a"]) + int(each["b"]) for each in sheets), len(sheets))
    return Fraction(int(mean * 100 + Fraction(1, 2)), 100)


calm = settings(max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestTrial = Trial.TestCase
TestTrial.settings = calm
TestSecretTrial = SecretTrial.TestCase
TestSecretTrial.settings = settings(calm, max_examples=15)
