"""A hidden count stays hidden, also from those who can subtract."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amends.public.disclosure import LEAST, shown


@given(st.lists(st.integers(0, 40), max_size=12))
def test_small_counts_are_hidden_and_none_can_be_computed_from_the_sum(counts: list[int]) -> None:
    seen = shown(counts)
    for count, view in zip(counts, seen, strict=True):
        assert view in (None, count)
        assert view is None or not 0 < view < LEAST
    hidden = [count for count, view in zip(counts, seen, strict=True) if view is None]
    if hidden and any(view for view in seen):  # where nothing is shown, nothing can be subtracted
        assert len(hidden) > 1
        assert sum(hidden) >= LEAST


def test_one_small_count_takes_the_next_smallest_with_it() -> None:
    assert shown([120, 3, 17]) == [120, None, None]
    assert shown([120, 1, 1]) == [None, None, None]
