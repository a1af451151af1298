"""How does the log grow, so that no crash and no flipped bit can ever make it sign something wrong?

Each `extend`: 1 compute the new tiles; 2 write them; 3 read them back and find the new root with a second
implementation that starts from the published tree; 4 only if both agree and the disk has all of it, sign; 5 publish
the checkpoint by one rename. Until step 5 the published log is the old one, and whatever a crash leaves behind is
written over.

One writer at a time: its caller holds a lock. Index and order of entries are the caller's promise, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from amends.tlog.accumulator import Accumulator
from amends.tlog.checkpoint import Checkpoint, open_checkpoint
from amends.tlog.examiner import Examiner, ExaminerFault
from amends.tlog.merkle import leaf_hash, root
from amends.tlog.note import Signer
from amends.tlog.reader import FileMissing, Tree
from amends.tlog.store import Folder
from amends.tlog.tiles import ENTRIES, HEIGHT, WIDTH, Tile, TileInvalid, full_tile_root, pack

CHECKPOINT = "checkpoint"
KEY = "key.pub"
WORTH_ASKING = 32  # full bundles; starting the examiner's process takes as long as reading so many


class LogDamaged(ValueError):  # noqa: N818 - it is a finding, not an error
    """The log's files do not hold the tree that was signed, or not the tree that is about to be."""


class Log:
    """The writer's view of a log that lies in `folder`, signed by `signer`.

    Opening verifies the published checkpoint's signature and that the right edge of the tree leads to its root.
    Raises NoteInvalid where the checkpoint is of another key, LogDamaged where the tree is not the signed one.
    """

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = Folder(folder)
        self._examiner = Examiner(folder)
        self._signer = signer
        note = self._folder.read(CHECKPOINT)
        self.note = (note or b"").decode(errors="replace")  # what is not UTF-8 is no note: refused below
        if note is None:
            self.checkpoint = Checkpoint(signer.name, 0, root([]))
            self._folder.replace(KEY, f"{signer.verifier.text}\n".encode())
        else:
            self.checkpoint = open_checkpoint(self.note, signer.verifier)
        self._edge, self._last_bundle, self._published = self._read_edge()

    def close(self) -> None:
        """Lets the examiner's process go. The log on the disk is whole at any time, with or without this."""
        self._examiner.close()

    def extend(self, entries: Sequence[bytes]) -> Checkpoint:
        """Adds `entries` and publishes the signed checkpoint of the longer log; it is durable when this returns."""
        if not entries:
            return self.checkpoint
        old, size = self.checkpoint.size, self.checkpoint.size + len(entries)
        last_bundle, bundles = self._bundles(entries)
        settle_bundles = self._folder.place(bundles)
        asked = self._ask(old, size)
        edge, tiles = self._tiles(entries)  # while the examiner reads the bundles
        settle_tiles = self._folder.place(tiles)
        checkpoint = Checkpoint(self.checkpoint.origin, size, _root_of(edge))
        found = self._examine(checkpoint, tiles, asked)  # while the disk is still busy
        settle_bundles()
        settle_tiles()
        self.note = checkpoint.sign(self._signer)
        self._folder.replace(CHECKPOINT, self.note.encode())
        self.checkpoint, self._edge, self._last_bundle, self._published = checkpoint, edge, last_bundle, found
        self._folder.drop(f"{Tile(level, index).path}.p" for level, index in _filled(old, size))
        return checkpoint

    def _bundles(self, entries: Sequence[bytes]) -> tuple[list[bytes], dict[str, bytes]]:
        """The entries of the new last bundle, and the files of every bundle that is new."""
        size, files = self.checkpoint.size, {}
        bundle = [*self._last_bundle, *entries]
        for start in range(0, len(bundle), WIDTH):
            part = bundle[start : start + WIDTH]
            files[Tile(ENTRIES, (size + start) // WIDTH, len(part)).path] = pack(part)
        return bundle[len(bundle) // WIDTH * WIDTH :], files

    def _tiles(self, entries: Sequence[bytes]) -> tuple[list[list[bytes]], dict[str, bytes]]:
        """The new right edge of the tree, and the files of every tile that is new."""
        size, files = self.checkpoint.size, {}
        edge: list[list[bytes]] = []
        fresh = [sha256(b"\x00" + entry).digest() for entry in entries]  # leaf_hash, without a million calls
        for level in range(HEIGHT):
            hashes = self._edge[level] + fresh
            first = (size >> HEIGHT * level) // WIDTH
            fresh_above = []
            for start in range(0, len(hashes) if fresh else 0, WIDTH):
                part = hashes[start : start + WIDTH]
                files[Tile(level, first + start // WIDTH, len(part)).path] = b"".join(part)
                if len(part) == WIDTH:
                    fresh_above.append(full_tile_root(part))
            edge.append(hashes[len(fresh_above) * WIDTH :])
            fresh = fresh_above
        return edge, files

    def _ask(self, old: int, size: int) -> range:
        """Asks the examiner for the roots of the new full bundles, if they are many enough to be worth it."""
        full = range(-(-old // WIDTH), size // WIDTH)
        if len(full) < WORTH_ASKING:
            return range(0)
        try:
            self._examiner.ask(full.start, len(full))
        except ExaminerFault as fault:
            raise LogDamaged(f"{fault}; nothing was signed") from fault
        return full

    def _examine(self, checkpoint: Checkpoint, tiles: dict[str, bytes], asked: range) -> Accumulator:
        """Step 3. Raises LogDamaged unless the disk holds what was meant and it has the root that was computed."""
        for path, data in tiles.items():
            if self._folder.read(path) != data:
                raise LogDamaged(f"{path} reads back differently from what was written; nothing was signed")
        found, written = self._published.copy(), Tree(self._folder, checkpoint.size)
        try:
            if asked:
                found.add(written.entries(found.size, asked.start * WIDTH))
                found.add_subtrees(self._examiner.answer(len(asked)), HEIGHT)
            found.add(written.entries(found.size))
        except (TileInvalid, FileMissing, ExaminerFault) as fault:
            raise LogDamaged(
                f"an entry bundle just written cannot be read back: {fault}; nothing was signed"
            ) from fault
        if (found.size, found.root()) != (checkpoint.size, checkpoint.root):
            raise LogDamaged("two implementations found different roots for the new tree; nothing was signed")
        return found

    def _read_edge(self) -> tuple[list[list[bytes]], list[bytes], Accumulator]:
        """What the next entries join on to, if it is what was signed."""
        size = self.checkpoint.size
        tree = Tree(self._folder, size)
        try:
            edge = tree.edge()
            bundle = tree.bundle(size // WIDTH) if size % WIDTH else []
            published = Accumulator.resume(size, tree.peaks())
        except (TileInvalid, FileMissing) as fault:
            raise LogDamaged(f"the published log is not whole: {fault}") from fault
        leaves = [leaf_hash(entry) for entry in bundle]
        if leaves != edge[0] or {_root_of(edge), published.root()} != {self.checkpoint.root}:
            raise LogDamaged("the files at the end of the published log do not lead to the signed root")
        return edge, bundle, published


def _root_of(edge: list[list[bytes]]) -> bytes:
    """The root of the tree whose right edge this is: each level's hashes, and what the level below leaves over."""
    carried: list[bytes] = []
    for level, hashes in enumerate(edge):
        row = [*hashes, *carried]
        if not any(edge[level + 1 :]):
            return root(row)
        carried = [root(row)] if row else []
    raise AssertionError("the last level always answers")


def _filled(old: int, new: int) -> list[tuple[int | str, int]]:
    """The tiles and bundles that were partial at size `old` and are full at size `new`."""
    filled: list[tuple[int | str, int]] = []
    for level in range(HEIGHT):
        before, after = old >> HEIGHT * level, new >> HEIGHT * level
        if before % WIDTH and before // WIDTH < after // WIDTH:
            filled += [(level, before // WIDTH)] + ([(ENTRIES, before // WIDTH)] if level == 0 else [])
    return filled
