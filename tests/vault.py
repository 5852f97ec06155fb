"""A sealed store, what an auditor, a witness and people who acted kept of it, and hands that can also sign.

The log has three parts: what the auditor saw when they were here last (`visit`), what was sealed and cosigned since,
and a tail that is in no tree yet.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.book import Book, Hand, budget, write
from tests.conftest import Clock, repeatable
from workflow import Actor, Engine
from workflow.audit.anchors import Anchors
from workflow.audit.keys import Memory, new_key
from workflow.audit.prove import parse_receipt
from workflow.audit.report import Report
from workflow.audit.verify import verify
from workflow.audit.witness import cosign
from workflow.log.entry import leaf_hash
from workflow.log.merkle import root
from workflow.log.note import (
    WITNESS,
    Checkpoint,
    Note,
    PrivateKey,
    parse_checkpoint,
    parse_note,
    parse_private_key,
    signed,
)
from workflow.log.policy import parse_policy
from workflow.log.tiles import Growth
from workflow.store.database import Store

LEVELS = ("V0", "V1", "V2", "V3", "V4")
LI, WANG, ZHAO = Actor("li.na"), Actor("wang.wei"), Actor("zhao.min")


@dataclass(frozen=True)
class Vault:
    """A book that is sealed, and all that was kept of it elsewhere."""

    book: Book
    key: PrivateKey
    witness: PrivateKey
    visit: Note
    latest: Note
    receipts: tuple[Note, ...]
    memory: dict[str, Checkpoint]
    folder: Path

    def anchors(self, level: str) -> Anchors:
        """What a verifier of that level brings along, with all that those below it do."""
        at = LEVELS.index(level)
        policy = f"log {self.key.public}\nwitness audit {self.witness.public}\nquorum audit\n"
        kept = [note for note, needed in ((self.visit, 2), (self.latest, 3)) if at >= needed]
        return Anchors(
            keys=(self.key.public,) if at >= 1 else (),
            checkpoints=tuple((note, parse_checkpoint(note.text)) for note in kept),
            policy=parse_policy(policy) if at >= 3 else None,
            receipts=tuple((note, parse_receipt(note.text)) for note in self.receipts) if at >= 4 else (),
            tiles=self.folder / ("visit" if at == 2 else "latest") if at >= 2 else None,
        )

    def copy(self, path: Path) -> Vault:
        """The same on another file."""
        kept = (self.key, self.witness, self.visit, self.latest, self.receipts, self.memory, self.folder)
        return Vault(self.book.copy(path), *kept)

    def check(self, level: str = "V0", **more: Any) -> Report:
        """The report of a check of that level."""
        store = Store.connect(f"sqlite:///{self.book.path}")
        try:
            return verify(store, anchors=self.anchors(level), **more)
        finally:
            store.close()

    @property
    def visited(self) -> int:
        """How many entries the auditor saw."""
        return parse_checkpoint(self.visit.text).size

    @property
    def sealed(self) -> int:
        """How many entries the witness saw."""
        return parse_checkpoint(self.latest.text).size


_MADE: list[Vault] = []


def vault(factory: pytest.TempPathFactory) -> Vault:
    """The one vault of all tests of a process; copy it before changing anything."""
    if not _MADE:
        _MADE.append(fill(write(factory.mktemp("vault") / "original.db")))
    return _MADE[0]


def fill(book: Book) -> Vault:
    """Seal a book, go on in it, seal again, and go on once more."""
    clock = Clock()
    clock.now = datetime(2026, 2, 2, 8, tzinfo=UTC)
    chance = repeatable(2).randbytes
    guards = {"budget": budget, "board": lambda question: question.actor.id == "zhao.min"}
    engine = Engine.open(f"sqlite:///{book.path}", clock=clock, entropy=chance, guards=guards)
    engine.seal()
    _snapshot(book, "first")

    def submit(name: str, title: str) -> None:
        clock.move(minutes=1)
        book.places[name] = engine.submit("proposal", actor=LI, data={"title": title}, reason="why").id

    clock.move(days=1)
    submit("second", "Second")
    visit = parse_note(engine.seal().checkpoint)
    engine.write_tiles(book.path.with_name("visit"))
    _snapshot(book, "visit")
    clock.move(days=1)
    submit("later", "Later")
    clock.move(minutes=1)
    engine.advance(book.places["later"], "register", actor=WANG)
    submit("other", "Other")
    clock.move(hours=1)
    engine.erase(book.places["other"], 1, by=WANG, reason="asked for", payloads=["reason"], basis="GDPR 17")
    engine.add_key(by=WANG)
    engine.seal()
    engine.retire_key(engine.keys()[1].id.hex(), by=WANG)
    engine.seal()
    clock.move(hours=1)
    witness = new_key("witness.example", chance, WITNESS)
    memory = Memory(book.path.with_name("witness.memory"))
    latest = cosign(str(engine.extends(0)), witness, engine.keys(), memory, clock.now)
    assert engine.keep_cosignatures(str(latest)) == 1

    engine.write_tiles(book.path.with_name("latest"))
    clock.move(days=1)
    submit("tail", "Tail")
    engine.advance(book.places["tail"], "register", actor=WANG)
    clock.move(minutes=1)
    engine.advance(book.places["later"], "reject", actor=WANG, reason="after all")
    receipts = (engine.receipt(book.places["tail"], 2), engine.receipt(book.places["later"], 3))
    path = book.path.with_name(book.path.name + ".key")
    key = parse_private_key(path.read_text("utf-8").split("\n")[0])
    remembered = Memory(path.with_name(path.name + ".memory")).read()
    engine.close()
    return Vault(book, key, witness, visit, latest, receipts, remembered, book.path.parent)


def _snapshot(book: Book, name: str) -> None:
    """A copy of the database as it is now, for whoever wants to put it back one day."""
    with (
        closing(sqlite3.connect(book.path)) as source,
        closing(sqlite3.connect(book.path.with_name(name + ".db"))) as to,
    ):
        source.backup(to)


class Forger:
    """A hand that builds the whole tree anew over whatever the entries are now, and signs it with a key."""

    def __init__(self, hand: Hand, vault: Vault) -> None:
        self.hand = hand
        self.vault = vault
        self.shift = 0

    def places(self) -> list[tuple[str, int]]:
        """Which entry stands where in the tree."""
        rows = self.hand.all("SELECT case_id, seq FROM workflow_leaf ORDER BY leaf_index")
        return [(row[0], row[1]) for row in rows]

    def place(self, entries: list[tuple[str, int]]) -> None:
        """Let exactly these be the tree; whatever else there is waits for it."""
        run = self.hand.connection.execute
        run("DELETE FROM workflow_leaf")
        self.hand.connection.executemany(
            "INSERT INTO workflow_leaf VALUES (?, ?, ?)", [(at, *each) for at, each in enumerate(entries)]
        )
        run("DELETE FROM workflow_pending")
        run(
            "INSERT INTO workflow_pending SELECT case_id, seq FROM workflow_entry e WHERE NOT EXISTS "
            "(SELECT 1 FROM workflow_leaf l WHERE l.case_id = e.case_id AND l.seq = e.seq)"
        )

    def still(self) -> list[tuple[str, int]]:
        """The places as they are, without entries that are gone."""
        there = {(row[0], row[1]) for row in self.hand.all("SELECT case_id, seq FROM workflow_entry")}
        return [each for each in self.places() if each in there]

    def reseal(self, key: PrivateKey, sizes: list[int] | None = None) -> None:
        """Tiles and checkpoints for the tree as it is, at the same sizes as before or at those given."""
        hand = self.hand
        if sizes is None:
            sizes = [row[0] + self.shift for row in hand.all("SELECT size FROM workflow_checkpoint ORDER BY size")]
        origin = hand.all("SELECT value FROM workflow_meta WHERE name = 'origin'")[0][0]
        for table in ("tile", "checkpoint", "cosignature"):
            hand.connection.execute(f"DELETE FROM workflow_{table}")
        growth = Growth(0, lambda level, index: b"")
        hashes: list[bytes] = []
        for case, seq in self.places():
            row = hand.connection.execute(
                "SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = ?", (case, seq)
            ).fetchone()
            hashes.append(leaf_hash(row[0]))
            growth.append(hashes[-1])
        for tile, whole in growth.changed():
            values = (tile.level, tile.index, tile.width, whole)
            hand.connection.execute("INSERT INTO workflow_tile VALUES (?, ?, ?, ?)", values)
        for size in sizes:
            if size <= len(hashes):
                note = str(signed(Checkpoint(origin, size, root(hashes[:size])), [key]))
                hand.connection.execute("INSERT INTO workflow_checkpoint VALUES (?, ?)", (size, note))

    def claim_anew(self) -> None:
        """Let every entry say that it came after a tree as that tree is now; chains and tree are linked anew.

        Where entries were planted or removed, `shift` says by how many the trees grew.
        """
        done: set[tuple[str, int]] = set()
        while True:
            rows = self.hand.all("SELECT case_id, seq, leaf FROM workflow_entry")
            claims = [(orjson.loads(leaf).get("after"), case, seq) for case, seq, leaf in rows]
            left = [each for each in claims if each[0] is not None and each[1:] not in done]
            if not left:
                break
            # Smaller trees first: what they hold changes the larger ones.
            after, case, seq = min(left, key=lambda each: (each[0]["size"], each[1:]))
            done.add((case, seq))
            size = after["size"] + self.shift
            self.hand.places["_claimed"] = case
            self.hand.rewrite("_claimed", seq, after={"size": size, "root": self.root(size).hex()})
        self.hand.places.pop("_claimed", None)

    def root(self, size: int) -> bytes:
        """The root of the first leaves as they are now."""
        hashes = []
        for case, seq in self.places()[:size]:
            row = self.hand.connection.execute(
                "SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = ?", (case, seq)
            ).fetchone()
            hashes.append(leaf_hash(row[0]))
        return root(hashes)

    def own_key(self) -> PrivateKey:
        """Put a key of their own in the place of the log's, in the entry that names it, and link the stream anew."""
        own = PrivateKey(self.vault.key.name, self.vault.key.kind, bytes([7] * 32))
        rows = self.hand.all("SELECT seq FROM workflow_entry WHERE kind = 'key_added' ORDER BY seq")
        self.hand.rewrite("store", rows[0][0], subject=str(own.public))
        return own
