"""How do days, times and durations of FEEL read, add and subtract?

Dates are proleptic Gregorian, years 1 to 9999. A duration counts either months or seconds, never both:
`Months` is the one, `timedelta` the other. Functions return None where the standard says null.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[\w/+-]+)?")
_MONTHS = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?")
_SECONDS = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?")


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years-and-months duration."""

    months: int

    def __str__(self) -> str:
        sign, years, months = "-" if self.months < 0 else "", abs(self.months) // 12, abs(self.months) % 12
        if not years and not months:
            return "P0M"
        return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"


Temporal = date | time | Months | timedelta


def date_of(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    if not match:
        return None
    try:
        micro = int((match[4] or "0").ljust(6, "0")[:6])
        return time(int(match[1]), int(match[2]), int(match[3]), micro, _zone(match[5]))
    except (ValueError, KeyError, OSError):
        return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    if text.startswith("@"):
        return ZoneInfo(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return timezone(-offset if text[0] == "-" else offset)


def date_and_time_of(text: str) -> datetime | None:
    if "T" not in text:
        day = date_of(text)
        return datetime.combine(day, time()) if day else None
    day_text, _, time_text = text.partition("T")
    day, hour = date_of(day_text), time_of(time_text)
    return datetime.combine(day, hour) if day and hour else None


def duration_of(text: str) -> Months | timedelta | None:
    if text.endswith(("P", "T")):
        return None
    match = _MONTHS.fullmatch(text)
    if match:
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return Months(-months if match[1] else months)
    match = _SECONDS.fullmatch(text)
    if not match:
        return None
    length = timedelta(
        days=int(match[2] or 0),
        hours=int(match[3] or 0),
        minutes=int(match[4] or 0),
        seconds=int(match[5] or 0),
        microseconds=int((match[6] or "0").ljust(6, "0")[:6]),
    )
    return -length if match[1] else length


def at_literal(text: str) -> Temporal | None:
    """The value of `@"text"`: whichever of date, date and time, time or duration the text spells."""
    if "T" in text and not text.lstrip("-").startswith("P"):
        return date_and_time_of(text)
    return date_of(text) or time_of(text) or duration_of(text)


def add_months(day: date, months: int) -> date | None:
    """`day` moved by whole months, to the last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def add_length(day: date, length: timedelta) -> date | None:
    """A date moved by a days-and-time duration: whole days, rounded towards the past as the standard's
    arithmetic on midnight does."""
    try:
        if isinstance(day, datetime):
            return day + length
        return (datetime.combine(day, time()) + length).date()
    except OverflowError:
        return None


def months_between(start: date, end: date) -> Months:
    """Whole months from `start` to `end`, towards zero."""
    if _moment(end) < _moment(start):
        return Months(-months_between(end, start).months)
    months = (end.year - start.year) * 12 + end.month - start.month
    short = (end.day, _clock(end)) < (start.day, _clock(start))
    return Months(months - short)


def _moment(day: date) -> datetime:
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    return moment.replace(tzinfo=None)


def _clock(day: date) -> time:
    return day.time() if isinstance(day, datetime) else time()
