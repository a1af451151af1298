"""The manual of null: what is not given, what follows from it, and that the cause is always told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.spec.rules.drawing import model, table
from tests.spec.rules.engines import ask, differences

from amends import rules
from amends.rules.generate import facts

PERSON = {
    "age": "number [0..120]",
    "cost": "number [0.00..9999.99]",
    "kind": 'string "own", "rented"',
    "ill": "boolean",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age = null", True),
        ("age != null", False),
        ("age > 5", None),
        ("age > 5 and false", False),
        ("ill or true", True),
        ("ill and true", None),
        ("age in [1..5]", None),
        ("not(age in [1..5])", None),
        ("age in (1, 2)", False),
        ("5 in [1..age]", None),
        ("not(ill)", None),
        ('kind = "own"', False),
        ('kind != "own"', True),
        ("age + 1", None),
        ("min(age, 5)", None),
        ("if age > 5 then 1 else 2", 2),
        ("age between 1 and 5", None),
        ("round half up(cost, 1)", None),
        ("cost / age > 3", None),
        ("date(2024, age, 1)", None),
    ],
)
def test_what_null_does(text: str, expected: object) -> None:
    found = ask(model(PERSON, {"Result": text}))
    assert found is expected or found == expected


@pytest.mark.parametrize(
    ("text", "given", "cause"),
    [
        ("age + 1", {}, "age is not given"),
        ("cost * 2", {"cost": Decimal("10000.00")}, "cost: 10000.00 is above the allowed 9999.99"),
        ("cost * 2", {"cost": Decimal("1.005")}, "cost: 1.005 has more than 2 decimals"),
        ('if kind = "own" then 1 else null', {"kind": "rented"}, "the rules say null here"),
        ("cost / age", {"cost": Decimal(1), "age": Decimal(0)}, "1 is divided by zero"),
        ("age + (if cost = null then 0 else cost)", {"cost": None}, "age is not given"),
        ("date(2023, 2, age)", {"age": Decimal(30)}, "date: there is no day 2023-2-30"),
        ("kind + 1", {"kind": "own"}, "+ is not defined for string and number"),
    ],
)
def test_the_cause_is_told(text: str, given: dict[str, object], cause: str) -> None:
    assert rules.interpret(model(PERSON, {"Result": text}), given).causes["Result"] == cause


def test_a_cause_is_followed_back_through_the_decisions() -> None:
    law = model(
        PERSON,
        {"Rate": table("kind => ", "UNIQUE", ['"own" => 3', '"rented" => 2']), "Award": "Rate * cost"},
    )
    result = rules.interpret(law, {"cost": Decimal(5)})
    assert result.causes["Award"] == "“Rate” has no value: no row of “Rate” applies (kind is not given)"


def test_every_null_has_a_cause() -> None:
    law = model(
        PERSON,
        {
            "Rate": table("kind | age => ", "UNIQUE", ['"own" | > 18 => cost', '"rented" | - => null']),
            "Half": "Rate / 2 + age",
            "Code": 'if Half > 10 then "much" else if Half <= 10 then "little" else null',
        },
    )
    for claim in facts(law, 500, seed=3):
        result = rules.interpret(law, claim)
        assert set(result.causes) == {name for name, value in result.values.items() if value is None}
        assert all(result.causes.values())


def test_a_fact_outside_its_declared_range_is_null_on_both_engines() -> None:
    law = model(PERSON, {"Next": "age + 1", "Known": "kind != null"})
    assert differences(law, [{"age": Decimal(n)} for n in (-1, 0, 120, 121)]) == []
    assert rules.interpret(law, {"kind": "borrowed"}).values["Known"] is False
