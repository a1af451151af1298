"""What is the value of an expression for given facts? The referee's half of FEEL.

`compiled(node)` turns a tree into nested Python closures once, so one claim costs no walk over the tree.
A closure takes the environment, a dict of the names in scope; under CAUSES stands the list into which
operations say why they had no result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from functools import singledispatch
from itertools import product
from typing import Any

from amends.rules.feel.builtins import BUILTINS, Builtin
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
    walk,
)
from amends.rules.feel.temporal import Months
from amends.rules.feel.text import written
from amends.rules.feel.values import (
    ARITHMETIC,
    Function,
    Range,
    Undefined,
    Value,
    arithmetic,
    compare,
    is_in,
    kind,
    shown,
    within,
)

CAUSES = "\0causes"
Environment = dict[str, Any]
Evaluate = Callable[[Environment], Value]
Check = Callable[[Value, Environment], bool]

_PLAIN = {"+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply}


def constant(node: Node) -> Value:
    """The value of an expression without free names; raises Undefined where it has none."""
    environment: Environment = {CAUSES: []}
    value = compiled(node)(environment)
    if value is None and node != Literal(None):
        raise Undefined("; ".join(environment[CAUSES]) or "it has no value")
    return value


@singledispatch
def compiled(node: Node) -> Evaluate:
    """The closure that evaluates `node`."""
    raise NotImplementedError(f"no meaning for {type(node).__name__}")


@compiled.register
def _(node: Literal) -> Evaluate:
    value = node.value
    return lambda _env: value


@compiled.register
def _(node: Name) -> Evaluate:
    name = node.name
    if name in BUILTINS:
        fallback = _as_value(BUILTINS[name])
        return lambda env: env.get(name, fallback)
    return lambda env: env.get(name)


def _as_value(builtin: Builtin) -> Function:
    parameters = tuple(name.strip("*?") for name in builtin.signatures[0])
    return Function(builtin.name, parameters, builtin.call)


@compiled.register
def _(node: Arithmetic) -> Evaluate:
    operator, left, right = node.operator, compiled(node.left), compiled(node.right)
    plain = _PLAIN.get(operator)

    def run(env: Environment) -> Value:
        a, b = left(env), right(env)
        try:
            if plain and type(a) is Decimal and type(b) is Decimal:
                return plain(a, b)
            return arithmetic(operator, a, b)
        except (Undefined, DecimalException) as cause:
            return _null(env, str(cause))

    return run


def _null(env: Environment, cause: str) -> None:
    env[CAUSES].append(cause)


@compiled.register
def _(node: Negation) -> Evaluate:
    of = compiled(node.of)

    def run(env: Environment) -> Value:
        value = of(env)
        if isinstance(value, Decimal):
            return -value
        if isinstance(value, timedelta):
            return -value
        if isinstance(value, Months):
            return Months(-value.months)
        return _null(env, f"minus is not defined for {kind(value)}")

    return run


@compiled.register
def _(node: Comparison) -> Evaluate:
    operator, left, right = node.operator, compiled(node.left), compiled(node.right)

    def run(env: Environment) -> Value:
        a, b = left(env), right(env)
        result = compare(operator, a, b)
        if result is None:
            _null(env, f"{shown(a)} {operator} {shown(b)} cannot be compared")
        return result

    return run


@compiled.register
def _(node: Logical) -> Evaluate:
    left, right = compiled(node.left), compiled(node.right)
    decisive = node.operator == "or"  # `or` is settled by true, `and` by false
    operator = node.operator

    def run(env: Environment) -> Value:
        a = left(env)
        if a is decisive:
            return a
        b = right(env)
        if b is decisive:
            return b
        if isinstance(a, bool) and isinstance(b, bool):
            return not decisive
        return _null(env, f"{shown(a)} {operator} {shown(b)} is neither true nor false")

    return run


@compiled.register
def _(node: Between) -> Evaluate:
    value, low, high = compiled(node.value), compiled(node.low), compiled(node.high)

    def run(env: Environment) -> Value:
        v, a, b = value(env), low(env), high(env)
        above, below = compare(">=", v, a), compare("<=", v, b)
        if above is False or below is False:
            return False
        if above and below:
            return True
        return _null(env, f"{shown(v)} between {shown(a)} and {shown(b)} cannot be compared")

    return run


@compiled.register
def _(node: If) -> Evaluate:
    condition, then, otherwise = compiled(node.condition), compiled(node.then), compiled(node.otherwise)
    return lambda env: then(env) if condition(env) is True else otherwise(env)


# -- lists, contexts and iteration


@compiled.register
def _(node: ListOf) -> Evaluate:
    items = tuple(compiled(item) for item in node.items)
    return lambda env: [item(env) for item in items]


@compiled.register
def _(node: ContextOf) -> Evaluate:
    entries = tuple((name, compiled(entry)) for name, entry in node.entries)
    result = compiled(node.result) if node.result else None

    def run(env: Environment) -> Value:
        inner, context = dict(env), {}
        for name, entry in entries:
            inner[name] = context[name] = entry(inner)
        return result(inner) if result else context

    return run


@compiled.register
def _(node: RangeOf) -> Evaluate:
    low = compiled(node.low) if node.low else None
    high = compiled(node.high) if node.high else None

    def run(env: Environment) -> Value:
        bounds = Range(low(env) if low else None, high(env) if high else None, node.low_closed, node.high_closed)
        if (low and bounds.low is None) or (high and bounds.high is None):
            return _null(env, "an end of the range is null")
        return bounds

    return run


@compiled.register
def _(node: FunctionOf) -> Evaluate:
    body, parameters = compiled(node.body), node.parameters

    def run(env: Environment) -> Value:
        outer = dict(env)  # the names as they are where the function is written

        def call(*values: Value) -> Value:
            if len(values) != len(parameters):
                raise Undefined(f"the function takes {len(parameters)} arguments, not {len(values)}")
            return body(outer | dict(zip(parameters, values, strict=True)))

        return Function("", parameters, call)

    return run


def _domain(iteration: Iteration) -> Callable[[Environment], list[Value]]:
    source = compiled(iteration.source)
    end = compiled(iteration.end) if iteration.end else None

    def run(env: Environment) -> list[Value]:
        value = source(env)
        if end:
            return _steps(value, end(env))
        if isinstance(value, Range):
            return _range_items(value)
        if value is None:
            raise Undefined("there is nothing to go through: the list is null")
        return value if isinstance(value, list) else [value]

    return run


def _steps(first: Value, last: Value) -> list[Value]:
    if isinstance(first, Decimal) and isinstance(last, Decimal):
        if first != first.to_integral_value() or last != last.to_integral_value():
            raise Undefined(f"{shown(first)}..{shown(last)} does not go from whole number to whole number")
        step = 1 if first <= last else -1
        return [Decimal(n) for n in range(int(first), int(last) + step, step)]
    if type(first) is date and type(last) is date:
        step = 1 if first <= last else -1
        return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + step, step)]
    raise Undefined(f"there are no steps from {shown(first)} to {shown(last)}")


def _range_items(bounds: Range) -> list[Value]:
    items = _steps(bounds.low, bounds.high)
    return items[0 if bounds.low_closed else 1 : None if bounds.high_closed else -1]


def _rounds(iterations: tuple[Iteration, ...]) -> Callable[[Environment], Iterator[Environment]]:
    """Environments, one per combination; the last variable turns fastest and sees those before it."""
    domains = tuple((iteration.name, _domain(iteration)) for iteration in iterations)
    independent = not any(
        _mentions(later.source, earlier.name) for n, later in enumerate(iterations) for earlier in iterations[:n]
    )

    def run(env: Environment, depth: int = 0) -> Iterator[Environment]:
        if independent:
            names = [name for name, _ in domains]
            for values in product(*(domain(env) for _, domain in domains)):
                yield env | dict(zip(names, values, strict=True))
        elif depth == len(domains):
            yield env
        else:
            name, domain = domains[depth]
            for value in domain(env):
                yield from run(env | {name: value}, depth + 1)

    return run


def _mentions(node: Node, name: str) -> bool:
    return any(part == Name(name) for part in walk(node))


@compiled.register
def _(node: For) -> Evaluate:
    rounds, body = _rounds(node.iterations), compiled(node.body)

    def run(env: Environment) -> Value:
        results: list[Value] = []
        try:
            for inner in rounds(env):
                inner["partial"] = results
                results.append(body(inner))
        except Undefined as cause:
            return _null(env, str(cause))
        return results

    return run


@compiled.register
def _(node: Quantified) -> Evaluate:
    rounds, condition = _rounds(node.iterations), compiled(node.condition)
    decisive = node.kind == "some"

    def run(env: Environment) -> Value:
        try:
            found = [condition(inner) for inner in rounds(env)]
        except Undefined as cause:
            return _null(env, str(cause))
        if any(value is decisive for value in found):
            return decisive
        if all(isinstance(value, bool) for value in found):
            return not decisive
        return _null(env, f"for one item the condition of `{node.kind}` is neither true nor false")

    return run


@compiled.register
def _(node: Filter) -> Evaluate:
    of, condition = compiled(node.of), compiled(node.condition)

    def keeps(item: Value, env: Environment) -> bool:
        members = item if isinstance(item, dict) else {}
        return condition(env | members | {"item": members.get("item", item)}) is True

    def run(env: Environment) -> Value:
        value = of(env)
        items = value if isinstance(value, list) else [] if value is None else [value]
        position = _position(condition, env)
        if position is None:
            return [item for item in items if keeps(item, env)]
        if position == 0 or abs(position) > len(items):
            return _null(env, f"the list has no item number {position}")
        return items[position - 1 if position > 0 else position]

    return run


def _position(condition: Evaluate, env: Environment) -> int | None:
    """The number in `list[number]`; None where the brackets hold a condition."""
    found = condition(env | {CAUSES: []})
    return int(found) if isinstance(found, Decimal) else None


def _attribute(name: str) -> Callable[[Any], Value]:
    return lambda value: Decimal(getattr(value, name))


_COMPONENTS: dict[tuple[str, str], Callable[[Any], Value]] = {
    **{(of, part): _attribute(part) for of in ("date", "date and time") for part in ("year", "month", "day")},
    **{(of, part): _attribute(part) for of in ("time", "date and time") for part in ("hour", "minute", "second")},
    ("date", "weekday"): lambda value: Decimal(value.isoweekday()),
    ("date and time", "weekday"): lambda value: Decimal(value.isoweekday()),
    ("time", "time offset"): lambda value: value.utcoffset(),
    ("date and time", "time offset"): lambda value: value.utcoffset(),
    ("years and months duration", "years"): lambda value: Decimal(int(value.months / 12)),
    ("years and months duration", "months"): lambda value: Decimal(
        abs(value.months) % 12 * (1 if value.months > 0 else -1)
    ),
    ("days and time duration", "days"): lambda value: _part_of(value, 86400, None),
    ("days and time duration", "hours"): lambda value: _part_of(value, 3600, 24),
    ("days and time duration", "minutes"): lambda value: _part_of(value, 60, 60),
    ("days and time duration", "seconds"): lambda value: _part_of(value, 1, 60),
    ("range", "start"): lambda value: value.low,
    ("range", "end"): lambda value: value.high,
    ("range", "start included"): lambda value: value.low_closed,
    ("range", "end included"): lambda value: value.high_closed,
}


def _part_of(length: timedelta, unit: int, of: int | None) -> Decimal:
    count = abs(length) // timedelta(seconds=unit)
    return Decimal((count % of if of else count) * (-1 if length < timedelta(0) else 1))


def member(value: Value, name: str) -> Value:
    """`value.name`; raises Undefined where the value has no such part."""
    if isinstance(value, dict):
        if name not in value:
            raise Undefined(f"there is no “{name}” in {shown(value)}")
        return value[name]
    if isinstance(value, list):
        return [member(item, name) for item in value]
    read = _COMPONENTS.get((kind(value), name))
    if read is None:
        raise Undefined(f"{kind(value)} has no “{name}”")
    return read(value)


@compiled.register
def _(node: Member) -> Evaluate:
    of, name = compiled(node.of), node.name

    def run(env: Environment) -> Value:
        try:
            return member(of(env), name)
        except Undefined as cause:
            return _null(env, str(cause))

    return run


# -- functions


@compiled.register
def _(node: Call) -> Evaluate:
    arguments = tuple(compiled(argument) for argument in node.arguments)
    function = compiled(node.function)
    builtin = BUILTINS.get(node.function.name) if isinstance(node.function, Name) else None
    direct = _direct(builtin, node.names, arguments) if builtin else None

    def run(env: Environment) -> Value:
        try:
            if direct and builtin and builtin.name not in env:
                return direct(env)
            return _apply(function(env), node.names, [argument(env) for argument in arguments])
        except Undefined as cause:
            return _null(env, f"{_title(node)}: {cause}")

    return run


def _title(node: Call) -> str:
    return node.function.name if isinstance(node.function, Name) else "the function"


def _direct(builtin: Builtin, names: tuple[str, ...], arguments: tuple[Evaluate, ...]) -> Evaluate:
    misnamed = builtin.variadic and names not in ((), ("list",))
    if builtin.variadic:
        names = ()
    order = builtin.ordered(names) if names else tuple(range(len(arguments)))

    def run(env: Environment) -> Value:
        if order is None or misnamed or not builtin.accepts(len(arguments)):
            raise Undefined(f"{builtin.name} does not take these arguments")
        values = [arguments[position](env) for position in order]
        if not builtin.variadic:
            return builtin.call(*values)
        if len(values) == 1 and values[0] is None:
            raise Undefined("the list is null")
        whole = builtin.signatures[0][0] != "*" and len(values) == 1 and isinstance(values[0], list)
        return builtin.call(values[0] if whole else values)

    return run


def _apply(function: Value, names: tuple[str, ...], values: list[Value]) -> Value:
    if not isinstance(function, Function):
        raise Undefined(f"{kind(function)} cannot be called")
    if names:
        if sorted(names) != sorted(function.parameters):
            raise Undefined(f"its parameters are {', '.join(function.parameters)}")
        values = [values[names.index(parameter)] for parameter in function.parameters]
    if len(values) != len(function.parameters):
        raise Undefined(f"it takes {len(function.parameters)} arguments, not {len(values)}")
    return function.call(*values)


_INSTANCES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "time": (time,),
    "date and time": (datetime,),
    "days and time duration": (timedelta,),
    "years and months duration": (Months,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (Function,),
}


@compiled.register
def _(node: InstanceOf) -> Evaluate:
    value, name = compiled(node.value), node.type.partition("<")[0].strip()
    types = _INSTANCES.get(name, ())

    def run(env: Environment) -> Value:
        found = value(env)
        if name == "Any":
            return found is not None
        if name == "date":
            return type(found) is date
        return isinstance(found, types)

    return run


# -- unary tests


@compiled.register
def _(_node: Anything) -> Evaluate:
    return lambda _env: True


@compiled.register
def _(node: UnaryTests) -> Evaluate:
    check = checked(node)
    return lambda env: check(env.get("?"), env)


@compiled.register
def _(node: Matches) -> Evaluate:
    """Unlike in a table's cell, null within a range or an order is null here, not false."""
    value, tests = compiled(node.value), tuple(compiled(test) for test in node.tests.tests)

    def run(env: Environment) -> Value:
        inner = env | {"?": value(env)}
        found = [test(inner) for test in tests]
        if any(held is True for held in found):
            return True
        if any(held is None for held in found):
            return _null(env, f"{shown(inner['?'])} in ({written(node.tests)}) is neither true nor false")
        return False

    return run


@compiled.register
def _(node: Is) -> Evaluate:
    expression = compiled(node.expression)

    def run(env: Environment) -> Value:
        subject, tested = env.get("?"), expression(env)
        if isinstance(tested, Range):
            return within(subject, tested)
        if tested is None and isinstance(node.expression, RangeOf):
            return None
        return is_in(subject, tested)

    return run


def checked(node: UnaryTests | Anything) -> Check:
    """The tests of one cell as a function of the value under test. Common forms need no environment."""
    if isinstance(node, Anything):
        return lambda _value, _env: True
    positive = _any_of(node.tests)
    if node.negated:
        return lambda value, env: not positive(value, env)
    return positive


def _any_of(tests: tuple[Node, ...]) -> Check:
    texts = frozenset(
        test.right.value
        for test in tests
        if isinstance(test, Comparison)
        and test.operator == "="
        and test.left == SUBJECT
        and isinstance(test.right, Literal)
        and isinstance(test.right.value, str)
    )
    if len(texts) == len(tests):
        return lambda value, _env: type(value) is str and value in texts
    checks = tuple(_one(test) for test in tests)
    if len(checks) == 1:
        return checks[0]
    return lambda value, env: any(check(value, env) for check in checks)


def _one(test: Node) -> Check:
    if isinstance(test, Comparison) and test.left == SUBJECT and isinstance(test.right, Literal):
        operator, literal = test.operator, test.right.value
        return lambda value, _env: compare(operator, value, literal) is True
    if isinstance(test, Is) and isinstance(test.expression, RangeOf) and _is_constant(test.expression):
        bounds = constant(test.expression)
        return lambda value, _env: within(value, bounds) is True
    general = compiled(test)
    return lambda value, env: general(env | {"?": value}) is True


def _is_constant(node: RangeOf) -> bool:
    return isinstance(node.low, Literal | None) and isinstance(node.high, Literal | None)
