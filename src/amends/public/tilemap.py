"""What is written on a small square so that a person recognises the region?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LETTERS = 3


def abbreviations(names: Mapping[str, str]) -> dict[str, str]:
    """Three letters for each region: its first three, or, where others begin alike, the first two and the letter
    that tells it from all of them: Chernihiv and Chernivtsi become Chh and Chv."""
    telling = {code: _telling_word(name) for code, name in names.items()}
    return {code: _short(word, (w for c, w in telling.items() if c != code)) for code, word in telling.items()}


def grid(csv_text: str) -> dict[str, tuple[int, int]]:
    """A programme's map.csv: region code -> (column, row)."""
    cells = [line.split(",") for line in csv_text.splitlines()[1:] if line.strip()]
    return {code.strip(): (int(column), int(row)) for code, column, row in cells}


def _telling_word(name: str) -> str:
    """Of a long official name, the last word: Autonomous Republic of *Crimea*."""
    words = name.split()
    return words[-1] if len(words) > 2 else name


def _short(word: str, others: Iterable[str]) -> str:
    rivals = [other for other in others if other[:LETTERS] == word[:LETTERS]]
    differs = max((_first_difference(word, rival) for rival in rivals), default=0)
    letter = next((letter for letter in word[differs:] if letter.isalpha()), "")
    return word[:LETTERS] if not rivals or not letter else word[: LETTERS - 1] + letter.lower()


def _first_difference(word: str, other: str) -> int:
    pairs = enumerate(zip(word, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(word), len(other)))
