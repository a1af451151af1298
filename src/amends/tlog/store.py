"""Where do the tiles lie, and when are they safe? In a folder that any web server can serve as it is.

A file is written beside its place and moved into place: whoever reads sees all of it or nothing of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TEMPORARY = ".new"
# Forcing 400 small files to the disk one after another takes 88 ms here, a few at a time a third of it: the disk's
# own journal then commits many at once. More threads only take the interpreter from the examiner.
SYNCS_AT_ONCE = 4


@dataclass(frozen=True)
class Folder:
    """A log's files under `root`."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def place(self, files: Mapping[str, bytes]) -> Callable[[], None]:
        """Puts new files in place and begins to force them to the disk. They are safe when the function returned
        has returned; it raises OSError where the disk refused.

        Only for files that no published checkpoint needs yet: after a crash they may be torn, and are written again.
        """
        places = [self.root / path for path in files]
        folders = {place.parent for place in places}
        made = [path for folder in folders for path in _make(folder)]
        for place, data in zip(places, files.values(), strict=True):
            _write(f"{place}{TEMPORARY}", data)
            os.replace(f"{place}{TEMPORARY}", place)  # noqa: PTH105 - thousands of tiles: pathlib costs as much as the disk
        pool = ThreadPoolExecutor(SYNCS_AT_ONCE)
        syncs = [pool.submit(_sync, path) for path in [*places, *folders, *made]]
        pool.shutdown(wait=False)

        def settle() -> None:
            for sync in syncs:
                sync.result()

        return settle

    def replace(self, path: str, data: bytes) -> None:
        """Replaces a file in one step, after its new bytes are on the disk: readers and crashes see the old or the
        new one, never anything between. Safe when this returns."""
        place = self.root / path
        _make(place.parent)
        beside = place.with_name(place.name + TEMPORARY)
        _write(beside, data)
        _sync(beside)
        beside.replace(place)
        _sync(place.parent)

    def drop(self, paths: Iterable[str]) -> None:
        """Removes folders of partial tiles that a full tile has replaced."""
        for path in paths:
            shutil.rmtree(self.root / path, ignore_errors=True)


def _make(folder: Path) -> list[Path]:
    """Makes `folder` and what is missing above it; the folders whose list of names changed."""
    missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
    folder.mkdir(parents=True, exist_ok=True)
    return [path.parent for path in missing]


def _write(path: str | Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
