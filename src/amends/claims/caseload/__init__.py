"""Makes believable files of claims for a demo, a rehearsal or a benchmark. Every person in them is invented."""

from amends.claims.caseload.making import CaseloadUnusable, write

__all__ = ["CaseloadUnusable", "write"]
