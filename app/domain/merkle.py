"""Merkle trees: one hash that stands for a list of any length, and short proofs of its members.

Source: RFC 6962, section 2.1 (and RFC 9162, section 2.1). A leaf is hashed with 0x00 before it
and a node with 0x01, so that no node can pass for a leaf; a tree is split at the largest power
of two below its size, so that no leaf is ever doubled.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
# Leaves under a node that is kept, so that a proof reads these and not all.
BLOCK = 1024
EMPTY = sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Takes leaves one by one, in constant memory but for 32 bytes in ``BLOCK`` leaves."""

    def __init__(self) -> None:
        self.size = 0
        # Complete subtrees from left to right: their heights and hashes.
        self._subtrees: list[tuple[int, bytes]] = []
        self._blocks: list[bytes] = []
        self._in_block: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        hashed = leaf_hash(leaf)
        self._in_block.append(hashed)
        if len(self._in_block) == BLOCK:
            self._blocks.append(_root(self._in_block))
            self._in_block = []
        height = 0
        while self._subtrees and self._subtrees[-1][0] == height:
            hashed = node_hash(self._subtrees.pop()[1], hashed)
            height += 1
        self._subtrees.append((height, hashed))
        self.size += 1

    def root(self) -> bytes:
        """Return the hash of all leaves; of none it is that of nothing."""
        if not self._subtrees:
            return EMPTY
        *lefts, (_, hashed) = self._subtrees
        for _, left in reversed(lefts):
            hashed = node_hash(left, hashed)
        return hashed

    def blocks(self) -> list[bytes]:
        """Return the hash of each block of leaves; the last may have fewer."""
        return self._blocks + ([_root(self._in_block)] if self._in_block else [])


def proof(position: int, *, in_block: Sequence[bytes], blocks: Sequence[bytes]) -> list[bytes]:
    """Return the siblings on the way from a leaf to the root, the lowest first.

    ``in_block`` are the leaves of its block, ``blocks`` the hashes of all blocks: a block is a
    whole subtree, so the way goes through it first and then through the tree of blocks.
    """
    hashes = [leaf_hash(leaf) for leaf in in_block]
    return [*_path(position % BLOCK, hashes), *_path(position // BLOCK, blocks)]


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = _middle(len(hashes))
    return node_hash(_root(hashes[:middle]), _root(hashes[middle:]))


def _path(position: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    middle = _middle(len(hashes))
    if position < middle:
        return [*_path(position, hashes[:middle]), _root(hashes[middle:])]
    return [*_path(position - middle, hashes[middle:]), _root(hashes[:middle])]


def _middle(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
