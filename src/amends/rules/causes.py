"""Why has a decision no value? Found by going down the tree to the first part that had none.

Nothing is recorded while claims are decided: only where a result is null is its tree read once more, so the
answer costs nothing on the usual path and is exact even where one null was tolerated and another was not.
"""

from __future__ import annotations

from collections.abc import Mapping

from amends.rules.feel.evaluate import CAUSES, Environment, compiled
from amends.rules.feel.nodes import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextOf,
    If,
    Literal,
    Logical,
    Member,
    Name,
    Negation,
    Node,
)
from amends.rules.model import Decision, DecisionTable, Model
from amends.rules.tables import Table


def of(decision: Decision, env: Environment, known: Mapping[str, str], model: Model) -> str:
    """The cause, a phrase in plain words. `known` holds the causes of facts and earlier decisions."""
    return _why(decision.logic, {**env, CAUSES: []}, known, model)


def _why(node: Node, env: Environment, known: Mapping[str, str], model: Model) -> str:
    match node:
        case Name(name):
            return _why_name(name, known, model)
        case Literal():
            return "the rules say null here"
        case If(condition, then, otherwise):
            chosen = then if compiled(condition)(env) is True else otherwise
            return _why(chosen, env, known, model)
        case Negation(part) | Member(part, _):
            return _first_null((part,), node, env, known, model)
        case Arithmetic(_, left, right) | Comparison(_, left, right) | Logical(_, left, right):
            return _first_null((left, right), node, env, known, model)
        case Between(value, low, high):
            return _first_null((value, low, high), node, env, known, model)
        case Call(Name(), arguments):
            return _first_null(arguments, node, env, known, model)
        case ContextOf(entries, Node() as result):
            inner = dict(env)
            for name, entry in entries:
                inner[name] = compiled(entry)(inner)
                if inner[name] is None:
                    known = {**known, name: _why(entry, inner, known, model)}
            return _why(result, inner, known, model)
        case DecisionTable():
            return _why_table(node, env, known, model)
    return _own(node, env)


def _why_name(name: str, known: Mapping[str, str], model: Model) -> str:
    if name in model.inputs:
        return f"{name}: {known[name]}" if name in known else f"{name} is not given"
    if name in known:
        return f"“{name}” has no value: {known[name]}"
    return f"“{name}” has no value"


def _first_null(parts: tuple[Node, ...], node: Node, env: Environment, known: Mapping[str, str], model: Model) -> str:
    for part in parts:
        if compiled(part)(env) is None and not isinstance(part, Literal):
            return _why(part, env, known, model)
    return _own(node, env)


def _own(node: Node, env: Environment) -> str:
    """What the operation itself said when it had no result."""
    inner = {**env, CAUSES: []}
    compiled(node)(inner)
    return str(inner[CAUSES][-1]) if inner[CAUSES] else "the expression has no value"


def _why_table(node: DecisionTable, env: Environment, known: Mapping[str, str], model: Model) -> str:
    table = Table(node)
    inner = {**env, CAUSES: []}
    hits = table.hits(inner)
    if hits is None:
        return str(inner[CAUSES][-1])
    if not hits:
        return _why_no_row(table, inner, known, model)
    if len(node.outputs) == 1 and node.single_hit:
        return _why(node.rules[hits[0] - 1].outputs[0].node, env, known, model)
    table.output(hits, inner)
    return str(inner[CAUSES][-1]) if inner[CAUSES] else "a row that applies yields null"


def _why_no_row(table: Table, env: Environment, known: Mapping[str, str], model: Model) -> str:
    said = str(env[CAUSES][-1])
    missing = [
        _why(column.node, env, known, model)
        for column, value in zip(table.source.inputs, table.seen(env), strict=True)
        if value is None and not isinstance(column.node, Literal)
    ]
    return f"{said} ({'; '.join(missing)})" if missing else said
