"""Which rules of a table can apply to one claim together?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amends.rules.cells import Column, Part


def overlapping(columns: Sequence[Column], count: int) -> Iterator[tuple[int, int]]:
    """Pairs of rules, from 1, that share a part in every column. With no pair the rules are disjoint for
    certain; a pair may still exclude each other where columns depend on one another."""
    together = [(1 << count) - 1] * count
    for column in columns:
        shared = [0] * count
        for part in (*column.parts, column.null):
            for number in _numbers(part):
                if number < count:
                    shared[number] |= part.mask
        together = [mask & own for mask, own in zip(together, shared, strict=True)]
    for first in range(count):
        for second in range(first + 1, count):
            if together[first] >> second & 1:
                yield first + 1, second + 1


def _numbers(part: Part) -> Iterator[int]:
    mask = part.mask
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
