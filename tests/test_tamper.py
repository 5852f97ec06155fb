"""Any single change to anything that is stored is found, and nothing that is stored makes the check fail."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from tests.test_tamper_proceedings import TABLES as PROCEEDINGS
from tests.vault import vault
from workflow import StoreError
from workflow.audit.anchors import Anchors
from workflow.audit.report import Report
from workflow.audit.verify import verify
from workflow.log.entry import STREAMS
from workflow.store.database import Store

# Table, its primary key, and its columns. The counters, the lease and the version of the schema are the only others.
TABLES = {
    "workflow_entry": (
        "case_id seq",
        "case_id seq kind transition from_state to_state actor acting_for via at claimed_at definition conforms key "
        "leaf leaf_hash",
    ),
    "workflow_payload": ("case_id seq name", "case_id seq name commitment salt body"),
    "workflow_definition": ("digest", "digest name version body seq"),
    "workflow_case": (
        "id",
        "id reference definition version digest state final data trail submitter created_at updated_at due_at rev head "
        "proceedings next_at",
    ),
    "workflow_actor": ("id", "id name"),
    "workflow_grant": ("actor role", "actor role"),
    "workflow_reference": ("reference definition", "reference definition case_id"),
    "workflow_request": ("definition key", "definition key case_id"),
    "workflow_pending": ("case_id seq", "case_id seq"),
    "workflow_meta": ("name", "name value"),
    "workflow_leaf": ("leaf_index", "leaf_index case_id seq"),
    "workflow_tile": ("level index width", "level index width bytes"),
    "workflow_checkpoint": ("size", "size note"),
    "workflow_cosignature": ("size witness", "size witness line"),
}
HEAVY = ("workflow_entry", "workflow_payload", "workflow_definition", "workflow_case")
TREE = ("workflow_leaf", "workflow_tile", "workflow_checkpoint", "workflow_cosignature")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a store with every kind of entry, most of them in a signed tree."""
    book = vault(tmp_path_factory).book.copy(tmp_path_factory.mktemp("image") / "copy.db")
    with closing(sqlite3.connect(book.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return book.path.read_bytes()


class Copy:
    """The store in memory, once for each example. Its triggers are gone until it is checked."""

    def __init__(self, image: bytes, anchors: Anchors) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.connection.deserialize(image)
        self._anchors = anchors
        self._triggers = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in self._triggers:
            self.connection.execute(f"DROP TRIGGER {name}")

    def check(self) -> Report:
        for _, sql in self._triggers:
            self.connection.execute(sql)
        pool = create_engine("sqlite://", creator=lambda: self.connection, poolclass=StaticPool)
        return verify(Store.connect(pool), anchors=self._anchors)

    def one(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement, values).fetchone()


@pytest.fixture(scope="module")
def anchors(tmp_path_factory: pytest.TempPathFactory) -> Anchors:
    """What tells a cosignature that was changed: without the witness's key it is only a text."""
    kept = vault(tmp_path_factory).anchors("V3")
    return Anchors(keys=kept.keys, policy=kept.policy)


@pytest.fixture(scope="module")
def copies(image: bytes, anchors: Anchors) -> Iterator[Any]:
    made: list[Copy] = []

    def make() -> Copy:
        while made:
            made.pop().connection.close()
        made.append(Copy(image, anchors))
        return made[0]

    yield make
    make().connection.close()


def test_the_tables_above_are_all_there_are(image: bytes, anchors: Anchors) -> None:
    copy = Copy(image, anchors)
    named = {row[0] for row in copy.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert named == {*TABLES, *PROCEEDINGS, "workflow_counter", "workflow_lease", "workflow_schema"}
    for table, (key, columns) in TABLES.items():
        info = copy.connection.execute(f"PRAGMA table_info({table})").fetchall()
        assert {row[1] for row in info} == set(columns.split())
        assert [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]] == key.split()
    assert copy.check().ok
    copy.connection.close()


def cell(draw: st.DrawFn, copy: Copy, tables: tuple[str, ...]) -> tuple[str, str, str, dict[str, Any]]:
    """A table, a column, and the condition that means one row."""
    table = draw(st.sampled_from(tables))
    key, columns = TABLES[table]
    count = copy.one(f"SELECT count(*) FROM {table}")[0]
    row = draw(st.integers(0, count - 1))
    quoted = ", ".join(f'"{name}"' for name in key.split())
    values = copy.one(f"SELECT {quoted} FROM {table} ORDER BY {quoted} LIMIT 1 OFFSET {row}")
    where = " AND ".join(f'"{name}" = :k{at}' for at, name in enumerate(key.split()))
    return table, draw(st.sampled_from(columns.split())), where, {f"k{at}": each for at, each in enumerate(values)}


def change(copy: Copy, table: str, column: str, where: str, key: dict[str, Any], new: str, value: Any) -> None:
    """Store something else in a cell. What the table itself refuses, or takes for the same, is no example."""

    def stored() -> list[Any]:
        return copy.connection.execute(
            f'SELECT typeof("{column}"), hex("{column}"), count(*) FROM {table} GROUP BY 1, 2'
        ).fetchall()

    before = stored()
    try:
        copy.connection.execute(f'UPDATE {table} SET "{column}" = {new} WHERE {where}', {**key, "value": value})
    except sqlite3.IntegrityError:
        assume(False)
    assume(stored() != before)


FORMS = ("CAST(:value AS TEXT)", ":value")


@settings(max_examples=400)
@given(st.data())
def test_one_changed_byte_is_found(copies: Any, data: st.DataObject) -> None:
    copy = copies()
    table, column, where, key = data.draw(st.composite(lambda draw: cell(draw, copy, (*HEAVY, *TREE)))())
    stored, kind = copy.connection.execute(
        f'SELECT CAST("{column}" AS BLOB), typeof("{column}") FROM {table} WHERE {where}', key
    ).fetchone()
    assume(stored)
    at = data.draw(st.integers(0, len(stored) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != stored[at]))
    changed = stored[:at] + bytes([byte]) + stored[at + 1 :]
    form = FORMS[0] if kind != "blob" else FORMS[1]
    change(copy, table, column, where, key, data.draw(st.sampled_from((form, *FORMS))), changed)
    assert not copy.check().ok


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from(["", "\x00", "{}", "[]", "null", "0", "\x1b[2J", b"", b"{}", 2**53, -1, 0, 1, "é", "e\u0301"]),
)


@settings(max_examples=300)
@given(st.data())
def test_any_other_value_of_any_type_is_found(copies: Any, data: st.DataObject) -> None:
    copy = copies()
    table, column, where, key = data.draw(st.composite(lambda draw: cell(draw, copy, tuple(TABLES)))())
    change(copy, table, column, where, key, ":value", data.draw(VALUES))
    report = copy.check()
    assert not report.ok
    assert all(each.message.isprintable() for each in report.problems)


@settings(max_examples=60)
@given(st.data())
def test_a_type_is_found_though_its_bytes_are_the_same(copies: Any, data: st.DataObject) -> None:
    copy = copies()
    table, column, where, key = data.draw(st.composite(lambda draw: cell(draw, copy, (*HEAVY, *TREE)))())
    kind = copy.connection.execute(f'SELECT typeof("{column}") FROM {table} WHERE {where}', key).fetchone()[0]
    other = "TEXT" if kind == "blob" else "BLOB"
    change(copy, table, column, where, key, f'CAST("{column}" AS {other})', None)
    assert not copy.check().ok


@settings(max_examples=100)
@given(st.data())
def test_a_row_that_is_gone_is_found(copies: Any, data: st.DataObject) -> None:
    copy = copies()
    # That a checkpoint is gone shows in what somebody kept of it: see tests/test_forgery.py, 8 and 23.
    tables = tuple(name for name in TABLES if name != "workflow_checkpoint")
    table, _, where, key = data.draw(st.composite(lambda draw: cell(draw, copy, tables))())
    assert copy.connection.execute(f"DELETE FROM {table} WHERE {where}", key).rowcount == 1
    assert not copy.check().ok


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(tuple(TABLES)), VALUES, st.integers(0, 99)), min_size=2, max_size=12))
def test_no_heap_of_changes_makes_the_check_fail(copies: Any, changes: list[tuple[str, Any, int]]) -> None:
    copy = copies()
    before = list(copy.connection.iterdump())
    for table, value, pick in changes:
        columns = TABLES[table][1].split()
        column = columns[pick % len(columns)]
        copy.connection.execute(
            f'UPDATE OR REPLACE {table} SET "{column}" = ifnull(?, "{column}") '
            f'WHERE (length(quote("{column}")) + {pick}) % 3 = 0',
            (value,),
        )
    after = list(copy.connection.iterdump())
    assert copy.check().ok == (after == before)


@pytest.mark.slow
@pytest.mark.parametrize("table", HEAVY)
def test_every_cell_is_watched_and_the_place_is_named(image: bytes, anchors: Anchors, table: str) -> None:
    chance = random.Random(3)
    key, columns = (text.split() for text in TABLES[table])
    where = " AND ".join(f'"{name}" = ?' for name in key)
    read = 'SELECT CAST("{0}" AS BLOB), typeof("{0}")'
    original = Copy(image, anchors)
    rows = original.connection.execute(f"SELECT {', '.join(key)} FROM {table}").fetchall()
    tried = 0
    for row in rows:
        for column in columns:
            copy = Copy(image, anchors)
            stored, kind = copy.one(f"{read.format(column)} FROM {table} WHERE {where}", *row)
            at = chance.randrange(len(stored)) if stored else 0
            changed = (
                stored[:at] + bytes([stored[at] ^ 1 << chance.randrange(8)]) + stored[at + 1 :] if stored else b"x"
            )
            form = "CAST(? AS TEXT)" if kind != "blob" else "?"
            with contextlib.suppress(sqlite3.IntegrityError):
                copy.connection.execute(f'UPDATE {table} SET "{column}" = {form} WHERE {where}', (bytes(changed), *row))
                report = copy.check()
                places = {(each.case, each.seq) for each in report.problems}
                assert places, (table, row, column)
                if column not in key:
                    assert named(original, table, row) & places, (table, row, column, report.problems)
                tried += 1
            copy.connection.close()
    original.connection.close()
    # All but the few that another row is in the way of.
    assert tried > 0.95 * len(rows) * len(columns)


def named(copy: Copy, table: str, row: tuple[Any, ...]) -> set[tuple[Any, Any]]:
    """The places by which a finding about a row may go."""
    if table == "workflow_case":
        return {(row[0], seq) for seq in (None, *range(1, 99))}
    if table == "workflow_definition":
        return {(STREAMS["definitions"], seq) for seq in (None, 1, 2)}
    return {(row[0], row[1])}


def test_bytes_changed_in_the_file_never_make_the_check_fail(image: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    chance = random.Random(7)
    outcomes: set[bool | str] = set()
    for _ in range(150):
        damaged = bytearray(image)
        for _ in range(chance.choice([1, 1, 20])):
            damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        store = Store.connect(f"sqlite:///{path}")
        try:
            outcomes.add(verify(store).ok)
        except StoreError as error:
            outcomes.add(error.code)
        finally:
            store.close()
    assert {True, False} <= outcomes <= {True, False, "unusable", "unreachable"}
