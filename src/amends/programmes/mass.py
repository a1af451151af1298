"""How is a law applied to a whole caseload? One relation of claims in, one verdict a claim out.

Both engines stand here side by side: `compiled` turns the law into one SQL statement for DuckDB, `referee` asks
the plain interpreter claim by claim. They must agree on every claim; a test says so for every programme.

What a claim's verdict needs of *other* claims (see setfacts.py) is computed first, as windows over the relation,
because DMN knows one claim at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from amends import rules
from amends.money import to_minor
from amends.programmes.programme import NO_ANSWER, Law, Programme, SetFact

# A row that could not be read whole is not decided on what is left of it.
UNREADABLE = "unreadable"
# Columns of a claims relation that are no facts of the law but place the claim among others.
PLACING = ("claim", "claimant", "household", "category", "filed_at")


@dataclass(frozen=True)
class Verdict:
    """What a law says of one claim. `rules` are the numbers of the rules that fired, by decision."""

    claim: str
    outcome: str
    award_minor: int
    reason: str
    values: Mapping[str, Any]
    rules: Mapping[str, tuple[int, ...]]
    problems: tuple[str, ...] = ()


def facts_sql(programme: Programme, law: Law, columns: Sequence[str], source: str, types: Mapping[str, str]) -> str:
    """SELECT of every fact that `law` asks for, over the claims relation `source` with these `columns`.

    A fact that nobody supplied is null, which in FEEL is "not known" and never "no". `types` are the column
    types the law was compiled for; without them (the referee) values keep the relation's own types.
    """
    wanted = set(law.model.inputs)
    computed = {fact.name: set_fact_sql(fact, columns) for fact in programme.facts if fact.name in wanted}
    own = {"filed_date": "CAST(filed_at AS DATE)"} | {c: _quoted(c) for c in columns if c in wanted}
    facts = []
    for name in law.model.inputs:
        value = own.get(name) or computed.get(name) or "NULL"
        facts.append(f"CAST({value} AS {types[name]}) AS {_quoted(name)}" if types else f"{value} AS {_quoted(name)}")
    problems = "problems" if "problems" in columns else "CAST([] AS VARCHAR[]) AS problems"
    return f"SELECT CAST(claim AS VARCHAR) AS claim_key, {problems}, {', '.join(facts)} FROM {source}"


def set_fact_sql(fact: SetFact, columns: Sequence[str]) -> str:
    """The window that computes a set-fact; its meaning in plain Python is setfacts.py."""
    among = f"category IN ({', '.join(_text(code) for code in fact.categories)})"
    counted = f"({among} AND NOT coalesce(duplicate, false))" if "duplicate" in columns else f"({among})"
    # A claimant whose household is not known stands alone. The prefixes keep the two kinds of key apart.
    key = "'c:' || claimant"
    if fact.per == "household":
        key = f"CASE WHEN coalesce(household, '') = '' THEN {key} ELSE 'h:' || household END"
    group = f"count(*) FILTER ({counted}) OVER (PARTITION BY {key}"
    if fact.kind == "elsewhere":
        return f"{group}) - CAST({counted} AS INTEGER) > 0"
    if fact.kind == "count":
        return f"{group})"
    assert fact.kind == "position"
    before = "ORDER BY filed_at NULLS LAST, claim ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"CASE WHEN {among} THEN 1 + {group} {before}) END"


def compiled(connection: duckdb.DuckDBPyConnection, programme: Programme, law: Law, *, source: str = "claims") -> str:
    """SQL for the verdict of `law` on every row of `source`, computed set-wise.

    Columns: claim, outcome, award_minor, reason, reasons (the reason's code, then every rule that fired), facts
    and trace as JSON texts, then each decision's value and rules as the plan names them.
    Raises rules.NotCompilable where the law leaves the profile that compiles.
    """
    plan = rules.compile_duckdb(law.model)
    present = [row[0] for row in connection.execute(f"DESCRIBE {source}").fetchall()]
    inner = plan.select("facts", keep=["claim_key", "problems", *law.model.inputs])
    outcome, reason = _quoted(law.outcome), _quoted(law.reason)
    award = f"coalesce({_quoted(law.award)}, 0)" if law.award else "0"
    problem = f"WHEN len(problems) > 0 THEN '{{}}' WHEN {outcome} IS NULL OR ({outcome} = 'awarded' AND {award} <= 0) THEN '{{}}'"
    cited = ", ".join(map(_cited, law.model.decisions))
    return f"""
    WITH facts AS ({facts_sql(programme, law, present, source, plan.input_types)}),
    traced AS ({inner}),
    said AS (
      SELECT *,
        CASE {problem.format(silence(law), silence(law))} ELSE {outcome} END AS outcome_,
        CASE {problem.format(UNREADABLE, NO_ANSWER)} ELSE coalesce({reason}, '{NO_ANSWER}') END AS reason_
      FROM traced
    )
    SELECT claim_key AS claim,
      outcome_ AS outcome,
      CASE WHEN outcome_ = 'awarded' THEN CAST({award} * {10**programme.minor_digits} AS BIGINT) ELSE 0 END AS award_minor,
      reason_ AS reason,
      concat_ws('; ', reason_, {cited}, nullif(array_to_string(problems, '; '), '')) AS reasons,
      * EXCLUDE (claim_key, problems, outcome_, reason_)
    FROM said
    """


def referee(
    connection: duckdb.DuckDBPyConnection, programme: Programme, law: Law, *, source: str = "claims"
) -> Iterator[Verdict]:
    """The same verdicts, one claim at a time, by the plain interpreter."""
    present = [row[0] for row in connection.execute(f"DESCRIBE {source}").fetchall()]
    cursor = connection.cursor().execute(facts_sql(programme, law, present, source, {}))
    names = [column[0] for column in cursor.description or []]
    while batch := cursor.fetchmany(10_000):
        for row in batch:
            fact = dict(zip(names, row, strict=True))
            claim, problems = fact.pop("claim_key"), fact.pop("problems")
            yield verdict(programme, law, claim, fact, problems)


def verdict(
    programme: Programme, law: Law, claim: str, facts: Mapping[str, Any], problems: Sequence[str] = ()
) -> Verdict:
    """One claim's verdict by the interpreter."""
    result = rules.interpret(law.model, facts)
    outcome, reason = result.values[law.outcome], result.values[law.reason]
    award = result.values[law.award] if law.award else None
    if problems:
        outcome, reason = silence(law), UNREADABLE
    elif outcome is None or (outcome == "awarded" and not (award and award > 0)):
        outcome, reason = silence(law), NO_ANSWER
    minor = to_minor(award, programme.minor_digits) if award and outcome == "awarded" else 0
    return Verdict(claim, outcome, minor, reason or NO_ANSWER, result.values, result.rules, tuple(problems))


def reasons(law: Law, said: Verdict) -> str:
    """The reason's code, then every rule that fired: the text that `compiled` gives as `reasons`."""
    tables = (decision.name for decision in law.model.decisions if decision.table)
    cited = [f"{name}#{number}" for name in tables for number in said.rules.get(name, ())]
    return "; ".join([said.reason, *cited, *said.problems])


def silence(law: Law) -> str:
    """The outcome where the law says nothing: nothing is granted by accident, and nothing is refused on the merits."""
    return "not computable" if law.award else "refused"


def _cited(decision: rules.Decision) -> str:
    """SQL text naming the rules of one table that fired, such as ``Tariff#12``; null where none did."""
    if decision.table is None:
        return "NULL"
    fired = _quoted(f"{decision.name}#rules")
    labels = [f"{decision.name}#{rule.number}" for rule in decision.table.rules]
    if decision.table.single_hit:
        return f"[{', '.join(map(_text, labels))}][{fired}]"
    return (
        "concat_ws('; ', "
        + ", ".join(f"CASE WHEN {fired} & {1 << n} <> 0 THEN {_text(label)} END" for n, label in enumerate(labels))
        + ")"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def frozen(law: Law, types: Mapping[str, str]) -> tuple[str, str]:
    """Two SQL expressions over `compiled`'s columns: the facts and the trace of a claim, as JSON texts.

    `types` are the columns' types as DESCRIBE gives them. Decimals and dates become text, so that no reader of
    the JSON ever makes a float of money. The trace holds, for every step of the law, its value and its rules.
    """

    def kept(name: str) -> str:
        value = _quoted(name)
        return value if types[name] == "BOOLEAN" else f"CAST({value} AS VARCHAR)"

    facts = ", ".join(f"{_quoted(name)} := {kept(name)}" for name in law.model.inputs)
    steps = []
    for decision in law.model.decisions:
        fired = _quoted(f"{decision.name}#rules")
        if decision.table is None:
            numbers = "CAST([] AS INTEGER[])"
        elif decision.table.single_hit:
            numbers = f"CASE WHEN {fired} > 0 THEN [CAST({fired} AS INTEGER)] ELSE CAST([] AS INTEGER[]) END"
        else:
            bits = ", ".join(str(rule.number) for rule in decision.table.rules)
            numbers = f"list_filter([{bits}], lambda n: {fired} & (CAST(1 AS BIGINT) << (n - 1)) <> 0)"
        steps.append(f"{_quoted(decision.name)} := {{'rules': {numbers}, 'value': {kept(decision.name)}}}")
    return f"to_json(struct_pack({facts}))", f"to_json(struct_pack({', '.join(steps)}))"
