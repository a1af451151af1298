"""Does the law do what its author expected? Runs a programme's case files on an engine and names each difference.

What differs is said as the file says it: file, row, case, claim, what was expected, what came, and which rows of
which tables led there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from amends.money import Money, to_minor
from amends.programmes import mass, setfacts
from amends.programmes.cases import instant
from amends.programmes.programme import Case, Law, Programme

# Separates the case's name from keys, so that claimants of different cases never meet in one relation.
_APART = " ⁄ "


@dataclass(frozen=True)
class Said:
    """What an engine said of one case's claim. `steps` tells how, where the engine tells it."""

    outcome: str
    award_minor: int
    reason: str
    steps: tuple[str, ...] = ()


Engine = Callable[[Programme, Law, Sequence[Case]], list[Said]]


@dataclass(frozen=True)
class Difference:
    engine: str
    file: str
    row: int
    case: str
    claim: str
    column: str
    expected: str
    got: str
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f'{self.file}:{self.row}: case "{self.case}", claim {self.claim} ({self.engine})'
        lines = [head, f"  {self.column} should be {self.expected}, but is {self.got}"]
        return "\n".join(lines + [f"    {step}" for step in self.steps])


def differences(programme: Programme, name: str, engine: Engine) -> Iterator[Difference]:
    """Every difference between what the cases expect and what `engine` says; nothing where the law holds."""
    for law, prefix in ((programme.recording, "expect_recording"), (programme.decision, "expect_")):
        asked = [case for case in programme.cases if case.award is None]
        if law is None or not asked:
            continue
        for case, said in zip(asked, engine(programme, law, asked), strict=True):
            yield from _compare(programme, name, case, said, recording=prefix == "expect_recording")


def _compare(programme: Programme, engine: str, case: Case, said: Said, *, recording: bool) -> Iterator[Difference]:
    if recording:
        answers = {"expect_recording": said.outcome, "expect_recording_reason": said.reason}
    else:
        answers = {
            "expect_outcome": said.outcome,
            "expect_award": money(programme, said.award_minor),
            "expect_reason": said.reason,
        }
    for column, got in answers.items():
        expected = case.expected.get(column)
        if expected is not None and column == "expect_award":
            expected = money(programme, minor(programme, expected))
        if expected is not None and expected != got:
            what = column.removeprefix("expect_").replace("_", " ")
            yield Difference(engine, case.file, case.row, case.case, case.claim, what, expected, got, said.steps)


def minor(programme: Programme, amount: str) -> int:
    return to_minor(Decimal(amount), programme.minor_digits)


def money(programme: Programme, amount_minor: int) -> str:
    return str(Money(amount_minor, programme.currency, programme.minor_digits))


def interpreter(programme: Programme, law: Law, cases: Sequence[Case]) -> list[Said]:
    """One claim at a time by the plain interpreter; facts about other claims in plain Python."""
    said = []
    for case, facts in zip(cases, facts_of(programme, cases), strict=True):
        verdict = mass.verdict(programme, law, case.claim, {name: facts.get(name) for name in law.model.inputs})
        steps = tuple(_steps(law, verdict))
        said.append(Said(verdict.outcome, verdict.award_minor, verdict.reason, steps))
    return said


def columnar(programme: Programme, law: Law, cases: Sequence[Case]) -> list[Said]:
    """All claims at once by DuckDB; facts about other claims as windows."""
    given = sorted({name for case in cases for name in case.facts})
    columns = [*PLACING, *(f'"{name}" {_type(programme, name)}' for name in given)]
    rows = [_row(number, case, given) for number, case in enumerate(cases)]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE claims ({', '.join(columns)})")
        connection.executemany(f"INSERT INTO claims VALUES ({', '.join('?' for _ in columns)})", rows)
        select = mass.compiled(connection, programme, law)
        found = connection.execute(f"SELECT claim, outcome, award_minor, reason FROM ({select})").fetchall()
    answers = {claim: Said(outcome, award, reason) for claim, outcome, award, reason in found}
    return [answers[row[0]] for row in rows]


ENGINES: Mapping[str, Engine] = {"interpreter": interpreter, "DuckDB": columnar}
PLACING = ("claim VARCHAR", "claimant VARCHAR", "household VARCHAR", "category VARCHAR", "claimant_kind VARCHAR",
           "filed_at TIMESTAMP")  # fmt: skip


def facts_of(programme: Programme, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Each claim's facts: standard facts, answers, checks, and what is computed over the claims of the same case."""
    together = defaultdict(list)
    for index, case in enumerate(cases):
        together[case.file, case.case].append(index)
    facts: list[dict[str, Any]] = [{} for _ in cases]
    for indices in together.values():
        neighbours = [_neighbour(cases[index]) for index in indices]
        for index, computed in zip(indices, setfacts.compute(programme.facts, neighbours), strict=True):
            case = cases[index]
            filed = instant(case.filed_at)
            facts[index] = {
                "category": case.category,
                "claimant_kind": case.claimant_kind,
                "filed_date": filed.date() if filed else None,
                **computed,
                **case.facts,
            }
    return facts


def _neighbour(case: Case) -> setfacts.Neighbour:
    return setfacts.Neighbour(
        case.claim,
        case.claimant,
        case.household,
        case.category,
        instant(case.filed_at),
        case.facts.get("duplicate") is True,
    )


def _steps(law: Law, verdict: mass.Verdict) -> Iterator[str]:
    for decision in law.model.decisions:
        value = verdict.values.get(decision.name)
        if value is None and decision.name not in law.decisions:
            continue  # a table of another category: it has nothing to say here
        rows = verdict.rules.get(decision.name, ())
        basis = _basis(decision.table.rules, rows) if decision.table else ""
        where = f", row {', '.join(map(str, rows))}" if rows else ", no row" if decision.table else ""
        yield f"{decision.name}{where}: {'no value' if value is None else value}{basis}"


def _basis(rules: Sequence[Any], rows: Sequence[int]) -> str:
    words = [text for rule in rules if rule.number in rows for text in rule.annotations.values() if text]
    return f" ({'; '.join(words)})" if words else ""


def _type(programme: Programme, name: str) -> str:
    if name in programme.questions:
        question = programme.questions[name]
        kinds = {"date": "DATE", "yes-no": "BOOLEAN", "choice": "VARCHAR", "text": "VARCHAR"}
        return kinds.get(question.type, f"DECIMAL(38, {question.decimals})")
    counted = any(fact.name == name and fact.kind != "elsewhere" for fact in programme.facts)
    return "INTEGER" if counted else "BOOLEAN"


def _row(number: int, case: Case, given: Sequence[str]) -> list[Any]:
    def apart(*words: str) -> str:
        return _APART.join((case.file, case.case, *words))

    filed = instant(case.filed_at)
    return [
        apart(case.claim, str(number)),
        apart(case.claimant),
        apart(case.household) if case.household else "",
        case.category,
        case.claimant_kind,
        filed.replace(tzinfo=None) if filed else None,
        *(case.facts.get(name) for name in given),
    ]
