"""What people do in a story: one function for each kind of act. A new kind is a key of `Step` and a row of `ACTING`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from workflow.rules.case import Actor, Case
from workflow.scenarios.model import Step
from workflow.scenarios.scene import OutOfOrder, Scene

_CHOICES = ("yes", "no", "abstain", "recuse")


class Attempt(NamedTuple):
    """Something that one person tries: in words, and how it is done."""

    words: str
    make: Callable[[], Any]


Act = Callable[[Scene, Step], Iterator[Attempt]]


def attempts(scene: Scene, step: Step) -> Iterator[Attempt]:
    """What a line has people do, in order."""
    for name, act in ACTING.items():
        if getattr(step, name) is not None:
            yield from act(scene, step)


def _actors(scene: Scene, step: Step) -> Iterator[Actor]:
    for name in step.by or ():
        yield scene.actor(name, step.for_)


def _submit(scene: Scene, step: Step) -> Iterator[Attempt]:
    name = step.workflow or scene.story.definitions[0]

    def make(actor: Actor) -> Case:
        case = scene.engine.submit(name, actor=actor, data=step.submit, reason=step.reason, at=_claimed(scene, step))
        scene.about = scene.open(case.id)
        return case

    for actor in _actors(scene, step):
        yield Attempt(f"submit ({actor.id})", partial(make, actor))


def _claimed(scene: Scene, step: Step) -> datetime | None:
    return scene.moment(step.claimed) if step.claimed is not None else None


def _do(scene: Scene, step: Step) -> Iterator[Attempt]:
    case = scene.case
    names: list[str] = []
    for name in step.do or ():
        names += scene.procedure.leaving[case.state] if name == "*" else [name]
    if not names:
        raise OutOfOrder("no_way", state=case.state)
    together = [scene.named(each) for each in step.cases or ()]
    given: dict[str, Any] = {"data": step.data or None, "reason": step.reason}
    for actor in _actors(scene, step):
        for name in names:
            make: Callable[[], Any] = partial(
                scene.engine.advance, case.id, name, actor=actor, at=_claimed(scene, step), **given
            )
            if together:
                make = partial(scene.engine.advance_together, together, name, actor=actor, **given)
            yield Attempt(f"{name} ({actor.id})", make)


def _link(scene: Scene, step: Step) -> Iterator[Attempt]:
    assert step.link is not None
    other = scene.named(step.to or "")
    for actor in _actors(scene, step):
        make = partial(scene.engine.link, scene.case_id, step.link, other, actor=actor, reason=step.reason)
        yield Attempt(f"link {step.link} ({actor.id})", make)


def _vote(scene: Scene, step: Step) -> Iterator[Attempt]:
    assert step.vote is not None
    said: list[tuple[str, Any]] = []
    if step.choice is not None:
        choice = step.choice if isinstance(step.choice, str) else list(step.choice)
        said += [(name, choice) for name in step.by or ()]
    for each in _CHOICES:
        said += [(name, each) for name in getattr(step, each) or ()]
    for name, choice in said:
        make = partial(
            scene.engine.vote,
            scene.case_id,
            step.vote,
            choice,
            actor=scene.actor(name, step.for_),
            reason=step.reason,
            seat=step.seat,
        )
        yield Attempt(f"vote {step.vote} ({name})", make)


def _score(scene: Scene, step: Step) -> Iterator[Attempt]:
    assert step.score is not None
    for actor in _actors(scene, step):
        make = partial(
            scene.engine.score, scene.case_id, step.score, step.points or {}, actor=actor, reason=step.reason
        )
        yield Attempt(f"score {step.score} ({actor.id})", make)


def _count(scene: Scene, step: Step) -> Iterator[Attempt]:
    assert step.count is not None
    for actor in _actors(scene, step):
        make = partial(
            scene.engine.count, scene.case_id, step.count, step.numbers or {}, actor=actor, reason=step.reason
        )
        yield Attempt(f"count {step.count} ({actor.id})", make)


def _close(scene: Scene, step: Step) -> Iterator[Attempt]:
    assert step.close is not None
    for actor in _actors(scene, step):
        make = partial(scene.engine.close_panel, scene.case_id, step.close, actor=actor)
        yield Attempt(f"close {step.close} ({actor.id})", make)


def _object(scene: Scene, step: Step) -> Iterator[Attempt]:
    for actor in _actors(scene, step):
        make = partial(scene.engine.object, scene.case_id, actor=actor, reason=step.object_ or "")
        yield Attempt(f"object ({actor.id})", make)


def _settle(scene: Scene, step: Step) -> Iterator[Attempt]:
    for actor in _actors(scene, step):
        make = partial(
            scene.engine.settle,
            scene.case_id,
            step.settle or 0,
            upheld=bool(step.upheld),
            actor=actor,
            reason=step.reason or "",
        )
        yield Attempt(f"settle {step.settle} ({actor.id})", make)


def _grant(scene: Scene, step: Step) -> Iterator[Attempt]:
    for person, roles in (step.grant or {}).items():
        for role in roles:
            yield Attempt(f"grant {role} ({person})", partial(scene.engine.grant, person, role))


def _revoke(scene: Scene, step: Step) -> Iterator[Attempt]:
    for person, roles in (step.revoke or {}).items():
        for role in roles:
            yield Attempt(f"revoke {role} ({person})", partial(scene.engine.revoke, person, role))


def _guards(scene: Scene, step: Step) -> Iterator[Attempt]:
    yield Attempt("guards", partial(scene.answers.update, step.guards or {}))


ACTING: Mapping[str, Act] = {
    "submit": _submit,
    "do": _do,
    "link": _link,
    "vote": _vote,
    "score": _score,
    "count": _count,
    "close": _close,
    "object_": _object,
    "settle": _settle,
    "grant": _grant,
    "revoke": _revoke,
    "guards": _guards,
}
