"""Loads a programme folder (law as data), checks it whole, freezes a version by its hash.

Refuses a folder with any fault, naming file, table, row and column. Leaves deciding to `decisions`."""
