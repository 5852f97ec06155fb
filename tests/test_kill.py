"""A writer is killed with SIGKILL: nothing that was answered is lost, nothing is half there. `make soak` does more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.killing import BATCH, Campaign

pytestmark = pytest.mark.slow


def test_what_was_answered_survives_five_kills(tmp_path: Path) -> None:
    campaign, said = Campaign(tmp_path, seed=5), 0
    # On a machine that has much to do, a writer may be killed before it has said anything: then five are not enough.
    while campaign.kills < 5 or said <= 50:
        found = campaign.kill("moves", writers=1 + campaign.kills % 2, longest=0.6)
        assert found.wrong == []
        # Two writers at most, each of which may have been killed between commit and word.
        assert len(found.in_doubt) <= 2 * BATCH * campaign.kills
        said = found.said
        assert campaign.kills < 100


def test_a_batch_survives_whole_or_not_at_all(tmp_path: Path) -> None:
    campaign, said = Campaign(tmp_path, seed=6), 0
    while campaign.kills < 3 or said <= BATCH:
        found = campaign.kill("batches", longest=0.6)
        assert found.wrong == []
        said = found.said
        assert campaign.kills < 100


def test_a_writer_that_speaks_too_early_is_caught(tmp_path: Path) -> None:
    """Without this, the tests above could pass because they see nothing."""
    campaign = Campaign(tmp_path, seed=7)
    lost: list[str] = []
    while not lost and campaign.kills < 40:
        found = campaign.kill("early")
        lost = found.lost
        assert (found.doubled, found.torn, found.halves, found.problems) == ([], [], [], [])
    assert lost != []


def test_a_writer_that_commits_in_the_middle_is_caught(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, seed=8)
    while not (found := campaign.kill("halves")).halves and campaign.kills < 40:
        assert found.lost == []
    assert found.halves != []
    assert found.problems != [], "the engine's own check sees it as well"
