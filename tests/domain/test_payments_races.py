"""Two treasurers at once: a round is made once, and no award is paid twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from tests.domain.awards import FOUR, NOON, WHO, award

from amends.claims.models import Claim
from amends.fund import operations as fund
from amends.iso20022.credit_transfer import Debtor
from amends.payments import operations, queries
from amends.payments.models import Allocation, Instruction, Round
from amends.programmes import folder
from amends.programmes import operations as programmes

FUND = Debtor("Compensation Fund", "NL41MOCK0000000001")


@pytest.fixture
def version(committed: None, tmp_path: Path, settings: Any) -> Iterator[int]:
    settings.HOME = tmp_path
    adopted = programmes.adopt(folder.load(folder.find("uncc/v1")), **WHO)
    fund.contribute(version_id=adopted, contributor="Donor", amount_minor=1_000_000, currency="USD", key="1", **WHO)
    award(adopted, *FOUR)
    return adopted


def together(*deeds: Callable[[], Any]) -> list[Any]:
    start, results = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        start.wait()
        try:
            results.append(deed())
        except (DatabaseError, operations.PaymentRefusal) as refused:
            results.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_eight_allocations_at_once_are_one_round(version: int) -> None:
    made = together(*[lambda: operations.allocate(version_id=version, phase=1, **WHO)] * 8)
    assert {each.id for each in made} == {Round.objects.get().pk}
    assert Allocation.objects.count() == 4


def test_four_orders_and_releases_at_once_are_one_file(version: int) -> None:
    round_id = operations.allocate(version_id=version, phase=1, **WHO).id
    together(*[lambda: operations.instruct(round_id=round_id, debtor=FUND, **WHO)] * 4)
    assert Instruction.objects.count() == 3
    together(*[lambda: operations.release(round_id=round_id, **WHO)] * 4)
    assert queries.summary(version).in_transit == queries.Part(3, 700_000)


@pytest.mark.parametrize("race", range(5))
def test_sixty_and_sixty_of_a_hundred_are_never_both_allocated(version: int, race: int) -> None:
    """With plain rows, as a program would that goes around our queue."""
    claim = Claim.objects.get(number="UNCC-0001")

    @transaction.atomic
    def give(number: int) -> int:
        made = Round.objects.create(
            programme_id=version, phase=9, number=number, available_minor=10**6, allocated_minor=120_000,
            currency="USD", awards=1, allocations=1, shares=[], input_sha256="", output_sha256="", at=NOON,
        )  # fmt: skip
        Allocation.objects.create(round=made, claim=claim, amount_minor=120_000)
        return 1

    results = together(lambda: give(1), lambda: give(2))
    assert [result for result in results if result == 1] == [1]
    assert Allocation.objects.count() == 1
