"""Destroying what people wrote: payload and salt go, an entry says which and why, and every hash stays as it was."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from workflow.audit.erasure import payload_place
from workflow.errors import ConflictError, InputError, NotFoundError
from workflow.log.entry import STREAM_NAMES, STREAMS
from workflow.office import Office
from workflow.rules.case import Actor
from workflow.store import statements as sql
from workflow.store.unit import Unit


def erase(
    unit: Unit,
    office: Office,
    case: str,
    seq: int,
    by: Actor,
    reason: str,
    *,
    payloads: Collection[str] = (),
    basis: str | None = None,
    approved: str | None = None,
) -> list[str]:
    """Destroy payloads of an entry, all that are left unless some are named; which ones were destroyed.

    One entry of the stream `store` for each. Raises NotFoundError without such an entry, InputError when nothing is
    left to destroy.
    """
    if unit.one(sql.READ_HASH, case, seq) is None:
        raise NotFoundError("entry", f"{case}/{seq}")
    left = [row[0] for row in unit.all(sql.READ_SALTED, case, seq) if not payloads or row[0] in payloads]
    if not left:
        raise InputError("nothing_to_erase", entry=f"{case}/{seq}")
    if case in STREAM_NAMES:
        if case == STREAMS["directory"] and "data" in left:
            _forget_name(unit, case, seq)
    elif "data" in left:
        _forget_fields(unit, case, seq)
    for name in left:
        said = {"subject": payload_place(case, seq, name), "basis": basis, "approved": approved}
        more = {key: value for key, value in said.items() if value}
        office.append_to(unit, "store", "erased", by, {"reason": orjson.dumps(reason)}, **more)
        unit.run(sql.DESTROY_PAYLOAD, case, seq, name)
    return left


def _forget_name(unit: Unit, case: str, seq: int) -> None:
    entry = next(unit.entries(case, after=seq - 1))
    unit.run(sql.FORGET_NAME, entry.subject)


def _forget_fields(unit: Unit, case_id: str, seq: int) -> None:
    """The case holds the last value of each field; those that came from this entry go from there too.

    An older value does not come back: it is not what the field holds any more.
    """
    case = unit.case(case_id)
    if case is None:
        return
    writers: dict[str, int] = {}
    for entry in unit.entries(case_id):
        if entry.kind != "refused":
            writers.update(dict.fromkeys(entry.data or (), entry.seq))
    left = {name: value for name, value in case.data.items() if writers.get(name) != seq}
    if unit.run(sql.FORGET_FIELDS, orjson.dumps(left).decode(), case_id, case.rev) != 1:
        raise ConflictError("stale", case=case_id)
