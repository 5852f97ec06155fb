"""What the store asks of a database. The answers stand in `sqlite.py` and `postgres.py`, in one place for each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Pool
from sqlalchemy.engine import URL

from workflow.errors import WorkflowError
from workflow.store.unit import Unit


class Dialect(ABC):
    """A kind of database, with the options that the URL of a store gives.

    `patience` is for how many seconds a transaction that another writer was in the way of is begun again; 0 where the
    database itself lets writers wait for each other.
    """

    name: str
    unit: type[Unit]
    patience: float = 0.0

    @abstractmethod
    def pool(self, url: URL) -> Pool:
        """A pool of our own. Raises ValueError or ArgumentError for a URL that cannot be one."""

    @abstractmethod
    def work(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """A unit of work on a pooled connection, which has begun nothing yet."""

    @abstractmethod
    def join(self, connection: Any, entropy: Callable[[int], bytes]) -> Unit:
        """A unit of work inside the transaction of a host, on its pooled connection.

        Raises InputError when the connection has no transactions.
        """

    @abstractmethod
    def give_back(self, connection: Any) -> None:
        """Leave a pooled connection of the host's as it was found."""

    @abstractmethod
    def usable(self, connection: Any) -> bool:
        """Whether a pooled connection can be used for another transaction."""

    @abstractmethod
    def lost(self, raised: BaseException) -> bool:
        """Whether the connection is gone, so that what was not committed never will be."""

    @abstractmethod
    def error(self, raised: BaseException, name: str) -> WorkflowError:
        """What the driver raised, as an error of ours. `name` is that of the store."""

    @abstractmethod
    def begin_upgrade(self, connection: Any) -> None:
        """Begin a transaction that changes the tables, while nobody else does, on a SQLAlchemy connection."""

    @abstractmethod
    def examine(self, unit: Unit) -> dict[str, Any]:
        """What the database says of itself: version and settings."""

    def composer(self, pool: Pool) -> Any:
        """The SQLAlchemy dialect by which composed queries are written, with `?` for a value."""
        return pool.dialect

    @abstractmethod
    def prepare(self, cursor: Any) -> None:
        """Settings that a database of ours keeps, once it is known to be ours."""

    def path(self, url: URL) -> Path | None:
        """The file in which the store is, where it is in one."""
        return None
