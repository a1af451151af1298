"""From awards to money that arrived: shared, ordered, checked, sent, answered, booked; and no step counts twice."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests.domain.awards import FOUR, IBANS, NOON, WHO, award

from amends.claims.models import Claim
from amends.fund import queries as funds
from amends.iso20022 import credit_transfer
from amends.iso20022.credit_transfer import Debtor
from amends.journal.canonical import canonical
from amends.journal.models import Entry
from amends.payments import operations, queries
from amends.payments.models import Allocation, Batch, Event, Instruction, Round
from amends.people.models import Claimant
from amends.programmes.models import Version

FUND = Debtor("Compensation Fund", "NL41MOCK0000000001")


def shared(version: int) -> queries.RoundRow:
    return operations.allocate(version_id=version, phase=1, **WHO)


def sent(version: int, batch_size: int = 100) -> queries.RoundRow:
    """Awards shared, ordered and released."""
    round_ = shared(version)
    operations.instruct(round_id=round_.id, debtor=FUND, batch_size=batch_size, **WHO)
    operations.release(round_id=round_.id, **WHO)
    return round_


def answer(version: int, data: str) -> dict[str, int] | None:
    given = operations.apply_bank_answer(version_id=version, data=data.encode(), **WHO)
    return {kind: count for kind, count in given.counts.items() if count} if given else None


def report(*lines: tuple[str, str, str], group: str = "PART", id_: str = "R1", why: str = "") -> str:
    file = Batch.objects.get().message_id
    payments = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for id, status, reason in lines
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{id_}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{file}</OrgnlMsgId>"
        f"<GrpSts>{group}</GrpSts>{why}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{payments}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    )


def statement(*lines: tuple[str, int, str], id_: str = "S1", iban: str = FUND.iban, closing: int = 0) -> str:
    """(end-to-end id, minor units booked (below zero: came back), the bank's reference) each."""
    entries = "".join(
        f'<Ntry><Amt Ccy="USD">{abs(amount) / 100:.2f}</Amt><CdtDbtInd>{"DBIT" if amount > 0 else "CRDT"}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>"
        f"{'' if amount > 0 else '<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>'}</TxDtls></NtryDtls></Ntry>"
        for id, amount, reference in lines
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>S</MsgId></GrpHdr><Stmt><Id>{id_}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>USD</Ccy></Acct><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd>"
        f'</CdOrPrtry></Tp><Amt Ccy="USD">{closing / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>{entries}</Stmt>'
        "</BkToCstmrStmt></Document>"
    )


def ids() -> list[str]:
    return list(Instruction.objects.order_by("id").values_list("end_to_end_id", flat=True))


class TestARound:
    def test_shares_as_the_programme_says_and_reserves_the_money(self, version: int) -> None:
        award(version, *FOUR)
        made = shared(version)
        assert (made.awards, made.allocations, made.allocated_minor) == (4, 4, 950_000)
        assert list(Allocation.objects.order_by("claim").values_list("amount_minor", flat=True)) == [
            200_000, 250_000, 250_000, 250_000,
        ]  # fmt: skip
        assert funds.balances(version) == funds.Balances(1_000_000, 50_000, 950_000, 0, 0)
        assert shared(version) == made  # asked again, it is the same round

    def test_publishes_what_an_outsider_needs_to_recompute_it(self, version: int, tmp_path: Path) -> None:
        award(version, *FOUR)
        fund_of_half = operations.allocate(version_id=version, phase=1, available_minor=500_000, **WHO)
        told = Entry.objects.get(kind="round.allocated")
        assert told.public
        assert '"factor":"100000/' in told.content or '"factor":"' in told.content
        lines = (tmp_path / "payments" / str(version) / "rounds" / "phase-1-round-1-output.csv").read_text()
        assert (
            sum(int(line.split(",")[1]) for line in lines.splitlines()[1:]) == fund_of_half.allocated_minor == 500_000
        )

    def test_the_next_round_of_a_phase_gives_only_what_the_phase_still_owes(self, version: int) -> None:
        award(version, *FOUR)
        operations.allocate(version_id=version, phase=1, available_minor=400_000, **WHO)
        second = operations.allocate(version_id=version, phase=1, number=2, **WHO)
        assert second.allocated_minor == 550_000
        with pytest.raises(operations.PaymentRefusal, match="Nobody is due"):
            operations.allocate(version_id=version, phase=1, number=3, **WHO)

    def test_more_than_the_pool_holds_is_refused(self, version: int) -> None:
        award(version, *FOUR)
        with pytest.raises(operations.PaymentRefusal, match=r"the pool holds 10,000\.00 USD"):
            operations.allocate(version_id=version, phase=1, available_minor=1_000_001, **WHO)

    def test_an_unknown_phase_is_refused(self, version: int) -> None:
        with pytest.raises(operations.PaymentRefusal, match="no phase 9"):
            operations.allocate(version_id=version, phase=9, **WHO)

    def test_a_round_that_was_made_is_not_made_otherwise(self, version: int) -> None:
        award(version, *FOUR)
        shared(version)
        with pytest.raises(operations.PaymentRefusal, match="history"):
            operations.allocate(version_id=version, phase=1, available_minor=5, **WHO)

    def test_the_database_refuses_more_than_the_award(self, version: int) -> None:
        award(version, *FOUR)
        shared(version)
        with pytest.raises(IntegrityError, match="never_more_than_the_award"):
            by_hand(version, Claim.objects.get(number="UNCC-0001"), 1)

    def test_the_database_refuses_a_claim_twice_in_a_round(self, version: int) -> None:
        award(version, *FOUR)
        made = Round.objects.get(id=shared(version).id)
        with pytest.raises(IntegrityError, match="allocation_once"), transaction.atomic():
            Allocation.objects.create(round=made, claim=Claim.objects.get(number="UNCC-0003"), amount_minor=1)

    def test_the_database_refuses_money_for_a_claim_without_an_award(self, version: int) -> None:
        award(version, *FOUR)
        known = Claim.objects.get(number="UNCC-0001")
        claim = Claim.objects.create(
            programme_id=version, claimant=known.claimant, number="X", source_key="x", category="A", filed_at=NOON,
            answers={}, evidence=[], fingerprint=b"",
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="on awards alone"):
            by_hand(version, claim, 1)

    def test_the_database_refuses_money_of_another_programme(self, version: int) -> None:
        award(version, *FOUR)
        other = Version.objects.create(
            code="other/v1", sha256="1" * 64, currency="USD", minor_digits=2, adopted_at=NOON, files={}
        )
        with pytest.raises(IntegrityError, match="own programme"):
            by_hand(other.pk, Claim.objects.get(number="UNCC-0001"), 1)

    def test_the_database_refuses_a_round_that_does_not_add_up(self, version: int) -> None:
        award(version, *FOUR)
        with pytest.raises(IntegrityError, match="does not add up"):
            by_hand(version, Claim.objects.get(number="UNCC-0001"), 5, says=4)


@transaction.atomic
def by_hand(programme: int, claim: Claim, amount: int, *, says: int | None = None) -> None:
    """A round with one allocation, as a program would write it that goes around ours."""
    made = Round.objects.create(
        programme_id=programme, phase=9, number=1, available_minor=1_000_000, allocated_minor=says or amount,
        currency="USD", awards=1, allocations=1, shares=[], input_sha256="", output_sha256="", at=NOON,
    )  # fmt: skip
    Allocation.objects.create(round=made, claim=claim, amount_minor=amount)
    with connection.cursor() as cursor:  # as at commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class TestOrders:
    def test_whoever_has_no_account_is_held_and_counted(self, version: int) -> None:
        award(
            version, *FOUR, ("Carol", 1, "UA903052992990004149123456780"), ("Dan", 1, "BY13NBRB3600900000002Z00AB00")
        )
        made = operations.instruct(round_id=shared(version).id, debtor=FUND, **WHO)
        assert (made.batches, made.payments, made.held) == (1, 3, 3)
        assert queries.held_reasons(version) == [
            ("no account is known", queries.Part(1, 250_000)),
            ("no payments go to banks in the account's country", queries.Part(1, 100)),
            ("the account number is mistyped", queries.Part(1, 100)),
        ]
        summary = queries.summary(version)
        assert (summary.allocated, summary.held, summary.waiting) == (
            queries.Part(6, 950_200), queries.Part(3, 250_200), queries.Part(3, 700_000),
        )  # fmt: skip

    def test_asked_again_nothing_is_ordered_twice(self, version: int) -> None:
        award(version, *FOUR)
        round_ = shared(version)
        operations.instruct(round_id=round_.id, debtor=FUND, **WHO)
        assert operations.instruct(round_id=round_.id, debtor=FUND, **WHO).payments == 0
        assert Entry.objects.filter(kind="payment.held").count() == 1

    def test_a_found_account_is_ordered_later(self, version: int) -> None:
        award(version, *FOUR)
        round_ = shared(version)
        operations.instruct(round_id=round_.id, debtor=FUND, **WHO)
        Claimant.objects.filter(name="Bob").update(iban=IBANS[0])
        assert operations.instruct(round_id=round_.id, debtor=FUND, **WHO).payments == 1

    def test_interrupted_between_two_batches_it_goes_on(self, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
        award(version, *FOUR)
        round_ = shared(version)

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            operations.instruct(round_id=round_.id, debtor=FUND, batch_size=1, progress=stop, **WHO)
        assert Instruction.objects.count() == 1
        operations.instruct(round_id=round_.id, debtor=FUND, batch_size=1, **WHO)
        assert Instruction.objects.count() == len(set(ids())) == 3


class TestRelease:
    def test_a_file_is_kept_and_its_money_is_in_transit(self, version: int, tmp_path: Path) -> None:
        award(version, *FOUR)
        sent(version)
        [file] = (tmp_path / "payments" / str(version) / "sent").iterdir()
        with file.open("rb") as source:
            read = credit_transfer.read(source).transfer
        assert [order.name for order in read.orders] == ["Olena Shevchenko", "Petro", "Anna"]
        assert funds.balances(version).in_transit_minor == read.total_minor == 700_000
        assert operations.release(round_id=queries.rounds(version)[0].id, **WHO) == operations.Released(0, 0, 0)

    def test_a_first_tranche_stops_where_it_was_told_to(self, version: int) -> None:
        award(version, *FOUR)
        round_ = shared(version)
        operations.instruct(round_id=round_.id, debtor=FUND, batch_size=1, **WHO)
        assert operations.release(round_id=round_.id, most=2, **WHO).payments == 2
        assert operations.release(round_id=round_.id, most=2, **WHO).payments == 0
        assert operations.release(round_id=round_.id, **WHO).payments == 1

    def test_a_file_that_is_not_what_was_approved_is_refused(self, version: int) -> None:
        award(version, *FOUR)
        round_ = shared(version)
        operations.instruct(round_id=round_.id, debtor=FUND, **WHO)
        batch = Batch.objects.get()
        approved = queries.transfer(batch.pk, 2)
        out = io.BytesIO()
        stolen = tuple(replace(order, iban=IBANS[2]) for order in approved.orders)
        credit_transfer.write(replace(approved, orders=stolen), out)
        with pytest.raises(operations.PaymentRefusal, match="is not released: payment UNCC0001"):
            operations.check_file(batch.pk, out.getvalue(), 2)

    def test_an_order_changed_in_the_database_is_refused(self, version: int) -> None:
        award(version, *FOUR)
        round_ = shared(version)
        operations.instruct(round_id=round_.id, debtor=FUND, **WHO)
        with connection.cursor() as cursor:  # as the owner of the table could
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE payments_instruction DISABLE TRIGGER payments_instruction_is_history")
            cursor.execute("UPDATE payments_instruction SET iban = %s", [IBANS[2]])
        with pytest.raises(operations.PaymentRefusal, match="not those that were approved"):
            operations.release(round_id=round_.id, **WHO)


class TestAnswers:
    def test_only_what_the_bank_booked_is_paid(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        one, two, three = ids()
        assert answer(version, report((one, "ACCP", ""), (two, "RJCT", "AC04"), (three, "ACCP", ""))) == {
            "accepted": 2, "rejected": 1,
        }  # fmt: skip
        assert queries.summary(version).paid == queries.Part(0, 0)
        assert answer(version, statement((one, 200_000, "B1"), closing=800_000)) == {"settled": 1}
        summary = queries.summary(version)
        assert (summary.paid, summary.rejected, summary.in_transit) == (
            queries.Part(1, 200_000), queries.Part(1, 250_000), queries.Part(1, 250_000),
        )  # fmt: skip
        assert funds.balances(version) == funds.Balances(1_000_000, 50_000, 500_000, 250_000, 200_000)
        assert queries.paid_claims(version) == 1
        reconciled = queries.reconciliation(version)
        assert reconciled is not None
        assert reconciled.difference_minor == 0
        assert queries.disagreements(version) == []

    def test_the_same_message_twice_changes_nothing(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        said = statement((ids()[0], 200_000, "B1"))
        answer(version, said)
        before = (Event.objects.count(), Entry.objects.count(), funds.balances(version))
        again = operations.apply_bank_answer(version_id=version, data=said.encode(), **WHO)
        assert again is not None
        assert not again.new
        assert (Event.objects.count(), Entry.objects.count(), funds.balances(version)) == before

    def test_the_same_booking_in_another_message_changes_nothing(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        answer(version, statement((ids()[0], 200_000, "B1")))
        assert answer(version, statement((ids()[0], 200_000, "B1"), id_="S2")) == {"repeated": 1}

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            (("NOBODY", 200_000, "B9"), "no such payment"), (("FIRST", 199_999, "B9"), "we ordered 200000"),
            (("FIRST", 200_000, "B9"), "paid twice"), (("SECOND", -250_000, "B9"), "before it was booked"),
        ],
    )  # fmt: skip
    def test_what_fits_nothing_is_kept_and_moves_nothing(self, version: int, line: Any, why: str) -> None:
        award(version, *FOUR)
        sent(version)
        one, two, _ = ids()
        answer(version, statement((one, 200_000, "B1")))
        books = funds.balances(version)
        id_, amount, reference = line
        assert answer(
            version, statement(({"FIRST": one, "SECOND": two}.get(id_, id_), amount, reference), id_="S2")
        ) == {"unmatched": 1}
        assert why in queries.unmatched(version)[0].why
        assert funds.balances(version) == books

    def test_a_rejected_group_rejects_everybody_but_a_duplicate_nobody(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        duplicate = report(group="RJCT", why="<StsRsnInf><Rsn><Cd>DUPL</Cd></Rsn></StsRsnInf>")
        assert answer(version, duplicate) == {"unmatched": 1}
        assert answer(version, report(group="RJCT", id_="R2")) == {"rejected": 3}

    def test_returned_money_is_the_claimants_again_and_a_second_attempt_is_asked_for(self, version: int) -> None:
        award(version, *FOUR)
        round_ = sent(version)
        one, two, _ = ids()
        answer(version, statement((one, 200_000, "B1"), (two, 250_000, "B2")))
        answer(version, statement((one, -200_000, "B3"), id_="S2"))
        assert queries.summary(version).returned == queries.Part(1, 200_000)
        assert queries.paid_claims(version) == 1
        assert operations.instruct(round_id=round_.id, debtor=FUND, **WHO).payments == 0  # not by itself
        assert operations.instruct(round_id=round_.id, debtor=FUND, again=True, **WHO).payments == 1
        assert ids()[-1] != one
        assert [p.state for p in queries.of_claim(Claim.objects.get(number="UNCC-0001").pk)] == ["instructed"]

    def test_money_that_comes_back_twice_is_looked_at(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        one = ids()[0]
        answer(version, statement((one, 200_000, "B1"), (one, -200_000, "B2")))
        assert answer(version, statement((one, -200_000, "B2"), id_="S2")) == {"repeated": 1}
        assert answer(version, statement((one, -200_000, "B3"), id_="S3")) == {"unmatched": 1}
        assert "sent it back twice" in queries.unmatched(version)[0].why

    def test_the_database_refuses_a_second_attempt_while_the_first_lives(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        first = Instruction.objects.order_by("id")[0]
        with pytest.raises(IntegrityError, match="tried again only after"), transaction.atomic():
            Instruction.objects.create(
                batch=first.batch, allocation=first.allocation, attempt=2, end_to_end_id="X", name="x", iban="x",
                amount_minor=first.amount_minor, remittance="",
            )  # fmt: skip

    def test_the_database_refuses_events_in_an_impossible_order(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        one, two, _ = ids()
        answer(version, report((one, "RJCT", "AC04"), (two, "ACCP", "")))
        source = Event.objects.all()[0].source
        for id_, kind in ((one, "settled"), (two, "returned")):
            with pytest.raises(IntegrityError, match="cannot be"), transaction.atomic():
                Event.objects.create(
                    instruction=Instruction.objects.get(end_to_end_id=id_), kind=kind, source=source, reference="",
                    reason="", at=NOON,
                )  # fmt: skip

    def test_a_message_about_somebody_else_is_left_alone(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        assert answer(version, statement((ids()[0], 200_000, "B1"), iban="NL14MOCK0000000002")) is None

    def test_what_cannot_be_read_is_refused_and_nothing_of_it_applied(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        with pytest.raises(operations.PaymentRefusal, match="Nothing of it was applied"):
            answer(version, statement((ids()[0], 200_000, "B1"))[:-30])
        assert Event.objects.count() == 0


@dataclass
class SlowBank:
    """A bank that takes a file and is cut off before it can say so."""

    has: dict[str, bytes] = field(default_factory=dict)
    cut_off: bool = True
    taken: int = 0

    def send(self, message_id: str, data: bytes) -> None:
        self.has[message_id] = data
        self.taken += 1
        if self.cut_off:
            raise ConnectionError

    def knows(self, message_id: str, end_to_end_id: str) -> bool:
        return message_id in self.has

    def messages(self) -> Iterator[bytes]:
        return iter(())


class TestDelivery:
    def test_a_file_whose_fate_is_unknown_is_asked_for_and_not_sent_twice(self, version: int) -> None:
        award(version, *FOUR)
        sent(version)
        bank = SlowBank()
        with pytest.raises(ConnectionError):
            operations.deliver(version_id=version, bank=bank, **WHO)
        bank.cut_off = False
        assert operations.deliver(version_id=version, bank=bank, **WHO) == 0
        assert operations.deliver(version_id=version, bank=bank, **WHO) == 0
        assert bank.taken == 1

    def test_a_file_changed_after_its_release_is_not_sent_and_a_lost_one_is_written_again(
        self, version: int, tmp_path: Path
    ) -> None:
        award(version, *FOUR)
        sent(version)
        [file] = (tmp_path / "payments" / str(version) / "sent").iterdir()
        genuine = file.read_bytes()
        file.write_bytes(genuine.replace(IBANS[0].encode(), IBANS[2].encode()))
        bank = SlowBank(cut_off=False)
        with pytest.raises(operations.PaymentRefusal, match="no longer the file that was released"):
            operations.deliver(version_id=version, bank=bank, **WHO)
        file.unlink()
        operations.deliver(version_id=version, bank=bank, **WHO)
        assert list(bank.has.values()) == [genuine]


def test_facts_rebuilt_from_the_tables_are_what_the_journal_says(version: int) -> None:
    award(version, *FOUR)
    sent(version)
    operations.deliver(version_id=version, bank=SlowBank(cut_off=False), **WHO)
    one, two, three = ids()
    answer(version, report((one, "ACCP", ""), (two, "RJCT", "AC04"), (three, "ACCP", "")))
    answer(version, statement((one, 200_000, "B1"), (three, 250_000, "B2"), ("ODD", 1, "B3"), closing=550_000))
    answer(version, statement((one, -200_000, "B4"), id_="S2"))
    ours = ("payment.", "round.", "batch.", "bank.")
    told = Counter(
        entry for entry in Entry.objects.values_list("kind", "claim", "content") if entry[0].startswith(ours)
    )
    assert told == Counter((fact.kind, fact.claim, canonical(fact.content)) for fact in queries.facts_for_audit())
