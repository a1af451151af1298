"""How does a person read a decision? Line by line: which rule, what it looked at, on what legal basis.

Prose is made at view time, from frozen facts and the frozen law, never stored: the interpreter runs again, and
where it does not reproduce the stored trace that is said instead of being smoothed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from amends import rules
from amends.money import Money
from amends.programmes.programme import Law, Programme


@dataclass(frozen=True)
class Seen:
    """One fact that a rule looked at, in the reader's words, and the table's own condition on it."""

    label: str
    value: str
    condition: str
    withheld: bool = False  # free text that a public page must not show


@dataclass(frozen=True)
class Line:
    """One step of the law: a decision table or an expression."""

    heading: str
    text: str
    rule: int | None
    legal_basis: str
    amount_minor: int | None
    facts: tuple[Seen, ...] = ()
    silent: bool = False  # a table of which no rule applies: it has no part in the result


@dataclass(frozen=True)
class Explanation:
    claim: str
    programme: str
    programme_sha256: str
    category: str
    sensitive: bool
    outcome: str
    reason: str
    reason_text: str
    award_minor: int
    currency: str
    minor_digits: int
    at: datetime
    engine: str
    reproduced: bool
    lines: tuple[Line, ...]


WORDS = {
    "en": {
        "yes": "yes",
        "no": "no",
        "unknown": "not given",
        "rule": "rule {}",
        "result": "Result: {}",
        "no rule": "No rule of this table applies.",
        "awarded": "awarded",
        "nil": "nothing is due",
        "not computable": "not computable",
        "recorded": "recorded",
        "refused": "not recorded",
    },
    "uk": {
        "yes": "так",
        "no": "ні",
        "unknown": "не зазначено",
        "rule": "правило {}",
        "result": "Результат: {}",
        "no rule": "Жодне правило цієї таблиці не застосовується.",
        "awarded": "виплату призначено",
        "nil": "виплата не належить",
        "not computable": "обчислити неможливо",
        "recorded": "внесено до Реєстру",
        "refused": "не внесено до Реєстру",
    },
}


def freeze(value: Any) -> Any:
    """A fact as JSON can keep it for ever: decimals and dates as text, never a float."""
    return str(value) if isinstance(value, Decimal | date) else value


def thaw(value: Any, kind: rules.Type) -> Any:
    """The fact that was frozen, by the type its law gives it."""
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, rules.Number):
        return Decimal(value)
    if isinstance(kind, rules.Date):
        return date.fromisoformat(value)
    return value


def lines(
    programme: Programme, law: Law, facts: Mapping[str, Any], language: str
) -> tuple[tuple[Line, ...], rules.Result]:
    """The law read aloud for `facts`, step by step, and the interpreter's result it was read from."""
    thawed = {name: thaw(facts.get(name), kind) for name, kind in law.model.inputs.items()}
    result = rules.interpret(law.model, thawed)
    steps = rules.explain(law.model, thawed, result)
    return tuple(_line(programme, law, step, result, language) for step in steps), result


def _line(programme: Programme, law: Law, step: rules.Step, result: rules.Result, language: str) -> Line:
    value = result.values[step.decision]
    words = WORDS[language]
    said = words["result"].format(_shown(programme, step.decision, value, language))
    if step.rule is None and step.table:
        said = words["no rule"]  # the facts below show what was not given
    elif step.cause:
        said = f"{said} ({step.cause})"
    money = value if step.decision == law.award and value is not None else None
    return Line(
        heading=_label(programme, f"decision.{step.decision}", step.decision, language),
        text=said,
        rule=step.rule,
        legal_basis="; ".join(_label(programme, f"basis.{basis}", basis, language) for basis in step.annotations),
        amount_minor=int(money.scaleb(programme.minor_digits)) if money is not None else None,
        facts=tuple(_seen(programme, *test, language) for test in step.tests),
        silent=step.table and step.rule is None,
    )


def _seen(programme: Programme, expression: str, value: Any, condition: str, language: str) -> Seen:
    question = programme.questions.get(expression)
    step = _label(programme, f"decision.{expression}", expression, language)
    return Seen(
        label=_label(programme, f"question.{expression}", step, language),
        value=_shown(programme, expression, value, language),
        condition="" if condition == "-" else condition,
        withheld=question is not None and question.type == "text",
    )


def _label(programme: Programme, key: str, otherwise: str, language: str) -> str:
    try:
        return programme.text(key, language)
    except KeyError:
        return otherwise.replace("_", " ")


def _shown(programme: Programme, name: str, value: Any, language: str) -> str:
    words, question = WORDS[language], programme.questions.get(name)
    if value is None:
        return words["unknown"]
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    if isinstance(value, Decimal) and question is not None and question.type == "money":
        return str(Money(int(value.scaleb(programme.minor_digits)), programme.currency, programme.minor_digits))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if question is not None and question.type == "choice":
        return _label(programme, f"choice.{name}.{value}", str(value), language)
    if name in {law.outcome for law in programme.laws}:
        return words.get(str(value), str(value))
    if name in {law.reason for law in programme.laws}:
        return _label(programme, f"reason.{value}", str(value), language)
    return str(value)


def same_trace(stored: Mapping[str, Any], law: Law, result: rules.Result) -> bool:
    """Whether the interpreter, asked again, fires the same rules as the stored trace says, step by step."""
    return all(
        tuple(stored[decision.name]["rules"]) == tuple(result.rules.get(decision.name, ()))
        for decision in law.model.decisions
        if decision.table is not None
    )
