"""A definition as nets that programs of process mining read: PNML (ISO/IEC 15909-2) and BPMN 2.0. Pure; knows no case.

The PNML is a workflow net: a place for each state, a source and a sink, and one token. The opening of a case is the
transition `submit`; each way from one state is a transition that bears the name of its transition, so several of them
may bear one name. A way that stays gives the token back to its place, `*` is drawn from every state that is not final.
Conditions, roles, limits and deadlines are not in the net: it says in which order, not whether. An attempt that was
refused moved nothing, so it is no step of the net.

Unseen transitions lead to the sink: from final states, and, unless the net is to accept complete cases alone, from all
others too, because a case that is still on its way has not left it. BPMN has an event only for what has ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from workflow.definition.layout import Arrow, Box, Drawing, Size, lay_out
from workflow.definition.model import Definition, Transition

SUBMIT = "submit"
# No state can have these names.
SOURCE, SINK = "(source)", "(sink)"

_PNML = "http://www.pnml.org/version-2009/grammar"
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)
# By whether several flows come in and several go out.
_DIRECTIONS = {
    (False, False): "Unspecified",
    (True, False): "Converging",
    (False, True): "Diverging",
    (True, True): "Mixed",
}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


class Step(NamedTuple):
    """One way from one state: a transition of the net. `name` is None for one that nobody sees."""

    id: str
    name: str | None
    source: str
    target: str
    way: Transition | None = None


def steps(definition: Definition, *, complete: bool = False) -> Iterator[Step]:
    """Every transition of the net, from the source to the sink. `complete`: only final states lead to the sink."""
    yield Step("t0", SUBMIT, SOURCE, definition.initial)
    number = 0
    for name, _, way in definition.ways():
        for state in definition.sources(way):
            number += 1
            yield Step(f"t{number}", name, state, definition.target(way, state), way)
    for name, last in definition.states.items():
        if last.final or not complete:
            number += 1
            yield Step(f"t{number}", None, name, SINK)


def pnml(definition: Definition, lang: str = "en", *, complete: bool = False) -> str:
    """The definition as a workflow net."""
    places = {SOURCE: "p0", **{name: f"p{at}" for at, name in enumerate(definition.states, 1)}, SINK: "p_end"}
    found = list(steps(definition, complete=complete))
    sizes = {name: Size(40, 40) for name in places}
    room = {(step.source, step.target): Size(40, 40.0 * _together(found, step)) for step in found}
    drawing = lay_out(sizes, room, SOURCE)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<pnml xmlns="{_PNML}/pnml">',
        f'  <net id="{_text(definition.workflow)}" type="{_PNML}/ptnet">',
        f"    <name><text>{_text(_title(definition, lang))}</text></name>",
        '    <page id="page">',
    ]
    for name, number in places.items():
        label = definition.title_of(definition.states, name, lang)
        lines.append(f'      <place id="{number}">')
        lines.append(f"        <name><text>{_text(label)}</text></name>")
        lines.append(_position(drawing.boxes[name]))
        if name == SOURCE:
            lines.append("        <initialMarking><text>1</text></initialMarking>")
        lines.append("      </place>")
    labels = {(arrow.source, arrow.target): arrow.label for arrow in drawing.arrows}
    for step in found:
        lines.append(f'      <transition id="{step.id}">')
        lines.append(f"        <name><text>{_text(step.name or step.id)}</text></name>")
        lines.append(_position(_slice(labels[step.source, step.target], found, step)))
        if step.name is None:
            lines.append('        <toolspecific tool="ProM" version="6.4" activity="$invisible$"/>')
        lines.append("      </transition>")
    for step in found:
        lines.append(f'      <arc id="{step.id}_in" source="{places[step.source]}" target="{step.id}"/>')
        lines.append(f'      <arc id="{step.id}_out" source="{step.id}" target="{places[step.target]}"/>')
    # Where it ends is not in the standard. ProM and PM4Py look for it here, and others pass it over.
    ends = "".join(
        f'<place idref="{number}"><text>{int(name == SINK)}</text></place>' for name, number in places.items()
    )
    lines += ["    </page>", f"    <finalmarkings><marking>{ends}</marking></finalmarkings>", "  </net>", "</pnml>"]
    return "\n".join(lines) + "\n"


def _together(found: list[Step], step: Step) -> int:
    return sum((each.source, each.target) == (step.source, step.target) for each in found)


def _slice(box: Box, found: list[Step], step: Step) -> Box:
    """The part of a label that belongs to one of several steps between the same two places."""
    side = [each.id for each in found if (each.source, each.target) == (step.source, step.target)]
    height = box.height / len(side)
    return Box(box.x, box.y - box.height / 2 + height * (side.index(step.id) + 0.5), box.width, height)


def _position(box: Box) -> str:
    return f'        <graphics><position x="{box.x:.0f}" y="{box.y:.0f}"/></graphics>'


def bpmn(definition: Definition, lang: str = "en") -> str:
    """The definition as a BPMN 2.0 process with its diagram.

    A state is an exclusive gateway, at which the process waits for one of its ways; a way is a task that bears the
    name of its transition; a final state is an end event. `lang` is that of names of states and of the notes.
    """
    nodes = {SOURCE: "start", **{name: f"s{at}" for at, name in enumerate(definition.states, 1)}}
    found = [step for step in steps(definition, complete=True) if step.name is not None]
    gateways = {name: Size(50, 50) for name in nodes}
    room = {(step.source, step.target): Size(100.0 * _together(found, step), 120) for step in found}
    drawing = _sideways(lay_out({name: Size(50, 50) for name in gateways}, room, SOURCE))
    labels = {(arrow.source, arrow.target): arrow for arrow in drawing.arrows}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"',
        '    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"',
        '    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="definitions"',
        f'    targetNamespace="urn:workflow:{definition.digest}">',
        f'  <process id="process" name="{_text(_title(definition, lang))}" isExecutable="false">',
    ]
    for name, number in nodes.items():
        lines += _node(definition, name, number, found, lang)
    for step in found:
        lines += _task(definition, step, lang)
    for step in found:
        source, target = nodes[step.source], nodes[step.target]
        lines.append(f'    <sequenceFlow id="{step.id}_in" sourceRef="{source}" targetRef="{step.id}"/>')
        lines.append(f'    <sequenceFlow id="{step.id}_out" sourceRef="{step.id}" targetRef="{target}"/>')
    lines += ["  </process>", '  <bpmndi:BPMNDiagram id="diagram">']
    lines.append('    <bpmndi:BPMNPlane id="plane" bpmnElement="process">')
    for name, number in nodes.items():
        small = name == SOURCE or definition.states[name].final
        lines += _shape(number, drawing.boxes[name]._replace(**({"width": 36.0, "height": 36.0} if small else {})))
    for step in found:
        lines += _drawn(step, nodes, labels[step.source, step.target], found, drawing)
    return "\n".join([*lines, "    </bpmndi:BPMNPlane>", "  </bpmndi:BPMNDiagram>", "</definitions>"]) + "\n"


def _node(definition: Definition, name: str, number: str, found: list[Step], lang: str) -> Iterator[str]:
    incoming = [f"      <incoming>{step.id}_out</incoming>" for step in found if step.target == name]
    outgoing = [f"      <outgoing>{step.id}_in</outgoing>" for step in found if step.source == name]
    if name == SOURCE:
        kind, said = "startEvent", ""
    else:
        kind = "endEvent" if definition.states[name].final else "exclusiveGateway"
        said = f' name="{_text(definition.title_of(definition.states, name, lang))}"'
        if kind == "exclusiveGateway":
            said += f' gatewayDirection="{_DIRECTIONS[len(incoming) > 1, len(outgoing) > 1]}"'
    yield f'    <{kind} id="{number}"{said}>'
    yield from [*incoming, *outgoing]
    yield f"    </{kind}>"


def _task(definition: Definition, step: Step, lang: str) -> Iterator[str]:
    yield f'    <userTask id="{step.id}" name="{_text(step.name or "")}">'
    if step.way is not None:
        people = ", ".join(definition.title_of(definition.roles, role, lang) for role in step.way.by)
        notes = [definition.title_of(definition.transitions, step.name or "", lang), people]
        notes += [each.title.text(lang, each.check) if each.title else each.check for each in step.way.when]
        yield f"      <documentation>{_text('; '.join(note for note in notes if note))}</documentation>"
    yield f"      <incoming>{step.id}_in</incoming>"
    yield f"      <outgoing>{step.id}_out</outgoing>"
    yield "    </userTask>"


def _sideways(drawing: Drawing) -> Drawing:
    """The drawing from left to right, as processes are drawn."""

    def turned(box: Box) -> Box:
        return Box(box.y, box.x, box.height, box.width)

    arrows = [
        Arrow(each.source, each.target, turned(each.label), tuple((y, x) for x, y in each.points))
        for each in drawing.arrows
    ]
    boxes = {name: turned(box) for name, box in drawing.boxes.items()}
    return Drawing(drawing.height, drawing.width, boxes, tuple(arrows))


def _drawn(step: Step, nodes: dict[str, str], arrow: Arrow, found: list[Step], drawing: Drawing) -> list[str]:
    """The box of a task and the arrows to it and from it, along the way that was found for the arrow."""
    side = [each.id for each in found if (each.source, each.target) == (step.source, step.target)]
    height = arrow.label.height / len(side)
    y = arrow.label.y - arrow.label.height / 2 + height * (side.index(step.id) + 0.5)
    task = Box(arrow.label.x, y, 100, 60)
    source, target = drawing.boxes[step.source], drawing.boxes[step.target]
    bends = [point for point in arrow.points[1:-1] if abs(point[0] - task.x) > task.width / 2 + 1]
    forward = target.x >= source.x
    before = [point for point in bends if (point[0] < task.x) == forward]
    after = [point for point in bends if (point[0] < task.x) != forward]
    left, right = (task.x - task.width / 2, task.y), (task.x + task.width / 2, task.y)
    near, far = (left, right) if forward else (right, left)
    if step.source == step.target:
        before, after, near, far = [], [], (task.x, task.y - 30), (task.x, task.y - 30)
    lines = _shape(step.id, task)
    lines += _edge(f"{step.id}_in", [(source.x, source.y), *before, near])
    return lines + _edge(f"{step.id}_out", [far, *after, (target.x, target.y)])


def _shape(number: str, box: Box) -> list[str]:
    marker = ' isMarkerVisible="true"' if number.startswith("s") and number != "start" and box.width == 50 else ""
    return [
        f'      <bpmndi:BPMNShape id="{number}_shape" bpmnElement="{number}"{marker}>',
        f'        <dc:Bounds x="{box.x - box.width / 2:.0f}" y="{box.y - box.height / 2:.0f}" '
        f'width="{box.width:.0f}" height="{box.height:.0f}"/>',
        "      </bpmndi:BPMNShape>",
    ]


def _edge(number: str, points: list[tuple[float, float]]) -> list[str]:
    return [
        f'      <bpmndi:BPMNEdge id="{number}_edge" bpmnElement="{number}">',
        *(f'        <di:waypoint x="{x:.0f}" y="{y:.0f}"/>' for x, y in points),
        "      </bpmndi:BPMNEdge>",
    ]


def _title(definition: Definition, lang: str) -> str:
    return definition.title.text(lang, definition.workflow) if definition.title else definition.workflow


def _text(text: str) -> str:
    """Text as XML holds it; what XML cannot hold, or cannot be seen, becomes a mark."""
    return _UNSEEN.sub("\ufffd", " ".join(text.split())).translate(_ENTITIES)
