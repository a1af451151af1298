"""How is every fault of a folder found and named, not only the first? Readers note faults and go on."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from amends.refusal import Refusal


@dataclass(frozen=True)
class Fault:
    """One thing wrong, and where: the file, the table in it, the row and the column, as far as they are known."""

    file: str
    table: str
    row: int | None
    column: str | None
    message: str
    severity: str = "error"

    def __str__(self) -> str:
        where = [self.file, self.table, "" if self.row is None else str(self.row), self.column or ""]
        while where and not where[-1]:
            where.pop()
        return f"{':'.join(where)} {self.message}"


class ProgrammeInvalid(Refusal):
    """The folder has faults; `faults` lists all that could be found in one reading."""

    def __init__(self, code: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        errors = [fault for fault in faults if fault.severity == "error"]
        super().__init__(
            f"The programme {code} has {len(errors)} fault{'s' if len(errors) != 1 else ''}:\n"
            + "\n".join(f"  {fault}" for fault in errors),
            "A programme with a fault decides nothing: a claim could be treated in a way that nobody meant.",
            f"Correct the files, then run: amends programme check {code}",
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """A did-you-mean, with a leading blank; empty where nothing known is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{found[0]}"?' if found else ""


class Faults:
    """Collects the faults of one folder."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(
        self, file: str, message: str, *, table: str = "", row: int | None = None, column: str | None = None,
        severity: str = "error",
    ) -> None:  # fmt: skip
        self.found.append(Fault(file, table, row, column, message, severity))

    @property
    def errors(self) -> int:
        return sum(fault.severity == "error" for fault in self.found)


def parse_toml(file: str, text: str, faults: Faults) -> dict[str, Any]:
    """The tables of a TOML file; a syntax error is a fault with its line, and gives an empty file."""
    try:
        # Decimal, because a limit of 9999999999.99 must not become the nearest binary fraction.
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
        if place:
            message, line, column = place[1], int(place[2]), place[3]
            faults.add(file, f"is not valid TOML: {message}.", row=line, column=column)
        else:
            faults.add(file, f"is not valid TOML: {error}.")
        return {}


class Table:
    """One TOML table, read key by key. A wrong or missing value is a fault and gives a harmless stand-in, so that
    reading goes on; `finish` names the keys that nobody asked for."""

    def __init__(self, file: str, name: str, values: Mapping[str, Any], faults: Faults) -> None:
        self.file, self.name, self.values, self.faults = file, name, values, faults
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def fault(self, message: str, key: str | None = None) -> None:
        self.faults.add(self.file, message, table=self.name, column=key)

    def take(self, key: str) -> Any:
        self._asked.add(key)
        return self.values.get(key)

    def _typed(self, key: str, kinds: type | tuple[type, ...], what: str, default: Any, required: bool) -> Any:
        value = self.take(key)
        if value is None:
            if required:
                self.fault(f'"{key}" is missing: {what} is needed here.', key)
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self.fault(f'"{key}" must be {what}, not {value!r}.', key)
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        value: str = self._typed(key, str, "a text in quotes", default, required)
        return value

    def name_of(self, key: str, known: Iterable[str], what: str, *, required: bool = False) -> str | None:
        """A text that must be one of `known`."""
        value = self.text(key, required=required)
        if not value:
            return None
        known = list(known)
        if value not in known:
            self.fault(f'"{value}" is not {what}.{nearest(value, known)}', key)
            return None
        return value

    def names_of(self, key: str, known: Iterable[str], what: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, each one of `known`, none twice."""
        known, good = list(known), []
        for value in self.texts(key, required=required):
            if value not in known:
                self.fault(f'"{value}" is not {what}.{nearest(value, known)}', key)
            elif value in good:
                self.fault(f'"{value}" is listed twice.', key)
            else:
                good.append(value)
        return tuple(good)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        values = self._typed(key, list, "a list of texts", [], required)
        if not all(isinstance(value, str) for value in values):
            self.fault(f'"{key}" must be a list of texts in quotes, not {values!r}.', key)
            return ()
        return tuple(values)

    def flag(self, key: str, default: bool = False) -> bool:
        value: bool = self._typed(key, bool, "true or false", default, False)
        return value

    def whole(self, key: str, default: int = 0, *, required: bool = False) -> int:
        value: int = self._typed(key, int, "a whole number", default, required)
        return value

    def number(self, key: str) -> Decimal | None:
        value = self._typed(key, (int, Decimal), "a number", None, False)
        return None if value is None else Decimal(value)

    def amount_minor(self, key: str, minor_digits: int, *, required: bool = False) -> int | None:
        """A number of major units as minor units."""
        value = self._typed(key, (int, Decimal), "an amount, written as a number", None, required)
        if value is None:
            return None
        minor = Decimal(value).scaleb(minor_digits)
        if minor != minor.to_integral_value() or minor < 0:
            self.fault(f'"{key}" must be an amount of 0 or more with at most {minor_digits} decimal places.', key)
            return None
        return int(minor)

    def day(self, key: str) -> date | None:
        value = self._typed(key, date, "a date such as 2022-02-24", None, False)
        if isinstance(value, datetime):
            self.fault(f'"{key}" must be a date without a time.', key)
            return None
        return value  # type: ignore[no-any-return] # _typed has just checked it

    def table(self, key: str, *, required: bool = False) -> Table:
        return Table(self.file, self._inner(key), self._typed(key, dict, "a table", {}, required), self.faults)

    def tables(self, key: str) -> list[Table]:
        values = self._typed(key, list, "a list of tables", [], False)
        return [
            Table(self.file, f"{self._inner(key)}[{number}]", value if isinstance(value, dict) else {}, self.faults)
            for number, value in enumerate(values, 1)
        ]

    def each(self) -> list[tuple[str, Table]]:
        """Every entry of this table as a table of its own."""
        return [(key, self.table(key)) for key in self.values]

    def finish(self) -> None:
        for key in self.values:
            if key not in self._asked:
                self.fault(f'"{key}" is not known here.{nearest(key, self._asked)}', key)

    def _inner(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
