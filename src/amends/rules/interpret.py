"""What does the law say for this one claim? The plain interpreter: referee, single-claim engine, fallback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from amends.rules import causes
from amends.rules.feel.evaluate import CAUSES, Environment, Evaluate, compiled
from amends.rules.feel.values import Function, Value, normal
from amends.rules.model import Decision, Knowledge, Model
from amends.rules.tables import Table
from amends.rules.types import BASIC, ListType, Type, objection


@dataclass(frozen=True)
class Result:
    """Values and fired rules of every decision, and why a value is null, by decision."""

    values: Mapping[str, Value]
    rules: Mapping[str, tuple[int, ...]]
    causes: Mapping[str, str]


def interpret(model: Model, facts: Mapping[str, Any]) -> Result:
    """Every decision of `model` for one claim's facts.

    Facts that are missing are null. A fact that does not fit its declared type is null too, and the causes
    of the decisions that needed it say so. Unknown facts are ignored: a claim knows more than one law asks.
    """
    return program(model).run(facts)


class Program:
    """A model made ready to run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._functions = _functions(model)
        self._steps = tuple(_step(decision) for decision in model.decisions)

    def environment(self, facts: Mapping[str, Any]) -> tuple[Environment, dict[str, str]]:
        """The names in scope before the first decision, and why facts were turned away."""
        env: Environment = {CAUSES: [], **self._functions}
        refused: dict[str, str] = {}
        for name, declared in self.model.inputs.items():
            value = normal(facts.get(name))
            wrong = objection(value, declared)
            env[name] = None if wrong else value
            if wrong:
                refused[name] = wrong
        return env, refused

    def run(self, facts: Mapping[str, Any]) -> Result:
        env, refused = self.environment(facts)
        values: dict[str, Value] = {}
        rules: dict[str, tuple[int, ...]] = {}
        why: dict[str, str] = {}
        for decision, step in zip(self.model.decisions, self._steps, strict=True):
            env[CAUSES].clear()
            value = step(env, rules)
            value, wrong = fitted(value, decision.type)
            env[decision.name] = values[decision.name] = value
            if value is None:
                why[decision.name] = wrong or causes.of(decision, env, refused | why, self.model)
        return Result(values, rules, why)


def program(model: Model) -> Program:
    """The model made ready to run; made once."""
    ready = _programs.get(model)
    if ready is None:
        ready = _programs[model] = Program(model)
    return ready


_programs: WeakKeyDictionary[Model, Program] = WeakKeyDictionary()
Step = Callable[[Environment, dict[str, tuple[int, ...]]], Value]


def _step(decision: Decision) -> Step:
    if decision.table is None:
        evaluate = compiled(decision.logic)
        return lambda env, _rules: evaluate(env)
    table, name = Table(decision.table), decision.name

    def run(env: Environment, rules: dict[str, tuple[int, ...]]) -> Value:
        hits = table.hits(env)
        rules[name] = hits or ()
        return table.output(hits, env)

    return run


def fitted(value: Value, declared: Type) -> tuple[Value, str | None]:
    """`value` as the declared type wants it (a list of one and its item stand for each other), or null
    and the reason. Ranges bind facts, not results: what a decision yields is the law's own business."""
    if type(declared) is Type or value is None:
        return value, None
    if isinstance(value, list) and len(value) == 1 and not isinstance(declared, ListType):
        value = value[0]
    elif isinstance(declared, ListType) and not isinstance(value, list):
        value = [value]
    wrong = objection(value, unbounded(declared))
    return (None, wrong) if wrong else (value, None)


def unbounded(declared: Type) -> Type:
    """The type without its choices and ranges."""
    return BASIC.get(declared.feel, declared) if not isinstance(declared, ListType) else declared


def _functions(model: Model) -> Environment:
    found: Environment = {}
    for knowledge in model.functions:
        found[knowledge.name] = _function(knowledge, found)
    return found


def _function(knowledge: Knowledge, others: Environment) -> Function:
    """A knowledge model sees its parameters and the knowledge models it requires, nothing of the caller."""
    body: Evaluate = compiled(knowledge.logic)
    names = tuple(name for name, _ in knowledge.parameters)

    def call(*values: Value) -> Value:
        env: Environment = {CAUSES: [], **others}
        for (name, declared), value in zip(knowledge.parameters, values, strict=True):
            env[name] = fitted(value, declared)[0]
        return fitted(body(env), knowledge.type)[0]

    return Function(knowledge.name, names, call)
