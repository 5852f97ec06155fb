"""A thousand kills of a sealer, each before some statement, on one store that keeps growing."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

from tests.book import write
from tests.sealing import Sealing
from tests.test_tamper import Copy
from tests.vault import fill
from workflow import Engine
from workflow.audit.anchors import Anchors

KILLS = 1000


def test_a_thousand_kills_lose_no_place_and_make_no_second_history(tmp_path: Path) -> None:
    campaign, chance = Sealing(tmp_path, seed=11), random.Random(11)
    while campaign.killed < KILLS:
        campaign.kill(chance.randrange(1, 60))
        assert campaign.turn < 4 * KILLS
    assert not campaign.kill(0)
    with Engine.open(campaign.url) as engine:
        report = engine.verify()
        assert (report.problems, report.waiting) == ((), 0)


def test_ten_thousand_changed_bytes_are_found(tmp_path: Path) -> None:
    """In leaves, tiles, checkpoints, cosignatures and payloads: one byte each, told by the check of the whole."""
    kept = fill(write(tmp_path / "store.db"))
    with contextlib.closing(sqlite3.connect(kept.book.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    image, chance = kept.book.path.read_bytes(), random.Random(13)
    anchors = Anchors(keys=kept.anchors("V3").keys, policy=kept.anchors("V3").policy)
    columns = (
        ("workflow_entry", "leaf"),
        ("workflow_tile", "bytes"),
        ("workflow_checkpoint", "note"),
        ("workflow_cosignature", "line"),
        ("workflow_payload", "body"),
    )
    for number in range(10_000):
        copy = Copy(image, anchors)
        table, column = columns[number % len(columns)]
        rows = copy.connection.execute(
            f'SELECT rowid_, body FROM (SELECT row_number() OVER () AS rowid_, CAST("{column}" AS BLOB) AS body, '
            f"typeof(\"{column}\") AS kind FROM {table}) WHERE kind <> 'null'"
        ).fetchall()
        _, body = chance.choice(rows)
        at = chance.randrange(len(body))
        changed = body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
        form = "?" if column in ("leaf", "bytes", "body") else "CAST(? AS TEXT)"
        copy.connection.execute(
            f'UPDATE {table} SET "{column}" = {form} WHERE CAST("{column}" AS BLOB) = ?', (changed, body)
        )
        assert not copy.check().ok, (table, column, at)
        copy.connection.close()
