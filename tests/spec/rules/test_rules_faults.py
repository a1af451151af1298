"""The manual of faults: what an author is told when a model cannot be used or would decide badly."""

from __future__ import annotations

import pytest
from tests.spec.rules.drawing import draw, model, table

from amends import rules

CLAIM = {"damage": 'string "minor", "major"', "area": "number [0.0..999.9]", "unused": "boolean"}


def fault_of(text: str) -> rules.Fault:
    with pytest.raises(rules.ModelInvalid) as invalid:
        rules.load(text, name="tariff.dmn")
    return invalid.value.faults[0]


def test_an_unknown_name_gets_its_neighbour() -> None:
    fault = fault_of(draw(CLAIM, {"Rate": table("damage => ", "UNIQUE", ['"minor" => aera * 2'])}))
    assert (fault.where, fault.table, fault.row, fault.column) == ("tariff.dmn", "Rate", 1, "Rate")
    assert fault.message == "“aera” is not known here. Did you mean “area”? (in `aera * 2`)"


def test_a_row_with_too_few_cells_is_named() -> None:
    fault = fault_of(
        draw(CLAIM, {"Rate": table("damage | area => ", "UNIQUE", ['"minor" | - => 1', '"major" => 2'])})
    )
    assert fault.row == 2
    assert "1 conditions and 1 results; the table has 2 and 1 columns" in fault.message


def test_a_cell_that_is_not_feel_is_named() -> None:
    fault = fault_of(draw(CLAIM, {"Rate": table("damage => ", "UNIQUE", ["“minor” => 1"])}))
    assert (fault.row, fault.column) == (1, "damage")
    assert "straight quotation marks" in fault.message


def test_the_clock_is_not_a_fact() -> None:
    assert "reads the clock" in fault_of(draw(CLAIM, {"Age": "today()"})).message


def test_all_faults_are_told_at_once() -> None:
    text = draw(CLAIM, {"Rate": table("damage => ", "UNIQUE", ['"minor" => a', '"major" => b', "- => 1 +"])})
    with pytest.raises(rules.ModelInvalid) as invalid:
        rules.load(text)
    assert [fault.row for fault in invalid.value.faults] == [1, 2, 3]


@pytest.mark.parametrize(
    "text", ["", "<a/>", "<definitions", "not xml at all", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_what_is_no_dmn_file_is_said_so(text: str) -> None:
    with pytest.raises(rules.ModelInvalid, match="not"):
        rules.load(text.encode(), name="x.dmn")


def test_decisions_in_a_circle_are_refused() -> None:
    text = draw({}, {"A": "1", "B": "A"})
    circle = text.replace(
        'name="A"/>',
        "name=\"A\"/><informationRequirement><requiredDecision href='#d_1'/></informationRequirement>",
        1,
    )
    assert "in a circle: A, B" in fault_of(circle).message


# -- audit


def findings(**tables: object) -> list[tuple[str, str, int | None, str | None, object]]:
    """What the audit says of rows and columns; facts that nobody gave are another chapter."""
    law = model({name: CLAIM[name] for name in ("damage", "area")}, tables)  # type: ignore[arg-type]  # drawn tables
    return [
        (f.severity, f.message, f.row, f.column, f.witness)
        for f in rules.audit(law)
        if (f.row or f.column) and "not given" not in f.message
    ]


def test_a_gap_is_shown_by_a_claim() -> None:
    rows = ['"minor" | - => 1', '"major" | < 50 => 2', '"major" | > 50 => 3']
    ((severity, message, _, column, witness),) = findings(Rate=table("damage | area => ", "UNIQUE", rows))
    assert severity == "error"
    assert message == 'no row applies where damage = "major" and area = 50.0'
    assert column == "area"
    assert witness == {"damage": "major", "area": 50}


def test_a_reason_code_that_a_later_table_forgets_is_an_error() -> None:
    law = model(
        CLAIM,
        {
            "Reason": table("damage => ", "UNIQUE", ['"minor" => "small"', '"major" => "paid"']),
            "Outcome": table("Reason => ", "UNIQUE", ['"paid" => "awarded"']),
        },
        types={"Reason": "t_reason"},
        extra="<itemDefinition name='t_reason'><typeRef>string</typeRef>"
        '<allowedValues><text>"small", "paid"</text></allowedValues></itemDefinition>',
    )
    (fault,) = [fault for fault in rules.audit(law) if fault.severity == "error"]
    assert (fault.table, fault.message) == ("Outcome", 'no row applies where Reason = "small"')


def test_rows_that_overlap_under_unique_are_shown_by_a_claim() -> None:
    rows = ['"minor" | <= 50 => 1', "- | >= 50 => 2", '"major" | < 50 => 3']
    ((severity, message, row, column, witness),) = findings(Rate=table("damage | area => ", "UNIQUE", rows))
    assert (severity, row, column) == ("error", 2, "area")
    assert message.startswith("rows 1 and 2 both apply where")
    assert witness == {"damage": "minor", "area": 50}


def test_a_complete_and_disjoint_table_has_no_finding() -> None:
    rows = ['"minor" | - => 1', '"major" | < 50 => 2', '"major" | >= 50 => 3']
    assert findings(Rate=table("damage | area => ", "UNIQUE", rows)) == []


def test_a_row_that_never_counts_is_named() -> None:
    rows = ['"minor" | - => 1', "- | < 100 => 2", '"minor" | > 7 => 3', "- | - => 4"]
    ((severity, message, row, _, _),) = findings(Rate=table("damage | area => ", "FIRST", rows))
    assert (severity, row) == ("warning", 3)
    assert "never counts" in message


def test_a_condition_that_no_value_meets_is_named() -> None:
    ((severity, message, row, column, _),) = findings(
        Rate=table("damage => ", "FIRST", ['"destroyed" => 1', "- => 2"])
    )
    assert (severity, row, column) == ("error", 1, "damage")
    assert message == 'no allowed value of damage meets the condition "destroyed"'


def test_money_that_is_never_rounded_is_named() -> None:
    law = model(CLAIM, {"Award": "area * 1.37"}, types={"Award": "number"})
    assert any("never rounded" in fault.message for fault in rules.audit(law))
    law = model(CLAIM, {"Award": "round half up(area * 1.37, 2)"}, types={"Award": "number"})
    assert not any("never rounded" in fault.message for fault in rules.audit(law))


def test_an_input_that_nobody_reads_is_named() -> None:
    assert any(f.table == "unused" for f in rules.audit(model(CLAIM, {"Rate": "area"})))


# -- what cannot become columns


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("area / 3", "unrounded quotient"),
        ("area / 3 * 2", "unrounded quotient; divide last, or round it first"),
        ("damage + 1", "+ is not defined for text and number"),
        ("[1, 2][item > 1]", "Filter has no columnar form"),
        ("for n in 1..100000 return n", "declare narrower ranges"),
        ('if area > 1 then 1 else "a"', "its branches have different types"),
        ("area ** 8 * area ** 8", "more than 34 digits"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(rules.NotCompilable) as refused:
        rules.compile_duckdb(model(CLAIM, {"Rate": text}))
    assert refused.value.decision == "Rate"
    assert why in refused.value.why


def test_a_number_without_a_range_has_no_column() -> None:
    with pytest.raises(rules.NotCompilable, match="no declared range"):
        rules.compile_duckdb(model({"x": "number"}, {"Twice": "x * 2"}))
