"""Owns claims as filed and recorded: intake of files, answers, numbers, recording.

Refuses nothing silently: in = taken + set aside, always. Leaves findings to `checks` and merits to `decisions`."""
