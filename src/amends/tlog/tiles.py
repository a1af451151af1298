"""In which files does the tree lie? C2SP tlog-tiles: https://c2sp.org/tlog-tiles

A tile is 256 hashes of one level; a bundle is the 256 entries under a tile of level 0, each with its length in
16 bits before it. The last of each level may be partial (`.p/<width>`). Pure arithmetic over names and bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from amends.tlog.merkle import HASH_BYTES

WIDTH = 256
HEIGHT = 8
LARGEST_ENTRY = 2**16 - 1
ENTRIES = "entries"  # stands where a tile's level stands


class TileInvalid(ValueError):  # noqa: N818 - it is a finding, not an error
    """The bytes of a tile or bundle are not what its name promises."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a tile (`level` is a number) or of an entry bundle (`level` is ENTRIES)."""

    level: int | str
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        digits = f"{self.index:03}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *groups, last = (digits[start : start + 3] for start in range(0, len(digits), 3))
        number = "".join(f"x{group}/" for group in groups) + last
        return f"tile/{self.level}/{number}" + ("" if self.width == WIDTH else f".p/{self.width}")


def tiles_of(size: int) -> Iterator[Tile]:
    """The name of every tile and bundle of a tree of `size` entries."""
    levels: list[int | str] = [ENTRIES, *range(HEIGHT)]
    for level in levels:
        hashes = size if level == ENTRIES else size >> HEIGHT * int(level)
        yield from (Tile(level, index) for index in range(hashes // WIDTH))
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)


def split_hashes(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises TileInvalid where its length is not that of `width` hashes."""
    if len(data) != width * HASH_BYTES:
        raise TileInvalid(f"has {len(data)} bytes instead of {width} hashes of {HASH_BYTES}")
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


def full_tile_root(hashes: Sequence[bytes]) -> bytes:
    """The hash that a full tile contributes to the level above."""
    return hash_in_tile(hashes, HEIGHT, 0)


def hash_in_tile(hashes: Sequence[bytes], level: int, index: int) -> bytes:
    """The root of the `index`-th complete subtree of 2**level hashes inside a tile."""
    row = list(hashes[index << level : index + 1 << level])
    assert len(row) == 1 << level, "a complete subtree lies inside the tile"
    while len(row) > 1:
        pairs = iter(row)
        # node_hash, written out: this line makes every node of the log, and a call would cost a fifth of it.
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def pack(entries: Sequence[bytes]) -> bytes:
    """Entries as the bytes of a bundle."""
    if entries and max(map(len, entries)) > LARGEST_ENTRY:
        raise ValueError(f"an entry is above the format's limit of {LARGEST_ENTRY} bytes")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def unpack(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. Raises TileInvalid unless it holds exactly `width` of them."""
    entries = _alike(data, width)
    if entries:
        return entries
    position, end = 0, len(data)
    while position + 2 <= end:
        length = data[position] << 8 | data[position + 1]
        position += 2 + length
        entries.append(data[position - length : position])
    if position != end:
        raise TileInvalid("ends in the middle of an entry")
    if len(entries) != width:
        raise TileInvalid(f"has {len(entries)} entries instead of {width}")
    return entries


def _alike(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle where all have the same length, as private entries do: three times quicker."""
    step, rest = divmod(len(data), width)
    if rest or step < 3 or int.from_bytes(data[:2], "big") != step - 2:
        return []
    if data[::step] != data[:1] * width or data[1::step] != data[1:2] * width:
        return []
    return [data[start : start + step - 2] for start in range(2, len(data), step)]
