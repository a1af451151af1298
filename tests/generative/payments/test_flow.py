"""Rounds, orders, files and a moody bank, in any order: after every step the books and the payments agree."""

from __future__ import annotations

import contextlib
import io
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.domain.awards import IBANS, NOON, WHO, award

from amends.claims.models import Claim
from amends.fund import operations as fund
from amends.fund import queries as funds
from amends.iso20022 import credit_transfer
from amends.iso20022.credit_transfer import Debtor
from amends.payments import operations, queries
from amends.payments.models import Batch, Event, Instruction
from amends.programmes import folder
from amends.programmes.models import Version

FUND = Debtor("Compensation Fund", "NL41MOCK0000000001")
LAW = folder.load(folder.find("uncc/v1"))
numbers = count(1)


class Flow(RuleBasedStateMachine):
    @initialize(awards=st.lists(st.integers(1, 6_000), min_size=1, max_size=5), given=st.integers(1, 2_000_000))
    def begin(self, awards: list[int], given: int) -> None:
        number = next(numbers)
        version = Version.objects.create(
            code="uncc/v1", sha256=f"{number:064d}", currency="USD", minor_digits=2, adopted_at=NOON,
            files=dict(LAW.files),
        )  # fmt: skip
        self.version = version.pk
        self.messages = count(1)
        people = [(f"P{n}", amount, IBANS[n] if n < len(IBANS) else "") for n, amount in enumerate(awards)]
        award(self.version, *people, prefix=f"N{number}")
        self.award_of = {claim.pk: amount * 100 for claim, amount in zip(self.claims(), awards, strict=True)}
        self.contribute(given)

    def claims(self) -> list[Claim]:
        return list(Claim.objects.filter(programme_id=self.version).order_by("id"))

    @rule(amount=st.integers(1, 2_000_000))
    def contribute(self, amount: int) -> None:
        fund.contribute(
            version_id=self.version, contributor="Donor", amount_minor=amount, currency="USD",
            key=f"{self.version}/{next(numbers)}", **WHO,
        )  # fmt: skip

    @rule(phase=st.integers(1, 3), percent=st.integers(1, 100))
    def allocate(self, phase: int, percent: int) -> None:
        last = queries.last_round(self.version, phase)
        available = funds.balances(self.version).pool_minor * percent // 100
        with contextlib.suppress(operations.PaymentRefusal):  # nobody is due, or the pool is empty
            operations.allocate(
                version_id=self.version, phase=phase, number=last.number + 1 if last else 1,
                available_minor=available, **WHO,
            )  # fmt: skip

    @rule(again=st.booleans(), size=st.integers(1, 3))
    def instruct(self, again: bool, size: int) -> None:
        for made in queries.rounds(self.version):
            operations.instruct(round_id=made.id, debtor=FUND, again=again, batch_size=size, **WHO)

    @rule()
    def release(self) -> None:
        for made in queries.rounds(self.version):
            operations.release(round_id=made.id, **WHO)

    def released(self) -> list[Instruction]:
        rows = Instruction.objects.filter(batch__round__programme_id=self.version)
        return list(
            rows.exclude(batch_id__in=[b.id for m in queries.rounds(self.version) for b in queries.unreleased(m.id)])
        )

    @rule(data=st.data(), status=st.sampled_from(["ACCP", "RJCT"]))
    def report(self, data: st.DataObject, status: str) -> None:
        if known := self.released():
            one = data.draw(st.sampled_from(known))
            self.answer(
                '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
                f"<MsgId>R{next(self.messages)}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{one.batch.message_id}"
                f"</OrgnlMsgId></OrgnlGrpInfAndSts><TxInfAndSts><OrgnlEndToEndId>{one.end_to_end_id}</OrgnlEndToEndId>"
                f"<TxSts>{status}</TxSts></TxInfAndSts></CstmrPmtStsRpt></Document>"
            )

    @rule(data=st.data(), back=st.booleans(), wrong=st.integers(0, 5))
    def book(self, data: st.DataObject, back: bool, wrong: int) -> None:
        if known := self.released():
            one = data.draw(st.sampled_from(known))
            amount = one.amount_minor + (1 if wrong == 5 else 0)
            reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if back else ""
            self.answer(
                '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn>'
                f"<Id>N{next(self.messages)}</Id><Acct><Id><IBAN>{FUND.iban}</IBAN></Id></Acct><Ntry>"
                f'<Amt Ccy="USD">{amount / 100:.2f}</Amt><CdtDbtInd>{"CRDT" if back else "DBIT"}</CdtDbtInd>'
                f"<Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>B{one.pk}{back}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>"
                f"{one.end_to_end_id}</EndToEndId></Refs>{reason}</TxDtls></NtryDtls></Ntry></Ntfctn>"
                "</BkToCstmrDbtCdtNtfctn></Document>"
            )

    def answer(self, message: str) -> None:
        for _ in range(2):  # every message comes twice
            operations.apply_bank_answer(version_id=self.version, data=message.encode(), **WHO)

    @precondition(lambda self: hasattr(self, "version"))
    @invariant()
    def the_books_and_the_payments_agree(self) -> None:
        with connection.cursor() as cursor:  # as at commit
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert queries.disagreements(self.version) == []
        books = funds.balances(self.version)
        spread = books.pool_minor + books.reserved_minor + books.in_transit_minor + books.paid_minor
        assert books.given_minor == spread
        for claim, awarded in self.award_of.items():
            assert sum(state.amount_minor for state in queries.of_claim(claim)) <= awarded
        paid = Event.objects.filter(kind="settled", instruction__batch__round__programme_id=self.version)
        came_back = Event.objects.filter(kind="returned", instruction__batch__round__programme_id=self.version)
        assert books.paid_minor == sum(paid.values_list("instruction__amount_minor", flat=True)) - sum(
            came_back.values_list("instruction__amount_minor", flat=True)
        )

    def teardown(self) -> None:
        for batch in Batch.objects.filter(round__programme_id=getattr(self, "version", 0)):
            out = io.BytesIO()
            credit_transfer.write(queries.transfer(batch.pk, 2), out)
            assert operations.check_file(batch.pk, out.getvalue(), 2)


@pytest.mark.django_db
def test_the_books_and_the_payments_agree_after_every_step(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    run_state_machine_as_test(
        Flow, settings=hypothesis_settings(max_examples=20, stateful_step_count=25, deadline=None)
    )
