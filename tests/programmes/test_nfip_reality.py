"""Real flood claims, really paid: the award our programme computes against the one that was paid."""

from __future__ import annotations

from pathlib import Path

from benchmarks import nfip_agreement as reality


def test_awards_are_what_was_really_paid(shared_data: Path, tmp_path: Path) -> None:
    claims = shared_data / "nfip" / "nfip_claims.parquet"
    summary = reality.decide(claims, tmp_path)
    found = reality.figures(claims, tmp_path)

    assert sum(summary["outcomes"].values()) == summary["rows"] == 22_215
    assert all(entry["reason"] for entry in summary["reasons"])
    assert found["within_tolerance"] >= reality.TARGETS["within_tolerance"]
    assert found["totals_off"] <= reality.TARGETS["totals_off"]
    assert found["binding_to_the_cent"] >= reality.TARGETS["binding_to_the_cent"]


def test_a_second_run_gives_the_same_bytes(shared_data: Path, tmp_path: Path) -> None:
    claims = shared_data / "nfip" / "nfip_claims.parquet"
    outs = [tmp_path / name for name in ("first", "second")]
    for out in outs:
        reality.decide(claims, out)
    first, second = ((out / "decisions.parquet").read_bytes() for out in outs)
    assert first == second
