"""Which rows of a file become claims, which are known already, and which must somebody look at? Set-wise, in DuckDB.

Works on the typed relation of intake.py and on what the register holds of the same claimants and claims. `prepare`
looks at the whole file once; then `sort_out` makes it into finished rows, part by part, and asks no database.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from amends.claims.answers import json_sql
from amends.claims.content import fact_sql, filed_sql
from amends.claims.intake import SEPARATOR, Intake
from amends.claims.number import draw, prefix
from amends.claims.sql import identifier, literal
from amends.people.content import FACTS
from amends.programmes.programme import Programme

# A claimant is one person: where two claims disagree on these, somebody must look before money moves. Language and
# transliteration may differ from claim to claim; the first counts.
IDENTIFYING = ("kind", "name", "birth_date", "tax_number", "household", "iban")


@dataclass(frozen=True)
class Part:
    """Some rows of the file, sorted out. `taken` has claims_claim's columns and `content`, the journal's text;
    `arriving` are the claimants who come with this part."""

    arriving: pa.Table
    taken: pa.Table
    known: int
    set_aside: pa.Table


def prepare(duck: duckdb.DuckDBPyConnection, taken: Intake, programme: Programme, filed_at: str) -> int:
    """Table `filing`: every row of the file as it would be stored; and `arriving`: its claimants, each once, with the
    row they come with. Returns how many those are.

    `filed_at` (UTC) stands in for a file that does not say when its claims were filed.
    """
    amount = programme.amount_question
    minor = (
        f"CAST({identifier(amount)} * {10**programme.minor_digits} AS BIGINT)" if amount else "CAST(NULL AS BIGINT)"
    )
    assert not amount or programme.questions[amount].decimals <= programme.minor_digits
    region = identifier(programme.region_question) if programme.region_question else "NULL"
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE filing AS
        SELECT "row", claim AS source_key, claimant, category, coalesce(CAST({region} AS VARCHAR), '') AS region,
          filed_at IS NULL AS undated, coalesce(filed_at, CAST({literal(filed_at)} AS TIMESTAMP)) AS filed_at,
          {json_sql(dict(programme.questions))} AS answers, CAST(to_json(evidence) AS VARCHAR) AS evidence,
          {minor} AS claimed_minor, repeats, problems,
          claimant_kind AS kind, name, name_latin, birth_date, tax_number, household, iban, language
        FROM {identifier(taken.table)} ORDER BY "row";
        CREATE OR REPLACE TEMP TABLE arriving AS
        SELECT claimant AS source_key, min("row") AS "row",
          {", ".join(_first(name) for name in FACTS if name != "source_key")}
        FROM filing WHERE len(problems) = 0 AND repeats IS NULL GROUP BY claimant;
        CREATE OR REPLACE TEMP TABLE enrolled AS
        SELECT CAST(NULL AS BIGINT) AS id, * EXCLUDE ("row") FROM arriving LIMIT 0;
        CREATE OR REPLACE TEMP TABLE known (source_key TEXT, number TEXT, fingerprint TEXT, filed_at TIMESTAMP);
        """
    )
    ((found,),) = duck.execute("SELECT count(*) FROM arriving").fetchall()
    return int(found)


def keys(duck: duckdb.DuckDBPyConnection, column: str, after: int, until: int) -> list[str]:
    """What the rows after `after` until `until` say in `column`: claimants, or claims (source_key)."""
    found = duck.execute(
        f'SELECT DISTINCT {column} FROM filing WHERE "row" > {after} AND "row" <= {until}'
    ).fetchall()
    return [row[0] for row in found if row[0] is not None]


def remember(duck: duckdb.DuckDBPyConnection, enrolled: pa.Table, known: pa.Table) -> None:
    """What the register holds already: claimants of the file who are `enrolled`, claims of it that are `known`."""
    duck.register("some_enrolled", enrolled)
    duck.register("some_known", known)
    duck.execute(
        "INSERT INTO enrolled BY NAME SELECT * FROM some_enrolled ANTI JOIN enrolled USING (source_key);"
        "INSERT INTO known BY NAME SELECT * FROM some_known ANTI JOIN known USING (source_key)"
    )


def number_claimants(duck: duckdb.DuckDBPyConnection, first_id: int) -> None:
    """Gives every claimant of the file an id: the enrolled keep theirs, the others get those from `first_id` on."""
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE newcomers AS
        SELECT {first_id} - 1 + row_number() OVER (ORDER BY "row") AS id, * FROM arriving
        ANTI JOIN enrolled USING (source_key) ORDER BY "row";
        INSERT INTO enrolled BY NAME SELECT * EXCLUDE ("row") FROM newcomers
        """
    )


def sort_out(
    duck: duckdb.DuckDBPyConnection, taken: Intake, programme: Programme, after: int, until: int, first_id: int
) -> Part:
    """The rows after `after` until `until`. The claim of row 1 would have the id `first_id`, and so on."""
    duck.register("numbers", _numbers(programme, until - after))
    duck.execute(_sorted_out_sql(after, until))
    claims = duck.sql(
        f"""
        SELECT {first_id} - 1 + "row" AS id, claimant_id, number, source_key, category, region,
          strftime(filed_at, '%Y-%m-%d %H:%M:%S.%fZ') AS filed_at,
          answers, evidence, claimed_minor, '\\x' || fingerprint AS fingerprint,
          {filed_sql("number", programme.sha256, "fingerprint")} AS content
        FROM sorted_out WHERE fate = 'taken' ORDER BY "row"
        """
    ).to_arrow_table()
    texts = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in taken.columns)
    # PostgreSQL's JSON cannot hold U+0000; the reasons say that something unprintable stood there.
    aside = duck.sql(
        f"""
        SELECT s."row", CAST(to_json(s.reasons) AS VARCHAR) AS reasons,
          replace(CAST(to_json(r.texts) AS VARCHAR), '\\u0000', '\\uFFFD') AS raw
        FROM sorted_out s
        JOIN (SELECT rowid + 1 AS "row", struct_pack({texts}) AS texts FROM {identifier(taken.raw)}) r USING ("row")
        WHERE s.fate = 'set aside' ORDER BY s."row"
        """
    ).to_arrow_table()
    ((unchanged,),) = duck.execute("SELECT count(*) FROM sorted_out WHERE fate = 'known'").fetchall()
    arriving = duck.sql(
        f"""SELECT id, {", ".join(FACTS)} FROM newcomers WHERE "row" > {after} AND "row" <= {until} ORDER BY id"""
    ).to_arrow_table()
    return Part(arriving, claims, unchanged, aside)


def _sorted_out_sql(after: int, until: int) -> str:
    """Table `sorted_out`: each row with its reasons and its fate, its number and its fingerprint."""
    disagreements = ", ".join(_disagreement_sql(name) for name in IDENTIFYING)
    other = "'claim “' || source_key || '” was filed before with other content'"
    return f"""
    CREATE OR REPLACE TEMP TABLE sorted_out AS
    WITH part AS (
      SELECT f.* REPLACE (CASE WHEN f.undated THEN coalesce(k.filed_at, f.filed_at) ELSE f.filed_at END AS filed_at),
        coalesce(k.number, n.number) AS number, k.fingerprint AS before
      FROM (FROM filing WHERE "row" > {after} AND "row" <= {until}) f
      JOIN numbers n ON n.place = f."row" - {after}
      LEFT JOIN known k ON k.source_key = f.source_key
    ),
    compared AS (
      SELECT f.*, e.id AS claimant_id, sha256(CAST({fact_sql("f", "e")} AS VARCHAR)) AS fingerprint,
        concat_ws('{SEPARATOR}', {disagreements}) AS disagreements
      FROM part f LEFT JOIN enrolled e ON e.source_key = f.claimant
    ),
    judged AS (
      SELECT *, list_concat(problems,
          CASE WHEN disagreements <> '' THEN string_split(disagreements, '{SEPARATOR}') ELSE [] END,
          CASE WHEN before <> fingerprint AND disagreements = '' THEN [{other}] ELSE [] END) AS reasons
      FROM compared
    )
    SELECT *, CASE WHEN len(reasons) > 0 THEN 'set aside'
        WHEN before IS NOT NULL OR repeats IS NOT NULL THEN 'known' ELSE 'taken' END AS fate
    FROM judged
    """


def _first(name: str) -> str:
    """The first that the file says of a claimant; where it says nothing, the empty text (or no date)."""
    first = f'arg_min({name}, "row")'
    return f"{first} AS {name}" if name == "birth_date" else f"coalesce({first}, '') AS {name}"


def _disagreement_sql(name: str) -> str:
    here, there = f"CAST(f.{name} AS VARCHAR)", f"coalesce(CAST(e.{name} AS VARCHAR), '')"
    words = f"'claimant “' || f.claimant || '” has {name} “' || {here} || '” here and “' || {there} || '” elsewhere'"
    return f"CASE WHEN e.id IS NOT NULL AND {here} <> {there} THEN {words} END"


def _numbers(programme: Programme, count: int) -> pa.Table:
    return pa.table(
        {"place": pa.array(range(1, count + 1), pa.int64()), "number": draw(prefix(programme.code), count)}
    )
