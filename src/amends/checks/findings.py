"""What do all checks together find, and what may the law ask of it? SQL over the standard claims relation."""

from __future__ import annotations

from amends.checks.completeness import missing_sql
from amends.checks.matching import duplicates_sql, overlaps_sql
from amends.claims.sql import identifier
from amends.programmes.programme import Programme


def findings_sql(programme: Programme, table: str) -> str:
    """Rows (claim_id, kind, other_id, detail) of every check over the claims in `table`."""
    looks = (missing_sql, duplicates_sql, overlaps_sql)
    found = " UNION ALL ".join(f"({look(programme, table)})" for look in looks)
    return f"SELECT * FROM ({found}) f(claim_id, kind, other_id, detail)"


def facts_sql(programme: Programme, table: str) -> str:
    """The claims of `table` with the facts that the law may ask of the checks; queries.facts reads the same from what
    was written."""
    return f"""
      SELECT c.*, coalesce(k.duplicate, false) AS duplicate, coalesce(k.overlap, false) AS overlap,
        NOT coalesce(k.lacks_evidence, false) AS evidence_complete
      FROM {identifier(table)} c LEFT JOIN (
        SELECT claim_id, bool_or(kind = 'duplicate') AS duplicate, bool_or(kind = 'overlap') AS overlap,
          bool_or(kind = 'missing-evidence') AS lacks_evidence
        FROM ({findings_sql(programme, table)}) GROUP BY claim_id
      ) k USING (claim_id)
    """
