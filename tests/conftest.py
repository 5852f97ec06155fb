"""Shared by the tests: a clock that stands still, one small definition, an engine on a store of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from workflow import Engine, load_text

# What these assert is shown in full, as in a test.
pytest.register_assert_rewrite("tests.defects", "tests.pages")

# How long an example takes says nothing on a machine that does other things besides.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

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

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move it: `clock.move(days=1)`."""
        self.now += timedelta(**by)


def repeatable(seed: int = 1) -> random.Random:
    """Random numbers that are the same in every run; its `randbytes` can be an engine's `entropy`."""
    return random.Random(seed)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    """An engine with the definition above, on an SQLite file of its own."""
    engine = Engine.open(f"sqlite:///{tmp_path / 'store.db'}", clock=clock, entropy=repeatable().randbytes)
    engine.install(load_text(PROPOSAL))
    yield engine
    engine.close()
