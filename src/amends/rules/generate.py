"""Which facts are worth trying? Those where the law changes its mind.

Nulls, the ends of every declared range, one unit to either side of every value that the rules name, month
ends, and for each rule of each table facts that meet its tests and facts that miss one of them.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from amends.rules.cells import Column, Listed, Ordered, Part, cut, domain_of
from amends.rules.feel.nodes import Literal, Name, walk
from amends.rules.feel.values import Value
from amends.rules.model import Decision, DecisionTable, Model
from amends.rules.types import Boolean, Date, Number, Text, Type, objection

NULLS = 0.06  # of all facts; a law that forgets one in twenty forgets many in a million


def facts(model: Model, count: int, seed: int = 0) -> Iterator[dict[str, Value]]:
    """`count` rows of facts for `model`, the same for the same seed. Every fact fits its declared type."""
    chance = random.Random(seed)  # noqa: S311 - test data, not a secret
    pools = {name: _pool(declared, _named_values(model, name)) for name, declared in model.inputs.items()}
    targets = [target for decision in model.decisions for target in _targets(decision, model)]
    for _ in range(count):
        row = {name: _drawn(pools[name], declared, chance) for name, declared in model.inputs.items()}
        if targets and chance.random() < 0.7:
            _aim(row, chance.choice(targets), chance)
        yield row


def _drawn(pool: list[Value], declared: Type, chance: random.Random) -> Value:
    if chance.random() < NULLS or not pool:
        return None
    return chance.choice(pool) if chance.random() < 0.6 else _anywhere(pool, declared, chance)


def _anywhere(pool: list[Value], declared: Type, chance: random.Random) -> Value:
    """Between the ends of the range, often near the small numbers where amounts really lie."""
    domain = domain_of(declared)
    if not isinstance(domain, Ordered) or domain.low is None or domain.high is None:
        return chance.choice(pool)
    high = domain.high
    if domain.unit == "number" and chance.random() < 0.5:
        high = min(high, domain.low + 10 ** chance.randint(1, 9))
    if domain.unit == "date":
        return date.fromordinal(chance.randint(*_usual_days(domain, pool)))
    return domain.value(chance.randint(domain.low, high))


def _usual_days(domain: Ordered, pool: list[Value]) -> tuple[int, int]:
    """A few years about the days that the rules name."""
    named = [day.toordinal() for day in pool] or [date(2024, 1, 1).toordinal()]
    low, high = domain.low or 1, domain.high or date.max.toordinal()
    middle = named[len(named) // 2]
    return max(low, middle - 3000), min(high, middle + 3000)


# -- values worth trying, per input


def _pool(declared: Type, named: list[Value]) -> list[Value]:
    match declared:
        case Boolean():
            return [True, False]
        case Text(choices):
            texts = [value for value in named if isinstance(value, str)]
            return list(choices) if choices is not None else list(dict.fromkeys([*texts, "", "інше"]))
        case Number() if declared.choices is not None:
            return list(declared.choices)
        case Number():
            return _numbers(declared, [value for value in named if isinstance(value, Decimal)])
        case Date():
            return _days(declared, [value for value in named if type(value) is date])
    return []


def _numbers(declared: Number, named: list[Decimal]) -> list[Value]:
    unit = Decimal(1).scaleb(-(declared.scale or 0))
    ends = [end for end in (declared.low, declared.high) if end is not None]
    near = [
        round(value, declared.scale or 0) + step
        for value in (*ends, *named, Decimal(0))
        for step in (-unit, Decimal(0), unit)
    ]
    return list(dict.fromkeys(value for value in near if _fits(value, declared)))


def _days(declared: Date, named: list[date]) -> list[Value]:
    base = [*(end for end in (declared.low, declared.high) if end is not None), *named] or [date(2024, 2, 29)]
    near = []
    for day in base:
        month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        for centre in (day, month_end):
            near += [date.fromordinal(n) for n in _around(centre.toordinal())]
    near += [date(2024, 2, 29), date(2023, 2, 28), date(2023, 12, 31)]
    return list(dict.fromkeys(day for day in near if _fits(day, declared)))


def _around(ordinal: int) -> list[int]:
    return [n for n in (ordinal - 1, ordinal, ordinal + 1) if 1 <= n <= date.max.toordinal()]


def _fits(value: Value, declared: Type) -> bool:
    return objection(value, declared) is None


def _named_values(model: Model, name: str) -> list[Value]:
    """Constants of every expression that speaks of the input, or of anything at all where it is compared."""
    found: list[Value] = []
    for node in (decision.logic for decision in model.decisions):
        if any(part == Name(name) for part in walk(node)):
            for part in walk(node):
                if isinstance(part, Literal):
                    found += part.value if isinstance(part.value, list) else [part.value]
    return list(dict.fromkeys(value for value in found if isinstance(value, str | Decimal | date)))


# -- rules to aim at


Target = Mapping[str, tuple[Column, int]]


def _targets(decision: Decision, model: Model) -> list[Target]:
    """For each rule, per input tested directly, the column and the rule's bit."""
    return [
        target
        for node in walk(decision.logic)
        if isinstance(node, DecisionTable)
        for target in _targets_of_table(node, model)
    ]


def _targets_of_table(table: DecisionTable, model: Model) -> list[Target]:
    columns: dict[str, Column] = {}
    for n, column in enumerate(table.inputs):
        if isinstance(column.node, Name) and column.node.name in model.inputs:
            tests = [rule.tests[n].node for rule in table.rules]
            domain = domain_of(model.inputs[column.node.name], tests)
            if domain is not None and not (isinstance(domain, Listed) and not domain.values and not domain.others):
                columns[column.node.name] = cut(tests, domain)
    return [{name: (column, rule.number - 1) for name, column in columns.items()} for rule in table.rules]


def _aim(row: dict[str, Value], target: Target, chance: random.Random) -> None:
    """Facts that meet a rule's tests; in half of the rows one of them is missed."""
    missed = chance.choice([*target, None]) if target else None
    for name, (column, bit) in target.items():
        wanted = [part for part in column.parts if bool(part.mask >> bit & 1) != (name == missed)]
        if wanted:
            row[name] = _inside(chance.choice(wanted), row[name], chance)


def _inside(part: Part, current: Value, chance: random.Random) -> Value:
    """A value of the part, at its ends more often than not."""
    if (part.low is None and part.high is None) or isinstance(part.sample, str | bool):
        return part.sample
    low = part.low if part.low is not None else part.high
    high = part.high if part.high is not None else part.low
    assert low is not None
    assert high is not None
    step = chance.choice([low, high, chance.randint(low, high)])
    base = _base(part)
    if isinstance(part.sample, date):
        return part.sample + timedelta(days=step - base)
    if isinstance(part.sample, Decimal):
        unit = Decimal(1).scaleb(int(part.sample.as_tuple().exponent))
        return part.sample + (step - base) * unit
    return current


def _base(part: Part) -> int:
    """The step of the sample."""
    base = part.low if part.low is not None else part.high
    assert base is not None
    return base
