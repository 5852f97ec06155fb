"""Which state leads to which, enforced by `transitions`. The one door to that library.

One machine a definition, never bound to a model: each question is put to a throw-away object that has only a
state, so nothing is shared between cases and nothing of ours is decorated. No text of a file is ever handed over as
a callback, because `transitions` would import and call it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transitions import EventData, Machine, MachineError

from workflow.definition.model import Definition


class _Position:
    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Topology:
    """The graph of one definition. What `transitions` once answered is remembered: the graph never changes."""

    def __init__(self, definition: Definition) -> None:
        self._answers: dict[tuple[str, str, int], str | None] = {}
        self._machine: Any = Machine(
            model=None,
            states=list(definition.states),
            initial=None,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )
        for name, index, way in definition.ways():
            for source in definition.sources(way):
                target = definition.target(way, source)
                self._machine.add_transition(name, source, target, conditions=[_chosen(index)])

    def move(self, state: str, transition: str, way: int) -> str | None:
        """The state that the way of that number under that name reaches from `state`; None when it leads nowhere."""
        asked = (state, transition, way)
        if asked not in self._answers:
            self._answers[asked] = self._ask(state, transition, way)
        return self._answers[asked]

    def _ask(self, state: str, transition: str, way: int) -> str | None:
        event = self._machine.events.get(transition)
        if event is None:
            return None
        position = _Position(state)
        try:
            moved = event.trigger(position, way=way)
        except (MachineError, ValueError):
            return None
        return position.state if moved else None


def _chosen(index: int) -> Callable[[EventData], bool]:
    def chosen(event: EventData) -> bool:
        return bool(event.kwargs["way"] == index)

    return chosen
