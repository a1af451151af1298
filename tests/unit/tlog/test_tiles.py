import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.tlog.tiles import ENTRIES, Tile, TileInvalid, pack, split_hashes, tiles_of, unpack


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(3, 999), "tile/3/999"),
        (Tile(3, 1000), "tile/3/x001/000"),
        (Tile(1, 1, 17), "tile/1/001.p/17"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_names_are_those_of_the_standard(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_the_standards_own_example_of_70_000_entries() -> None:
    names = {tile.path for tile in tiles_of(70_000) if tile.level != ENTRIES}
    assert len(names) == 273 + 1 + 1 + 1 + 1
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= names


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above() -> None:
    assert [t.path for t in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert unpack(pack(entries), len(entries)) == entries


@given(st.lists(st.binary(min_size=5, max_size=5), min_size=1, max_size=256), st.integers(0, 255))
def test_a_bundle_of_entries_of_one_length_is_read_as_any_other(entries: list[bytes], at: int) -> None:
    entries[at % len(entries)] += b"!"
    assert unpack(pack(entries), len(entries)) == entries


@pytest.mark.parametrize("data", [b"\0", b"\0\2a", b"\0\1ab", b"\0\1a", b"", pack([b"a"] * 3)])
def test_a_bundle_that_is_not_whole_is_refused(data: bytes) -> None:
    with pytest.raises(TileInvalid):
        unpack(data, 2)


def test_a_tile_of_another_width_is_refused() -> None:
    with pytest.raises(TileInvalid, match="64 bytes"):
        split_hashes(b"x" * 64, 3)


def test_an_entry_of_64_kib_does_not_fit() -> None:
    assert unpack(pack([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(ValueError, match="limit"):
        pack([b"x" * 65_536])
