"""Whatever is changed in the ledger, the pools, the links, the marks, the delegations or a proceeding is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from tests.conftest import Clock, repeatable
from workflow import Actor, Engine, load_text
from workflow.audit.verify import verify
from workflow.log.entry import NO_PREVIOUS, decode, encode
from workflow.log.merkle import leaf_hash
from workflow.store.database import Store

HALL = """
workflow: hall
version: 1
reference: "H-{number}"
roles: {office: , member: , author: {is: submitter}}
states: {open: {initial: true, due: {within: 24h, remind: 1h}}, done: {final: true}}
panels:
  board: {in: open, of: member, quorum: {at_least: 2}, pass: {gt: 1/2}}
  drawn: {in: open, of: member, draw: {number: 1}, ballot: secret}
notices: {wall: {in: open, for: 240h, settled_by: office}}
links: {after: {by: office}}
awards: {thanks: {currency: CNY, amount: 5, pool: {name: fund, amount: 100, per: year}}}
transitions:
  close: {from: open, to: done, by: office, panel: {board: accepted, drawn: accepted}, notice: wall}
  thank:
    from: open
    to: "="
    by: office
    during_objection: true
    award: {propose: thanks, pay: thanks}
    marks: {on: author, mark: helper, for: 24h}
    opens: {definition: annex}
"""
ANNEX = """
workflow: annex
version: 1
states: {open: {initial: true}, done: {final: true}}
transitions: {close: {from: open, to: done, by: anyone}}
"""
# Table, and what says that a cell of it, or a row that is gone or too many, is no longer what the entries make of it.
TABLES = {
    "workflow_award": {"ledger", "ledger_stray"},
    "workflow_pool": {"pool"},
    "workflow_link": {"link"},
    "workflow_mark": {"mark_row"},
    "workflow_delegation": {"delegation_changed", "delegation_missing", "delegation_unlogged"},
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a store in which people decided, paid, marked and tied."""
    path = tmp_path_factory.mktemp("hall") / "store.db"
    clock = Clock()
    with Engine.open(f"sqlite:///{path}", clock=clock, entropy=repeatable().randbytes) as engine:
        for text in (ANNEX, HALL):
            engine.install(load_text(text, sound=False), sound=False)
        for name, roles in (("office", ["office"]), ("chen", ["member"]), ("guo", ["member"]), ("xu", [])):
            engine.add_actor(name, roles=roles)
        for number in range(9):
            engine.add_actor(f"m{number}", roles=["member"])
        engine.delegate("chen", "xu", until=clock.now + timedelta(days=2))
        office = Actor("office")
        first, second = (engine.submit("hall", actor=Actor(name)).id for name in ("li.na", "wu.jun"))
        for case in (first, second):
            engine.advance(case, "thank", actor=office)
        engine.link(first, "after", second, actor=office)
        engine.vote(first, "board", "yes", actor=Actor("xu", acting_for="chen"))
        engine.vote(first, "board", "no", actor=Actor("guo"))
        engine.object(first, actor=Actor("wu.jun"), reason="not new")
        engine.settle(first, 1, upheld=False, actor=office, reason="it is")
        clock.move(hours=23, minutes=30)
        engine.tick()
        assert engine.verify().ok
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


@contextmanager
def disarmed(image: bytes) -> Iterator[tuple[sqlite3.Connection, Callable[[], set[str]]]]:
    """A copy from which the triggers are gone, and a call that puts them back and verifies."""
    with closing(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)) as hand:
        hand.deserialize(image)
        triggers = hand.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            hand.execute(f"DROP TRIGGER {name}")

        def codes() -> set[str]:
            for _, sql in triggers:
                hand.execute(sql)
            pool = create_engine("sqlite://", creator=lambda: hand, poolclass=StaticPool)
            return {each.code for each in verify(Store.connect(pool)).problems}

        yield hand, codes


def relink(hand: sqlite3.Connection, case: str) -> None:
    """Chain the entries of a case anew, and let its row end where they do, as whoever owns the database could."""
    previous = NO_PREVIOUS
    rows = hand.execute("SELECT seq, leaf FROM workflow_entry WHERE case_id = ? ORDER BY seq", (case,)).fetchall()
    for seq, leaf in rows:
        whole = encode({**decode(leaf), "prev": previous})
        previous = leaf_hash(whole).hex()
        hand.execute(
            "UPDATE workflow_entry SET leaf = ?, leaf_hash = ? WHERE case_id = ? AND seq = ?",
            (whole, bytes.fromhex(previous), case, seq),
        )
    hand.execute("UPDATE workflow_case SET head = ? WHERE id = ?", (bytes.fromhex(previous), case))


@pytest.mark.parametrize("table", TABLES)
def test_no_cell_can_be_changed_and_no_row_be_missing(table: str, image: bytes) -> None:
    with disarmed(image) as (hand, codes):
        info = hand.execute(f"PRAGMA table_info({table})").fetchall()
        rows = hand.execute(f"SELECT {', '.join(row[1] for row in info)} FROM {table}").fetchall()
        assert codes() == set()
    assert rows
    columns, keys = [row[1] for row in info], [row[1] for row in info if row[5]]
    where = " AND ".join(f"{name} = ?" for name in keys)
    for row in rows:
        key = [row[columns.index(name)] for name in keys]
        changes = [f"DELETE FROM {table} WHERE {where}"]
        for column, value in zip(columns, row, strict=True):
            for other in (value + 1, -value - 1) if isinstance(value, int) else (f"{value}0", "x", ""):
                said = str(other) if isinstance(other, int) else f"'{other}'"
                changes.append(f"UPDATE {table} SET {column} = {said} WHERE {where}")
        for change in changes:
            with disarmed(image) as (hand, codes):
                hand.execute(change, key)
                found = codes()
                assert found & TABLES[table], (change, found)


@pytest.mark.parametrize("column", ["proceedings", "next_at"])
def test_what_goes_on_in_a_case_follows_from_its_entries(column: str, image: bytes) -> None:
    for other in ("{}", "2027-01-01T00:00:00.000000Z", ""):
        with disarmed(image) as (hand, codes):
            hand.execute(f"UPDATE workflow_case SET {column} = ? WHERE definition = 'hall'", (other,))
            assert codes() == {"case_column"}


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("panel_opened", {"seed": "00" * 32}, "sitting"),
        ("linked", {"link": "before"}, "link"),
        ("marked", {"mark": "idler"}, "mark"),
        ("paid", {"period": "1999"}, "ledger"),
        ("reminded", {"timer": "remind.state.9"}, "clock"),
    ],
)
def test_what_is_written_anew_with_every_hash_does_not_follow_from_the_rules(
    kind: str, change: dict[str, Any], code: str, image: bytes
) -> None:
    with disarmed(image) as (hand, codes):
        rows = hand.execute("SELECT case_id, seq, leaf FROM workflow_entry WHERE kind = ? ORDER BY seq", (kind,))
        [case, seq, leaf] = next(row for row in rows.fetchall() if set(change) <= set(decode(row[2])))
        forged = encode({**decode(leaf), **change})
        hand.execute("UPDATE workflow_entry SET leaf = ? WHERE case_id = ? AND seq = ?", (forged, case, seq))
        relink(hand, case)
        assert code in codes()
