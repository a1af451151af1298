"""What does a model of the law consist of? Frozen nodes: inputs, decisions, tables, rules, functions.

`DecisionTable` is a node like any other, so it may stand wherever an expression may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amends.rules.feel.nodes import Anything, Node, UnaryTests
from amends.rules.types import ANY, Type

HitPolicy = Literal["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"]
Aggregation = Literal["SUM", "MIN", "MAX", "COUNT"]
SINGLE_HIT: tuple[HitPolicy, ...] = ("UNIQUE", "ANY", "FIRST", "PRIORITY")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with the text as its author wrote it."""

    text: str
    node: Node


@dataclass(frozen=True, slots=True)
class Test(Cell):
    node: UnaryTests | Anything


@dataclass(frozen=True, slots=True)
class InputColumn:
    """`label` is what a reader sees; `allowed` restates the values the author promises to cover."""

    label: str
    text: str
    node: Node
    type: Type = ANY
    allowed: UnaryTests | None = None


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """`values` lists the output's values by falling priority."""

    name: str
    type: Type = ANY
    values: tuple[Cell, ...] = ()
    default: Cell | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    number: int
    tests: tuple[Test, ...]
    outputs: tuple[Cell, ...]
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    description: str = ""


@dataclass(frozen=True, slots=True)
class DecisionTable(Node):
    name: str
    hit_policy: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]

    @property
    def single_hit(self) -> bool:
        return self.hit_policy in SINGLE_HIT


@dataclass(frozen=True, slots=True)
class Decision:
    """`requires` names the inputs, decisions and functions that its logic may read."""

    name: str
    type: Type
    logic: Node
    text: str = ""
    requires: tuple[str, ...] = ()

    @property
    def table(self) -> DecisionTable | None:
        return self.logic if isinstance(self.logic, DecisionTable) else None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function that decisions may call."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    logic: Node
    type: Type = ANY
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Model:
    """A decision model, its decisions in an order in which each stands behind those it requires.

    Two models are the same only where they are the same object; `sha256` compares their texts.
    """

    name: str
    sha256: str
    inputs: Mapping[str, Type]
    decisions: tuple[Decision, ...]
    functions: tuple[Knowledge, ...] = ()

    def decision(self, name: str) -> Decision:
        return next(decision for decision in self.decisions if decision.name == name)
