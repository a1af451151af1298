"""Pictures say what the numbers say: nothing overlaps, nothing sticks out, no label can break the page."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from amends.public import charts

counts = st.integers(0, 10**9)
labels = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
EXACT = 0.01  # percent: coordinates are written with three decimals


def _rects(picture: Element, name: str) -> list[tuple[float, float, float, float]]:
    """(left, top, width, height) of every rect whose class begins with `name`."""
    found = [rect for rect in picture.iter("rect") if (rect.get("class") or "").startswith(name)]
    return [tuple(float(rect.get(side, "0").rstrip("%")) for side in ("x", "y", "width", "height")) for rect in found]  # type: ignore[misc] # four of them


@given(st.lists(counts, min_size=1, max_size=120))
def test_columns_stand_side_by_side_inside_the_picture(values: list[int]) -> None:
    axis = {value: str(value) for value in charts.round_axis(max(values))}
    items = [charts.Column("Jan 2026", value, str(value), marked=True) for value in values]
    drawn = _rects(charts.columns(items, title="t", description="d", axis=axis), "column")
    assert len(drawn) == len(values)
    for left, top, width, height in drawn:
        assert left >= charts.COLUMNS_LEFT
        assert left + width <= 100 + EXACT
        assert top >= charts.COLUMNS_TOP - EXACT
        assert top + height <= charts.COLUMNS_HEIGHT - charts.COLUMNS_FOOT + EXACT
    for (left, _, width, _), (next_left, *_) in pairwise(drawn):
        assert left + width <= next_left + EXACT


@given(st.lists(counts, min_size=2, max_size=40))
def test_a_larger_count_has_the_taller_column(values: list[int]) -> None:
    items = [charts.Column("", value, "") for value in values]
    heights = [r[3] for r in _rects(charts.columns(items, title="t", description="", axis={}), "column")]
    for value, height in zip(values, heights, strict=True):
        assert all(height >= other - EXACT for v, other in zip(values, heights, strict=True) if v <= value)


@given(st.integers(0, 10**15))
def test_an_axis_has_few_round_lines_and_reaches_the_largest_value(largest: int) -> None:
    lines = charts.round_axis(largest)
    assert 2 <= len(lines) <= 4
    assert lines[0] == 0
    assert lines[-1] >= largest
    assert all(str(line).rstrip("0") in ("", "1", "2", "3", "4", "5", "6", "10", "15") for line in lines)


@given(st.lists(counts, min_size=1, max_size=6), counts)
def test_a_bar_never_leaves_its_row(values: list[int], more: int) -> None:
    drawn = _rects(charts.nested_bar([("paid", value) for value in values], max(values) + more), "bar")
    assert all(left >= 0 and left + width <= 100 + EXACT for left, _, width, _ in drawn)


@given(st.lists(st.tuples(labels, counts), min_size=1, max_size=9), st.data())
def test_money_flows_out_as_wide_as_it_came_in(given_: list[tuple[str, int]], data: st.DataObject) -> None:
    whole = sum(amount for _, amount in given_)
    paid = data.draw(st.integers(0, whole))
    sources = [charts.Stream(name, amount, "") for name, amount in given_]
    uses = [charts.Stream("Paid", paid, "", "paid"), charts.Stream("Pool", whole - paid, "")]
    picture = charts.flow(sources, uses, pool="Fund", title="t", description="d")
    nodes = [r for r in _rects(picture, "node") if r[0] != charts.POOL_AT]
    for side in ([n for n in nodes if n[0] == 0], [n for n in nodes if n[0] > 0]):
        for (_, top, _, height), (_, next_top, _, _) in pairwise(side):
            assert top + max(height, charts.LEAST_SLOT) <= next_top + EXACT  # room for two lines of text
        assert side[-1][1] + side[-1][3] <= float(picture.get("height", "0"))
    if whole:
        assert abs(sum(n[3] for n in nodes if n[0] > 0 and n[3] > 1) - charts.FLOW_HEIGHT) < 3


@given(labels, labels)
def test_labels_are_escaped(label: str, words: str) -> None:
    tile = charts.Tile(0, 0, f"<script>{label}", 1, f"</title>{words}&")
    picture = fromstring(charts.markup(charts.tiles([tile], title=f'"{words}', description="<b>")))
    assert [element.tag for element in picture.iter() if element.tag in ("script", "b")] == []
    assert (picture.findtext("g/text") or "") == f"<script>{label}"


def test_a_picture_has_a_title_and_a_description_for_those_who_cannot_see_it() -> None:
    picture = charts.tiles([], title="Claims by region", description="Most: Kharkiv.")
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == "Claims by region. Most: Kharkiv."
    assert (picture.findtext("title"), picture.findtext("desc")) == ("Claims by region", "Most: Kharkiv.")


@given(counts, st.integers(1, 10**9))
def test_a_tile_is_never_darker_than_one_that_holds_more(value: int, largest: int) -> None:
    value = min(value, largest)
    assert 0 <= charts.level(value, largest) <= charts.level(largest, largest) == 5
    assert charts.level(value, largest) <= charts.level(min(value + 1, largest), largest)
