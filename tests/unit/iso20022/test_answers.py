"""What a bank answers is read in whatever version it answers, and only what it booked counts."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from amends.iso20022 import statement, status_report
from amends.iso20022.reading import MessageInvalid
from amends.iso20022.statement import Booking
from amends.iso20022.status_report import PaymentStatus

REPORT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">
<CstmrPmtStsRpt><GrpHdr><MsgId>B-7</MsgId><CreDtTm>2026-11-24T09:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>{group}</GrpSts>
{why}</OrgnlGrpInfAndSts>{payments}</CstmrPmtStsRpt></Document>"""
PAYMENTS = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>M-1</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>T1</OrgnlEndToEndId><TxSts>ACCP</TxSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>T2</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>
<AddtlInf>account closed</AddtlInf></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>"""


def report(group: str = "PART", payments: str = PAYMENTS, why: str = "", version: str = "14") -> bytes:
    return REPORT.format(group=group, payments=payments, why=why, version=version).encode()


@pytest.mark.parametrize("version", ["03", "10", "12", "14"])
def test_a_report_says_which_payments_are_accepted_and_which_not(version: str) -> None:
    read = status_report.read(io.BytesIO(report(version=version)))
    assert (read.message_id, read.original_message_id, read.status) == ("B-7", "M-1", "PART")
    assert read.payments == (
        PaymentStatus("T1", "ACCP", "", ""),
        PaymentStatus("T2", "RJCT", "AC04", "account closed"),
    )
    assert not read.rejects_all


def test_a_rejected_group_rejects_every_payment() -> None:
    why = "<StsRsnInf><Rsn><Cd>DUPL</Cd></Rsn></StsRsnInf>"
    read = status_report.read(io.BytesIO(report("RJCT", "", why)))
    assert read.rejects_all
    assert read.reason == "DUPL"


def test_a_rejected_block_rejects_every_payment() -> None:
    block = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>M-1</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"
    assert status_report.read(io.BytesIO(report("PART", block))).rejects_all


def test_our_reports_are_as_the_schema_has_them(shared_data: Path) -> None:
    schema = etree.XMLSchema(file=str(shared_data / "iso20022" / "xsd" / "pain.002.001.14.xsd"))
    schema.assertValid(etree.fromstring(report()))


STATEMENT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-24T23:00:00</CreDtTm></GrpHdr><Stmt><Id>S-1</Id>
<CreDtTm>2026-11-24T23:00:00</CreDtTm><Acct><Id><IBAN>NL41MOCK0000000001</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-24</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">65.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-24</Dt></Dt></Bal>{entries}</Stmt></BkToCstmrStmt></Document>"""
CODE = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"


def entry(amount: str, details: str, side: str = "DBIT", status: str = "<Cd>BOOK</Cd>", reference: str = "R1") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>{CODE}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def details(id_: str, amount: str, more: str = "") -> str:
    return f'<TxDtls><Refs><EndToEndId>{id_}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>{more}</TxDtls>'


RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
DAY = STATEMENT.format(
    entries=entry("40.00", details("T1", "30.00") + details("T2", "10.00"), reference="R1")
    + entry("5.00", details("T0", "5.00", RETURN), side="CRDT", reference="R2")
    + entry("7.00", details("T9", "7.00"), status="<Cd>PDNG</Cd>", reference="R3")
).encode()


def test_a_statement_gives_every_booked_payment_with_the_banks_reference() -> None:
    [read] = statement.read(io.BytesIO(DAY))
    day = date(2026, 11, 24)
    assert read.bookings == (
        Booking("T1", 3_000, "EUR", False, day, "R1", ""),
        Booking("T2", 1_000, "EUR", False, day, "R1/1", ""),
        Booking("T0", 500, "EUR", True, day, "R2", "AC04"),
    )
    assert [booking.returned for booking in read.bookings] == [False, False, True]
    assert (read.opening_minor, read.closing_minor, read.balances) == (10_000, 6_500, True)


def test_a_statement_with_a_hole_does_not_balance() -> None:
    [read] = statement.read(io.BytesIO(DAY.replace(b">65.00<", b">64.00<")))
    assert not read.balances


def test_an_older_version_writes_the_status_as_text() -> None:
    old = DAY.replace(b"camt.053.001.08", b"camt.053.001.02").replace(b"<Cd>BOOK</Cd>", b"BOOK")
    [read] = statement.read(io.BytesIO(old))
    assert len(read.bookings) == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not well-formed"), (b"<a/>", "no statement"), (report(), "neither a camt.053"),
        (DAY.replace(b">30.00<", b">30.001<"), "minor units"), (DAY.replace(b">30.00<", b">NaN<"), "not a whole"),
        (DAY[:900], "not well-formed"),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(MessageInvalid, match=says):
        statement.read(io.BytesIO(data))


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(MessageInvalid, match=r"not a pain\.002"):
        status_report.read(io.BytesIO(DAY))


def test_our_statement_is_as_the_schema_has_it(shared_data: Path) -> None:
    schema = etree.XMLSchema(file=str(shared_data / "iso20022" / "xsd" / "camt.053.001.08.xsd"))
    schema.assertValid(etree.fromstring(DAY))
