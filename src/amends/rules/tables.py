"""Which rules of a table apply, and what does the table yield? The seven hit policies of DMN 1.5, chapter 8.2.8."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from amends.rules.feel.builtins import BUILTINS
from amends.rules.feel.evaluate import CAUSES, Check, Environment, Evaluate, checked, compiled
from amends.rules.feel.nodes import Anything
from amends.rules.feel.values import Undefined, Value, equals
from amends.rules.model import DecisionTable, OutputColumn


class Table:
    """A decision table made ready to run: `hits` finds the rules that count, `output` what they yield."""

    def __init__(self, table: DecisionTable) -> None:
        self.source = table
        self._inputs = tuple(compiled(column.node) for column in table.inputs)
        self._rules: tuple[tuple[tuple[int, Check], ...], ...] = tuple(
            tuple((n, checked(test.node)) for n, test in enumerate(rule.tests) if not isinstance(test.node, Anything))
            for rule in table.rules
        )
        self._outputs = tuple(tuple(compiled(cell.node) for cell in rule.outputs) for rule in table.rules)
        self._defaults = tuple(compiled(column.default.node) if column.default else None for column in table.outputs)
        self._priorities = tuple(_priorities(column) for column in table.outputs)
        self._choose = _CHOICES[table.hit_policy]

    def seen(self, env: Environment) -> list[Value]:
        """The values under test, one per column."""
        return [read(env) for read in self._inputs]

    def matching(self, env: Environment) -> list[int]:
        """Numbers of the rules whose tests all hold; only the first of them under FIRST."""
        values = self.seen(env)
        found = []
        for number, tests in enumerate(self._rules, 1):
            for column, check in tests:
                if not check(values[column], env):
                    break
            else:
                found.append(number)
                if self.source.hit_policy == "FIRST":
                    break
        return found

    def hits(self, env: Environment) -> tuple[int, ...] | None:
        """Numbers of the rules that count under the hit policy, in the order in which their outputs stand;
        None where rules apply together that must not, and the table has no answer."""
        found = self.matching(env)
        if len(found) > 1:
            return self._choose(self, found, env)
        if not found:
            env[CAUSES].append(f"no row of “{self.source.name}” applies")
        return tuple(found)

    def output(self, hits: tuple[int, ...] | None, env: Environment) -> Value:
        if hits is None:
            return None
        if not hits:
            return self._default(env)
        if self.source.single_hit:
            return self._of_rule(hits[0], env)
        values = [self._of_rule(number, env) for number in hits]
        if self.source.aggregation is None:
            return values
        try:
            return _AGGREGATIONS[self.source.aggregation](values)
        except Undefined as cause:
            env[CAUSES].append(f"{self.source.aggregation} of “{self.source.name}”: {cause}")
            return None

    def _of_rule(self, number: int, env: Environment) -> Value:
        outputs = self._outputs[number - 1]
        if len(outputs) == 1:
            return outputs[0](env)
        return {column.name: read(env) for column, read in zip(self.source.outputs, outputs, strict=True)}

    def _default(self, env: Environment) -> Value:
        if not any(self._defaults):
            return Decimal(0) if self.source.aggregation == "COUNT" else None
        values = [read(env) if read else None for read in self._defaults]
        if len(values) == 1:
            return values[0]
        return {column.name: value for column, value in zip(self.source.outputs, values, strict=True)}

    # -- what the hit policy makes of several matching rules

    def _unique(self, found: list[int], env: Environment) -> tuple[int, ...] | None:
        rows = " and ".join(str(number) for number in found)
        env[CAUSES].append(f"rows {rows} of “{self.source.name}” apply together, but its rows exclude each other")
        return None

    def _any(self, found: list[int], env: Environment) -> tuple[int, ...] | None:
        values = [self._of_rule(number, env) for number in found]
        if all(equals(values[0], value) is True for value in values):
            return (found[0],)
        rows = " and ".join(str(number) for number in found)
        env[CAUSES].append(f"rows {rows} of “{self.source.name}” apply together and disagree")
        return None

    def _all(self, found: list[int], env: Environment) -> tuple[int, ...]:
        return tuple(found)

    def _priority(self, found: list[int], env: Environment) -> tuple[int, ...]:
        return self._by_output(found, env)[:1]

    def _by_output(self, found: list[int], env: Environment) -> tuple[int, ...]:
        def ranks(number: int) -> list[int]:
            cells = zip(self._outputs[number - 1], self._priorities, strict=True)
            return [rank(read(env), env) for read, rank in cells]

        return tuple(sorted(found, key=ranks))


def _priorities(column: OutputColumn) -> Callable[[Value, Environment], int]:
    """An output's rank among the column's listed values; values that are not listed come last."""
    values: tuple[Evaluate, ...] = tuple(compiled(cell.node) for cell in column.values)

    def rank(value: Value, env: Environment) -> int:
        return next((n for n, read in enumerate(values) if equals(read(env), value) is True), len(values))

    return rank


_CHOICES: dict[str, Callable[[Table, list[int], Environment], tuple[int, ...] | None]] = {
    "UNIQUE": Table._unique,
    "ANY": Table._any,
    "FIRST": Table._all,
    "PRIORITY": Table._priority,
    "RULE ORDER": Table._all,
    "OUTPUT ORDER": Table._by_output,
    "COLLECT": Table._all,
}
_AGGREGATIONS: dict[str, Callable[[list[Value]], Value]] = {
    "SUM": BUILTINS["sum"].call,
    "MIN": BUILTINS["min"].call,
    "MAX": BUILTINS["max"].call,
    "COUNT": BUILTINS["count"].call,
}


@compiled.register
def _(node: DecisionTable) -> Evaluate:
    table = Table(node)
    return lambda env: table.output(table.hits(env), env)
