"""The page about the audit log: its example recomputes, its tables are those of the program."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import workflow
from tests.pages import codes, fence, page, rows, sections, set_up_suggestions
from tests.support import run
from workflow import Actor, Engine
from workflow.log import entry as log
from workflow.office import ENGINE


class TestLog:
    def test_the_worked_example_recomputes(self, tmp_path: Path) -> None:
        text = sections(page("docs/audit-log.md"))["A worked example"]
        (tmp_path / "leaf.json").write_text(fence(text, "json"), encoding="utf-8")
        program = fence(text, "python")
        assert len([line for line in program.splitlines() if line]) == 6
        done = subprocess.run(
            [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=True
        )
        assert done.stdout.decode() == fence(text, "text")

    def test_the_worked_example_is_what_the_engine_writes(self) -> None:
        text = sections(page("docs/audit-log.md"))["A worked example"]
        clock = iter([datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (8, 8, 8, 9)])
        engine = Engine.open("sqlite://", clock=lambda: next(clock), entropy=lambda count: bytes(range(count)))
        engine.install(workflow.load_text(fence(text, "yaml")))
        case = engine.submit("suggestion", actor=Actor("li.na"), data={"title": "Shorter changeover"})
        office = Actor("wang.wei", roles={"office"})
        engine.advance(case.id, "evaluate", actor=office, data={"saving": "1200"}, reason="As measured.")
        with engine.store.reading() as unit:
            [leaf] = unit.one("SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = 2", case.id)
            [salt, body] = unit.one("SELECT salt, body FROM workflow_payload WHERE seq = 2 AND name = 'data'")
        # The id of a case is made of the time and of chance; `prev` hangs on it.
        drawn = {name: json.loads(leaf)[name] for name in ("case", "prev")}
        assert json.loads(leaf) == {**json.loads(fence(text, "json")), **drawn, "engine": ENGINE}
        assert log.encode(json.loads(fence(text, "json"))) == fence(text, "json").strip().encode()
        assert (salt, body) == (bytes(range(32)), b'{"saving":"1200.00"}')
        engine.close()

    def test_kinds_and_their_keys(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["Kinds"])
        said = {codes(row[0])[0]: (set(codes(row[1])), set(codes(row[2]))) for row in found if len(row) == 4}
        assert said == {kind: (set(must), set(may)) for kind, (must, may) in log.KINDS.items()}
        explained = {name for row in found if len(row) == 2 for name in codes(row[0])}
        named_by_kinds = {name for must, may in log.KINDS.values() for name in (*must, *may)}
        assert named_by_kinds - explained - {"claimed", "schema", "format", "count"} == set()

    def test_keys_of_every_leaf(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["The leaf"].split("\n### ")[0])
        said = [codes(row[0])[0] for row in found]
        assert said == [*log._EVERY, "data", "reason", "claimed", "after"]
        assert set(said[len(log._EVERY) :]) == set(log._MAY)

    def test_streams(self) -> None:
        found = rows(sections(page("docs/audit-log.md"))["Streams"])
        assert {codes(row[0])[0]: codes(row[1])[0] for row in found} == dict(log.STREAMS)

    def test_the_check_of_chains_needs_no_program_of_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        set_up_suggestions()
        assert run("--as", "li.na", "submit", "suggestion", "--set", "title=Fewer forms").code == 0
        assert run("--as", "li.na", "submit", "suggestion").code == 3
        program = fence(sections(page("docs/audit-log.md"))["The chain"], "python")

        def check() -> tuple[int, str]:
            words = [sys.executable, "-I", "-c", program, "workflow.db"]
            done = subprocess.run(words, capture_output=True, timeout=60, check=False)
            return done.returncode, (done.stdout + done.stderr).decode()

        assert check() == (0, "9 entries, 5 chains\n")
        with contextlib.closing(sqlite3.connect("workflow.db")) as store:
            store.execute("DROP TRIGGER workflow_entry_no_update")
            changed = """CAST(replace(leaf, '"wang.wei"', '"sun.li"') AS BLOB)"""
            store.execute(f"UPDATE workflow_entry SET leaf = {changed} WHERE seq = 2")
            store.commit()
        assert check() == (1, f"broken at {log.STREAMS['directory']}/2\n")
