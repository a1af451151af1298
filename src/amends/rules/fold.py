"""Which parts of an expression are the same for every claim? They become literals, once, at load.

So `date("2022-02-24")` costs nothing per claim, and every engine sees the same constant.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from amends.rules.feel.builtins import BUILTINS
from amends.rules.feel.evaluate import constant
from amends.rules.feel.nodes import NULL, Arithmetic, Call, Literal, Name, Negation, Node
from amends.rules.feel.values import Undefined
from amends.rules.model import Cell, InputColumn, OutputColumn, Rule

N = TypeVar("N", bound=Node)


def folded(node: N, variables: Collection[str]) -> N:
    """`node` with its constant parts evaluated. `variables` are names that hide built-in functions.

    A constant part without a value stays as it is, so that its cause can be told where it matters.
    """
    found: N = _fold(node, frozenset(variables))
    return found


def _fold(value: Any, variables: frozenset[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_fold(item, variables) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    if not isinstance(value, Node | Cell | InputColumn | OutputColumn | Rule):
        return value
    changes = {part.name: _fold(getattr(value, part.name), variables) for part in fields(value)}
    node = replace(value, **changes) if changes else value
    if not isinstance(node, Node) or not _is_constant(node, variables):
        return node
    try:
        return Literal(constant(node))
    except Undefined:
        return node


def _is_constant(node: Node, variables: frozenset[str]) -> bool:
    match node:
        case Negation(Literal()):
            return True
        case Arithmetic(_, Literal(), Literal()):
            return NULL not in (node.left, node.right)
        case Call(Name(name), arguments):
            known = name in BUILTINS and name not in variables
            return known and all(isinstance(argument, Literal) for argument in arguments)
    return False
