"""How can the whole mechanism be shown before any treaty is in force? With a scenario that says of itself, in every
name, that it is simulated. No real state appears in it, and nothing is said about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from amends.treaty.entry import Needed, Ratification, in_force_on

# Signatures come this long before ratifications, which come a few days apart.
SIGNED_BEFORE = timedelta(days=120)
APART = timedelta(days=3)


@dataclass(frozen=True)
class SimulatedParticipant:
    code: str
    name: str
    share_minor: int
    signed_on: date
    ratified_on: date


def simulated(needed: Needed, *, in_force_by: date, extra: int = 2) -> tuple[SimulatedParticipant, ...]:
    """Just enough simulated participants, and `extra` more, for entry into force on or before `in_force_by`.

    Shares differ, as they do in life, and together reach the share that is needed only with the last ratification
    that is needed, so both conditions are seen at work.
    """
    shares = _shares(needed)
    last = in_force_by - timedelta(days=31 * (needed.months + 2) + extra * APART.days)
    people = []
    for number in range(1, needed.ratifications + extra + 1):
        ratified = last - (needed.ratifications - number) * APART
        people.append(
            SimulatedParticipant(
                code=f"simulated-{number:02d}",
                name=f"Simulated participant {number:02d}",
                share_minor=shares[min(number, needed.ratifications) - 1],
                signed_on=last - needed.ratifications * APART - SIGNED_BEFORE,
                ratified_on=ratified,
            )
        )
    begins = in_force_on(needed, [Ratification(p.ratified_on, p.share_minor) for p in people])
    assert begins is not None, "a scenario that does not enter into force shows nothing"
    assert begins <= in_force_by, "a scenario that enters into force too late shows nothing"
    return tuple(people)


def _shares(needed: Needed) -> list[int]:
    """One share per ratification that is needed, growing, their sum exactly what is needed."""
    weights = range(1, needed.ratifications + 1)
    shares = [needed.share_minor * weight // sum(weights) for weight in weights]
    shares[-1] += needed.share_minor - sum(shares)
    return shares
