"""A slow oracle that knows nothing of bends and remainders' tricks: fractions, bisection, and the rule read aloud."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from amends.payments.allocation import Due, allocate
from amends.programmes.programme import Phase, Tier

amount = st.integers(0, 60) | st.integers(0, 10**13)
limit = st.none() | st.integers(1, 40) | st.integers(1, 10**12)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Due], Phase, int]:
    dues = []
    for claim in range(draw(st.integers(0, 8))):
        award = draw(amount.map(lambda a: a + 1))
        earlier = draw(st.just(0) | st.integers(0, award))
        counted = draw(st.sampled_from([0, earlier]))
        dues.append(Due(claim, draw(st.integers(0, 4)), draw(st.sampled_from("AB")), award, earlier, counted))
    tiers = draw(
        st.lists(
            st.builds(
                Tier, st.sampled_from([("A",), ("B",), ("A", "B")]), floor_minor=limit, cap_minor=limit
            ), min_size=1, max_size=3,
        )
    )  # fmt: skip
    return dues, Phase(1, {}, tuple(tiers), per=draw(st.sampled_from(["claimant", "claim"]))), draw(amount)


@settings(max_examples=3_000, deadline=None)
@given(cases())
def test_the_oracle_agrees_to_the_cent(case: tuple[list[Due], Phase, int]) -> None:
    dues, phase, available = case
    assert dict(allocate(dues, phase, available).amounts) == oracle(dues, phase, available)


@given(cases())
def test_nobody_gets_more_than_is_due_and_nothing_is_lost(case: tuple[list[Due], Phase, int]) -> None:
    dues, phase, available = case
    result = allocate(dues, phase, available)
    awards = {due.claim: due.award_minor - due.earlier_minor for due in dues}
    assert all(0 < paid <= awards[claim] for claim, paid in result.amounts)
    assert result.total_minor == sum(share.allocated_minor for share in result.shares) <= available


def oracle(dues: list[Due], phase: Phase, available: int) -> dict[int, int]:
    given: dict[int, int] = defaultdict(int)
    for tier in phase.tiers:
        payees = defaultdict(list)
        for due in dues:
            if due.category in tier.categories:
                payees[due.claim if phase.per == "claim" else due.claimant].append(due)
        limits = {}
        for payee, own in payees.items():
            remaining = sum(due.award_minor - due.earlier_minor - given[due.claim] for due in own)
            counted = sum(due.counted_minor + given[due.claim] for due in own)
            cap = remaining if tier.cap_minor is None else min(remaining, max(0, tier.cap_minor - counted))
            floor = min(cap, max(0, (tier.floor_minor or 0) - counted))
            limits[payee] = (remaining, floor, cap)
        exact = share(limits, available)
        got = largest_remainder(
            exact, {p: (limits[p][0], min(due.claim for due in payees[p])) for p in payees}, min(
                available, sum(cap for _, _, cap in limits.values())
            ),
        )  # fmt: skip
        available -= sum(got.values())
        for payee, own in payees.items():
            remaining = limits[payee][0]
            left = {due.claim: due.award_minor - due.earlier_minor - given[due.claim] for due in own}
            parts = {
                claim: Fraction(got[payee] * r, remaining) if remaining else Fraction(0) for claim, r in left.items()
            }
            for claim, part in largest_remainder(parts, {c: (r, c) for c, r in left.items()}, got[payee]).items():
                given[claim] += part
    return {claim: paid for claim, paid in given.items() if paid}


def share(limits: dict[int, tuple[int, int, int]], available: int) -> dict[int, Fraction]:
    """clamp(L × remaining, floor, cap) for the L at which the sum is right, found by halving an interval until no
    bend is left inside it, and then by one division."""

    def at(factor: Fraction) -> dict[int, Fraction]:
        return {p: max(Fraction(low), min(Fraction(high), factor * r)) for p, (r, low, high) in limits.items()}

    if sum(high for _, _, high in limits.values()) <= available:
        return {payee: Fraction(high) for payee, (_, _, high) in limits.items()}
    floors = sum(low for _, low, _ in limits.values())
    if floors >= available:
        return {p: Fraction(low * available, floors) if floors else Fraction(0) for p, (_, low, _) in limits.items()}
    bends = sorted({Fraction(x, r) for r, low, high in limits.values() if r for x in (low, high)} | {Fraction(1)})
    below = max((b for b in bends if sum(at(b).values()) <= available), default=Fraction(0))
    above = min(b for b in bends if sum(at(b).values()) > available)
    first, last = sum(at(below).values()), sum(at(above).values())
    return at(below + (above - below) * (available - first) / (last - first))


def largest_remainder(exact: dict[int, Fraction], ties: dict[int, tuple[int, int]], total: int) -> dict[int, int]:
    floors = {who: int(value) for who, value in exact.items()}
    order = sorted(exact, key=lambda who: (floors[who] - exact[who], -ties[who][0], ties[who][1]))
    for who in order[: total - sum(floors.values())]:
        floors[who] += 1
    return floors
