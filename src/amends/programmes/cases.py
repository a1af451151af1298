"""What did the lawyer expect? Reads cases/*.csv: one row per claim, with the outcome that the law must give.

Rows with the same `case` are decided together, so a claimant's claims see each other. An empty cell is null. A file
with the column `award` states awards as given and tests only how they are paid.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from amends.programmes.faults import Faults, nearest
from amends.programmes.programme import (
    CHECK_FACTS,
    DECISION_OUTCOMES,
    RECORDING_OUTCOMES,
    Case,
    Category,
    Question,
    SetFact,
)

WHO = ("case", "claim", "claimant", "household", "category", "filed_at", "claimant_kind", "note")
PAID = ("award", "available")
EXPECTED = ("expect_outcome", "expect_award", "expect_reason", "expect_recording", "expect_recording_reason")
_PHASE = re.compile(r"expect_phase_([1-9]\d*)")


class CaseReader:
    """Reads the case files of one programme, whose vocabulary it knows."""

    def __init__(
        self, questions: Mapping[str, Question], categories: Mapping[str, Category], facts: tuple[SetFact, ...],
        phases: int, faults: Faults,
    ) -> None:  # fmt: skip
        self.questions, self.categories, self.phases, self.faults = questions, categories, phases, faults
        self.set_facts = {fact.name: fact for fact in facts}
        self.known = (*WHO, *PAID, *EXPECTED, *questions, *CHECK_FACTS, *self.set_facts,
                      *(f"expect_phase_{number}" for number in range(1, phases + 1)))  # fmt: skip

    def read(self, file: str, text: str) -> Iterator[Case]:
        seen: set[tuple[str, str]] = set()
        rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        try:
            header = next(rows, [])
            if not self._header_is_good(file, header):
                return
            for number, cells in enumerate(rows, 2):
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    self.faults.add(file, f"has {len(cells)} cells where the header has {len(header)}.", row=number)
                    continue
                case = self._case(file, number, dict(zip(header, cells, strict=True)))
                if (case.case, case.claim) in seen:
                    self.faults.add(
                        file, f'Case "{case.case}" has two claims "{case.claim}".', row=number, column="claim"
                    )
                seen.add((case.case, case.claim))
                yield case
        except csv.Error as error:
            self.faults.add(file, f"is not valid CSV: {error}.", row=rows.line_num)

    def _header_is_good(self, file: str, header: list[str]) -> bool:
        before = self.faults.errors
        if not header:
            self.faults.add(file, "is empty; the first row names the columns.")
        for column in header:
            if column not in self.known:
                self.faults.add(file, f'"{column}" is not a column of cases.{nearest(column, self.known)}', row=1,
                                column=column)  # fmt: skip
            if header.count(column) > 1:
                self.faults.add(file, f'The column "{column}" is there twice.', row=1, column=column)
        for column in ("case", "category"):
            if column not in header:
                self.faults.add(file, f'The column "{column}" is missing.', row=1, column=column)
        if not any(column.startswith("expect_") for column in header):
            self.faults.add(file, "No column says what is expected, such as expect_outcome.", row=1)
        return self.faults.errors == before

    def _case(self, file: str, row: int, cells: dict[str, str]) -> Case:
        def fault(column: str, message: str) -> None:
            self.faults.add(file, message, row=row, column=column)

        category = self.categories.get(cells["category"])
        if category is None:
            known = nearest(cells["category"], self.categories)
            fault("category", f'"{cells["category"]}" is not a category.{known}')
        usual = category.claimants[0] if category and category.claimants else "person"
        claim = cells.get("claim") or str(row)
        facts: dict[str, Any] = {}
        for column in cells:
            if column in self.questions or column in CHECK_FACTS or column in self.set_facts:
                try:
                    facts[column] = self._value(column, cells[column])
                except ValueError as error:
                    fault(column, str(error))
        for column, outcomes in (("expect_outcome", DECISION_OUTCOMES), ("expect_recording", RECORDING_OUTCOMES)):
            if cells.get(column) and cells[column] not in outcomes:
                fault(column, f'"{cells[column]}" is not an outcome.{nearest(cells[column], outcomes)}')
        if cells.get("expect_outcome") == "awarded" and not cells.get("expect_award"):
            fault("expect_award", "An awarded claim needs the amount that is expected.")
        amounts = {}
        for column in cells:
            if column in (*PAID, "expect_award") or _PHASE.fullmatch(column):
                try:
                    amounts[column] = money(cells[column])
                except ValueError as error:
                    fault(column, str(error))
        try:
            instant(cells.get("filed_at", ""))
        except ValueError:
            fault(
                "filed_at", f'"{cells["filed_at"]}" is neither a date (2025-03-31) nor a time (2025-03-31T09:30:00Z).'
            )
        return Case(
            file=file,
            row=row,
            case=cells["case"],
            claim=claim,
            claimant=cells.get("claimant") or claim,
            household=cells.get("household", ""),
            category=cells["category"],
            filed_at=cells.get("filed_at", ""),
            claimant_kind=cells.get("claimant_kind") or usual,
            facts=facts,
            award=amounts.get("award"),
            available=amounts.get("available"),
            expected={column: value for column, value in cells.items() if column.startswith("expect_") and value},
        )

    def _value(self, column: str, text: str) -> Any:
        if column in self.questions:
            return answer(self.questions[column], text)
        if column in CHECK_FACTS or self.set_facts[column].kind == "elsewhere":
            return yes_or_no(text)
        return number(text)


def answer(question: Question, text: str) -> Any:
    """An answer written in a cell as the value that the law sees. Raises ValueError that says what is expected."""
    if not text:
        return None
    if question.type == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f'"{text}" is not a date such as 2022-02-24.') from None
    if question.type == "yes-no":
        return yes_or_no(text)
    if question.type == "choice":
        if text not in question.choices:
            raise ValueError(f'"{text}" is not a choice of the question.{nearest(text, question.choices)}')
        return text
    if question.type == "text":
        return text
    value = number(text)
    assert question.low is not None
    assert question.high is not None
    if value is not None and not question.low <= value <= question.high:
        raise ValueError(f"{text} is not between {question.low} and {question.high}.")
    if value is not None and value != round(value, question.decimals):
        raise ValueError(f"{text} has more than {question.decimals} decimal places.")
    return value


def number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f'"{text}" is not a number such as 1250.00.') from None
    if not value.is_finite():
        raise ValueError(f'"{text}" is not a number such as 1250.00.')
    return value


def money(text: str) -> Decimal | None:
    value = number(text)
    if value is not None and value < 0:
        raise ValueError(f"{text} is negative.")
    return value


def yes_or_no(text: str) -> bool | None:
    known = {"": None, "yes": True, "no": False, "true": True, "false": False}
    if text.lower() not in known:
        raise ValueError(f'"{text}" is neither yes nor no.')
    return known[text.lower()]


def instant(text: str) -> datetime | None:
    """A day or a time, in UTC; without a zone it is taken for UTC."""
    if not text:
        return None
    value = datetime.fromisoformat(text)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
