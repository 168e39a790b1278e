"""The Merkle tree: RFC 6962 by its own words, against another implementation, and no proof of what is not so."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from dsr.evidence import tree
from dsr.evidence.tree import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    proves_consistency,
    proves_inclusion,
)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def perfect_of(leaves: list[bytes]) -> tree.Perfect:
    def perfect(level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(leaves), "only what is full is asked for"
        return by_definition(leaves[index << level : (index + 1) << level])

    return perfect


def leaves_of(size: int) -> list[bytes]:
    return [f"event {number}".encode() for number in range(size)]


sizes = st.integers(0, 130)


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert tree.root(0, perfect_of([])) == EMPTY_ROOT == by_definition([])


@given(size=sizes)
def test_the_root_is_that_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert tree.root(size, perfect_of(leaves)) == by_definition(leaves)
    grown = Frontier()
    for leaf in leaves:
        grown.add(leaf_hash(leaf))
    assert (grown.size, grown.root()) == (size, by_definition(leaves))


@given(data=st.data(), size=st.integers(1, 130))
def test_every_leaf_is_proved_and_no_other_at_its_place(data: st.DataObject, size: int) -> None:
    # given
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    root, leaf = by_definition(leaves), leaf_hash(leaves[index])
    # when
    proof = prove_inclusion(index, size, perfect_of(leaves))
    # then
    assert proves_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda it: it != index) if size > 1 else st.just(size))
    assert not proves_inclusion(leaf, other, size, proof, root)
    assert not proves_inclusion(leaf_hash(b"another"), index, size, proof, root)
    assert not proves_inclusion(leaf, index, size, [*proof, root], root)
    assert not proves_inclusion(leaf, index, size, proof[:-1], root) or not proof


@given(data=st.data(), size=st.integers(1, 130))
def test_a_longer_log_is_proved_to_begin_with_a_shorter_one(data: st.DataObject, size: int) -> None:
    # given
    leaves, earlier = leaves_of(size), data.draw(st.integers(1, size))
    before, after = by_definition(leaves[:earlier]), by_definition(leaves)
    # when
    proof = prove_consistency(earlier, size, perfect_of(leaves))
    # then
    assert proves_consistency(earlier, size, proof, before, after)
    if earlier < size:
        forged = by_definition([b"forged", *leaves[1:earlier]])
        assert not proves_consistency(earlier, size, proof, forged, after)
        assert not proves_consistency(earlier, size, proof, before, forged)
        assert not proves_consistency(earlier, size, [*proof, after], before, after)
        assert not proves_consistency(earlier, size, proof[:-1], before, after)


def test_another_implementation_finds_the_same_roots_and_proofs() -> None:
    # given
    leaves, other = leaves_of(70), InmemoryTree(algorithm="sha256")
    for size, leaf in enumerate(leaves, 1):
        other.append_entry(leaf)
        perfect = perfect_of(leaves[:size])
        # then
        assert tree.root(size, perfect) == other.get_root()
        for index in range(0, size, 7):
            path = {bytes.fromhex(each) for each in other.prove_inclusion(index + 1, size).serialize()["path"]}
            assert {*prove_inclusion(index, size, perfect), leaf_hash(leaves[index])} == path


def test_an_empty_log_proves_nothing_of_a_longer_one() -> None:
    assert prove_consistency(0, 5, perfect_of(leaves_of(5))) == []
    assert not proves_consistency(0, 5, [], EMPTY_ROOT, by_definition(leaves_of(5)))


@pytest.mark.parametrize(
    "asked",
    [
        lambda: prove_inclusion(3, 3, perfect_of(leaves_of(3))),
        lambda: prove_inclusion(-1, 3, perfect_of(leaves_of(3))),
        lambda: prove_consistency(4, 3, perfect_of(leaves_of(3))),
    ],
)
def test_nothing_is_proved_of_what_the_tree_does_not_have(asked: Callable[[], list[bytes]]) -> None:
    with pytest.raises(ValueError, match=r"no such leaf|larger one"):
        asked()
