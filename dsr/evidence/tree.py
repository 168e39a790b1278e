"""The Merkle tree over the headers of the log (RFC 6962 section 2, RFC 9162 section 2.1), and proofs about it.

A leaf is the header of an event, byte for byte; its index is the event's position less one. A tree of n leaves splits
at the largest power of two below n, so that every tree is made of perfect subtrees, which never change once they are
full. The caller that asks for a root or a proof brings a function that yields the hashes of perfect subtrees.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

HASH_BYTES: Final = 32

EMPTY_ROOT: Final = hashlib.sha256().digest()
"""Root of the tree without leaves."""

Perfect = Callable[[int, int], bytes]
"""Hash of a perfect subtree by its level and index: it has 2**level leaves, of which the first is index * 2**level."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, perfect: Perfect) -> bytes:
    """Root of the tree of the first `size` leaves."""
    return _hash_of(0, size, perfect) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, perfect: Perfect) -> list[bytes]:
    """Proof that a leaf is in the tree of `size` leaves (RFC 9162 section 2.1.3.1). Raises ValueError if it is not."""
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    proof, first, end = list[bytes](), 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(_hash_of(middle, end, perfect))
            end = middle
        else:
            proof.append(_hash_of(first, middle, perfect))
            first = middle
    return proof[::-1]


def prove_consistency(earlier: int, size: int, perfect: Perfect) -> list[bytes]:
    """Proof that the tree of `size` leaves begins with that of `earlier` leaves (RFC 9162 section 2.1.4.1).

    Raises ValueError if `earlier` is larger.
    """
    if not 0 <= earlier <= size:
        raise ValueError("a tree does not begin with a larger one")
    if earlier in (0, size):
        return []
    proof, first, end, is_known = list[bytes](), 0, size, True
    while first + earlier != end:
        middle = first + _split(end - first)
        if first + earlier <= middle:
            proof.append(_hash_of(middle, end, perfect))
            end = middle
        else:
            proof.append(_hash_of(first, middle, perfect))
            earlier -= middle - first
            first, is_known = middle, False
    if not is_known:
        proof.append(_hash_of(first, end, perfect))
    return proof[::-1]


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], of: bytes) -> bool:
    """Whether the proof shows that this leaf hash is in the tree with this root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, of, *proof):
        return False
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == of


def proves_consistency(earlier: int, size: int, proof: Sequence[bytes], earlier_root: bytes, of: bytes) -> bool:
    """Whether the proof shows that the tree with root `of` begins with the earlier one (RFC 9162 section 2.1.4.2).

    An earlier tree without leaves begins every tree, so it proves nothing: False.
    """
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == of
    if not _are_hashes(earlier_root, of, *proof):
        return False
    path = list(proof)
    if earlier & (earlier - 1) == 0:  # the earlier tree is perfect: its root begins the proof
        path.insert(0, earlier_root)
    if not path:
        return False
    node, last = earlier - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == earlier_root and after == of


class Frontier:
    """A tree that grows leaf by leaf and keeps only what its root needs: a hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        """Number of leaves."""
        self._perfect: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size, node = self.size, leaf
        while size & 1:
            node, size = node_hash(self._perfect.pop(), node), size >> 1
        self._perfect.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree so far."""
        return _folded(self._perfect) if self._perfect else EMPTY_ROOT


def _hash_of(first: int, end: int, perfect: Perfect) -> bytes:
    """Hash over the leaves from `first` to before `end`, which are one subtree of the tree."""
    parts = list[bytes]()
    while first < end:
        level = (end - first).bit_length() - 1
        parts.append(perfect(level, first >> level))
        first += 1 << level
    return _folded(parts)


def _folded(parts: Sequence[bytes]) -> bytes:
    """Hash over perfect subtrees that stand side by side, each smaller than the one before."""
    *before, found = parts
    for left in reversed(before):
        found = node_hash(left, found)
    return found


def _split(size: int) -> int:
    """Largest power of two below the size, which is at least two."""
    return 1 << (size - 1).bit_length() - 1


def _are_hashes(*each: bytes) -> bool:
    return all(len(it) == HASH_BYTES for it in each)
