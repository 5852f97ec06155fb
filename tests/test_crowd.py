"""Sixteen writers on four cases of a server that is killed with SIGKILL. `make soak` does it for five minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Server
from tests.crowd import crowd

pytestmark = pytest.mark.slow


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
    found = crowd(server, tmp_path, writers=16, seconds=5, kills=1, options=options, partitions=partitions)
    assert (found.lost, found.doubled, found.problems) == ([], [], [])
    assert found.said > 50


def test_writers_that_speak_too_early_are_caught(server: Server, tmp_path: Path) -> None:
    """Without this, the test above could pass because it sees nothing."""
    found = crowd(server, tmp_path, writers=16, seconds=2, kills=1, kind="hasty")
    assert found.lost != []
    assert (found.doubled, found.problems) == ([], [])
