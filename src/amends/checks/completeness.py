"""What does a claim lack? SQL over the standard claims relation: required papers and answers that were not given.

A finding is never a verdict: "no documents" is normal in a war, and what it means is for the law to say.
"""

from __future__ import annotations

from amends.claims.sql import identifier, literal
from amends.programmes.programme import Programme


def missing_sql(programme: Programme, table: str) -> str:
    """Rows (claim_id, kind, other_id, detail) for everything required of a claim's category and not given."""
    parts = [
        f"SELECT claim_id, 'missing-evidence', NULL, '{{\"evidence\":\"{paper.code}\"}}' FROM {identifier(table)} "
        f"WHERE category = {literal(code)} AND NOT list_contains(coalesce(evidence, []), {literal(paper.code)})"
        for code, category in programme.categories.items()
        for paper in category.evidence
        if paper.required
    ]
    parts += [
        f"SELECT claim_id, 'missing-answer', NULL, '{{\"question\":\"{question}\"}}' FROM {identifier(table)} "
        f"WHERE category = {literal(code)} AND {identifier(question)} IS NULL"
        for code, category in programme.categories.items()
        for question in category.questions
        if programme.questions[question].required
    ]
    return " UNION ALL ".join(parts) or "SELECT NULL, NULL, NULL, NULL WHERE false"
