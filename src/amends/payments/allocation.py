"""Who gets how much when the fund is short? Exact to the cent, by a rule that anybody can recompute.

Tiers are served in their order; the next sees only what the one before has left. In a tier everyone gets

    clamp(L × remaining, floor, cap)

with one rational number L for the whole tier, chosen so that the sum is exactly what there is. L is a fraction of
whole numbers, never a float: per-person rounding at 37 % of 200,000 awards misses the fund by hundreds of cents.
Cents that cannot be split go by the largest remainder; equal remainders go to the larger remaining award, then to
the lower claim. Where not even the floors can be paid, the floors themselves are shared pro rata.

Floor and cap hold per claimant (or per claim, as the phase says). What a claimant gets is split over their claims in
proportion to what remains of each, by the same largest remainder.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from amends.programmes.programme import Phase, Tier

# Two different fractions whose denominators are below 2^63 differ by more than 2^-126, so fixed point with 128 bits
# orders them exactly, and much faster than comparing fractions does.
ORDER_BITS = 128


class Due(NamedTuple):
    """An award as a round meets it.

    `earlier_minor` was allocated on it before, in any phase; `counted_minor` is the part of that which counts towards
    this phase's floors and caps.
    """

    claim: int
    claimant: int
    category: str
    award_minor: int
    earlier_minor: int = 0
    counted_minor: int = 0


@dataclass(frozen=True)
class Share:
    """How one tier was shared: enough to recompute it.

    `factor` is L. `floor_factor` is below 1 only where the floors could not be paid in full.
    """

    categories: tuple[str, ...]
    available_minor: int
    allocated_minor: int
    factor: Fraction
    floor_factor: Fraction
    payees: int
    at_floor: int
    at_cap: int
    in_full: int


@dataclass(frozen=True)
class Allocation:
    """(claim, amount) for every claim that gets something, in the order of claims."""

    amounts: tuple[tuple[int, int], ...]
    shares: tuple[Share, ...]

    @property
    def total_minor(self) -> int:
        return sum(amount for _, amount in self.amounts)


class Room(NamedTuple):
    """What one payee may get in one tier: at least `low`, at most `high`, in proportion to `remaining`."""

    payee: int
    first_claim: int
    remaining: int
    low: int
    high: int


def allocate(dues: Iterable[Due], phase: Phase, available_minor: int) -> Allocation:
    """Shares `available_minor` among `dues` by the rules of `phase`."""
    dues = tuple(dues)
    given: dict[int, int] = defaultdict(int)
    shares = []
    for tier in phase.tiers:
        share = _serve(tier, dues, given, phase.per == "claim", available_minor)
        available_minor -= share.allocated_minor
        shares.append(share)
    return Allocation(tuple(sorted((claim, amount) for claim, amount in given.items() if amount)), tuple(shares))


def input_lines(dues: Iterable[Due], numbers: Sequence[str]) -> Iterable[str]:
    """A round's input as text, one line per award: what an outsider needs to recompute it."""
    yield "claim,claimant,category,award_minor,earlier_minor,counted_minor\n"
    for number, due in zip(numbers, dues, strict=True):
        yield f"{number},{due.claimant},{due.category},{due.award_minor},{due.earlier_minor},{due.counted_minor}\n"


def output_lines(amounts: Iterable[tuple[str, int]]) -> Iterable[str]:
    yield "claim,amount_minor\n"
    for number, amount in amounts:
        yield f"{number},{amount}\n"


def digest(lines: Iterable[str]) -> str:
    """SHA-256 over the lines, as hex."""
    hashed = hashlib.sha256()
    for line in lines:
        hashed.update(line.encode())
    return hashed.hexdigest()


# ------------------------------------------------------------------ one tier


def _serve(tier: Tier, dues: Sequence[Due], given: dict[int, int], per_claim: bool, available: int) -> Share:
    """Adds to `given` what this tier gives."""
    claims: dict[int, list[tuple[int, int]]] = defaultdict(list)  # payee -> (claim, what remains of it)
    counted: dict[int, int] = defaultdict(int)
    categories = frozenset(tier.categories)
    for claim, claimant, category, award, earlier, counts in dues:
        if category in categories:
            payee = claim if per_claim else claimant
            before = given.get(claim, 0)
            counted[payee] += counts + before
            claims[payee].append((claim, award - earlier - before))
    rooms = [room for payee, own in claims.items() if (room := _room(tier, payee, own, counted[payee])).high > 0]
    amounts, factor, floor_factor = _divide(rooms, max(available, 0))
    payees = at_floor = at_cap = in_full = 0
    for (payee, first, remaining, low, high), amount in zip(rooms, amounts, strict=True):
        if amount == 0:
            continue
        payees += 1
        at_floor += amount == low < high
        at_cap += amount == high < remaining
        in_full += amount == remaining
        own = claims[payee]
        if len(own) == 1:
            given[first] += amount
        else:
            for claim, part in _split(amount, own, remaining):
                given[claim] += part
    return Share(
        categories=tier.categories,
        available_minor=available,
        allocated_minor=sum(amounts),
        factor=factor,
        floor_factor=floor_factor,
        payees=payees,
        at_floor=at_floor,
        at_cap=at_cap,
        in_full=in_full,
    )


def _room(tier: Tier, payee: int, claims: list[tuple[int, int]], counted: int) -> Room:
    if len(claims) == 1:  # nearly everyone; this loop runs once per person of a whole country
        [(first, remaining)] = claims
    else:
        first, remaining = min(claims)[0], sum(remains for _, remains in claims)
    high = remaining if tier.cap_minor is None else min(remaining, max(tier.cap_minor - counted, 0))
    low = min(high, max((tier.floor_minor or 0) - counted, 0))
    return Room(payee, first, remaining, low, high)


def _divide(rooms: Sequence[Room], available: int) -> tuple[list[int], Fraction, Fraction]:
    """What each room gets, and the two factors. The amounts add up to `available`, or fill every room."""
    if sum(room.high for room in rooms) <= available:
        return [room.high for room in rooms], Fraction(1), Fraction(1)
    floors = sum(room.low for room in rooms)
    if floors >= available:
        # Not even the floors: they are shared as the rest would be, in proportion to themselves.
        factor = Fraction(available, floors) if floors else Fraction(1)
        return _round([(room.low, 0, room.low) for room in rooms], rooms, factor, available), Fraction(0), factor
    factor = _factor(rooms, available)
    weighed = [(room.remaining, room.low, room.high) for room in rooms]
    return _round(weighed, rooms, factor, available), factor, Fraction(1)


def _factor(rooms: Sequence[Room], available: int) -> Fraction:
    """L such that the sum of clamp(L × remaining, low, high) is `available`, which lies between their sums.

    The sum grows with L in straight pieces. Each room bends it at most twice: where it leaves its floor and where it
    meets its cap. We walk from bend to bend until the piece is found in which the sum is right.
    """
    bends = []
    fixed, slope = 0, 0
    for room in rooms:
        if room.low == room.high:
            fixed += room.low
            continue
        if room.low:
            fixed += room.low
            bends.append(
                ((room.low << ORDER_BITS) // room.remaining, room.low, room.remaining, -room.low, room.remaining)
            )
        else:
            slope += room.remaining
        if room.high < room.remaining:  # a cap that is not below the award is met at L = 1, which is never reached
            bends.append(
                ((room.high << ORDER_BITS) // room.remaining, room.high, room.remaining, room.high, -room.remaining)
            )
    bends.sort()
    for _, numerator, denominator, to_fixed, to_slope in bends:
        if fixed * denominator + slope * numerator >= available * denominator:
            break
        fixed, slope = fixed + to_fixed, slope + to_slope
    return Fraction(available - fixed, slope)


def _round(
    weighed: Sequence[tuple[int, int, int]], rooms: Sequence[Room], factor: Fraction, available: int
) -> list[int]:
    """clamp(factor × weight, low, high) in whole units that add up to `available`, by the largest remainder."""
    numerator, denominator = factor.numerator, factor.denominator
    amounts = []
    remainders = []
    for place, (weight, low, high) in enumerate(weighed):
        whole, rest = divmod(numerator * weight, denominator)
        if whole < low:
            amounts.append(low)
        elif whole >= high:
            amounts.append(high)
        else:
            amounts.append(whole)
            if rest:
                room = rooms[place]
                remainders.append((-rest, -room.remaining, room.first_claim, place))
    remainders.sort()
    for *_, place in remainders[: available - sum(amounts)]:
        amounts[place] += 1
    return amounts


def _split(amount: int, claims: list[tuple[int, int]], remaining: int) -> list[tuple[int, int]]:
    """One payee's amount over their claims, in proportion to what remains of each."""
    parts = {claim: amount * remains // remaining for claim, remains in claims}
    left = amount - sum(parts.values())
    order = sorted((-(amount * remains % remaining), -remains, claim) for claim, remains in claims)
    for _, _, claim in order[:left]:
        parts[claim] += 1
    return list(parts.items())
