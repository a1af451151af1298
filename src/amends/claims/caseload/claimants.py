"""Who are the claimants of a made-up caseload? Names from faker, places in households, valid numbers of nobody.

Tax numbers and IBANs carry right check digits, because what is wrong about them must be planted and not accidental.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from faker.providers.person.uk_UA import Provider as Names
from stdnum import iban
from stdnum.ua import rntrc

from amends.iso20022.latin import transliterate

# National bank codes (MFO) of Ukraine, as the first six digits of an account.
BANKS = ("305299", "322001", "334851", "300465", "320478", "351005", "300346", "325365", "322313", "300335")
NO_IBAN = 0.015
DAY_ZERO = np.datetime64("1899-12-31")  # a Ukrainian tax number counts a birthday from here


@dataclass(frozen=True)
class Claimants:
    """Columns of equal length: one entry a claimant."""

    key: np.ndarray
    kind: np.ndarray
    name: np.ndarray
    name_latin: np.ndarray
    birth_date: np.ndarray
    tax_number: np.ndarray
    household: np.ndarray
    iban: np.ndarray


def invent(rng: np.random.Generator, kinds: np.ndarray, *, household: float, largest: int) -> Claimants:
    """As many claimants as `kinds` has entries. `household` is the share that lives with another claimant."""
    count = len(kinds)
    person = kinds == "person"
    woman = rng.random(count) < 0.56
    surname_of = _households(rng, person, household, largest)
    surnames = rng.integers(0, 500, count)[surname_of]
    names = np.where(person, _names(rng, woman, surnames), _companies(rng, count))
    born = np.datetime64("2026-01-01") - rng.integers(19 * 365, 88 * 365, count).astype("timedelta64[D]")
    serial = rng.integers(0, 5000, count) * 2 + ~woman  # the last digit of the serial tells the sex
    days = (born - DAY_ZERO).astype(int)
    tax = [_tax_number(day, number) for day, number in zip(days, serial, strict=True)]
    alone = np.bincount(surname_of, minlength=count)[surname_of] == 1
    return Claimants(
        key=_numbered("p", np.arange(count)),
        kind=kinds,
        name=names,
        name_latin=np.array([transliterate(name) for name in names], dtype=object),
        birth_date=np.where(person, born.astype(str), "").astype(object),
        tax_number=np.array(tax, dtype=object),
        household=np.where(person & ~alone, _numbered("h", surname_of), ""),
        iban=_ibans(rng, count),
    )


def _households(rng: np.random.Generator, person: np.ndarray, share: float, largest: int) -> np.ndarray:
    """For each claimant the claimant whose household it belongs to; itself where it lives alone."""
    head = np.arange(len(person))
    joins = person & (rng.random(len(person)) < share)
    joins[: largest + 1] = False
    back = rng.integers(1, max(2, largest), len(person))
    # A joiner lives with somebody shortly before it, and so in that one's household, whatever it is.
    for index in np.flatnonzero(joins):
        target = head[index - back[index]]
        if person[target]:
            head[index] = target
    return head


def _names(rng: np.random.Generator, woman: np.ndarray, surnames: np.ndarray) -> np.ndarray:
    def pool(words: object) -> np.ndarray:
        assert isinstance(words, tuple | list | dict)
        return np.array(list(words), dtype=object)

    def drawn(women: np.ndarray, men: np.ndarray) -> np.ndarray:
        pick = rng.random(len(woman))
        chosen: np.ndarray = np.where(
            woman, women[(pick * len(women)).astype(int)], men[(pick * len(men)).astype(int)]
        )
        return chosen

    of_women, of_men = pool(Names.last_names_female), pool(Names.last_names_male)
    last = np.where(woman, of_women[surnames % len(of_women)], of_men[surnames % len(of_men)])
    first = drawn(pool(Names.first_names_female), pool(Names.first_names_male))
    middle = drawn(pool(Names.middle_names_female), pool(Names.middle_names_male))
    full: np.ndarray = last + " " + first + " " + middle
    return full


def _companies(rng: np.random.Generator, count: int) -> np.ndarray:
    forms = np.array(["ТОВ", "ПрАТ", "ПП", "ФГ"], dtype=object)
    names = np.array(list(Names.last_names_male), dtype=object)
    return np.asarray(
        forms[rng.integers(0, len(forms), count)] + " «" + names[rng.integers(0, len(names), count)] + "»"
    )


def _tax_number(day: int, serial: int) -> str:
    body = f"{day:05d}{serial:04d}"
    return body + str(rntrc.calc_check_digit(body))


def _ibans(rng: np.random.Generator, count: int) -> np.ndarray:
    bank = rng.integers(0, len(BANKS), count)
    account = rng.integers(10**9, 10**10, count)
    fate = rng.random(count)
    made = []
    for index in range(count):
        if fate[index] < NO_IBAN:
            made.append("")
            continue
        basic = f"{BANKS[bank[index]]}{2620:09d}{account[index]}"
        digits = iban.calc_check_digits(f"UA00{basic}")
        made.append(f"UA{digits}{basic}")
    return np.array(made, dtype=object)


def _numbered(letter: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(letter, np.char.zfill(numbers.astype(str), 7)).astype(object)
