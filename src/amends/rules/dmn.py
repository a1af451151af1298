"""What does a DMN file say? XML of DMN 1.3 to 1.5 (and 1.1, 1.2, whose elements are the same) to a Model.

Faults are collected, not thrown one by one: an author sees all of them at once, each with its table, row
and column. Entities and network access are off: a programme's file comes from strangers.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from amends.rules.faults import Fault, FeelSyntaxError, ModelInvalid
from amends.rules.feel.builtins import BUILTINS
from amends.rules.feel.nodes import (
    NULL,
    SUBJECT,
    Anything,
    Call,
    Comparison,
    ContextOf,
    Filter,
    For,
    FunctionOf,
    If,
    Is,
    Iteration,
    ListOf,
    Literal,
    Node,
    Quantified,
    RangeOf,
    UnaryTests,
)
from amends.rules.feel.parser import Names, parse_expression, parse_unary_tests
from amends.rules.fold import folded
from amends.rules.model import (
    Aggregation,
    Cell,
    Decision,
    DecisionTable,
    HitPolicy,
    InputColumn,
    Knowledge,
    Model,
    OutputColumn,
    Rule,
    Test,
)
from amends.rules.types import ANY, BASIC, ContextType, Date, ListType, Number, Text, Type

NAMESPACES = {
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
}
_HIT_POLICIES: tuple[HitPolicy, ...] = (
    "UNIQUE",
    "ANY",
    "FIRST",
    "PRIORITY",
    "RULE ORDER",
    "OUTPUT ORDER",
    "COLLECT",
)
_CLOCK = {"now", "today"}
_DECLARATION = re.compile(r"^[\ufeff\s]*<\?xml[^>]*\?>")
_PARTS = ("year", "month", "day", "weekday", "hour", "minute", "second", "years", "months", "days", "hours")


def load(source: str | bytes | Path, name: str = "") -> Model:
    """The model in a DMN file: its path, or its text. `name` stands for the file in messages.

    Raises ModelInvalid with every fault found. What is returned has been read completely: each expression
    parsed, each name known, decisions in an order in which they can be made.
    """
    model, faults = read(source, name)
    if faults:
        raise ModelInvalid(faults)
    return model


def read(source: str | bytes | Path, name: str = "") -> tuple[Model, tuple[Fault, ...]]:
    """The model as far as it can be read, null standing for what cannot, and every fault. For those who look
    into faulty models; who decides by a model loads it. Raises ModelInvalid only where there is no model at all."""
    content, name = _content(source, name)
    root = _parse(content, name)
    reader = _Reader(root, name or root.get("name", ""))
    model = reader.model(hashlib.sha256(content).hexdigest())
    return model, tuple(reader.faults)


def _content(source: str | bytes | Path, name: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        # A text has been decoded already: what its declaration says of the encoding no longer holds.
        return _DECLARATION.sub("", source).encode(), name
    path = Path(source)
    try:
        return path.read_bytes(), name or path.name
    except OSError as error:
        raise ModelInvalid([Fault(name or path.name, "", f"the file cannot be read: {error.strerror}")]) from None


def _parse(content: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ModelInvalid([Fault(name, "", f"the file is not well-formed XML: {error.msg}")]) from None
    tag = etree.QName(root)
    if tag.localname != "definitions" or tag.namespace not in NAMESPACES:
        raise ModelInvalid(
            [Fault(name, "", "the file is not a DMN model: it does not begin with DMN's <definitions>")]
        )
    return root


class _Reader:
    """Reads one document, collecting faults. An element that cannot be read becomes null and goes on."""

    def __init__(self, root: etree._Element, where: str) -> None:
        self.root, self.where = root, where
        self.faults: list[Fault] = []
        self.elements = {element.get("id"): element for element in root if element.get("id")}
        self.members = sorted(_member_names(root))
        self.types: dict[str, Type] = {}
        self.item_definitions = {element.get("name", ""): element for element in _children(root, "itemDefinition")}

    # -- the whole

    def model(self, sha256: str) -> Model:
        inputs = {_name(e): self.type_of(_child(e, "variable")) for e in _children(self.root, "inputData")}
        knowledge = tuple(self.knowledge(e) for e in _children(self.root, "businessKnowledgeModel"))
        decisions = [self.decision(e) for e in _children(self.root, "decision")]
        self.check_names()
        return Model(
            name=self.root.get("name", self.where),
            sha256=sha256,
            inputs=inputs,
            decisions=self.in_order(decisions),
            functions=knowledge,
        )

    def check_names(self) -> None:
        if not any(True for _ in _children(self.root, "decision")):
            self.fault("", "the model makes no decision")
        seen: set[str] = set()
        for element in self.root:
            if _tag(element) in ("inputData", "decision", "businessKnowledgeModel"):
                if _name(element) in seen:
                    self.fault(
                        _name(element), "the name is used twice; every input, decision and function needs its own"
                    )
                seen.add(_name(element))

    def in_order(self, decisions: list[Decision]) -> tuple[Decision, ...]:
        """Each decision behind those it requires, otherwise as in the file."""
        waiting = {decision.name: decision for decision in decisions}
        ordered: list[Decision] = []
        while waiting:
            ready = [d for d in waiting.values() if not any(name in waiting for name in d.requires)]
            if not ready:
                self.fault(min(waiting), f"decisions require one another in a circle: {', '.join(sorted(waiting))}")
                return ()
            ordered += ready
            for decision in ready:
                del waiting[decision.name]
        return tuple(ordered)

    def fault(self, table: str, message: str, row: int | None = None, column: str | None = None) -> None:
        self.faults.append(Fault(self.where, table, message, row, column))

    # -- types

    def type_of(self, element: etree._Element | None) -> Type:
        if element is None:
            return ANY
        reference = element.get("typeRef") or _text(_child(element, "typeRef"))
        return self.type_named(reference) if reference else ANY

    def type_named(self, reference: str) -> Type:
        plain = reference if reference in self.item_definitions else reference.rpartition(":")[2]
        if plain in BASIC and plain not in self.item_definitions:
            return BASIC[plain]
        if plain.startswith("{") and "}" in plain:
            return self.type_named(plain.partition("}")[2])
        if plain not in self.item_definitions:
            self.fault("", f"the type “{plain}” is not defined{_nearest(plain, [*self.item_definitions, *BASIC])}")
            return ANY
        if plain not in self.types:
            self.types[plain] = ANY  # a type that contains itself reads as anything
            self.types[plain] = self.item_type(self.item_definitions[plain])
        return self.types[plain]

    def item_type(self, element: etree._Element) -> Type:
        fields = {_name(part): self.item_type(part) for part in _children(element, "itemComponent")}
        found: Type = ContextType(fields) if fields else self.type_of(element)
        for tag in ("allowedValues", "typeConstraint"):
            constraint = _child(element, tag)
            if constraint is not None:
                found = self.constrained(found, _text(_child(constraint, "text")), element.get("name", ""))
        return ListType(found) if element.get("isCollection") == "true" else found

    def constrained(self, base: Type, text: str, name: str) -> Type:
        tests = self.tests(text, Names(BUILTINS), f"type {name}", None, None)
        return base if isinstance(tests, Anything) else _narrowed(base, tests)

    # -- requirements

    def required(self, element: etree._Element) -> tuple[str, ...]:
        found: list[str] = []
        for kind, reference in (
            ("informationRequirement", "requiredInput"),
            ("informationRequirement", "requiredDecision"),
            ("knowledgeRequirement", "requiredKnowledge"),
        ):
            for requirement in _children(element, kind):
                target = _child(requirement, reference)
                if target is not None:
                    found += self.required_name(element, target.get("href", ""))
        return tuple(found)

    def required_name(self, element: etree._Element, href: str) -> list[str]:
        target = self.elements.get(href.rpartition("#")[2])
        if target is None:
            self.fault(_name(element), f"it requires “{href}”, which is not in the model")
            return []
        return [_name(target)]

    # -- decisions and functions

    def decision(self, element: etree._Element) -> Decision:
        name, requires = _name(element), self.required(element)
        logic_element = _logic(element)
        if logic_element is None:
            self.fault(name, "the decision has no logic: no table and no expression")
            return Decision(name, ANY, NULL, requires=requires)
        names = Names([*BUILTINS, *requires], self.members)
        return Decision(
            name=name,
            type=self.type_of(_child(element, "variable")),
            logic=folded(self.logic(logic_element, names, name), requires),
            text=_text(_child(logic_element, "text")),
            requires=requires,
        )

    def knowledge(self, element: etree._Element) -> Knowledge:
        name, requires = _name(element), self.required(element)
        function = _child(element, "encapsulatedLogic")
        logic = _logic(function) if function is not None else None
        if function is None or logic is None:
            self.fault(name, "the function has no body")
            return Knowledge(name, (), NULL)
        parameters = tuple((p.get("name", ""), self.type_of(p)) for p in _children(function, "formalParameter"))
        known = [*requires, *(parameter for parameter, _ in parameters)]
        body = self.logic(logic, Names([*BUILTINS, *known], self.members), name)
        return Knowledge(name, parameters, folded(body, known), self.type_of(_child(element, "variable")), requires)

    # -- logic: any boxed expression

    def logic(self, element: etree._Element, names: Names, name: str) -> Node:
        read = _BOXED.get(_tag(element))
        if read is None:
            self.fault(name, f"<{_tag(element)}> is not an expression that is read here")
            return NULL
        found: Node = read(self, element, names, name)
        return found

    def part(self, element: etree._Element, tag: str, names: Names, name: str) -> Node:
        """The expression wrapped in the child `tag`, as in a conditional or a loop."""
        wrapper = _child(element, tag)
        inner = _logic(wrapper) if wrapper is not None else None
        if inner is None:
            self.fault(name, f"<{_tag(element)}> lacks its <{tag}>")
            return NULL
        return self.logic(inner, names, name)

    def literal_expression(self, element: etree._Element, names: Names, name: str) -> Node:
        language = element.get("expressionLanguage", "")
        if language and "feel" not in language.lower():
            self.fault(name, f"the expression is written in {language}; only FEEL is read")
            return NULL
        return self.expression(_text(_child(element, "text")), names, name, None, None)

    def context(self, element: etree._Element, names: Names, name: str) -> Node:
        entries: list[tuple[str, Node]] = []
        with names.scope():
            for entry in _children(element, "contextEntry"):
                variable, inner = _child(entry, "variable"), _logic(entry)
                value = NULL if inner is None else self.logic(inner, names, name)
                if variable is None:
                    return ContextOf(tuple(entries), value)
                key = variable.get("name", "")
                entries.append((key, value))
                names.add(key)
        return ContextOf(tuple(entries))

    def invocation(self, element: etree._Element, names: Names, name: str) -> Node:
        called = _logic(element)
        function = NULL if called is None else self.logic(called, names, name)
        bound: list[tuple[str, Node]] = []
        for binding in _children(element, "binding"):
            parameter, inner = _child(binding, "parameter"), _logic(binding)
            key = "" if parameter is None else parameter.get("name", "")
            bound.append((key, NULL if inner is None else self.logic(inner, names, name)))
        return Call(function, tuple(value for _, value in bound), tuple(key for key, _ in bound))

    def function_definition(self, element: etree._Element, names: Names, name: str) -> Node:
        if element.get("kind", "FEEL") != "FEEL":
            self.fault(name, f"a function written in {element.get('kind')} cannot be read; write it in FEEL")
            return NULL
        parameters = tuple(p.get("name", "") for p in _children(element, "formalParameter"))
        body = _logic(element)
        with names.scope(*parameters):
            return FunctionOf(parameters, NULL if body is None else self.logic(body, names, name))

    def relation(self, element: etree._Element, names: Names, name: str) -> Node:
        columns = [column.get("name", "") for column in _children(element, "column")]
        rows = []
        for row in _children(element, "row"):
            cells = [self.logic(cell, names, name) for cell in row if _tag(cell) in _BOXED]
            rows.append(ContextOf(tuple(zip(columns, cells, strict=False))))
        return ListOf(tuple(rows))

    def list_of(self, element: etree._Element, names: Names, name: str) -> Node:
        return ListOf(tuple(self.logic(item, names, name) for item in element if _tag(item) in _BOXED))

    def conditional(self, element: etree._Element, names: Names, name: str) -> Node:
        condition, then, otherwise = (self.part(element, tag, names, name) for tag in ("if", "then", "else"))
        return If(condition, then, otherwise)

    def filter(self, element: etree._Element, names: Names, name: str) -> Node:
        of = self.part(element, "in", names, name)
        with names.of_items():
            condition = self.part(element, "match", names, name)
        return Filter(of, condition)

    def loop(self, element: etree._Element, names: Names, name: str) -> Node:
        variable = element.get("iteratorVariable", "")
        source = self.part(element, "in", names, name)
        with names.scope(variable, "partial"):
            if _tag(element) == "for":
                return For((Iteration(variable, source),), self.part(element, "return", names, name))
            condition = self.part(element, "satisfies", names, name)
        return Quantified("some" if _tag(element) == "some" else "every", (Iteration(variable, source),), condition)

    # -- tables

    def table(self, element: etree._Element, names: Names, name: str) -> Node:
        policy = element.get("hitPolicy", "UNIQUE")
        if policy not in _HIT_POLICIES:
            self.fault(name, f"there is no hit policy “{policy}”{_nearest(policy, _HIT_POLICIES)}")
            policy = "UNIQUE"
        inputs = tuple(self.input_column(e, names, name) for e in _children(element, "input"))
        outputs = tuple(self.output_column(e, names, name) for e in _children(element, "output"))
        if not outputs:
            self.fault(name, "the table has no output column")
        annotations = [e.get("name", "") for e in _children(element, "annotation")]
        rules = tuple(
            self.rule(e, number, inputs, outputs, annotations, names, name)
            for number, e in enumerate(_children(element, "rule"), 1)
        )
        aggregation: Any = element.get("aggregation")
        if aggregation and len(outputs) > 1:
            self.fault(name, f"{aggregation} needs exactly one output column")
        known: Aggregation | None = aggregation
        return DecisionTable(name, policy, known, inputs, outputs, rules)  # type: ignore[arg-type]  # checked above

    def input_column(self, element: etree._Element, names: Names, name: str) -> InputColumn:
        expression = _child(element, "inputExpression")
        text = _text(_child(expression, "text")) if expression is not None else ""
        label = element.get("label") or text
        node = self.expression(text, names, name, None, label)
        allowed = _child(element, "inputValues")
        tests = None
        if allowed is not None:
            tests = self.tests(_text(_child(allowed, "text")), names, name, None, label)
        return InputColumn(
            label, text, node, self.type_of(expression), tests if isinstance(tests, UnaryTests) else None
        )

    def output_column(self, element: etree._Element, names: Names, name: str) -> OutputColumn:
        column = element.get("name") or element.get("label") or name
        values, default = _child(element, "outputValues"), _child(element, "defaultOutputEntry")
        cells: tuple[Cell, ...] = ()
        if values is not None:
            text = _text(_child(values, "text"))
            tests = self.tests(text, names, name, None, column)
            if isinstance(tests, UnaryTests):
                cells = tuple(_listed(test, text) for test in tests.tests)
        fallback = None
        if default is not None:
            text = _text(_child(default, "text"))
            fallback = Cell(text, self.expression(text, names, name, None, column))
        return OutputColumn(column, self.type_of(element), cells, fallback)

    def rule(
        self,
        element: etree._Element,
        number: int,
        inputs: tuple[InputColumn, ...],
        outputs: tuple[OutputColumn, ...],
        annotations: list[str],
        names: Names,
        name: str,
    ) -> Rule:
        tests = [_text(_child(e, "text")) for e in _children(element, "inputEntry")]
        cells = [_text(_child(e, "text")) for e in _children(element, "outputEntry")]
        notes = [_text(_child(e, "text")) for e in _children(element, "annotationEntry")]
        if len(tests) != len(inputs) or len(cells) != len(outputs):
            self.fault(
                name,
                f"the row has {len(tests)} conditions and {len(cells)} results; "
                f"the table has {len(inputs)} and {len(outputs)} columns for them",
                number,
            )
            tests, cells = tests[: len(inputs)], cells[: len(outputs)]
        return Rule(
            number=number,
            tests=tuple(
                Test(text, self.tests(text, names, name, number, column.label))
                for text, column in zip(tests, inputs, strict=False)
            ),
            outputs=tuple(
                Cell(text, self.expression(text, names, name, number, column.name) if text else NULL)
                for text, column in zip(cells, outputs, strict=False)
            ),
            annotations=dict(zip(annotations, notes, strict=False)),
            description=_text(_child(element, "description")),
        )

    # -- FEEL texts

    def expression(self, text: str, names: Names, table: str, row: int | None, column: str | None) -> Node:
        try:
            return parse_expression(text, names)
        except FeelSyntaxError as error:
            self.syntax_fault(error, text, names, table, row, column)
            return NULL

    def tests(
        self, text: str, names: Names, table: str, row: int | None, column: str | None
    ) -> UnaryTests | Anything:
        if not text:
            return Anything()
        try:
            return folded(parse_unary_tests(text, names), ())
        except FeelSyntaxError as error:
            self.syntax_fault(error, text, names, table, row, column)
            return Anything()

    def syntax_fault(
        self, error: FeelSyntaxError, text: str, names: Names, table: str, row: int | None, column: str | None
    ) -> None:
        message = error.message
        word = message.partition("“")[2].partition("”")[0]
        if word in _CLOCK:
            message = f"“{word}” reads the clock; a decision must be the same whenever it is made. Make it an input."
        elif "is not known here" in message and self.exists(word):
            message = (
                f"“{word}” is in the model, but “{table}” does not require it. "
                f"Draw the arrow from “{word}” to “{table}”."
            )
        self.fault(table, f"{message} (in `{text}`)" if text else message, row, column)

    def exists(self, name: str) -> bool:
        kinds = ("inputData", "decision", "businessKnowledgeModel")
        return any(_tag(element) in kinds and _name(element).split()[:1] == [name] for element in self.root)


_BOXED: Mapping[str, Any] = {
    "literalExpression": _Reader.literal_expression,
    "decisionTable": _Reader.table,
    "context": _Reader.context,
    "invocation": _Reader.invocation,
    "functionDefinition": _Reader.function_definition,
    "relation": _Reader.relation,
    "list": _Reader.list_of,
    "conditional": _Reader.conditional,
    "filter": _Reader.filter,
    "for": _Reader.loop,
    "some": _Reader.loop,
    "every": _Reader.loop,
}


# -- XML


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    return (child for child in element if _tag(child) == tag)


def _child(element: etree._Element, tag: str) -> etree._Element | None:
    return next(_children(element, tag), None)


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def _name(element: etree._Element) -> str:
    """The name by which expressions speak of an element: its variable's, or its own."""
    variable = _child(element, "variable")
    name = (variable.get("name") if variable is not None else None) or element.get("name", "")
    return " ".join((name or "").split())


def _logic(element: etree._Element) -> etree._Element | None:
    return next((child for child in element if _tag(child) in _BOXED), None)


def _member_names(root: etree._Element) -> set[str]:
    """Names that may follow a dot: parts of types, outputs and contexts anywhere in the model."""
    names = {
        element.get("name", "")
        for element in root.iter()
        if _tag(element) in ("itemComponent", "output", "variable", "column")
    }
    return {name for name in names if name} | set(_PARTS)


def _nearest(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, list(known), n=1)
    return f". Did you mean “{found[0]}”?" if found else ""


# -- declared values


def _listed(test: Node, text: str) -> Cell:
    """One value of an output's list of values."""
    match test:
        case Comparison("=", left, value) if left == SUBJECT:
            return Cell(text, value)
        case Is(value):
            return Cell(text, value)
    return Cell(text, NULL)


def _narrowed(base: Type, tests: UnaryTests) -> Type:
    """`base` with the choices or the range that `tests` spell; other constraints leave it as it is."""
    values = [test.right for test in tests.tests if isinstance(test, Comparison) and test.operator == "="]
    choices = [value.value for value in values if isinstance(value, Literal)]
    if len(choices) == len(tests.tests) and not tests.negated:
        if isinstance(base, Text) and all(isinstance(choice, str) for choice in choices):
            return Text(tuple(choices))
        if isinstance(base, Number) and all(isinstance(choice, Decimal) for choice in choices):
            return Number(min(choices), max(choices), scale=_scale(*choices), choices=tuple(choices))
    if len(tests.tests) == 1 and not tests.negated:
        return _ranged(base, tests.tests[0])
    return base


def _ranged(base: Type, test: Node) -> Type:
    match test:
        case Is(RangeOf(low, high, low_closed, high_closed)):
            ends = (
                low.value if isinstance(low, Literal) else None,
                high.value if isinstance(high, Literal) else None,
            )
        case Comparison(">=" | ">" as operator, _, Literal(value)):
            ends, low_closed, high_closed = (value, None), operator == ">=", True
        case Comparison("<=" | "<" as operator, _, Literal(value)):
            ends, low_closed, high_closed = (None, value), True, operator == "<="
        case _:
            return base
    if isinstance(base, Number) and all(isinstance(end, Decimal | None) for end in ends):
        given = [end for end in ends if end is not None]
        return Number(ends[0], ends[1], low_closed, high_closed, _scale(*given))
    if isinstance(base, Date) and all(type(end) in (date, type(None)) for end in ends):
        return Date(ends[0], ends[1], low_closed, high_closed)
    return base


def _scale(*numbers: Decimal) -> int:
    return max((max(0, -int(value.as_tuple().exponent)) for value in numbers), default=0)
