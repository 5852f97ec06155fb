"""Sixteen writers on a server for five minutes, killed every half minute; and the writers that must be caught."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Server
from tests.crowd import crowd


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(durable=True)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("options", "partitions"),
    [("", 0), ("&isolation=serializable", 3)],
    ids=["committed", "serializable in parts"],
)
def test_what_was_answered_is_there_once(server: Server, tmp_path: Path, options: str, partitions: int) -> None:
    found = crowd(server, tmp_path, writers=16, seconds=300, kills=9, options=options, partitions=partitions)
    print(f"16 writers, 300 s, 9 kills{options}: {found.said} acts answered, {len(found.lost)} lost")
    assert (found.lost, found.doubled, found.problems) == ([], [], [])
    assert found.said > 5_000


def test_writers_that_speak_too_early_are_caught(tmp_path: Path) -> None:
    lost = 0
    for number in range(5):
        server = Server(durable=True)
        (tmp_path / str(number)).mkdir()
        try:
            found = crowd(server, tmp_path / str(number), writers=16, seconds=4, kills=1, kind="hasty")
        finally:
            server.stop()
        lost += len(found.lost)
        assert (found.doubled, found.problems) == ([], [])
    print(f"5 kills of 16 writers that speak too early: {lost} losses seen")
    assert lost > 0
