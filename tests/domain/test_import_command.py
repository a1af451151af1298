"""`amends import` as people meet it: words, exit codes, and a file of rows to correct."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amends.cli import intake
from amends.cli.intake import command
from amends.refusal import Refusal

pytestmark = pytest.mark.django_db
TSA = str(Path(__file__).parent.parent / "programmes" / "tsa" / "v1")
GOOD = "1,alice,property,2007-03-01,850.00\n"
BAD = "2,bob,property,0206-03-01,850.00\n"


@pytest.fixture(autouse=True)
def _the_tests_own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command would close the connection that the test's transaction lives in."""
    monkeypatch.setattr(intake, "database", nullcontext)


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(command, [TSA, str(path), *options], catch_exceptions=False)


def claims_file(folder: Path, rows: str) -> Path:
    path = folder / "claims.csv"
    path.write_text("claim,claimant,category,incident_date,claim_amount\n" + rows, encoding="utf-8")
    return path


def test_it_says_in_words_what_became_of_every_row(tmp_path: Path) -> None:
    result = run(claims_file(tmp_path, GOOD + BAD))
    assert result.exit_code == 0
    assert "2 rows = 1 taken + 0 known before + 1 set aside" in result.output
    assert "1  incident_date “…” lies before 1900" in result.output


def test_json_says_the_same_to_programs(tmp_path: Path) -> None:
    said = json.loads(run(claims_file(tmp_path, GOOD + BAD), "--json").stdout)
    assert (said["rows"], said["taken"], said["known"], said["set_aside"]) == (2, 1, 0, 1)


def test_rows_set_aside_can_be_corrected_and_imported(tmp_path: Path) -> None:
    aside = tmp_path / "aside.csv"
    run(claims_file(tmp_path, GOOD + BAD), "--set-aside", str(aside))
    assert "2,incident_date “0206-03-01” lies before 1900" in aside.read_text(encoding="utf-8")
    aside.write_text(aside.read_text(encoding="utf-8").replace("0206-03-01", "2006-03-01"), encoding="utf-8")
    assert "1 rows = 1 taken" in run(aside).output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("claim,claimant,category\n1,a,Олена\n".encode("cp1251"), "is not UTF-8 text"),
        (b"PAR1 cut off", "cannot be read as Parquet"),
        (b"", "is empty"),
        (b"claim,claiment,category\n1,a,property\n", 'Did you mean "claiment"'),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_refusal(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=words):
        run(path)
