"""Shared by the tests: a clock that stands still, one small definition, an engine on a store of its own.

Stores are on SQLite and on PostgreSQL. One server serves all workers of a run; `WORKFLOW_TEST_POSTGRES` names another,
as a SQLAlchemy URL. `--databases` chooses other kinds of stores for the fixture `url`: see `KINDS`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.cluster import Server, place
from workflow import Engine, load_text

# What these assert is shown in full, as in a test.
pytest.register_assert_rewrite("tests.defects", "tests.pages")

# How long an example takes says nothing on a machine that does other things besides.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

# A file; a server; the same with every transaction serializable; the same with tables in parts by the case's id.
KINDS = ("sqlite", "postgres", "serializable", "partitioned")
SERVER = pytest.StashKey[Server]()
ADDRESS = pytest.StashKey[str]()

PROPOSAL = """\
workflow: proposal
version: 1
title: {en: Proposal, zh: 建议}
reference: "P-{year}-{number:04d}"
roles:
  proposer: {is: submitter}
  secretary: {title: {zh: 建议办公室}}
  director: {}
fields:
  title: {type: text, max: 120}
  benefit: {type: money, currency: CNY}
  score: {type: integer, min: 0, max: 100}
submit: {by: anyone, require: title, accept: benefit}
states:
  submitted: {initial: true}
  registered: {}
  adopted: {final: true}
  rejected: {final: true}
transitions:
  register: {from: submitted, to: registered, by: secretary, apart_from: proposer}
  return: {from: registered, to: submitted, by: secretary, reason: true, at_most: 1}
  adopt: {from: registered, to: adopted, by: director, accept: score, when: score >= 60, apart_from: proposer}
  reject: {from: "*", to: rejected, by: [secretary, director], reason: true}
"""


class Clock:
    """Says the same time until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move it: `clock.move(days=1)`."""
        self.now += timedelta(**by)


def repeatable(seed: int = 1) -> random.Random:
    """Random numbers that are the same in every run; its `randbytes` can be an engine's `entropy`."""
    return random.Random(seed)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--databases", default="sqlite,postgres", help=f"kinds of stores, of {', '.join(KINDS)}")


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[ADDRESS] = worker["postgres"]
    elif address := os.environ.get("WORKFLOW_TEST_POSTGRES"):
        config.stash[ADDRESS] = address
    elif config.getoption("numprocesses", None):
        _started(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres"] = node.config.stash[ADDRESS]


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where a test or one of its fixtures has a store at `store_kind`, it is run once for each kind of database."""
    if "store_kind" in metafunc.fixturenames:
        kinds = metafunc.config.getoption("--databases").split(",")
        if marked := metafunc.definition.get_closest_marker("databases"):
            kinds = list(marked.args)
        metafunc.parametrize("store_kind", kinds, scope="session")


def _started(config: pytest.Config) -> str:
    if ADDRESS not in config.stash:
        config.stash[SERVER] = Server()
        config.stash[ADDRESS] = config.stash[SERVER].url
    return config.stash[ADDRESS]


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> str:
    """The address of a PostgreSQL server that is shared by all."""
    return _started(pytestconfig)


@contextmanager
def database(kind: str, folder: Path, postgres: str) -> Iterator[str]:
    """The address of an empty database of a kind, or `memory`."""
    if kind in ("sqlite", "memory"):
        yield f"sqlite:///{folder / 'store.db'}" if kind == "sqlite" else "sqlite://"
        return
    with place(postgres) as url:
        if kind == "partitioned":
            with Engine.attach(url) as engine:
                engine.upgrade(partitions=3)
        yield f"{url}&isolation=serializable" if kind == "serializable" else url


@pytest.fixture
def url(store_kind: str, tmp_path: Path, postgres: str) -> Iterator[str]:
    """The address of a database of its own, with nothing in it."""
    with database(store_kind, tmp_path, postgres) as address:
        yield address


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(url: str, clock: Clock) -> Iterator[Engine]:
    """An engine with the definition above, on a store of its own."""
    engine = Engine.open(url, clock=clock, entropy=repeatable().randbytes)
    engine.install(load_text(PROPOSAL))
    yield engine
    engine.close()
