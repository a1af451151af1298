"""What tree does a FEEL text stand for, given the names that are known where it stands?

A Pratt parser over the grammar of DMN 1.5, 10.3.1.2. Since a FEEL name may hold blanks and signs, reading a
name means taking the longest known name; a name nobody knows is a fault, with the nearest known ones named.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

from amends.rules.faults import FeelSyntaxError
from amends.rules.feel.lexer import Token, tokens, unquoted
from amends.rules.feel.nodes import (
    NULL,
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
from amends.rules.feel.temporal import at_literal

N = TypeVar("N", bound=Node)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
# Binding powers of the infix operators, loosest first.
_OR, _AND, _COMPARE, _SUM, _PRODUCT, _POWER = range(1, 7)
_POWERS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
_KEYWORDS = {"if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "between"}
_CONSTANTS = {"true": Literal(True), "false": Literal(False), "null": NULL}
_COMPONENTS = (
    "time offset",
    "start included",
    "end included",
)


class Names:
    """The names known at one place, found by their first word; `members` may follow a dot anywhere."""

    def __init__(self, known: Iterable[str], members: Iterable[str] = ()) -> None:
        self._frames: list[dict[str, list[tuple[tuple[str, ...], str]]]] = [{}]
        self._members: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in known:
            _add(self._frames[0], name)
        for name in (*members, *_COMPONENTS):
            _add(self._members, name)
        self._lenient = 0

    @property
    def lenient(self) -> bool:
        return self._lenient > 0

    def add(self, name: str) -> None:
        _add(self._frames[-1], name)

    @contextmanager
    def scope(self, *names: str) -> Iterator[None]:
        self._frames.append({})
        for name in names:
            self.add(name)
        try:
            yield
        finally:
            self._frames.pop()

    @contextmanager
    def of_items(self) -> Iterator[None]:
        """Inside a filter the members of the items are names, and only the values know them all."""
        self._lenient += 1
        try:
            with self.scope("item"):
                yield
        finally:
            self._lenient -= 1

    def longest(self, parts: list[Token], position: int) -> tuple[str, int] | None:
        """The longest known name that starts at `position`, and the position behind it."""
        frames = [*reversed(self._frames), *([self._members] if self.lenient else [])]
        candidates = [found for frame in frames if (found := _longest(frame, parts, position))]
        return max(candidates, key=lambda found: found[1], default=None)

    def longest_member(self, parts: list[Token], position: int) -> tuple[str, int] | None:
        return _longest(self._members, parts, position)

    def nearest(self, name: str) -> list[str]:
        known = [entry[1] for frame in self._frames for entries in frame.values() for entry in entries]
        return difflib.get_close_matches(name, known, n=2, cutoff=0.6)


def _add(frame: dict[str, list[tuple[tuple[str, ...], str]]], name: str) -> None:
    parts = tuple(token.text for token in tokens(name)[:-1])
    if parts:
        frame.setdefault(parts[0], []).append((parts, name))
        frame[parts[0]].sort(key=lambda entry: -len(entry[0]))


def _longest(
    frame: dict[str, list[tuple[tuple[str, ...], str]]], parts: list[Token], position: int
) -> tuple[str, int] | None:
    for words, name in frame.get(parts[position].text, ()):
        end = position + len(words)
        if end < len(parts) and all(parts[position + i].text == word for i, word in enumerate(words)):
            return name, end
    return None


def parse_expression(text: str, names: Names) -> Node:
    """The tree of one FEEL expression."""
    return _whole(_Parser(text, names), _Parser.expression)


def parse_unary_tests(text: str, names: Names) -> UnaryTests | Anything:
    """The tree of one cell of a table: a dash, tests separated by commas, or `not(…)` around them."""
    return _whole(_Parser(text, names), _Parser.unary_tests)


def _whole(parser: _Parser, rule: Callable[[_Parser], N]) -> N:
    """What `rule` reads, provided that nothing is left over."""
    try:
        node = rule(parser)
    except RecursionError:
        raise FeelSyntaxError("the expression is nested too deeply; split it into several decisions") from None
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self.text, self.names = text, names
        self.parts = tokens(text)
        self.position = 0
        self.filters_allowed = True

    # -- moving over the parts

    @property
    def part(self) -> Token:
        return self.parts[self.position]

    def take(self) -> Token:
        part = self.part
        self.position += 1
        return part

    def sees(self, *texts: str) -> bool:
        return self.part.kind in ("sign", "word") and self.part.text in texts

    def accept(self, text: str) -> bool:
        if self.sees(text):
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            found = f"`{self.part.text}`" if self.part.kind != "end" else "the end"
            raise FeelSyntaxError(f"`{text}` is expected where {found} stands", self.part.start)

    def expect_end(self) -> None:
        if self.part.kind != "end":
            raise self.unexpected()

    def unexpected(self) -> FeelSyntaxError:
        part = self.part
        if part.kind == "end":
            what = "the expression stops too early" if self.text.strip() else "the expression is empty"
            return FeelSyntaxError(what, part.start)
        if part.kind == "word" and part.text not in _KEYWORDS:
            return self.unknown_name(part)
        return FeelSyntaxError(f"`{part.text}` cannot stand here", part.start)

    def unknown_name(self, part: Token) -> FeelSyntaxError:
        nearest = self.names.nearest(part.text)
        hint = " Did you mean " + " or ".join(f"“{name}”" for name in nearest) + "?" if nearest else ""
        return FeelSyntaxError(f"“{part.text}” is not known here.{hint}", part.start)

    # -- expressions

    def expression(self, power: int = _OR) -> Node:
        left = self.prefix()
        while True:
            operator = self.part.text if self.part.kind in ("sign", "word") else ""
            if operator == "or" and power <= _OR:
                self.take()
                left = Logical("or", left, self.expression(_AND))
            elif operator == "and" and power <= _AND:
                self.take()
                left = Logical("and", left, self.expression(_COMPARE))
            elif power <= _COMPARE and operator in _COMPARISONS:
                self.take()
                left = Comparison(operator, left, self.expression(_SUM))  # type: ignore[arg-type]  # one of _COMPARISONS
            elif power <= _COMPARE and operator == "between":
                self.take()
                low = self.expression(_SUM)
                self.expect("and")
                left = Between(left, low, self.expression(_SUM))
            elif power <= _COMPARE and operator == "in":
                self.take()
                left = Matches(left, self.tests_after_in())
            elif power <= _COMPARE and operator == "instance":
                self.take()
                self.expect("of")
                left = InstanceOf(left, self.type_name())
            elif operator in _POWERS and power <= _POWERS[operator]:
                self.take()
                left = Arithmetic(operator, left, self.expression(_POWERS[operator] + 1))  # type: ignore[arg-type]  # a key of _POWERS
            else:
                return left

    def prefix(self) -> Node:
        if self.accept("-"):
            return Negation(self.prefix())
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            if self.sees(".") and self.parts[self.position + 1].kind in ("word", "sign"):
                self.take()
                node = Member(node, self.member_name())
            elif self.filters_allowed and self.sees("["):
                node = self.filter(node)
            elif self.sees("("):
                node = self.call(node)
            else:
                return node

    def member_name(self) -> str:
        found = self.names.longest_member(self.parts, self.position)
        if found:
            name, self.position = found
            return name
        if self.part.kind != "word":
            raise self.unexpected()
        return self.take().text

    def filter(self, node: Node) -> Node:
        self.expect("[")
        with self.names.of_items():
            condition = self.expression()
        self.expect("]")
        return Filter(node, condition)

    def call(self, function: Node) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        names: list[str] = []
        with self.filters():
            while not self.sees(")"):
                name = self.argument_name()
                if name:
                    names.append(name)
                arguments.append(self.expression())
                if not self.accept(","):
                    break
        self.expect(")")
        if names and len(names) != len(arguments):
            raise FeelSyntaxError("either every argument is named or none is", self.part.start)
        return Call(function, tuple(arguments), tuple(names))

    def argument_name(self) -> str:
        end = self.position
        while self.parts[end].kind in ("word", "sign") and self.parts[end].text not in (":", ",", "(", ")", "{", "["):
            end += 1
        if end == self.position or self.parts[end].text != ":":
            return ""
        name = " ".join(self.text[self.part.start : self.parts[end - 1].end].split())
        self.position = end + 1
        return name

    @contextmanager
    def filters(self, allowed: bool = True) -> Iterator[None]:
        before, self.filters_allowed = self.filters_allowed, allowed
        yield
        self.filters_allowed = before

    # -- what an expression can begin with

    def primary(self) -> Node:
        part = self.part
        if part.kind == "number":
            self.take()
            return Literal(Decimal(part.text))
        if part.kind == "string":
            self.take()
            return Literal(unquoted(part.text))
        if part.kind == "at":
            self.take()
            return self.at(part)
        if part.kind == "sign":
            return self.bracketed()
        if part.kind == "word":
            return self.word()
        raise self.unexpected()

    def at(self, part: Token) -> Node:
        value = at_literal(unquoted(part.text[1:]))
        if value is None:
            raise FeelSyntaxError(f"{part.text} is neither a date, a time nor a duration", part.start)
        return Literal(value)

    def bracketed(self) -> Node:
        if self.accept("?"):
            return SUBJECT
        if self.sees("{"):
            return self.context()
        if self.sees("<", "<=", ">", ">=", "="):
            return self.open_range()
        if self.sees("[", "(", "]"):
            return self.list_range_or_group()
        raise self.unexpected()

    def open_range(self) -> Node:
        """`(< 5)` as a value is the range without a low end, `(= 5)` the range of 5 alone."""
        operator = self.take().text
        endpoint = self.expression(_SUM)
        if operator == "=":
            return RangeOf(endpoint, endpoint, True, True)
        if operator in ("<", "<="):
            return RangeOf(None, endpoint, False, operator == "<=")
        return RangeOf(endpoint, None, operator == ">=", False)

    def list_range_or_group(self) -> Node:
        start = self.take()
        if start.text == "[" and self.accept("]"):
            return ListOf(())
        with self.filters():
            first = self.expression()
        if self.accept(".."):
            return self.range_end(first, closed=start.text == "[")
        if start.text == "(":
            self.expect(")")
            return first
        if start.text == "]":
            raise FeelSyntaxError("a range is written ]low..high[", start.start)
        items = [first]
        with self.filters():
            while self.accept(","):
                items.append(self.expression())
        self.expect("]")
        return ListOf(tuple(items))

    def range_end(self, low: Node, *, closed: bool) -> Node:
        with self.filters(False):
            high = self.expression(_SUM)
        end = self.take().text
        if end not in ("]", ")", "["):
            raise FeelSyntaxError("a range ends with `]`, `)` or `[`", self.part.start)
        return RangeOf(low, high, closed, end == "]")

    def context(self) -> Node:
        self.expect("{")
        entries: list[tuple[str, Node]] = []
        with self.names.scope(), self.filters():
            while not self.sees("}"):
                key = self.context_key()
                self.expect(":")
                entries.append((key, self.expression()))
                self.names.add(key)
                if not self.accept(","):
                    break
        self.expect("}")
        return ContextOf(tuple(entries))

    def context_key(self) -> str:
        if self.part.kind == "string":
            return unquoted(self.take().text)
        start = self.part
        while not self.sees(":") and self.part.kind != "end":
            self.take()
        return " ".join(self.text[start.start : self.parts[self.position - 1].end].split())

    def word(self) -> Node:
        known = self.names.longest(self.parts, self.position)
        text = self.part.text
        if text in _KEYWORDS | {"function"} and (known is None or known[1] == self.position + 1):
            return self.keyword()
        if text in _CONSTANTS and (known is None or known[1] == self.position + 1):
            self.take()
            return _CONSTANTS[text]
        if known:
            name, self.position = known
            return Name(name)
        if self.names.lenient:
            return Name(self.take().text)
        raise self.unknown_name(self.part)

    def keyword(self) -> Node:
        if self.accept("if"):
            condition = self.expression()
            self.expect("then")
            then = self.expression()
            self.expect("else")
            return If(condition, then, self.expression())
        if self.accept("for"):
            with self.names.scope("partial"):
                iterations = self.iterations()
                self.expect("return")
                return For(iterations, self.expression())
        if self.sees("some", "every"):
            kind = self.take().text
            with self.names.scope():
                iterations = self.iterations()
                self.expect("satisfies")
                return Quantified(kind, iterations, self.expression())  # type: ignore[arg-type]  # "some" or "every"
        if self.accept("function"):
            return self.function()
        raise self.unexpected()

    def iterations(self) -> tuple[Iteration, ...]:
        found: list[Iteration] = []
        while True:
            name = self.variable_before("in")
            source = self.expression(_SUM)
            end = self.expression(_SUM) if self.accept("..") else None
            found.append(Iteration(name, source, end))
            self.names.add(name)
            if not self.accept(","):
                return tuple(found)

    def variable_before(self, word: str) -> str:
        start = self.part
        while not self.sees(word) and self.part.kind != "end":
            self.take()
        name = " ".join(self.text[start.start : self.parts[self.position - 1].end].split())
        self.expect(word)
        return name

    def function(self) -> Node:
        self.expect("(")
        parameters: list[str] = []
        while not self.sees(")"):
            start = self.part
            while not self.sees(":", ",", ")") and self.part.kind != "end":
                self.take()
            parameters.append(" ".join(self.text[start.start : self.parts[self.position - 1].end].split()))
            if self.accept(":"):
                self.type_name()
            if not self.accept(","):
                break
        self.expect(")")
        with self.names.scope(*parameters):
            return FunctionOf(tuple(parameters), self.expression())

    def type_name(self) -> str:
        start, end = self.part, self.part
        depth = 0
        words = {"and", "or", "then", "else"}
        while self.part.kind != "end":
            ends_here = self.part.text in words and self.part.text != "and"
            if depth == 0 and (ends_here or self.sees(")", ",", "]", "}", "=", "!=", "..")):
                break
            if self.sees("and") and self.parts[self.position + 1].text not in ("time", "months"):
                break
            depth += self.sees("<", "(") - self.sees(">", ")")
            end = self.take()
        return " ".join(self.text[start.start : end.end].split())

    # -- unary tests

    def unary_tests(self) -> UnaryTests | Anything:
        if self.sees("-") and self.parts[self.position + 1].kind == "end":
            self.take()
            return Anything()
        if self.sees("not"):
            negated = self.negated_tests()
            if negated:
                return negated
        return UnaryTests(self.test_list())

    def negated_tests(self) -> UnaryTests | None:
        """`not(…)` around the whole cell; None where it is only the start of a longer expression."""
        start = self.position
        self.take()
        if self.accept("("):
            with self.filters():
                tests = self.test_list()
            if self.accept(")") and self.part.kind == "end":
                return UnaryTests(tests, negated=True)
        self.position = start
        return None

    def test_list(self) -> tuple[Node, ...]:
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        return tuple(tests)

    def test(self) -> Node:
        if self.sees(*_COMPARISONS):
            operator = self.take().text
            return Comparison(operator, SUBJECT, self.expression(_SUM))  # type: ignore[arg-type]  # one of _COMPARISONS
        return as_test(self.expression())

    def tests_after_in(self) -> UnaryTests:
        if self.sees("("):
            start = self.position
            self.take()
            with self.filters():
                tests = self.test_list()
            if self.accept(")"):
                return UnaryTests(tests)
            self.position = start  # it was a range such as (1..5]
        if self.sees(*_COMPARISONS):
            return UnaryTests((self.test(),))
        return UnaryTests((as_test(self.expression(_SUM)),))


def as_test(node: Node) -> Node:
    """A plain expression as a test of `?`: itself where it speaks of `?` or is a condition by its form."""
    if isinstance(node, Comparison | Logical | Between | Matches | Quantified | InstanceOf):
        return node
    if any(part == SUBJECT for part in walk(node)):
        return node
    if isinstance(node, Literal):
        return Comparison("=", SUBJECT, node)
    return Is(node)
