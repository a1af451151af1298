"""How is one entry's proof written down? C2SP tlog-proof: https://c2sp.org/tlog-proof

A text that stands alone: the entry's index, the path of hashes, the signed checkpoint, and `extra` bytes whose
meaning is the application's (they are not authenticated by the format).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amends.tlog.checkpoint import canonical_number
from amends.tlog.merkle import HASH_BYTES
from amends.tlog.note import NoteInvalid, plain_base64, strict_base64

HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 63


@dataclass(frozen=True)
class Proof:
    """`note` is the signed checkpoint, still to be verified."""

    index: int
    path: Sequence[bytes]
    note: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        extra = [] if self.extra is None else [f"extra {plain_base64(self.extra)}"]
        hashes = [plain_base64(hash_) for hash_ in self.path]
        return "\n".join([HEADER, *extra, f"index {self.index}", *hashes, "", self.note])

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Reads a proof strictly: every text that is read would be written the same. Raises NoteInvalid."""
        head, separator, note = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not separator:
            raise NoteInvalid(f"this is not a proof of a log: its first line must be {HEADER}")
        extra = strict_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index "):
            raise NoteInvalid("the line with the index is missing")
        index = canonical_number(lines.pop(0)[6:])
        path = [strict_base64(line) for line in lines]
        if len(path) > LONGEST_PATH or any(len(hash_) != HASH_BYTES for hash_ in path):
            raise NoteInvalid("a hash of the path does not have 32 bytes, or there are too many")
        return cls(index, path, note, extra)
