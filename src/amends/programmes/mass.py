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


def facts_sql(programme: Programme, law: Law, columns: Sequence[str]) -> dict[str, str]:
    """For each fact that `law` asks for, the SQL that computes it over a claims relation with these `columns`.

    A fact that nobody supplied is null, which in FEEL is "not known" and never "no". A column that has a fact's
    own name wins over its computation: case files and tests may state a fact outright.
    """
    computed = {fact.name: set_fact_sql(fact, columns) for fact in programme.facts}
    own = {"filed_date": "CAST(filed_at AS DATE)"} | {column: _quoted(column) for column in columns}
    return {name: own.get(name) or computed.get(name) or "NULL" for name in law.model.inputs}


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


def compiled(
    connection: duckdb.DuckDBPyConnection,
    programme: Programme,
    law: Law,
    *,
    source: str = "claims",
    keep_facts: bool = False,
) -> str:
    """SQL for the verdict of `law` on every row of `source`, computed set-wise.

    Columns: claim, outcome, award_minor, reason, reasons (the reason's code, then every rule that fired), then
    "<decision>#value" and "<decision>#rules" for every step, and "<input>#fact" for every fact where `keep_facts`.
    The marks keep them apart from each other: DuckDB does not tell "Outcome" from "outcome".
    Raises rules.NotCompilable where the law leaves the profile that compiles.
    """
    plan = rules.compile_duckdb(law.model)
    present = _columns(connection, source)
    computed = facts_sql(programme, law, present)
    facts = [f"CAST({sql} AS {plan.input_types[name]}) AS {_quoted(name)}" for name, sql in computed.items()]
    kept = [f"{name}#fact" for name in computed] if keep_facts else []
    copies = [f"{_quoted(name)} AS {_quoted(f'{name}#fact')}" for name in computed] if keep_facts else []
    traced = plan.select("facts", keep=["claim_key", "problems", *kept])
    outcome, reason = _quoted(law.outcome), _quoted(law.reason)
    award = f"coalesce({_quoted(law.award)}, 0)" if law.award else "0"
    silent = f"{outcome} IS NULL OR ({outcome} = 'awarded' AND {award} <= 0)"
    cited = ", ".join(map(_cited, law.model.decisions))
    steps = [
        f"{_quoted(name)} AS {_quoted(f'{name}#value')}" if not name.endswith("#rules") else _quoted(name)
        for name, _ in plan.outputs
    ]
    return f"""
    WITH placed AS (
      SELECT CAST(claim AS VARCHAR) AS claim_key, {_problems(present)}, {", ".join(facts)} FROM {source}
    ),
    facts AS (SELECT {", ".join(["*", *copies])} FROM placed),
    traced AS ({traced}),
    said AS (
      SELECT *,
        CASE WHEN len(problems) > 0 OR {silent} THEN '{silence(law)}' ELSE {outcome} END AS said_outcome,
        CASE WHEN len(problems) > 0 THEN '{UNREADABLE}' WHEN {silent} THEN '{NO_ANSWER}'
          ELSE coalesce({reason}, '{NO_ANSWER}') END AS said_reason
      FROM traced
    )
    SELECT claim_key AS claim,
      said_outcome AS outcome,
      CASE WHEN said_outcome = 'awarded' THEN CAST({award} * {10**programme.minor_digits} AS BIGINT) ELSE 0 END
        AS award_minor,
      said_reason AS reason,
      concat_ws('; ', said_reason, {cited}, nullif(array_to_string(problems, '; '), '')) AS reasons,
      {", ".join([*map(_quoted, kept), *steps])}
    FROM said
    """


def referee(
    connection: duckdb.DuckDBPyConnection, programme: Programme, law: Law, *, source: str = "claims"
) -> Iterator[Verdict]:
    """The same verdicts, one claim at a time, by the plain interpreter."""
    present = _columns(connection, source)
    facts = [f"{sql} AS {_quoted(name)}" for name, sql in facts_sql(programme, law, present).items()]
    cursor = connection.cursor()
    cursor.execute(f"SELECT CAST(claim AS VARCHAR), {_problems(present)}, {', '.join(facts)} FROM {source}")
    while batch := cursor.fetchmany(10_000):
        for claim, problems, *values in batch:
            fact = dict(zip(law.model.inputs, values, strict=True))
            yield verdict(programme, law, claim, fact, problems)


def _columns(connection: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE {source}").fetchall()]


def _problems(columns: Sequence[str]) -> str:
    return "problems" if "problems" in columns else "CAST([] AS VARCHAR[]) AS problems"


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
    """The outcome where the law says nothing: nothing granted by accident, nothing refused on the merits."""
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

    def kept(column: str) -> str:
        return _quoted(column) if types[column] == "BOOLEAN" else f"CAST({_quoted(column)} AS VARCHAR)"

    facts = ", ".join(f"{_quoted(name)} := {kept(f'{name}#fact')}" for name in law.model.inputs)
    steps = ", ".join(
        f"{_quoted(step.name)} := {{'rules': {_fired(step)}, 'value': {kept(f'{step.name}#value')}}}"
        for step in law.model.decisions
    )
    return f"to_json(struct_pack({facts}))", f"to_json(struct_pack({steps}))"


def fired_sql(law: Law) -> str:
    """SQL over `compiled`'s columns: the rules that fired, step by step, as a JSON text."""
    tables = [decision for decision in law.model.decisions if decision.table]
    return f"to_json(struct_pack({', '.join(f'{_quoted(each.name)} := {_fired(each)}' for each in tables)}))"


def _fired(decision: rules.Decision) -> str:
    """SQL list of the numbers of the rules of one table that fired; empty for a step that is no table."""
    none = "CAST([] AS INTEGER[])"
    if decision.table is None:
        return none
    fired = _quoted(f"{decision.name}#rules")
    if decision.table.single_hit:
        return f"CASE WHEN {fired} > 0 THEN [CAST({fired} AS INTEGER)] ELSE {none} END"
    numbers = ", ".join(str(rule.number) for rule in decision.table.rules)
    return f"list_filter([{numbers}], lambda n: {fired} & (CAST(1 AS BIGINT) << (n - 1)) <> 0)"
