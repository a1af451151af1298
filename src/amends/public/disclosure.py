"""Which counts of a sensitive category may be shown? Small ones point at people, and so may a difference from a sum.

Primary suppression hides counts of 1 to 4. The group's sum is public, so whoever subtracts what is shown learns what
the hidden counts add up to: where that is small too, or where only one is hidden, the smallest of the others is
hidden with them (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 5


def shown(counts: Sequence[int], least: int = LEAST) -> list[int | None]:
    """The counts of one group whose sum is public, None where one is hidden."""
    hidden = [place for place, count in enumerate(counts) if 0 < count < least]
    others = sorted((place for place, count in enumerate(counts) if count >= least), key=lambda place: counts[place])
    if hidden and others and (len(hidden) == 1 or sum(counts[place] for place in hidden) < least):
        hidden.append(others[0])
    return [None if place in hidden else count for place, count in enumerate(counts)]
