"""Screens for everyone: figures, map, money, entry into force, a claim's explanation, receipt check."""
