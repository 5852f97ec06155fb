"""Many commands, a line each: what a line may say, and running one inside a unit of work."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workflow.casework import Casework, Outcome
from workflow.errors import Blocker, ConflictError, InputError, NotFoundError, WorkflowError
from workflow.rules.case import Actor, Command, Contribution
from workflow.rules.procedure import Procedure
from workflow.store import statements as sql

_GIVEN = ("case", "reference", "definition", "key", "actor", "for")
# What each operation must say and may say, besides `op`.
OPERATIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "submit": (("definition",), ("reference", "data", "reason", "key", "at", "actor", "for")),
    "advance": (
        (),
        ("case", "reference", "definition", "transition", "to", "data", "reason", "key", "at", "actor", "for"),
    ),
    "vote": (("panel", "choice"), (*_GIVEN, "reason", "seat")),
    "score": (("panel", "points"), (*_GIVEN, "reason")),
    "count": (("panel", "points"), (*_GIVEN, "reason")),
    "close": (("panel",), _GIVEN),
    "link": (("link", "other"), (*_GIVEN, "reason")),
    "object": (("reason",), _GIVEN),
    "settle": (("objection", "outcome", "reason"), _GIVEN),
    "import": (("definition", "reference", "to", "at", "actor"), ("from", "data", "reason", "for")),
}

# What is said under a key, where it is not text.
_TEXT: tuple[Any, str] = (str, "text")
_WANTED: Mapping[str, tuple[Any, str]] = {
    "data": (dict, "an object"),
    "points": (dict, "an object"),
    "choice": ((str, list), "text or a list of names"),
    "objection": (int, "a number"),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)

CONTRIBUTIONS = frozenset({"vote", "score", "count", "close", "link", "object", "settle"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number, and either what it says or the error in reading it."""

    number: int
    said: Any
    error: WorkflowError | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a line."""

    line: int
    ok: bool
    case: str | None = None
    reference: str | None = None
    state: str | None = None
    error: WorkflowError | None = None
    conforms: bool | None = None
    gap: bool | None = None
    blockers: tuple[Blocker, ...] = ()
    outcome: Outcome | None = field(default=None, repr=False)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The result as the contract's JSON object."""
        plain: dict[str, Any] = {
            "line": self.line,
            "ok": self.ok,
            "case": self.case,
            "reference": self.reference,
            "state": self.state,
            "error": self.error.as_dict(lang) if self.error else None,
        }
        if self.conforms is not None:
            plain["conforms"] = self.conforms
            plain["gap"] = self.gap
            plain["blockers"] = [each.code for each in self.blockers]
        return plain


def apply_line(work: Casework, line: Line, actor: Actor | None, procedure: Callable[[str], Procedure]) -> Result:
    """Run one line, in a savepoint of its own: what it wrote before it failed is undone, and only that."""
    try:
        if line.error is not None:
            raise line.error
        request = _checked(line.said)
        with work.unit.savepoint():
            outcome = _run(work, request, actor, procedure)
    except ConflictError:
        # Another writer came first: the whole batch is done anew.
        raise
    except WorkflowError as error:
        return Result(line.number, False, error=error)
    case = outcome.case
    refused = outcome.error()
    claim = outcome.claim
    return Result(
        line.number,
        refused is None,
        case.id if case else None,
        case.reference if case else None,
        case.state if case else None,
        refused,
        claim.conforms if claim else None,
        outcome.entry.gap if claim and outcome.entry else None,
        claim.blockers if claim else (),
        outcome,
    )


def _checked(said: Any) -> Mapping[str, Any]:
    """The request, when it says what its operation takes. Raises InputError."""
    if not isinstance(said, dict):
        raise InputError("not_object", where="the line")
    op = said.get("op")
    if not isinstance(op, str) or op not in OPERATIONS:
        raise InputError("bad_operation", op=_short(op), known=", ".join(OPERATIONS))
    required, optional = OPERATIONS[op]
    for key in required:
        if said.get(key) is None:
            raise InputError("lacks", op=op, key=key)
    for key, value in said.items():
        if key not in ("op", *required, *optional):
            near = difflib.get_close_matches(key, [*required, *optional], n=1)
            raise InputError("unknown_item", op=op, key=_short(key), near=near[0] if near else "")
        wanted = _WANTED.get(key, _TEXT)
        if value is not None and (not isinstance(value, wanted[0]) or isinstance(value, bool)):
            raise InputError("wrong_item", key=key, wanted=wanted[1])
    return said


def _run(
    work: Casework, said: Mapping[str, Any], actor: Actor | None, procedure: Callable[[str], Procedure]
) -> Outcome:
    data = said.get("data") or {}
    at = parse_time(said["at"]) if said.get("at") is not None else None
    who = Actor(said["actor"], None, said.get("for")) if said.get("actor") else actor
    if who is None:
        raise InputError("lacks", op=said["op"], key="actor")
    if said["op"] == "import":
        assert at is not None
        return work.record(
            procedure(said["definition"]),
            said["reference"],
            said.get("from"),
            said["to"],
            at,
            who,
            data,
            reason=said.get("reason"),
            recorder=actor.id if actor and actor.id != who.id else None,
        )
    if said.get("actor"):
        require_known(work, who)
    more: dict[str, Any] = {"key": said.get("key"), "claimed_at": at}
    if said["op"] == "submit":
        return work.submit(
            procedure(said["definition"]), who, data, reference=said.get("reference"), reason=said.get("reason"), **more
        )
    if said["op"] in CONTRIBUTIONS:
        return work.contribute(_case(work, said), _contribution(said, who), key=said.get("key"))
    if bool(said.get("transition")) == bool(said.get("to")):
        raise InputError("lacks", op="advance", key="transition")
    command = Command(who, said.get("transition") or None, said.get("to") or None, data, said.get("reason"))
    return work.advance(_case(work, said), command, **more)


def _contribution(said: Mapping[str, Any], who: Actor) -> Contribution:
    """What a line gives to a panel, or about an objection."""
    op, reason = said["op"], said.get("reason")
    if op == "object":
        return Contribution(op, who, "notice", None, reason)
    if op == "link":
        return Contribution(op, who, said["link"], said["other"], reason)
    if op == "settle":
        return Contribution(op, who, str(said["objection"]), said["outcome"], reason)
    return Contribution(op, who, said["panel"], said.get("choice", said.get("points")), reason, said.get("seat"))


def _case(work: Casework, said: Mapping[str, Any]) -> str:
    if said.get("case") is not None:
        return str(said["case"])
    if said.get("reference") is None:
        raise InputError("lacks", op=said["op"], key="case")
    reference = said["reference"]
    if said.get("definition") is not None:
        found = work.unit.all(sql.READ_OWN_REFERENCE, reference, said["definition"])
    else:
        found = work.unit.all(sql.READ_REFERENCE, reference)
    if not found:
        raise NotFoundError("case", reference)
    if len(found) > 1:
        raise InputError("ambiguous_case", name=reference, near=", ".join(row[0] for row in found[:5]))
    return str(found[0][0])


def require_known(work: Casework, actor: Actor) -> None:
    """Raise NotFoundError unless the directory knows who acts and on whose behalf."""
    for name in actor.people:
        if work.unit.one(sql.READ_ACTOR, name) is None:
            known = [row[0] for row in work.unit.all(sql.READ_ACTORS)]
            raise NotFoundError("actor", name, difflib.get_close_matches(name, known, n=3))


def parse_time(text: str) -> datetime:
    """A moment from ISO 8601 with a zone; a day alone is its beginning in UTC. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("bad_time", given=_short(text)) from None
    if moment.tzinfo is None and _DAY.match(text):
        return moment.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise InputError("naive_time", given=_short(text))
    return moment


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
