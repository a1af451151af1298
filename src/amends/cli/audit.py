"""`amends audit`: do the tables, the journal and the published log still say the same?"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from amends.cli.output import advances, json_option, progress, show
from amends.cli.session import database

if TYPE_CHECKING:
    from amends.proofs.audit.difference import Report

SHOWN = 200  # differences in words; all of them with --json


@click.command("audit")
@json_option
def command(as_json: bool) -> None:
    """Rebuild every journal entry from the facts, compare it with the journal and with the published log, and name
    each row, entry and file that differs. Exit code 1 if anything does.

    \b
    Example:
      amends audit --json > audit.json
    """
    began = time.monotonic()
    with database(), progress() as bar:
        from amends.proofs.audit.queries import audit

        report = audit(advances(bar))
    result = asdict(report) | {"holds": report.holds, "seconds": round(time.monotonic() - began, 1)}
    show(result, _words(report), as_json=as_json)
    if not report.holds:
        raise click.exceptions.Exit(1)


def _words(report: Report) -> str:
    counts = f"{report.facts:,} facts, {report.entries:,} journal entries, {report.logged:,} in the published log"
    waiting = f"{report.waiting:,} wait for the log." if report.waiting else ""
    if report.holds:
        return f"Everything agrees: {counts}, root {report.root[:16]}…. {waiting}".strip()
    lines = [f"  {each.kind:<14} {each.where}: {each.message}" for each in report.differences[:SHOWN]]
    more = len(report.differences) - SHOWN
    return "\n".join(
        [
            f"{len(report.differences):,} differences ({counts}). {waiting}".strip(),
            *lines,
            *([f"  and {more:,} more; --json names all"] if more > 0 else []),
            "What the published log says is what was done: look at each row, and restore it from a copy.",
        ]
    )
