"""What does an expression mean? The tree of frozen nodes that every engine reads.

Boxed expressions of DMN (contexts, invocations, relations, lists) become the same nodes as their
textual forms, so an engine meets each meaning once. Names follow the grammar of DMN 1.5, chapter 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any
from typing import Literal as Kind


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all expressions."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable in scope; `?` is the value under test in a unary test."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    of: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: Kind["+", "-", "*", "/", "**"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: Kind["=", "!=", "<", "<=", ">", ">="]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    operator: Kind["and", "or"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """`name in source`, or `name in source..end` where `end` is given."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    kind: Kind["some", "every"]
    iterations: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Filter(Node):
    of: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function applied to arguments; `names` is empty, or names every argument."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """Entries are evaluated in order and each sees those before it. With `result`, that is the value."""

    entries: tuple[tuple[str, Node], ...]
    result: Node | None = None


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    low: Node | None
    high: Node | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: str


@dataclass(frozen=True, slots=True)
class Anything(Node):
    """The dash in a table's cell."""


@dataclass(frozen=True, slots=True)
class Is(Node):
    """A unary test written as a plain expression `e`: the subject equals `e`, or lies in it where `e` is
    a list or a range. Which of these it is depends on `e`'s value, so engines decide."""

    expression: Node


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """True where any of `tests` holds for the subject `?`, or none where `negated`. Never null."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """`value in (test, test)`"""

    value: Node
    tests: UnaryTests


SUBJECT = Name("?")
NULL = Literal(None)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below `node`."""
    for part in fields(node):
        yield from _nodes_in(getattr(node, part.name))


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):  # the columns, rules and cells of a table hold nodes
            yield from _nodes_in(getattr(value, part.name))
