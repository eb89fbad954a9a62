"""Proofs as whoever has a row and its proof goes up from there, without this service."""

from collections.abc import Iterable, Sequence

from app.domain.merkle import Tree, leaf_hash, node_hash


def tree_of(leaves: Iterable[bytes]) -> Tree:
    """Return the tree over leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


def proven_root(leaf: bytes, *, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to; None where the proof has not the right length.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= position < size:
        return None
    place, last, hashed = position, size - 1, leaf_hash(leaf)
    for sibling in path:
        if not last:
            return None
        if place % 2 or place == last:
            hashed = node_hash(sibling, hashed)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        place, last = place >> 1, last >> 1
    return hashed if not last else None
