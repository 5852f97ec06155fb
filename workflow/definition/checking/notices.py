"""Public notices: that they run where they are awaited, and that somebody settles objections."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.checking.found import Found
from workflow.definition.model import ANY, Definition


def notices(definition: Definition) -> Iterator[Found]:
    """Each notice, and each way that waits for one."""
    for name, index, way in definition.ways():
        for at, awaited in enumerate(way.notice):
            notice = definition.notices.get(awaited)
            if notice is None:
                continue
            lacking = [each for each in definition.sources(way) if each not in notice.in_]
            # `*` leaves states in which nobody means to wait.
            if lacking and (way.from_ != ANY or len(lacking) == len(definition.sources(way))):
                params = {"transition": name, "notice": awaited, "state": lacking[0]}
                yield "notice_elsewhere", "error", ("transitions", name, index, "notice", at), params
    running: dict[str, str] = {}
    for name, notice in definition.notices.items():
        if notice.by and not notice.settled_by:
            yield "nobody_settles", "error", ("notices", name), {"notice": name}
        for at, state in enumerate(notice.in_):
            if (first := running.setdefault(state, name)) != name:
                params = {"notice": name, "first": first, "state": state}
                yield "two_notices", "error", ("notices", name, "in", at), params
