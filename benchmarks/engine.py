"""The engine with everything on: roles, a typed condition, the chain, a salted payload, append-only triggers."""

from __future__ import annotations

from benchmarks.workload import ACTOR, COMMENT, WAYS, case_data, main
from workflow import Actor, Engine, Line, load_text

DEFINITION = "\n".join(
    [
        "workflow: bench",
        "version: 1",
        "roles: {reviewer: , manager: , owner: }",
        "fields:",
        "  title: {type: text}",
        "  score: {type: integer}",
        "  department: {type: text}",
        "  description: {type: text}",
        "states:",
        "  submitted: {initial: true}",
        "  accepted:",
        "  evaluated:",
        "  adopted:",
        "  implemented:",
        "  rewarded: {final: true}",
        "transitions:",
        *(f"  {name}: {{from: {source}, to: {to}, by: {role}, when: score >= 60}}" for name, source, to, role in WAYS),
    ]
)


class Whole:
    """One call of `advance`."""

    def __init__(self, path: str) -> None:
        self._engine = Engine.open(f"sqlite:///{path}")
        self._engine.install(load_text(DEFINITION))
        self._actors: dict[tuple[str, ...], Actor] = {}

    def open_cases(self, number: int) -> list[str]:
        lines = (Line(each, {"op": "submit", "definition": "bench", "data": case_data(each)}) for each in range(number))
        return [result.case or "" for result in self._engine.apply(lines, actor=Actor("u-1", ()))]

    def move(self, case: str, way: tuple[str, str, str, str], roles: tuple[str, ...]) -> None:
        actor = self._actors.get(roles)
        if actor is None:
            actor = self._actors[roles] = Actor(ACTOR, roles)
        self._engine.advance(case, way[0], actor=actor, reason=COMMENT)

    def outcome(self) -> tuple[int, int]:
        figures = self._engine.stats()["definitions"]["bench"]
        report = self._engine.verify()
        if not report.ok:
            raise SystemExit("the log does not check out")
        return figures["states"]["rewarded"]["cases"], figures["entries"]["advanced"]


if __name__ == "__main__":
    main(Whole)
