"""A thousand kills of a sealer, each before some statement, on one store that keeps growing."""

from __future__ import annotations

import random
from pathlib import Path

from tests.sealing import Sealing
from workflow import Engine

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
