"""What does the log promise? Its name, its size and its root, signed: https://c2sp.org/tlog-checkpoint"""

from __future__ import annotations

import re
from dataclasses import dataclass

from amends.tlog.merkle import HASH_BYTES
from amends.tlog.note import NoteInvalid, Signer, Verifier, open_note, plain_base64, strict_base64

CANONICAL_NUMBER = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Checkpoint:
    """The tree of the first `size` entries of the log `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{plain_base64(self.root)}\n"

    def sign(self, signer: Signer) -> str:
        return signer.sign(self.text)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint that the log of `verifier` signed. Raises NoteInvalid where it did not.

    Extension lines are refused: nobody could audit them, and this log never writes any.
    """
    lines = open_note(note, verifier).split("\n")
    if len(lines) != 4:
        raise NoteInvalid("a checkpoint has three lines: origin, size, root")
    origin, size, root, _ = lines
    if origin != verifier.name:
        raise NoteInvalid(f"the checkpoint is of another log: {origin}")
    return Checkpoint(origin, canonical_number(size), _root(root))


def canonical_number(text: str) -> int:
    """A whole number as this format writes it: ASCII digits, no sign, no leading zero."""
    if not CANONICAL_NUMBER.fullmatch(text):
        raise NoteInvalid(f"{text[:30]!r} is not a whole number written plainly")
    return int(text)


def _root(text: str) -> bytes:
    root = strict_base64(text)
    if len(root) != HASH_BYTES:
        raise NoteInvalid("the root hash does not have 32 bytes")
    return root
