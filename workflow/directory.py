"""People and definitions inside one unit of work: who may do what, what can be opened. Every change is an entry."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from workflow.definition.loading import find_file, names_in
from workflow.definition.model import Definition
from workflow.errors import InputError, NotFoundError
from workflow.log.entry import time_of, time_text
from workflow.office import UNNAMED, Office, checked_actor, checked_text, checked_time
from workflow.rules.case import Actor, DefinitionRef
from workflow.store import statements as sql
from workflow.store.unit import Unit

_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the directory knows."""

    id: str
    name: str | None
    roles: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"id": self.id, "name": self.name, "roles": list(self.roles)}


@dataclass(frozen=True, slots=True)
class Delegation:
    """Roles that a person lets a deputy use, from `since` until before `until`, by its number in the directory."""

    number: int
    principal: str
    deputy: str
    roles: tuple[str, ...]
    since: datetime
    until: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "number": self.number,
            "from": self.principal,
            "to": self.deputy,
            "roles": list(self.roles),
            "since": time_text(self.since),
            "until": time_text(self.until),
        }


class Directory:
    """The people of a store. `by` is who makes the change."""

    def __init__(self, unit: Unit, office: Office, by: Actor | None = None) -> None:
        self._unit = unit
        self._office = office
        self._by = Actor(checked_actor(by).id, by.roles or ()) if by else UNNAMED

    def add(self, actor: str, name: str | None = None, roles: tuple[str, ...] = ()) -> Person:
        """Make somebody known. Raises InputError when the id is known already."""
        checked_actor(Actor(actor))
        name = checked_text(name, 200, code="bad_name") or None
        for role in roles:
            _checked_role(role)
        if self._unit.one(sql.READ_ACTOR, actor):
            raise InputError("actor_exists", name=actor)
        payloads = {"data": orjson.dumps({"name": name})} if name else {}
        self._append("actor_added", payloads, subject=actor)
        self._unit.run(sql.ADD_ACTOR, actor, name)
        for role in roles:
            self.grant(actor, role)
        return self.find(actor)

    def grant(self, actor: str, role: str) -> Person:
        """Give somebody a role; nothing happens when they have it."""
        person = self.find(actor)
        if _checked_role(role) not in person.roles:
            self._append("role_granted", {}, subject=actor, role=role)
            self._unit.run(sql.ADD_GRANT, actor, role)
        return self.find(actor)

    def revoke(self, actor: str, role: str) -> Person:
        """Take a role away. Raises NotFoundError when they do not have it."""
        person = self.find(actor)
        if role not in person.roles:
            near = difflib.get_close_matches(role, person.roles, n=1)
            raise NotFoundError("role", role, near, subject=actor)
        self._append("role_revoked", {}, subject=actor, role=role)
        self._unit.run(sql.DROP_GRANT, actor, role)
        return self.find(actor)

    def delegate(
        self,
        principal: str,
        deputy: str,
        roles: tuple[str, ...],
        since: datetime | None,
        until: datetime,
        reason: str | None = None,
    ) -> Delegation:
        """Let a deputy use roles of a person for a time; without roles, all that the person has now.

        Only what the directory grants to the person can be passed on, so no deputy has a deputy.
        """
        passed = self._passed(principal, deputy, roles)
        now = self._office.now()
        begin, end = checked_time(since) or now, checked_time(until) or now
        if end <= begin or end <= now:
            raise InputError("bad_period", since=time_text(begin), until=time_text(end))
        said = {"since": time_text(begin), "until": time_text(end)}
        number = self._append(
            "delegated", _because(reason), subject=principal, receiver=deputy, passed=list(passed), **said
        )
        names = orjson.dumps(passed).decode()
        self._unit.run(sql.ADD_DELEGATION, number, principal, deputy, names, said["since"], said["until"])
        return Delegation(number, principal, deputy, passed, begin, end)

    def revoke_delegation(self, number: int, reason: str | None = None) -> Delegation:
        """End a delegation before its time. Raises NotFoundError when there is none of that number."""
        row = self._unit.one(sql.READ_DELEGATION, number)
        if row is None:
            raise NotFoundError("delegation", str(number))
        self._append("delegation_revoked", _because(reason), subject=row[1], number=number)
        self._unit.run(sql.DROP_DELEGATION, number)
        return _delegation(row)

    def hand_over(
        self, actor: str, receiver: str, roles: tuple[str, ...] = (), reason: str | None = None
    ) -> tuple[Person, Person]:
        """Move roles from one person to another for good; without roles, all of them. Both people as they are then."""
        passed = self._passed(actor, receiver, roles)
        if not passed:
            raise InputError("no_roles", name=actor)
        self._append("handed_over", _because(reason), subject=actor, receiver=receiver, passed=list(passed))
        held = self.find(receiver).roles
        for role in passed:
            self._unit.run(sql.DROP_GRANT, actor, role)
            if role not in held:
                self._unit.run(sql.ADD_GRANT, receiver, role)
        return self.find(actor), self.find(receiver)

    def delegations(self, actor: str | None = None) -> list[Delegation]:
        """Every delegation that was not revoked, of everybody or of one person on either side."""
        found = [_delegation(row) for row in self._unit.all(sql.READ_DELEGATIONS)]
        return [each for each in found if actor in (None, each.principal, each.deputy)]

    def _passed(self, actor: str, receiver: str, roles: tuple[str, ...]) -> tuple[str, ...]:
        """The roles that go from one person to another. Raises NotFoundError for one that the first does not have."""
        person = self.find(actor)
        if self.find(receiver).id == person.id:
            raise InputError("same_person", name=actor)
        for role in roles:
            if role not in person.roles:
                near = difflib.get_close_matches(role, person.roles, n=1)
                raise NotFoundError("role", role, near, subject=actor)
        return tuple(each for each in person.roles if not roles or each in roles)

    def find(self, actor: str) -> Person:
        """Somebody by id. Raises NotFoundError with ids that come close."""
        row = self._unit.one(sql.READ_ACTOR, actor)
        if row is None:
            known = [each[0] for each in self._unit.all(sql.READ_ACTORS)]
            raise NotFoundError("actor", actor, difflib.get_close_matches(actor, known, n=3))
        return Person(row[0], row[1], tuple(each[0] for each in self._unit.all(sql.READ_GRANTS, actor)))

    def all(self) -> list[Person]:
        """Everybody, by id."""
        roles: dict[str, list[str]] = {}
        for actor, role in self._unit.all(sql.READ_ALL_GRANTS):
            roles.setdefault(actor, []).append(role)
        rows = self._unit.all(sql.READ_ACTORS)
        return [Person(row[0], row[1], tuple(roles.get(row[0], ()))) for row in rows]

    def _append(self, kind: str, payloads: Mapping[str, bytes], **more: Any) -> int:
        return self._office.append_to(self._unit, "directory", kind, self._by, payloads, **more)


class Library:
    """The definitions of a store."""

    def __init__(self, unit: Unit, office: Office, by: Actor | None = None) -> None:
        self._unit = unit
        self._office = office
        self._by = Actor(checked_actor(by).id, by.roles or ()) if by else UNNAMED

    def install(
        self, definition: Definition, source: str = "", bases: Mapping[str, str] | None = None
    ) -> DefinitionRef:
        """Make a definition the one that new cases keep; installing the newest again changes nothing.

        `source` is the text of its file, kept with the entry, and `bases` are the texts on which a variant rests.
        Raises InputError when this version is installed with another text.
        """
        ref = DefinitionRef(definition.workflow, definition.version, definition.digest)
        found = self._unit.one(sql.READ_VERSION, ref.name, ref.version)
        if found is not None:
            if found[0] != ref.digest:
                raise InputError("definition_other", name=ref.name, version=ref.version)
            return ref
        texts = {"source": source, **({"bases": bases} if bases else {})}
        seq = self._office.append_to(
            self._unit,
            "definitions",
            "definition_installed",
            self._by,
            {"data": orjson.dumps(texts)} if source else {},
            subject=f"{ref.name} {ref.version}",
            **{"def": ref.digest},
        )
        self._unit.run(sql.ADD_DEFINITION, ref.digest, ref.name, ref.version, definition.canonical, seq)
        return ref

    def file(self, name: str, folders: Iterable[Path]) -> Path:
        """The file of that name in one of the folders. Raises NotFoundError with names that come close."""
        folders = tuple(folders)
        path = find_file(name, folders)
        if path is not None:
            return path
        known = [*(ref.name for ref in self.all()), *names_in(folders)]
        near = difflib.get_close_matches(name, dict.fromkeys(known), n=3, cutoff=0.5)
        raise NotFoundError("definition", name, near)

    def all(self) -> list[DefinitionRef]:
        """Every installed definition, by name, oldest version first."""
        return [DefinitionRef(*row[:3]) for row in self._unit.all(sql.READ_DEFINITIONS)]


def _because(reason: str | None) -> dict[str, bytes]:
    said = checked_text(reason)
    return {"reason": orjson.dumps(said)} if said else {}


def _delegation(row: Any) -> Delegation:
    return Delegation(row[0], row[1], row[2], tuple(orjson.loads(row[3])), time_of(row[4]), time_of(row[5]))


def _checked_role(role: str) -> str:
    if not isinstance(role, str) or not _ROLE.match(role):
        raise InputError("bad_role", name=ascii(role)[1:-1][:80])
    return role
