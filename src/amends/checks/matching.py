"""Which claims are the same claim again, and which claim the same loss twice? Exact matches, set-wise.

Who: the tax number; without one the name (in any letters' case) with the birth date; without these the claimant's own
id. What: for a duplicate the same category and every answer alike except amounts; for an overlap another category in
which an amount is asked, with the same day and region of loss. Each later claim is linked to the first of its group:
linked, never merged.
"""

from __future__ import annotations

from amends.claims.sql import identifier
from amends.programmes.programme import Programme

WHO = """CASE WHEN coalesce(tax_number, '') <> '' THEN 't:' || tax_number
  WHEN coalesce(name, '') <> '' AND birth_date IS NOT NULL
    THEN 'n:' || regexp_replace(lower(nfc_normalize(name)), '[^\\w]+', ' ', 'g') || birth_date
  ELSE 'c:' || claimant END"""


def duplicates_sql(programme: Programme, table: str) -> str:
    """Rows (claim_id, kind, other_id, detail): every claim that an earlier one says already."""
    same = ["category", *(q.id for q in programme.questions.values() if q.type not in ("money", "text"))]
    return f"SELECT claim_id, kind, other_id, detail FROM ({_later_of_group('duplicate', table, same, 'true')})"


def overlaps_sql(programme: Programme, table: str) -> str:
    """Rows (claim_id, kind, other_id, detail): one person's loss of one day and region, claimed in two categories.

    Nothing where the programme does not say which question holds the day: without it every two claims would overlap.
    """
    if programme.date_question is None:
        return "SELECT NULL, NULL, NULL, NULL WHERE false"
    asked = [code for code, category in programme.categories.items() if category.amount_asked]
    listed = ", ".join(f"'{code}'" for code in asked) or "NULL"
    day = identifier(programme.date_question)
    same = [programme.date_question, *([programme.region_question] if programme.region_question else [])]
    inner = _later_of_group("overlap", table, same, f"category IN ({listed}) AND {day} IS NOT NULL")
    # A claim that is a duplicate within its own category is one loss told twice, not two categories of it.
    return f"SELECT claim_id, kind, other_id, detail FROM ({inner}) WHERE own_category <> other_category"


def _later_of_group(kind: str, table: str, same: list[str], where: str) -> str:
    group = ", ".join(["who", *map(identifier, same)])
    agreed = '{"agree":[' + ",".join(f'"{name}"' for name in ["claimant", *same]) + "]}"
    return f"""
      SELECT claim_id, '{kind}' AS kind, first_id AS other_id, '{agreed}' AS detail,
        category AS own_category, first_category AS other_category
      FROM (
        SELECT claim_id, category, first_value(claim_id) OVER grouped AS first_id,
          first_value(category) OVER grouped AS first_category
        FROM (SELECT *, {WHO} AS who FROM {identifier(table)} WHERE {where})
        WINDOW grouped AS (PARTITION BY {group} ORDER BY filed_at, claim_id)
      ) WHERE claim_id <> first_id
    """
