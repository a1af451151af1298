"""What does a believable caseload of a programme look like? Its caseload.toml says; without one, shares are even."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from amends.programmes.programme import Programme, Question


@dataclass(frozen=True)
class Burst:
    """A category opens, or a disaster strikes and `category` is empty: on that day there are `weight` times the usual
    filings, halved every `half_life_days`."""

    category: str
    day: date
    weight: float
    half_life_days: float


@dataclass(frozen=True)
class Answers:
    """How the answers to one question are spread."""

    choices: Mapping[str, float] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    before: float = 0.0  # share of days before `first`
    low: float | None = None
    high: float | None = None
    median: float | None = None
    yes: float = 0.5
    missing: float = 0.0


@dataclass(frozen=True)
class Shares:
    first_day: date
    last_day: date
    categories: Mapping[str, float]
    bursts: tuple[Burst, ...]
    answers: Mapping[str, Answers]
    evidence_missing: float
    household: float
    household_largest: int
    duplicates: float
    overlaps: float


def of(programme: Programme) -> Shares:
    """The shares that the programme's caseload.toml states."""
    stated = tomllib.loads(programme.files.get("caseload.toml", ""))
    period, household = stated.get("period", {}), stated.get("household", {})
    first = period.get("from") or programme.scope.from_date or date(2020, 1, 1)
    return Shares(
        first_day=first,
        last_day=period.get("to") or date(first.year + 2, 1, 1),
        categories=stated.get("shares") or dict.fromkeys(programme.categories, 1.0),
        bursts=tuple(
            Burst(burst.get("category", ""), burst["date"], burst["weight"], burst["half_life_days"])
            for burst in stated.get("bursts", ())
        ),
        answers={
            name: _answers(question, stated.get("answers", {}).get(name, {}), first)
            for name, question in programme.questions.items()
        },
        evidence_missing=stated.get("evidence", {}).get("missing", 0.05),
        household=household.get("share", 0.3),
        household_largest=household.get("largest", 5),
        duplicates=stated.get("duplicates", {}).get("share", 0.02),
        overlaps=stated.get("overlaps", {}).get("share", 0.005),
    )


def _answers(question: Question, stated: Mapping[str, Any], first: date) -> Answers:
    return Answers(
        choices=stated.get("choices") or dict.fromkeys(question.choices, 1.0),
        first=stated.get("from", first),
        last=stated.get("to"),
        before=stated.get("before", 0.0),
        low=stated.get("low", float(question.low) if question.low is not None else None),
        high=stated.get("high", float(question.high) if question.high is not None else None),
        median=stated.get("median"),
        yes=stated.get("yes", 0.5),
        missing=stated.get("missing", 0.0),
    )
