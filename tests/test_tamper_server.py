"""On a server too, any single change to anything that is stored is found: each column of each table, row by row."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.book import Book, Hand, write
from tests.conftest import database
from tests.test_tamper import TABLES, TREE

pytestmark = pytest.mark.databases("postgres")

ROWS = 3


@pytest.fixture(scope="module")
def original(store_kind: str, tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Book]:
    with database(store_kind, tmp_path_factory.mktemp("book"), postgres) as url:
        yield write(url)


def others(value: Any, chance: random.Random) -> Iterator[Any]:
    """Values that differ from one by as little as can be, or wholly."""
    yield None
    if isinstance(value, bytes):
        at = chance.randrange(len(value)) if value else 0
        yield value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :] if value else b"x"
        yield value + b"\x00"
        yield b""
    elif isinstance(value, str):
        at = chance.randrange(len(value)) if value else 0
        yield value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :] if value and ord(value[at]) > 1 else "x"
        yield f"{value} "
        yield value.swapcase()
        yield ""
    elif isinstance(value, int):
        yield value + 1
        yield -value - 1
    else:
        yield from ("x", 1, b"x")


@pytest.mark.parametrize("table", [table for table in TABLES if table not in TREE])
def test_no_cell_can_be_changed(original: Book, tmp_path: Path, table: str) -> None:
    key, columns = (text.split() for text in TABLES[table])
    chance, tried = random.Random(table), 0
    with original.draft(tmp_path) as book, book.hand() as hand:
        assert book.check().ok
        rows = hand.all(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(key)}")
        for row in chance.sample(rows, min(ROWS, len(rows))):
            for column, value in zip(columns, row, strict=True):
                where = " AND ".join(f"{name} = :{name}_" for name in key)
                keyed = {f"{name}_": row[columns.index(name)] for name in key}
                for other in others(value, chance):
                    if other != value:
                        change = f"UPDATE {table} SET {column} = :other WHERE {where}"
                        tried += changed(hand, change, {**keyed, "other": other}, book)
    assert tried > len(columns)


@pytest.mark.parametrize("table", [table for table in TABLES if table not in TREE])
def test_no_row_can_be_taken_away(original: Book, tmp_path: Path, table: str) -> None:
    key = TABLES[table][0].split()
    chance = random.Random(table)
    with original.draft(tmp_path) as book, book.hand() as hand:
        rows = hand.all(f"SELECT {', '.join(key)} FROM {table} ORDER BY {', '.join(key)}")
        for row in chance.sample(rows, min(ROWS, len(rows))):
            where = " AND ".join(f"{name} = :{name}_" for name in key)
            keyed = {f"{name}_": each for name, each in zip(key, row, strict=True)}
            assert changed(hand, f"DELETE FROM {table} WHERE {where}", keyed, book) == 1


def changed(hand: Hand, statement: str, values: dict[str, Any], book: Book) -> int:
    """Make a change, look whether it is found, and undo it. 0 where the table itself does not take it."""
    hand.execute("SAVEPOINT before")
    undo: Callable[[], Any] = lambda: hand.execute("ROLLBACK TO before")  # noqa: E731
    try:
        hand.run(statement, **values)
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError):
        undo()
        return 0
    assert not book.check().ok, (statement, values)
    undo()
    return 1
