"""A log on a server is sealed as one on a file is: with a key that is named, because no file lies beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import connected
from tests.conftest import PROPOSAL
from workflow import Actor, Engine, InputError, load_text
from workflow.audit.anchors import Anchors
from workflow.log.merkle import verify_consistency, verify_inclusion
from workflow.log.proof import parse_extension, parse_proof

pytestmark = pytest.mark.databases("postgres")


@pytest.fixture
def sealing(url: str, tmp_path: Path) -> Iterator[Engine]:
    """An engine that knows its key, with some entries in its tree."""
    with Engine.open(url, seal=tmp_path / "log.key") as engine:
        engine.install(load_text(PROPOSAL))
        for title in ("a", "b", "c"):
            engine.submit("proposal", actor=Actor("li.na"), data={"title": title})
        engine.seal()
        yield engine


def test_no_key_is_guessed(url: str) -> None:
    with Engine.open(url) as engine, pytest.raises(InputError, match="name one with --key"):
        engine.seal()


def test_what_is_sealed_is_proven_and_extends_what_was_signed_before(sealing: Engine) -> None:
    case = sealing.cases()[0].id
    old = parse_proof(str(sealing.prove(case, 1))).checkpoint
    sealing.submit("proposal", actor=Actor("li.na"), data={"title": "d"})
    new = sealing.seal()
    assert new.size == old.size + 1
    found = parse_extension(str(sealing.extends(old.size)))
    assert verify_consistency(old.size, new.size, old.root, new.root, list(found.hashes))
    proof = parse_proof(str(sealing.prove(case, 1)))
    assert verify_inclusion(sealing.history(case)[0].hash, proof.index, new.size, list(proof.hashes), new.root)
    report = sealing.verify()
    assert (report.problems, report.size, report.waiting) == ((), new.size, 0)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("leaf", "UPDATE workflow_leaf SET seq = seq + 1 WHERE leaf_index = 1"),
        ("leaf", "DELETE FROM workflow_leaf WHERE leaf_index = 1"),
        ("checkpoint", "DELETE FROM workflow_checkpoint"),
        ("checkpoint", "UPDATE workflow_checkpoint SET note = replace(note, 'A', 'B')"),
        ("tile", "UPDATE workflow_tile SET bytes = decode(repeat('00', length(bytes)), 'hex')"),
    ],
)
def test_a_tree_that_was_changed_is_found(sealing: Engine, url: str, table: str, change: str) -> None:
    anchors = Anchors(keys=tuple(sealing.keys()))
    assert sealing.verify(anchors=anchors).ok
    with connected(url) as server:
        server.execute(f"ALTER TABLE workflow_{table} DISABLE TRIGGER USER".encode())
        assert server.execute(change.encode()).rowcount
    assert not sealing.verify(anchors=anchors).ok
