"""The same law for zen-engine: each decision of the DMN model as a node of its JSON graph.

Tables keep their rows; their cells are rewritten in ZEN's expression language, in which a comparison with null is an
error, so conditions are written out. Used only to be measured against, and its results are checked against ours.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import zen

from amends import rules
from amends.rules.feel.nodes import (
    Anything,
    Arithmetic,
    Call,
    Comparison,
    If,
    Is,
    ListOf,
    Literal,
    Name,
    Node,
    RangeOf,
    UnaryTests,
    walk,
)


def decide_all(
    model: rules.Model, facts: list[dict[str, Any]], *, trace: bool
) -> tuple[float, list[tuple[Any, ...]]]:
    """CPU seconds for deciding every row one by one, by the faster of zen's two ways; and outcome, reason and award
    of each row."""
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"law": graph(model)}}})
    rows = [{name: _json(value) for name, value in row.items()} for row in facts]
    options = {"trace": trace}
    engine.evaluate("law", rows[0], options)  # once unmeasured: the graph is read and compiled
    started = time.process_time()
    answers = [engine.evaluate("law", row, options) for row in rows]
    seconds = time.process_time() - started
    started = time.process_time()
    engine.evaluate_batch([{"key": "law", "context": row} for row in rows], options)
    seconds = min(seconds, time.process_time() - started)
    results = [answer["result"] for answer in answers]
    return seconds, [(row["Outcome"], row["Reason"], _money(row.get("Award"))) for row in results]


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def key(name: str) -> str:
    """A name as ZEN can read it."""
    return name.replace(" ", "_") if name not in ("Outcome", "Reason", "Award") else name


def graph(model: rules.Model) -> dict[str, Any]:
    """One node per decision, in a chain: each passes on what it was given."""
    nodes: list[dict[str, Any]] = [{"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}}]
    edges: list[dict[str, Any]] = []
    for n, decision in enumerate(model.decisions):
        nodes.append(_table(decision, n) if decision.table else _expression(decision, n))
        edges.append({"id": f"e{n}", "type": "edge", "sourceId": nodes[-2]["id"], "targetId": nodes[-1]["id"]})
    nodes.append({"id": "out", "type": "outputNode", "name": "out", "position": {"x": 0, "y": 0}})
    edges.append({"id": "e_out", "type": "edge", "sourceId": nodes[-2]["id"], "targetId": "out"})
    return {"nodes": nodes, "edges": edges}


def _expression(decision: rules.Decision, n: int) -> dict[str, Any]:
    return {
        "id": f"n{n}",
        "type": "expressionNode",
        "name": decision.name,
        "position": {"x": 0, "y": 0},
        "content": {
            "passThrough": True,
            "expressions": [{"id": "x", "key": key(decision.name), "value": _null_safe(decision.logic)}],
        },
    }


def _table(decision: rules.Decision, n: int) -> dict[str, Any]:
    """FIRST and UNIQUE keep the first hit; the sum of COLLECT becomes a sum of conditions, which ZEN lacks."""
    table = decision.table
    assert table is not None
    if table.aggregation:
        parts = []
        for rule in table.rules:
            tests = [_test(t.node, zen_of(c.node)) for t, c in zip(rule.tests, table.inputs, strict=True)]
            held = " and ".join(f"({test})" for test in tests if test) or "true"
            parts.append(f"(({held}) ? {zen_of(rule.outputs[0].node)} : 0)")
        value = " + ".join(parts)
        return {
            "id": f"n{n}",
            "type": "expressionNode",
            "name": decision.name,
            "position": {"x": 0, "y": 0},
            "content": {"passThrough": True, "expressions": [{"id": "x", "key": key(decision.name), "value": value}]},
        }
    inputs = [{"id": f"i{k}", "name": c.text, "field": zen_of(c.node)} for k, c in enumerate(table.inputs)]
    output = {"id": "o", "name": decision.name, "field": key(decision.name)}
    rows = []
    for rule in table.rules:
        row: dict[str, str] = {"_id": str(rule.number), "o": zen_of(rule.outputs[0].node)}
        for k, test in enumerate(rule.tests):
            row[f"i{k}"] = _test(test.node, "$")
        rows.append(row)
    nothing = {"_id": "0", "o": "null"} | {f"i{k}": "" for k in range(len(inputs))}
    return {
        "id": f"n{n}",
        "type": "decisionTableNode",
        "name": decision.name,
        "position": {"x": 0, "y": 0},
        "content": {
            "hitPolicy": "first",
            "passThrough": True,
            "inputs": inputs,
            "outputs": [output],
            "rules": [*rows, nothing],
        },
    }


def _test(node: Node, subject: str) -> str:
    """One cell. Comparisons with null are errors in ZEN, so an order is asked only of what is given."""
    if isinstance(node, Anything):
        return ""
    assert isinstance(node, UnaryTests)
    parts = [_one(test, subject) for test in node.tests]
    whole = parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)
    return f"not ({whole})" if node.negated else whole


def _one(test: Node, subject: str) -> str:
    match test:
        case Comparison("=", _, Literal(value)):
            return f"{subject} == {_literal(value)}"
        case Comparison(operator, _, value):
            return f"{subject} != null and {subject} {operator} {zen_of(value)}"
        case Is(RangeOf(Node() as low, Node() as high, low_closed, high_closed)):
            above, below = (">=" if low_closed else ">"), ("<=" if high_closed else "<")
            return f"{subject} != null and {subject} {above} {zen_of(low)} and {subject} {below} {zen_of(high)}"
        case Is(ListOf(items)):
            return " or ".join(f"{subject} == {zen_of(item)}" for item in items)
    raise NotImplementedError(test)


def _null_safe(node: Node) -> str:
    """Null where a decision that is read is null: ZEN's arithmetic on null is an error."""
    if isinstance(node, If):
        return zen_of(node)
    names = sorted(_names(node))
    guard = " or ".join(f"{name} == null" for name in names)
    return f"({guard}) ? null : ({zen_of(node)})"


def _names(node: Node) -> set[str]:
    called = {part.function for part in walk(node) if isinstance(part, Call)}
    return {key(part.name) for part in walk(node) if isinstance(part, Name) and part not in called}


def zen_of(node: Node) -> str:
    match node:
        case Literal(value):
            return _literal(value)
        case Name(name):
            return key(name)
        case Arithmetic(operator, left, right):
            return f"({zen_of(left)} {operator} {zen_of(right)})"
        case Comparison("=", left, right):
            return f"({zen_of(left)} == {zen_of(right)})"
        case If(condition, then, otherwise):
            return f"({zen_of(condition)} ? {zen_of(then)} : {zen_of(otherwise)})"
        case Call(Name("round half up"), (value, places)):
            return f"round({zen_of(value)}, {zen_of(places)})"
        case Call(Name("min" | "max" as name), arguments):
            return f"{name}([{', '.join(zen_of(argument) for argument in arguments)}])"
    raise NotImplementedError(node)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else f"{value:f}"
