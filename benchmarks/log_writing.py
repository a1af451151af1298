"""How fast is the log written, durable, read back and signed, as a share of what hashing alone allows?

The limit is hashlib's: one leaf hash and one node hash for each entry, in a plain loop, and nothing else. It is
measured beside each run, because the machine is shared. A batch ends with its checkpoint on the disk: tiles and
bundles forced to the disk, read back, the root found again by a second implementation, signed, renamed, forced.

    python benchmarks/log_writing.py [--entries N] [--folder DIR] [--write]

`--write` keeps the result under benchmarks/results/.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from amends.tlog.log import Log
from amends.tlog.note import Signer

TARGET = 0.3  # of the limit, for batches as the sequencer writes them
BULK = 50_000
BATCHES = (1_000, 5_000, BULK)
RUNS = 3


def limit(entries: list[bytes]) -> float:
    """Entries a second of hashing alone."""
    began, node = time.perf_counter(), bytes(32)
    for entry in entries:
        node = sha256(b"\x01" + node + sha256(b"\x00" + entry).digest()).digest()
    return len(entries) / (time.perf_counter() - began)


def written(entries: list[bytes], batch: int, folder: Path) -> tuple[float, float]:
    """Entries a second, and the median seconds of a batch."""
    log, seconds = Log(folder, Signer.generate("example.org/benchmark")), []
    for start in range(0, len(entries), batch):
        began = time.perf_counter()
        log.extend(entries[start : start + batch])
        seconds.append(time.perf_counter() - began)
    return len(entries) / sum(seconds), statistics.median(seconds)


def measure(entries: list[bytes], batch: int, place: Path) -> str:
    rows = []
    for run in range(RUNS):
        before = limit(entries)
        rate, median = written(entries, batch, place / f"{batch}-{run}")
        rows.append((rate / statistics.mean((before, limit(entries))), rate, median))
    ratio, rate, median = sorted(rows)[len(rows) // 2]
    line = f"batch {batch:>6,}: {rate:>9,.0f} entries/s  {median * 1000:>6.1f} ms a batch  {ratio:.2f} of the limit"
    if batch != BULK:
        return line
    return f"{line}   target {TARGET:.2f}: {'met' if ratio >= TARGET else 'MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=300_000)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure (default: /var/tmp)")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    entries = [b'{"commitment":"%064x","type":"private","v":1}' % number for number in range(options.entries)]
    now = datetime.now(UTC)
    lines = [
        f"Log writing, {now:%Y-%m-%d}: {len(entries):,} private entries of {len(entries[0])} bytes; median of {RUNS}",
        f"machine: {os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}; load {os.getloadavg()[0]:.1f}",
    ]
    print(*lines, sep="\n", flush=True)
    # One folder, removed at the end: for half a minute after files are deleted, ext4 is slow to make new ones.
    on_disk = Path("/var/tmp")  # /tmp is memory on many machines
    folder = options.folder or (on_disk if on_disk.is_dir() else None)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for batch in BATCHES:
            lines.append(measure(entries[: 60 * batch], batch, Path(place)))
            print(lines[-1], flush=True)
    if options.write:
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / f"log_writing_{now:%Y-%m-%d}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
