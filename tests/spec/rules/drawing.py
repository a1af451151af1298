"""Draws small DMN models for tests: what a modeller would click together, written as text.

    model(
        inputs={"damage": 'string "minor", "major"', "area": "number [0.0..999.9]"},
        decisions={
            "Rate": table("damage | area => Rate", "UNIQUE", ['"minor" | - => 100', '"major" | < 50.0 => 300', ...]),
            "Award": "Rate * area",
        },
    )

Every decision requires every input, every function and every decision before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from amends import rules

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


@dataclass(frozen=True)
class Drawn:
    """A table drawn as text: columns, hit policy, rows, default output and the priority of outputs."""

    columns: str
    policy: str
    rows: Sequence[str]
    default: str = ""
    values: str = ""
    aggregation: str = ""

    def xml(self, name: str) -> str:
        tests, outputs = _sides(self.columns)
        outputs = outputs or [name]
        aggregation = f' aggregation="{self.aggregation}"' if self.aggregation else ""
        values = f"<outputValues><text>{escape(self.values)}</text></outputValues>" if self.values else ""
        default = (
            f"<defaultOutputEntry><text>{escape(self.default)}</text></defaultOutputEntry>" if self.default else ""
        )
        return (
            f'<decisionTable hitPolicy="{self.policy}"{aggregation}>'
            + "".join(f"<input><inputExpression><text>{escape(t)}</text></inputExpression></input>" for t in tests)
            + "".join(f"<output name={quoteattr(o)}>{values}{default}</output>" for o in outputs)
            + '<annotation name="Legal basis"/>'
            + "".join(_row(row) for row in self.rows)
            + "</decisionTable>"
        )


def table(
    columns: str, policy: str, rows: Sequence[str], *, default: str = "", values: str = "", aggregation: str = ""
) -> Drawn:
    """Columns and rows are written `test | test => output | output`; a row may end in `# its legal basis`."""
    return Drawn(columns, policy, rows, default, values, aggregation)


def _sides(line: str) -> tuple[list[str], list[str]]:
    left, _, right = line.partition("=>")
    split = [[cell.strip() for cell in side.split("|")] if side.strip() else [] for side in (left, right)]
    return split[0], split[1]


def _row(line: str) -> str:
    cells, _, basis = line.partition("#")
    tests, outputs = _sides(cells)
    return (
        "<rule>"
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in tests)
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in outputs)
        + f"<annotationEntry><text>{escape(basis.strip())}</text></annotationEntry>"
        + "</rule>"
    )


def draw(
    inputs: Mapping[str, str],
    decisions: Mapping[str, str | Drawn],
    functions: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    extra: str = "",
) -> str:
    """The DMN text. `inputs` map a name to a type and its allowed values; `functions` map `f(a, b)` to a body;
    `types` map a decision to its type; `extra` is DMN text for what this cannot draw."""
    parts = [f'<definitions xmlns="{NAMESPACE}" name="drawn" namespace="urn:drawn">', extra]
    for name, declared in inputs.items():
        base, _, allowed = declared.partition(" ")
        constraint = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
        parts.append(f"<itemDefinition name='t_{name}'><typeRef>{base}</typeRef>{constraint}</itemDefinition>")
        parts.append(
            f"<inputData id='i_{name}' name='{name}'><variable name='{name}' typeRef='t_{name}'/></inputData>"
        )
    required = "".join(
        f"<informationRequirement><requiredInput href='#i_{name}'/></informationRequirement>" for name in inputs
    )
    for n, (head, body) in enumerate((functions or {}).items()):
        name, _, parameters = head.rstrip(")").partition("(")
        formal = "".join(f"<formalParameter name='{p.strip()}'/>" for p in parameters.split(",") if p.strip())
        known = "".join(
            f"<knowledgeRequirement><requiredKnowledge href='#f_{k}'/></knowledgeRequirement>" for k in range(n)
        )
        parts.append(
            f"<businessKnowledgeModel id='f_{n}' name='{name}'><variable name='{name}'/>{known}"
            f"<encapsulatedLogic>{formal}<literalExpression><text>{escape(body)}</text></literalExpression>"
            "</encapsulatedLogic></businessKnowledgeModel>"
        )
        required += f"<knowledgeRequirement><requiredKnowledge href='#f_{n}'/></knowledgeRequirement>"
    for n, (name, logic) in enumerate(decisions.items()):
        typed = f" typeRef={quoteattr((types or {})[name])}" if name in (types or {}) else ""
        body = (
            logic.xml(name)
            if isinstance(logic, Drawn)
            else f"<literalExpression><text>{escape(logic)}</text></literalExpression>"
        )
        parts.append(
            f"<decision id='d_{n}' name={quoteattr(name)}><variable name={quoteattr(name)}{typed}/>"
            f"{required}{body}</decision>"
        )
        required += f"<informationRequirement><requiredDecision href='#d_{n}'/></informationRequirement>"
    parts.append("</definitions>")
    return "\n".join(parts)


def model(
    inputs: Mapping[str, str],
    decisions: Mapping[str, str | Drawn],
    functions: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    extra: str = "",
) -> rules.Model:
    """The drawn model, loaded."""
    return rules.load(draw(inputs, decisions, functions, types, extra), name="drawn.dmn")
