"""The whole exchange with a bank that nobody here wrote: files in, reports, notifications and statements out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.domain.awards import FOUR, WHO, award

from amends.claims.models import Claim
from amends.cli.pay import Steps
from amends.fund import operations as fund
from amends.fund import queries as funds
from amends.journal.models import Entry
from amends.payments import operations, queries
from amends.payments.gateway import SIMULATED, BankUnreachable, FolderBank, HttpBank, simulated_bank


def test_a_phase_is_paid_and_the_statement_agrees_with_the_books(version: int, tmp_path: Path) -> None:
    award(version, *FOUR)
    steps = Steps(version, 1, 1, by="treasurer")
    with simulated_bank(tmp_path / "bank") as bank:
        round_id = steps.order(SIMULATED)
        steps.release(round_id)
        steps.settle_with(bank, currency="USD", closed=1)
        first = steps.result(round_id)
    assert first.summary["paid"] == {"count": 2, "amount_minor": 500_000}
    assert first.summary["rejected"] == {"count": 1, "amount_minor": 200_000}
    assert first.summary["held"] == {"count": 1, "amount_minor": 250_000}
    assert first.reconciliation is not None
    assert first.reconciliation["difference_minor"] == 0
    assert first.unmatched == 0
    assert queries.paid_claims(version) == 2
    [state] = queries.of_claim(Claim.objects.get(number="UNCC-0001").pk)
    assert (state.state, state.reason) == ("rejected", "AC04")


def test_everything_again_pays_nobody_twice(version: int, tmp_path: Path) -> None:
    award(version, *FOUR)
    results = []
    for _ in range(2):
        with simulated_bank(tmp_path / "bank") as bank:
            steps = Steps(version, 1, 1, by="treasurer")
            round_id = steps.order(SIMULATED)
            steps.release(round_id)
            steps.settle_with(bank, currency="USD")
            results.append((steps.result(round_id).summary, funds.balances(version), Entry.objects.count()))
    assert results[0] == results[1]
    assert steps.delivered == 0


def test_a_second_round_with_new_money_at_the_same_bank_agrees_too(version: int, tmp_path: Path) -> None:
    award(version, *FOUR)
    for number, available in ((1, 500_000), (2, None)):
        if number == 2:
            fund.contribute(
                version_id=version, contributor="Late", amount_minor=77, currency="USD", key="late", **WHO
            )
        steps = Steps(version, 1, number, by="treasurer")
        with simulated_bank(tmp_path / "bank") as bank:
            round_id = steps.order(SIMULATED, available_minor=available)
            steps.release(round_id)
            steps.settle_with(bank, currency="USD")
        reconciled = queries.reconciliation(version)
        assert reconciled is not None
        assert reconciled.difference_minor == 0
    assert queries.unmatched(version) == []


def test_a_folder_takes_files_and_gives_answers(version: int, tmp_path: Path) -> None:
    award(version, *FOUR)
    folder = FolderBank(tmp_path / "transfer")
    steps = Steps(version, 1, 1, by="treasurer")
    round_id = steps.order(SIMULATED)
    steps.release(round_id)
    steps.exchange(folder)
    [file] = (tmp_path / "transfer" / "out").iterdir()
    with simulated_bank(tmp_path / "bank") as bank:
        bank.open_account(currency="USD", balance_minor=10**9, given_minor=0)
        bank.send("by hand", file.read_bytes())
        (tmp_path / "transfer" / "in").mkdir()
        for number, message in enumerate(bank.messages()):
            (tmp_path / "transfer" / "in" / f"{number}.xml").write_bytes(message)
    steps.exchange(folder)
    assert steps.result(round_id).summary["paid"]["count"] == 3


def test_a_bank_that_is_away_is_said_to_be_and_nothing_is_lost(version: int) -> None:
    award(version, *FOUR)
    round_ = operations.allocate(version_id=version, phase=1, **WHO)
    operations.instruct(round_id=round_.id, debtor=SIMULATED, **WHO)
    operations.release(round_id=round_.id, **WHO)
    with pytest.raises(BankUnreachable, match="does not answer"):
        operations.deliver(version_id=version, bank=HttpBank("http://127.0.0.1:9"), **WHO)
    assert len(queries.undelivered(version)) == 1


def test_a_file_is_not_sent_again_to_a_bank_that_has_it(version: int, tmp_path: Path, monkeypatch: Any) -> None:
    award(version, *FOUR)
    round_ = operations.allocate(version_id=version, phase=1, **WHO)
    operations.instruct(round_id=round_.id, debtor=SIMULATED, **WHO)
    operations.release(round_id=round_.id, **WHO)
    with simulated_bank(tmp_path / "bank") as bank:
        bank.open_account(currency="USD", balance_minor=10**9, given_minor=0)
        send = bank.send

        def sent_and_cut_off(message_id: str, data: bytes) -> None:
            send(message_id, data)
            raise KeyboardInterrupt

        monkeypatch.setattr(bank, "send", sent_and_cut_off)
        with pytest.raises(KeyboardInterrupt):
            operations.deliver(version_id=version, bank=bank, **WHO)
        assert operations.deliver(version_id=version, bank=bank, **WHO) == 0
        operations.collect(version_id=version, bank=bank, **WHO)
    assert queries.summary(version).paid.count == 3
