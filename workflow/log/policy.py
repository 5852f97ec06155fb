"""Which signatures a verifier wants under a checkpoint: C2SP tlog-policy. The file belongs to whoever verifies.

    log VKEY [URL]
    witness NAME VKEY [URL]
    group NAME all|any|NUMBER NAME...
    quorum NAME|none

A checkpoint is valid when one of the logs signed it and the quorum cosigned it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.log.note import LOG, WITNESS, BadNote, Note, PublicKey, parse_public_key

NONE = "none"
MAX_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that was read. `groups` gives for each group how many of its members it takes."""

    logs: tuple[PublicKey, ...] = ()
    witnesses: Mapping[str, PublicKey] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = NONE

    def witnessed(self, note: Note) -> bool:
        """Did the quorum cosign? Raises BadNote when a cosignature of one of the witnesses does not fit."""
        signed = {key.id for key in note.signed_by(self.witnesses.values())}
        found = {NONE: True, **{name: key.id in signed for name, key in self.witnesses.items()}}
        for name, (wanted, members) in self.groups.items():
            found[name] = sum(found[each] for each in members) >= wanted
        return found[self.quorum]

    def times(self, note: Note) -> list[int]:
        """When each witness that cosigned did so, in seconds since 1970, oldest first."""
        stamps = [note.time_by(key) for key in note.signed_by(self.witnesses.values())]
        return sorted(each for each in stamps if each is not None)


def parse_policy(text: str) -> Policy:
    """Read a policy, strictly. Raises BadNote with the line."""
    logs: list[PublicKey] = []
    witnesses: dict[str, PublicKey] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum: str | None = None
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise BadNote(f"more than {MAX_LINES} lines")
    for number, line in enumerate(lines, 1):
        try:
            if any(each < " " and each != "\t" for each in line):
                raise BadNote("a control character")
            words = line.replace("\t", " ").split(" ")
            match [word for word in words if word]:
                case []:
                    continue
                case [first, *_] if first.startswith("#"):
                    continue
                case ["log", key] | ["log", key, _]:
                    logs.append(_key(key, LOG, logs))
                case ["witness", name, key] | ["witness", name, key, _]:
                    _new(name, witnesses, groups)
                    witnesses[name] = _key(key, WITNESS, list(witnesses.values()))
                case ["group", name, wanted, *members] if members:
                    _new(name, witnesses, groups)
                    groups[name] = _group(wanted, members, witnesses, groups)
                case ["quorum", name] if quorum is None:
                    if name != NONE and name not in witnesses and name not in groups:
                        raise BadNote(f"{name} is not defined above")
                    quorum = name
                case _:
                    raise BadNote("not a line of a policy")
        except BadNote as error:
            raise BadNote(f"line {number}: {error}") from None
    if quorum is None:
        raise BadNote("no quorum")
    return Policy(tuple(logs), witnesses, groups, quorum)


def _new(name: str, witnesses: Mapping[str, object], groups: Mapping[str, object]) -> None:
    if name == NONE or name in witnesses or name in groups:
        raise BadNote(f"{name} is defined already")


def _key(text: str, kind: int, before: list[PublicKey]) -> PublicKey:
    key = parse_public_key(text)
    if key.kind != kind:
        raise BadNote("a key of the wrong kind")
    if any(each.public == key.public for each in before):
        raise BadNote("a key that stands there twice")
    return key


def _group(
    wanted: str,
    members: list[str],
    witnesses: Mapping[str, object],
    groups: Mapping[str, tuple[int, tuple[str, ...]]],
) -> tuple[int, tuple[str, ...]]:
    used = {each for _, names in groups.values() for each in names}
    for at, name in enumerate(members):
        if name not in witnesses and name not in groups:
            raise BadNote(f"{name} is not defined above")
        if name in used or name in members[:at]:
            raise BadNote(f"{name} is in a group already")
    if wanted in ("all", "any"):
        return len(members) if wanted == "all" else 1, tuple(members)
    if not wanted.isascii() or not wanted.isdigit() or wanted.startswith("0") or not 1 <= int(wanted) <= len(members):
        raise BadNote(f"{wanted} of {len(members)}")
    return int(wanted), tuple(members)
