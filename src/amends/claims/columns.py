"""What does one column of texts mean, and what can be wrong with a text in it? SQL for DuckDB, set-wise.

A Reading is written over two columns of the row: ``$text`` (what stood in the file, trimmed, null where empty) and
``$value`` (what it parses to, null where it does not). `faults` are conditions, asked in their order and only of
rows that have a text, each with its words; a row with a fault in a column has no value there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import Template

from amends.claims import sql
from amends.claims.answers import column_type, limits
from amends.programmes.programme import Question

EARLIEST = date(1900, 1, 1)  # no claimant and no loss of a running programme is older; what is, was mistyped
LONGEST_TEXT = 10_000
EXACT = "DECIMAL(38,12)"  # wide enough to see digits that are too many, before they could be rounded away
YES = ("true", "yes", "y", "1", "1.0", "так")
NO = ("false", "no", "n", "0", "0.0", "ні")
# Everything below U+0020 but tab and line ends: never typed by a person, and written differently by JSON writers.
CONTROL_CHARACTERS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class Reading:
    value: str
    type: str
    faults: tuple[tuple[str, str], ...] = ()

    def over(self, template: str, *, text: str, value: str = "") -> str:
        """One of the above, written over the columns `text` and `value`."""
        return Template(template).substitute(text=text, value=value)


def literal(text: str) -> str:
    return sql.literal(text).replace("$", "$$")


def text() -> Reading:
    return Reading(
        "nfc_normalize($text)",
        "VARCHAR",
        (
            (f"regexp_matches($text, '{CONTROL_CHARACTERS}')", "has an unprintable character; remove it"),
            (f"length($text) > {LONGEST_TEXT}", f"is longer than {LONGEST_TEXT} characters; shorten it"),
        ),
    )


def choice(choices: Sequence[str], noun: str = "choice") -> Reading:
    known = ", ".join(literal(code) for code in choices)
    listed = ", ".join(choices[:8]) + (", …" if len(choices) > 8 else "")
    return Reading(
        "$text", "VARCHAR", ((f"$text NOT IN ({known})", f"is an unknown {noun}; choose one of {listed}"),)
    )


def codes(known: Sequence[str], noun: str) -> Reading:
    """Several codes with semicolons between them; kept in order, each once."""
    split = r"string_split_regex($text, '\s*;\s*')"
    value = f"list_sort(list_distinct(list_filter({split}, lambda code: code <> '')))"
    listed = "[" + ", ".join(literal(code) for code in known) + "]::VARCHAR[]"
    return Reading(value, "VARCHAR[]", ((f"NOT list_has_all({listed}, $value)", f"has an unknown {noun}"),))


def yes_no() -> Reading:
    def among(words: Sequence[str]) -> str:
        return f"lower($text) IN ({', '.join(literal(word) for word in words)})"

    value = f"CASE WHEN {among(YES)} THEN true WHEN {among(NO)} THEN false END"
    return Reading(value, "BOOLEAN", (("$value IS NULL", "is neither yes nor no; write yes or no"),))


def number(low: Decimal, high: Decimal, decimals: int, type_: str) -> Reading:
    """Exact: nothing is rounded, and no float is ever made of it."""
    shape = r"regexp_full_match($text, '[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?')"
    example = "1234.56" if decimals else "1234"
    places = f"has more than {decimals} decimal places" if decimals else "is not a whole number"
    return Reading(
        f"CASE WHEN {shape} THEN try_cast($text AS {EXACT}) END",
        type_,
        (
            (f"$value IS NULL AND NOT {shape}", f"is not a number; write it like {example}"),
            (
                f"$value IS NULL OR $value NOT BETWEEN CAST('{low}' AS {EXACT}) AND CAST('{high}' AS {EXACT})",
                f"is outside the range {low:,} to {high:,}",
            ),
            (
                f"$value <> CAST(CAST($value AS DECIMAL({26 + decimals},{decimals})) AS {EXACT})"
                r" OR (length($text) > 13 AND regexp_matches($text, '\.[0-9]{12}[0-9]*[1-9]'))",
                f"{places}; correct it, we do not round",
            ),
        ),
    )


def day(format_: str | None, latest: date | None) -> Reading:
    iso = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?"
    # A moment counts as the day that was written, whatever its time zone.
    value = f"CASE WHEN regexp_full_match($text, '{iso}') THEN try_cast(left($text, 10) AS DATE) END"
    if format_:
        value = f"coalesce(CAST(try_strptime($text, {literal(format_)}) AS DATE), {value})"
    future = [(f"$value > DATE '{latest}'", "lies in the future")] if latest else []
    return Reading(
        value,
        "DATE",
        (
            (f"$value IS NULL AND regexp_full_match($text, '{iso}')", "is a day that no calendar has"),
            ("$value IS NULL", "is not a date; write it like 2022-02-24"),
            (f"$value < DATE '{EARLIEST}'", f"lies before {EARLIEST.year}; write the whole year as it was"),
            *future,
        ),
    )


def moment(format_: str | None, latest: date | None) -> Reading:
    """An instant in UTC; a time without a zone is taken as UTC, a day as its midnight."""
    value = "try_cast($text AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"  # the connection's own zone is UTC, see intake.read
    if format_:
        value = f"coalesce(try_strptime($text, {literal(format_)}), {value})"
    future = [(f"$value >= DATE '{latest}' + INTERVAL 2 DAY", "lies in the future")] if latest else []
    return Reading(
        value,
        "TIMESTAMP",
        (
            ("$value IS NULL", "is not a moment; write it like 2024-04-02T09:30:00Z"),
            (f"$value < DATE '{EARLIEST}'", f"lies before {EARLIEST.year}; write the whole year as it was"),
            *future,
        ),
    )


def tax_number() -> Reading:
    reading = text()
    return Reading(r"regexp_replace($text, '[\s-]', '', 'g')", "VARCHAR", reading.faults)


def iban() -> Reading:
    """ISO 13616. Its check digits (ISO 7064 MOD 97-10) are computed piece by piece: 34 letters make 68 digits,
    more than any integer holds."""
    # Letters count as 10 to 35. Most IBANs have them in the country code only, which is then the quicker way.
    digits = "substr($value, 5) || (ascii($value) - 55) || (ascii(substr($value, 2)) - 55) || substr($value, 3, 2)"
    lettered = "substr($value, 5) || left($value, 4)"
    for offset in range(26):
        lettered = f"replace({lettered}, '{chr(ord('A') + offset)}', '{10 + offset}')"
    digits = f"CASE WHEN regexp_matches($value, '^....[0-9]*[A-Z]') THEN {lettered} ELSE {digits} END"
    rest = f"CAST(substr({digits}, 1, 30) AS HUGEINT) % 97"
    for start in (31, 61):
        rest = f"CAST(CAST({rest} AS VARCHAR) || substr({digits}, {start}, 30) AS HUGEINT) % 97"
    shape = "regexp_full_match($value, '[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}')"
    return Reading(
        r"upper(regexp_replace($text, '\s', '', 'g'))",
        "VARCHAR",
        (
            (f"NOT {shape}", "is not an IBAN; copy it again from the bank"),
            (f"CASE WHEN {shape} THEN {rest} <> 1 ELSE false END", "is a mistyped IBAN: its check digits do not fit"),
        ),
    )


def answer(question: Question, format_: str | None, latest: date | None) -> Reading:
    """The reading of a programme's question."""
    if question.type == "date":
        return day(format_, latest)
    if question.type == "choice":
        return choice(question.choices)
    if question.type == "yes-no":
        return yes_no()
    if question.type == "text":
        return text()
    low, high = limits(question)
    return number(low, high, question.decimals, column_type(question))
