"""A file proves its content, and a change of any byte in it is found and named."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.frozen_file import digest_of, head, line, verify
from app.domain.frozen_row import framed, leaf
from app.utils.canonical_json import canonical_bytes
from tests.proofs import tree_of

SALTS = [bytes([number]) * 32 for number in range(1, 4)]
ROWS = [framed(canonical_bytes({"text": f"row {number}"}), "train") for number in range(3)]
LEAVES = [leaf(row, salt) for row, salt in zip(ROWS, SALTS, strict=True)]
ROOT = tree_of(LEAVES).root().hex()
MANIFEST = {"merkle_root": ROOT, "counts": {"rows": 3}, "splits": {"rows": {"train": 3}}}
FILE = [
    head("an-id", MANIFEST),
    *(
        line(place, leaf=hashed, salt=salt, row=row)
        for place, (hashed, salt, row) in enumerate(zip(LEAVES, SALTS, ROWS, strict=True))
    ),
]
TOMBSTONE = line(1, leaf=LEAVES[1], salt=None, row=None)


def faults(lines, **expected):
    return verify(lines, **expected).faults


def test_a_sound_file_is_proven():
    verdict = verify(FILE, root=ROOT.upper(), digest=digest_of(MANIFEST))
    assert verdict.faults == []
    assert (verdict.version_id, verdict.root, verdict.rows, verdict.erased) == (
        "an-id",
        ROOT,
        3,
        0,
    )


def test_an_erased_row_leaves_its_leaf_and_the_root_holds():
    verdict = verify([*FILE[:2], TOMBSTONE, FILE[3]], root=ROOT)
    assert (verdict.faults, verdict.rows, verdict.erased) == ([], 3, 1)


@given(st.data())
def test_one_changed_byte_anywhere_is_found_and_the_row_is_named(data):
    number = data.draw(st.integers(0, 3))
    raw = bytearray(FILE[number])
    place = data.draw(st.integers(0, len(raw) - 2))
    raw[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place]))
    changed = [bytes(raw) if at == number else one for at, one in enumerate(FILE)]
    found = faults(changed, root=ROOT, digest=digest_of(MANIFEST))
    assert found
    if number:
        assert any(f"row {number - 1} (line {number + 1})" in fault for fault in found)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ([FILE[0], FILE[2], FILE[1], FILE[3]], "it says that it is row 1"),
        (FILE[:3], "expected 3 rows, found 2"),
        ([*FILE, FILE[3]], "expected 3 rows, found 4"),
        (FILE[1:], "line 1 is not the beginning"),
        ([], "line 1 is not the beginning"),
        ([FILE[0], b"[]\n", *FILE[2:]], "not the canonical JSON of a row"),
        ([FILE[0], FILE[1][:-1] + b" \n", *FILE[2:]], "not the canonical JSON of a row"),
        ([FILE[0], line(0, leaf=b"x", salt=None, row=None), *FILE[2:]], "its leaf is no hash"),
        ([FILE[0], line(0, leaf=LEAVES[0], salt=b"x", row=ROWS[0]), *FILE[2:]], "its salt is none"),
        (
            [FILE[0], line(0, leaf=LEAVES[0], salt=SALTS[1], row=ROWS[0]), *FILE[2:]],
            "its leaf is not the hash",
        ),
    ],
)
def test_what_is_wrong_is_said(changed, said):
    assert any(said in fault for fault in faults(changed))


def test_a_file_forged_as_a_whole_is_found_by_what_one_has_from_elsewhere():
    row = framed(b'{"text":"forged"}', "train")
    hashed = leaf(row, SALTS[0])
    manifest = {
        "merkle_root": tree_of([hashed]).root().hex(),
        "counts": {"rows": 1},
        "splits": {"rows": {"train": 1}},
    }
    forged = [head("an-id", manifest), line(0, leaf=hashed, salt=SALTS[0], row=row)]
    assert faults(forged) == []
    assert len(faults(forged, root=ROOT, digest=digest_of(MANIFEST))) == 2


def test_a_row_moved_to_another_split_is_found():
    moved = orjson.loads(FILE[1])
    moved["row"]["split"] = "test"
    found = faults([FILE[0], canonical_bytes(moved) + b"\n", *FILE[2:]])
    assert any("split 'test': expected 0 rows, found 1" in fault for fault in found)


def test_a_manifest_that_is_not_what_it_was_is_found():
    manifest = {**MANIFEST, "model_id": "another"}
    found = faults([head("an-id", manifest), *FILE[1:]], digest=digest_of(MANIFEST))
    assert found == ["the manifest has not the digest that you expect"]
    said = orjson.loads(FILE[0])
    said["digest"] = "0" * 64
    found = faults([canonical_bytes(said) + b"\n", *FILE[1:]])
    assert found == ["the manifest has not the digest that the file says it has"]


def test_no_more_faults_are_told_than_anybody_reads():
    assert len(faults([FILE[0], *(b"{}\n" for _ in range(100))])) == 20
