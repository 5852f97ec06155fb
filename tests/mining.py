"""Readers of our own over the formats of process mining: what their standards ask for, and whether a case is a run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

import jsonschema

XES = "{http://www.xes-standard.org/}"
PNML = "{http://www.pnml.org/version-2009/grammar/pnml}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_KINDS = {
    "string": r"(?s).*",
    "date": r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?",
    "int": r"[+-]?[0-9]+",
    "boolean": r"true|false|0|1",
}
_NAME = re.compile(r"[A-Za-z_:][-A-Za-z0-9_:.]*")

# The rules of OCEL 2.0, section 8: four arrays, everything named, every value text, every relationship qualified.
_TYPES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "attributes"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "attributes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "type"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string"},
                        "type": {"enum": ["string", "time", "integer", "float", "boolean"]},
                    },
                },
            },
        },
    },
}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"}


def _part(required: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": required}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_RELATED = _array(_part({"objectId": _TEXT, "qualifier": {"type": "string", "minLength": 1}}))
OCEL = _part(
    {
        "eventTypes": _TYPES,
        "objectTypes": _TYPES,
        "events": _array(
            _part(
                {
                    "id": _TEXT,
                    "type": _TEXT,
                    "time": _TIME,
                    "attributes": _array(_part({"name": _TEXT, "value": _TEXT})),
                    "relationships": _RELATED,
                }
            )
        ),
        "objects": _array(
            _part(
                {
                    "id": _TEXT,
                    "type": _TEXT,
                    "attributes": _array(_part({"name": _TEXT, "value": _TEXT, "time": _TIME})),
                    "relationships": _RELATED,
                }
            )
        ),
    }
)


def attributes(element: ElementTree.Element) -> dict[str, str]:
    """The attributes of a log, a trace or an event of XES, by key."""
    return {each.get("key", ""): each.get("value", "") for each in element if each.tag.removeprefix(XES) in _KINDS}


def read_xes(text: str) -> ElementTree.Element:
    """The log, once it keeps to the XML schema of IEEE 1849-2016: order of elements, keys, values, no key twice."""
    log = ElementTree.fromstring(text)
    assert log.tag == f"{XES}log"
    assert set(log.attrib) <= {"xes.version", "xes.features"}
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", log.attrib["xes.version"])
    order = ["extension", "global", "classifier", "attribute", "trace", "event"]
    places = [order.index(_sort(each)) for each in log]
    assert places == sorted(places)
    for each in log:
        tag = each.tag.removeprefix(XES)
        if tag == "extension":
            assert set(each.attrib) == {"name", "prefix", "uri"}
        elif tag == "classifier":
            assert set(each.attrib) == {"name", "scope", "keys"}
        elif tag == "global":
            assert set(each.attrib) == {"scope"}
            _check_attributes(each)
    _check_attributes([each for each in log if _sort(each) == "attribute"])
    declared = [(each.get("scope"), key) for each in log.findall(f"{XES}global") for key in attributes(each)]
    for trace in log.findall(f"{XES}trace"):
        inner = [_sort(each) for each in trace]
        assert inner == sorted(inner), "attributes of a trace stand before its events"
        _check_attributes([each for each in trace if _sort(each) == "attribute"])
        assert {key for scope, key in declared if scope == "trace"} <= set(attributes(trace))
        for event in trace.findall(f"{XES}event"):
            _check_attributes(event)
            assert {key for scope, key in declared if scope == "event"} <= set(attributes(event))
    return log


def _sort(element: ElementTree.Element) -> str:
    tag = element.tag.removeprefix(XES)
    return "attribute" if tag in _KINDS else tag


def _check_attributes(elements: Iterable[ElementTree.Element]) -> None:
    keys = set()
    for each in elements:
        kind = each.tag.removeprefix(XES)
        assert set(each.attrib) == {"key", "value"}, each.attrib
        assert _NAME.fullmatch(each.attrib["key"]), each.attrib
        assert re.fullmatch(_KINDS[kind], each.attrib["value"]), each.attrib
        assert each.attrib["key"] not in keys
        keys.add(each.attrib["key"])


def check_ocel(log: dict[str, Any]) -> None:
    """The rules of OCEL 2.0 that a schema can say, and those between the parts: everything named is declared once."""
    jsonschema.Draft202012Validator(OCEL).validate(log)
    for kinds, things in (("eventTypes", "events"), ("objectTypes", "objects")):
        declared = {each["name"]: {part["name"]: part["type"] for part in each["attributes"]} for each in log[kinds]}
        assert len(declared) == len(log[kinds])
        ids = [each["id"] for each in log[things]]
        assert len(ids) == len(set(ids))
        for each in log[things]:
            for part in each["attributes"]:
                kind = declared[each["type"]][part["name"]]
                assert kind != "integer" or re.fullmatch(r"-?[0-9]+", part["value"])
                assert kind != "boolean" or part["value"] in ("true", "false")
    objects = {each["id"] for each in log["objects"]}
    for each in [*log["events"], *log["objects"]]:
        assert {part["objectId"] for part in each["relationships"]} <= objects


class Net:
    """A labelled Petri net with one token, from PNML."""

    def __init__(self, text: str) -> None:
        root = ElementTree.fromstring(text)
        [net] = root
        assert root.tag == f"{PNML}pnml"
        page = net.find(f"{PNML}page")
        assert page is not None
        self.places = {each.get("id", ""): each for each in page.findall(f"{PNML}place")}
        self.labels = {each.get("id", ""): self._label(each) for each in page.findall(f"{PNML}transition")}
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids))
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        for arc in page.findall(f"{PNML}arc"):
            source, target = arc.attrib["source"], arc.attrib["target"]
            assert (source in self.places) != (target in self.places)
            if source in self.places:
                assert self.before.setdefault(target, source) == source
            else:
                assert self.after.setdefault(source, target) == target
        assert set(self.before) == set(self.after) == set(self.labels)
        marked = [name for name, place in self.places.items() if place.find(f"{PNML}initialMarking") is not None]
        [self.source] = marked
        [self.sink] = set(self.places) - set(self.before.values())
        self._leaving = defaultdict(list)
        for name, place in self.before.items():
            self._leaving[place].append((self.labels[name], self.after[name]))

    @staticmethod
    def _label(transition: ElementTree.Element) -> str | None:
        tool = transition.find(f"{PNML}toolspecific")
        name = transition.find(f"{PNML}name/{PNML}text")
        assert name is not None
        return None if tool is not None and tool.get("activity") == "$invisible$" else name.text

    def accepts(self, trace: Iterable[str]) -> bool:
        """Is the trace a run from the source to the sink?"""
        here = self._closed({self.source})
        for name in trace:
            here = self._closed({end for place in here for label, end in self._leaving[place] if label == name})
        return self.sink in here

    def _closed(self, places: set[str]) -> set[str]:
        """The places, and those that steps which nobody sees lead to."""
        found = set(places)
        while more := {end for place in found for label, end in self._leaving[place] if label is None} - found:
            found |= more
        return found
