"""The tables, as SQLModel classes over metadata of our own, so that a host's metadata stays empty of them.

The migrations create them; a test keeps both equal. Rules of the layout: `case_id` stands first in every primary
key and in every unique key of what belongs to a case, nothing is numbered by the database, and an entry's columns
are a projection of its leaf, there to be searched and checked against it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column, Index, LargeBinary, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

_CLUSTERED = {"sqlite_with_rowid": False}


class _Table(SQLModel, registry=registry()):
    """Base of the tables: its metadata holds ours and nobody else's."""


METADATA = _Table.metadata


class MetaRow(_Table, table=True):
    """What is true of the whole store: its origin, the name of its log."""

    __tablename__ = "workflow_meta"
    __table_args__: ClassVar[Any] = _CLUSTERED

    name: str = Field(primary_key=True)
    value: str


class CaseRow(_Table, table=True):
    """A case as it stands: the fold of its entries, kept so that it need not be folded again."""

    __tablename__ = "workflow_case"
    __table_args__: ClassVar[Any] = (
        Index("workflow_case_by_state", "definition", "state", "id"),
        Index(
            "workflow_case_by_clock",
            "next_at",
            "id",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        _CLUSTERED,
    )

    id: str = Field(primary_key=True)
    reference: str
    definition: str
    version: str
    digest: str
    state: str
    final: int
    data: str = Field(sa_column=Column(Text, nullable=False))
    trail: str = Field(sa_column=Column(Text, nullable=False))
    submitter: str
    created_at: str
    updated_at: str
    due_at: str | None = None
    rev: int
    head: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    proceedings: str = Field(sa_column=Column(Text, nullable=False, server_default="{}"))
    next_at: str | None = None


class EntryRow(_Table, table=True):
    """One entry: the leaf that is hashed, its hash, and the columns projected from it."""

    __tablename__ = "workflow_entry"
    __table_args__: ClassVar[Any] = (
        Index("workflow_entry_by_time", "at", "case_id", "seq"),
        Index(
            "workflow_entry_key",
            "case_id",
            "key",
            unique=True,
            sqlite_where=text("key IS NOT NULL"),
            postgresql_where=text("key IS NOT NULL"),
        ),
        Index(
            "workflow_entry_nonconforming",
            "at",
            "case_id",
            "seq",
            sqlite_where=text("conforms = 0"),
            postgresql_where=text("conforms = 0"),
        ),
        _CLUSTERED,
    )

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str
    transition: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    actor: str
    acting_for: str | None = None
    via: str
    at: str
    claimed_at: str | None = None
    definition: str | None = None
    conforms: int | None = None
    key: str | None = None
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    leaf_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PayloadRow(_Table, table=True):
    """What people wrote, behind a salted commitment; salt and body are the only things that may ever be destroyed."""

    __tablename__ = "workflow_payload"
    __table_args__: ClassVar[Any] = _CLUSTERED

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    commitment: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class PendingRow(_Table, table=True):
    """An entry that waits for its place in the tree; written with the entry, so that no late commit is missed."""

    __tablename__ = "workflow_pending"
    __table_args__: ClassVar[Any] = _CLUSTERED

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)


class DefinitionRow(_Table, table=True):
    """A definition by the SHA-256 of its canonical form; `seq` is that of the entry which installed it."""

    __tablename__ = "workflow_definition"
    __table_args__: ClassVar[Any] = (Index("workflow_definition_version", "name", "version", unique=True), _CLUSTERED)

    digest: str = Field(primary_key=True)
    name: str
    version: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seq: int


class ActorRow(_Table, table=True):
    """Somebody whom the directory knows."""

    __tablename__ = "workflow_actor"
    __table_args__: ClassVar[Any] = _CLUSTERED

    id: str = Field(primary_key=True)
    name: str | None = None


class GrantRow(_Table, table=True):
    """A role that the directory grants."""

    __tablename__ = "workflow_grant"
    __table_args__: ClassVar[Any] = (Index("workflow_grant_by_role", "role", "actor"), _CLUSTERED)

    actor: str = Field(primary_key=True)
    role: str = Field(primary_key=True)


class AwardRow(_Table, table=True):
    """A line of the ledger: what somebody was paid, or (below zero) gave back. Lines are added, never edited."""

    __tablename__ = "workflow_award"
    __table_args__: ClassVar[Any] = (
        Index("workflow_award_by_time", "at", "case_id", "seq", "line"),
        Index("workflow_award_by_person", "person", "at"),
        _CLUSTERED,
    )

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    definition: str
    award: str
    person: str
    kind: str
    amount: str
    currency: str
    pool: str | None = None
    period: str | None = None
    at: str


class PoolRow(_Table, table=True):
    """What was paid out of a budget in one period: the sum of its lines, which cases of several definitions share."""

    __tablename__ = "workflow_pool"
    __table_args__: ClassVar[Any] = _CLUSTERED

    name: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    spent: str


class DelegationRow(_Table, table=True):
    """Roles that somebody lets another use for a time; `number` is that of the entry in the directory's stream."""

    __tablename__ = "workflow_delegation"
    __table_args__: ClassVar[Any] = (Index("workflow_delegation_number", "number", unique=True), _CLUSTERED)

    deputy: str = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    roles: str = Field(sa_column=Column(Text, nullable=False))
    since: str
    until: str


class LinkRow(_Table, table=True):
    """A tie between two cases, by the name of the link; `seq` is that of the entry which made it."""

    __tablename__ = "workflow_link"
    __table_args__: ClassVar[Any] = (Index("workflow_link_to", "other_id", "link", "case_id"), _CLUSTERED)

    case_id: str = Field(primary_key=True)
    link: str = Field(primary_key=True)
    other_id: str = Field(primary_key=True)
    seq: int


class MarkRow(_Table, table=True):
    """A mark on a person's record, from when until when it is in force, and the entry that put it there."""

    __tablename__ = "workflow_mark"
    __table_args__: ClassVar[Any] = _CLUSTERED

    person: str = Field(primary_key=True)
    mark: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    since: str
    until: str | None = None


class ReferenceRow(_Table, table=True):
    """The number by which people know a case; unique within the definitions of one name."""

    __tablename__ = "workflow_reference"
    __table_args__: ClassVar[Any] = _CLUSTERED

    reference: str = Field(primary_key=True)
    definition: str = Field(primary_key=True)
    case_id: str


class RequestRow(_Table, table=True):
    """The idempotency key with which a case was opened."""

    __tablename__ = "workflow_request"
    __table_args__: ClassVar[Any] = _CLUSTERED

    definition: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    case_id: str


class CounterRow(_Table, table=True):
    """The last number given out for references of one definition in one year; gaps are allowed."""

    __tablename__ = "workflow_counter"
    __table_args__: ClassVar[Any] = _CLUSTERED

    definition: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    number: int


class LeafRow(_Table, table=True):
    """The place of an entry in the tree of the whole log, counted from 0."""

    __tablename__ = "workflow_leaf"
    __table_args__: ClassVar[Any] = (Index("workflow_leaf_of_entry", "case_id", "seq", unique=True), _CLUSTERED)

    leaf_index: int = Field(primary_key=True)
    case_id: str
    seq: int


class TileRow(_Table, table=True):
    """Up to 256 hashes of one level of the tree, 32 bytes each; of a tile that grew only the widest is kept."""

    __tablename__ = "workflow_tile"
    __table_args__: ClassVar[Any] = _CLUSTERED

    level: int = Field(primary_key=True)
    index: int = Field(primary_key=True)
    width: int = Field(primary_key=True)
    bytes: Any = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(_Table, table=True):
    """What the log signed of its tree at one size."""

    __tablename__ = "workflow_checkpoint"
    __table_args__: ClassVar[Any] = _CLUSTERED

    size: int = Field(primary_key=True)
    note: str = Field(sa_column=Column(Text, nullable=False))


class CosignatureRow(_Table, table=True):
    """The line that a witness put under a checkpoint."""

    __tablename__ = "workflow_cosignature"
    __table_args__: ClassVar[Any] = _CLUSTERED

    size: int = Field(primary_key=True)
    witness: str = Field(primary_key=True)
    line: str = Field(sa_column=Column(Text, nullable=False))


class LeaseRow(_Table, table=True):
    """Who does a work that only one may do, until when; `fence` goes up each time that it changes hands."""

    __tablename__ = "workflow_lease"
    __table_args__: ClassVar[Any] = _CLUSTERED

    name: str = Field(primary_key=True)
    holder: str
    fence: int
    until: str
