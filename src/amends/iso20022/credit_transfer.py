"""How are approved orders told to a bank (pain.001.001.09), and is the file really what was approved?

Writing is deterministic: the same transfer is the same file, byte for byte, so that a retry can be recognised.
Reading back is a separate path that shares no code with writing, and is strict: an element that we never write is a
fault, wherever it came from.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import IO

from lxml import etree

from amends.iso20022.latin import is_basic
from amends.iso20022.reading import OPTIONS, Element, MessageInvalid, child, elements, local, minor, text

MESSAGE = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
LONGEST_NAME, LONGEST_REMITTANCE, LONGEST_LINE, MOST_LINES = 70, 140, 70, 2
LARGEST_MINOR = 99_999_999_999  # 999,999,999.99: what the European guidelines allow in one payment


class OrderInvalid(ValueError):  # noqa: N818 - a library's refusal; the caller turns it into words
    """An order that no bank could carry out as it stands."""


@dataclass(frozen=True)
class Address:
    """Structured, or hybrid: town and country as elements and at most two free lines. Since 15 November 2026 wholly
    unstructured addresses are refused, so a town and a country are never left out."""

    country: str
    town: str
    street: str = ""
    building: str = ""
    postcode: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """One payment to one payee, in basic Latin letters."""

    end_to_end_id: str
    name: str
    iban: str
    amount_minor: int
    remittance: str = ""
    address: Address | None = None


@dataclass(frozen=True)
class Debtor:
    """Who pays, from which account."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True)
class Transfer:
    """One file: one debtor, one day, one currency."""

    message_id: str
    created_at: datetime
    execution_date: date
    debtor: Debtor
    currency: str
    orders: tuple[Order, ...]
    digits: int = 2

    @property
    def total_minor(self) -> int:
        return sum(order.amount_minor for order in self.orders)


def faults(order: Order) -> tuple[str, ...]:
    """Why a bank could not carry out this order; empty where it could."""
    found = []
    if not order.name or len(order.name) > LONGEST_NAME:
        found.append(f"a name has 1 to {LONGEST_NAME} characters, not {len(order.name)}")
    if len(order.remittance) > LONGEST_REMITTANCE:
        found.append(
            f"a message to the payee has at most {LONGEST_REMITTANCE} characters, not {len(order.remittance)}"
        )
    if not 1 <= order.amount_minor <= LARGEST_MINOR:
        found.append(f"an amount is 0.01 to {Decimal(LARGEST_MINOR).scaleb(-2):,}")
    if order.address and (
        len(order.address.lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in order.address.lines)
    ):
        found.append(f"an address has at most {MOST_LINES} free lines of {LONGEST_LINE} characters")
    written = (order.end_to_end_id, order.name, order.remittance)
    if not all(is_basic(each) for each in written):
        found.append("names, ids and messages are written in basic Latin letters")
    return tuple(found)


def orders_sha256(debtor: Debtor, execution_date: date, currency: str, orders: Iterable[Order]) -> str:
    """What people approve: a hash over everything that moves money. The message id is made of it."""
    hashed = hashlib.sha256(f"{debtor.iban}\t{execution_date.isoformat()}\t{currency}\n".encode())
    for order in orders:
        hashed.update(
            f"{order.end_to_end_id}\t{order.iban}\t{order.name}\t{order.amount_minor}\t{order.remittance}\n".encode()
        )
    return hashed.hexdigest()


# ------------------------------------------------------------------ out


def write(transfer: Transfer, target: IO[bytes]) -> None:
    """Writes the message, order by order. Raises OrderInvalid, naming the order, before it writes a wrong one."""
    count, total = str(len(transfer.orders)), _major(transfer.total_minor, transfer.digits)
    with etree.xmlfile(target, encoding="UTF-8") as out:
        out.write_declaration()
        with out.element("Document", nsmap={None: NAMESPACE}), out.element("CstmrCdtTrfInitn"):
            with out.element("GrpHdr"):
                _write(out, "MsgId", transfer.message_id)
                _write(out, "CreDtTm", transfer.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
                _write(out, "NbOfTxs", count)
                _write(out, "CtrlSum", total)
                out.write(_tree("InitgPty", ("Nm", transfer.debtor.name)))
            with out.element("PmtInf"):
                _write(out, "PmtInfId", transfer.message_id)
                _write(out, "PmtMtd", "TRF")
                _write(out, "NbOfTxs", count)
                _write(out, "CtrlSum", total)
                out.write(_tree("ReqdExctnDt", ("Dt", transfer.execution_date.isoformat())))
                out.write(_tree("Dbtr", ("Nm", transfer.debtor.name)))
                out.write(_tree("DbtrAcct", ("Id/IBAN", transfer.debtor.iban)))
                agent = ("BICFI", transfer.debtor.bic) if transfer.debtor.bic else ("Othr/Id", "NOTPROVIDED")
                out.write(_tree("DbtrAgt", (f"FinInstnId/{agent[0]}", agent[1])))
                # The fund bears the charges, so that what arrives is what was awarded.
                _write(out, "ChrgBr", "DEBT")
                for order in transfer.orders:
                    if wrong := faults(order):
                        raise OrderInvalid(f"{order.end_to_end_id}: {'; '.join(wrong)}")
                    out.write(_payment(order, transfer.currency, transfer.digits))


def _payment(order: Order, currency: str, digits: int) -> Element:
    payment = _tree("CdtTrfTxInf", ("PmtId/EndToEndId", order.end_to_end_id))
    amount = etree.SubElement(etree.SubElement(payment, "Amt"), "InstdAmt", Ccy=currency)
    amount.text = _major(order.amount_minor, digits)
    payee = etree.SubElement(payment, "Cdtr")
    etree.SubElement(payee, "Nm").text = order.name
    if order.address:
        payee.append(_address(order.address))
    payment.append(_tree("CdtrAcct", ("Id/IBAN", order.iban)))
    if order.remittance:
        payment.append(_tree("RmtInf", ("Ustrd", order.remittance)))
    return payment


def _address(address: Address) -> Element:
    # The order is the schema's.
    parts = (
        ("StrtNm", address.street), ("BldgNb", address.building), ("PstCd", address.postcode),
        ("TwnNm", address.town), ("Ctry", address.country), *(("AdrLine", line) for line in address.lines),
    )  # fmt: skip
    return _tree("PstlAdr", *((name, value) for name, value in parts if value))


def _tree(name: str, *leaves: tuple[str, str]) -> Element:
    """An element with a text at each path below it."""
    root = etree.Element(name)
    for path, value in leaves:
        node = root
        for step in path.split("/"):
            node = etree.SubElement(node, step)
        node.text = value
    return root


def _write(out: etree._IncrementalFileWriter, name: str, value: str) -> None:
    with out.element(name):
        out.write(value)


def _major(amount_minor: int, digits: int) -> str:
    return f"{Decimal(amount_minor).scaleb(-digits):.{digits}f}"


# ------------------------------------------------------------------ back in, by another path


@dataclass(frozen=True)
class ReadBack:
    """A file as somebody else would read it: what it does, and what it says of itself."""

    transfer: Transfer
    declared_counts: tuple[str, ...]
    declared_sums: tuple[str, ...]
    strangers: tuple[str, ...]


# Every element that we write. Anything else in a file of ours was put there by somebody.
_KNOWN = {
    "Document", "CstmrCdtTrfInitn", "GrpHdr", "MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty", "Nm",
    "PmtInf", "PmtInfId", "PmtMtd", "ReqdExctnDt", "Dt", "Dbtr", "DbtrAcct", "Id", "IBAN", "DbtrAgt",
    "FinInstnId", "BICFI", "Othr", "ChrgBr", "CdtTrfTxInf", "PmtId", "EndToEndId", "Amt", "InstdAmt", "Cdtr",
    "PstlAdr", "StrtNm", "BldgNb", "PstCd", "TwnNm", "Ctry", "AdrLine", "CdtrAcct", "RmtInf", "Ustrd",
}  # fmt: skip


def read(source: IO[bytes], digits: int = 2) -> ReadBack:
    """Reads a pain.001.001.09 of ours. Raises MessageInvalid where it is none."""
    header: Element | None = None
    orders: list[Order] = []
    currencies: set[str] = set()
    strangers: set[str] = set()
    blocks: list[dict[str, str]] = []
    for message, name, element in elements(source, "GrpHdr", "CdtTrfTxInf", "PmtInf", "CstmrCdtTrfInitn"):
        if message != NAMESPACE:
            raise MessageInvalid(f"this is {message or 'no ISO 20022 message'}, not {NAMESPACE}")
        strangers |= {local(each) for each in element.iter()} - _KNOWN
        if name == "GrpHdr":
            header = _copy(element)
        elif name == "CdtTrfTxInf":
            amount = child(element, "Amt", "InstdAmt")
            currencies.add(amount.get("Ccy", "") if amount is not None else "")
            orders.append(_order(element, minor(amount, digits)))
        elif name == "PmtInf":
            blocks.append(_block(element))
    if header is None or len(blocks) != 1:
        raise MessageInvalid(f"one group header and one payment block are needed, not {len(blocks)} blocks")
    [block] = blocks
    if text(header, "MsgId") != block["PmtInfId"] or block["PmtMtd"] != "TRF" or block["ChrgBr"] != "DEBT":
        raise MessageInvalid("the payment block is not the one of the header, or is no plain transfer")
    try:
        created_at = datetime.fromisoformat(text(header, "CreDtTm"))
        execution = date.fromisoformat(block["ReqdExctnDt"])
    except ValueError as fault:
        raise MessageInvalid(f"a date is not one: {fault}") from None
    transfer = Transfer(
        message_id=text(header, "MsgId"),
        created_at=created_at,
        execution_date=execution,
        debtor=Debtor(block["Dbtr"], block["DbtrAcct"], block["DbtrAgt"]),
        currency=currencies.pop() if len(currencies) == 1 else "/".join(sorted(currencies)),
        orders=tuple(orders),
        digits=digits,
    )
    return ReadBack(
        transfer,
        (text(header, "NbOfTxs"), block["NbOfTxs"]),
        (text(header, "CtrlSum"), block["CtrlSum"]),
        tuple(sorted(strangers)),
    )


def differences(approved: Transfer, found: ReadBack) -> Iterator[str]:
    """What the file says otherwise than what was approved, in words; nothing where it is the same."""
    written = found.transfer
    for name, mine, theirs in (
        ("message id", approved.message_id, written.message_id),
        ("creation time", approved.created_at.replace(microsecond=0), written.created_at),
        ("execution date", approved.execution_date, written.execution_date),
        ("debtor", approved.debtor, written.debtor),
        ("currency", approved.currency, written.currency),
        ("number of payments", len(approved.orders), len(written.orders)),
        ("sum", approved.total_minor, written.total_minor),
        ("declared numbers", {str(len(approved.orders))}, set(found.declared_counts)),
        ("declared sums", {_major(approved.total_minor, approved.digits)}, set(found.declared_sums)),
        ("unknown elements", (), found.strangers),
    ):
        if mine != theirs:
            yield f"{name}: approved {mine}, in the file {theirs}"
    ours, theirs_ = {o.end_to_end_id: o for o in approved.orders}, {o.end_to_end_id: o for o in written.orders}
    if len(theirs_) != len(written.orders):
        yield "payments: an end-to-end id stands in the file more than once"
    for id_ in sorted(ours.keys() - theirs_.keys()):
        yield f"payment {id_}: approved, and not in the file"
    for id_ in sorted(theirs_.keys() - ours.keys()):
        yield f"payment {id_}: in the file, and never approved"
    for id_ in sorted(ours.keys() & theirs_.keys()):
        if ours[id_] != theirs_[id_]:
            yield f"payment {id_}: payee, account, amount or message differ from what was approved"


def schema_faults(source: IO[bytes]) -> tuple[str, ...]:
    """What the published schema of pain.001.001.09 says against the file; empty where it is valid."""
    try:
        document = etree.parse(source, etree.XMLParser(**OPTIONS))
    except etree.XMLSyntaxError as fault:
        return (f"line {fault.lineno}: {fault.msg}",)
    schema = _schema()
    schema.validate(document)
    return tuple(f"line {each.line}: {each.message}" for each in schema.error_log)  # type: ignore[attr-defined] # the stubs do not know that it can be iterated


@cache
def _schema() -> etree.XMLSchema:
    # The schema comes with the package sepaxml, whose code is not used: it lets pass what it should refuse.
    spec = importlib.util.find_spec("sepaxml")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package sepaxml, which brings the schema, is not installed")
    return etree.XMLSchema(file=str(Path(spec.origin).parent / "schemas" / f"{MESSAGE}.xsd"))


def _order(payment: Element, amount_minor: int) -> Order:
    place = child(payment, "Cdtr", "PstlAdr")
    lines = tuple((line.text or "") for line in place if local(line) == "AdrLine") if place is not None else ()
    address = (
        Address(
            text(place, "Ctry"), text(place, "TwnNm"), text(place, "StrtNm"), text(place, "BldgNb"),
            text(place, "PstCd"), lines,
        )
        if place is not None
        else None
    )  # fmt: skip
    return Order(
        end_to_end_id=text(payment, "PmtId", "EndToEndId"),
        name=text(payment, "Cdtr", "Nm"),
        iban=text(payment, "CdtrAcct", "Id", "IBAN"),
        amount_minor=amount_minor,
        remittance=text(payment, "RmtInf", "Ustrd"),
        address=address,
    )


def _block(block: Element) -> dict[str, str]:
    return {
        **{name: text(block, name) for name in ("PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "ChrgBr")},
        "ReqdExctnDt": text(block, "ReqdExctnDt", "Dt"),
        "Dbtr": text(block, "Dbtr", "Nm"),
        "DbtrAcct": text(block, "DbtrAcct", "Id", "IBAN"),
        "DbtrAgt": text(block, "DbtrAgt", "FinInstnId", "BICFI"),
    }


def _copy(element: Element) -> Element:
    """The reader empties what it has handed out; what is needed later is copied."""
    return etree.fromstring(etree.tostring(element))
