"""What does the law need to know about a claimant's other claims?

Some law looks past the one claim: the UNCC paid less for a departure when the same claimant also claimed elsewhere,
and at most four amounts per family for deaths. Such facts are computed here over all claims, before any of them is
decided, and enter the DMN model as ordinary inputs. mass.py holds the same meaning in SQL; a test compares the two.

Of the claims of the same claimant or household (a claim without a household counts by its claimant):

- ``elsewhere``: is there another claim in one of the fact's categories?
- ``position``: this claim's place, from 1, in the order of filing (then of the claim's number) among the claims in
  the fact's categories; null where its own category is not one of them.
- ``count``: how many claims there are in the fact's categories.

A claim that the checks found to be a duplicate takes no place and is not counted: otherwise a double filing would
push a family's real fourth claim over the limit. Claims without a filing time come last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from amends.programmes.programme import SetFact


@dataclass(frozen=True)
class Neighbour:
    """What set-wise facts see of a claim."""

    claim: str
    claimant: str
    household: str
    category: str
    filed_at: datetime | None
    duplicate: bool = False


_LAST = datetime.max.replace(tzinfo=UTC)


def compute(facts: Sequence[SetFact], claims: Sequence[Neighbour]) -> list[dict[str, Any]]:
    """For each claim, in the order given, the value of each fact."""
    found: list[dict[str, Any]] = [{} for _ in claims]
    for fact in facts:
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, claim in enumerate(claims):
            groups[_group(fact, claim)].append(index)
        for indices in groups.values():
            _fill(fact, claims, indices, found)
    return found


def _group(fact: SetFact, claim: Neighbour) -> tuple[str, str]:
    if fact.per == "household" and claim.household:
        return "household", claim.household
    return "claimant", claim.claimant


def _fill(fact: SetFact, claims: Sequence[Neighbour], indices: list[int], found: list[dict[str, Any]]) -> None:
    listed = {index for index in indices if claims[index].category in fact.categories}
    counted = {index for index in listed if not claims[index].duplicate}
    if fact.kind == "elsewhere":
        for index in indices:
            found[index][fact.name] = bool(counted - {index})
    elif fact.kind == "count":
        for index in indices:
            found[index][fact.name] = len(counted)
    else:
        before = 0
        for index in sorted(indices, key=lambda index: (claims[index].filed_at or _LAST, claims[index].claim)):
            found[index][fact.name] = before + 1 if index in listed else None
            before += index in counted
