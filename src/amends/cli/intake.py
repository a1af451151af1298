"""`amends import`: a file of claims into the register, whole, once, and with nothing lost."""

from __future__ import annotations

import csv
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.output import json_option, progress, show
from amends.cli.session import database
from amends.programmes import folder

if TYPE_CHECKING:
    from amends.claims.operations import Filed

BY = "register"
REASONS_SHOWN = 8


@click.command("import")
@click.argument("programme")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="A TOML file: which column answers which question.")
@click.option(
    "--set-aside", "aside", type=click.Path(path_type=Path), help="Write the rows set aside to this CSV file."
)
@json_option
def command(programme: str, file: Path, mapping: Path | None, aside: Path | None, as_json: bool) -> None:
    """Take every claim of FILE (CSV, XLSX or Parquet, of any size) into the register of PROGRAMME.

    A row that cannot become a claim is set aside with its reasons in words: rows = taken + known + set aside, always.
    Interrupted, the same command goes on where it stopped; run twice, it files nothing twice.

    \b
    Examples:
      amends import ukraine claims.parquet --set-aside to-correct.csv
      amends import nfip-building nfip_claims.parquet
    """
    law_book = folder.load(folder.find(programme))
    with database():
        from django.db import transaction

        from amends.claims import operations as claims
        from amends.claims import queries
        from amends.programmes import operations as programmes
        from amends.treaty import operations as treaty

        now = datetime.now(UTC)
        with transaction.atomic():
            version_id = programmes.adopt(law_book, by=BY, at=now)
            treaty.establish(programme=law_book, version_id=version_id, by=BY, at=now)
        with progress() as bar:
            task = bar.add_task("taking claims in", total=None)
            filed = claims.file_batch(
                version_id=version_id, path=file, mapping=mapping, by=BY, at=now,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )  # fmt: skip
        reasons = queries.reasons(filed.import_id)
        if aside:
            _write_aside(aside, filed.import_id)
        result = {"programme": law_book.code, **asdict(filed), "reasons": dict(reasons)}
        show(result, _words(filed, reasons, aside), as_json=as_json)


def _words(filed: Filed, reasons: list[tuple[str, int]], aside: Path | None) -> str:
    lines = [
        f"{filed.rows:,} rows = {filed.taken:,} taken + {filed.known:,} known before + {filed.set_aside:,} set aside"
    ]
    lines += [f"{count:>9,}  {reason}" for reason, count in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"           and {len(reasons) - REASONS_SHOWN} more kinds of reason")
    if filed.set_aside:
        lines.append(f"Rows set aside: {aside}" if aside else "See them with --set-aside FILE.")
    if filed.unused:
        lines.append(f"Columns that no question reads: {', '.join(filed.unused)}")
    return "\n".join(lines)


def _write_aside(path: Path, import_id: int) -> None:
    """The file's own columns, with the row and its reasons in front: corrected, it can be imported as it is."""
    from amends.claims import queries

    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(queries.set_aside(import_id)):
            if number == 0:
                writer.writerow(["row", "reasons", *row.raw])
            writer.writerow([row.row, "; ".join(row.reasons), *row.raw.values()])
    unfinished.replace(path)  # whole or not at all
