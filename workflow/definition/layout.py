"""Where the boxes and arrows of a drawing go: layers from the first box downwards, few crossings, straight long arrows.

After K. Sugiyama, S. Tagawa, M. Toda, Methods for Visual Understanding of Hierarchical System Structures, 1981: arrows
that close a circle are turned round, every box takes the layer below the last that leads to it, a long arrow passes
the layers between by joints, each layer is put in the order of the middles of its neighbours, and then all are pulled
towards their neighbours as far as the space between them allows. Each arrow has a layer of its own for its label, so
no label lies on a box, an arrow or another label. Pure; the same input gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

GAP = 26.0
RISE = 22.0
_SWEEPS = 24
_PULLS = 160
_PORT = 18.0
# A joint holds its arrow straight, so that it gives way last.
_WEIGHTS = (1.0, 6.0)


class Size(NamedTuple):
    """How much room something needs."""

    width: float
    height: float


class Box(NamedTuple):
    """Where something is: the middle, and its size."""

    x: float
    y: float
    width: float
    height: float


class Arrow(NamedTuple):
    """One arrow: its label, and the points from the border of its source to the border of its target.

    An arrow from a box to itself runs around its label, to the right of the box.
    """

    source: str
    target: str
    label: Box
    points: tuple[tuple[float, float], ...]


class Drawing(NamedTuple):
    """A whole drawing; its upper left corner is (0, 0)."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    arrows: tuple[Arrow, ...]


class _Spot:
    """A box, a label or a joint on its layer: its room to the left and right of its middle."""

    __slots__ = ("above", "below", "height", "left", "name", "order", "rank", "right", "weight", "x")

    def __init__(self, name: str | None, rank: int, left: float, right: float, height: float) -> None:
        self.name = name
        self.rank = rank
        self.left = left
        self.right = right
        self.height = height
        self.weight = _WEIGHTS[name is None]
        self.above: list[_Spot] = []
        self.below: list[_Spot] = []
        self.order = 0.0
        self.x = 0.0


def lay_out(boxes: Mapping[str, Size], arrows: Mapping[tuple[str, str], Size], first: str) -> Drawing:
    """The drawing of these boxes and of arrows between them, each with the size of its label, `first` on top."""
    loops = {source: size for (source, target), size in arrows.items() if source == target}
    links = [pair for pair in arrows if pair[0] != pair[1]]
    turned = _turned(boxes, links, first)
    ranks = _ranks(boxes, links, turned)
    spots = {
        name: _Spot(
            name,
            2 * ranks[name],
            size.width / 2,
            size.width / 2 + (loops[name].width + 24 if name in loops else 0),
            max(size.height, loops[name].height if name in loops else 0),
        )
        for name, size in boxes.items()
    }
    chains = {pair: _chain(spots, pair, arrows[pair], pair in turned) for pair in links}
    layers = _layers([*spots.values(), *(spot for chain in chains.values() for spot in chain)])
    _arrange(layers)
    _pull(layers)
    tops, height = _heights(layers)
    edge = min(spot.x - spot.left for layer in layers for spot in layer)
    for layer in layers:
        for spot in layer:
            spot.x -= edge
    width = max(spot.x + spot.right for layer in layers for spot in layer)
    placed = {name: Box(spots[name].x, tops[spots[name].rank], *size) for name, size in boxes.items()}
    drawn = [_loop(placed[name], name, size) for name, size in loops.items()]
    drawn += _routes(chains, placed, arrows, turned, tops, layers)
    return Drawing(round(width, 1), round(height, 1), placed, tuple(drawn))


def _turned(boxes: Iterable[str], links: list[tuple[str, str]], first: str) -> set[tuple[str, str]]:
    """The arrows that lead back to where a walk from the first box came from: each closes a circle."""
    leaving: dict[str, list[str]] = {name: [] for name in boxes}
    for source, target in links:
        leaving[source].append(target)
    back: set[tuple[str, str]] = set()
    state: dict[str, int] = {}
    for root in [first, *(name for name in leaving if name != first)]:
        if root in state:
            continue
        state[root] = 1
        walk = [(root, iter(leaving[root]))]
        while walk:
            name, left = walk[-1]
            target = next(left, "")
            if not target:
                state[name] = 2
                walk.pop()
            elif target not in state:
                state[target] = 1
                walk.append((target, iter(leaving[target])))
            elif state[target] == 1:
                back.add((name, target))
    return back


def _ranks(boxes: Iterable[str], links: list[tuple[str, str]], turned: set[tuple[str, str]]) -> dict[str, int]:
    """The layer of each box: one below the lowest of those that lead to it."""
    ranks = dict.fromkeys(boxes, 0)
    down = [(target, source) if (source, target) in turned else (source, target) for source, target in links]
    for _ in ranks:
        moved = False
        for source, target in down:
            if ranks[target] <= ranks[source]:
                ranks[target] = ranks[source] + 1
                moved = True
        if not moved:
            break
    return ranks


def _chain(spots: Mapping[str, _Spot], pair: tuple[str, str], label: Size, back: bool) -> list[_Spot]:
    """What an arrow passes on the layers between, downwards; its label is the one next to its source."""
    upper, lower = (spots[pair[1]], spots[pair[0]]) if back else (spots[pair[0]], spots[pair[1]])
    chain: list[_Spot] = []
    at_label = lower.rank - 1 if back else upper.rank + 1
    for rank in range(upper.rank + 1, lower.rank):
        here = label if rank == at_label else Size(6, 0)
        chain.append(_Spot(None, rank, here.width / 2, here.width / 2, here.height))
    for above, below in zip([upper, *chain], [*chain, lower], strict=True):
        above.below.append(below)
        below.above.append(above)
    return chain


def _layers(spots: list[_Spot]) -> list[list[_Spot]]:
    layers: list[list[_Spot]] = [[] for _ in range(max(spot.rank for spot in spots) + 1)]
    for spot in spots:
        layers[spot.rank].append(spot)
    return [layer for layer in layers if layer]


def _arrange(layers: list[list[_Spot]]) -> None:
    """Put each layer into an order with few crossings, and keep the best of all that were met."""
    _number(layers)
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else layers[::-1]:
            middles = {id(spot): _middle(spot.above if down else spot.below, spot.order) for spot in layer}
            layer.sort(key=lambda spot: middles[id(spot)])
            for place, spot in enumerate(layer):
                spot.order = float(place)
        if (found := _crossings(layers)) < fewest:
            best, fewest = [list(layer) for layer in layers], found
    for layer, kept in zip(layers, best, strict=True):
        layer[:] = kept
    _number(layers)


def _number(layers: list[list[_Spot]]) -> None:
    for layer in layers:
        for place, spot in enumerate(layer):
            spot.order = float(place)


def _middle(others: list[_Spot], fallback: float) -> float:
    return sum(each.order for each in others) / len(others) if others else fallback


def _crossings(layers: list[list[_Spot]]) -> int:
    found = 0
    for layer in layers:
        lines = sorted((spot.order, other.order) for spot in layer for other in spot.below)
        for at, (left, low) in enumerate(lines):
            found += sum(right > left and end < low for right, end in lines[at + 1 :])
    return found


def _pull(layers: list[list[_Spot]]) -> None:
    """Move everything towards its neighbours, as far as the order of its layer and the gaps allow."""
    for layer in layers:
        x = 0.0
        for spot in layer:
            spot.x = x + spot.left
            x += spot.left + spot.right + GAP
    for turn in range(_PULLS):
        for layer in layers if turn % 2 == 0 else layers[::-1]:
            _settle(layer)


def _settle(layer: list[_Spot]) -> None:
    """The least squares of all wishes that keep the gaps: isotonic regression, by pooling whoever would cross."""
    wishes: list[float] = []
    shift, shifts = 0.0, []
    for place, spot in enumerate(layer):
        if place:
            shift += layer[place - 1].right + GAP + spot.left
        shifts.append(shift)
        near = spot.above + spot.below
        weights = [each.weight * spot.weight for each in near]
        pulled = sum(each.x * weight for each, weight in zip(near, weights, strict=True))
        wishes.append((pulled / sum(weights) if near else spot.x) - shift)
    blocks: list[list[float]] = []  # mean, weight, how many
    for spot, wish in zip(layer, wishes, strict=True):
        blocks.append([wish, spot.weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, weight, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += count
    settled = [mean for mean, _, count in blocks for _ in range(int(count))]
    for spot, mean, shift in zip(layer, settled, shifts, strict=True):
        spot.x = mean + shift


def _heights(layers: list[list[_Spot]]) -> tuple[dict[int, float], float]:
    """The middle of each layer from the top, and the height of all of them."""
    tops: dict[int, float] = {}
    y = 0.0
    for layer in layers:
        tall = max(spot.height for spot in layer)
        tops[layer[0].rank] = y + tall / 2
        y += tall + RISE
    return tops, y - RISE


def _routes(
    chains: Mapping[tuple[str, str], list[_Spot]],
    boxes: Mapping[str, Box],
    labels: Mapping[tuple[str, str], Size],
    turned: set[tuple[str, str]],
    tops: Mapping[int, float],
    layers: list[list[_Spot]],
) -> list[Arrow]:
    """Every arrow with its points, its ends spread over the sides of the boxes."""
    tall = {layer[0].rank: max(spot.height for spot in layer) for layer in layers}
    ends: dict[tuple[str, bool], list[tuple[float, tuple[str, str]]]] = {}
    for pair, chain in chains.items():
        upper, lower = (pair[1], pair[0]) if pair in turned else pair
        ends.setdefault((upper, True), []).append((chain[0].x, pair))
        ends.setdefault((lower, False), []).append((chain[-1].x, pair))
    ports: dict[tuple[tuple[str, str], bool], float] = {}
    for (name, leaves), several in ends.items():
        box = boxes[name]
        step = min(_PORT, box.width * 0.7 / len(several))
        for place, (_, pair) in enumerate(sorted(several)):
            ports[pair, leaves] = box.x + step * (place - (len(several) - 1) / 2)
    found: list[Arrow] = []
    for pair, chain in chains.items():
        back = pair in turned
        over, under = boxes[pair[1] if back else pair[0]], boxes[pair[0] if back else pair[1]]
        points = [(ports[pair, True], over.y + over.height / 2)]
        for spot in chain:
            half = tall[spot.rank] / 2
            points += [(spot.x, tops[spot.rank] - half), (spot.x, tops[spot.rank] + half)]
        points.append((ports[pair, False], under.y - under.height / 2))
        label = chain[-1 if back else 0]
        box = Box(label.x, tops[label.rank], *labels[pair])
        found.append(Arrow(*pair, box, tuple(points[::-1] if back else points)))
    return found


def _loop(box: Box, name: str, size: Size) -> Arrow:
    right = box.x + box.width / 2
    far, reach = right + 16 + size.width / 2, box.height / 4
    points = ((right, box.y - reach), (right + 14, box.y - reach), (right + 14, box.y + reach), (right, box.y + reach))
    return Arrow(name, name, Box(far, box.y, *size), points)
