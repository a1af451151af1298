"""Owns participants, their acts (signature, ratification) and whether the mechanism is in force.

The database refuses decisions and payments before entry into force. Leaves money to `fund`."""
