"""The store: the migrations make the tables that the code names; a database that does not fit is refused by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from tests.cluster import host
from tests.conftest import KINDS, PROPOSAL
from workflow import Actor, Engine, InputError, StoreError, load_text
from workflow.store import statements
from workflow.store.database import SCHEMA, Store
from workflow.store.tables import METADATA
from workflow.store.upgrade import upgrade

EVERY = pytest.mark.databases(*KINDS)
SQLITE = pytest.mark.databases("sqlite")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store.connect(url)
    if made.schema() is None:
        upgrade(made)
    yield made
    made.close()


@pytest.mark.databases("sqlite", "postgres")
def test_the_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    with store.pool.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "workflow_schema"})
        assert compare_metadata(context, METADATA) == []
    names = {name for name in store.tables() if not name.startswith("sqlite_")}
    assert names == {*METADATA.tables, "workflow_schema"}
    assert all(name.startswith("workflow_") for name in names)


@EVERY
def test_migrating_twice_changes_nothing(store: Store) -> None:
    before = _dump(store)
    upgrade(store)
    assert _dump(store) == before
    assert store.schema() == SCHEMA


@SQLITE
def test_every_table_is_clustered_by_its_key(store: Store) -> None:
    for name in METADATA.tables:
        with store.reading() as unit:
            assert "WITHOUT ROWID" in unit.one("SELECT sql FROM sqlite_master WHERE name = ?", name)[0]


def test_a_case_stands_first_in_its_own_tables() -> None:
    # Marks are asked for by the person.
    for table in METADATA.tables.values():
        columns = list(table.primary_key.columns.keys())
        if "case_id" in columns:
            assert columns[0] == ("case_id" if table.name != "workflow_mark" else "person")


@EVERY
def test_every_statement_of_the_hot_path_runs_on_the_migrated_tables(store: Store) -> None:
    for name in dir(statements):
        statement = getattr(statements, name)
        if name.endswith("_COLUMNS"):
            table = METADATA.tables[f"workflow_{name.removesuffix('_COLUMNS').lower()}"]
            assert sorted(column.strip() for column in statement.split(",")) == sorted(table.columns.keys())
        elif name.isupper() and isinstance(statement, str):
            with store.reading() as unit:
                assert unit.all("EXPLAIN " + statement, *([None] * statement.count("?")))


@SQLITE
def test_no_statement_of_the_hot_path_reads_a_whole_table(store: Store) -> None:
    lists = {"READ_DEFINITIONS", "READ_ACTORS", "READ_ALL_GRANTS", "READ_DELEGATIONS"}
    with store.reading() as unit:
        for name in dir(statements):
            statement = getattr(statements, name)
            if name.startswith(("READ_", "MOVE_", "TOUCH_", "SET_", "DROP_")) and isinstance(statement, str):
                plan = unit.all("EXPLAIN QUERY PLAN " + statement, *([None] * statement.count("?")))
                scans = [row[3] for row in plan if row[3].startswith("SCAN")]
                assert bool(scans) == (name in lists), (name, scans)


def test_our_metadata_and_a_hosts_stay_apart() -> None:
    assert not any(name.startswith("workflow_") for name in SQLModel.metadata.tables)
    assert all(name.startswith("workflow_") for name in METADATA.tables)


def test_a_store_of_the_first_schema_is_brought_up_to_date_with_what_it_holds(tmp_path: Path) -> None:
    engine = Engine.open(f"sqlite:///{tmp_path / 'store.db'}")
    engine.install(load_text(PROPOSAL))
    engine.submit("proposal", actor=Actor("li.na"), data={"title": "a"})
    fresh = _dump(engine.store)
    with engine.store.writing() as unit:
        for index in ("case_by_clock", "grant_by_role"):
            unit.run(f"DROP INDEX workflow_{index}")
        for column in ("proceedings", "next_at"):
            unit.run(f"ALTER TABLE workflow_case DROP COLUMN {column}")
        for table in ("leaf tile checkpoint cosignature lease award pool link mark delegation").split():
            unit.run(f"DROP TABLE workflow_{table}")
        unit.run("UPDATE workflow_schema SET version_num = '0001'")
    engine.close()
    with pytest.raises(StoreError) as refused:
        Engine.open(f"sqlite:///{tmp_path / 'store.db'}")
    assert refused.value.code == "older"
    with Engine.attach(f"sqlite:///{tmp_path / 'store.db'}") as older:
        older.upgrade()
        assert _dump(older.store) == fresh
        assert [entry.kind for entry in older.log(case="store")] == ["store_created", "store_upgraded"]
        assert older.verify().waiting == 4
        assert older.seal().size == 5
        assert older.verify().ok


def test_an_older_and_a_newer_schema_are_refused_with_what_to_do(store: Store) -> None:
    for version, code in (("0000", "older"), ("9999", "newer")):
        with store.writing() as unit:
            unit.run("UPDATE workflow_schema SET version_num = ?", version)
        with pytest.raises(StoreError) as refused:
            Engine.open(store.pool)
        assert refused.value.code == code
        assert refused.value.params["found"] == version


@SQLITE
def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        Engine.open(f"sqlite:///{path}")
    assert refused.value.code == "foreign"
    assert path.read_bytes() == before or _tables(path) == {"theirs"}
    with Engine.attach(f"sqlite:///{path}") as engine:
        engine.upgrade()
    Engine.open(f"sqlite:///{path}").close()
    assert {"theirs", "workflow_case"} <= _tables(path)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "mysql://localhost/x", "postgresql://localhost/x", "sqlite:/x", "://"]
)
def test_what_is_no_url_of_a_supported_database_is_bad_input(address: str) -> None:
    with pytest.raises(InputError) as refused:
        Engine.open(address)
    assert refused.value.code in ("bad_url", "unsupported_database")


@SQLITE
def test_settings_for_durability_are_in_force(store: Store) -> None:
    store.require_schema()
    found = {name: store.examine()[name] for name in ("journal", "synchronous", "integrity", "schema")}
    assert found == {"journal": "wal", "synchronous": 2, "integrity": "ok", "schema": SCHEMA}


def test_a_unit_of_work_does_not_open_inside_another_one(store: Store) -> None:
    with store.writing() as outer:
        with store.reading() as inner:
            assert inner is outer
        with pytest.raises(InputError), store.writing():
            pass
    with store.reading() as unit:
        assert unit.one("SELECT 1") == (1,)


def test_a_connection_of_the_hosts_is_ours_for_a_whole_transaction_and_no_longer(url: str) -> None:
    pool = host(url)
    engine = Engine.open(pool)
    counted: Any = pool.pool
    assert counted.checkedout() == 0
    with engine.store.writing() as unit:
        assert counted.checkedout() == 1
        with pool.connect() as other:
            assert other.connection.driver_connection is not unit._cursor.connection
    with pytest.raises(ZeroDivisionError), engine.store.reading():
        raise ZeroDivisionError
    assert counted.checkedout() == 0
    engine.close()
    pool.dispose()


def test_a_pool_of_the_hosts_is_left_open(url: str) -> None:
    pool = host(url)
    engine = Engine.open(pool)
    engine.close()
    with pool.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM workflow_case")).scalar() == 0
    pool.dispose()


def _dump(store: Store) -> list[tuple[str, ...]]:
    with store.reading() as unit:
        if store.dialect.name == "sqlite":
            return unit.all("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")
        return [
            *unit.all("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"),
            *unit.all(
                "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
                "WHERE table_schema = current_schema() ORDER BY 1, 2"
            ),
            *unit.all(
                "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger "
                "WHERE tgrelid::regclass::text LIKE 'workflow%' ORDER BY 1, 2"
            ),
        ]


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
