"""Amends: mass compensation in the open, from the register of damage to the last payment."""

__version__ = "0.1.0"
