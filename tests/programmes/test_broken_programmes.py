"""Every fault of a programme is named with its file, table, row and column, in one clear message."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.programme import command
from amends.programmes import folder
from amends.programmes.faults import Fault, ProgrammeInvalid

Break = Callable[[str, str, str], tuple[Fault, ...]]


def errors_of(place: Path) -> list[str]:
    with pytest.raises(ProgrammeInvalid) as refusal:
        folder.load(place)
    return [str(fault) for fault in refusal.value.faults if fault.severity == "error"]


def test_a_new_programme_has_no_fault(place: Path) -> None:
    programme = folder.load(place)
    assert (programme.code, programme.warnings) == ("flood-relief/v1", ())


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("programme.toml", 'currency = "EUR"', "currency = EUR",
         "programme.toml::4:12 is not valid TOML: Invalid value."),
        ("programme.toml", 'currency = "EUR"', 'currency = "euro"',
         'programme.toml:::currency "euro" is not a currency code of three capital letters, such as EUR.'),
        ("programme.toml", "illustrative", "ilustrative",
         'programme.toml:::ilustrative "ilustrative" is not known here. Did you mean "illustrative"?'),
        ("programme.toml", "floor = 500", "floor = 0.001",
         "programme.toml:phases[1].tiers[1]::floor \"floor\" must be an amount of 0 or more with at most 2 decimal "
         "places."),
        ("programme.toml", 'categories = ["damage"]', 'categories = ["damages"]',
         'programme.toml:phases[1].tiers[1]::categories "damages" is not a category. Did you mean "damage"?'),
        ("programme.toml", 'award = "Award"', 'award = "Awards"',
         'programme.toml:decision::award decision.dmn has no decision "Awards". Did you mean "Award"?'),
        ("programme.toml", 'model = "decision.dmn"', 'model = "decisions.dmn"',
         'programme.toml:decision::model There is no file "decisions.dmn". Did you mean "decision.dmn"?'),
        ("categories/damage.toml", '"damage_date", "amount"', '"damage_date", "ammount"',
         'categories/damage.toml:damage::questions "ammount" is not a question of questions.toml. Did you mean '
         '"amount"?'),
        ("questions.toml", 'type = "money"', 'type = "monney"',
         'questions.toml:amount::type "monney" is not a type of question. Did you mean "money"?'),
        ("questions.toml", "high = 999999.99", "high = 9999999.99",
         "decision.dmn:amount The model allows 0 to 999999.99, the question 0 to 9999999.99."),
        ("texts/uk.toml", 'cap-applied = "Найбільша сума за законом."\n', "",
         'texts/uk.toml:reason::cap-applied The text "reason.cap-applied" is missing: a reason of decision.dmn.'),
        ("texts/en.toml", 'damage = "Damage"', 'damage = ""',
         "texts/en.toml:category::damage is empty."),
        ("texts/en.toml", "[phase]", '[phrase]\n2 = "x"\n[phase]',
         'texts/en.toml:phrase::2 The text "phrase.2" belongs to nothing. Did you mean "phase.1"?'),
        ("cases/first.csv", "damage_date,amount", "damage_date,amout",
         'cases/first.csv::1:amout "amout" is not a column of cases. Did you mean "amount"?'),
        ("cases/first.csv", "2023-05-01,1250.50,no", "1.5.2023,1250.50,no",
         'cases/first.csv::2:damage_date "1.5.2023" is not a date such as 2022-02-24.'),
        ("cases/first.csv", "2023-05-01,1250.50,no", '2023-05-01,"1250,50",no',
         'cases/first.csv::2:amount "1250,50" is not a number such as 1250.00.'),
        ("cases/first.csv", "awarded,1250.50", "awarded,",
         "cases/first.csv::2:expect_award An awarded claim needs the amount that is expected."),
        ("cases/first.csv", "no damage,1,Alice,damage,2023-05-01", "no damage,1,Alice,damage",
         "cases/first.csv::5 has 9 cells where the header has 10."),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)  # fmt: skip
def test_one_fault_one_message(errors_after: Break, file: str, old: str, new: str, says: str) -> None:
    found = [str(fault) for fault in errors_after(file, old, new)]
    assert found[0] == says, found


def test_a_missing_text_is_one_fault_not_a_crash_later(errors_after: Break) -> None:
    found = errors_after("texts/uk.toml", 'proof = "Доказ шкоди"\n', "")
    assert [(fault.file, fault.table, fault.column) for fault in found] == [("texts/uk.toml", "evidence", "proof")]


def test_a_model_that_asks_for_an_unknown_fact(place: Path) -> None:
    model = place / "decision.dmn"
    text = re.sub(r"(?<!input_)amount(?![-_])", "amuont", model.read_text())
    model.write_text(text)
    (error,) = errors_of(place)
    assert error.startswith('decision.dmn:amuont "amuont" is neither a question nor a fact of this programme.')
    assert error.endswith('Did you mean "amount"?')


def test_a_table_with_a_gap(place: Path) -> None:
    """Without its second row the table Outcome has no answer where the reason is "duplicate" or "no-damage"."""
    model = place / "decision.dmn"
    model.write_text(re.sub(r'<rule id="decision_outcome_rule2">.*?</rule>', "", model.read_text(), flags=re.S))
    (error,) = errors_of(place)
    assert error.startswith("decision.dmn:Outcome")
    assert 'Reason = "duplicate"' in error


def test_two_rows_of_a_unique_table_for_one_claim(place: Path) -> None:
    model = place / "decision.dmn"
    row = '"cap-applied", "damage-paid"</text></inputEntry>'
    model.write_text(model.read_text().replace(row, f'"duplicate", {row}'))
    (error,) = errors_of(place)
    assert error.startswith("decision.dmn:Outcome:")
    assert 'Reason = "duplicate"' in error


def test_a_reason_without_a_text(place: Path) -> None:
    model = place / "decision.dmn"
    model.write_text(model.read_text().replace('"cap-applied"', '"cap-reached"'))
    assert [error.partition(" ")[0] for error in errors_of(place)] == [
        "texts/en.toml:reason::cap-reached", "texts/en.toml:reason::cap-applied",
        "texts/uk.toml:reason::cap-reached", "texts/uk.toml:reason::cap-applied",
    ]  # fmt: skip


def test_a_file_in_the_wrong_encoding_is_named_with_the_line(place: Path) -> None:
    path = place / "texts" / "uk.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1251", errors="replace"))
    with pytest.raises(ProgrammeInvalid) as refusal:
        folder.load(place)
    first = refusal.value.faults[0]
    assert (first.file, first.row) == ("texts/uk.toml", 2)
    assert "is not UTF-8" in first.message


def test_every_fault_is_named_not_only_the_first(place: Path) -> None:
    (place / "questions.toml").write_text('[amount]\ntype = "money"\nlow = 5\nhigh = 1\n[area]\ntype = "number"\n')
    (place / "cases" / "first.csv").write_text("case,category\nx,flood\n")
    with pytest.raises(ProgrammeInvalid) as refusal:
        folder.load(place)
    assert {fault.file for fault in refusal.value.faults} >= {"questions.toml", "cases/first.csv", "programme.toml"}


def test_the_command_prints_each_fault_and_exits_with_1(place: Path) -> None:
    (place / "texts" / "uk.toml").unlink()
    checked = CliRunner().invoke(command, ["check", str(place)])
    assert checked.exit_code == 1
    assert 'programme.toml:::languages The language "uk" has no file texts/uk.toml.' in checked.output


def test_a_wrong_expectation_is_explained_in_the_lawyers_words(place: Path) -> None:
    cases = place / "cases" / "first.csv"
    cases.write_text(cases.read_text().replace("awarded,10000.00,cap-applied", "awarded,10000.01,cap-applied"))
    tested = CliRunner().invoke(command, ["test", str(place)])
    assert tested.exit_code == 1
    assert 'cases/first.csv:4: case "one cent above it", claim 1 (interpreter)' in tested.output
    assert "award should be 10,000.01 EUR, but is 10,000.00 EUR" in tested.output
    assert "Reason, row 4: cap-applied (Section 3)" in tested.output


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("caseload.toml", "[shares]\ndamages = 1\n",
         'caseload.toml:shares::damages "damages" is not a category. Did you mean "damage"?'),
        ("caseload.toml", "[shares]\ndamage = 1\n[answers.amuont]\nmedian = 5\n",
         'caseload.toml:answers.amuont "amuont" is not a question of questions.toml. Did you mean "amount"?'),
        ("map.csv", "region;x;y\n", "map.csv::1 must begin with the columns code, column, row."),
        ("map.csv", "code,column,row\nUA05,1,1\n", 'map.csv::2:code "UA05" is not a region.'),
        ("maps.csv", "", 'maps.csv lies where no programme file belongs. Did you mean "map.csv"?'),
        ("cases.csv", "", 'cases.csv lies where no programme file belongs. Did you mean "cases/*.csv"?'),
        ("notes.docx", "x", "notes.docx is no part of a programme: its files end in .toml, .dmn, .csv, .md."),
        ("texts/fr.toml", "", "texts/fr.toml is not a language that programme.toml lists under languages."),
        ("second.dmn", "x", "second.dmn is not named by [recording] or [decision] in programme.toml."),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit(place: Path, file: str, text: str, says: str) -> None:
    (place / file).write_text(text)
    assert errors_of(place) == [says]
