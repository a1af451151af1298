"""Broken inputs, through the real command: one clear message each, an exit code that is not 0, nothing half done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from amends.programmes import folder

CLAIMS = """claim,claimant,category,loss_date,county,damage,deductible_code,coverage
c1,p1,building,2012-10-29,36005,12205.00,3,250000
"""


def amends(*arguments: str | Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, with a home of its own where one is given."""
    environment = {
        k: v for k, v in os.environ.items() if home is None or k not in ("AMENDS_PG_SOCKET", "DATABASE_URL")
    }
    if home is not None:
        environment["AMENDS_HOME"] = str(home)
    command = [sys.executable, "-m", "amends.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What was said, which must be words for people and not a trace for programmers."""
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in text
    return " ".join(text.split())


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    """A copy of a shipped programme, to be broken."""
    copy = tmp_path / "flood" / "v1"
    shutil.copytree(folder.find("nfip-building/v1"), copy)
    return copy


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_table_with_a_gap(programme: Path) -> None:
    model = programme / "decision.dmn"
    text = model.read_text()
    start = text.index('<rule id="decision_deductible_rule4"')
    model.write_text(text[:start] + text[text.index("</rule>", start) + len("</rule>") :])
    words = said(amends("programme", "check", programme))
    assert "decision.dmn" in words
    assert "Deductible" in words
    assert 'deductible_code = "3"' in words  # the claim that no rule answers


def test_an_overlapping_unique_rule(programme: Path) -> None:
    _edit(programme / "decision.dmn", '<text>"1"</text></inputEntry>', '<text>"0", "1"</text></inputEntry>')
    words = said(amends("programme", "check", programme))
    assert "Deductible" in words
    assert 'deductible_code = "0"' in words  # the claim that two rules answer


def test_an_unknown_column_in_a_mapping(programme: Path) -> None:
    _edit(programme / "mappings" / "openfema.toml", "damage =", "damages =")
    words = said(amends("programme", "check", programme))
    assert "mappings/openfema.toml" in words
    assert "damages" in words
    assert '"damage"?' in words  # did you mean


def test_a_file_without_an_obligatory_column(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text(CLAIMS.replace("claimant,", "claiment,"))
    words = said(amends("decide", "nfip-building", claims, "--out", tmp_path / "out"))
    assert "claimant" in words
    assert not (tmp_path / "out" / "decisions.parquet").exists()


def test_a_csv_in_the_wrong_encoding(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_bytes((CLAIMS + "c2,Ґудзик,building,2012-10-29,36005,1,3,1\n").encode("cp1251"))
    words = said(amends("decide", "nfip-building", claims, "--out", tmp_path / "out"))
    assert "UTF-8" in words
    assert "line 3" in words
    assert not (tmp_path / "out" / "decisions.parquet").exists()


def test_a_truncated_parquet(tmp_path: Path) -> None:
    import duckdb

    whole = tmp_path / "whole.parquet"
    (tmp_path / "claims.csv").write_text(CLAIMS)
    duckdb.execute(f"COPY (FROM read_csv('{tmp_path / 'claims.csv'}', all_varchar=true)) TO '{whole}'")
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(whole.read_bytes()[:-200])
    words = said(amends("decide", "nfip-building", torn, "--out", tmp_path / "out"))
    assert "torn.parquet" in words
    assert not (tmp_path / "out" / "decisions.parquet").exists()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of one megabyte."""
    place = Path("/tmp") / f"amends-small-disk-{os.getpid()}"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip("mounting a small disk needs root's powers")
    yield place
    subprocess.run(["umount", place], check=True)
    place.rmdir()


def test_a_full_disk_under_decisions(small_disk: Path, tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    head, row = CLAIMS.splitlines()
    rows = (row.replace("c1", os.urandom(16).hex(), 1) for _ in range(60_000))
    claims.write_text("\n".join([head, *rows]) + "\n")
    words = said(amends("decide", "nfip-building", claims, "--out", small_disk / "out"))
    assert "space" in words
    assert not any((small_disk / "out").rglob("*.parquet"))


def test_a_full_disk_under_the_database(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(CLAIMS)
    words = said(amends("import", "nfip-building", tmp_path / "claims.csv", home=small_disk))
    assert "disk" in words
