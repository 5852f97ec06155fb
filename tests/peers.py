"""State machines of other systems, in a format common to all of them, translated into the definition language and run.

    python -m tests.peers FILE

prints a table: each case, what it expects, what this engine gives. The exit code is 1 when one differs that the
language expresses.

How it is translated (docs/peer-cases.md says why):

- Nested states become their leaves. A target with children means its initial leaf; an event of a parent works in all
  leaves below it, after those of the children; a parent without an initial child is a leaf as well.
- The truth of a fact is a boolean field. Each event supplies the facts that its conditions read: those it carries
  itself, else those of the case, else false.
- `to: null` (internal) is `=`, because a state has nothing that is done on entering or leaving it. A parent's
  own `=` goes to its initial leaf: it leaves and enters.
- Where no state of a definition is final, states without a way out are marked final and nothing is said about the
  rest: the systems that such a definition comes from know no final states.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workflow import Actor, DefinitionError, Engine, RefusedError, load_text
from workflow.definition.checking import CEL_WORDS, RESERVED_FIELDS
from workflow.definition.loading import examine

REFUSED = "refused"
_NOTES = frozenset({"source", "tags", "note", "reason", "derived", "policy"})
_CASE_KEYS = _NOTES | {"name", "states", "initial", "transitions", "events", "expect", "facts", "expect_definition"}
_STATE_KEYS = frozenset({"name", "final", "children", "initial"})
_WAY_KEYS = frozenset({"name", "from", "to", "when", "unless", "when_any"})
# What the language says about where cases end. Systems without final states have no opinion on it.
_ENDS = frozenset({"no_final_state", "no_way_to_final", "dead_end"})


class NotExpressed(Exception):
    """The definition language has no words for the case; the text says for what."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: `given` is None where the language does not express it, for `reason`."""

    name: str
    expected: tuple[str, ...]
    given: tuple[str, ...] | None
    reason: str = ""
    policy: bool = False

    @property
    def same(self) -> bool:
        """True when this engine gave what the case expects."""
        return self.given == self.expected


@dataclass(slots=True)
class _State:
    path: str
    final: bool
    initial: str | None
    children: list[_State] = field(default_factory=list)

    def leaves(self) -> list[_State]:
        """Where a case can stand: states without children, and parents that name no first child."""
        own = [] if self.children and self.initial is not None else [self]
        return own + [leaf for child in self.children for leaf in child.leaves()]


# A sign ("" or "!") before facts of which one must be true.
_Condition = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Way:
    event: str
    sources: tuple[str, ...]
    depth: int
    target: str
    conditions: tuple[_Condition, ...]


class Translation:
    """One case as a definition: `text` is the YAML, `state`, `event` and `fact` give its names."""

    def __init__(self, case: Mapping[str, Any], name: str) -> None:
        self._case = case
        _complain(case, _CASE_KEYS, "a case with")
        if not all(isinstance(each, str) for each in case.get("expect", ())):
            raise NotExpressed("several states at once (parallel)")
        self._roots = [_state(each, "") for each in case["states"]]
        self._by_path: dict[str, _State] = {}
        for root in self._roots:
            self._note(root)
        self._leaves = [leaf for root in self._roots for leaf in root.leaves()]
        for way in case["transitions"]:
            _complain(way, _WAY_KEYS, "a transition with")
            if not way.get("name"):
                raise NotExpressed("a transition that no event asks for")
        self.runs = "expect_definition" not in case
        events = [way["name"] for way in case["transitions"]] + [_event(each)[0] for each in case.get("events", ())]
        mentioned = [path for way in case["transitions"] for path in (*_listed(way["from"]), way.get("to"))]
        self.state = _names([leaf.path for leaf in self._leaves] + [each for each in mentioned if each], "state")
        self.event = _names(events, "event")
        self.facts_of = self._facts_of()
        self.fact = _names([each for facts in self.facts_of.values() for each in facts], "fact")
        self.speaks_of_ends = any(leaf.final for leaf in self._leaves)
        self.text = self._written(name)

    def _note(self, state: _State) -> None:
        self._by_path.setdefault(state.path, state)
        for child in state.children:
            self._note(child)

    def entered(self, path: str) -> str:
        """The leaf in which a case stands that was sent to `path`; an unknown path stays as it is."""
        state = self._by_path.get(path)
        while state is not None and state.children and state.initial is not None:
            path = f"{state.path}.{state.initial}"
            state = self._by_path.get(path)
        return path

    def _facts_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for way in self._case["transitions"]:
            facts = [*_listed(way.get("when")), *_listed(way.get("unless")), *_listed(way.get("when_any"))]
            found.setdefault(way["name"], []).extend(facts)
        return {event: list(dict.fromkeys(facts)) for event, facts in found.items()}

    def _ways(self) -> list[_Way]:
        """Every way from leaf to leaf: those of a leaf before those of its parents, else in the order of the file."""
        found: list[_Way] = []
        for way in self._case["transitions"]:
            conditions = tuple(self._conditions(way))
            for source in _listed(way["from"]):
                for leaves, depth in self._places(source):
                    found.append(_Way(way["name"], leaves, depth, self._target(way.get("to"), source), conditions))
        # The sort is stable: what stands first in the file stays first among equals.
        return self._unhidden(sorted(found, key=lambda way: -way.depth))

    def _places(self, source: str) -> Iterable[tuple[tuple[str, ...], int]]:
        if source == "*":
            depths = sorted({_depth(leaf.path) for leaf in self._leaves}, reverse=True)
            for depth in depths:
                yield tuple(leaf.path for leaf in self._leaves if _depth(leaf.path) == depth and not leaf.final), depth
            return
        state = self._by_path.get(source)
        leaves = [leaf.path for leaf in state.leaves()] if state is not None else [source]
        yield tuple(leaves), _depth(source)

    def _target(self, to: str | None, source: str) -> str:
        if to is None:
            return "="
        if to != "=":
            return self.entered(to)
        return self.entered(source) if source in self._by_path and self._by_path[source].children else "="

    def _conditions(self, way: Mapping[str, Any]) -> Iterable[_Condition]:
        for fact in _listed(way.get("when")):
            yield "", (fact,)
        for fact in _listed(way.get("unless")):
            yield "!", (fact,)
        if way.get("when_any"):
            yield "", tuple(_listed(way["when_any"]))

    def _unhidden(self, ways: list[_Way]) -> list[_Way]:
        """The ways without the places in which an earlier one of the same event always comes first.

        In a definition that is only looked at, a child's way hides its parent's, and what hides its equal is left to
        the rules.
        """
        kept: list[_Way] = []
        for way in ways:
            hidden: set[str] = set()
            for earlier in kept:
                first = earlier.event == way.event and set(earlier.conditions) <= set(way.conditions)
                if first and (self.runs or earlier.depth > way.depth):
                    hidden.update(earlier.sources)
            sources = tuple(each for each in way.sources if each not in hidden)
            if sources or not way.sources:
                kept.append(replace(way, sources=sources))
        return kept

    def _written(self, name: str) -> str:
        ways = self._ways()
        lines = [f"workflow: {name}", "version: 1"]
        if self.fact:
            lines += ["fields:", *(f"  {each}: {{type: boolean}}" for each in self.fact.values())]
        lines.append("states:")
        initial = [self.entered(each) for each in _listed(self._case.get("initial"))]
        leaving = {source for way in ways for source in way.sources}
        for leaf in self._leaves:
            flags = ["initial: true"] if leaf.path in initial else []
            if self._ends(leaf, leaving):
                flags.append("final: true")
            lines.append(f"  {self.state[leaf.path]}: {{{', '.join(flags)}}}")
        lines.append("transitions:" if ways else "transitions: {}")
        for event in dict.fromkeys(way.event for way in ways):
            lines.append(f"  {self.event[event]}:")
            lines += [f"    - {self._way(way)}" for way in ways if way.event == event]
        return "\n".join(lines) + "\n"

    def _ends(self, leaf: _State, leaving: set[str]) -> bool:
        if self.speaks_of_ends:
            # A final child is the end of its parent only where events of the parent still lead out of it.
            own = any(leaf.path in _listed(way["from"]) for way in self._case["transitions"])
            return leaf.final and (own or leaf.path not in leaving)
        return not self.runs and leaf.path not in leaving

    def _way(self, way: _Way) -> str:
        target = way.target if way.target == "=" else self.state.get(way.target, way.target)
        parts = [f"from: [{', '.join(self.state[each] for each in way.sources)}]", f'to: "{target}"', "by: anyone"]
        if facts := self.facts_of[way.event]:
            parts.append(f"accept: [{', '.join(self.fact[each] for each in facts)}]")
        if way.conditions:
            checks = [" || ".join(sign + self.fact[each] for each in facts) for sign, facts in way.conditions]
            parts.append(f"when: {json.dumps(checks)}")
        return f"{{{', '.join(parts)}}}"


def outcome(case: Mapping[str, Any], engine: Engine, name: str) -> Outcome:
    """What this engine makes of one case, under a definition of that name."""
    defined = case.get("expect_definition")
    policy = bool(case.get("policy"))
    expected = (defined,) if defined else tuple(map(str, case["expect"]))
    try:
        translation = Translation(case, name)
        if defined:
            rules = wrong(translation)
            return Outcome(case["name"], expected, (("rejected" if rules else "accepted"),), ", ".join(rules), policy)
        return Outcome(case["name"], expected, run(case, translation, engine), "", policy)
    except NotExpressed as reason:
        return Outcome(case["name"], expected, None, str(reason), policy)


def wrong(translation: Translation) -> list[str]:
    """The rules that a definition breaks."""
    ignored = frozenset() if translation.speaks_of_ends else _ENDS
    findings = examine(translation.text)[1]
    found = [each.rule for each in findings if each.severity == "error" and each.rule not in ignored]
    return list(dict.fromkeys(found))


def run(case: Mapping[str, Any], translation: Translation, engine: Engine) -> tuple[str, ...]:
    """The state after each event, in the names of the case; `refused` where the engine refused it."""
    try:
        definition = load_text(translation.text, sound=False)
    except DefinitionError as error:
        raise NotExpressed(f"the definition is in error: {error.findings[0].message}") from None
    engine.install(definition)
    actor = Actor("peer", ())
    paths = {name: path for path, name in translation.state.items()}
    truths = dict(case.get("facts") or {})
    before = {translation.fact[each]: bool(truths.get(each, False)) for each in translation.fact}
    opened = engine.submit(definition.workflow, actor=actor, data=before)
    found = []
    for each in case["events"]:
        name, facts = _event(each)
        here = {**truths, **facts}
        data = {translation.fact[f]: bool(here.get(f, False)) for f in translation.facts_of.get(name, ())}
        try:
            moved = engine.advance(opened.id, translation.event[name], actor=actor, data=data)
            found.append(paths[moved.state])
        except RefusedError:
            found.append(REFUSED)
    return tuple(found)


def outcomes(cases: Iterable[Mapping[str, Any]], engine: Engine) -> list[Outcome]:
    """The outcome of every case, in their order."""
    return [outcome(case, engine, f"peer-{number}") for number, case in enumerate(cases, 1)]


def read(path: Path) -> list[dict[str, Any]]:
    """The cases of a file."""
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cases"]
    return cases


def _state(said: Mapping[str, Any], parent: str) -> _State:
    _complain(said, _STATE_KEYS, "a state with")
    path = f"{parent}.{said['name']}" if parent else str(said["name"])
    initial = said.get("initial")
    if isinstance(initial, list):
        raise NotExpressed("several states at once (parallel)")
    children = [_state(each, path) for each in said.get("children") or ()]
    return _State(path, bool(said.get("final")), initial, children)


def _complain(said: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if said.get("history"):
        raise NotExpressed("history: going back to where one left")
    if said.get("parallel"):
        raise NotExpressed("several states at once (parallel)")
    if stranger := sorted(key for key in said if key not in known and said[key] not in (None, False)):
        raise NotExpressed(f"{what} {', '.join(stranger)}")


def _event(said: Any) -> tuple[str, Mapping[str, bool]]:
    if isinstance(said, str):
        return said, {}
    _complain(said, frozenset({"name", "facts"}), "an event with")
    return said["name"], said.get("facts") or {}


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _depth(path: str) -> int:
    return path.count(".")


def _names(originals: Iterable[str], kind: str) -> dict[str, str]:
    """A name of the language for each original, none twice."""
    found: dict[str, str] = {}
    for original in dict.fromkeys(map(str, originals)):
        if kind == "fact":
            plain = re.sub(r"[^a-z0-9_]", "_", original.lower())
            fits = plain[:1].isalpha() and plain not in RESERVED_FIELDS | CEL_WORDS
        else:
            plain = re.sub(r"[^A-Za-z0-9_-]", "-", original)
            fits = plain[:1].isalpha()
        name = plain[:50] if fits else f"{kind}_{plain[:50]}"
        while name in found.values():
            name += "_"
        found[original] = name
    return found


def _row(found: Outcome) -> str:
    verdict = "not expressed" if found.given is None else "same" if found.same else "differs"
    said = [", ".join(found.given)] if found.given is not None else []
    said += [f"({found.reason})"] if found.reason else []
    said += ["[policy]"] if found.policy else []
    return f"{verdict:<14}{found.name:<28}{', '.join(found.expected)}  →  {' '.join(said)}"


def main(arguments: list[str]) -> int:
    """Print the outcomes of the cases of a file."""
    if len(arguments) != 1:
        print("usage: python -m tests.peers FILE", file=sys.stderr)
        return 2
    with Engine.open("sqlite://") as engine:
        found = outcomes(read(Path(arguments[0])), engine)
    for each in found:
        print(_row(each))
    same = sum(each.same for each in found)
    unsaid = sum(each.given is None for each in found)
    differ = [each for each in found if each.given is not None and not each.same]
    print(f"{len(found)} cases: {same} same, {len(differ)} differ, {unsaid} not expressed")
    return 1 if any(not each.policy for each in differ) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
