"""Can this claimant be paid, and what exactly is the order? An order, or the reason why there is none.

A person without a usable account keeps their money: it stays reserved, and the reason says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from amends.iso20022.credit_transfer import Order, faults
from amends.iso20022.identifiers import end_to_end_id
from amends.iso20022.latin import basic

NO_ACCOUNT = "no account is known"
WRONG_ACCOUNT = "the account number is mistyped"
COUNTRY_NOT_SERVED = "no payments go to banks in the account's country"
# Whose banks are cut off from the payment systems a fund can use. Their numbers have right check digits, so the check
# of the number does not stop them.
COUNTRIES_NOT_SERVED = frozenset({"BY", "RU"})


@dataclass(frozen=True)
class Wanted:
    """One allocation that is to be paid."""

    allocation: int
    claim: int
    number: str
    claimant: int
    amount_minor: int
    attempt: int


@dataclass(frozen=True)
class NotPayable:
    reason: str


def order(
    wanted: Wanted, *, name: str, name_latin: str, iban: str, phase: int, round_number: int
) -> Order | NotPayable:
    """The order that pays `wanted` to this payee; the same order every time it is asked."""
    account = normal_iban(iban)
    if isinstance(account, NotPayable):
        return account
    made = Order(
        end_to_end_id=end_to_end_id(wanted.number, phase=phase, round_number=round_number, attempt=wanted.attempt),
        name=basic(name_latin or name),
        iban=account,
        amount_minor=wanted.amount_minor,
        remittance=f"Award {wanted.number} phase {phase}",
    )
    wrong = faults(made)
    return NotPayable("; ".join(wrong)) if wrong else made


def normal_iban(text: str) -> str | NotPayable:
    """The account number as banks write it, or why it is none."""
    if not text.strip():
        return NotPayable(NO_ACCOUNT)
    try:
        iban = IBAN("".join(text.split()).upper())
    except SchwiftyException:
        return NotPayable(WRONG_ACCOUNT)
    if iban.country_code in COUNTRIES_NOT_SERVED:
        return NotPayable(COUNTRY_NOT_SERVED)
    return str(iban)
