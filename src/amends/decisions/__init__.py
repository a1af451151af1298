"""Owns decisions: facts -> rules -> outcome with reasons -> award. A decision is never edited.

Refuses to decide before entry into force (the database does). Leaves money to `payments`."""
