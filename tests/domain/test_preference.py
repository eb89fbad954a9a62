"""Preferences: pairs out of a ranking."""

import pytest

from app.domain.preference import pairs


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        ([], []),
        ([["a", "b"]], []),
        ([["a"], ["b"]], [("a", "b")]),
        ([["a"], ["b"], ["c"]], [("a", "b"), ("a", "c"), ("b", "c")]),
        ([["a", "b"], ["c"]], [("a", "c"), ("b", "c")]),
        ([["a"], ["b", "c"], ["d"]],
         [("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")]),
    ],
)  # fmt: skip
def test_each_better_one_is_paired_with_each_worse_one_and_ties_with_none(ranking, expected):
    assert list(pairs(ranking)) == expected
