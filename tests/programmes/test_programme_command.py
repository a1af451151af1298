"""`amends programme` as somebody who writes law meets it: words, exit codes, and JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.main import main
from amends.cli.programme import command
from amends.refusal import Refusal


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if isinstance(done.exception, Refusal):
        raise done.exception
    return done.exit_code, done.output


def test_a_new_programme_passes_check_and_test_as_it_is(place: Path) -> None:
    assert run("check", place)[0] == 0
    code, words = run("test", place)
    assert code == 0
    assert "6 claims in cases, no differences" in words


def test_nobodys_work_is_written_over(place: Path) -> None:
    with pytest.raises(Refusal, match="nothing was written"):
        run("new", "flood-relief", "--shelf", place.parent.parent)


@pytest.mark.parametrize("name", ["Flood", "flood relief", "../flood", "повінь", "1flood", ""])
def test_a_name_that_is_no_folder_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="cannot be the name of a programme"):
        run("new", name, "--shelf", tmp_path)


def test_faults_for_programs(place: Path) -> None:
    (place / "questions.toml").write_text("[amount\n")
    code, text = run("check", "--json", place)
    (found,) = json.loads(text)["programmes"]
    assert code == 1
    assert found["faults"][0] | {"message": ""} == {
        "file": "questions.toml", "table": "", "row": 1, "column": "8", "message": "", "severity": "error",
    }  # fmt: skip


def test_differences_for_programs(place: Path) -> None:
    cases = place / "cases" / "first.csv"
    cases.write_text(cases.read_text().replace("nil,0.00,duplicate", "nil,0.00,no-damage"))
    code, text = run("test", "--json", place)
    found = json.loads(text)["programmes"][0]["differences"]
    assert code == 1
    assert {(each["engine"], each["row"], each["expected"], each["got"]) for each in found} == {
        ("interpreter", 6, "no-damage", "duplicate"),
        ("DuckDB", 6, "no-damage", "duplicate"),
    }


def test_a_payment_that_is_not_as_expected_is_named(place: Path) -> None:
    (place / "cases" / "payments.csv").write_text(
        "case,claim,claimant,category,award,available,expect_phase_1\n"
        "short fund,1,Alice,damage,1000.00,900.00,500.00\n"
        "short fund,2,Bob,damage,400.00,900.00,390.00\n"
    )
    code, words = run("test", place)
    assert code == 1
    assert "cases/payments.csv:3:" in words
    assert "payment in phase 1 should be 390.00 EUR, but is 400.00 EUR" in words


def test_a_programme_that_is_not_there_is_a_refusal_with_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["amends", "programme", "check", "no-such-programme"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


def test_files_saved_by_a_windows_editor_are_read(place: Path) -> None:
    """A byte order mark and carriage returns change the hash, and nothing else."""
    for path in place.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert run("test", place)[0] == 0
