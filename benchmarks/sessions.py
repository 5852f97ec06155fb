"""Hand-written SQLModel sessions, one a transition, as an application would have them without an engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlmodel import Field, Session, SQLModel, create_engine, func, select

from benchmarks.workload import ACTOR, COMMENT, PRAGMAS, case_data, main


class Proposal(SQLModel, table=True):
    """The case."""

    id: int | None = Field(default=None, primary_key=True)
    state: str
    rev: int
    updated_at: datetime
    data: dict[str, Any] = Field(sa_type=sqlalchemy.JSON)


class Record(SQLModel, table=True):
    """What happened to it."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(index=True)
    transition: str
    source: str
    target: str
    actor: str
    at: datetime
    comment: str


class Sessions:
    """A session, a query, two rows, a commit."""

    def __init__(self, path: str) -> None:
        self._engine = create_engine(f"sqlite:///{path}")

        @sqlalchemy.event.listens_for(self._engine, "connect")
        def configure(connection: Any, _record: object) -> None:
            for pragma in PRAGMAS:
                connection.execute(pragma)

        SQLModel.metadata.create_all(self._engine)

    def open_cases(self, number: int) -> list[int]:
        now = datetime.now(UTC)
        with Session(self._engine) as session:
            session.add_all(
                [Proposal(state="submitted", rev=1, updated_at=now, data=case_data(each)) for each in range(number)]
            )
            session.commit()
            return [each for each in session.exec(select(Proposal.id)) if each is not None]

    def move(self, case: int, way: tuple[str, str, str, str], roles: tuple[str, ...]) -> None:
        name, source, target, role = way
        with Session(self._engine) as session, session.begin():
            found = session.exec(select(Proposal).where(Proposal.id == case)).one()
            if found.state != source or role not in roles or not found.data["score"] >= 60:
                raise PermissionError(name)
            now = datetime.now(UTC)
            found.state, found.rev, found.updated_at = target, found.rev + 1, now
            session.add(
                Record(
                    case_id=case, transition=name, source=source, target=target, actor=ACTOR, at=now, comment=COMMENT
                )
            )

    def outcome(self) -> tuple[int, int]:
        with Session(self._engine) as session:
            rewarded = session.exec(select(func.count()).where(Proposal.state == "rewarded")).one()
            return rewarded, session.exec(select(func.count()).select_from(Record)).one()


if __name__ == "__main__":
    main(Sessions)
