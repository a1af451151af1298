"""The manual of expressions: what FEEL texts mean, on the interpreter and in columns alike.

`x`, `y` are numbers, `share` has two decimals, `day` is a date, `word` a choice, `free` any text.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.spec.rules.drawing import model
from tests.spec.rules.engines import differences

from amends import rules
from amends.rules.feel.temporal import Months

INPUTS = {
    "x": "number [-1000..1000]",
    "y": "number [-1000..1000]",
    "share": "number [-99.99..99.99]",
    "year": "number [1990..2030]",
    "day": "date",
    "later": "date",
    "yes": "boolean",
    "word": 'string "roof", "wall", "window frame"',
    "free": "string",
}
FACTS = {
    "x": Decimal(7),
    "y": Decimal(-2),
    "share": Decimal("12.35"),
    "year": Decimal(2001),
    "day": date(2024, 1, 31),
    "later": date(2025, 3, 30),
    "yes": True,
    "word": "wall",
    "free": "Одеса",
}

BOTH = [
    # numbers: exact decimals
    ("x + y", 5),
    ("x - y * 3", 13),
    ("(x - y) * 3", 27),
    ("-x + 10", 3),
    ("x ** 2", 49),
    ("share * 3", "37.05"),
    ("share / 100", "0.1235"),
    ("share / 8", "1.54375"),
    ("0.1 + 0.2", "0.3"),
    ("abs(y)", 2),
    ("modulo(x, 4)", 3),
    ("modulo(y, 5)", 3),
    ("min(x, y, 3)", -2),
    ("max(x, y, 3)", 7),
    ("sum(x, y, 3)", 8),
    ("min([x, y])", -2),
    ("odd(x)", True),
    ("even(y)", True),
    # rounding: each legal rule has its own function
    ("decimal(share, 1)", "12.4"),  # half to the even digit: 12.35 lies between 12.3 and 12.4
    ("decimal(share + 0.1, 1)", "12.4"),
    ("round half up(share, 1)", "12.4"),
    ("round half up(-share, 1)", "-12.4"),
    ("round half down(share, 1)", "12.3"),
    ("round half even(share, 0)", 12),
    ("round up(share, 1)", "12.4"),
    ("round down(-share, 1)", "-12.3"),
    ("floor(share)", 12),
    ("floor(-share)", -13),
    ("ceiling(share)", 13),
    ("ceiling(-share)", -12),
    ("round half up(x, -1)", 10),
    # division waits for its rounding
    ("round half up(x / 3, 2)", "2.33"),
    ("round half up(share / y, 2)", "-6.18"),
    ("round half even(share / 0.7, 4)", "17.6429"),
    ("round down(x / year, 6)", "0.003498"),
    ("x / y < -3", True),
    ("x / 0", None),
    # comparison and the three truth values
    ("x > 5 and yes", True),
    ("x between 1 and 7", True),
    ("x in [1..7)", False),
    ("x in (1, 7)", True),
    ("x in (< 0, > 5)", True),
    ("not(yes)", False),
    ("x = 7.0", True),
    ("share = 12.350", True),
    ("x != y", True),
    ("x = null", False),
    ('if x > y then "more" else "less"', "more"),
    ("if null then 1 else 2", 2),
    # texts
    ('word = "wall"', True),
    ('word in ("roof", "wall")', True),
    ('list contains(["roof", "wall"], word)', True),
    ("string length(word)", 4),
    ("upper case(word)", "WALL"),
    ('substring before(word, "l")', "wa"),
    ('starts with(free, "Од")', True),
    ('contains(free, "ec")', False),
    ("string length(free)", 5),
    ("free = word", False),
    # dates and durations
    ("day.year", 2024),
    ("day.month + day.day", 32),
    ("day.weekday", 3),
    ('day + duration("P1M")', date(2024, 2, 29)),
    ('day - duration("P2M")', date(2023, 11, 30)),
    ('day + duration("P30D")', date(2024, 3, 1)),
    ("(later - day).days", 424),
    ("years and months duration(day, later).years", 1),
    ("years and months duration(day, later).months", 1),
    ("years and months duration(later, day).months", -1),
    ('later - day > duration("P1Y")', "refused: P1Y counts months, the difference counts days"),
    ('later - day > duration("P400D")', True),
    ('day < date("2024-02-01")', True),
    ("date(year, 2, 28).year", 2001),
    ("date(2023, 2, x + 22)", None),
    ('day in [date("2022-02-24")..date("2024-12-31")]', True),
    # lists and loops
    ("sum(for y in 1992..2001 return y - 1990)", 65),
    ("sum(for y in 1992..year return if y < 1999 then 10 else 5)", 85),
    ("max(for n in [1, 2, 3] return n * x)", 21),
    ("count(for n in 1..year - 1990 return n)", 11),
    ("some n in [1, 5, 9] satisfies n > x", True),
    ("every n in 1..5 satisfies n < x", True),
    # contexts and functions
    ("{rate: 3, pay: rate * x}.pay", 21),
    ("double(x) + add three(n: y)", 15),
]


@pytest.mark.parametrize(("text", "expected"), BOTH, ids=[text for text, _ in BOTH])
def test_an_expression_means_the_same_on_both_engines(text: str, expected: object) -> None:
    drawn = model(INPUTS, {"Result": text}, {"double(n)": "n * 2", "add three(n)": "n + 3"})
    found = rules.interpret(drawn, FACTS).values["Result"]
    if isinstance(expected, str) and expected.startswith("refused"):
        assert found is None
        with pytest.raises(rules.NotCompilable):
            rules.compile_duckdb(drawn)
        return
    wanted = Decimal(expected) if isinstance(found, Decimal) and not isinstance(expected, bool) else expected  # type: ignore[arg-type]  # numbers of the table above
    assert found == wanted
    assert type(found) is type(wanted)
    nothing: dict[str, object] = {}
    assert differences(drawn, [FACTS, nothing]) == []


INTERPRETER_ONLY = [
    ("[1, 2, 3][item > 1]", [Decimal(2), Decimal(3)]),
    ("[{a: 1}, {a: 5}][a > 2][1].a", Decimal(5)),
    ("for n in [1, 2], m in [10, 20] return n * m", [Decimal(n) for n in (10, 20, 20, 40)]),
    ("sort([3, 1, 2], function(a, b) a < b)", [Decimal(n) for n in (1, 2, 3)]),
    ('string join(["a", "b"], "-")', "a-b"),
    ('replace("abc", "b+", "x")', "axc"),
    ('duration("P1Y2M")', Months(14)),
    ('duration("PT36H")', timedelta(days=1, hours=12)),
    ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
    ("sqrt(16)", Decimal(4)),
    ('get value({a: 1}, "a")', Decimal(1)),
]


@pytest.mark.parametrize(("text", "expected"), INTERPRETER_ONLY, ids=[text for text, _ in INTERPRETER_ONLY])
def test_the_interpreter_knows_more_than_columns_hold(text: str, expected: object) -> None:
    assert rules.interpret(model({}, {"Result": text}), {}).values["Result"] == expected
