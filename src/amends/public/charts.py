"""How do numbers become pictures? Values in, an SVG tree out; no colour, no script, no style: the classes are drawn
by the stylesheet, so pictures follow dark mode and print, and pass a strict content security policy.

Every picture is fluid: across, everything is a percentage; down, everything is pixels. So text keeps its size on a
phone of 320 pixels and on a wide screen, which a scaled `viewBox` cannot do. A picture never stands alone: it has a
title and a description, and the page puts the same numbers into a table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring


@dataclass(frozen=True)
class Column:
    """One month of a column chart. `label` stands under the axis when there is room; `words` is read aloud."""

    label: str
    value: int
    words: str
    marked: bool = False


@dataclass(frozen=True)
class Tile:
    """One region of a tile map: its place in the grid, what is written on it, and how much it holds."""

    column: int
    row: int
    label: str
    value: int
    words: str


@dataclass(frozen=True)
class Stream:
    """One source or one use of money: `amount` is its share of the whole, `words` the amount as people read it."""

    label: str
    amount: int
    words: str
    kind: str = "plain"


def markup(picture: Element) -> str:
    """The tree as text for an HTML page; every label is escaped here and nowhere else."""
    return tostring(picture, encoding="unicode")


# ------------------------------------------------------------------ parts of a whole, within one table row


def nested_bar(values: Sequence[tuple[str, int]], largest: int) -> Element:
    """Bars laid over each other, widest first: (class, value) such as submitted, awarded, paid.

    Decoration of a table row that holds the same numbers, therefore hidden from screen readers.
    """
    picture = Element(
        "svg", {"class": "bar", "width": "100%", "height": "14", "aria-hidden": "true", "focusable": "false"}
    )
    for name, value in values:
        _rect(picture, f"bar-{name}", 0, 0, share(value, largest), 14)
    return picture


def progress_bar(value: int, goal: int, *, title: str) -> Element:
    """How far `value` is towards `goal`; what lies beyond the goal is not drawn."""
    picture = _picture("progress", 18, title, "")
    _rect(picture, "bar-track", 0, 0, 100, 18)
    _rect(picture, "bar-done", 0, 0, min(100, share(value, goal)), 18)
    return picture


# ------------------------------------------------------------------ columns over time

COLUMNS_HEIGHT, COLUMNS_TOP, COLUMNS_FOOT = 240, 22, 28
COLUMNS_LEFT = 12  # percent, for the numbers of the axis
MOST_LABELS = 4  # more would run into each other on a phone


def columns(items: Sequence[Column], *, title: str, description: str, axis: Mapping[int, str]) -> Element:
    """A column for each item, in order. `axis` holds the values of the grid lines with their words."""
    picture = _picture("columns", COLUMNS_HEIGHT, title, description)
    ceiling = max([item.value for item in items] + list(axis) + [1])
    floor = COLUMNS_HEIGHT - COLUMNS_FOOT
    room = floor - COLUMNS_TOP
    for value, words in axis.items():
        y = floor - room * value / ceiling
        _add(
            picture, "line", {"class": "grid", "x1": _percent(COLUMNS_LEFT), "x2": "100%", "y1": _px(y), "y2": _px(y)}
        )
        _text(picture, "axis", words, x=f"{COLUMNS_LEFT - 1.5:g}%", y=y + 4, anchor="end")
    step = (100 - COLUMNS_LEFT) / max(1, len(items))
    every = -(-len(items) // MOST_LABELS) or 1
    for number, item in enumerate(items):
        left, height = COLUMNS_LEFT + step * number, room * item.value / ceiling
        bar = _rect(picture, "column", left + step * 0.1, floor - height, step * 0.8, height)
        _title(bar, item.words)
        middle = f"{left + step / 2:.3f}%"
        if item.marked:
            _add(picture, "circle", {"class": "mark", "cx": middle, "cy": _px(floor - height - 9), "r": "4"})
        if number % every == 0 and (len(items) - number > every / 2 or number == 0):
            _text(picture, "axis", item.label, x=middle, y=COLUMNS_HEIGHT - 8, anchor="middle")
    return picture


def round_axis(largest: int) -> list[int]:
    """Grid lines at round numbers up to and including the first that is not less than `largest`: four at most."""
    for size in range(0, 20):
        for step in (1, 2, 5):
            unit = step * 10**size
            if unit * 3 >= largest:
                return [unit * n for n in range(0, max(1, -(-largest // unit)) + 1)]
    raise AssertionError("a count beyond 10^20")


# ------------------------------------------------------------------ a map of equal tiles

TILE_HEIGHT, TILE_GAP = 40, 2
LEVELS = (
    16,
    8,
    4,
    2,
    1,
)  # a tile's class is the first n for which value <= largest / n: places differ by powers of two


def tiles(items: Sequence[Tile], *, title: str, description: str) -> Element:
    """Each region one tile of the same size, so that a small crowded region is seen as well as a wide empty one."""
    wide = max((tile.column for tile in items), default=0) + 1
    tall = max((tile.row for tile in items), default=0) + 1
    picture = _picture("tiles", tall * TILE_HEIGHT, title, description)
    largest = max((tile.value for tile in items), default=0)
    step = 100 / wide
    for tile in items:
        group = _add(picture, "g", {"class": f"tile level-{level(tile.value, largest)}"})
        _title(group, tile.words)
        _rect(group, "", step * tile.column + 0.25, tile.row * TILE_HEIGHT, step - 0.5, TILE_HEIGHT - TILE_GAP)
        _text(
            group,
            "",
            tile.label,
            x=f"{step * (tile.column + 0.5):.3f}%",
            y=tile.row * TILE_HEIGHT + 24,
            anchor="middle",
        )
    return picture


def level(value: int, largest: int) -> int:
    """0 for nothing, then 1 to 5: up to a sixteenth, an eighth, a quarter, a half and the whole of the largest."""
    if value <= 0:
        return 0
    return next(number for number, part in enumerate(LEVELS, 1) if value * part <= largest)


# ------------------------------------------------------------------ money from sources to uses

FLOW_HEIGHT, FLOW_HEAD, LEAST_SLOT, SLOT_GAP = 220, 30, 40, 8
NODE, POOL_AT = 1.6, 58  # percent; names of contributors are longer than names of uses


def flow(sources: Sequence[Stream], uses: Sequence[Stream], *, pool: str, title: str, description: str) -> Element:
    """Streams that meet in one pool and leave it again. Widths are amounts on one scale on both sides."""
    whole = max(sum(s.amount for s in sources), sum(u.amount for u in uses), 1)
    left, right = _slots(sources, whole), _slots(uses, whole)
    depth = max([FLOW_HEIGHT] + [side[-1][0] + max(side[-1][1], LEAST_SLOT) for side in (left, right) if side])
    picture = _picture("flow", round(FLOW_HEAD + depth + 4), title, description)
    # Bands are filled shapes without outlines, so they may be stretched; text and nodes stand outside the stretching.
    bands = _add(picture, "svg", {
        "x": "0", "y": str(FLOW_HEAD), "width": "100%", "height": _px(depth),
        "viewBox": f"0 0 100 {_px(depth)}", "preserveAspectRatio": "none",
    })  # fmt: skip
    middle = (depth - FLOW_HEIGHT) / 2
    for side, streams, outward in ((left, sources, False), (right, uses, True)):
        at = middle
        for (top, height), stream in zip(side, streams, strict=True):
            ends = (POOL_AT + NODE, at, 100 - NODE, top) if outward else (NODE, top, POOL_AT, at)
            _band(bands, stream, ends, height)
            x = 100 - NODE if outward else 0
            _rect(picture, f"node node-{stream.kind}", x, FLOW_HEAD + top, NODE, max(height, 1))
            where, anchor = (f"{100 - NODE - 1.2}%", "end") if outward else (f"{NODE + 1.2}%", "start")
            _text(picture, "flow-name", stream.label, x=where, y=FLOW_HEAD + top + 15, anchor=anchor)
            _text(picture, "flow-amount", stream.words, x=where, y=FLOW_HEAD + top + 32, anchor=anchor)
            at += height
    _rect(picture, "node node-pool", POOL_AT, FLOW_HEAD + middle, NODE, FLOW_HEIGHT)
    _text(picture, "flow-pool", pool, x=f"{POOL_AT + NODE / 2}%", y=14, anchor="middle")
    _add(picture, "line", {
        "class": "leader", "x1": f"{POOL_AT + NODE / 2}%", "x2": f"{POOL_AT + NODE / 2}%", "y1": "20",
        "y2": _px(FLOW_HEAD + middle),
    })  # fmt: skip
    return picture


def _slots(streams: Sequence[Stream], whole: int) -> list[tuple[float, float]]:
    """(top, height) of each stream: heights to scale, tops far enough apart for two lines of text."""
    slots: list[tuple[float, float]] = []
    top = 0.0
    for stream in streams:
        height = FLOW_HEIGHT * stream.amount / whole
        slots.append((top, height))
        top += max(height, LEAST_SLOT) + SLOT_GAP
    return slots


def _band(bands: Element, stream: Stream, ends: tuple[float, float, float, float], height: float) -> None:
    x1, y1, x2, y2 = ends
    bend = (x1 + x2) / 2
    shape = (
        f"M{x1:.2f} {y1:.2f}C{bend:.2f} {y1:.2f} {bend:.2f} {y2:.2f} {x2:.2f} {y2:.2f}"
        f"V{y2 + height:.2f}C{bend:.2f} {y2 + height:.2f} {bend:.2f} {y1 + height:.2f} {x1:.2f} {y1 + height:.2f}Z"
    )
    band = _add(bands, "path", {"class": f"band band-{stream.kind}", "d": shape})
    _title(band, f"{stream.label}: {stream.words}")


# ------------------------------------------------------------------ the pieces


def share(value: int, whole: int) -> float:
    """`value` as a percentage of `whole`; nothing of nothing is nothing."""
    return 100 * value / whole if whole > 0 else 0.0


def _picture(kind: str, height: float, title: str, description: str) -> Element:
    picture = Element("svg", {"class": f"chart {kind}", "role": "img", "width": "100%", "height": _px(height)})
    picture.set("aria-label", f"{title}. {description}" if description else title)
    _title(picture, title)
    if description:
        SubElement(picture, "desc").text = description
    return picture


def _rect(parent: Element, name: str, x: float, y: float, width: float, height: float) -> Element:
    place = {"x": _percent(x), "y": _px(y), "width": _percent(width), "height": _px(height)}
    return _add(parent, "rect", {"class": name, **place} if name else place)


def _text(parent: Element, name: str, words: str, *, x: str, y: float, anchor: str) -> None:
    place = {"x": x, "y": _px(y), "text-anchor": anchor}
    _add(parent, "text", {"class": name, **place} if name else place).text = words


def _title(parent: Element, words: str) -> None:
    SubElement(parent, "title").text = words


def _add(parent: Element, tag: str, attributes: dict[str, str]) -> Element:
    return SubElement(parent, tag, attributes)


def _percent(value: float) -> str:
    return f"{value:.3f}%"


def _px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
