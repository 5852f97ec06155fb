"""Whoever has to vote, to sign or to count finds the case on their list; whoever has done so, does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meetings import House
from tests.support import Desk
from workflow import Actor

HALL = """
workflow: hall
version: 1
reference: "H-{number}"
title: {en: Hall, zh: 议事}
roles: {office: , member: , finance: , technics: , teller: , author: {is: submitter}}
fields: {names: {type: text}}
states: {open: {initial: true, title: {en: Open, zh: 受理}}, done: {final: true}}
panels:
  board:
    {in: open, of: member, apart_from: author, quorum: {at_least: 1}, pass: {gt: 1/2}, title: {en: Board, zh: 评审会}}
  seats: {in: open, seats: [finance, technics], pass: all}
  ballot: {in: open, ballot: counted, tellers: teller, quorum: {at_least: 1}, pass: {gt: 1/2}}
awards: {thanks: {currency: CNY, amount: 5}}
links: {after: {by: office}}
notices: {wall: {in: open, for: 24h, settled_by: office}}
transitions:
  thank: {from: open, to: "=", by: office, during_objection: true, award: {propose: thanks, pay: thanks}}
  close: {from: open, to: done, by: office, panel: {board: accepted, seats: accepted, ballot: accepted}, notice: wall}
"""
PEOPLE = {
    **{"office": "office", "m1": "member", "m2": "member", "author": "member"},
    **{"f": "finance", "t": "technics", "both": "finance technics", "counts": "teller", "idle": ""},
}


@pytest.fixture
def house() -> Iterator[House]:
    house = House(HALL, PEOPLE)
    house.submit()
    yield house
    house.close()


def waits(house: House, who: str) -> bool:
    return [case.id for case in house.engine.todo(actor=Actor(who))] == [house.id]


def test_a_panel_waits_for_its_members_until_they_were_heard(house: House) -> None:
    assert {who: waits(house, who) for who in PEOPLE} == {
        **{"office": True, "m1": True, "m2": True, "author": False},
        **{"f": True, "t": True, "both": True, "counts": True, "idle": False},
    }
    house.vote("board", m1="no")
    assert (waits(house, "m1"), waits(house, "m2")) == (False, True)
    house.engine.vote(house.id, "seats", "yes", actor=Actor("f"))
    assert (waits(house, "f"), waits(house, "t"), waits(house, "both")) == (False, True, True)
    numbers = {"yes": 3, "no": 0, "due_members": 4, "present_members": 3}
    house.engine.count(house.id, "ballot", numbers, actor=Actor("counts"))
    assert not waits(house, "counts")
    house.vote("board", m2="recuse")
    assert not waits(house, "m2")


def test_whoever_stands_in_for_a_member_finds_it_too(house: House) -> None:
    house.engine.delegate("m1", "idle", until=house.clock.now.replace(year=2026))
    assert [case.id for case in house.engine.todo(actor=Actor("idle", acting_for="m1"))] == [house.id]
    assert house.engine.todo(actor=Actor("idle")) == []


def test_the_command_shows_what_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "hall.yaml").write_text(HALL, encoding="utf-8")
    assert desk("db", "init").code == 0
    assert desk("definition", "install", str(tmp_path / "hall.yaml")).code == 0
    for name, roles in PEOPLE.items():
        words = [word for role in roles.split() for word in ("--role", role)]
        assert desk("actor", "add", name, *words).code == 0
    for _ in range(2):
        assert desk("submit", "hall", by="author").code == 0
    assert "Board" not in desk("show", "H-2").out.split("seats")[1]
    assert "open, 0 of 2 heard" in desk("show", "H-1").out
    assert desk("vote", "H-1", "board", "yes", by="m1").out.count("open, 1 of 2 heard") == 1
    assert desk("vote", "H-1", "board", "yes", by="m2").code == 0
    assert desk("close", "H-1", "board", by="office").code == 0
    assert desk("advance", "H-1", "thank", by="office").code == 0
    assert desk("link", "H-1", "after", "H-2", by="office").code == 0
    assert desk("object", "H-1", "--reason", "late", by="m1").code == 0
    shown = desk("show", "H-1").out
    assert "accepted: due 2, present 2, recused 1, yes 2, no 0, abstain 0" in shown
    assert "5.00 CNY, paid (author 5.00)" in shown
    assert "m1: open" in shown
    assert desk.json("show", "H-2").json["id"] in shown
    chinese = desk("--lang", "zh", "show", "H-1").out
    assert "评议 评审会" in chinese
    assert "通过: 应到 2, 实到 2, 回避 1, 同意 2, 反对 0, 弃权 0" in chinese
    assert "已发放" in chinese
    assert "异议 1" in chinese
    assert "未处理" in chinese
