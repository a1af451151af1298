"""Which texts must a programme have, and which may it have? Everything that a person can meet needs words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amends.programmes import laws
from amends.programmes.declaration import Declaration
from amends.programmes.programme import CLAIMANT_KINDS, NO_ANSWER, Category, Law, Question
from amends.programmes.texts import BASIS


def needed(
    declared: Declaration,
    questions: Mapping[str, Question],
    categories: Mapping[str, Category],
    *law_books: Law | None,
) -> dict[str, str]:
    """Text key -> why it is needed."""
    keys = {
        "programme": "the programme's name",
        "scope.territory": "the territory of the scope",
        f"reason.{NO_ANSWER}": "said where the rules give no answer",
    }
    if declared.illustrative:
        keys["illustrative"] = "an illustrative programme says so wherever it is shown"
    for category in categories.values():
        keys[f"category.{category.code}"] = f"the category {category.code}"
        keys |= {f"evidence.{item.code}": f"evidence for the category {category.code}" for item in category.evidence}
    for question in questions.values():
        keys[f"question.{question.id}"] = f"the question {question.id}"
        keys |= {
            f"choice.{question.id}.{choice}": f"a choice of the question {question.id}" for choice in question.choices
        }
    keys |= {f"organ.{organ}": f"the organ {organ}" for organ, _ in declared.organs}
    keys |= {f"phase.{phase.number}": f"payment phase {phase.number}" for phase in declared.phases}
    for law in law_books:
        if law:
            keys |= {f"reason.{code}": f"a reason of {law.file}" for code in laws.reasons(law)}
    return keys


def allowed(facts: Iterable[str], *law_books: Law | None) -> list[str]:
    """What a programme may say but need not: an explanation of a decision speaks of every step and fact."""
    steps = [decision.name for law in law_books if law for decision in law.model.decisions]
    bases = [basis for law in law_books if law for basis in laws.legal_bases(law.model)]
    return [
        "programme.about",
        "illustrative",
        *(f"claimant.{kind}" for kind in CLAIMANT_KINDS),
        *(f"question.{fact}" for fact in facts),
        *(f"decision.{step}" for step in steps),
        *(f"{BASIS}{basis}" for basis in bases),
    ]
