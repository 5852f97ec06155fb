"""The triggers that keep accidents away from entries, payloads and definitions. Who may drop them is not stopped.

Those of SQLite; tests/test_append_only_server.py has those of PostgreSQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import PROPOSAL
from workflow import Actor, Engine, load_text
from workflow.audit.keys import Memory, new_key
from workflow.audit.witness import cosign
from workflow.log.note import WITNESS

TABLES = ("workflow_entry", "workflow_payload", "workflow_definition")
pytestmark = pytest.mark.databases("sqlite")
TREE = ("workflow_leaf", "workflow_tile", "workflow_checkpoint", "workflow_cosignature")


@pytest.fixture
def connection(engine: Engine) -> Iterator[sqlite3.Connection]:
    """A connection of some other program, with none of our settings, to a store with one case of two entries."""
    clerk = Actor("wang.wei", {"secretary"})
    case = engine.submit("proposal", actor=Actor("li.na"), data={"title": "a"}, key="k", reason="r")
    engine.advance(case.id, "register", actor=clerk, key="l")
    engine.seal()
    witness = new_key("witness.example", bytes, WITNESS)
    path = engine.store.path
    assert path is not None
    note = cosign(
        str(engine.extends(0)), witness, engine.keys(), Memory(path.with_name("memory")), engine._office.now()
    )
    assert engine.keep_cosignatures(str(note)) == 1
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA recursive_triggers = OFF")
        yield connection
    assert engine.verify().ok


def dump(connection: sqlite3.Connection) -> list[str]:
    return list(connection.iterdump())


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})")]


def stopped(connection: sqlite3.Connection, table: str, statement: str) -> None:
    """The statement is aborted by a trigger, and nothing is changed."""
    before = dump(connection)
    with pytest.raises(sqlite3.IntegrityError) as raised:
        connection.execute(statement)
    assert str(raised.value) == f"{table} is append-only"
    assert dump(connection) == before


@pytest.mark.parametrize("table", (*TABLES, *TREE))
def test_no_column_can_be_updated(connection: sqlite3.Connection, table: str) -> None:
    for column in columns(connection, table):
        stopped(connection, table, f"UPDATE {table} SET {column} = {column}")
        stopped(connection, table, f"UPDATE {table} SET {column} = 'x'")
        stopped(connection, table, f"UPDATE OR REPLACE {table} SET {column} = 'x'")


@pytest.mark.parametrize("table", (*TABLES, *TREE))
def test_no_row_can_be_deleted(connection: sqlite3.Connection, table: str) -> None:
    stopped(connection, table, f"DELETE FROM {table}")
    first = columns(connection, table)[0]
    stopped(connection, table, f"DELETE FROM {table} WHERE {first} = (SELECT {first} FROM {table} LIMIT 1)")


@pytest.mark.parametrize("table", (*TABLES, *TREE))
@pytest.mark.parametrize(
    "form",
    [
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table}",
        "INSERT OR IGNORE INTO {table} SELECT * FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO NOTHING",
        "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {column} = 'x'",
    ],
)
def test_no_row_can_be_put_over_another(connection: sqlite3.Connection, table: str, form: str) -> None:
    for column in columns(connection, table):
        stopped(connection, table, form.format(table=table, column=column))


def test_no_entry_can_be_put_over_another_by_its_key(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TEMP TABLE other AS SELECT * FROM workflow_entry WHERE key = 'k' LIMIT 1")
    connection.execute("UPDATE other SET seq = 99")
    stopped(connection, "workflow_entry", "REPLACE INTO workflow_entry SELECT * FROM other")
    connection.execute("DROP TABLE other")


def test_no_definition_can_be_put_over_another_by_its_version(connection: sqlite3.Connection) -> None:
    statement = "REPLACE INTO workflow_definition SELECT 'x', name, version, body, seq FROM workflow_definition"
    stopped(connection, "workflow_definition", statement)


def test_what_is_new_can_be_added(engine: Engine, connection: sqlite3.Connection) -> None:
    before = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]
    engine.install(load_text(PROPOSAL.replace("version: 1", "version: 2")))
    engine.submit("proposal", actor=Actor("li.na"), data={"title": "b"})
    after = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]
    assert after == [before[0] + 2, before[1] + 1, before[2] + 1]


def test_no_place_of_an_entry_can_be_given_again(connection: sqlite3.Connection) -> None:
    stopped(
        connection,
        "workflow_leaf",
        "REPLACE INTO workflow_leaf SELECT leaf_index + 99, case_id, seq FROM workflow_leaf",
    )


def test_a_tile_goes_only_for_a_wider_one(engine: Engine, connection: sqlite3.Connection) -> None:
    [[width]] = connection.execute("SELECT width FROM workflow_tile").fetchall()
    engine.submit("proposal", actor=Actor("li.na"), data={"title": "b"})
    engine.seal()
    assert connection.execute("SELECT width FROM workflow_tile").fetchall() == [(width + 1,)]
    stopped(connection, "workflow_tile", "DELETE FROM workflow_tile")


class TestErasing:
    """Salt and body of a payload may become NULL, together; nothing else of its row may change with them."""

    WHERE = "WHERE name = 'data' AND case_id > '01'"

    @pytest.fixture
    def payloads(self, engine: Engine) -> Iterator[sqlite3.Connection]:
        engine.submit("proposal", actor=Actor("li.na"), data={"title": "a"})
        path = engine.store.path
        assert path is not None
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield connection

    def test_is_allowed(self, engine: Engine, payloads: sqlite3.Connection) -> None:
        assert engine.verify().ok
        done = payloads.execute(f"UPDATE workflow_payload SET salt = NULL, body = NULL {self.WHERE}")
        assert done.rowcount == 1
        again = payloads.execute(f"UPDATE workflow_payload SET body = NULL, salt = NULL {self.WHERE}")
        assert again.rowcount == 1
        assert [each.code for each in engine.verify().problems] == ["payload_missing"]

    @pytest.mark.parametrize(
        "change",
        [
            "salt = NULL",
            "body = NULL",
            "salt = NULL, body = x''",
            "salt = x'', body = NULL",
            "salt = NULL, body = NULL, seq = 7",
            "salt = NULL, body = NULL, name = 'x'",
            "salt = NULL, body = NULL, case_id = 'x'",
            "salt = NULL, body = NULL, commitment = x'00'",
            "salt = NULL, body = NULL, commitment = CAST(commitment AS TEXT)",
        ],
    )
    def test_is_all_that_is_allowed(self, payloads: sqlite3.Connection, change: str) -> None:
        stopped(payloads, "workflow_payload", f"UPDATE workflow_payload SET {change} {self.WHERE}")

    def test_cannot_be_undone(self, payloads: sqlite3.Connection) -> None:
        salt, body = payloads.execute(f"SELECT hex(salt), hex(body) FROM workflow_payload {self.WHERE}").fetchone()
        payloads.execute(f"UPDATE workflow_payload SET salt = NULL, body = NULL {self.WHERE}")
        change = f"UPDATE workflow_payload SET salt = x'{salt}', body = x'{body}' {self.WHERE}"
        stopped(payloads, "workflow_payload", change)
