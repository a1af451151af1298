"""Owns findings about recorded claims: completeness, exact duplicates, overlaps. A finding is never a verdict."""
