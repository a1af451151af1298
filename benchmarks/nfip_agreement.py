"""How close does the programme nfip-building/v1 come to what was really paid?

Decides the real flood claims of OpenFEMA (NFIP redacted claims, version 2) with `amends decide` and compares each
award with `netBuildingPaymentAmount`. The named subset: actual-cash-value rows (`replacementCostBasis` A), year of
loss 2000 or later, no condominium (`condominiumCoverageTypeCode` N), and a decision that could be computed.

    python benchmarks/nfip_agreement.py nfip_claims.parquet

This product uses the FEMA OpenFEMA API, but is not endorsed by FEMA.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

SUBSET = """
  SELECT d.award_minor, CAST(round(n.netBuildingPaymentAmount * 100) AS BIGINT) AS paid_minor,
    n.buildingDamageAmount, n.totalBuildingInsuranceCoverage AS coverage
  FROM read_parquet(?) n JOIN read_parquet(?) d ON d.claim = n.id
  WHERE n.replacementCostBasis = 'A' AND n.yearOfLoss >= 2000 AND n.condominiumCoverageTypeCode = 'N'
    AND d.outcome IN ('awarded', 'nil') AND n.netBuildingPaymentAmount IS NOT NULL
"""
TOLERANCE_MINOR = 150  # the file holds damage in whole dollars
TARGETS = {"within_tolerance": 0.94, "totals_off": 0.005, "binding_to_the_cent": 0.97}


def decide(claims: Path, out: Path) -> dict[str, Any]:
    """Run the command a person would run; returns its summary."""
    command = [
        sys.executable,
        "-m",
        "amends.cli.main",
        "decide",
        "nfip-building",
        str(claims),
        "--out",
        str(out),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    assert isinstance(summary, dict)
    return summary


def figures(claims: Path, out: Path) -> dict[str, float]:
    """Agreement with the real payments on the named subset."""
    row = duckdb.execute(
        f"""
        WITH subset AS ({SUBSET}), binding AS (FROM subset WHERE award_minor = coverage * 100)
        SELECT (SELECT count(*) FROM subset), (SELECT count(*) FROM binding),
          (SELECT avg(CAST(abs(award_minor - paid_minor) <= {TOLERANCE_MINOR} AS INTEGER)) FROM subset),
          (SELECT abs(sum(award_minor) - sum(paid_minor)) / sum(paid_minor) FROM subset),
          (SELECT avg(CAST(award_minor = paid_minor AS INTEGER)) FROM binding)
        """,
        [str(claims), str(out / "decisions.parquet")],
    ).fetchone()
    assert row is not None
    names = ("rows", "binding_rows", "within_tolerance", "totals_off", "binding_to_the_cent")
    return dict(zip(names, map(float, row), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=Path)
    claims = parser.parse_args().claims
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        summary = decide(claims, Path(first))
        found = figures(claims, Path(first))
        decide(claims, Path(second))
        same = _hash(Path(first)) == _hash(Path(second))
    print(f"rows {summary['rows']:,} = " + " + ".join(f"{n:,} {o}" for o, n in summary["outcomes"].items()))
    print(f"subset of {found['rows']:,.0f} rows, coverage binds in {found['binding_rows']:,.0f}")
    for name, words, sign in (
        ("within_tolerance", "within $1.50 of what was paid", "≥"),
        ("totals_off", "totals differ by", "≤"),
        ("binding_to_the_cent", "coverage binds: to the cent", "≥"),
    ):
        print(f"{words:<32}{found[name]:.2%}   target {sign} {TARGETS[name]:.1%}")
    print(f"a second run gives the same bytes: {'yes' if same else 'NO'}")


def _hash(out: Path) -> str:
    return hashlib.sha256((out / "decisions.parquet").read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
