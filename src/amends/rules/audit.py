"""What would go wrong with these tables once claims come? Gaps, overlaps, dead rows, roundings left open.

Tables are seen as sets of boxes, one per rule, over the parts into which their columns cut the values
(Calvanese et al., “Semantics, analysis and simplification of DMN decision tables”). Each finding names table,
row and column and brings a claim that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amends.rules.cells import Column, Listed, Part, cut, domain_of
from amends.rules.faults import Fault
from amends.rules.feel.nodes import (
    Anything,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Logical,
    Matches,
    Name,
    Node,
    Quantified,
    children,
    walk,
)
from amends.rules.feel.values import Value, shown
from amends.rules.model import Decision, DecisionTable, InputColumn, Model
from amends.rules.overlaps import overlapping
from amends.rules.types import Boolean, Number, Text, Type

MOST_BOXES = 20_000  # steps of the search for a gap; tables that need more are reported as not searched
_ROUNDINGS = {
    "decimal",
    "floor",
    "ceiling",
    "round up",
    "round down",
    "round half up",
    "round half down",
    "round half even",
}


def audit(model: Model) -> tuple[Fault, ...]:
    """Every finding, errors before warnings. An error would leave or contradict a claim; a warning wants a look."""
    found = [fault for decision in model.decisions for fault in _decision(decision, model)]
    found += _unused(model)
    return tuple(sorted(found, key=lambda fault: fault.severity == "warning"))


def _decision(decision: Decision, model: Model) -> Iterator[Fault]:
    for node in walk(decision.logic):
        if isinstance(node, DecisionTable):
            yield from _table(node, model)
    yield from _rounding(decision, model)


# -- one table


@dataclass(frozen=True)
class _Grid:
    """A table whose columns are cut into parts. `exact` tells that the columns are different facts, so that
    every combination of parts is a possible claim."""

    table: DecisionTable
    columns: tuple[Column, ...]
    exact: bool
    open: frozenset[int]

    def witness(self, parts: tuple[Part, ...]) -> Mapping[str, Value]:
        return {column.text: part.sample for column, part in zip(self.table.inputs, parts, strict=True)}


def _table(table: DecisionTable, model: Model) -> Iterator[Fault]:
    if not table.rules:
        yield Fault(model.name, table.name, "the table has no rows")
        return
    grid = _grid(table, model)
    yield from _gaps(grid, model)
    if table.hit_policy == "UNIQUE":
        yield from _overlaps(grid, model)
    if table.hit_policy == "ANY":
        yield from _contradictions(grid, model)
    if table.hit_policy == "FIRST":
        yield from _unreachable(grid, model)
    yield from _impossible(grid, model)
    if table.aggregation in ("SUM", "MIN", "MAX") and not table.outputs[0].default:
        always = any(all(isinstance(test.node, Anything) for test in rule.tests) for rule in table.rules)
        if not always:
            yield Fault(
                model.name,
                table.name,
                f"where no row applies, {table.aggregation} gives null, not 0; state a default output",
                severity="warning",
            )


def _grid(table: DecisionTable, model: Model) -> _Grid:
    columns = []
    for n, column in enumerate(table.inputs):
        tests = [rule.tests[n].node for rule in table.rules]
        domain = domain_of(_type(column, model), tests)
        if domain is None or (isinstance(domain, Listed) and not domain.values and not domain.others):
            columns.append(_undivided(len(tests), [k for k, t in enumerate(tests, 1) if not isinstance(t, Anything)]))
            continue
        cutting = cut(tests, domain)
        if column.allowed is not None:
            allowed = cut([column.allowed], domain)
            kept = tuple(part for part in cutting.parts if _promised(part, allowed))
            cutting = Column(kept or cutting.parts, cutting.null, cutting.open)
        columns.append(cutting)
    open_ = frozenset(rule for column in columns for rule in column.open)
    return _Grid(table, tuple(columns), _independent(table, model), open_)


def _independent(table: DecisionTable, model: Model) -> bool:
    """Whether every combination of the columns' values can come. They can where the columns are different facts,
    or where there is only one, whose type promises a closed list of values. Otherwise what one decision yields may
    depend on another, or never come at all."""
    nodes = [column.node for column in table.inputs]
    if len(nodes) == 1 and isinstance(nodes[0], Name):
        match _type(table.inputs[0], model):
            case Boolean() | Text(tuple()):
                return True
    return len(set(nodes)) == len(nodes) and all(
        isinstance(node, Name) and node.name in model.inputs for node in nodes
    )


def _undivided(count: int, open_: list[int]) -> Column:
    whole = (1 << count) - 1
    return Column((Part(None, whole),), Part(None, whole), tuple(open_))


def _promised(part: Part, allowed: Column) -> bool:
    """Whether the column's list of allowed values promises any value of the part."""
    for other in allowed.parts:
        if other.mask and part.low is None and part.high is None and other.low is None and other.high is None:
            if part.sample == other.sample or other.other:
                return True
        elif other.mask:
            low = max((low for low in (part.low, other.low) if low is not None), default=None)
            high = min((high for high in (part.high, other.high) if high is not None), default=None)
            if low is None or high is None or low <= high:
                return True
    return False


def _type(column: InputColumn, model: Model) -> Type:
    """What the column's expression ranges over: the fact's declared type, or what a decision can yield."""
    if isinstance(column.node, Name):
        if column.node.name in model.inputs:
            return model.inputs[column.node.name]
        for decision in model.decisions:
            if decision.name == column.node.name:
                return decision.type if type(decision.type) is not Type else column.type
    return column.type if type(column.type) is not Type else _form(column.node)


def _form(node: Node) -> Type:
    """The type that an expression has by its form."""
    if isinstance(node, Comparison | Logical | Between | Matches | Quantified):
        return Boolean()
    return Number() if isinstance(node, Arithmetic) else Type()


# -- gaps


def _gaps(grid: _Grid, model: Model) -> Iterator[Fault]:
    table = grid.table
    if any(column.default for column in table.outputs) or not table.single_hit:
        return
    whole = (1 << len(table.rules)) - 1
    without_null = [column.parts for column in grid.columns]
    gap, finished = _gap(without_null, whole, [MOST_BOXES])
    if gap is not None:
        yield Fault(
            model.name,
            table.name,
            f"no row applies where {_shown(grid, gap)}" + ("" if grid.exact else ", if that can be"),
            column=_narrowest(grid, gap),
            severity="error" if grid.exact else "warning",
            witness=grid.witness(gap),
        )
        return
    if not finished:
        yield Fault(model.name, table.name, "the table is too wide to be searched for gaps", severity="warning")
        return
    yield from _null_gaps(grid, whole, model)


def _null_gaps(grid: _Grid, whole: int, model: Model) -> Iterator[Fault]:
    """A fact that is not given and that no row provides for."""
    for n, column in enumerate(grid.table.inputs):
        parts = [(own.null,) if n == k else own.parts for k, own in enumerate(grid.columns)]
        gap, _ = _gap(parts, whole, [MOST_BOXES])
        given = isinstance(column.node, Name) and column.node.name in model.inputs
        if gap is not None and given:
            yield Fault(
                model.name,
                grid.table.name,
                f"no row applies where {column.label} is not given",
                column=column.label,
                severity="warning",
                witness=grid.witness(gap),
            )


def _gap(
    columns: list[tuple[Part, ...]], mask: int, budget: list[int], chosen: tuple[Part, ...] = ()
) -> tuple[tuple[Part, ...] | None, bool]:
    """One combination of parts that no rule covers, and whether the search came to its end."""
    if not mask:
        return (*chosen, *(parts[0] for parts in columns[len(chosen) :])), True
    if len(chosen) == len(columns):
        return None, True
    seen: set[int] = set()
    for part in columns[len(chosen)]:
        left = mask & part.mask
        if left in seen:
            continue
        seen.add(left)
        budget[0] -= 1
        if budget[0] < 0:
            return None, False
        found, finished = _gap(columns, left, budget, (*chosen, part))
        if found is not None or not finished:
            return found, finished
    return None, True


def _narrowest(grid: _Grid, gap: tuple[Part, ...]) -> str | None:
    """The column whose value the fewest rows provide for."""
    counts = [part.mask.bit_count() for part in gap]
    return grid.table.inputs[counts.index(min(counts))].label if counts else None


def _shown(grid: _Grid, parts: tuple[Part, ...]) -> str:
    whole = (1 << len(grid.table.rules)) - 1
    told = [
        f"{column.label} = {shown(part.sample)}"
        for column, part in zip(grid.table.inputs, parts, strict=True)
        if part.mask != whole
    ]
    return " and ".join(told) or "anything is given"


# -- overlaps, contradictions, rows that never count


def _overlaps(grid: _Grid, model: Model) -> Iterator[Fault]:
    for first, second in overlapping(grid.columns, len(grid.table.rules)):
        yield _together(grid, model, first, second, "the table allows only one")


def _contradictions(grid: _Grid, model: Model) -> Iterator[Fault]:
    rules = grid.table.rules
    for first, second in overlapping(grid.columns, len(rules)):
        outputs = [[cell.node for cell in rules[number - 1].outputs] for number in (first, second)]
        if outputs[0] != outputs[1]:
            yield _together(grid, model, first, second, "their results differ")


def _together(grid: _Grid, model: Model, first: int, second: int, why: str) -> Fault:
    parts = _common(grid, 1 << (first - 1) | 1 << (second - 1))
    sure = grid.exact and not {first, second} & grid.open
    column = next(
        (
            own.label
            for n, own in enumerate(grid.table.inputs)
            if not isinstance(grid.table.rules[second - 1].tests[n].node, Anything)
        ),
        None,
    )
    doubt = "" if sure else ", if that can be"
    return Fault(
        model.name,
        grid.table.name,
        f"rows {first} and {second} both apply where {_shown(grid, parts)}{doubt}; {why}",
        row=second,
        column=column,
        severity="error" if sure else "warning",
        witness=grid.witness(parts),
    )


def _common(grid: _Grid, bits: int) -> tuple[Part, ...]:
    return tuple(
        next(part for part in (*column.parts, column.null) if part.mask & bits == bits) for column in grid.columns
    )


def _unreachable(grid: _Grid, model: Model) -> Iterator[Fault]:
    """Under FIRST: rows whose every claim an earlier row takes."""
    for number in range(2, len(grid.table.rules) + 1):
        own, before = 1 << (number - 1), (1 << (number - 1)) - 1
        if number in grid.open or not before:
            continue
        inside = [tuple(part for part in (*column.parts, column.null) if part.mask & own) for column in grid.columns]
        if not all(inside):
            continue  # it never applies at all; that is told elsewhere
        certain = before & ~sum(1 << (rule - 1) for rule in grid.open)
        escape, finished = _gap(inside, certain, [MOST_BOXES])
        if escape is None and finished:
            yield Fault(
                model.name,
                grid.table.name,
                "the row never counts: rows above it take every claim that meets its conditions",
                row=number,
                severity="warning",
            )


def _impossible(grid: _Grid, model: Model) -> Iterator[Fault]:
    """Conditions that no value of the declared type can meet."""
    for n, column in enumerate(grid.columns):
        for rule in grid.table.rules:
            bit = 1 << (rule.number - 1)
            if rule.number not in grid.open and not any(part.mask & bit for part in (*column.parts, column.null)):
                yield Fault(
                    model.name,
                    grid.table.name,
                    f"no allowed value of {grid.table.inputs[n].label} meets the condition {rule.tests[n].text}",
                    row=rule.number,
                    column=grid.table.inputs[n].label,
                )


# -- beyond tables


def _unused(model: Model) -> Iterator[Fault]:
    used = {node.name for decision in model.decisions for node in walk(decision.logic) if isinstance(node, Name)}
    used |= {node.name for known in model.functions for node in walk(known.logic) if isinstance(node, Name)}
    for name in model.inputs:
        if name not in used:
            yield Fault(model.name, name, "no decision reads this input", severity="warning")
    for decision in model.decisions:
        for name in decision.requires:
            if name in model.inputs and name in used and not _reads(decision, name):
                yield Fault(
                    model.name, decision.name, f"it requires “{name}” and does not read it", severity="warning"
                )


def _reads(decision: Decision, name: str) -> bool:
    return any(node == Name(name) for node in walk(decision.logic))


def _rounding(decision: Decision, model: Model) -> Iterator[Fault]:
    """A number that comes from multiplying or dividing and leaves the model unrounded."""
    last = not any(decision.name in other.requires for other in model.decisions)
    if not last or not isinstance(decision.type, Number) or decision.table is not None:
        return
    if _computes(decision.logic):
        yield Fault(
            model.name,
            decision.name,
            "the result is computed by * or / and never rounded; say where the law rounds, as in round half up(…, 2)",
            severity="warning",
        )


def _computes(node: Node) -> bool:
    """Whether * or / stands in `node` outside of any rounding."""
    if isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in _ROUNDINGS:
        return False
    if isinstance(node, Arithmetic) and node.operator in ("*", "/", "**"):
        return True
    return any(_computes(child) for child in children(node))
