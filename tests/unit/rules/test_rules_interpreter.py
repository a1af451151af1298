"""Parts of the interpreter that the manual does not show: what is refused, and how fast it answers."""

from __future__ import annotations

import statistics
import time
from decimal import Decimal
from pathlib import Path

import pytest

from amends import rules
from amends.rules.faults import FeelSyntaxError
from amends.rules.feel.lexer import unquoted
from amends.rules.feel.parser import Names, parse_expression
from amends.rules.feel.text import written
from amends.rules.generate import facts

UKRAINE = Path(__file__).resolve().parents[3] / "programmes" / "ukraine" / "v1" / "decision.dmn"


def test_a_float_is_refused_because_it_would_lose_cents() -> None:
    law = rules.load(UKRAINE)
    with pytest.raises(TypeError, match="is a float"):
        rules.interpret(law, {"claimed": 0.1})


def test_one_claim_takes_less_than_a_millisecond() -> None:
    law = rules.load(UKRAINE)
    times = []
    for claim in facts(law, 300, seed=1):
        started = time.process_time()
        rules.interpret(law, claim)
        times.append(time.process_time() - started)
    assert statistics.median(times) < 0.001


@pytest.mark.parametrize("text", ["1 +", "(1", "if 1 then 2", "[1, 2", "{a: }", "1 2", "for x in", '"open', "f(1,"])
def test_what_is_not_feel_is_refused(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        parse_expression(text, Names(["x", "f"]))


@pytest.mark.parametrize(
    "text",
    [
        "a + b * 2",
        "if a > 1 then b else c",
        "for n in 1..3 return n * a",
        "a between 1 and 2",
        "a in ([1..2), > 5)",
        'f(x: 1, y: "z")',
        "[1, 2][item > 1]",
        "{k: 1}.k",
        "some n in [1, 2] satisfies n = a",
        'date("2024-02-29")',
    ],
)
def test_a_tree_written_out_reads_back_as_the_same_tree(text: str) -> None:
    names = Names(["a", "b", "c", "f", "date"])
    tree = parse_expression(text, names)
    assert parse_expression(written(tree), names) == tree


def test_a_name_may_hold_blanks_and_signs() -> None:
    names = Names(["Pre-bureau risk", "Pre", "x", "x-1"])
    assert written(parse_expression("Pre-bureau  risk + x-1", names)) == "Pre-bureau risk + x-1"
    assert written(parse_expression("x - 1", Names(["x"]))) == "x - 1"


def test_letters_may_be_escaped() -> None:
    assert unquoted(r'"\u041E\"\n"') == 'О"\n'


def test_an_expression_without_end_is_a_fault_and_no_crash() -> None:
    with pytest.raises(FeelSyntaxError, match="nested too deeply"):
        parse_expression("(" * 5000 + "1" + ")" * 5000, Names([]))


def test_a_text_may_still_carry_the_declaration_of_its_file() -> None:
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="d"><decision name="A">'
        '<literalExpression><text>"Одеса"</text></literalExpression></decision></definitions>'
    )
    assert rules.interpret(rules.load(text), {}).values["A"] == "Одеса"


def test_an_entity_is_never_expanded() -> None:
    bomb = (
        '<!DOCTYPE d [<!ENTITY a "1"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="d"><decision name="A">'
        "<literalExpression><text>&b;</text></literalExpression></decision></definitions>"
    )
    with pytest.raises(rules.ModelInvalid, match="&b;"):
        rules.load(bomb)


def test_every_step_of_a_programme_is_explained() -> None:
    law = rules.load(UKRAINE)
    for claim in facts(law, 50, seed=4):
        result = rules.interpret(law, claim)
        steps = rules.explain(law, claim, result)
        assert list(dict.fromkeys(step.decision for step in steps)) == [decision.name for decision in law.decisions]
        fired = {name: tuple(s.rule for s in steps if s.decision == name and s.rule) for name in result.rules}
        assert fired == dict(result.rules)
        assert all(step.annotations for step in steps if step.rule)
        assert all(value is None or not isinstance(value, float) for step in steps for _, value, _ in step.tests)
        assert isinstance(result.values["Already received"], Decimal)
