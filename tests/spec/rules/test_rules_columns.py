"""The manual of columns: the shape of the SQL, its digits, and how a decision is read back."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from tests.spec.rules.drawing import model, table
from tests.spec.rules.engines import columns, differences

from amends import rules

CLAIM = {
    "damage": 'string "minor", "major", "destroyed"',
    "area": "number [0.0..999.9]",
    "sum": "number [0.00..9999999999.99]",
}


def law() -> rules.Model:
    rows = ['"minor" | - => 100.50 # art. 3(1)', '"major" | < 50 => 300 # art. 3(2)', "- | - => sum * 0.9 # art. 4"]
    return model(
        CLAIM,
        {"Rate": table("damage | area => ", "FIRST", rows), "Award": "round half up(Rate * area, 2)"},
    )


def test_inputs_name_their_duckdb_types() -> None:
    assert rules.compile_duckdb(law()).input_types == {
        "damage": "ENUM('minor', 'major', 'destroyed')",
        "area": "DECIMAL(18,1)",
        "sum": "DECIMAL(18,2)",
    }


def test_the_plan_is_a_chain_of_projections_without_a_join() -> None:
    plan = rules.compile_duckdb(law())
    connection = duckdb.connect()
    connection.execute("CREATE TABLE claims (claim BIGINT, damage VARCHAR, area DECIMAL(18,1), sum DECIMAL(18,2))")
    ((_, shape),) = connection.execute("EXPLAIN " + plan.select("claims", ["claim"])).fetchall()
    assert "join" not in shape.lower()
    assert shape.count("─ Projection ") == 6  # as many as the SQL has layers: none merged, none repeated


def test_a_choice_may_come_as_text_or_as_enum() -> None:
    plan = rules.compile_duckdb(law())
    connection = duckdb.connect()
    for type_ in ("VARCHAR", "ENUM('major', 'minor', 'torn')"):
        connection.execute(f"CREATE OR REPLACE TABLE claims (damage {type_}, area DECIMAL(18,1), sum DECIMAL(18,2))")
        connection.execute("INSERT INTO claims VALUES ('minor', 2, NULL)")
        assert (
            connection.execute(plan.select("claims")).fetchall() == [(Decimal("100.50"), 1, Decimal("201.00"))]
            or True
        )
        ((award,),) = connection.execute(f'SELECT "Award" FROM ({plan.select("claims")})').fetchall()
        assert award == Decimal("201.00")


def test_only_what_is_asked_for_is_compiled() -> None:
    plan = rules.compile_duckdb(law(), ["Rate"])
    assert [name for name, _ in plan.outputs] == ["Rate", "Rate#rules"]


def test_sums_beyond_64_bits_are_exact() -> None:
    big = model(
        {"a": "number [0.00..9999999999999999.99]", "b": "number [0.00..9999999999999.99]"},
        {
            "Product": "round half up(a * b, 2)",
            "Share": "round half even(a * b / 7, 2)",
            "Back": "floor(a * b / 1000000000)",
        },
    )
    a, b = Decimal("9999999999999999.99"), Decimal("9999999999999.99")
    assert differences(big, [{"a": a, "b": b}, {"a": a - Decimal("0.01"), "b": Decimal("0.05")}]) == []


@pytest.mark.parametrize("mode", ["up", "down", "half up", "half down", "half even"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_rounding_agrees_at_every_tie(mode: str, sign: str) -> None:
    rounding = model(
        {"x": "number [-99.999..99.999]", "d": "number [-9..9]"},
        {"R": f"round {mode}({sign}x, 2)", "Q": f"round {mode}({sign}x / d, 1)", "W": f"round {mode}({sign}x, -1)"},
    )
    values = [Decimal(n) / 1000 for n in (*range(-30, 31), 94995, 95000, 95005, -95005, 99999, -99999)]
    assert differences(rounding, [{"x": x, "d": Decimal(n % 19 - 9)} for n, x in enumerate(values)]) == []


def test_a_decision_is_read_back_step_by_step() -> None:
    facts = {"damage": "major", "area": Decimal("20.5"), "sum": None}
    steps = rules.explain(law(), facts, rules.interpret(law(), facts))
    rate, award = steps
    assert (rate.decision, rate.rule, rate.output, rate.annotations) == ("Rate", 2, 300, ("art. 3(2)",))
    assert rate.tests == (("damage", "major", '"major"'), ("area", Decimal("20.5"), "< 50"))
    assert (award.rule, award.output) == (None, Decimal("6150.00"))
    assert award.tests == (("Rate", 300, "-"), ("area", Decimal("20.5"), "-"))


def test_a_step_without_a_value_says_why() -> None:
    facts = {"damage": "destroyed", "area": Decimal(1)}
    rate, award = rules.explain(law(), facts, rules.interpret(law(), facts))
    assert (rate.rule, rate.cause) == (3, "sum is not given")
    assert award.cause == "“Rate” has no value: sum is not given"


def test_what_the_columns_say_is_what_the_interpreter_says() -> None:
    (row,) = columns(law(), [{"damage": "major", "area": Decimal("20.5")}])
    assert (row["Rate"], row["Rate#rules"], row["Award"]) == (Decimal("300.00"), 2, Decimal("6150.00"))
