"""`amends caseload`: a believable file of claims, of people who do not exist."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.output import json_option, progress, show
from amends.programmes import folder


@click.command("caseload")
@click.argument("programme")
@click.option("--claims", default=1000, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same file, byte for byte.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A .parquet or .csv file.")
@click.option("--truth", type=click.Path(path_type=Path), help="Where the planted truth goes; beside OUT by default.")
@click.option("--dirty", default=0.2, show_default=True, help="Percent of further rows that must be set aside.")
@json_option
def command(
    programme: str, claims: int, seed: int, out: Path, truth: Path | None, dirty: float, as_json: bool
) -> None:
    """Make a file of made-up claims for PROGRAMME, with planted duplicates and overlaps whose truth goes to a second
    file (claim, other, kind).

    \b
    Example:
      amends caseload ukraine --claims 86000 --seed 7 --out claims.parquet
    """
    from amends.claims import caseload

    law_book = folder.load(folder.find(programme))
    with progress() as bar:
        task = bar.add_task("making claims", total=None)
        rows = caseload.write(
            law_book, claims=claims, seed=seed, out=out, truth=truth, dirty=dirty / 100,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    told = truth or out.with_suffix(".truth.csv")
    show(
        {"programme": law_book.code, "rows": rows, "claims": claims, "file": str(out), "truth": str(told)},
        f"{rows:,} rows in {out}: {claims:,} claims and {rows - claims:,} rows that must be set aside. "
        f"Planted truth: {told}",
        as_json=as_json,
    )
