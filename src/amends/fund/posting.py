"""What moves, from where to where? A posting: legs that sum to zero in their currency.

Every account holds money. Moving 100 from the pool to the reserve is two legs, -100 and +100. A source, which is a
contributor, goes below zero by what it gave: so all balances together are zero at all times, and what was given is
at every moment either held or spent.

    contributor ──▶ pool ──▶ reserved ──▶ in-transit ──▶ paid
                      ▲          ▲            │            │
                      │          └── rejected ┘  returned ─┘ (to reserved: it is still the claimant's)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from amends.journal.canonical import fingerprint

POOL, RESERVED, IN_TRANSIT, PAID = "pool", "reserved", "in-transit", "paid"
# code -> kind. Money that is held lies in the fund's bank account: pool + reserved + in-transit = the bank's balance.
ACCOUNTS = {POOL: "held", RESERVED: "held", IN_TRANSIT: "held", PAID: "spent"}
SOURCE = "contributor:"


@dataclass(frozen=True)
class Leg:
    """`amount_minor` onto the account (below zero: from it); `reference` says what for, where it is one thing."""

    account: str
    amount_minor: int
    reference: str = ""


@dataclass(frozen=True)
class Posting:
    """`key` names it for ever: posted twice it is posted once, and other content under the same key is refused."""

    key: str
    kind: str
    memo: str
    legs: tuple[Leg, ...]
    reverses: str | None = None

    @property
    def fingerprint(self) -> bytes:
        return fingerprint(
            {
                "kind": self.kind,
                "memo": self.memo,
                "legs": sorted([leg.account, leg.reference, leg.amount_minor] for leg in self.legs),
                "reverses": self.reverses,
            }
        )

    @property
    def moved_minor(self) -> int:
        return sum(leg.amount_minor for leg in self.legs if leg.amount_minor > 0)


def move(key: str, kind: str, memo: str, *, source: str, to: str, amount_minor: int) -> Posting:
    """One sum from one account to another."""
    return Posting(key, kind, memo, (Leg(source, -amount_minor), Leg(to, amount_minor)))


def move_each(key: str, kind: str, memo: str, *, source: str, to: str, amounts: Iterable[tuple[str, int]]) -> Posting:
    """Many sums, each with its reference, from one account to another: one leg out, one leg in for each."""
    into = tuple(Leg(to, amount, reference) for reference, amount in amounts)
    return Posting(key, kind, memo, (Leg(source, -sum(leg.amount_minor for leg in into)), *into))


def mirror(original: Posting, key: str, memo: str) -> Posting:
    """The posting that undoes `original`, leg by leg."""
    legs = tuple(Leg(leg.account, -leg.amount_minor, leg.reference) for leg in original.legs)
    return Posting(key, "reversal", memo, legs, reverses=original.key)


def content(posting: Posting, *, programme: str) -> dict[str, Any]:
    """What the journal keeps of a posting: committed to, not published, for its references are claims."""
    return {
        "v": 1,
        "kind": "fund.posted",
        "programme": programme,
        "key": posting.key,
        "posting": posting.kind,
        "legs": len(posting.legs),
        "moved_minor": posting.moved_minor,
        "fingerprint": posting.fingerprint.hex(),
    }


def contribution(*, programme: str, contributor: str, amount_minor: int, currency: str, key: str) -> dict[str, Any]:
    """What the public log says of a contribution."""
    return {
        "v": 1,
        "kind": "contribution.received",
        "programme": programme,
        "contributor": contributor,
        "amount_minor": amount_minor,
        "currency": currency,
        "key": key,
    }


def shares(amount_minor: int, given: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Whose money is `amount_minor` of a pool into which everyone gave what `given` says?

    Money in a pool has no names on it, so the answer is pro rata, exact to the cent by the largest remainder; equal
    remainders go in the order of names.
    """
    total = sum(amount for _, amount in given)
    if not total:
        return ()
    floors = {who: amount_minor * amount // total for who, amount in given}
    left = amount_minor - sum(floors.values())
    order = sorted(given, key=lambda pair: (-(amount_minor * pair[1] % total), pair[0]))
    extra = {who for who, _ in order[:left]}
    return tuple((who, floors[who] + (who in extra)) for who, _ in given)
