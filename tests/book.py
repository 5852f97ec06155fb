"""A store with every kind of entry that there is, and hands that change it as someone with SQL could."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, text

from tests.cluster import connected, host
from tests.conftest import PROPOSAL, Clock, repeatable
from workflow import Actor, Engine, Line, Question, RefusedError, load_text
from workflow.audit.report import Report
from workflow.audit.verify import verify
from workflow.log.entry import NO_PREVIOUS, STREAMS, commitment, encode, leaf_hash
from workflow.store.database import Store
from workflow.store.statements import ENTRY_COLUMNS
from workflow.store.unit import project

# Two ways of one name to two states, guards, conditions at submission, a way that stays, a role by field.
GRANT = """\
workflow: grant
version: "2.0"
roles:
  clerk: {}
  owner: {field: owner}
fields:
  amount: {type: money, currency: CNY}
  owner: {type: text}
  tags: {type: list, of: text}
  until: {type: date}
submit: {by: anyone, accept: [amount, owner, tags, until], when: "!has(data.amount) || amount < 1000000"}
states:
  open: {initial: true}
  checked: {}
  small: {}
  large: {}
  closed: {final: true}
transitions:
  check: {from: open, to: checked, by: owner, guard: budget}
  settle:
    - {from: checked, to: small, by: clerk, when: amount < 1000}
    - {from: checked, to: large, by: clerk, guard: [budget, board]}
  keep: {from: [open, checked], to: "=", by: anyone, accept: [tags, until]}
  close: {from: [small, large], to: closed, by: [clerk, owner], when: "times['keep'] > 0", at_most: 1}
  drop: {from: [open, checked], to: closed, by: clerk, reason: true}
"""


def budget(question: Question) -> bool | str:
    """A guard that looks at the data."""
    return "over budget" if question.data.get("amount") == "99999.00" else True


@dataclass(frozen=True)
class Book:
    """A store, closed, and the ids of its cases and streams by the names that the tests give them."""

    url: str
    places: dict[str, str]

    @property
    def path(self) -> Path:
        """The file of a store on SQLite."""
        return Path(self.url.removeprefix("sqlite:///"))

    def copy(self, path: Path) -> Book:
        """The same store on another file."""
        shutil.copyfile(self.path, path)
        return Book(f"sqlite:///{path}", dict(self.places))

    @contextmanager
    def draft(self, folder: Path) -> Iterator[Book]:
        """The same store to be changed, without its triggers: a copy on SQLite, a transaction on a server."""
        if self.url.startswith("sqlite"):
            yield self.copy(folder / "copy.db")
            return
        pool = host(self.url)
        try:
            with pool.connect() as connection:
                for name in ("entry", "payload", "definition"):
                    connection.execute(text(f"ALTER TABLE workflow_{name} DISABLE TRIGGER USER"))
                yield Draft(self.url, dict(self.places), connection)
        finally:
            pool.dispose()

    @contextmanager
    def hand(self) -> Iterator[Hand]:
        """Somebody with SQL, committed in the end, who takes the triggers away and puts them back as they were.

        Nothing is synced: no test pulls the plug.
        """
        if self.url.startswith("postgresql"):
            with connected(self.url) as server:
                yield ServerHand(server, self.places)
            return
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                hand = Hand(connection, self.places)
                for name in hand.triggers:
                    connection.execute(f"DROP TRIGGER {name}")
                yield hand
                for sql in hand.triggers.values():
                    with suppress(sqlite3.OperationalError):  # a table that is gone
                        connection.execute(sql)

    def check(self) -> Report:
        """The report of a check."""
        store = Store.connect(self.url)
        try:
            return verify(store)
        finally:
            store.close()

    def found(self, report: Report) -> list[tuple[str, str | None, int | None]]:
        """What a report found, with cases and streams by name, in its order."""
        names = {number: name for name, number in self.places.items()}
        return [(each.code, names.get(each.case or "", each.case), each.seq) for each in report.problems]


@dataclass(frozen=True)
class Draft(Book):
    """A store on a server inside a transaction that is never committed: changed and checked on one connection."""

    connection: Connection

    @contextmanager
    def hand(self) -> Iterator[Hand]:
        """Somebody with SQL."""
        yield ServerHand(self.connection.connection.driver_connection, self.places)

    def check(self) -> Report:
        """The report of a check of what stands in the transaction."""
        store = Store.connect(self.connection.engine)
        store.thread.unit = store.inside(self.connection)
        return verify(store)


class Hand:
    """Somebody with SQL, who can also recompute every hash that needs no key. Cases and streams go by their names."""

    def __init__(self, connection: Any, places: dict[str, str]) -> None:
        self.connection = connection
        self.places = places
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        self.triggers: dict[str, str] = dict(rows.fetchall())

    def execute(self, statement: str, **values: Any) -> Any:
        """Run a statement; a place or a value is written as `:name`."""
        return self.connection.execute(statement, {**self.places, **values})

    def all(self, statement: str) -> list[Any]:
        """Every row."""
        return list(self.execute(statement).fetchall())

    def run(self, statement: str, **values: Any) -> int:
        """Run a statement that must meet a row; how many it met."""
        met: int = self.execute(statement, **values).rowcount
        assert met > 0, statement
        return met

    def replace(self, table: str, key: str, row: Mapping[str, Any]) -> None:
        """Put a row in the place of the one that has its key, or where there is none."""
        self.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = :{name}_' for name in key.split())}", **row)
        columns = ", ".join(name.rstrip("_") for name in row)
        self.run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in row)})", **row)

    def edit(self, table: str, column: str, old: str, new: str, where: str) -> None:
        """Exchange a text within the bytes of a cell."""
        before = self.all(f"SELECT {column} FROM {table} WHERE {where}")[0][0]
        assert old.encode() in before
        self.run(
            f"UPDATE {table} SET {column} = :edited WHERE {where}", edited=before.replace(old.encode(), new.encode())
        )

    def leaf(self, place: str, seq: int) -> dict[str, Any]:
        """The leaf of an entry."""
        row = self.all(f"SELECT leaf FROM workflow_entry WHERE case_id = :{place} AND seq = {seq}")[0]
        leaf: dict[str, Any] = orjson.loads(row[0])
        return leaf

    def put(self, leaf: dict[str, Any]) -> bytes:
        """Store a leaf under its case and number, with its hash and all its columns; the hash."""
        encoded = encode({key: value for key, value in leaf.items() if value is not None})
        values = (*project(orjson.loads(encoded)), encoded, leaf_hash(encoded))
        names = [f"{name}_" for name in ENTRY_COLUMNS.split(", ")]
        self.replace("workflow_entry", "case_id seq", dict(zip(names, values, strict=True)))
        return leaf_hash(encoded)

    def relink(self, place: str) -> None:
        """Number and chain all entries of a case anew, and let its row end where they do."""
        rows = self.all(f"SELECT leaf FROM workflow_entry WHERE case_id = :{place} ORDER BY seq")
        self.run(f"DELETE FROM workflow_entry WHERE case_id = :{place}")
        digest, seq = bytes.fromhex(NO_PREVIOUS), 0
        for seq, row in enumerate(rows, 1):
            digest = self.put({**orjson.loads(row[0]), "seq": seq, "prev": digest.hex()})
        self.execute(
            f"UPDATE workflow_case SET rev = :seq, head = :digest, updated_at = :at WHERE id = :{place}",
            seq=seq,
            digest=digest,
            at=self.leaf(place, seq)["at"],
        )

    def rewrite(self, place: str, seq: int, **changes: Any) -> None:
        """Change keys of a leaf (None drops one, `from_` is `from`) and make every hash behind it fit."""
        self.put({**self.leaf(place, seq), **{key.rstrip("_"): value for key, value in changes.items()}})
        self.relink(place)

    def append(self, place: str, like: dict[str, Any], **changes: Any) -> None:
        """Add an entry to a chain, made after another leaf, everything linked and counted."""
        last = self.all(f"SELECT max(seq) FROM workflow_entry WHERE case_id = :{place}")[0][0]
        placed = {"case": self.places[place], "seq": last + 1, "at": self.leaf(place, last)["at"], "data": None}
        self.put({**like, "reason": None, **placed, **{key.rstrip("_"): value for key, value in changes.items()}})
        self.run(f"INSERT INTO workflow_pending (case_id, seq) VALUES (:{place}, {last + 1})")
        self.relink(place)

    def delete(self, place: str, *numbers: int) -> None:
        """Delete entries and all that belongs to them."""
        for seq in numbers:
            for table in ("entry", "pending", "payload"):
                self.execute(f"DELETE FROM workflow_{table} WHERE case_id = :{place} AND seq = {seq}")

    def commit(self, place: str, seq: int, body: bytes, name: str = "data") -> str:
        """Put a payload in its place with a commitment that fits; the commitment."""
        sealed = commitment(bytes(32), body)
        row = {"case_id_": self.places[place], "seq_": seq, "name_": name}
        row |= {"commitment_": sealed, "salt_": bytes(32), "body_": body}
        self.replace("workflow_payload", "case_id seq name", row)
        return sealed.hex()

    def install(self, body: bytes, *, logged: bool = True, name: str = "x", version: str = "1") -> str:
        """Store a definition under its digest, with the entry that installs it; the digest."""
        digest = hashlib.sha256(body).hexdigest()
        if logged:
            self.append("definitions", self.leaf("definitions", 1), def_=digest, subject=f"{name} {version}")
        self.run(
            "INSERT INTO workflow_definition (digest, name, version, body, seq) "
            "VALUES (:digest, :name, :version, :body, 3)",
            digest=digest,
            name=name,
            version=version,
            body=body,
        )
        return digest


class ServerHand(Hand):
    """The same on a connection of psycopg. Triggers are switched off where that is wanted, and not taken away."""

    def __init__(self, connection: Any, places: dict[str, str]) -> None:
        self.connection = connection
        self.places = places
        self.triggers = {}

    def execute(self, statement: str, **values: Any) -> Any:
        """Run a statement; values that it does not name are left out."""
        named = _NAMED.sub(lambda found: f"%({found[1]})s" if found[1] else found[0].replace("%", "%%"), statement)
        return self.connection.execute(named.encode(), {**self.places, **values})


# A name of a value, outside of texts.
_NAMED = re.compile(r"'(?:[^']|'')*'|:(\w+)")


def write(place: Path | str) -> Book:
    """Write a store in which every kind of entry stands, on a file or at an address, and close it."""
    url = place if isinstance(place, str) else f"sqlite:///{place}"
    clock = Clock()
    engine = Engine.open(
        url,
        clock=clock,
        entropy=repeatable().randbytes,
        guards={"budget": budget, "board": lambda question: question.actor.id == "zhao.min"},
    )
    cases: dict[str, str] = {}

    def refused(work: Callable[[], Any]) -> None:
        clock.move(minutes=1)
        with suppress(RefusedError):
            work()
            raise AssertionError("this was to be refused")

    def move(name: str, *args: Any, **more: Any) -> None:
        clock.move(minutes=1)
        engine.advance(cases[name], *args, **more)

    def submit(name: str, definition: str, who: Actor, data: dict[str, Any], **more: Any) -> None:
        clock.move(minutes=1)
        cases[name] = engine.submit(definition, actor=who, data=data, **more).id

    _people(engine)
    engine.install(load_text(PROPOSAL))
    engine.install(load_text(GRANT), by=Actor("wang.wei"))
    li, wang, zhao = Actor("li.na"), Actor("wang.wei"), Actor("zhao.min")

    submit("adopted", "proposal", li, {"title": "Café 换模时间缩短", "benefit": "100.00"}, key="one", reason="见附件")
    refused(lambda: engine.advance(cases["adopted"], "register", actor=li))
    move("adopted", "register", actor=wang, key="two")
    move("adopted", "return", actor=wang, reason="the figures are missing\n\x1b[31m=1+1")
    move("adopted", "register", actor=wang, at=datetime(2026, 1, 4, 9, tzinfo=UTC))
    refused(lambda: engine.advance(cases["adopted"], "return", actor=wang, reason="again"))
    refused(lambda: engine.advance(cases["adopted"], "adopt", actor=zhao, data={"score": 59}))
    refused(lambda: engine.advance(cases["adopted"], "adopt", actor=zhao, data={"score": 1.5, "title": "no"}))
    refused(lambda: engine.advance(cases["adopted"], "adpot", actor=zhao))
    refused(lambda: engine.advance(cases["adopted"], "x" * 300, actor=zhao))
    refused(lambda: engine.advance(cases["adopted"], to="nowhere" * 40, actor=zhao))
    move("adopted", "adopt", actor=zhao, data={"score": 60})
    refused(lambda: engine.advance(cases["adopted"], to="submitted", actor=zhao))
    refused(lambda: engine.advance(cases["adopted"], "adopt", actor=zhao))

    submit("rejected", "proposal", Actor("wang.wei", {"secretary"}, "li.na"), {"title": "=cmd"}, reference="OWN-1")
    move("rejected", to="rejected", actor=wang, reason="no")
    submit("waiting", "proposal", zhao, {"title": "ABC"})

    submit("large", "grant", li, {"amount": "500.00", "owner": "zhao.min", "tags": ["a", "b"], "until": "2026-12-31"})
    refused(lambda: engine.advance(cases["large"], "check", actor=wang))
    move("large", "check", actor=zhao)
    move("large", "keep", actor=li, data={"tags": "c, d"})
    refused(lambda: engine.advance(cases["large"], to="large", actor=wang))
    move("large", to="large", actor=Actor("zhao.min", {"clerk"}))
    move("large", "close", actor=zhao)
    submit("small", "grant", li, {"amount": "99999.00", "owner": "li.na"})
    refused(lambda: engine.advance(cases["small"], "check", actor=li))
    refused(lambda: engine.advance(cases["small"], to="closed", actor=li))
    refused(lambda: engine.advance(cases["small"], to="open", actor=li, data={"until": "never"}))

    refused(lambda: engine.submit("proposal", actor=li, data={"benefit": "x"}))
    refused(lambda: engine.submit("grant", actor=li, data={"amount": 5_000_000}))
    clock.move(hours=-1)
    refused(lambda: engine.submit("grant", actor=li, data={"amount": 5_000_000}, reason="once more"))
    clock.move(hours=2)

    cases.update(_import(engine))
    engine.close()
    return Book(url, {**STREAMS, **cases})


def _people(engine: Engine) -> None:
    engine.add_actor("li.na", name="Li Na")
    engine.add_actor("wang.wei", name="", roles=["secretary", "clerk"])
    engine.add_actor("zhao.min", by=Actor("wang.wei"))
    engine.grant("zhao.min", "director")
    engine.grant("li.na", "director")
    engine.revoke("li.na", "director")


def _import(engine: Engine) -> dict[str, str]:
    """Acts of the past: conforming, against the rules, with a gap, and with values that do not fit."""
    acts: list[dict[str, Any]] = [
        {"reference": "OLD-1", "to": "submitted", "data": {"title": "old", "benefit": "7"}, "actor": "li.na"},
        {"reference": "OLD-1", "from": "submitted", "to": "registered", "actor": "wang.wei", "reason": "by letter"},
        {"reference": "OLD-1", "from": "registered", "to": "adopted", "actor": "zhao.min", "data": {"score": 12}},
        {"reference": "OLD-1", "from": "submitted", "to": "adopted", "actor": "zhao.min"},
        {"reference": "OLD-1", "from": "adopted", "to": "rejected", "actor": "zhao.min", "data": {"colour": "red"}},
        {"reference": "OLD-2", "from": "registered", "to": "adopted", "actor": "zhao.min", "data": {"score": "90"}},
        {"reference": "OLD-3", "to": "adopted", "actor": "zhao.min", "for": "li.na", "data": {"benefit": "1.234"}},
    ]
    start = datetime(2020, 3, 1, tzinfo=UTC)
    lines = [
        Line(
            number, {"op": "import", "definition": "proposal", "at": (start + timedelta(days=number)).isoformat()} | act
        )
        for number, act in enumerate(acts, 1)
    ]
    results = list(engine.apply(lines, actor=Actor("wang.wei")))
    assert all(result.ok for result in results), [str(result.error) for result in results]
    return {str(result.reference).lower().replace("-", ""): str(result.case) for result in results}
