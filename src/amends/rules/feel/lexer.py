"""Which words and signs does a FEEL text consist of?

Names in FEEL may hold blanks and signs (`Pre-bureau risk`), so the lexer yields only the smallest parts;
the parser joins parts to the longest name that is known where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from amends.rules.faults import FeelSyntaxError

Kind = Literal["number", "string", "word", "sign", "at", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
    (?P<blank>(?:\s|//[^\n]*|/\*.*?\*/)+)
  | (?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<at>@"(?:[^"\\]|\\.)*")
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<word>[^\W\d][\w]*|[\U0001F000-\U0001FAFF]+)
  | (?P<sign>\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},:.?'&%!])
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    """The parts of `text`, ended by one token of kind "end"."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            sign = text[position]
            hint = " A text must end with a quotation mark." if sign == '"' else ""
            if sign in "“”„«»":
                hint = ' Write texts in straight quotation marks: "…".'
            raise FeelSyntaxError(f"`{sign}` cannot stand here.{hint}", position)
        kind = match.lastgroup
        if kind != "blank":
            found.append(Token(kind, match.group(), position, match.end()))  # type: ignore[arg-type]  # the pattern's groups are the kinds
        position = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)


def unquoted(literal: str) -> str:
    """The text that a string literal stands for."""

    def plain(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        if code:
            return chr(int(code, 16))
        return _ESCAPES.get(match.group(3), "\\" + match.group(3))

    text = _ESCAPE.sub(plain, literal[1:-1])
    # Two \u escapes may spell one character beyond the basic plane.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
