"""Why did it come out so? Each step of a decision: the rule that fired, what it looked at, on what basis.

Steps are facts, not prose: rendering them in a reader's language is elsewhere. They are made from the claim's
facts and the model whenever someone asks, never stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amends.rules.feel.evaluate import CAUSES, Environment, compiled
from amends.rules.feel.nodes import Anything, Name, walk
from amends.rules.feel.values import Function, Value
from amends.rules.interpret import Result, program
from amends.rules.model import Decision, DecisionTable, Model, Rule


@dataclass(frozen=True)
class Step:
    """One rule that fired, or one expression that was evaluated.

    `tests` are what was looked at: expression, value, and the condition as its author wrote it (“-” where there
    is none). `output` is the rule's own result; the decision's value stands in the Result. `cause` says why the
    decision has no value.
    """

    decision: str
    table: bool
    rule: int | None
    tests: tuple[tuple[str, Value, str], ...]
    output: Value
    annotations: tuple[str, ...] = ()
    description: str = ""
    text: str = ""
    cause: str | None = None


def explain(model: Model, facts: Mapping[str, Any], result: Result) -> tuple[Step, ...]:
    """The steps that led to `result`, in the order of the decisions; one per rule where several fired."""
    env, _ = program(model).environment(facts)
    env |= result.values
    return tuple(step for decision in model.decisions for step in _steps(decision, env, result))


def _steps(decision: Decision, env: Environment, result: Result) -> Iterator[Step]:
    cause = result.causes.get(decision.name)
    value = result.values[decision.name]
    table = decision.table
    if table is None:
        seen = tuple((name, env[name], "-") for name in _read(decision, env))
        yield Step(decision.name, False, None, seen, value, text=decision.text, cause=cause)
        return
    fired = result.rules.get(decision.name, ())
    if not fired:
        yield Step(decision.name, True, None, _looked_at(table, None, env), value, cause=cause)
    for number in fired:
        rule = table.rules[number - 1]
        yield Step(
            decision=decision.name,
            table=True,
            rule=number,
            tests=_looked_at(table, rule, env),
            output=_output(table, rule, env),
            annotations=tuple(note for note in rule.annotations.values() if note),
            description=rule.description,
            cause=cause,
        )


def _read(decision: Decision, env: Environment) -> tuple[str, ...]:
    """The inputs and decisions that an expression names, in the order in which it names them."""
    named = [node.name for node in walk(decision.logic) if isinstance(node, Name)]
    values = (name for name in dict.fromkeys(named) if name in decision.requires)
    return tuple(name for name in values if not isinstance(env.get(name), Function))


def _looked_at(table: DecisionTable, rule: Rule | None, env: Environment) -> tuple[tuple[str, Value, str], ...]:
    """The columns a rule tests; all columns where no rule fired."""
    inner = {**env, CAUSES: []}
    return tuple(
        (column.text, compiled(column.node)(inner), "-" if rule is None else rule.tests[n].text)
        for n, column in enumerate(table.inputs)
        if rule is None or not isinstance(rule.tests[n].node, Anything)
    )


def _output(table: DecisionTable, rule: Rule, env: Environment) -> Value:
    inner = {**env, CAUSES: []}
    values = [compiled(cell.node)(inner) for cell in rule.outputs]
    if len(values) == 1:
        return values[0]
    return {column.name: value for column, value in zip(table.outputs, values, strict=True)}
