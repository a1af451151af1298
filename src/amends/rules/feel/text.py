"""How is a tree written as FEEL again? For messages: the reader sees the expression, not our nodes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from amends.rules.feel.nodes import (
    SUBJECT,
    Anything,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextOf,
    Filter,
    For,
    FunctionOf,
    If,
    InstanceOf,
    Is,
    Iteration,
    ListOf,
    Literal,
    Logical,
    Matches,
    Member,
    Name,
    Negation,
    Node,
    Quantified,
    RangeOf,
    UnaryTests,
)
from amends.rules.feel.temporal import Months
from amends.rules.feel.values import Value, shown


def written(node: Node) -> str:
    """One line of FEEL that means the same; nested operations in parentheses."""
    match node:
        case Literal(value):
            return _literal(value)
        case Name(name):
            return name
        case Member(of, name):
            return f"{written(of)}.{name}"
        case Negation(of):
            return f"-{_nested(of)}"
        case Arithmetic(operator, left, right) | Logical(operator, left, right):
            return f"{_nested(left)} {operator} {_nested(right)}"
        case Comparison(operator, left, right):
            side = "" if left == SUBJECT else f"{_nested(left)} "
            return f"{side}{operator} {_nested(right)}"
        case Between(value, low, high):
            return f"{_nested(value)} between {_nested(low)} and {_nested(high)}"
        case If(condition, then, otherwise):
            return f"if {written(condition)} then {written(then)} else {written(otherwise)}"
        case For(iterations, body):
            return f"for {_iterations(iterations)} return {written(body)}"
        case Quantified(kind, iterations, condition):
            return f"{kind} {_iterations(iterations)} satisfies {written(condition)}"
        case Filter(of, condition):
            return f"{_nested(of)}[{written(condition)}]"
        case Call(function, arguments, names):
            return f"{written(function)}({_arguments(arguments, names)})"
        case ListOf(items):
            return f"[{', '.join(written(item) for item in items)}]"
        case ContextOf(entries):
            return "{" + ", ".join(f"{name}: {written(entry)}" for name, entry in entries) + "}"
        case RangeOf(low, high, low_closed, high_closed):
            ends = f"{written(low) if low else ''}..{written(high) if high else ''}"
            return f"{'[' if low_closed else '('}{ends}{']' if high_closed else ')'}"
        case FunctionOf(parameters, body):
            return f"function({', '.join(parameters)}) {written(body)}"
        case InstanceOf(value, type_):
            return f"{_nested(value)} instance of {type_}"
        case Anything():
            return "-"
        case Is(expression):
            return written(expression)
        case UnaryTests(tests, negated):
            inner = ", ".join(written(test) for test in tests)
            return f"not({inner})" if negated else inner
        case Matches(value, tests):
            return f"{_nested(value)} in ({written(tests)})"
    return f"<{type(node).__name__}>"


def _nested(node: Node) -> str:
    text = written(node)
    simple = isinstance(node, Literal | Name | Member | Call | ListOf | ContextOf | RangeOf | Filter)
    return text if simple else f"({text})"


def _arguments(arguments: tuple[Node, ...], names: tuple[str, ...]) -> str:
    texts = [written(argument) for argument in arguments]
    return (
        ", ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True)) if names else ", ".join(texts)
    )


def _iterations(iterations: tuple[Iteration, ...]) -> str:
    return ", ".join(f"{i.name} in {written(i.source)}{f'..{written(i.end)}' if i.end else ''}" for i in iterations)


def _literal(value: Value) -> str:
    if isinstance(value, datetime):
        return f'date and time("{value.isoformat()}")'
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    if isinstance(value, time):
        return f'time("{value.isoformat()}")'
    if isinstance(value, Months):
        return f'duration("{value}")'
    if isinstance(value, timedelta):
        return f'duration("{shown(value)}")'
    return shown(value)
