"""How fast are claims taken in, as a share of what the database allows for the same rows?

The limit is COPY: the finished rows of claims_claim, and nothing else, into an empty table with the same indexes
and foreign keys. Taking in does more: it reads and judges the file, enrols the claimants, draws the numbers,
fingerprints every claim, writes a journal entry and an outbox row for each, and keeps the file's progress.

    python benchmarks/intake.py [--claims N] [--write]

`--write` keeps the result under benchmarks/results/.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

TARGET = 0.3  # of plain COPY into the same indexed table
RUNS = 3
COLUMNS = (
    "id, number, source_key, category, region, filed_at, answers, evidence, claimed_minor, fingerprint, claimant_id,"
    " programme_id"
)


def taken_in(folder: Path, claims: int, run: int) -> tuple[float, int]:
    """Seconds to take in a file of `claims` claims into an empty register, and how many claims it took."""
    from django.db import connection

    from amends.claims import caseload
    from amends.claims.operations import file_batch
    from amends.programmes import folder as programmes
    from amends.programmes.operations import adopt

    programme, now = programmes.load(programmes.find("ukraine/v1")), datetime.now(UTC)
    file = folder / "claims.parquet"
    if not file.exists():
        caseload.write(programme, claims=claims, seed=1, out=file)
    with connection.cursor() as cursor:
        # History cannot be emptied; a run of its own begins with tables of its own.
        cursor.execute(f"CREATE SCHEMA run{run}; SET search_path TO run{run}")
    migrate()
    version_id = adopt(programme, by="benchmark", at=now)
    began = time.perf_counter()
    filed = file_batch(version_id=version_id, path=file, by="benchmark", at=now)
    return time.perf_counter() - began, filed.taken


def copied() -> float:
    """Seconds to COPY the same claims into an empty table like claims_claim."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE plain (LIKE claims_claim INCLUDING ALL);"
            "ALTER TABLE plain"
            " ADD FOREIGN KEY (claimant_id) REFERENCES people_claimant DEFERRABLE INITIALLY DEFERRED,"
            " ADD FOREIGN KEY (programme_id) REFERENCES programmes_version DEFERRABLE INITIALLY DEFERRED"
        )
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM claims_claim ORDER BY id) TO STDOUT") as out:  # type: ignore[attr-defined] # psycopg's
            rows = b"".join(bytes(block) for block in out)
        began = time.perf_counter()
        with cursor.copy(f"COPY plain ({COLUMNS}) FROM STDIN") as into:  # type: ignore[attr-defined] # psycopg's
            into.write(rows)
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE plain")
    return seconds


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def measure(folder: Path, claims: int) -> list[str]:
    runs: list[tuple[float, float, float]] = []
    for run in range(RUNS):
        seconds, taken = taken_in(folder, claims, run)
        plain = statistics.median(copied() for _ in range(3))
        runs.append((plain / seconds, taken / seconds, taken / plain))
    ratio, ours, limit = sorted(runs)[RUNS // 2]
    return [
        f"plain COPY   {limit:>9,.0f} claims/s",
        f"taken in     {ours:>9,.0f} claims/s",
        f"{ratio:.2f} of plain COPY   target {TARGET:.2f}: {'met' if ratio >= TARGET else 'MISSED'}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=86_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    now = datetime.now(UTC)
    lines = [
        f"Taking claims in, {now:%Y-%m-%d}: ukraine/v1, {options.claims:,} claims from Parquet; median of {RUNS}",
        f"machine: {os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}; load {os.getloadavg()[0]:.1f}",
    ]
    print(*lines, sep="\n", flush=True)
    place = "/var/tmp" if Path("/var/tmp").is_dir() else None  # /tmp is memory on many machines
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server's account must be able to enter it
        os.environ["AMENDS_HOME"] = folder
        from amends.cli.session import database

        with database(migrate=False):
            lines += (found := measure(Path(folder), options.claims))
    print(*found, sep="\n")
    if options.write:
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / f"intake-{now:%Y-%m-%d}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
