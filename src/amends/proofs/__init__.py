"""Owns the way from the journal to the public log: sequencing, checkpoints, receipts, audit.

Reads the journal; no other package knows that this one exists."""
