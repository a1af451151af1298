"""How are numbers, money and days written for the reader? One place for both languages, no locale database."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from amends.money import Money

NARROW_SPACE = "\u202f"  # between thousands, so that a number never breaks
NO_BREAK = "\u00a0"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "UAH": "₴"}
MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "uk": ("січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня",
           "листопада", "грудня"),
}  # fmt: skip
SHORT_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "uk": ("січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру"),
}
LARGE = {"en": ((10**9, "bn"), (10**6, "m"), (10**3, "k")), "uk": ((10**9, "млрд"), (10**6, "млн"), (10**3, "тис."))}


def count(number: int, lang: str) -> str:
    return f"{number:,}" if lang == "en" else f"{number:,}".replace(",", NARROW_SPACE)


def money(amount: Money, lang: str) -> str:
    """To the cent: €1,234.56 in English, 1 234,56 € in Ukrainian."""
    return _with_symbol(_decimal(amount.major, amount.digits, lang), amount.currency, lang)


def short_money(amount: Money, lang: str) -> str:
    """For pictures: €12.3m, 12,3 млн €. Never beside a sum that must agree to the cent."""
    major = abs(amount.major)
    for size, name in LARGE[lang]:
        if major >= size:
            part = (amount.major / size).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
            gap = "" if lang == "en" else NO_BREAK
            return _with_symbol(f"{_decimal(part, 1, lang)}{gap}{name}", amount.currency, lang)
    return _with_symbol(_decimal(amount.major, 0, lang), amount.currency, lang)


def percent(value: Decimal, lang: str) -> str:
    """One decimal place, never rounded up to a threshold that is not reached."""
    cut = value.quantize(Decimal("0.1"), "ROUND_DOWN")
    return f"{_decimal(cut, 1, lang)}{'' if lang == 'en' else NO_BREAK}%"


def day(value: date, lang: str) -> str:
    ending = "" if lang == "en" else f"{NO_BREAK}р."
    return f"{value.day}{NO_BREAK}{MONTHS[lang][value.month - 1]} {value.year}{ending}"


def moment(value: datetime, lang: str) -> str:
    """Day and time in UTC, and says so: a time without its zone is a rumour."""
    return f"{day(value.date(), lang)}, {value:%H:%M}{NO_BREAK}UTC"


def month(value: date, lang: str) -> str:
    return f"{SHORT_MONTHS[lang][value.month - 1]} {value.year}"


def _decimal(value: Decimal, digits: int, lang: str) -> str:
    text = f"{value:,.{digits}f}"
    return text if lang == "en" else text.replace(",", NARROW_SPACE).replace(".", ",")


def _with_symbol(number: str, currency: str, lang: str) -> str:
    sign, number = ("\u2212", number[1:]) if number.startswith("-") else ("", number)
    symbol = SYMBOLS.get(currency)
    if lang == "en":
        return f"{sign}{symbol}{number}" if symbol else f"{sign}{currency}{NO_BREAK}{number}"
    return f"{sign}{number}{NO_BREAK}{symbol or currency}"
