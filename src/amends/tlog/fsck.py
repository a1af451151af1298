"""Is a log's folder whole, to the last byte? Derives everything again from the entries and compares.

For outsiders as for the operator: needs the folder and the log's public key, and nothing else. Memory grows with
the logarithm of the log, not with the log.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amends.tlog.accumulator import Accumulator
from amends.tlog.checkpoint import Checkpoint, open_checkpoint
from amends.tlog.log import CHECKPOINT, KEY
from amends.tlog.merkle import leaf_hash
from amends.tlog.note import NoteInvalid, Verifier
from amends.tlog.store import TEMPORARY, Folder
from amends.tlog.tiles import ENTRIES, HEIGHT, WIDTH, Tile, TileInvalid, full_tile_root, pack, unpack

_TILE = re.compile(r"tile/(entries|[0-7])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """`file` is not what the entries say it must be."""

    file: str
    message: str


@dataclass(frozen=True)
class Report:
    """What was found; `checkpoint` is None where no checkpoint of this key could be read."""

    checkpoint: Checkpoint | None
    faults: tuple[Fault, ...]


def fsck(root: Path, key: Verifier, see: Callable[[int, list[bytes]], None] | None = None) -> Report:
    """Checks every file under `root`. `see` is shown each bundle (index of its first entry, entries) as it is read.

    Files beyond the published size are passed over: a writer that was interrupted leaves them, no checkpoint
    speaks of them, and the next writer replaces them.
    """
    folder = Folder(root)
    faults = [] if folder.read(KEY) == f"{key.text}\n".encode() else [Fault(KEY, "is not the key that was given")]
    note = folder.read(CHECKPOINT)
    if note is None:
        return Report(None, (*faults, Fault(CHECKPOINT, "is missing")))
    try:
        checkpoint = open_checkpoint(note.decode(), key)
    except (NoteInvalid, UnicodeDecodeError) as fault:
        return Report(None, (*faults, Fault(CHECKPOINT, str(fault))))
    faults += _tree_faults(folder, checkpoint, see)
    faults += _partial_and_foreign_faults(folder, checkpoint.size)
    return Report(checkpoint, tuple(faults))


def _tree_faults(
    folder: Folder, checkpoint: Checkpoint, see: Callable[[int, list[bytes]], None] | None
) -> Iterator[Fault]:
    """Every bundle, every tile, and the root."""
    found, unread = Accumulator(), False
    rising: dict[int, list[bytes]] = defaultdict(list)  # level -> hashes of the tile that is filling
    finished: dict[int, int] = defaultdict(int)  # level -> tiles that are full
    for index in range(-(-checkpoint.size // WIDTH)):
        width = min(WIDTH, checkpoint.size - index * WIDTH)
        name = Tile(ENTRIES, index, width).path
        try:
            entries = unpack(_present(folder, name), width)
        except TileInvalid as fault:
            yield Fault(name, str(fault))
            unread = True
            continue
        if see:
            see(index * WIDTH, entries)
        if unread:
            continue  # what stands above and after an unread bundle cannot be derived
        found.add(entries)
        fresh = [leaf_hash(entry) for entry in entries]
        for level in range(HEIGHT):
            rising[level] += fresh
            if len(rising[level]) < WIDTH:
                break
            yield from _tile_faults(folder, Tile(level, finished[level]), rising[level])
            fresh = [full_tile_root(rising.pop(level))]
            finished[level] += 1
    if unread:
        return
    for level, hashes in rising.items():
        if hashes:
            yield from _tile_faults(folder, Tile(level, finished[level], len(hashes)), hashes)
    if found.root() != checkpoint.root:
        yield Fault(CHECKPOINT, "the entries do not have the root that was signed")


def _tile_faults(folder: Folder, tile: Tile, hashes: list[bytes]) -> Iterator[Fault]:
    try:
        if _present(folder, tile.path) == b"".join(hashes):
            return
        yield Fault(tile.path, "does not hold the hashes of the entries below it")
        if tile.level == 0:  # nobody can say from the two alone which of them was changed
            yield Fault(Tile(ENTRIES, tile.index, tile.width).path, f"holds entries that {tile.path} does not know")
    except TileInvalid as fault:
        yield Fault(tile.path, str(fault))


def _partial_and_foreign_faults(folder: Folder, size: int) -> Iterator[Fault]:
    """Older partial tiles must begin what came after them; and nothing else may lie in the folder."""
    for path in sorted(folder.root.rglob("*")):
        name = path.relative_to(folder.root).as_posix()
        if path.is_dir() or name in (CHECKPOINT, KEY) or name.endswith(TEMPORARY):
            continue
        match = _TILE.fullmatch(name)
        if not match:
            yield Fault(name, "does not belong into a log")
            continue
        level = match[1] if match[1] == ENTRIES else int(match[1])
        tile = Tile(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH))
        hashes = size if level == ENTRIES else size >> HEIGHT * int(level)
        width = min(WIDTH, hashes - tile.index * WIDTH)
        if tile.path != name:
            yield Fault(name, "does not belong into a log")
        elif tile.width < width and not _begins(folder, tile, Tile(level, tile.index, width)):
            yield Fault(name, "does not begin the tile that came after it")


def _begins(folder: Folder, older: Tile, newer: Tile) -> bool:
    ours, theirs = folder.read(older.path) or b"", folder.read(newer.path) or b""
    if older.level != ENTRIES:
        return len(ours) == older.width * 32 and theirs.startswith(ours)
    try:
        return ours == pack(unpack(theirs, newer.width)[: older.width])
    except TileInvalid:
        return True  # that bundle is named already


def _present(folder: Folder, name: str) -> bytes:
    data = folder.read(name)
    if data is None:
        raise TileInvalid("is missing")
    return data
