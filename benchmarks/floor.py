"""The floor: the sqlite3 module by hand, with no library above it and no log that could be checked."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

from benchmarks.workload import ACTOR, COMMENT, PRAGMAS, case_data, main

SCHEMA = """
CREATE TABLE cases (id INTEGER PRIMARY KEY, state TEXT NOT NULL, rev INTEGER NOT NULL, updated_at TEXT NOT NULL,
                    data TEXT NOT NULL);
CREATE TABLE record (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, transition TEXT NOT NULL, source TEXT NOT NULL,
                     target TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, comment TEXT NOT NULL);
CREATE INDEX record_of_case ON record (case_id);
"""


class Floor:
    """Three statements and a commit."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        self._connection.executescript(SCHEMA)

    def open_cases(self, number: int) -> list[int]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for each in range(number):
            now = datetime.now(UTC).isoformat()
            execute(
                "INSERT INTO cases (state, rev, updated_at, data) VALUES ('submitted', 1, ?, ?)",
                (now, json.dumps(case_data(each))),
            )
        execute("COMMIT")
        return list(range(1, number + 1))

    def move(self, case: int, way: tuple[str, str, str, str], roles: tuple[str, ...]) -> None:
        name, source, target, role = way
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            state, rev, data = execute("SELECT state, rev, data FROM cases WHERE id = ?", (case,)).fetchone()
            if state != source or role not in roles or not json.loads(data)["score"] >= 60:
                raise PermissionError(name)
            now = datetime.now(UTC).isoformat()
            execute("UPDATE cases SET state = ?, rev = ?, updated_at = ? WHERE id = ?", (target, rev + 1, now, case))
            execute(
                "INSERT INTO record (case_id, transition, source, target, actor, at, comment) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (case, name, source, target, ACTOR, now, COMMENT),
            )
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise

    def outcome(self) -> tuple[int, int]:
        one = self._connection.execute
        rewarded = one("SELECT count(*) FROM cases WHERE state = 'rewarded'").fetchone()[0]
        return rewarded, one("SELECT count(*) FROM record").fetchone()[0]


if __name__ == "__main__":
    main(Floor)
