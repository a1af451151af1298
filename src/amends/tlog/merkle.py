"""Which hash stands for a list of entries, and how is it shown that one entry, or a shorter list, is part of it?

RFC 6962 section 2.1: MTH, PATH and PROOF, with the checks of RFC 9162 sections 2.1.3.2 and 2.1.4.2, whose steps
are numbered here as they are there. Pure arithmetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# The hash of the complete subtree of 2**level leaves that begins at leaf index * 2**level.
SubtreeReader = Callable[[int, int], bytes]


class ProofInvalid(ValueError):  # noqa: N818 - it is a finding, not an error
    """A proof does not show what it should show; the message says why."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes: level by level, where the last one without a partner rises as it is."""
    level = list(leaves)
    while len(level) > 1:
        unpaired = [level.pop()] if len(level) % 2 else []
        pairs = iter(level)
        level = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)] + unpaired
    return level[0] if level else EMPTY_ROOT


def tree_root(size: int, read: SubtreeReader) -> bytes:
    """MTH of the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, read: SubtreeReader) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 section 2.1.1: the sibling hashes from the leaf up to the root."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size} entries")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _largest_power_below(high - low)
        if index < middle:
            path.append(_range_root(middle, high, read))
            high = middle
        else:
            path.append(_range_root(low, middle, read))
            low = middle
    return path[::-1]


def consistency_path(old: int, new: int, read: SubtreeReader) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962 section 2.1.2: shows that the tree of `new` leaves begins with that of `old`."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} entries does not extend one of {old}")
    path, low, high, is_whole_old_tree = [], 0, new, True
    while old != high:
        middle = low + _largest_power_below(high - low)
        if old <= middle:
            path.append(_range_root(middle, high, read))
            high = middle
        else:
            path.append(_range_root(low, middle, read))
            low, is_whole_old_tree = middle, False
    if not is_whole_old_tree:
        path.append(_range_root(low, high, read))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> None:
    """Raises ProofInvalid unless `path` shows `leaf` at `index` of the tree (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:  # 1
        raise ProofInvalid(f"the entry's index {index} is not below the tree's size {size}")
    fn, sn, r = index, size - 1, leaf  # 2, 3
    for p in path:  # 4
        if sn == 0:  # 4.1
            raise ProofInvalid("the proof has more hashes than the tree has levels")
        if fn & 1 or fn == sn:  # 4.2
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1  # 4.3
    if sn:  # 5
        raise ProofInvalid("the proof has fewer hashes than the tree has levels")
    if r != expected_root:
        raise ProofInvalid("the entry and the proof do not lead to the checkpoint's root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises ProofInvalid unless `path` shows that the new tree extends the old (RFC 9162 section 2.1.4.2)."""
    if not 0 < old <= new:
        raise ProofInvalid(f"a tree of {new} entries does not extend one of {old}")
    if old == new:
        if path or old_root != new_root:
            raise ProofInvalid("two checkpoints of the same size have different roots, or the proof is not empty")
        return
    if not path:  # 1
        raise ProofInvalid("the proof is empty")
    hashes = list(path)
    if old & (old - 1) == 0:  # 2
        hashes.insert(0, old_root)
    fn, sn = old - 1, new - 1  # 3
    while fn & 1:  # 4
        fn, sn = fn >> 1, sn >> 1
    fr = sr = hashes[0]  # 5
    for c in hashes[1:]:  # 6
        if sn == 0:  # 6.1
            raise ProofInvalid("the proof has more hashes than the tree has levels")
        if fn & 1 or fn == sn:  # 6.2
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1  # 6.3
    if sn:  # 7
        raise ProofInvalid("the proof has fewer hashes than the tree has levels")
    if fr != old_root or sr != new_root:
        raise ProofInvalid("the new checkpoint does not extend the old one")


def _range_root(low: int, high: int, read: SubtreeReader) -> bytes:
    """MTH of D[low:high], where `low` is a multiple of the smallest power of two that is not below its length."""
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return read(level, low >> level)
    middle = low + _largest_power_below(width)
    return node_hash(_range_root(low, middle, read), _range_root(middle, high, read))


def _largest_power_below(n: int) -> int:
    """k of RFC 6962: the largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1
