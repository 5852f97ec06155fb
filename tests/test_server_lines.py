"""Something between the program and its server: a line that is cut while a commit is under way, a pooler."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.between import Line, Pooler
from tests.grants import GRANT, LI, WANG, ZHAO, filed
from workflow import Engine, StoreError, load_text
from workflow import Line as Told

pytestmark = pytest.mark.databases("postgres")


def kinds(engine: Engine, case: str) -> list[str | None]:
    return [entry.transition or entry.kind for entry in engine.history(case)]


class TestCommits:
    """The line is cut while a commit is under way."""

    @pytest.fixture
    def line(self, postgres: str) -> Iterator[Line]:
        line = Line(folder_of(postgres))
        yield line
        line.close()

    @pytest.fixture
    def engine(self, url: str, line: Line) -> Iterator[Engine]:
        with Engine.open(through(url, line.host) + "&timeout=3") as engine:
            engine.install(load_text(GRANT))
            yield engine

    @pytest.mark.databases("postgres", "serializable", "partitioned")
    @pytest.mark.parametrize("cut", ["answer", "question", "late"])
    def test_what_was_asked_is_done_once(self, engine: Engine, line: Line, cut: str) -> None:
        case = filed(engine).id
        line.cut = cut
        assert engine.advance(case, "check", actor=WANG).rev == 2
        line.cut = cut
        opened = filed(engine).id
        line.cut = cut
        engine.add_actor("wang.wei")
        assert line.cuts == 3
        assert kinds(engine, case) == ["submitted", "check"]
        assert [each.id for each in engine.cases()] == [case, opened]
        assert [each.id for each in engine.actors()] == ["wang.wei"]
        assert engine.verify().ok

    @pytest.mark.parametrize("cut", ["answer", "question"])
    def test_a_batch_is_done_once(self, engine: Engine, line: Line, cut: str) -> None:
        told = [Told(at, {"op": "submit", "definition": "grant", "data": {"title": f"{at}"}}) for at in range(5)]
        told.append(Told(5, {"op": "submit", "definition": "grant", "data": {"amount": "x"}, "reference": "R"}))
        line.cut = cut
        assert [result.ok for result in engine.apply(told, actor=LI)] == [True] * 5 + [False]
        assert len(engine.cases()) == 5
        assert [entry.kind for entry in engine.log(case="intake")] == ["refused"]

    def test_what_cannot_be_told_is_said_and_the_key_makes_it_safe(self, engine: Engine, line: Line, url: str) -> None:
        case = filed(engine).id
        engine.store.pool.dispose()  # no other connection is kept that could tell
        line.cut, line.closed = "answer", True
        with pytest.raises(StoreError) as doubt:
            engine.advance(case, "check", actor=WANG, key="k")
        assert (doubt.value.code, doubt.value.exit_code) == ("in_doubt", 7)
        with Engine.open(url) as other:
            assert other.advance(case, "check", actor=WANG, key="k").state == "checked"
            assert kinds(other, case) == ["submitted", "check"]


def folder_of(postgres: str) -> Path:
    return Path(postgres.partition("host=")[2].partition("&")[0].replace("%2F", "/"))


def through(url: str, host: str) -> str:
    before, _, after = url.partition("host=")
    return f"{before}host={host}{after[after.index('&') :]}"


class TestPoolers:
    @pytest.fixture
    def pooler(self, postgres: str) -> Iterator[Pooler]:
        pooler = Pooler(folder_of(postgres), size=3)
        yield pooler
        pooler.close()

    def many(self, url: str) -> Engine:
        """Eight at once; the connections of the pooler are fewer."""
        engine = Engine.open(url)

        def work(number: int) -> None:
            for _ in range(5):
                case = filed(engine)
                engine.advance(case.id, "check", actor=WANG)
                assert engine.advance(case.id, "pay", actor=ZHAO).state == "paid"

        try:
            engine.install(load_text(GRANT))
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(work, range(8)))
        except BaseException:
            engine.close()
            raise
        return engine

    def test_with_nothing_prepared_all_works(self, pooler: Pooler, url: str) -> None:
        engine = self.many(through(url, pooler.host) + "&prepare=off")
        assert len(engine.cases(state="paid")) == 40
        assert engine.verify().ok
        engine.close()

    def test_otherwise_it_is_told_what_to_do(self, pooler: Pooler, url: str) -> None:
        with pytest.raises(StoreError) as told:
            self.many(through(url, pooler.host)).close()
        assert told.value.code == "pooled"
        assert str(told.value).endswith("add prepare=off to the URL")
