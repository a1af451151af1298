"""The manual of decision tables: what each hit policy makes of the rows that apply, on both engines."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.spec.rules.drawing import draw, model, table
from tests.spec.rules.engines import ask, columns, differences

from amends import rules

CLAIM = {"damage": 'string "minor", "major", "destroyed"', "area": "number [0.0..999.9]", "insured": "boolean"}


def test_unique_pays_by_the_one_row_that_applies() -> None:
    law = model(
        CLAIM, {"Rate": table("damage => ", "UNIQUE", ['"minor" => 100', '"major" => 300', '"destroyed" => 900'])}
    )
    assert ask(law, damage="major") == 300


def test_unique_has_no_answer_where_two_rows_apply() -> None:
    law = model(CLAIM, {"Rate": table("area => ", "UNIQUE", ["<= 50 => 1", ">= 50 => 2"], default="9")})
    assert ask(law, area=Decimal("49.9")) == 1
    assert ask(law, area=50) is None
    assert rules.interpret(law, {"area": 50}).causes["Rate"] == (
        "rows 1 and 2 of “Rate” apply together, but its rows exclude each other"
    )


def test_first_stops_at_the_first_row() -> None:
    law = model(
        CLAIM,
        {"Rate": table("damage | insured => ", "FIRST", ["- | true => 0", '"major" | - => 300', "- | - => 10"])},
    )
    assert ask(law, damage="major", insured=True) == 0
    assert ask(law, damage="major", insured=None) == 300
    assert ask(law, damage=None, insured=None) == 10


def test_any_needs_the_rows_to_agree() -> None:
    rows = ['"minor", "major" | - => "pay"', '"major" | true => "refuse"', '- | false => "pay"']
    law = model(CLAIM, {"Outcome": table("damage | insured => ", "ANY", rows)})
    assert ask(law, damage="minor", insured=False) == "pay"
    assert ask(law, damage="major", insured=True) is None


def test_priority_takes_the_output_listed_first() -> None:
    rows = ['> 10 => "low"', '> 100 => "high"', '> 50 => "middle"']
    law = model(CLAIM, {"Class": table("area => ", "PRIORITY", rows, values='"high", "middle", "low"')})
    assert ask(law, area=11) == "low"
    assert ask(law, area=60) == "middle"
    assert ask(law, area=500) == "high"


@pytest.mark.parametrize(
    ("aggregation", "small", "large", "none"),
    [("SUM", 10, 35, 0), ("MIN", 10, 5, 0), ("MAX", 10, 20, 0), ("COUNT", 1, 3, 0)],
)
def test_collect_adds_up_the_rows_that_apply(aggregation: str, small: int, large: int, none: int) -> None:
    rows = ["> 1 => 10", "> 10 => 20", "> 100 => 5"]
    law = model(CLAIM, {"Extra": table("area => ", "COLLECT", rows, aggregation=aggregation, default="0")})
    assert ask(law, area=2) == small
    assert ask(law, area=200) == large
    assert ask(law, area=0) == none


def test_collect_lists_what_applies_in_the_order_of_the_rows() -> None:
    law = model(CLAIM, {"Codes": table("area => ", "RULE ORDER", ['> 1 => "a"', '> 10 => "b"', '> 0 => "c"'])})
    assert ask(law, area=5) == ["a", "c"]


def test_output_order_lists_by_priority() -> None:
    rows = ['> 1 => "a"', '> 10 => "b"', '> 0 => "c"']
    law = model(CLAIM, {"Codes": table("area => ", "OUTPUT ORDER", rows, values='"c", "b", "a"')})
    assert ask(law, area=11) == ["c", "b", "a"]


def test_a_table_may_have_several_outputs() -> None:
    rows = ['"minor" => 100 | "a"', '"major" => area * 2 | "b"']
    drawn = table("damage => Sum | Code", "UNIQUE", rows)
    law = model(CLAIM, {"Tariff": drawn, "Award": 'if Tariff.Code = "b" then Tariff.Sum else 0'})
    assert ask(law, damage="major", area=Decimal("7.5")) == 15
    assert ask(law, damage="destroyed", area=7) == 0


def test_the_default_output_stands_where_no_row_applies() -> None:
    law = model(CLAIM, {"Rate": table("damage => ", "UNIQUE", ['"minor" => 100'], default="area + 1")})
    assert ask(law, damage="major", area=3) == 4


def test_a_cell_may_look_beyond_its_column() -> None:
    rows = ["> area_before => 2", "<= area_before => 1", "null => 0"]
    law = model(
        {"area": "number [0..99]", "area_before": "number [0..99]"}, {"Grown": table("area => ", "FIRST", rows)}
    )
    assert [ask(law, area=a, area_before=b) for a, b in ((5, 3), (3, 5), (None, 5), (3, None))] == [2, 1, 0, None]


def test_not_holds_for_a_fact_that_is_not_given() -> None:
    """So says the standard, and SQL says otherwise: not("minor") of null is true."""
    law = model(CLAIM, {"Rate": table("damage => ", "FIRST", ['not("minor") => 1', "- => 2"])})
    assert [ask(law, damage=value) for value in ("minor", "major", None)] == [2, 1, 1]


def test_a_table_of_two_hundred_rows_takes_several_masks() -> None:
    rows = [f"[{n}..{n + 1}) => {n * 3}" for n in range(200)]
    law = model(
        {"age": "number [0.0..250.0]"},
        {"Sum": table("age => ", "UNIQUE", rows), "First": table("age => ", "FIRST", rows)},
    )
    ages = [Decimal(n) / 10 for n in range(0, 2100, 7)]
    assert differences(law, [{"age": age} for age in [*ages, None]]) == []


def test_the_trace_names_the_row_that_fired() -> None:
    law = model(
        CLAIM,
        {
            "Rate": table("damage => ", "UNIQUE", ['"minor" => 100', '"major" => 300']),
            "Extra": table("area => ", "COLLECT", ["> 1 => 10", "> 100 => 5", "> 0 => 1"], aggregation="SUM"),
        },
    )
    (row,) = columns(law, [{"damage": "major", "area": 50}])
    assert (row["Rate#rules"], row["Extra#rules"]) == (2, 0b101)


def test_tables_in_a_chain_read_each_other() -> None:
    law = model(
        CLAIM,
        {
            "Class": table("damage => ", "UNIQUE", ['"minor" => "low"', '"major", "destroyed" => "high"']),
            "Rate": table(
                "Class | area => ", "UNIQUE", ['"high" | > 100 => 5', '"high" | <= 100 => 10', '"low" | - => 1']
            ),
            "Award": "round half up(Rate * area / 3, 2)",
        },
    )
    assert ask(law, damage="destroyed", area=Decimal("33.3")) == 111


def test_hit_policy_letters_are_not_words_of_the_law() -> None:
    text = draw(CLAIM, {"Rate": table("damage => ", "UNIQ", ['"minor" => 100'])})
    with pytest.raises(rules.ModelInvalid, match="no hit policy “UNIQ”"):
        rules.load(text)
