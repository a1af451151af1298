"""Owns allocation rounds, instructions, batches and what the bank answered.

Knows awards and accounts; leaves the rules of awards to `decisions` and the books to `fund`."""
