"""The sums a lawyer would compute by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from amends.payments.allocation import Allocation, Due, allocate
from amends.programmes.programme import Phase, Tier

UNCC_1 = Phase(1, {}, (Tier(("A", "B", "C"), None, 2_500),))


def phase(*tiers: Tier, **rules: Any) -> Phase:
    return Phase(1, {}, tiers, **rules)


def dues(*awards: int, category: str = "A") -> list[Due]:
    return [Due(claim, claim, category, award) for claim, award in enumerate(awards, start=1)]


def amounts(allocation: Allocation) -> list[int]:
    return [amount for _, amount in allocation.amounts]


def test_the_first_phase_of_the_uncc() -> None:
    paid = allocate(dues(2_000, 2_500, 30_000, 250_000), UNCC_1, 10**9)
    assert amounts(paid) == [2_000, 2_500, 2_500, 2_500]
    assert (paid.shares[0].at_cap, paid.shares[0].in_full) == (2, 2)


def test_the_second_phase_goes_on_where_the_first_ended() -> None:
    earlier = [2_000, 2_500, 2_500, 2_500]
    met = [
        due._replace(earlier_minor=paid)
        for due, paid in zip(dues(2_000, 2_500, 30_000, 250_000), earlier, strict=True)
    ]
    assert amounts(allocate(met, phase(Tier(("A",), None, 25_000)), 10**9)) == [25_000, 25_000]
    counting = [due._replace(counted_minor=due.earlier_minor) for due in met]
    assert amounts(allocate(counting, phase(Tier(("A",), None, 25_000)), 10**9)) == [22_500, 22_500]


def test_each_gets_the_floor_and_the_rest_in_proportion() -> None:
    # min(award, 1,000) each is 500 + 1,000 + 1,000; the factor that uses up 4,000 is 3,500/11,000 for the others.
    shared = allocate(dues(500, 2_000, 9_000), phase(Tier(("A",), 1_000, None)), 4_000)
    assert amounts(shared) == [500, 1_000, 2_500]
    assert shared.shares[0].factor == Fraction(2_500, 9_000)
    assert shared.shares[0].at_floor == 1


def test_where_the_floors_cannot_be_paid_they_are_shared() -> None:
    shared = allocate(dues(500, 2_000, 9_000), phase(Tier(("A",), 1_000, None)), 1_250)
    assert amounts(shared) == [250, 500, 500]
    assert shared.shares[0].floor_factor == Fraction(1, 2)


def test_a_later_tier_sees_only_what_is_left() -> None:
    claims = [Due(1, 1, "A", 600), Due(2, 2, "B", 1_000), Due(3, 3, "B", 1_000)]
    assert amounts(allocate(claims, phase(Tier(("A",), None, None), Tier(("B",), None, None)), 1_000)) == [
        600,
        200,
        200,
    ]
    assert amounts(allocate(claims, phase(Tier(("A",), None, None), Tier(("B",), None, None)), 500)) == [500]


def test_a_cap_is_per_person_and_not_per_claim() -> None:
    two_of_one = [Due(1, 7, "A", 2_000), Due(2, 7, "C", 6_000), Due(3, 8, "A", 9_000)]
    assert amounts(allocate(two_of_one, UNCC_1, 10**9)) == [625, 1_875, 2_500]
    assert amounts(allocate(two_of_one, phase(*UNCC_1.tiers, per="claim"), 10**9)) == [2_000, 2_500, 2_500]


def test_a_cent_that_cannot_be_split_goes_to_the_largest_remainder() -> None:
    # Thirds of 100: equal awards have equal remainders, so the lower claim gets the cent.
    assert amounts(allocate(dues(100, 100, 100), phase(Tier(("A",), None, None)), 100)) == [34, 33, 33]
    # 1/2 of 3 and of 5 leave the same remainder: it goes to the larger award.
    assert amounts(allocate(dues(3, 5), phase(Tier(("A",), None, None)), 4)) == [1, 3]


def test_a_category_of_no_tier_gets_nothing() -> None:
    assert allocate(dues(100, category="F"), UNCC_1, 1_000).amounts == ()


def test_an_empty_fund_gives_nothing() -> None:
    assert allocate(dues(100, 200), UNCC_1, 0).amounts == ()
