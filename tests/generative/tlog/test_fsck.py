"""Every change of a single file of a log is found: 0 of 150 pass."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from amends.tlog.fsck import fsck
from amends.tlog.log import Log
from amends.tlog.note import Signer

ALICE = Signer.generate("example.org/log")
CHANGES: dict[str, Callable[[bytes, random.Random], bytes | None]] = {
    "bit": lambda data, dice: flipped(data, dice.randrange(len(data) * 8)),
    "cut": lambda data, dice: data[: dice.randrange(len(data))],
    "longer": lambda data, dice: data + bytes([dice.randrange(256)]),
    "gone": lambda data, dice: None,
    "swapped": lambda data, dice: data[len(data) // 2 :] + data[: len(data) // 2] + b"\0",
}


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("genuine")
    log = Log(folder, ALICE)
    for size in (100, 300, 1000, 1010, 1015):  # leaves partial tiles of older checkpoints behind
        log.extend([b"entry %d" % number for number in range(log.checkpoint.size, size)])
    assert fsck(folder, ALICE.verifier).faults == ()
    return folder


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_named(genuine: Path, tmp_path: Path, change: str) -> None:
    folder = tmp_path / "log"
    shutil.copytree(genuine, folder)
    dice = random.Random(change)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    accepted = []
    for path in [dice.choice(files) for _ in range(30)] if change == "bit" else files:
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        new = CHANGES[change](data, dice)
        path.unlink() if new is None else path.write_bytes(new)
        faults = {fault.file for fault in fsck(folder, ALICE.verifier).faults}
        older = ".p/" in name and change == "gone" and not current(name)  # the standard lets a log delete these
        if name not in faults and "checkpoint" not in faults and not older:
            accepted.append(name)
        path.write_bytes(data)
    assert accepted == []


def current(name: str) -> bool:
    return name.endswith(("003.p/247", "000.p/3"))


@pytest.mark.parametrize("name", ["README", "tile/0/004x", "tile/9/000", "tile/0/000.p/256", "tile/entries/x000/000"])
def test_a_file_that_does_not_belong_is_named(genuine: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "log"
    shutil.copytree(genuine, folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x")
    assert [fault.file for fault in fsck(folder, ALICE.verifier).faults] == [name]


def test_a_self_consistent_log_with_another_entry_is_found_by_its_signature(genuine: Path, tmp_path: Path) -> None:
    forged = tmp_path / "log"
    mallory = Signer.generate(ALICE.name)
    Log(forged, mallory).extend([b"forged"])
    assert fsck(forged, mallory.verifier).faults == ()
    assert {fault.file for fault in fsck(forged, ALICE.verifier).faults} == {"checkpoint", "key.pub"}
