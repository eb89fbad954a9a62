"""Trees are RFC 6962's, proofs lead to the root, and nothing else does."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import merkle
from app.domain.merkle import BLOCK, leaf_hash, node_hash
from tests.proofs import proven_root, tree_of

# The inputs and roots of Certificate Transparency's own tests (RFC 6962 trees of 1 to 8).
INPUTS = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size):
    assert tree_of(INPUTS[:size]).root().hex() == ROOTS[size - 1]


def test_nothing_has_the_hash_of_nothing():
    assert tree_of([]).root() == sha256(b"").digest()


def test_a_node_cannot_pass_for_a_leaf():
    one, other = leaf_hash(b"one"), leaf_hash(b"other")
    assert leaf_hash(one + other) != node_hash(one, other)
    assert tree_of([one + other]).root() != tree_of([b"one", b"other"]).root()


def _proof(leaves, position, tree):
    start = position - position % BLOCK
    in_block = leaves[start : start + BLOCK]
    return merkle.proof(position, in_block=in_block, blocks=tree.blocks())


@given(st.integers(1, 70), st.data())
def test_every_proof_leads_to_the_root_and_no_other_leaf_fits(size, data):
    leaves = [bytes([number]) for number in range(size)]
    tree = tree_of(leaves)
    assert tree.size == len(leaves)
    position = data.draw(st.integers(0, size - 1))
    path = _proof(leaves, position, tree)
    assert proven_root(leaves[position], position=position, size=size, path=path) == tree.root()
    assert proven_root(b"another", position=position, size=size, path=path) != tree.root()
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != position or size == 1))
    if size > 1:
        moved = proven_root(leaves[position], position=other, size=size, path=path)
        assert moved != tree.root()
        assert proven_root(leaves[position], position=position, size=size, path=path[:-1]) is None
    longer = [*path, b"\x00" * 32]
    assert proven_root(leaves[position], position=position, size=size, path=longer) is None


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5])
def test_proofs_of_many_leaves_go_through_the_tree_of_blocks(size):
    leaves = [number.to_bytes(4, "big") for number in range(size)]
    tree = tree_of(leaves)
    assert tree.size == len(leaves)
    for position in {0, 1, BLOCK - 2, size // 2, size - 1}:
        path = _proof(leaves, position, tree)
        found = proven_root(leaves[position], position=position, size=size, path=path)
        assert found == tree.root()


def test_a_position_outside_of_the_tree_is_proven_by_nothing():
    assert proven_root(b"", position=1, size=1, path=[]) is None
    assert proven_root(b"", position=-1, size=1, path=[]) is None
