"""A unit of work: everything that one transaction reads and writes, on the driver's cursor.

When the transaction begins and ends is for `workflow.store.database` to say, or for the host whose session it runs in.
What only one database does stands in `workflow.store.sqlite` and `workflow.store.postgres`.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson

from workflow.errors import ConflictError, InputError, StoreError
from workflow.log.entry import (
    NO_PREVIOUS,
    SALT_BYTES,
    Malformed,
    commitment,
    decode,
    encode,
    leaf_hash,
    time_of,
    time_text,
)
from workflow.rules.case import Case, DefinitionRef, Track
from workflow.rules.proceedings import NOTHING, read
from workflow.rules.record import Entry, read_entry
from workflow.store import statements as sql

_PAGE = 500


def project(leaf: Mapping[str, Any]) -> tuple[Any, ...]:
    """The columns of an entry as its leaf gives them, in the order of `ENTRY_COLUMNS` without the leaf and its hash."""
    who = leaf["actor"]
    conforms = leaf.get("conforms")
    return (
        leaf["case"],
        leaf["seq"],
        leaf["kind"],
        leaf.get("trigger"),
        leaf.get("from"),
        leaf.get("to"),
        who["id"],
        who.get("for"),
        who["via"],
        leaf["at"],
        leaf.get("claimed"),
        leaf.get("def"),
        None if conforms is None else int(conforms),
        leaf.get("key"),
    )


def plain_trail(trail: Mapping[str, Track]) -> str:
    """Who made which transition how often, as the case row holds it."""
    return orjson.dumps({name: (times, *people) for name, (times, people) in trail.items()}).decode()


class Unit(ABC):
    """Reads and writes within one transaction. `entropy` gives the random bytes of the salts.

    `last` is the entry that was appended last, as its case, seq and hash: by it the outcome of a commit can be told
    whose answer was lost.
    """

    __slots__ = ("_cursor", "_entropy", "last")

    # What the driver raises, and of that, what it raises when a unique key is taken.
    failures: ClassVar[tuple[type[Exception], ...]]
    taken: ClassVar[type[Exception]]

    def __init__(self, cursor: Any, entropy: Callable[[int], bytes]) -> None:
        self._cursor = cursor
        self._entropy = entropy
        self.last: tuple[str, int, bytes] | None = None

    @abstractmethod
    def begin(self, *, writing: bool) -> None:
        """Begin the transaction; one that only reads sees everything as it is at one moment."""

    @abstractmethod
    def commit(self) -> None:
        """End the transaction and keep what it did."""

    @abstractmethod
    def tables(self) -> set[str]:
        """The names of the tables that a statement finds without saying where they are."""

    @abstractmethod
    def holds(self, table: str) -> bool:
        """Whether there is such a table."""

    @abstractmethod
    def one(self, statement: str, *values: Any) -> Any:
        """The first row, or None."""

    @abstractmethod
    def all(self, statement: str, *values: Any) -> list[Any]:
        """Every row."""

    @abstractmethod
    def raw(self, statement: str, *values: Any) -> list[Any]:
        """Every row, whatever stands in it: bytes of a text that are not UTF-8 come as lone surrogates.

        Raises StoreError when the database fails; the transaction goes on.
        """

    @abstractmethod
    def run(self, statement: str, *values: Any) -> int:
        """Run a statement and say how many rows it changed."""

    def run_many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement once for each row of values. Raises ConflictError when a place is taken already."""
        for row in rows:
            self._insert(statement, *row)

    @contextlib.contextmanager
    def savepoint(self, *, keep: bool = True) -> Iterator[None]:
        """A part of the transaction that is undone on its own when the block raises, or always with `keep=False`."""
        before = self.last
        self.run("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._undo(before)
            raise
        if keep:
            self.run("RELEASE part")
        else:
            self._undo(before)

    def undo_all(self) -> None:
        """Roll the whole transaction back, where it is still there: a full disk ends it on its own."""
        with contextlib.suppress(*self.failures):
            self.run("ROLLBACK")

    def _undo(self, before: tuple[str, int, bytes] | None) -> None:
        self.last = before
        # A full disk may have ended the whole transaction already; the error that brought us here matters more.
        with contextlib.suppress(*self.failures):
            self.run("ROLLBACK TO part")
            self.run("RELEASE part")

    def schema(self) -> str | None:
        """The version of our schema that the database holds; None when it holds none."""
        if not self.holds("workflow_schema"):
            return None
        row = self.one("SELECT version_num FROM workflow_schema")
        return None if row is None else str(row[0])

    def origin(self) -> str | None:
        """The name of the log that the database holds; None when it holds none."""
        row = self.one(sql.READ_ORIGIN) if self.holds("workflow_meta") else None
        return None if row is None else str(row[0])

    def case(self, case_id: str) -> Case | None:
        """The case of that id as it stands."""
        row = self.one(sql.READ_CASE, case_id)
        return None if row is None else read_case(row)

    def open_case(self, case: Case) -> None:
        """Write the row of a new case."""
        self._insert(sql.OPEN_CASE, *case_values(case))

    def move_case(self, before: Case, case: Case) -> None:
        """Write what an entry changed; the revision before it must still be the stored one."""
        data = case.data
        moved = (
            case.state,
            int(case.final),
            plain_trail(case.trail),
            time_text(case.updated_at),
            time_text(case.due_at) if case.due_at else None,
            case.rev,
            case.head,
            case.id,
            before.rev,
        )
        if case.proceedings is not before.proceedings or case.next_at != before.next_at:
            more = (orjson.dumps(data).decode(), *_proceedings(case))
            changed = self.run(sql.MOVE_CASE_WITH_ALL, *more, *moved)
        elif data is before.data:
            changed = self.run(sql.MOVE_CASE, *moved)
        else:
            changed = self.run(sql.MOVE_CASE_WITH_DATA, orjson.dumps(data).decode(), *moved)
        if changed != 1:
            raise ConflictError("stale", case=case.id)

    def touch_case(self, case: Case) -> None:
        """Write that an entry was added which changed neither state nor data (a refusal)."""
        if self.run(sql.TOUCH_CASE, time_text(case.updated_at), case.rev, case.head, case.id, case.rev - 1) != 1:
            raise ConflictError("stale", case=case.id)

    def head(self, stream: str) -> tuple[int, str, datetime | None]:
        """The last entry of a chain: its seq, its hash in hex and its time; `(0, 64 zeros, None)` before the first."""
        row = self.one(sql.READ_HEAD, stream)
        return (0, NO_PREVIOUS, None) if row is None else (row[0], row[1].hex(), time_of(row[2]))

    def append(self, leaf: dict[str, Any], payloads: Mapping[str, bytes]) -> bytes:
        """Append an entry with its payloads and give back its hash. The commitments are added to `leaf`."""
        rows = []
        for name, body in payloads.items():
            salt = self._entropy(SALT_BYTES)
            sealed = commitment(salt, body)
            leaf[name] = sealed.hex()
            rows.append((leaf["case"], leaf["seq"], name, sealed, salt, body))
        try:
            encoded = encode(leaf)
        except Malformed as error:
            raise InputError("leaf_too_large", problem=str(error)) from None
        digest = leaf_hash(encoded)
        self._insert(sql.APPEND_ENTRY, *project(leaf), encoded, digest)
        for row in rows:
            self._insert(sql.APPEND_PAYLOAD, *row)
        self._insert(sql.APPEND_PENDING, leaf["case"], leaf["seq"])
        self.last = (leaf["case"], leaf["seq"], digest)
        return digest

    def occupy(self, case_id: str, seq: int) -> None:
        """Take the place of an entry, to be rolled back: raises ConflictError when it is or comes to be taken."""
        self._insert(sql.OCCUPY_ENTRY, case_id, seq, b"", b"")

    def entries(self, case_id: str, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """The entries of one chain in order, with their payloads. Raises StoreError where one cannot be read."""
        while True:
            rows = self.all(sql.READ_LEAVES, case_id, after, _PAGE)
            if not rows:
                return
            bodies: dict[tuple[int, str], bytes | None] = {
                (seq, name): body for seq, name, body in self.all(sql.READ_PAYLOADS, case_id, after, rows[-1][0])
            }
            for seq, leaf, digest in rows:
                if until is not None and seq > until:
                    return
                yield compose(case_id, seq, leaf, digest, bodies.get((seq, "data")), bodies.get((seq, "reason")))
                after = seq

    def _insert(self, statement: str, *values: Any) -> None:
        try:
            self.run(statement, *values)
        except self.taken as error:
            # The unique keys are the last line against two writers of one place.
            raise ConflictError("stale", case=str(values[0])) from error


def compose(case_id: str, seq: int, leaf: bytes, digest: bytes, data: bytes | None, reason: bytes | None) -> Entry:
    """The entry that a stored leaf and its payload bodies make. Raises StoreError when they are damaged."""
    try:
        return read_entry(
            decode(leaf),
            digest,
            orjson.loads(data) if data is not None else None,
            orjson.loads(reason) if reason is not None else None,
        )
    except (Malformed, orjson.JSONDecodeError) as error:
        raise StoreError("damaged_case", case=f"{case_id}/{seq}", problem=str(error)) from None


def case_values(case: Case) -> tuple[Any, ...]:
    """A case as its row holds it, in the order of `CASE_COLUMNS`."""
    return (
        case.id,
        case.reference,
        case.definition.name,
        case.definition.version,
        case.definition.digest,
        case.state,
        int(case.final),
        orjson.dumps(case.data).decode(),
        plain_trail(case.trail),
        case.submitter,
        time_text(case.created_at),
        time_text(case.updated_at),
        time_text(case.due_at) if case.due_at else None,
        case.rev,
        case.head,
        *_proceedings(case),
    )


def _proceedings(case: Case) -> tuple[str, str | None]:
    plain = orjson.dumps(case.proceedings.plain()).decode() if case.proceedings is not NOTHING else "{}"
    return plain, time_text(case.next_at) if case.next_at else None


def read_case(row: Any) -> Case:
    """A row of `CASE_COLUMNS` as a case. Raises StoreError when the row was damaged."""
    try:
        return Case(
            row[0],
            row[1],
            DefinitionRef(row[2], row[3], row[4]),
            row[5],
            bool(row[6]),
            orjson.loads(row[7]),
            row[9],
            time_of(row[10]),
            time_of(row[11]),
            row[13],
            row[14],
            {name: Track(each[0], tuple(each[1:])) for name, each in orjson.loads(row[8]).items()},
            time_of(row[12]) if row[12] else None,
            False,
            NOTHING if row[15] == "{}" else read(orjson.loads(row[15])),
            time_of(row[16]) if row[16] else None,
        )
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise StoreError("damaged_case", case=str(row[0]), problem=str(error)) from None
