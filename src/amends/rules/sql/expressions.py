"""What does each FEEL form become in columns? A closed table of operators and kinds.

Whatever is not listed here is refused with NotCompilable, naming the decision and the expression. Nothing
becomes null because nobody thought of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce

from amends.rules.faults import NotCompilable
from amends.rules.feel.builtins import BUILTINS
from amends.rules.feel.evaluate import constant
from amends.rules.feel.nodes import (
    Anything,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ContextOf,
    For,
    FunctionOf,
    If,
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
from amends.rules.feel.text import written
from amends.rules.feel.values import ARITHMETIC, Undefined, Value
from amends.rules.model import DecisionTable, Knowledge
from amends.rules.sql import dialect, functions
from amends.rules.sql.layers import Layers
from amends.rules.sql.terms import (
    EXACT,
    INT64,
    NONE,
    UNKNOWN,
    Choice,
    Day,
    DayCount,
    Fields,
    Kind,
    Many,
    MonthCount,
    Nothing,
    Num,
    Quotient,
    Routine,
    Span,
    Term,
    Truth,
    Words,
    rescaled,
    scaled,
)
from amends.rules.sql.writing import (
    as_words,
    at_scale,
    binary,
    combined,
    depth_of,
    feel_name,
    integer,
    num_of,
    sql_type,
)
from amends.rules.types import decimals

Scope = Mapping[str, Term]
TRUE, FALSE = Term("TRUE", Truth(), False, 0, True), Term("FALSE", Truth(), False, 0, False)
MOST_STEPS = 250  # years of a lifetime, not days: a loop is written out step by step
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


class Expressions:
    """Writes the expressions of one decision. `table` writes a decision table found inside one."""

    def __init__(self, decision: str, layers: Layers, table: Callable[[DecisionTable, Scope, str], Term]) -> None:
        self.decision, self.layers, self._table = decision, layers, table

    def refusal(self, node: Node, why: str) -> NotCompilable:
        return NotCompilable(self.decision, written(node), why)

    def term(self, node: Node, scope: Scope) -> Term:
        """The columnar form of `node`; `scope` gives the terms of the names in it."""
        match node:
            case Literal(value):
                return self.literal(value, node)
            case Name(name):
                return self.name(name, scope, node)
            case Negation(of):
                return self.arithmetic("-", self.literal(Decimal(0), node), self.term(of, scope), node)
            case Arithmetic(operator, left, right):
                return self.arithmetic(operator, self.term(left, scope), self.term(right, scope), node)
            case Comparison(operator, left, right):
                return self.compare(operator, self.term(left, scope), self.term(right, scope), node)
            case Logical(operator, left, right):
                return self.logical(operator, self.truth(left, scope), self.truth(right, scope))
            case Between(value, low, high):
                subject = self.share("value", self.term(value, scope))
                above = self.compare(">=", subject, self.term(low, scope), node)
                return self.logical("and", above, self.compare("<=", subject, self.term(high, scope), node))
            case If(condition, then, otherwise):
                return self.choose(
                    [(self.truth(condition, scope), self.term(then, scope))], self.term(otherwise, scope), node
                )
            case Matches(value, tests):
                return self.any_of(tests, {**scope, "?": self.share("value", self.term(value, scope))})
            case UnaryTests() | Anything():
                return self.test(node, scope)
            case Is(expression):
                return self.is_in(scope["?"], self.term(expression, scope), node)
            case Member(of, name):
                return self.member(self.term(of, scope), name, node)
            case ListOf(items):
                return self.many([(None, self.term(item, scope)) for item in items])
            case RangeOf(low, high, low_closed, high_closed):
                ends = [self.term(end, scope) if end else None for end in (low, high)]
                return Term("", Span(ends[0], ends[1], low_closed, high_closed))
            case ContextOf():
                return self.context(node, scope)
            case For(iterations, body):
                turns, absent = self.rounds(iterations, scope, node)
                return self.many([(guard, self.term(body, inner)) for guard, inner in turns], absent)
            case Quantified(kind, iterations, condition):
                return self.quantified(kind, iterations, condition, scope, node)
            case FunctionOf():
                return Term("", Routine(node))
            case Call():
                return self.call(node, scope)
            case DecisionTable():
                return self._table(node, scope, self.decision)
        raise self.refusal(node, f"{type(node).__name__} has no columnar form yet")

    def share(self, name: str, term: Term) -> Term:
        """`term` computed once, where it is about to be written more than once."""
        if isinstance(term.kind, Many | Fields | Span | Routine | Quotient):
            return term
        return self.layers.shared(f"{self.decision}: {name}", term)

    # -- leaves

    def literal(self, value: Value, node: Node) -> Term:
        match value:
            case None:
                return NONE
            case bool():
                return TRUE if value else FALSE
            case Decimal():
                scale = decimals(value)
                if scale > 18:
                    raise self.refusal(node, "a constant with more than 18 decimals")
                return self.whole(scaled(value, scale), scale)
            case str():
                return Term("1::BIGINT", Choice((value,)), False, 0, value)
            case datetime():
                raise self.refusal(node, "times of day have no columnar form yet")
            case date():
                return Term(dialect.day(value), Day(value, value), False, 0, value)
            case Months():
                return Term(integer(value.months), MonthCount(value.months, value.months), False, 0, value)
            case timedelta():
                if value % timedelta(days=1):
                    raise self.refusal(node, "a duration that is not of whole days")
                return Term(integer(value.days), DayCount(value.days, value.days), False, 0, value)
            case list():
                return self.many([(None, self.literal(item, node)) for item in value])
        raise self.refusal(node, f"a constant of type {type(value).__name__}")

    def whole(self, value: int, scale: int = 0) -> Term:
        """A known number: the integer `value` at `scale`."""
        return Term(integer(value), Num(scale, value, value), False, 0, Decimal(value).scaleb(-scale))

    def name(self, name: str, scope: Scope, node: Node) -> Term:
        if name not in scope:
            raise self.refusal(node, f"“{name}” is a function used as a value")
        return scope[name]

    def truth(self, node: Node, scope: Scope) -> Term:
        """A condition. What is not true or false by its kind is not compiled."""
        term = self.term(node, scope)
        if isinstance(term.kind, Nothing):
            return Term("NULL::BOOLEAN", Truth(), True)
        if not isinstance(term.kind, Truth):
            raise self.refusal(node, "it is used as a condition but is neither true nor false")
        return term

    # -- arithmetic

    def arithmetic(self, operator: str, left: Term, right: Term, node: Node) -> Term:
        if isinstance(left.kind, Nothing) or isinstance(right.kind, Nothing):
            return NONE
        operation = _ARITHMETIC.get((operator, type(left.kind), type(right.kind)))
        if operation is None:
            if isinstance(left.kind, Quotient) or isinstance(right.kind, Quotient):
                raise self.refusal(
                    node, "it goes on computing with an unrounded quotient; divide last, or round it first"
                )
            raise self.refusal(node, f"{operator} is not defined for {feel_name(left)} and {feel_name(right)}")
        return operation(self, left, right, node)

    def num(self, sql: str, kind: Num, parts: Sequence[Term], node: Node, *, nullable: bool | None = None) -> Term:
        """A number computed from `parts`, refused where its digits are not proven to fit."""
        largest = max(abs(kind.low), abs(kind.high))
        if largest >= EXACT:
            raise self.refusal(
                node, f"the result may have more than 34 digits (up to {largest}); declare narrower ranges"
            )
        if not kind.wide and any(isinstance(part.kind, Num) and part.kind.wide for part in parts):
            sql = f"({sql})::BIGINT"
        return combined(sql, kind, parts, nullable=nullable)

    def aligned(self, left: Term, right: Term) -> tuple[str, str, int]:
        """Both integers at the same scale."""
        a, b = num_of(left), num_of(right)
        scale = max(a.scale, b.scale)
        return at_scale(left, scale), at_scale(right, scale), scale

    def add(self, left: Term, right: Term, node: Node) -> Term:
        for one, other in ((left, right), (right, left)):
            if one.known and not one.value:
                return other
        a, b, scale = self.aligned(left, right)
        x, y = rescaled(num_of(left), scale), rescaled(num_of(right), scale)
        kind = Num(scale, x.low + y.low, x.high + y.high)
        return self.num(binary("+", a, b, kind, (left, right)), kind, (left, right), node)

    def subtract(self, left: Term, right: Term, node: Node) -> Term:
        a, b, scale = self.aligned(left, right)
        x, y = rescaled(num_of(left), scale), rescaled(num_of(right), scale)
        kind = Num(scale, x.low - y.high, x.high - y.low)
        return self.num(binary("-", a, b, kind, (left, right)), kind, (left, right), node)

    def multiply(self, left: Term, right: Term, node: Node) -> Term:
        a, b = num_of(left), num_of(right)
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        kind = Num(a.scale + b.scale, min(corners), max(corners))
        for one, other in ((left, right), (right, left)):  # 1 at any scale changes the scale only
            if one.known and num_of(one).low == 1:
                return self.num(other.sql, kind, (left, right), node)
        return self.num(binary("*", left.sql, right.sql, kind, (left, right)), kind, (left, right), node)

    def divide(self, left: Term, right: Term, node: Node) -> Term:
        """Exact where the divisor is a known number such as 100; otherwise a fraction that waits for its
        rounding."""
        if right.known:
            if not right.value:
                return NONE
            inverse = ARITHMETIC.divide(Decimal(1), right.value)
            if ARITHMETIC.multiply(inverse, right.value) == 1 and decimals(inverse) <= 18:
                return self.multiply(left, self.literal(inverse, node), node)
        return Term("", Quotient(self.share("dividend", left), self.share("divisor", right)), True)

    def power(self, left: Term, right: Term, node: Node) -> Term:
        if not right.known or right.value != int(right.value) or not 1 <= right.value <= 8:
            raise self.refusal(node, "only whole powers from 1 to 8 are written out")
        base = self.share("base", left)
        return reduce(lambda product, _: self.multiply(product, base, node), range(int(right.value) - 1), base)

    def move_day(self, left: Term, right: Term, node: Node, sign: int = 1) -> Term:
        """A day moved by a duration; null outside the years 1 to 9999, as in the interpreter."""
        kind = left.kind
        assert isinstance(kind, Day)
        amount = right.sql if sign > 0 else f"- ({right.sql})"
        if isinstance(right.kind, MonthCount):
            sql = dialect.plus_months(left.sql, amount)
            reach = [value * 31 for value in (right.kind.low, right.kind.high)]
        else:
            assert isinstance(right.kind, DayCount)
            sql = dialect.plus_days(left.sql, amount)
            reach = [right.kind.low, right.kind.high]
        low, high = sorted(value * sign for value in reach)
        first, last = kind.low.toordinal() + min(low, 0), kind.high.toordinal() + max(high, 0)
        if first >= 1 and last <= date.max.toordinal():
            return combined(sql, Day(date.fromordinal(first), date.fromordinal(last)), (left, right))
        if max(abs(low), abs(high)) > 10_000_000:
            raise self.refusal(node, "the duration has no declared bounds")
        moved = self.share("day", combined(sql, Day(), (left, right)))
        inside = f"{moved.sql} BETWEEN {dialect.day(date.min)} AND {dialect.day(date.max)}"
        return replace(moved, sql=f"CASE WHEN {inside} THEN {moved.sql} END", nullable=True)

    def move_day_back(self, left: Term, right: Term, node: Node) -> Term:
        return self.move_day(left, right, node, -1)

    def days_between(self, left: Term, right: Term, node: Node) -> Term:
        a, b = left.kind, right.kind
        assert isinstance(a, Day)
        assert isinstance(b, Day)
        kind = DayCount((a.low - b.high).days, (a.high - b.low).days)
        return combined(f"({left.sql} - {right.sql})", kind, (left, right))

    def count_with(self, operator: str) -> Callable[[Term, Term, Node], Term]:
        def run(left: Term, right: Term, node: Node) -> Term:
            a, b = left.kind, right.kind
            assert isinstance(a, MonthCount | DayCount)
            assert isinstance(b, MonthCount | DayCount)
            ends = (a.low + b.low, a.high + b.high) if operator == "+" else (a.low - b.high, a.high - b.low)
            if max(abs(end) for end in ends) > INT64:
                raise self.refusal(node, "the duration has no declared bounds")
            return combined(f"({left.sql} {operator} {right.sql})", type(a)(*ends), (left, right))

        return run

    # -- comparison and logic

    def compare(self, operator: str, left: Term, right: Term, node: Node) -> Term:
        """`=` and `!=` are never null between values of one kind; an order with null is null."""
        if operator in ("=", "!="):
            equal = self.equal(left, right, node)
            return equal if operator == "=" else self.negated(equal)
        if isinstance(left.kind, Nothing) or isinstance(right.kind, Nothing):
            return Term("NULL::BOOLEAN", Truth(), True)
        if isinstance(left.kind, Quotient):
            return self.compare_quotient(operator, left.kind, right, node)
        if isinstance(right.kind, Quotient):
            return self.compare_quotient(_TURNED[operator], right.kind, left, node)
        if isinstance(left.kind, Num) and isinstance(right.kind, Num):
            return self.compare_numbers(operator, left, right)
        orderable = isinstance(left.kind, Day | MonthCount | DayCount) and type(left.kind) is type(right.kind)
        if not orderable:
            raise self.refusal(node, f"{operator} is not defined for {feel_name(left)} and {feel_name(right)}")
        return combined(f"({left.sql} {operator} {right.sql})", Truth(), (left, right))

    def compare_numbers(self, operator: str, left: Term, right: Term) -> Term:
        if left.known and not right.known:
            return self.compare_numbers(_TURNED[operator], right, left)
        if right.known and num_of(right).scale > num_of(left).scale:
            return self.compare_finer(operator, left, right)
        a, b, _ = self.aligned(left, right)
        return combined(f"({a} {operator} {b})", Truth(), (left, right))

    def compare_finer(self, operator: str, left: Term, right: Term) -> Term:
        """A column against a constant with more decimals: the constant moves to the next place instead."""
        place = right.value.scaleb(num_of(left).scale)
        below = int(place.to_integral_value("ROUND_FLOOR"))
        bound = below if operator in ("<=", ">") else below + 1
        return combined(f"({left.sql} {operator} {bound})", Truth(), (left,))

    def compare_quotient(self, operator: str, quotient: Quotient, right: Term, node: Node) -> Term:
        """a / b against c without dividing: a against b * c, turned round where b is negative."""
        if not isinstance(right.kind, Num):
            raise self.refusal(node, f"{operator} is not defined for a quotient and {feel_name(right)}")
        product = self.multiply(quotient.divisor, right, node)
        positive = self.compare_numbers(operator, quotient.dividend, product)
        divisor = num_of(quotient.divisor)
        if divisor.low > 0:
            return positive
        turned = self.compare_numbers(_TURNED[operator], quotient.dividend, product)
        sign = quotient.divisor.sql
        sql = f"CASE WHEN {sign} > 0 THEN {positive.sql} WHEN {sign} < 0 THEN {turned.sql} END"
        return combined(sql, Truth(), (positive, quotient.divisor), nullable=True)

    def equal(self, left: Term, right: Term, node: Node) -> Term:
        if isinstance(left.kind, Nothing):
            left, right = right, left
        if isinstance(right.kind, Nothing):
            return self.is_null(left, node)
        if left.known and right.known:
            return TRUE if left.value == right.value and type(left.value) is type(right.value) else FALSE
        if isinstance(left.kind, Quotient) or isinstance(right.kind, Quotient):
            quotient, other = (left, right) if isinstance(left.kind, Quotient) else (right, left)
            return self._settled(self.compare_quotient("=", quotient.kind, other, node))  # type: ignore[arg-type]  # checked above
        if isinstance(left.kind, Choice | Words) and isinstance(right.kind, Choice | Words):
            return self.equal_texts(left, right)
        if isinstance(left.kind, Num) and isinstance(right.kind, Num):
            return self.equal_numbers(left, right)
        if type(left.kind) is not type(right.kind) or not isinstance(left.kind, Truth | Day | MonthCount | DayCount):
            raise self.refusal(node, f"= is not defined for {feel_name(left)} and {feel_name(right)}")
        return self._same(left.sql, right.sql, left, right)

    def equal_numbers(self, left: Term, right: Term) -> Term:
        for column, known in ((left, right), (right, left)):
            if known.known and decimals(known.value) > num_of(column).scale:
                return FALSE
        a, b, _ = self.aligned(left, right)
        return self._same(a, b, left, right)

    def equal_texts(self, left: Term, right: Term) -> Term:
        if left.known:
            left, right = right, left
        if right.known and isinstance(left.kind, Choice):
            if right.value not in left.kind.values:
                return FALSE
            return self._same(left.sql, str(left.kind.values.index(right.value) + 1), left, right)
        if right.known:
            return self._same(left.sql, dialect.text(right.value), left, right)
        if isinstance(left.kind, Choice) and isinstance(right.kind, Choice):
            values = tuple(dict.fromkeys((*left.kind.values, *right.kind.values)))
            return self._same(self.recoded(left, values), self.recoded(right, values), left, right)
        return self._same(as_words(left), as_words(right), left, right)

    def _same(self, a: str, b: str, left: Term, right: Term) -> Term:
        """FEEL's `=`: null equals null and nothing else."""
        if left.nullable and right.nullable:
            return combined(f"({a} IS NOT DISTINCT FROM {b})", Truth(), (left, right), nullable=False)
        return self._settled(combined(f"({a} = {b})", Truth(), (left, right)))

    def _settled(self, term: Term) -> Term:
        """False instead of null."""
        if not term.nullable:
            return term
        return replace(term, sql=f"coalesce({term.sql}, FALSE)", nullable=False)

    def is_null(self, term: Term, node: Node) -> Term:
        if isinstance(term.kind, Nothing):
            return TRUE
        if isinstance(term.kind, Fields):
            absent = term.kind.absent
            return Term(f"({absent})", Truth(), False, depth_of(term)) if absent else FALSE
        if isinstance(term.kind, Quotient):
            ends = [self.is_null(term.kind.dividend, node), self.equal_numbers(term.kind.divisor, self.whole(0))]
            return self.logical("or", self.logical("or", *ends), self.is_null(term.kind.divisor, node))
        if not term.nullable:
            return FALSE
        return combined(f"({term.sql} IS NULL)", Truth(), (term,), nullable=False)

    def negated(self, term: Term) -> Term:
        if term.known:
            return FALSE if term.value else TRUE
        return replace(term, sql=f"(NOT {term.sql})")

    def logical(self, operator: str, left: Term, right: Term) -> Term:
        decisive = operator == "or"
        for one, other in ((left, right), (right, left)):
            if one.known:
                return one if one.value is decisive else other
        return combined(f"({left.sql} {operator.upper()} {right.sql})", Truth(), (left, right))

    def test(self, node: UnaryTests | Anything, scope: Scope) -> Term:
        """The tests of one cell for `?`: true or false, never null."""
        if isinstance(node, Anything):
            return TRUE
        tests = [self._settled(self.truth(test, scope)) for test in node.tests]
        held = reduce(lambda left, right: self.logical("or", left, right), tests)
        return self.negated(held) if node.negated else held

    def any_of(self, node: UnaryTests, scope: Scope) -> Term:
        """The operator `in`: unlike in a cell, null within a range or an order is null."""
        return reduce(
            lambda left, right: self.logical("or", left, right), [self.truth(test, scope) for test in node.tests]
        )

    def is_in(self, subject: Term, tested: Term, node: Node) -> Term:
        match tested.kind:
            case Span(low, high, low_closed, high_closed):
                parts = []
                if low:
                    parts.append(self.compare(">=" if low_closed else ">", subject, low, node))
                if high:
                    parts.append(self.compare("<=" if high_closed else "<", subject, high, node))
                inside = reduce(lambda left, right: self.logical("and", left, right), parts, TRUE)
                # Without one of its ends the range itself is null, wherever the value lies.
                lost = [self.is_null(end, node) for end in (low, high) if end and end.nullable]
                return self.choose([(null, NONE) for null in lost], inside, node)
            case Many(items, None):
                tests = [
                    self._guarded(guard, self._settled(self.is_in(subject, item, node))) for guard, item in items
                ]
                return reduce(lambda left, right: self.logical("or", left, right), tests, FALSE)
        return self._settled(self.equal(subject, tested, node))

    def _guarded(self, guard: str | None, test: Term) -> Term:
        return replace(test, sql=f"(({guard}) AND {test.sql})", value=UNKNOWN) if guard else test

    # -- choosing between terms

    def choose(self, cases: Sequence[tuple[Term, Term]], otherwise: Term, node: Node) -> Term:
        """The term of the first case whose condition is true. All terms are brought to one kind."""
        live: list[tuple[Term, Term]] = []
        for condition, term in cases:
            if condition.known and not condition.value:
                continue
            if condition.known:
                otherwise = term
                break
            live.append((condition, term))
        if not live:
            return otherwise
        terms = [*(term for _, term in live), otherwise]
        if any(isinstance(term.kind, Fields) for term in terms):
            return self._choose_fields(live, otherwise, node)
        kind, sqls = self.unified(terms, node)
        arms = " ".join(f"WHEN {condition.sql} THEN {sql}" for (condition, _), sql in zip(live, sqls, strict=False))
        depth = max(term.depth for pair in live for term in pair)
        nullable = any(term.nullable for term in terms)
        return Term(f"CASE {arms} ELSE {sqls[-1]} END", kind, nullable, max(depth, otherwise.depth))

    def _choose_fields(self, cases: Sequence[tuple[Term, Term]], otherwise: Term, node: Node) -> Term:
        cases = [(self.share("condition", condition), term) for condition, term in cases]
        parts = [*(term for _, term in cases), otherwise]
        if not all(isinstance(part.kind, Fields | Nothing) for part in parts):
            raise self.refusal(node, "one branch is a context and another is not")
        names = dict.fromkeys(name for part in parts if isinstance(part.kind, Fields) for name, _ in part.kind.terms)

        def field(term: Term, name: str) -> Term:
            return dict(term.kind.terms).get(name, NONE) if isinstance(term.kind, Fields) else NONE

        chosen = tuple(
            (name, self.choose([(c, field(term, name)) for c, term in cases], field(otherwise, name), node))
            for name in names
        )
        absent = self.choose(
            [(c, self.is_null(term, node)) for c, term in cases], self.is_null(otherwise, node), node
        )
        return Term("", Fields(chosen, None if absent is FALSE else absent.sql), True, absent.depth)

    def unified(self, terms: Sequence[Term], node: Node) -> tuple[Kind, list[str]]:
        """One kind for all, and each term written in it."""
        kinds = [term.kind for term in terms if not isinstance(term.kind, Nothing)]
        if not kinds:
            return Nothing(), ["NULL"] * len(terms)
        if all(isinstance(kind, Num) for kind in kinds):
            return self._unified_numbers(terms, kinds)  # type: ignore[arg-type]  # checked
        if all(isinstance(kind, Choice) for kind in kinds):
            values = tuple(
                dict.fromkeys(value for kind in kinds if isinstance(kind, Choice) for value in kind.values)
            )
            return Choice(values), [self.recoded(term, values) for term in terms]
        if all(isinstance(kind, Choice | Words) for kind in kinds):
            return Words(), [as_words(term) for term in terms]
        first = kinds[0]
        if any(type(kind) is not type(first) for kind in kinds):
            raise self.refusal(node, "its branches have different types")
        match first:
            case Truth():
                return first, [term.sql for term in terms]
            case Day():
                days = [kind for kind in kinds if isinstance(kind, Day)]
                return Day(min(d.low for d in days), max(d.high for d in days)), [term.sql for term in terms]
            case MonthCount() | DayCount():
                counts = [kind for kind in kinds if isinstance(kind, MonthCount | DayCount)]
                widest = type(first)(min(c.low for c in counts), max(c.high for c in counts))
                return widest, [term.sql for term in terms]
        raise self.refusal(node, f"{feel_name(terms[0])} cannot be chosen between; round it first")

    def _unified_numbers(self, terms: Sequence[Term], kinds: Sequence[Num]) -> tuple[Kind, list[str]]:
        scale = max(kind.scale for kind in kinds)
        spans = [rescaled(kind, scale) for kind in kinds]
        widest = Num(scale, min(span.low for span in spans), max(span.high for span in spans))
        sqls = [term.sql if isinstance(term.kind, Nothing) else at_scale(term, scale) for term in terms]
        return widest, sqls

    def recoded(self, term: Term, values: tuple[str, ...]) -> str:
        """A choice's code among other values that include its own."""
        if isinstance(term.kind, Nothing):
            return "NULL"
        assert isinstance(term.kind, Choice)
        if term.kind.values == values[: len(term.kind.values)]:
            return term.sql
        codes = [str(values.index(value) + 1) for value in term.kind.values]
        return f"{codes[0]}::BIGINT" if term.known else dialect.look_up(codes, term.sql, "BIGINT")

    # -- contexts, lists, loops

    def context(self, node: ContextOf, scope: Scope) -> Term:
        inner = dict(scope)
        entries: list[tuple[str, Term]] = []
        for name, entry in node.entries:
            inner[name] = self.share(name, self.term(entry, inner))
            entries.append((name, inner[name]))
        if node.result is not None:
            return self.term(node.result, inner)
        return Term("", Fields(tuple(entries)), False)

    def many(self, items: Sequence[tuple[str | None, Term]], absent: Term | None = None) -> Term:
        depths = [term.depth for _, term in items] + ([absent.depth] if absent else [])
        return Term(
            "", Many(tuple(items), absent.sql if absent else None), absent is not None, max(depths, default=0)
        )

    def member(self, term: Term, name: str, node: Node) -> Term:
        match term.kind:
            case Fields(terms):
                found = dict(terms).get(name)
                if found is None:
                    raise self.refusal(node, f"there is no “{name}”")
                return found
            case Day():
                return self._day_part(term, term.kind, name, node)
            case MonthCount(low, high) if name in ("years", "months"):
                if name == "years":
                    return combined(f"({term.sql} // 12)", Num(0, -(abs(low) // 12), abs(high) // 12), (term,))
                return combined(f"({term.sql} % 12)", Num(0, -11, 11), (term,))
            case DayCount(low, high) if name == "days":
                return combined(term.sql, Num(0, low, high), (term,))
        raise self.refusal(node, f"“{name}” of {feel_name(term)} has no columnar form")

    def _day_part(self, term: Term, kind: Day, name: str, node: Node) -> Term:
        parts = {
            "year": ("year", kind.low.year, kind.high.year),
            "month": ("month", 1, 12),
            "day": ("day", 1, 31),
            "weekday": ("isodow", 1, 7),
        }
        if name not in parts:
            raise self.refusal(node, f"“{name}” of a date has no columnar form")
        function, low, high = parts[name]
        return combined(f"{function}({term.sql})", Num(0, low, high), (term,))

    def rounds(
        self, iterations: Sequence[Iteration], scope: Scope, node: Node
    ) -> tuple[list[tuple[str | None, dict[str, Term]]], Term | None]:
        """The turns of a loop, written out, each with the guard under which it takes place; and the condition
        under which there is nothing to go through at all."""
        turns: list[tuple[str | None, dict[str, Term]]] = [(None, dict(scope))]
        absences: list[Term] = []
        for iteration in iterations:
            longer: list[tuple[str | None, dict[str, Term]]] = []
            for guard, inner in turns:
                items, absent = self.items_of(iteration, inner, node)
                absences += [absent] if absent else []
                longer += [
                    (" AND ".join(g for g in (guard, inner_guard) if g) or None, {**inner, iteration.name: item})
                    for inner_guard, item in items
                ]
            turns = longer
            if len(turns) > MOST_STEPS:
                raise self.refusal(
                    node, f"the loop may take {len(turns)} turns; at most {MOST_STEPS} are written out"
                )
        if not absences:
            return turns, None
        return turns, reduce(lambda left, right: self.logical("or", left, right), dict.fromkeys(absences))

    def items_of(
        self, iteration: Iteration, scope: Scope, node: Node
    ) -> tuple[list[tuple[str | None, Term]], Term | None]:
        source = self.term(iteration.source, scope)
        if iteration.end is not None:
            return self.steps(source, self.term(iteration.end, scope), node)
        match source.kind:
            case Many(items, None):
                return list(items), None
            case Span(Term() as low, Term() as high, True, True):
                return self.steps(low, high, node)
        raise self.refusal(node, "the loop does not go through a known list or range")

    def steps(self, first: Term, last: Term, node: Node) -> tuple[list[tuple[str | None, Term]], Term | None]:
        """Whole numbers between two ends, in either direction, over the range that is proven for the ends."""
        for end in (first, last):
            if not isinstance(end.kind, Num) or end.kind.scale:
                raise self.refusal(node, "the ends of the loop must be whole numbers")
        low, high = min(num_of(first).low, num_of(last).low), max(num_of(first).high, num_of(last).high)
        if high - low >= MOST_STEPS:
            raise self.refusal(
                node, f"the loop may take {high - low + 1} turns; declare narrower ranges for its ends"
            )
        if first.known and last.known:
            step = 1 if first.value <= last.value else -1
            return [(None, self.whole(n)) for n in range(int(first.value), int(last.value) + step, step)], None
        a, b = self.share("from", first), self.share("to", last)
        ends = f"least({a.sql}, {b.sql}) AND greatest({a.sql}, {b.sql})"
        depth = max(a.depth, b.depth)
        turns: list[tuple[str | None, Term]] = [
            (f"{n} BETWEEN {ends}", replace(self.whole(n), depth=depth)) for n in range(low, high + 1)
        ]
        absent = self.logical("or", self.is_null(a, node), self.is_null(b, node))
        return turns, None if absent is FALSE else absent

    def quantified(
        self, kind: str, iterations: Sequence[Iteration], condition: Node, scope: Scope, node: Node
    ) -> Term:
        decisive = kind == "some"
        result = FALSE if decisive else TRUE
        turns, absent = self.rounds(iterations, scope, node)
        for guard, inner in turns:
            test = self.truth(condition, inner)
            if guard:
                sql = f"(({guard}) AND {test.sql})" if decisive else f"(NOT ({guard}) OR {test.sql})"
                test = replace(test, sql=sql, value=UNKNOWN)
            result = self.logical("or" if decisive else "and", result, test)
        return self.choose([(absent, NONE)], result, node) if absent else result

    # -- functions

    def call(self, node: Call, scope: Scope) -> Term:
        if isinstance(node.function, Name) and node.function.name not in scope:
            return self.builtin(node.function.name, node, scope)
        function = self.term(node.function, scope)
        if not isinstance(function.kind, Routine):
            raise self.refusal(node, "what is called is not a function")
        return self.inlined(function.kind.function, node, scope)

    def inlined(self, function: Knowledge | FunctionOf, node: Call, scope: Scope) -> Term:
        if isinstance(function, Knowledge):
            names, body = tuple(name for name, _ in function.parameters), function.logic
        else:
            names, body = function.parameters, function.body
        given = dict(zip(node.names or names, node.arguments, strict=False))
        if sorted(given) != sorted(names) or len(node.arguments) != len(names):
            raise self.refusal(node, f"the function takes {', '.join(names)}")
        inner = dict(scope)
        for name in names:
            inner[name] = self.share(name, self.term(given[name], scope))
        return self.term(body, inner)

    def builtin(self, name: str, node: Call, scope: Scope) -> Term:
        arguments = self._ordered(name, node)
        terms = [self.term(argument, scope) for argument in arguments]
        if terms and all(term.known for term in terms):
            return self._evaluated(name, terms, node)
        compile_ = functions.TABLE.get(name)
        if compile_ is not None:
            return compile_(self, terms, node)
        return self._by_choice(name, terms, node)

    def _ordered(self, name: str, node: Call) -> Sequence[Node]:
        builtin = BUILTINS[name]
        if not builtin.accepts(len(node.arguments)):
            raise self.refusal(node, f"{name} does not take {len(node.arguments)} arguments")
        if builtin.variadic and node.names not in ((), ("list",)):
            raise self.refusal(node, f"{name} has no such arguments")
        if not node.names or builtin.variadic:
            return node.arguments
        order = builtin.ordered(node.names)
        if order is None:
            raise self.refusal(node, f"{name} has no such arguments")
        return [node.arguments[position] for position in order]

    def _evaluated(self, name: str, terms: Sequence[Term], node: Node) -> Term:
        try:
            value = constant(Call(Name(name), tuple(Literal(term.value) for term in terms)))
        except Undefined:
            return NONE
        return self.literal(value, node)

    def _by_choice(self, name: str, terms: Sequence[Term], node: Node) -> Term:
        """Any function of one text out of known choices and of constants: a look-up made now."""
        open_ = [position for position, term in enumerate(terms) if not term.known]
        if len(open_) != 1 or not isinstance(terms[open_[0]].kind, Choice):
            raise self.refusal(
                node, f"{name} has no columnar form for {', '.join(feel_name(term) for term in terms)}"
            )
        subject = terms[open_[0]]
        assert isinstance(subject.kind, Choice)
        results = [
            self._evaluated(name, [self.literal(value, node) if t is subject else t for t in terms], node)
            for value in subject.kind.values
        ]
        absent = self._evaluated(name, [NONE if t is subject else t for t in terms], node)
        found = self.looked_up(results, subject, node)
        if isinstance(absent.kind, Nothing) or not subject.nullable:
            return found
        return self.choose([(self.is_null(subject, node), absent)], found, node)

    def looked_up(self, terms: Sequence[Term], position: Term, node: Node) -> Term:
        """The known term at `position` (from 1); null where the position is null."""
        kind, sqls = self.unified(terms, node)
        if isinstance(kind, Nothing):
            return NONE
        nullable = position.nullable or any(term.nullable for term in terms)
        if len(set(sqls)) == 1 and not position.nullable:
            return Term(sqls[0], kind, nullable, position.depth)
        items = [sql.removesuffix("::BIGINT") for sql in sqls]
        return Term(dialect.look_up(items, position.sql, sql_type(kind)), kind, nullable, position.depth)


Operation = Callable[[Expressions, Term, Term, Node], Term]
_ARITHMETIC: dict[tuple[str, type[Kind], type[Kind]], Operation] = {
    ("+", Num, Num): Expressions.add,
    ("-", Num, Num): Expressions.subtract,
    ("*", Num, Num): Expressions.multiply,
    ("/", Num, Num): Expressions.divide,
    ("**", Num, Num): Expressions.power,
    ("+", Day, MonthCount): Expressions.move_day,
    ("+", Day, DayCount): Expressions.move_day,
    ("-", Day, MonthCount): Expressions.move_day_back,
    ("-", Day, DayCount): Expressions.move_day_back,
    ("+", MonthCount, Day): lambda self, left, right, node: self.move_day(right, left, node),
    ("+", DayCount, Day): lambda self, left, right, node: self.move_day(right, left, node),
    ("-", Day, Day): Expressions.days_between,
    ("+", MonthCount, MonthCount): lambda self, left, right, node: self.count_with("+")(left, right, node),
    ("-", MonthCount, MonthCount): lambda self, left, right, node: self.count_with("-")(left, right, node),
    ("+", DayCount, DayCount): lambda self, left, right, node: self.count_with("+")(left, right, node),
    ("-", DayCount, DayCount): lambda self, left, right, node: self.count_with("-")(left, right, node),
}
