"""What is a picture on a page? A drawing, the sentence that says what it shows, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A table cell as the reader sees it; numbers stand to the right."""

    words: str
    numeric: bool = False


@dataclass(frozen=True)
class Picture:
    """`drawing` is SVG markup from `charts.markup`, the only text here that is not escaped again."""

    drawing: str
    caption: str
    headers: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
