"""What does a decision table become? Bit masks, one look-up per column.

Each column turns its value into a mask of the rules whose test holds there; the masks are AND-ed, and what
is left are the matching rules. The lowest bit is the first of them. A look-up in a constant list yields the
output. The mask and the rule's number are columns: they are the trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from amends.rules.cells import Column, Domain, Listed, Ordered, Part, cut
from amends.rules.feel.nodes import NULL, Anything, UnaryTests
from amends.rules.model import DecisionTable
from amends.rules.overlaps import overlapping
from amends.rules.sql import dialect
from amends.rules.sql.expressions import Expressions, Scope
from amends.rules.sql.terms import (
    NONE,
    Choice,
    Day,
    DayCount,
    Fields,
    Kind,
    Many,
    MonthCount,
    Nothing,
    Num,
    Term,
    Truth,
    Words,
)
from amends.rules.sql.writing import combined, depth_of

WORD = 62  # rules per mask: lowest_bit() works on positive 64-bit integers
LINEAR = 6  # parts of a column up to which a plain CASE is as fast as a tree of them
FULL_LIST = 8  # rules up to which every sum of outputs is listed


@dataclass(frozen=True, slots=True)
class Decided:
    """A table's value, and the column that says which rules fired: a number for single-hit tables, a mask
    otherwise."""

    value: Term
    rules: Term


class Tables:
    """Writes one decision table."""

    def __init__(self, expressions: Expressions, table: DecisionTable, scope: Scope, name: str) -> None:
        self.expressions, self.table, self.scope, self.name = expressions, table, scope, name
        self.layers = expressions.layers

    def decided(self) -> Decided:
        table = self.table
        subjects = [
            self.expressions.share(column.label, self.expressions.term(column.node, self.scope))
            for column in table.inputs
        ]
        columns = [self.column(n, subject) for n, subject in enumerate(subjects)]
        if table.single_hit:
            return self.single(subjects, columns)
        return self.several(self.words(subjects, columns))

    # -- masks

    def column(self, n: int, subject: Term) -> Column:
        tests = [rule.tests[n].node for rule in self.table.rules]
        domain = _domain(subject)
        if domain is None:
            open_ = tuple(number for number, test in enumerate(tests, 1) if not isinstance(test, Anything))
            whole = (1 << len(tests)) - 1
            return Column((Part(None, whole),), Part(None, whole), open_)
        return cut(tests, domain)

    def words(self, subjects: Sequence[Term], columns: Sequence[Column]) -> list[Term]:
        """The masks of matching rules, WORD rules in each."""
        count = len(self.table.rules)
        return [
            self.word(start, min(WORD, count - start), subjects, columns) for start in range(0, max(count, 1), WORD)
        ]

    def word(self, start: int, count: int, subjects: Sequence[Term], columns: Sequence[Column]) -> Term:
        whole = (1 << count) - 1
        kind = Num(0, 0, whole)
        masks: list[Term] = []
        for n, (subject, column) in enumerate(zip(subjects, columns, strict=True)):
            parts = [_window(part, start, whole) for part in column.parts]
            null = _window(column.null, start, whole)
            if any(part.mask != whole for part in (*parts, null)):
                masks.append(self.closed_mask(subject, parts, null, kind))
            masks += self.open_masks(n, subject, column, start, count)
        if not masks:
            return self.expressions.whole(whole)
        sql = " & ".join(mask.sql for mask in masks)
        suffix = f" {start // WORD + 1}" if start else ""
        mask = combined(sql, kind, masks, nullable=False)
        return (
            self.layers.column(f"{self.name}: rows{suffix}", mask) if len(masks) > 1 or not masks[0].known else mask
        )

    def closed_mask(self, subject: Term, parts: list[Part], null: Part, kind: Num) -> Term:
        if isinstance(subject.kind, Nothing):
            return self.expressions.whole(null.mask)
        sql = by_part(subject, parts, [str(part.mask) for part in parts], str(null.mask), "BIGINT")
        return combined(sql, kind, (subject,), nullable=False)

    def open_masks(self, n: int, subject: Term, column: Column, start: int, count: int) -> list[Term]:
        """Tests that look beyond the column: one condition per distinct test, of all rules that have it."""
        by_test: dict[UnaryTests, int] = {}
        for number in column.open:
            test = self.table.rules[number - 1].tests[n].node
            if start < number <= start + count and isinstance(test, UnaryTests):
                by_test[test] = by_test.get(test, 0) | 1 << (number - 1 - start)
        whole = (1 << count) - 1
        masks = []
        for test, bits in by_test.items():
            held = self.expressions.test(test, {**self.scope, "?": subject})
            sql = f"CASE WHEN {held.sql} THEN {whole}::BIGINT ELSE {whole & ~bits}::BIGINT END"
            masks.append(combined(sql, Num(0, 0, whole), (held,), nullable=False))
        return masks

    # -- one rule fires

    def single(self, subjects: Sequence[Term], columns: Sequence[Column]) -> Decided:
        number = self.by_one_column(subjects, columns) or self.by_masks(subjects, columns)
        rule = number if number.known else self.layers.column(f"{self.name}: row", number)
        return Decided(self.outputs(rule), rule)

    def by_one_column(self, subjects: Sequence[Term], columns: Sequence[Column]) -> Term | None:
        """Where one column alone decides, its parts name the rule at once and no mask is needed."""
        whole = (1 << len(self.table.rules)) - 1
        telling = [n for n, c in enumerate(columns) if any(part.mask != whole for part in (*c.parts, c.null))]
        if len(telling) != 1 or any(column.open for column in columns):
            return None
        subject, column = subjects[telling[0]], columns[telling[0]]
        if subject.known or isinstance(subject.kind, Nothing):
            return None
        order, groups = self.order(), self.groups()
        numbers = [self.rule_of(part.mask, order, groups) for part in column.parts]
        null = self.rule_of(column.null.mask, order, groups)
        sql = by_part(subject, list(column.parts), [_or_null(n) for n in numbers], _or_null(null), "SMALLINT")
        conflict = None in numbers or null is None
        return combined(sql, Num(0, 0, len(self.table.rules)), (subject,), nullable=conflict)

    def rule_of(self, mask: int, order: Sequence[int], groups: Sequence[int]) -> int | None:
        """The rule that counts among those in the mask: 0 for none, None where they contradict each other."""
        found = [position for position in order if mask >> position & 1]
        if self.table.hit_policy in ("UNIQUE", "ANY") and len({groups[position] for position in found}) > 1:
            return None
        return found[0] + 1 if found else 0

    def by_masks(self, subjects: Sequence[Term], columns: Sequence[Column]) -> Term:
        order = self.order()
        if order == list(range(len(self.table.rules))):
            words = self.words(subjects, columns)
            number = self.lowest(words)
            exclusive = self.table.hit_policy in ("UNIQUE", "ANY")
            return self.without_conflict(words, number) if exclusive and self.conflicts(columns) else number
        ranked = self.reordered(order)
        number = ranked.lowest(ranked.words(subjects, [_permuted(column, order) for column in columns]))
        placed = dialect.look_up([str(position + 1) for position in order], number.sql, "SMALLINT")
        return combined(f"coalesce({placed}, 0::SMALLINT)", number.kind, (number,))

    def reordered(self, order: Sequence[int]) -> Tables:
        """The same table, its rules as they take precedence."""
        table = replace(self.table, rules=tuple(self.table.rules[position] for position in order))
        return Tables(self.expressions, table, self.scope, self.name)

    def order(self) -> list[int]:
        """Positions of the rules as they take precedence."""
        positions = list(range(len(self.table.rules)))
        if self.table.hit_policy not in ("PRIORITY", "OUTPUT ORDER"):
            return positions
        ranks = [[cell.node for cell in column.values] for column in self.table.outputs]

        def rank(position: int) -> list[int]:
            cells = self.table.rules[position].outputs
            for cell, column in zip(cells, ranks, strict=True):
                if column and not self.expressions.term(cell.node, self.scope).known:
                    raise self.expressions.refusal(cell.node, "priority is known only between constant results")
            return [
                column.index(cell.node) if cell.node in column else len(column)
                for cell, column in zip(cells, ranks, strict=True)
            ]

        return sorted(positions, key=rank)

    def lowest(self, words: Sequence[Term]) -> Term:
        count = len(self.table.rules)
        kind = Num(0, 0, count)
        if len(words) == 1:
            if words[0].known:
                bits = int(words[0].value)
                return self.expressions.whole((bits & -bits).bit_length())
            return combined(dialect.lowest_bit(words[0].sql), kind, words, nullable=False)
        arms = " ".join(
            f"WHEN {word.sql} <> 0 THEN {n * WORD} + {dialect.lowest_bit(word.sql)}" for n, word in enumerate(words)
        )
        return combined(f"(CASE {arms} ELSE 0 END)::SMALLINT", kind, words, nullable=False)

    def conflicts(self, columns: Sequence[Column]) -> bool:
        """Whether two rules may apply together and disagree; proven, not observed."""
        groups = self.groups()
        return any(groups[i - 1] != groups[j - 1] for i, j in overlapping(columns, len(self.table.rules)))

    def groups(self) -> list[int]:
        """Rules that agree share a number: under ANY those with the same results, under UNIQUE none."""
        if self.table.hit_policy == "UNIQUE":
            return list(range(len(self.table.rules)))
        seen: dict[object, int] = {}
        return [seen.setdefault(tuple(c.node for c in rule.outputs), len(seen)) for rule in self.table.rules]

    def without_conflict(self, words: Sequence[Term], number: Term) -> Term:
        """Null instead of a rule where rules that disagree apply together."""
        number = self.layers.column(f"{self.name}: first row", number)
        if self.table.hit_policy == "UNIQUE":
            tests = [dialect.several_bits(word.sql) for word in words]
            tests += [f"({a.sql} <> 0 AND {b.sql} <> 0)" for n, a in enumerate(words) for b in words[n + 1 :]]
        else:
            tests = self.disagreements(words, number)
        sql = f"CASE WHEN {' OR '.join(tests)} THEN NULL ELSE {number.sql} END"
        return combined(sql, number.kind, (*words, number), nullable=True)

    def disagreements(self, words: Sequence[Term], number: Term) -> list[str]:
        for rule in self.table.rules:
            for cell in rule.outputs:
                if not self.expressions.term(cell.node, self.scope).known:
                    raise self.expressions.refusal(
                        cell.node, "rules overlap under ANY and their results are not constant"
                    )
        groups = self.groups()
        tests = []
        for n, word in enumerate(words):
            rules = range(n * WORD, min((n + 1) * WORD, len(groups)))
            others = [
                str(sum(1 << (r - n * WORD) for r in rules if groups[r] != groups[own])) for own in range(len(groups))
            ]
            tests.append(f"({word.sql} & {dialect.look_up(others, number.sql, 'BIGINT')}) <> 0")
        return tests

    def outputs(self, rule: Term) -> Term:
        table = self.table
        terms = [
            self.output(
                rule, [r.outputs[n].node for r in table.rules], column.default.node if column.default else None
            )
            for n, column in enumerate(table.outputs)
        ]
        if len(terms) == 1:
            return terms[0]
        with_default = any(column.default for column in table.outputs)
        absent = f"{rule.sql} IS NULL" if with_default else f"coalesce({rule.sql}, 0) = 0"
        named = [
            (column.name, self.layers.column(f"{self.name}: {column.name}", term) if _has_column(term) else term)
            for column, term in zip(table.outputs, terms, strict=True)
        ]
        depth = max(depth_of(term) for _, term in named)
        return Term("", Fields(tuple(named), absent), True, max(depth, rule.depth))

    def output(self, rule: Term, nodes: Sequence[object], default: object | None) -> Term:
        """The output of the rule that fired: constants by look-up, expressions by CASE."""
        write = self.expressions
        terms = [write.term(node, self.scope) for node in nodes]  # type: ignore[arg-type]  # nodes of cells
        fallback = NONE if default is None else write.term(default, self.scope)  # type: ignore[arg-type]  # the same
        constant = [term if term.known else NONE for term in terms]
        open_: dict[int, list[int]] = {}
        for number, term in enumerate(terms, 1):
            if not term.known:
                same = next((k for k in open_ if terms[k - 1] == term), number)
                open_.setdefault(same, []).append(number)
        position = rule
        if fallback.known and default is not None:
            constant = [fallback, *constant]
            position = combined(f"{rule.sql} + 1", rule.kind, (rule,))
        # Number 0 lies before the list, so a look-up may be null although the number is not.
        otherwise = write.looked_up(constant, replace(position, nullable=position.nullable or default is None), NULL)
        cases = [(self.one_of(rule, numbers), terms[first - 1]) for first, numbers in open_.items()]
        if not fallback.known:
            cases.append((self.one_of(rule, [0]), fallback))
        return write.choose(cases, otherwise, NULL)

    def one_of(self, rule: Term, numbers: list[int]) -> Term:
        if len(numbers) <= LINEAR:
            return combined(f"({' OR '.join(f'{rule.sql} = {n}' for n in numbers)})", Truth(), (rule,))
        flags = ["TRUE" if n in numbers else "FALSE" for n in range(1, max(numbers) + 1)]
        return combined(dialect.look_up(flags, rule.sql, "BOOLEAN"), Truth(), (rule,))

    # -- several rules fire

    def several(self, words: list[Term]) -> Decided:
        if len(words) > 1:
            raise self.expressions.refusal(self.table, f"a table with more than {WORD} rules that may fire together")
        table, mask = self.table, words[0]
        column = table.outputs[0]
        if table.aggregation is None:
            return Decided(self.listed(mask), mask)
        nodes = [rule.outputs[0].node for rule in table.rules]
        terms = [self.expressions.term(node, self.scope) for node in nodes]
        default = self.expressions.term(column.default.node, self.scope) if column.default else NONE
        if table.aggregation == "COUNT":
            count = combined(f"bit_count({mask.sql})::BIGINT", Num(0, 0, len(terms)), (mask,), nullable=False)
            if not column.default:
                return Decided(count, mask)
            value = count
        elif table.aggregation == "SUM":
            value = self.total(mask, terms)
        else:
            value = self.extreme(mask, terms, "least" if table.aggregation == "MIN" else "greatest")
        if any(self.always(rule.number) for rule in table.rules):
            return Decided(value, mask)
        none = combined(f"({mask.sql} = 0)", Truth(), (mask,), nullable=False)
        return Decided(self.expressions.choose([(none, default)], value, self.table), mask)

    def bit(self, mask: Term, number: int) -> Term:
        return combined(f"(({mask.sql} & {1 << (number - 1)}) <> 0)", Truth(), (mask,), nullable=False)

    def total(self, mask: Term, terms: Sequence[Term]) -> Term:
        write, table = self.expressions, self.table
        if not all(isinstance(term.kind, Num) for term in terms):
            raise write.refusal(table, "only numbers are summed")
        if len(terms) <= FULL_LIST and all(term.known for term in terms):
            sums = [
                write.literal(sum(t.value for n, t in enumerate(terms) if bits >> n & 1), table)
                if bits
                else write.whole(0)
                for bits in range(1 << len(terms))
            ]
            position = combined(f"{mask.sql} + 1", mask.kind, (mask,), nullable=False)
            return write.looked_up(sums, position, table)
        zero = write.whole(0, max(term.kind.scale for term in terms if isinstance(term.kind, Num)))
        parts = [
            term if self.always(number) else write.choose([(self.bit(mask, number), term)], zero, table)
            for number, term in enumerate(terms, 1)
            if not (term.known and not term.value)
        ]
        return reduce(lambda left, right: write.add(left, right, table), parts, write.whole(0))

    def always(self, number: int) -> bool:
        return all(isinstance(test.node, Anything) for test in self.table.rules[number - 1].tests)

    def extreme(self, mask: Term, terms: Sequence[Term], function: str) -> Term:
        write = self.expressions
        if any(term.nullable for term in terms) or not all(isinstance(term.kind, Num | Day) for term in terms):
            raise write.refusal(self.table, "the smallest or largest of results that may be null")
        kind, sqls = write.unified(terms, self.table)
        parts = [f"CASE WHEN {self.bit(mask, number).sql} THEN {sql} END" for number, sql in enumerate(sqls, 1)]
        return combined(f"{function}({', '.join(parts)})", kind, (mask, *terms), nullable=True)

    def listed(self, mask: Term) -> Term:
        """A list of the fired rules' outputs; null where none fired and no default is stated."""
        table = self.table
        if len(table.outputs) > 1 or table.outputs[0].default:
            raise self.expressions.refusal(table, "a list of several outputs, or with a default")
        items = []
        for position in self.order():
            term = self.expressions.term(table.rules[position].outputs[0].node, self.scope)
            items.append((self.bit(mask, position + 1).sql, term))
        depth = max([mask.depth, *(term.depth for _, term in items)])
        return Term("", Many(tuple(items), f"({mask.sql} = 0)"), True, depth)


def by_part(subject: Term, parts: Sequence[Part], values: Sequence[str], null: str, type_: str) -> str:
    """The constant that belongs to the part in which the subject lies; `null` where it is null."""
    typed, absent = [f"{value}::{type_}" for value in values], f"{null}::{type_}"
    if not subject.nullable:
        absent = typed[-1]
    if len({*typed, absent}) == 1:
        return absent
    match subject.kind:
        case Choice() if len(set(values)) > 1:
            chosen = dialect.look_up(values, subject.sql, type_)
            if not subject.nullable or null == "NULL":
                return chosen
            if "NULL" in values:  # a contradiction there must not be taken for a fact that is not given
                return f"CASE WHEN {subject.sql} IS NULL THEN {absent} ELSE {chosen} END"
            return f"coalesce({chosen}, {absent})"
        case Truth() if absent == typed[0]:
            return f"CASE WHEN NOT {subject.sql} THEN {typed[1]} ELSE {absent} END"
        case Truth() if absent == typed[1]:
            return f"CASE WHEN {subject.sql} THEN {typed[0]} ELSE {absent} END"
        case Truth():
            return f"CASE WHEN {subject.sql} THEN {typed[0]} WHEN NOT {subject.sql} THEN {typed[1]} ELSE {absent} END"
        case Words() if len(set(values)) > 1:
            arms = list(zip(parts, typed, strict=True))
            named = " ".join(
                f"WHEN {dialect.text(part.sample)} THEN {value}" for part, value in arms if not part.other
            )
            other = next(value for part, value in arms if part.other)
            chosen = f"CASE {subject.sql} {named} ELSE {other} END"
            return chosen if absent == other else f"CASE WHEN {subject.sql} IS NULL THEN {absent} ELSE {chosen} END"
        case Choice() | Words():
            return f"CASE WHEN {subject.sql} IS NULL THEN {absent} ELSE {typed[0]} END"
    return _bands(subject, parts, typed, absent)


def _bands(subject: Term, parts: Sequence[Part], values: Sequence[str], null: str) -> str:
    """Parts of an ordered column as CASE, as a tree of them where they are many. Null compares as neither, so it
    needs an arm of its own only where neither end of the column has its value."""
    if len(parts) > LINEAR:
        middle = len(parts) // 2
        below = _bands(subject, parts[:middle], values[:middle], values[middle - 1])
        above = _bands(subject, parts[middle:], values[middle:], values[-1])
        x, start = subject.sql, _step(subject, parts[middle])
        return f"CASE WHEN {x} < {start} THEN {below} WHEN {x} >= {start} THEN {above} ELSE {null} END"
    if null == values[0]:  # from above: what is not reached is the lowest part, or null
        pairs = list(zip(parts[1:], values[1:], strict=True))[::-1]
        arms = " ".join(f"WHEN {subject.sql} >= {_step(subject, part)} THEN {value}" for part, value in pairs)
    else:
        pairs = list(zip(parts[1:], values[:-1], strict=True))
        arms = " ".join(f"WHEN {subject.sql} < {_step(subject, after)} THEN {value}" for after, value in pairs)
        if null != values[-1]:
            arms += f" WHEN {subject.sql} IS NOT NULL THEN {values[-1]}"
    return f"CASE {arms} ELSE {null} END" if arms else null


def _step(subject: Term, part: Part) -> str:
    """The lowest value of a part, as SQL."""
    assert part.low is not None
    return dialect.day(part.sample) if isinstance(subject.kind, Day) else str(part.low)


def _or_null(number: int | None) -> str:
    return "NULL" if number is None else str(number)


def _domain(subject: Term) -> Domain | None:
    match subject.kind:
        case Choice(values):
            return Listed(values)
        case Truth():
            return Listed((True, False))
        case Words():
            return Listed((), others=True)
        case Num(scale, low, high):
            return Ordered("number", scale, low, high)
        case Day(low, high):
            return Ordered("date", 0, low.toordinal(), high.toordinal())
        case MonthCount(low, high):
            return Ordered("months", 0, low, high)
        case DayCount(low, high):
            return Ordered("days", 0, low, high)
        case Nothing():
            return Listed(())
    return None


def _window(part: Part, start: int, whole: int) -> Part:
    return replace(part, mask=part.mask >> start & whole)


def _permuted(column: Column, order: Sequence[int]) -> Column:
    def moved(part: Part) -> Part:
        return replace(part, mask=sum((part.mask >> old & 1) << new for new, old in enumerate(order)))

    open_ = tuple(new + 1 for new, old in enumerate(order) if old + 1 in column.open)
    return Column(tuple(moved(part) for part in column.parts), moved(column.null), open_)


def _has_column(term: Term) -> bool:
    kinds: tuple[type[Kind], ...] = (Num, Choice, Words, Truth, Day, MonthCount, DayCount)
    return isinstance(term.kind, kinds) and not term.known
