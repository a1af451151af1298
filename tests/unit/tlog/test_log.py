from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends.tlog.fsck import fsck
from amends.tlog.log import Log, LogDamaged
from amends.tlog.merkle import check_inclusion, leaf_hash, root
from amends.tlog.note import NoteInvalid, Signer
from amends.tlog.reader import Tree
from amends.tlog.store import Folder
from amends.tlog.verify import verify_extension

ALICE, MALLORY = Signer.generate("example.org/log"), Signer.generate("example.org/log")


def entries(start: int, stop: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(start, stop)]


def grown(folder: Path, *sizes: int) -> Log:
    log = Log(folder, ALICE)
    for size in sizes:
        log.extend(entries(log.checkpoint.size, size))
    return log


@pytest.mark.parametrize(
    "sizes", [[2], [7], [255], [256], [257], [1, 255, 256, 257, 600], [65_537], [65_535, 65_536]]
)
def test_the_log_has_the_root_of_its_entries_however_they_came(tmp_path: Path, sizes: list[int]) -> None:
    log = grown(tmp_path, *sizes)
    assert log.checkpoint.size == sizes[-1]
    assert log.checkpoint.root == root([leaf_hash(entry) for entry in entries(0, sizes[-1])])
    assert fsck(tmp_path, ALICE.verifier).faults == ()


@settings(max_examples=25)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_a_writer_that_starts_again_goes_on_where_the_last_one_published(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    size, notes = 0, []
    for step in steps:
        Log(folder, ALICE).extend(entries(size, size + step))
        size += step
        notes.append((size, (folder / "checkpoint").read_text(encoding="utf-8") if size else ""))
    assert list(Tree(Folder(folder), size).entries()) == entries(0, size)
    for old_size, older in notes:
        if old_size:
            path = Tree(Folder(folder), size).consistency_path(old_size)
            verify_extension(older, notes[-1][1], path, ALICE.verifier)


def test_every_entry_has_a_proof(tmp_path: Path) -> None:
    log = grown(tmp_path, 300, 70_000)
    tree = Tree(Folder(tmp_path), 70_000)
    for index in (0, 1, 255, 256, 299, 300, 65_535, 65_536, 69_999):
        check_inclusion(
            leaf_hash(b"entry %d" % index), index, 70_000, tree.inclusion_path(index), log.checkpoint.root
        )


def test_nothing_new_means_no_new_checkpoint(tmp_path: Path) -> None:
    log = grown(tmp_path, 5)
    before = (tmp_path / "checkpoint").read_bytes()
    log.extend([])
    assert (tmp_path / "checkpoint").read_bytes() == before


def test_the_key_lies_beside_the_log(tmp_path: Path) -> None:
    grown(tmp_path, 1)
    assert (tmp_path / "key.pub").read_text() == ALICE.verifier.text + "\n"


def test_partial_tiles_that_a_full_one_replaced_are_gone(tmp_path: Path) -> None:
    grown(tmp_path, 100, 200, 257)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("tile/**/*") if p.is_file()) == [
        "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1",
    ]  # fmt: skip


def test_a_reader_that_is_behind_finds_its_tree_in_the_full_tiles(tmp_path: Path) -> None:
    older = grown(tmp_path, 100).checkpoint
    grown(tmp_path, 70_000)
    tree = Tree(Folder(tmp_path), 100, log_may_be_ahead=True)
    assert tree.root() == older.root
    assert list(tree.entries()) == entries(0, 100)
    check_inclusion(leaf_hash(b"entry 99"), 99, 100, tree.inclusion_path(99), older.root)


def test_a_log_of_another_key_is_not_continued(tmp_path: Path) -> None:
    grown(tmp_path, 5)
    with pytest.raises(NoteInvalid, match="no signature"):
        Log(tmp_path, MALLORY)


@pytest.mark.parametrize("file", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"!", lambda data: None])
def test_a_log_whose_end_is_damaged_is_not_continued(tmp_path: Path, file: str, damage) -> None:
    grown(tmp_path, 300)
    data = damage((tmp_path / file).read_bytes())
    (tmp_path / file).unlink() if data is None else (tmp_path / file).write_bytes(data)
    with pytest.raises(LogDamaged):
        Log(tmp_path, ALICE)


class BitFlip(Folder):
    """A disk, or memory, that changes one bit of one file on its way."""

    victim = ""

    def place(self, files):
        return super().place({p: d[:-1] + bytes([d[-1] ^ 1]) if p == self.victim else d for p, d in files.items()})


@pytest.mark.parametrize("victim", ["tile/entries/000", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"])
def test_one_flipped_bit_is_found_before_the_signature(tmp_path: Path, victim: str) -> None:
    log = Log(tmp_path, ALICE)
    log._folder = BitFlip(tmp_path)
    object.__setattr__(log._folder, "victim", victim)
    with pytest.raises(LogDamaged, match="nothing was signed"):
        log.extend(entries(0, 300))
    assert not (tmp_path / "checkpoint").exists()


# Many entries at once go past the examiner, which is a process of its own.


@pytest.mark.parametrize("before", [0, 1, 255, 256, 300])
def test_a_large_batch_is_examined_by_another_process(tmp_path: Path, before: int) -> None:
    log = grown(tmp_path, before, before + 9_000, before + 18_000)
    assert log._examiner._process is not None
    assert log.checkpoint.root == root([leaf_hash(entry) for entry in entries(0, before + 18_000)])
    assert fsck(tmp_path, ALICE.verifier).faults == ()


@pytest.mark.parametrize("victim", ["tile/entries/000", "tile/entries/020", "tile/0/020", "tile/1/000.p/36"])
def test_one_flipped_bit_in_a_large_batch_is_found_before_the_signature(tmp_path: Path, victim: str) -> None:
    log = grown(tmp_path, 7)
    log._folder = BitFlip(tmp_path)
    object.__setattr__(log._folder, "victim", victim)
    with pytest.raises(LogDamaged, match="nothing was signed"):
        log.extend(entries(7, 9_300))
    assert Log(tmp_path, ALICE).checkpoint.size == 7


def test_without_its_examiner_the_log_signs_nothing(tmp_path: Path) -> None:
    log = grown(tmp_path, 9_000)
    process = log._examiner._process
    assert process
    process.kill()
    process.wait()
    with pytest.raises(LogDamaged, match="process has ended"):
        log.extend(entries(9_000, 18_000))
    assert Log(tmp_path, ALICE).checkpoint.size == 9_000


def test_the_examiner_ends_with_its_writer(tmp_path: Path) -> None:
    log = grown(tmp_path, 9_000)
    process = log._examiner._process
    assert process
    del log
    assert process.wait(timeout=10) == 0


def test_one_flipped_bit_in_the_computation_is_found_before_the_signature(tmp_path: Path) -> None:
    log = grown(tmp_path, 3)
    log._edge[0][1] = bytes(32)
    with pytest.raises(LogDamaged, match="two implementations"):
        log.extend(entries(3, 9))
    assert Log(tmp_path, ALICE).checkpoint.size == 3


class Stopped(Exception):
    """The process ended here."""


class StopsAt(Folder):
    """A disk whose process is killed at its `countdown`-th file."""

    countdown = [0]

    def place(self, files):
        names = list(files)
        if self.countdown[0] < len(names):
            super().place({name: files[name] for name in names[: self.countdown[0]]})()
            raise Stopped
        self.countdown[0] -= len(names)
        return super().place(files)

    def replace(self, path, data):
        if self.countdown[0] <= 0:
            raise Stopped
        self.countdown[0] -= 1
        super().replace(path, data)


@pytest.mark.parametrize("steps", range(8))
def test_wherever_the_writer_was_stopped_the_next_one_goes_on(tmp_path: Path, steps: int) -> None:
    grown(tmp_path, 200)
    stopped = Log(tmp_path, ALICE)
    stopped._folder = StopsAt(tmp_path)
    stopped._folder.countdown[0] = steps
    try:
        stopped.extend(entries(200, 600))
    except Stopped:
        assert fsck(tmp_path, ALICE.verifier).faults == ()
    log = Log(tmp_path, ALICE)
    assert log.checkpoint.size in (200, 600)
    log.extend(entries(log.checkpoint.size, 601))
    assert fsck(tmp_path, ALICE.verifier).faults == ()
    assert log.checkpoint.root == root([leaf_hash(entry) for entry in entries(0, 601)])
