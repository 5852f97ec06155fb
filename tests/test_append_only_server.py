"""What keeps the log whole on PostgreSQL: triggers that no session switches off, and a role that may only add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cluster import connected, place
from tests.conftest import PROPOSAL
from workflow import Actor, Engine, StoreError, load_text
from workflow.store.roles import PRIVILEGES, grants
from workflow.store.tables import METADATA

PARTED = ("award", "case", "entry", "link", "payload", "pending")
DESTROYED = {"workflow_payload": ("salt", "body")}
TABLES = ("workflow_entry", "workflow_payload", "workflow_definition")
pytestmark = pytest.mark.databases("postgres", "partitioned")
LI = Actor("li.na")

Server = psycopg.Connection[Any]


@pytest.fixture
def server(engine: Engine, url: str) -> Iterator[Server]:
    """A connection of some other program, of the owner of the tables, to a store with one case of two entries."""
    case = engine.submit("proposal", actor=LI, data={"title": "a"}, key="k", reason="r")
    engine.advance(case.id, "register", actor=Actor("wang.wei", {"secretary"}), key="l")
    with connected(url) as connection:
        yield connection
    assert engine.verify().ok


def stopped(server: Server, table: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation) as raised:
        server.execute(statement.encode())
    assert raised.value.diag.message_primary == f"{table} is append-only"


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_changed_or_deleted_and_no_table_emptied(server: Server, table: str) -> None:
    found = server.execute(f"SELECT * FROM {table} LIMIT 1".encode()).description
    assert found is not None
    for column in found:
        stopped(server, table, f"UPDATE {table} SET {column.name} = {column.name}")
    stopped(server, table, f"DELETE FROM {table}")
    stopped(server, table, f"TRUNCATE {table}")
    key = "digest" if table == "workflow_definition" else "case_id"
    conflict = "digest" if key == "digest" else "case_id, seq" + (", name" if table == "workflow_payload" else "")
    stopped(
        server,
        table,
        f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({conflict}) DO UPDATE SET {key} = EXCLUDED.{key}",
    )


@pytest.mark.parametrize("table", TABLES)
def test_a_session_cannot_switch_them_off(server: Server, table: str) -> None:
    """As replication does, and whoever restores a dump."""
    server.execute("SET session_replication_role = replica")
    stopped(server, table, f"DELETE FROM {table}")
    stopped(server, table, f"TRUNCATE {table}")
    enabled = server.execute(
        "SELECT DISTINCT tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    ).fetchall()
    assert enabled == [("A",)]


@pytest.mark.databases("partitioned")
def test_a_part_is_guarded_as_the_whole(server: Server) -> None:
    parts = server.execute(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' "
        "AND relnamespace = current_schema()::regnamespace ORDER BY 1"
    ).fetchall()
    names = [str(row[0]) for row in parts]
    assert names == [f"workflow_{name}_{part}" for name in PARTED for part in range(3)]
    for name in names:
        table = name.rpartition("_")[0]
        if table in TABLES:
            stopped(server, table, f"TRUNCATE {name}")
            if server.execute(f"SELECT 1 FROM {name}".encode()).fetchone():
                stopped(server, table, f"DELETE FROM {name}")
                stopped(server, table, f"UPDATE {name} SET seq = 7")


def test_destroying_a_payload_is_the_one_change_that_is_allowed(engine: Engine, url: str) -> None:
    case = engine.submit("proposal", actor=LI, data={"title": "a"})
    where = f"WHERE case_id = '{case.id}'"
    with connected(url) as server:
        for change in ("salt = NULL", "salt = NULL, body = ''", "salt = NULL, body = NULL, seq = 7"):
            stopped(server, "workflow_payload", f"UPDATE workflow_payload SET {change} {where}")
        done = server.execute(f"UPDATE workflow_payload SET salt = NULL, body = NULL {where}".encode())
        assert done.rowcount == 1
    assert [each.code for each in engine.verify().problems] == ["payload_missing"]


class TestRoles:
    """A real role of the server, with what `workflow db roles` prints and nothing more."""

    @pytest.fixture
    def roles(self, engine: Engine, url: str) -> Iterator[tuple[str, str]]:
        with connected(url) as server:
            schema = server.execute("SELECT current_schema()").fetchone()
            assert schema is not None
            names = f"{schema[0]}_app", f"{schema[0]}_auditor"
            for name in names:
                server.execute(f"CREATE ROLE {name} LOGIN".encode())
            for statement in grants(names[0], names[1], str(schema[0])):
                server.execute(statement.encode())
            yield names
            for name in names:
                server.execute(f"DROP OWNED BY {name}".encode())
                server.execute(f"DROP ROLE {name}".encode())

    def test_every_table_has_its_privileges(self) -> None:
        assert set(PRIVILEGES) == {*METADATA.tables, "workflow_schema"}

    def test_the_application_does_all_its_work(self, roles: tuple[str, str], url: str) -> None:
        with Engine.open(url.replace("postgres@", f"{roles[0]}@")) as engine:
            engine.install(load_text(PROPOSAL.replace("version: 1", "version: 2")))
            engine.add_actor("wang.wei", roles=["secretary"])
            engine.grant("wang.wei", "director")
            engine.revoke("wang.wei", "director")
            case = engine.submit("proposal", actor=LI, data={"title": "a"}, key="k")
            engine.advance(case.id, "register", actor=Actor("wang.wei"), key="l")
            assert engine.verify().ok
            found = engine.store.examine()
            assert (found["role"], found["role_may_change_log"]) == (roles[0], False)

    @pytest.mark.parametrize("table", [*TABLES, "workflow_meta", "workflow_schema", "workflow_actor"])
    def test_the_application_cannot_change_the_log(self, roles: tuple[str, str], url: str, table: str) -> None:
        with connected(url) as owner:
            description = owner.execute(f"SELECT * FROM {table}".encode()).description
        assert description is not None
        with connected(url.replace("postgres@", f"{roles[0]}@")) as server:
            for statement in (
                # A trigger sees to it that a payload is only ever destroyed whole: see above.
                *(
                    f"UPDATE {table} SET {column.name} = NULL"
                    for column in description
                    if column.name not in DESTROYED.get(table, ())
                ),
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"DROP TABLE {table}",
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
                "CREATE TABLE mine (x int)",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    server.execute(statement.encode())

    def test_the_application_cannot_give_a_case_another_author(self, roles: tuple[str, str], url: str) -> None:
        with connected(url.replace("postgres@", f"{roles[0]}@")) as server:
            for column in ("id", "reference", "definition", "version", "digest", "submitter", "created_at"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    server.execute(f"UPDATE workflow_case SET {column} = ''".encode())

    def test_the_auditor_reads_and_writes_nothing(self, roles: tuple[str, str], url: str) -> None:
        with Engine.open(url.replace("postgres@", f"{roles[1]}@")) as engine:
            assert engine.verify().ok
            with pytest.raises(StoreError) as refused:
                engine.submit("proposal", actor=LI, data={"title": "a"})
            assert refused.value.code == "unusable"
            assert "permission denied" in str(refused.value)

    def test_without_the_privilege_to_create_tables_a_store_is_not_created(self, postgres: str) -> None:
        with place(postgres) as empty, connected(empty) as server:
            schema = server.execute("SELECT current_schema()").fetchone()
            assert schema is not None
            guest = f"{schema[0]}_guest"
            server.execute(f"CREATE ROLE {guest} LOGIN".encode())
            server.execute(f"GRANT USAGE ON SCHEMA {schema[0]} TO {guest}".encode())
            with pytest.raises(StoreError) as refused:
                Engine.open(empty.replace("postgres@", f"{guest}@"))
            assert str(refused.value) == f"the store failed: permission denied for schema {schema[0]}"
            server.execute(f"DROP OWNED BY {guest}".encode())
            server.execute(f"DROP ROLE {guest}".encode())
