import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.tlog.accumulator import Accumulator
from amends.tlog.merkle import (
    EMPTY_ROOT,
    ProofInvalid,
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    tree_root,
)

# The inputs and roots that every implementation of RFC 6962 is tested with (Certificate Transparency's own).
CT_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def by_definition(hashes: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 words it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256().digest()
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(by_definition(hashes[:k]), by_definition(hashes[k:]))


def reader(hashes: list[bytes]):
    return lambda level, index: by_definition(hashes[index << level : index + 1 << level])


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_certificate_transparency(count: int) -> None:
    entries = [bytes.fromhex(text) for text in CT_INPUTS[:count]]
    accumulator = Accumulator()
    accumulator.add(entries)
    assert root([leaf_hash(entry) for entry in entries]).hex() == CT_ROOTS[count - 1]
    assert accumulator.root().hex() == CT_ROOTS[count - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == Accumulator().root() == EMPTY_ROOT == tree_root(0, reader([]))


@given(st.integers(0, 300))
def test_two_implementations_and_the_definition_agree(count: int) -> None:
    accumulator = Accumulator()
    accumulator.add(b"entry %d" % number for number in range(count))
    assert root(leaves(count)) == by_definition(leaves(count)) == accumulator.root()
    assert tree_root(count, reader(leaves(count))) == accumulator.root()


@given(st.data())
def test_every_entry_has_a_proof_that_holds_for_it_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 200))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    path = inclusion_path(index, size, reader(hashes))
    check_inclusion(hashes[index], index, size, path, root(hashes))
    if other != index:
        with pytest.raises(ProofInvalid):
            check_inclusion(hashes[index], other, size, path, root(hashes))
        with pytest.raises(ProofInvalid):
            check_inclusion(hashes[other], index, size, path, root(hashes))


@given(st.data())
def test_every_longer_tree_proves_that_it_begins_with_every_shorter(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 200))
    old = data.draw(st.integers(1, new))
    hashes = leaves(new)
    path = consistency_path(old, new, reader(hashes))
    check_consistency(old, root(hashes[:old]), new, root(hashes), path)
    forged = [leaf_hash(b"forged"), *hashes[1:]]
    with pytest.raises(ProofInvalid):
        check_consistency(old, root(hashes[:old]), new, root(forged), consistency_path(old, new, reader(forged)))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [(0, 3, []), (4, 3, []), (3, 5, []), (3, 3, [b"x" * 32]), (2, 5, [b"x" * 32] * 9), (3, 5, [b"x" * 32])],
)
def test_a_consistency_proof_of_the_wrong_length_is_refused(old: int, new: int, path: list[bytes]) -> None:
    with pytest.raises(ProofInvalid):
        check_consistency(old, root(leaves(old)), new, root(leaves(new)), path)


def test_a_path_with_surplus_or_missing_hashes_is_refused() -> None:
    hashes = leaves(5)
    path = inclusion_path(2, 5, reader(hashes))
    for damaged in (path[:-1], [*path, path[-1]], []):
        with pytest.raises(ProofInvalid, match="hashes than"):
            check_inclusion(hashes[2], 2, 5, damaged, root(hashes))
    with pytest.raises(ProofInvalid, match="not below"):
        check_inclusion(hashes[2], 5, 5, path, root(hashes))
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_path(5, 5, reader(hashes))
    with pytest.raises(ValueError, match="does not extend"):
        consistency_path(6, 5, reader(hashes))
