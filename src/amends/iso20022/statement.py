"""What has the bank really booked (camt.053 at the end of the day, camt.054 as it happens)? Only this is payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO

from amends.iso20022.reading import Element, MessageInvalid, child, elements, local, minor, text

MESSAGES = (":camt.053.", ":camt.054.")
BOOKED = "BOOK"


@dataclass(frozen=True)
class Booking:
    """One payment that the bank booked. `reference` is the bank's own; `returned` where money came back."""

    end_to_end_id: str
    amount_minor: int
    currency: str
    credit: bool
    booked_on: date | None
    reference: str
    reason: str

    @property
    def returned(self) -> bool:
        return self.credit and bool(self.reason)


@dataclass(frozen=True)
class Statement:
    """Balances are None in a camt.054, which has none."""

    message: str
    message_id: str
    iban: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    bookings: tuple[Booking, ...]

    @property
    def balances(self) -> bool:
        """Whether opening plus bookings is closing, to the cent; True where the message has no balances."""
        if self.opening_minor is None or self.closing_minor is None:
            return True
        moved = sum(each.amount_minor if each.credit else -each.amount_minor for each in self.bookings)
        return self.opening_minor + moved == self.closing_minor


def read(source: IO[bytes], digits: int = 2) -> tuple[Statement, ...]:
    """Reads a camt.053 or camt.054 of any version: one Statement for each account and page in it.

    Entries that are not booked yet are left out. Raises MessageInvalid where it is no such message.
    """
    found = []
    message = message_id = ""
    bookings: list[Booking] = []
    for message, name, element in elements(source, "GrpHdr", "Ntry", "Stmt", "Ntfctn"):
        if not any(kind in message for kind in MESSAGES):
            raise MessageInvalid(f"this is {message or 'no ISO 20022 message'}, neither a camt.053 nor a camt.054")
        if name == "GrpHdr":
            message_id = text(element, "MsgId")
        elif name == "Ntry":
            bookings.extend(_bookings(element, digits))
        else:
            found.append(
                Statement(
                    message=message.rpartition(":")[2],
                    message_id=text(element, "Id") or message_id,
                    iban=text(element, "Acct", "Id", "IBAN"),
                    currency=text(element, "Acct", "Ccy"),
                    opening_minor=_balance(element, "OPBD", digits),
                    closing_minor=_balance(element, "CLBD", digits),
                    bookings=tuple(bookings),
                )
            )
            bookings = []
    if not found:
        raise MessageInvalid("there is no statement in the file")
    return tuple(found)


def _bookings(entry: Element, digits: int) -> Iterator[Booking]:
    """One for each payment of the entry: a bank may book many payments as one sum and list them below it."""
    status = child(entry, "Sts")
    # Up to version .04 the status is the element's own text; later it has a Cd.
    if (text(status, "Cd") or (status.text or "").strip() if status is not None else "") != BOOKED:
        return
    details = [tx for block in entry if local(block) == "NtryDtls" for tx in block if local(tx) == "TxDtls"]
    entry_amount, entry_side = child(entry, "Amt"), text(entry, "CdtDbtInd")
    day = text(entry, "BookgDt", "Dt") or text(entry, "BookgDt", "DtTm")[:10]
    for place, details_ in enumerate(details or [None]):
        amount = child(details_, "Amt") if details_ is not None else None
        if amount is None:
            if len(details) > 1:
                raise MessageInvalid("an entry lists several payments without their amounts")
            amount = entry_amount
        yield Booking(
            end_to_end_id=text(details_, "Refs", "EndToEndId"),
            amount_minor=minor(amount, digits),
            currency=amount.get("Ccy", "") if amount is not None else "",
            credit=(text(details_, "CdtDbtInd") or entry_side) == "CRDT",
            booked_on=date.fromisoformat(day) if day else None,
            reference=_reference(entry, details_, place),
            reason=text(details_, "RtrInf", "Rsn", "Cd") or text(details_, "RtrInf", "Rsn", "Prtry"),
        )


def _reference(entry: Element, details: Element | None, place: int) -> str:
    own = text(details, "Refs", "AcctSvcrRef")
    whole = text(entry, "AcctSvcrRef")
    return own or (f"{whole}/{place}" if place else whole)


def _balance(statement: Element, code: str, digits: int) -> int | None:
    for balance in statement:
        if local(balance) == "Bal" and text(balance, "Tp", "CdOrPrtry", "Cd") == code:
            amount = minor(child(balance, "Amt"), digits)
            return amount if text(balance, "CdtDbtInd") == "CRDT" else -amount
    return None
