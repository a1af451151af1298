"""How is any hash, entry or proof read from a log's files?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from amends.tlog import merkle
from amends.tlog.store import Folder
from amends.tlog.tiles import ENTRIES, HEIGHT, WIDTH, Tile, hash_in_tile, split_hashes, unpack

TILES_KEPT = 512


class FileMissing(ValueError):  # noqa: N818 - it is a finding, not an error
    """A file that the published tree needs is not in the folder."""


class Tree:
    """The published tree of `size` entries, as its files tell it. Nothing read here is verified.

    Where the log may have grown since `size` was read, a partial tile may have given way to the full one, which
    begins with it.
    """

    def __init__(self, folder: Folder, size: int, *, log_may_be_ahead: bool = False) -> None:
        self.size = size
        self._log_may_be_ahead = log_may_be_ahead
        self._folder = folder
        self._hashes = lru_cache(TILES_KEPT)(self._read_hashes)

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level entries that begins at entry index * 2**level."""
        tile_level, inside = divmod(level, HEIGHT)
        tile, position = divmod(index << inside, WIDTH)
        return hash_in_tile(self._hashes(tile_level, tile), inside, position >> inside)

    def root(self) -> bytes:
        return merkle.tree_root(self.size, self.subtree)

    def inclusion_path(self, index: int) -> list[bytes]:
        return merkle.inclusion_path(index, self.size, self.subtree)

    def consistency_path(self, old: int) -> list[bytes]:
        """Shows that this tree begins with that of `old` entries; empty where `old` is none or all of it."""
        return merkle.consistency_path(old, self.size, self.subtree) if old else []

    def peaks(self) -> list[bytes]:
        """The roots of the complete subtrees that make up the tree, largest first."""
        bits = (level for level in range(self.size.bit_length() - 1, -1, -1) if self.size >> level & 1)
        return [self.subtree(level, (self.size >> level) - 1) for level in bits]

    def edge(self) -> list[list[bytes]]:
        """The hashes of the partial tile of each level, leaves first; where the next entries will go."""
        return [
            self._hashes(level, count // WIDTH) if (count := self.size >> HEIGHT * level) % WIDTH else []
            for level in range(HEIGHT)
        ]

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The entries from `start` on, to before `stop` or to the end, a bundle at a time."""
        stop = self.size if stop is None else stop
        for number in range(start // WIDTH, -(-stop // WIDTH)):
            first = number * WIDTH
            yield from self.bundle(number)[max(start - first, 0) : stop - first]

    def bundle(self, index: int) -> list[bytes]:
        data, stored, wanted = self._read(ENTRIES, index, self.size)
        return unpack(data, stored)[:wanted]

    def _read_hashes(self, level: int, index: int) -> list[bytes]:
        data, stored, wanted = self._read(level, index, self.size >> HEIGHT * level)
        return split_hashes(data, stored)[:wanted]

    def _read(self, level: int | str, index: int, count: int) -> tuple[bytes, int, int]:
        """A tile's bytes, how many items they hold, and how many of them belong to a tree with `count` of them."""
        width = min(WIDTH, count - index * WIDTH)
        assert width > 0, "the tree reaches that far"
        for stored in (width, WIDTH) if self._log_may_be_ahead else (width,):
            data = self._folder.read(Tile(level, index, stored).path)
            if data is not None:
                return data, stored, width
        raise FileMissing(f"{Tile(level, index, width).path} is missing")
