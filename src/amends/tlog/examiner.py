"""Who looks over the writer's shoulder? Another process, with memory of its own, that reads what the disk gives back.

It reads the bundles that were just written and finds the root of each with the second implementation
(`accumulator`), while the writer computes the tiles above them. On two cores the log is written nearly twice as
fast; and a fault in the writer's memory cannot reach both sums.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from amends.tlog.accumulator import Accumulator
from amends.tlog.merkle import HASH_BYTES
from amends.tlog.store import Folder
from amends.tlog.tiles import ENTRIES, WIDTH, Tile, TileInvalid, unpack

FOUND, FAULT = b"+", b"-"


class ExaminerFault(ValueError):  # noqa: N818 - it is a finding, not an error
    """A bundle is not readable, or the examiner is gone."""


class Examiner:
    """The writer's end. The process starts with the first question and ends with this object, however it ends."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, first: int, count: int) -> None:
        """Asks for the roots of `count` full bundles from the `first` on; fetch the answer before asking again."""
        if self._process is None:
            source = str(Path(__file__).parents[2])
            path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self._root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": path},
            )  # fmt: skip
        assert self._process.stdin
        try:
            self._process.stdin.write(b"%d %d\n" % (first, count))
            self._process.stdin.flush()
        except OSError as fault:
            raise ExaminerFault("the examiner's process has ended") from fault

    def answer(self, count: int) -> list[bytes]:
        """The roots that were asked for. Raises ExaminerFault where a bundle cannot be read."""
        assert self._process
        assert self._process.stdout
        verdict = self._process.stdout.read(1)
        if verdict == FAULT:
            raise ExaminerFault(self._process.stdout.readline().decode().strip())
        data = self._process.stdout.read(count * HASH_BYTES)
        if verdict != FOUND or len(data) != count * HASH_BYTES:
            raise ExaminerFault("the examiner's process has ended")
        return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]

    def close(self) -> None:
        if self._process:
            self._process.communicate()  # closes its input: it ends, and is reaped
            self._process = None

    def __del__(self) -> None:
        self.close()


def bundle_root(folder: Folder, number: int) -> bytes:
    """The root of the 256 entries of a full bundle, as they lie on the disk."""
    name = Tile(ENTRIES, number).path
    data = folder.read(name)
    if data is None:
        raise ExaminerFault(f"{name} is missing")
    try:
        found = Accumulator()
        found.add(unpack(data, WIDTH))
    except TileInvalid as fault:
        raise ExaminerFault(f"{name} {fault}") from fault
    return found.root()


def _examine(root: Path) -> None:
    """The examiner's end: answers questions until its input is closed, as it is when the writer dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the writer, which then closes our input
    folder, answers = Folder(root), sys.stdout.buffer
    for question in sys.stdin.buffer:
        first, count = map(int, question.split())
        try:
            roots = [bundle_root(folder, number) for number in range(first, first + count)]
            answers.write(FOUND + b"".join(roots))
        except ExaminerFault as fault:
            answers.write(FAULT + f"{fault}\n".encode())
        answers.flush()


if __name__ == "__main__":
    _examine(Path(sys.argv[1]))
