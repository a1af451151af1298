"""The file is what was approved, the same every time, and whoever changes it is found out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from amends.iso20022.credit_transfer import (
    Address,
    Debtor,
    Order,
    OrderInvalid,
    Transfer,
    differences,
    faults,
    orders_sha256,
    read,
    schema_faults,
    write,
)
from amends.iso20022.identifiers import end_to_end_id, is_end_to_end_id, message_id
from amends.iso20022.reading import MessageInvalid

FUND = Debtor("Compensation Fund", "NL41MOCK0000000001", "MOCKNL2A")
OLENA = Order("T1", "Olena Shevchenko", "UA903052992990004149123456789", 250_000, "Award T-1")
PETRO = Order("T2", "Petro Melnyk", "UA213223130000026007233566001", 12_345)
KYIV = Address("UA", "Kyiv", "Khreshchatyk", "1", "01001")


def transfer(*orders: Order) -> Transfer:
    day = date(2026, 11, 24)
    return Transfer(
        message_id(orders_sha256(FUND, day, "EUR", orders)), datetime(2026, 11, 23, 12, tzinfo=UTC), day, FUND, "EUR",
        orders,
    )  # fmt: skip


APPROVED = transfer(OLENA, PETRO, replace(PETRO, end_to_end_id="T3", address=KYIV))


def file_of(what: Transfer) -> bytes:
    out = io.BytesIO()
    write(what, out)
    return out.getvalue()


def found(data: bytes) -> list[str]:
    return list(differences(APPROVED, read(io.BytesIO(data))))


def test_a_file_is_valid_by_the_published_schema_and_reads_back_as_it_was() -> None:
    data = file_of(APPROVED)
    assert schema_faults(io.BytesIO(data)) == ()
    assert found(data) == []


def test_a_hybrid_address_is_valid_too() -> None:
    hybrid = replace(OLENA, address=Address("UA", "Lviv", lines=("vul. Zelena 10", "kv. 5")))
    data = file_of(transfer(hybrid))
    assert schema_faults(io.BytesIO(data)) == ()
    assert read(io.BytesIO(data)).transfer.orders == (hybrid,)


def test_a_retry_is_the_same_file_byte_for_byte() -> None:
    assert file_of(APPROVED) == file_of(transfer(*APPROVED.orders))


def test_other_orders_are_another_message() -> None:
    assert transfer(OLENA).message_id != transfer(replace(OLENA, amount_minor=250_001)).message_id


@pytest.mark.parametrize(
    "wrong",
    [
        replace(OLENA, name="x" * 71), replace(OLENA, name=""), replace(OLENA, name="Олена"),
        replace(OLENA, amount_minor=0), replace(OLENA, amount_minor=10**11), replace(OLENA, remittance="x" * 141),
        replace(OLENA, address=Address("UA", "Kyiv", lines=("a", "b", "c"))),
    ],
)  # fmt: skip
def test_an_order_that_no_bank_could_carry_out_is_refused(wrong: Order) -> None:
    assert faults(wrong)
    with pytest.raises(OrderInvalid, match="T1"):
        file_of(transfer(wrong))


Change = Callable[[bytes], bytes]


def swap(old: str, new: str, times: int = -1) -> Change:
    return lambda data: data.replace(old.encode(), new.encode(), times)


PLANTED: dict[str, Change] = {
    "an amount": swap(">2500.00<", ">2500.01<"),
    "the declared sums": swap(">2746.90<", ">2746.91<"),
    "one declared sum": swap(">2746.90<", ">2746.91<", 1),
    "the declared numbers": swap("<NbOfTxs>3<", "<NbOfTxs>4<"),
    "a payee's account": swap(OLENA.iban, "UA213223130000026007233566001"),
    "a payee's name": swap("Olena Shevchenko", "Olena Shevchuk"),
    "an end-to-end id": swap(">T1<", ">T9<"),
    "the execution date": swap("2026-11-24", "2026-11-25"),
    "the creation time": swap("T12:00:00Z", "T12:00:01Z"),
    "one currency": swap('Ccy="EUR"', 'Ccy="USD"', 1),
    "every currency": swap('Ccy="EUR"', 'Ccy="USD"'),
    "the debtor's account": swap("NL41MOCK0000000001", "NL14MOCK0000000002"),
    "the debtor's name": swap("<Dbtr><Nm>Compensation", "<Dbtr><Nm>Competition"),
    "the message to a payee": swap("Award T-1", "Award T-2"),
    "an address": swap("Khreshchatyk", "Khreshchatik"),
    "a payment taken out": lambda data: data.replace(payment(data, "T2"), b""),
    "a payment doubled": lambda data: data.replace(payment(data, "T2"), payment(data, "T2") * 2),
    "a payment added": lambda data: data.replace(
        payment(data, "T2"), payment(data, "T2") + payment(data, "T2").replace(b">T2<", b">T8<")
    ),
    "an element that we never write": swap("<CdtrAcct>", "<UltmtDbtr><Nm>X</Nm></UltmtDbtr><CdtrAcct>", 1),
    "an element at the end": swap(
        "</CstmrCdtTrfInitn>", "<SplmtryData><Envlp><X/></Envlp></SplmtryData></CstmrCdtTrfInitn>"
    ),
}


def payment(data: bytes, id_: str) -> bytes:
    start = data.index(b"<CdtTrfTxInf><PmtId><EndToEndId>" + id_.encode())
    return data[start : data.index(b"</CdtTrfTxInf>", start) + len(b"</CdtTrfTxInf>")]


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found_before_release(what: str) -> None:
    genuine = file_of(APPROVED)
    changed = PLANTED[what](genuine)
    assert changed != genuine
    assert found(changed)


@pytest.mark.parametrize(
    "change",
    [
        swap("<ChrgBr>DEBT<", "<ChrgBr>CRED<"),
        swap("</PmtInf>", "</PmtInf><PmtInf></PmtInf>"),
        swap("pain.001", "pain.008"),
    ],
)
def test_another_kind_of_file_is_refused(change: Change) -> None:
    with pytest.raises(MessageInvalid):
        found(change(file_of(APPROVED)))


def test_doors_of_xml_are_closed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("2500.00")
    head = f'<!DOCTYPE Document [<!ENTITY x SYSTEM "file://{secret}">]><Document'
    attack = file_of(APPROVED).replace(b"<Document", head.encode(), 1).replace(b">2500.00<", b">&x;<")
    with pytest.raises(MessageInvalid, match="document type"):
        found(attack)


def test_an_id_has_a_check_character() -> None:
    made = end_to_end_id("UKRA-7K2M-9QXZ-4TBN-H", phase=1, round_number=1, attempt=1)
    assert made.startswith("UKRA7K2M9QXZ4TBNHP1R1A1")
    assert is_end_to_end_id(made)
    assert not is_end_to_end_id(made.replace("7K", "K7"))
    with pytest.raises(ValueError, match="more than 35"):
        end_to_end_id("X" * 40, phase=1, round_number=1, attempt=1)


def test_real_files_of_others_are_read_by_the_schema(shared_data: Path) -> None:
    ours = etree.XMLSchema(file=str(shared_data / "iso20022" / "xsd" / "pain.001.001.09.xsd"))
    ours.assertValid(etree.fromstring(file_of(APPROVED)))
    for sample in sorted((shared_data / "iso20022" / "samples" / "pain001_coverage_09").glob("*.xml")):
        with sample.open("rb") as source:
            assert schema_faults(source) == (), sample.name
