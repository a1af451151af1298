"""`amends decide`: any file of claims in, one decision a claim out. No database, no network."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click
import duckdb

from amends import __version__, rules
from amends.checks.findings import facts_sql
from amends.claims import intake
from amends.cli.output import json_option, show
from amends.money import Money
from amends.programmes import folder, mass
from amends.programmes.programme import CHECK_FACTS, Law, Programme
from amends.refusal import Refusal

OUTCOMES = ("awarded", "nil", "not computable", "not recorded")


@click.command("decide")
@click.argument("programme")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for decisions.parquet and summary.json."
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="How the file's columns answer the programme's questions."
)
@click.option("--engine", type=click.Choice(["duckdb", "interpreter"]), default="duckdb", show_default=True,
              help="The interpreter is the slow referee; both must agree.")  # fmt: skip
@json_option
def command(programme: str, file: Path, out: Path, mapping: Path | None, engine: str, as_json: bool) -> None:
    """Decide every claim of FILE (CSV, XLSX or Parquet) under PROGRAMME.

    Writes decisions.parquet: claim, outcome, award_minor, currency, reasons, then the value and the fired rules of
    every step of the law. Every row of FILE is accounted for: awarded, nil with its reason, or not computable with
    its reason. The same input gives the same bytes.

    \b
    Example:
      amends decide nfip-building nfip_claims.parquet --out decided/
    """
    law_book = folder.load(folder.find(programme))
    connection = duckdb.connect()
    taken = intake.read(connection, file, law_book, mapping)
    decide_all(connection, law_book, engine)
    summary = _summary(connection, law_book, engine, taken.rows)
    _write(connection, out, summary)
    show(summary, _words(summary, law_book, out), as_json=as_json)


def decide_all(connection: duckdb.DuckDBPyConnection, programme: Programme, engine: str) -> None:
    """Table `decisions` from relation `claims`: what the register would refuse first, then the law on the rest."""
    source = "claims"
    parts = []
    if programme.recording:
        _verdicts(connection, programme, programme.recording, engine, source, "recordings")
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE recorded AS SELECT c.* FROM claims c "
            "JOIN recordings r ON r.claim = CAST(c.claim AS VARCHAR) WHERE r.outcome = 'recorded'"
        )
        parts.append(
            "SELECT claim, 'not recorded' AS outcome, CAST(0 AS BIGINT) AS award_minor, reasons FROM recordings "
            "WHERE outcome <> 'recorded'"
        )
        source = "recorded"
    if set(CHECK_FACTS) & set(programme.decision.model.inputs):
        # What the law asks of the checks is found out here as it is in the register: nobody is paid twice for a file.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE placed AS SELECT row AS claim_id, * FROM {source}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {facts_sql(programme, 'placed')}")
        source = "checked"
    _verdicts(connection, programme, programme.decision, engine, source, "verdicts")
    parts.insert(0, "SELECT * EXCLUDE (reason) FROM verdicts")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE decisions AS "
        f"SELECT claim, outcome, award_minor, '{programme.currency}' AS currency, reasons, "
        f"* EXCLUDE (claim, outcome, award_minor, reasons) FROM ({' UNION ALL BY NAME '.join(parts)})"
    )


def _verdicts(
    connection: duckdb.DuckDBPyConnection, programme: Programme, law: Law, engine: str, source: str, into: str
) -> None:
    if engine == "duckdb":
        try:
            select = mass.compiled(connection, programme, law, source=source)
        except rules.NotCompilable as outside:
            raise Refusal(
                f"{law.file} has a rule that only the interpreter can run: {outside}",
                "The fast engine never guesses what it cannot prove equal.",
                "Run the same command with --engine interpreter.",
            ) from outside
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {select}")
        return
    import pyarrow as pa

    said = list(mass.referee(connection, programme, law, source=source))
    table = pa.table(
        {
            "claim": pa.array([v.claim for v in said], pa.string()),
            "outcome": pa.array([v.outcome for v in said], pa.string()),
            "award_minor": pa.array([v.award_minor for v in said], pa.int64()),
            "reason": pa.array([v.reason for v in said], pa.string()),
            "reasons": pa.array([mass.reasons(law, v) for v in said], pa.string()),
        }
    )
    connection.register("said", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT * FROM said")
    connection.unregister("said")


def _summary(connection: duckdb.DuckDBPyConnection, programme: Programme, engine: str, rows: int) -> dict[str, Any]:
    found = connection.execute(
        "SELECT outcome, count(*), sum(award_minor)::HUGEINT FROM decisions GROUP BY outcome"
    ).fetchall()
    counts: dict[str, int] = {outcome: count for outcome, count, _ in found}
    reasons = connection.execute(
        "SELECT outcome, split_part(reasons, '; ', 1) AS reason, count(*) FROM decisions WHERE outcome <> 'awarded' "
        "GROUP BY ALL ORDER BY 3 DESC, 2"
    ).fetchall()
    assert sum(counts.values()) == rows, "every row has exactly one decision"
    return {
        "programme": programme.code,
        "programme_sha256": programme.sha256,
        "engine": f"amends {__version__} {engine}",
        "rows": rows,
        "outcomes": {outcome: counts[outcome] for outcome in OUTCOMES if outcome in counts},
        "awarded_minor": int(sum(total for _, _, total in found)),
        "currency": programme.currency,
        "reasons": [{"outcome": outcome, "reason": reason, "claims": count} for outcome, reason, count in reasons],
    }


def _write(connection: duckdb.DuckDBPyConnection, out: Path, summary: dict[str, Any]) -> None:
    """Both files whole or neither: written aside, then renamed."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as aside:
            parquet, words = Path(aside) / "decisions.parquet", Path(aside) / "summary.json"
            connection.execute("COPY (FROM decisions) TO ? (FORMAT parquet, COMPRESSION zstd)", [str(parquet)])
            words.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
            parquet.replace(out / parquet.name)
            words.replace(out / words.name)
    except (OSError, duckdb.IOException) as failure:
        raise Refusal(
            f"The decisions could not be written to {out}: {failure}",
            "Nothing half done was left there.",
            "Free some space or choose another folder with --out, and run again.",
        ) from failure


def _words(summary: dict[str, Any], programme: Programme, out: Path) -> str:
    total = Money(summary["awarded_minor"], summary["currency"], programme.minor_digits)
    lines = [f"{summary['rows']:,} claims under {summary['programme']}: {total} awarded."]
    lines += [f"  {count:>9,}  {outcome}" for outcome, count in summary["outcomes"].items()]
    for entry in summary["reasons"]:
        texts = {f"reason.{mass.UNREADABLE}": "A value of the row cannot be read; the reasons name it."}
        texts |= programme.texts[programme.languages[0]]
        words = texts.get(f"reason.{entry['reason']}", entry["reason"])
        lines.append(f"  {entry['claims']:>9,}    {entry['outcome']}: {words}")
    lines.append(f"Written: {out / 'decisions.parquet'}, {out / 'summary.json'}")
    return "\n".join(lines)
