"""Which reference do people quote on the telephone, and how is a mistyped one noticed?

The programme's prefix, twelve random characters of Crockford's base 32 (which has no I, L, O or U), and one check
character of ISO 7064 MOD 37,36 over all of them: ``UKRA-7K2M-9QXZ-4TBN-H``. It notices every single wrong
character and nearly every exchange of neighbours. The number is random, so that it says nothing about how many
claims there are, and nobody finds a claim by counting on from their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import numpy as np
from stdnum.iso7064 import mod_37_36

from amends.refusal import Refusal

RANDOM_CHARACTERS = 12
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # ISO 7064: a character's value is its place here
_VALUE_OF_CROCKFORD = np.array([ALPHABET.index(character) for character in CROCKFORD], dtype=np.int64)
_CODE_OF_VALUE = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)


class NumberMistyped(Refusal):
    """The text cannot be a claim's number."""


def prefix(programme: str) -> str:
    """The first four letters or digits of a programme's code: ``ukraine/v1`` gives ``UKRA``."""
    return re.sub(r"[^A-Z0-9]", "", programme.split("/")[0].upper())[:4]


def draw(prefix: str, count: int, entropy: Callable[[int], bytes] = os.urandom) -> list[str]:
    """`count` fresh numbers. A million of them meet an existing one about once in a million such draws (60 random
    bits); the database's unique index is the judge."""
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += _draw_some(prefix, count - len(drawn), entropy)
    return drawn


def parse(text: str) -> str:
    """The number that `text` means, written as we write it. Refuses what was mistyped.

    Case, blanks and hyphens do not matter, and O, I and L are read as the digits they resemble.
    """
    plain = re.sub(r"[\s\-–—]", "", text).upper()
    body = len(plain) - RANDOM_CHARACTERS - 1
    head, tail = plain[:body], plain[body:].translate(str.maketrans("OIL", "011"))
    if body < 1 or not head.isalnum() or not head.isascii() or set(tail) - set(CROCKFORD):
        raise NumberMistyped(
            f'"{text}" is not a claim number.',
            "A claim number looks like UKRA-7K2M-9QXZ-4TBN-H.",
            "Copy it again from the receipt.",
        )
    if not mod_37_36.is_valid(head + tail):
        raise NumberMistyped(
            f'"{text}" is mistyped: its check character does not fit.',
            "One character is wrong, or two were exchanged; another number could be somebody else's claim.",
            "Compare it with the receipt, character by character.",
        )
    return _grouped(head + tail)


def _draw_some(prefix: str, count: int, entropy: Callable[[int], bytes]) -> list[str]:
    # A byte's low five bits choose one of 32 characters: no remainder, so no character is likelier.
    choices = np.frombuffer(entropy(count * RANDOM_CHARACTERS), dtype=np.uint8).reshape(count, -1) & 31
    head = np.array([ALPHABET.index(character) for character in prefix], dtype=np.int64)
    values = np.hstack([np.tile(head, (count, 1)), _VALUE_OF_CROCKFORD[choices]])
    plain = _CODE_OF_VALUE[np.column_stack([values, _check_values(values)])]
    # A check character that Crockford leaves out (I, L, O, U) would be misread: such a number is not given out.
    plain = plain[np.isin(plain[:, -1], np.frombuffer(CROCKFORD.encode(), dtype=np.uint8))]
    text, width = plain.tobytes().decode(), plain.shape[1]
    return [_grouped(text[start : start + width]) for start in range(0, len(text), width)]


def _check_values(values: np.ndarray) -> np.ndarray:
    """ISO 7064 clause 8 (hybrid system MOD 37,36) for many numbers at once, a column of characters at a time."""
    check = np.full(len(values), 36 // 2, dtype=np.int64)
    for column in values.T:
        check = (_doubled(check) + column) % 36
    return (1 - _doubled(check)) % 36


def _doubled(check: np.ndarray) -> np.ndarray:
    return np.where(check == 0, 36, check) * 2 % 37


def _grouped(plain: str) -> str:
    """Prefix, groups of four, check character."""
    body = len(plain) - RANDOM_CHARACTERS - 1
    head, tail = plain[:body], plain[body:]
    return f"{head}-{tail[:4]}-{tail[4:8]}-{tail[8:12]}-{tail[12]}"
