"""An amount in minor units and its currency. There is no float anywhere near money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Money:
    """`minor` units (cents) of `currency` (ISO 4217), of which `digits` make one major unit."""

    minor: int
    currency: str
    digits: int = 2

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-self.digits)

    def __str__(self) -> str:
        return f"{self.major:,.{self.digits}f} {self.currency}"


def to_minor(amount: Decimal, digits: int) -> int:
    """`amount` in major units as minor units. Raises ValueError where it has a fraction of a minor unit:
    rounding is a rule of the programme, never a side effect."""
    minor = amount.scaleb(digits)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has more than {digits} decimal places; round it by a rule of the programme")
    return int(minor)
