"""What is the root, found another way?

The second implementation of RFC 6962's tree hash, kept apart from merkle.py and tiles.py on purpose: it takes
entries one by one and keeps only the peaks (the roots of the complete subtrees, largest first). The log signs
only when both agree. In 2022 one flipped bit in a leaf hash that was signed unseen ended the Certificate
Transparency log Yeti: the error must be found before the signature, never after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_sha256 = hashlib.sha256


class Accumulator:
    """The tree over everything added so far, in memory that grows with its logarithm."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, entries: Iterable[bytes]) -> None:
        peaks, size, sha256 = self._peaks, self.size, _sha256
        for entry in entries:
            peak = sha256(b"\x00" + entry).digest()
            # As in a binary counter: each trailing one of the size is a peak to merge with.
            carry = size
            while carry & 1:
                peak = sha256(b"\x01" + peaks.pop() + peak).digest()
                carry >>= 1
            peaks.append(peak)
            size += 1
        self.size = size

    def add_subtrees(self, roots: Iterable[bytes], level: int) -> None:
        """Adds complete subtrees of 2**level entries by their roots; what came before must end where one begins."""
        assert self.size % (1 << level) == 0, "a subtree begins at a multiple of its width"
        for root in roots:
            peak, carry = root, self.size >> level
            while carry & 1:
                peak = _sha256(b"\x01" + self._peaks.pop() + peak).digest()
                carry >>= 1
            self._peaks.append(peak)
            self.size += 1 << level

    def root(self) -> bytes:
        if not self._peaks:
            return _sha256(b"").digest()
        right = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            right = _sha256(b"\x01" + peak + right).digest()
        return right

    def copy(self) -> Accumulator:
        twin = Accumulator()
        twin.size, twin._peaks = self.size, list(self._peaks)
        return twin

    @classmethod
    def resume(cls, size: int, peaks: list[bytes]) -> Accumulator:
        """Go on from a tree whose peaks (largest first) are known; `root()` says whether they are right."""
        accumulator = cls()
        accumulator.size, accumulator._peaks = size, list(peaks)
        return accumulator
