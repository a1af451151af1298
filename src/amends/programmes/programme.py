"""What does a programme say, once its folder is read and found whole? Frozen values; nothing here can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from amends import rules
from amends.programmes.faults import Fault

CLAIMANT_KINDS = ("person", "organisation", "state")
QUESTION_TYPES = ("date", "money", "integer", "decimal", "choice", "yes-no", "text")
NUMERIC_TYPES = ("money", "integer", "decimal")
FACT_KINDS = ("elsewhere", "position", "count")
POWERS = ("record", "recommend", "approve", "refer", "review", "adopt-rules", "budget", "pay")
RECORDING_OUTCOMES = ("recorded", "refused")
DECISION_OUTCOMES = ("awarded", "nil", "not computable")
# What every claim has, whatever its programme asks; and what the checks find out before it is decided.
STANDARD_FACTS = ("category", "claimant_kind", "filed_date")
CHECK_FACTS = ("duplicate", "evidence_complete", "overlap")
# The reason where the law itself gives null: no DMN model writes it, but every programme has its text.
NO_ANSWER = "law-gave-no-answer"


@dataclass(frozen=True)
class Scope:
    """When and where damage must have been done. The DMN law tests it; this says it to people."""

    from_date: date | None
    to_date: date | None
    territory: Mapping[str, str]


@dataclass(frozen=True)
class Organ:
    code: str
    powers: tuple[str, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class EntryIntoForce:
    """In force on the first day of the month that follows `months` after both conditions are met."""

    ratifications: int
    reference_budget_minor: int
    share_percent: int
    months: int


@dataclass(frozen=True)
class Tier:
    """Claims served together. Each first gets its floor; what is left is shared pro rata up to the cap."""

    categories: tuple[str, ...]
    floor_minor: int | None
    cap_minor: int | None


@dataclass(frozen=True)
class Phase:
    """One round of payment. Tiers are served in their order: the next sees only what the one before has left.

    Floor and cap hold `per` claimant or per claim. `counts_earlier`: does money paid in earlier phases count
    towards them? The sources do not say it of the UNCC's second phase, so it is a parameter, not a custom.
    """

    number: int
    names: Mapping[str, str]
    tiers: tuple[Tier, ...]
    per: Literal["claimant", "claim"] = "claimant"
    counts_earlier: bool = False


@dataclass(frozen=True)
class Evidence:
    code: str
    required: bool


@dataclass(frozen=True)
class Category:
    code: str
    claimants: tuple[str, ...]
    one_per_claimant: bool
    opens_on: date | None
    closes_on: date | None
    evidence: tuple[Evidence, ...]
    questions: tuple[str, ...]
    amount_asked: bool
    sensitive: bool


@dataclass(frozen=True)
class Question:
    """`required`: a form insists on an answer. The law meets missing answers all the same, from other ways in."""

    id: str
    type: str
    choices: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int = 0
    required: bool = False


@dataclass(frozen=True)
class SetFact:
    """A fact about a claim's neighbours, computed set-wise before the decision; see setfacts.py for its meaning."""

    name: str
    kind: str
    per: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Law:
    """A DMN model, and the names of its decisions that carry the result."""

    file: str
    model: rules.Model
    outcome: str
    reason: str
    award: str | None = None

    @property
    def decisions(self) -> tuple[str, ...]:
        return tuple(name for name in (self.outcome, self.award, self.reason) if name)


@dataclass(frozen=True)
class Source:
    """Where a mapping finds an answer: a column of the file, or one fixed value for every row."""

    column: str | None = None
    value: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a foreign file become the columns of the standard claims file."""

    name: str
    detect: tuple[str, ...]
    fields: Mapping[str, Source]
    questions: Mapping[str, Source]


@dataclass(frozen=True)
class Case:
    """One claim of a case file. Claims with the same `case` are decided together, so they see each other."""

    file: str
    row: int
    case: str
    claim: str
    claimant: str
    household: str
    category: str
    filed_at: str
    claimant_kind: str
    facts: Mapping[str, object]
    award: Decimal | None
    available: Decimal | None
    expected: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Programme:
    code: str
    names: Mapping[str, str]
    legal_basis: str
    illustrative: bool
    currency: str
    minor_digits: int
    scope: Scope
    organs: tuple[Organ, ...]
    entry_into_force: EntryIntoForce | None
    phases: tuple[Phase, ...]
    languages: tuple[str, ...]
    categories: Mapping[str, Category]
    questions: Mapping[str, Question]
    region_question: str | None
    amount_question: str | None
    date_question: str | None
    facts: tuple[SetFact, ...]
    recording: Law | None
    decision: Law
    texts: Mapping[str, Mapping[str, str]]
    mappings: tuple[ColumnMapping, ...]
    cases: tuple[Case, ...]
    files: Mapping[str, str]
    sha256: str
    warnings: tuple[Fault, ...] = ()

    def text(self, key: str, language: str) -> str:
        """The programme's own words for `key`; its first language where it does not speak `language`."""
        return self.texts.get(language, self.texts[self.languages[0]])[key]

    @property
    def laws(self) -> tuple[Law, ...]:
        """In the order in which a claim meets them."""
        return (self.recording, self.decision) if self.recording else (self.decision,)
