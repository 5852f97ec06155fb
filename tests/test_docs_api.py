"""The page about the Python interface: every name and parameter is documented, and the examples run."""

from __future__ import annotations

import contextlib
import inspect
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import workflow
from tests.pages import SAMPLE, codes, fence, fences, first, page, rows, sections
from tests.support import ROOT
from workflow import Actor, Engine
from workflow.log.entry import KINDS


class Base(DeclarativeBase):
    """The tables of a host."""


class Order(Base):
    """A row of a host's own."""

    __tablename__ = "shop_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str]


class TestInterface:
    def test_every_exported_name_is_documented(self) -> None:
        text = page("docs/api.md")
        tables = [name for heading in ("Values", "Errors") for name in first(sections(text)[heading])]
        called = re.findall(r"^#### `(\w+)\(", text, re.MULTILINE)
        assert sorted({*tables, *called, "Engine"}) == sorted(workflow.__all__)

    def test_every_method_of_the_engine_is_documented_with_its_parameters(self) -> None:
        said = dict(re.findall(r"^#### `(?:Engine|engine)\.(\w+)\((.*)\)`$", page("docs/api.md"), re.MULTILINE))
        there = {
            name: ", ".join(parameters(each))
            for name, each in inspect.getmembers(Engine, callable)
            if not name.startswith("_")
        }
        assert said == there

    def test_functions_are_documented_with_their_parameters(self) -> None:
        said = dict(re.findall(r"^#### `(load\w*)\((.*)\)`$", page("docs/api.md"), re.MULTILINE))
        assert said == {name: ", ".join(parameters(getattr(workflow, name))) for name in ("load", "load_text")}

    def test_values_are_documented_with_what_they_hold(self) -> None:
        said = {codes(row[0])[0]: row[1] for row in rows(sections(page("docs/api.md"))["Values"])}
        for name in ("Actor", "Case", "DefinitionRef", "Option", "Result", "Line"):
            kind = getattr(workflow, name)
            held = getattr(kind, "_fields", None) or getattr(kind, "__dataclass_fields__", {})
            hidden = {"outcome"} if name == "Result" else {"error"} if name == "Line" else set()
            assert set(held) - hidden <= set(codes(said[name])), name

    def test_the_examples_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("definitions").mkdir()
        Path("definitions/suggestion.yaml").write_text(fence(page("README.md"), "yaml"), encoding="utf-8")
        host = create_engine("sqlite:///proposals.db")
        Base.metadata.create_all(host)
        with Engine.attach("sqlite:///proposals.db") as fresh:
            fresh.upgrade()
        known: dict[str, Any] = {"host": host, "Order": Order}
        logger = logging.getLogger("workflow")
        handlers, level = list(logger.handlers), logger.level
        engine: Engine | None = None
        try:
            for each in fences(page("docs/api.md")):
                if each.lang == "python":
                    exec(compile(each.text, "api.md", "exec"), known)
                    engine = engine or known["engine"]
        finally:
            logger.handlers, logger.level = handlers, level
        assert engine is not None
        said = capsys.readouterr().out.splitlines()
        assert said == [
            "1 True submitted None",
            "separation wang.wei made the transition evaluate in this case and may not do this too somebody else",
        ]
        with Session(host) as session:
            [order] = session.query(Order).all()
        assert engine.case(order.case_id).data == {"title": "Fewer forms"}
        assert engine.verify().ok
        for each in known.values():
            if isinstance(each, Engine):
                each.close()
        engine.close()
        host.dispose()

    def test_a_host_that_rolls_back_leaves_no_case(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'proposals.db'}"
        host = create_engine(url)
        engine = Engine.open(url)
        engine.install(workflow.load_text(SAMPLE))
        with Session(host) as session, contextlib.suppress(KeyError), session.begin():
            with engine.using(session):
                engine.submit("sample", actor=Actor("li.na"))
            raise KeyError
        assert engine.cases() == []
        engine.close()
        host.dispose()

    def test_messages_of_the_log_are_documented(self) -> None:
        said = {name for row in rows(sections(page("docs/api.md"))["Logging"]) for name in codes(row[0])}
        kinds = {f"case_{kind}" for kind, (must, _) in KINDS.items() if "def" in must and "subject" not in must}
        source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow").rglob("*.py"))
        plain = set(re.findall(r"logger\.\w+\(\"(\w+)\"", source))
        assert said == kinds | plain


def parameters(function: Any) -> Iterator[str]:
    """The parameters of a function by name, with the star before those that are given by name only."""
    starred = False
    for name, each in inspect.signature(function).parameters.items():
        if name in ("self", "cls"):
            continue
        if each.kind is each.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield name
