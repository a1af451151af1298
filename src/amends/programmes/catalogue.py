"""What may be claimed, by whom, and what is asked? Reads categories/*.toml and questions.toml."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from amends.programmes.faults import Faults, Table, parse_toml
from amends.programmes.programme import (
    CHECK_FACTS,
    CLAIMANT_KINDS,
    NUMERIC_TYPES,
    QUESTION_TYPES,
    STANDARD_FACTS,
    Category,
    Evidence,
    Question,
)

# Twelve digits before and after the point together: what every engine still computes in 64 bits after a product.
LARGEST = {"money": Decimal("9999999999.99"), "integer": Decimal(999_999_999), "decimal": Decimal("999999.9999")}
DECIMALS = {"money": 2, "integer": 0, "decimal": 4}


def read_questions(file: str, text: str, minor_digits: int, faults: Faults) -> dict[str, Question]:
    top = Table(file, "", parse_toml(file, text, faults), faults)
    return {key: _question(key, table, minor_digits) for key, table in top.each()}


def _question(key: str, table: Table, minor_digits: int) -> Question:
    if not key.isidentifier() or key.lower() != key or key.startswith("_"):
        table.fault(f'"{key}" cannot name a fact: use small letters, digits and underscores, as in damage_date.')
    if key in (*STANDARD_FACTS, *CHECK_FACTS):
        table.fault(f'"{key}" is a fact that every claim has; a question needs another name.')
    kind = table.name_of("type", QUESTION_TYPES, "a type of question", required=True) or "text"
    choices = table.texts("choices", required=kind == "choice")
    if choices and kind != "choice":
        table.fault(f'"choices" belongs to questions of type "choice"; this one has type "{kind}".', "choices")
    if len(set(choices)) != len(choices):
        table.fault("A choice is listed twice.", "choices")
    low, high, decimals = table.number("low"), table.number("high"), table.whole("decimals", -1)
    required = table.flag("required")
    table.finish()
    if kind not in NUMERIC_TYPES:
        if low is not None or high is not None:
            table.fault(f'"low" and "high" belong to numbers; this question has type "{kind}".')
        return Question(key, kind, choices, required=required)
    if decimals < 0:
        decimals = minor_digits if kind == "money" else DECIMALS[kind]
    low, high = low if low is not None else Decimal(0), high if high is not None else LARGEST[kind]
    if low > high:
        table.fault(f'"low" ({low}) is above "high" ({high}).', "low")
    return Question(key, kind, (), low, high, decimals, required)


def read_categories(
    files: Mapping[str, str], questions: Mapping[str, Question], faults: Faults
) -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for file, text in files.items():
        top = Table(file, "", parse_toml(file, text, faults), faults)
        for code, table in top.each():
            if code in categories:
                table.fault(f'The category "{code}" stands in two files.')
            categories[code] = _category(code, table, questions)
    asked = {question for category in categories.values() for question in category.questions}
    for unasked in sorted(set(questions) - asked):
        faults.add("questions.toml", "No category asks this question.", table=unasked)
    return categories


def _category(code: str, table: Table, questions: Mapping[str, Question]) -> Category:
    evidence = table.table("evidence")
    required, optional = evidence.texts("required"), evidence.texts("optional")
    evidence.finish()
    for both in sorted(set(required) & set(optional)):
        evidence.fault(f'"{both}" cannot be both required and optional.')
    category = Category(
        code=code,
        claimants=table.names_of("claimants", CLAIMANT_KINDS, "a kind of claimant", required=True),
        one_per_claimant=table.flag("one_per_claimant"),
        opens_on=table.day("opens_on"),
        closes_on=table.day("closes_on"),
        evidence=tuple(Evidence(item, item in required) for item in (*required, *optional)),
        questions=table.names_of("questions", questions, "a question of questions.toml", required=True),
        amount_asked=table.flag("amount_asked"),
        sensitive=table.flag("sensitive"),
    )
    table.finish()
    if category.opens_on and category.closes_on and category.opens_on > category.closes_on:
        table.fault("The category closes before it opens.", "closes_on")
    return category
