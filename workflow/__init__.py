"""A workflow engine for reviewing proposals, with an audit log that needs no trust.

    from workflow import Actor, Engine

    engine = Engine.open("sqlite:///proposals.db")
    engine.install("definitions/rationalization-proposal.yaml")
    proposal = {"title": "Shorter changeover", "problem": "47 minutes", "measure": "One locating base"}
    case = engine.submit("rationalization-proposal", actor=Actor("li.na"), data=proposal)
    case = engine.advance(case.id, "register", actor=Actor("wang.wei", roles={"secretary"}))

The names below are the whole public interface; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.batch import Line, Result
    from workflow.definition.loading import load, load_text
    from workflow.definition.model import Definition
    from workflow.engine import Engine
    from workflow.errors import (
        Blocker,
        ConflictError,
        DefinitionError,
        Finding,
        InputError,
        IntegrityError,
        NotFoundError,
        Problem,
        RefusedError,
        StoreError,
        UnknownTransitionError,
        WorkflowError,
    )
    from workflow.rules.case import Actor, Case, DefinitionRef, Option
    from workflow.rules.procedure import Question
    from workflow.rules.record import Entry

__version__ = "0.1.0"

_HOMES = {
    "Actor": "workflow.rules.case",
    "Blocker": "workflow.errors",
    "Case": "workflow.rules.case",
    "ConflictError": "workflow.errors",
    "Definition": "workflow.definition.model",
    "DefinitionError": "workflow.errors",
    "DefinitionRef": "workflow.rules.case",
    "Engine": "workflow.engine",
    "Entry": "workflow.rules.record",
    "Finding": "workflow.errors",
    "InputError": "workflow.errors",
    "IntegrityError": "workflow.errors",
    "Line": "workflow.batch",
    "NotFoundError": "workflow.errors",
    "Option": "workflow.rules.case",
    "Problem": "workflow.errors",
    "Question": "workflow.rules.procedure",
    "RefusedError": "workflow.errors",
    "Result": "workflow.batch",
    "StoreError": "workflow.errors",
    "UnknownTransitionError": "workflow.errors",
    "WorkflowError": "workflow.errors",
    "load": "workflow.definition.loading",
    "load_text": "workflow.definition.loading",
}

__all__ = [
    "Actor",
    "Blocker",
    "Case",
    "ConflictError",
    "Definition",
    "DefinitionError",
    "DefinitionRef",
    "Engine",
    "Entry",
    "Finding",
    "InputError",
    "IntegrityError",
    "Line",
    "NotFoundError",
    "Option",
    "Problem",
    "Question",
    "RefusedError",
    "Result",
    "StoreError",
    "UnknownTransitionError",
    "WorkflowError",
    "load",
    "load_text",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'workflow' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
