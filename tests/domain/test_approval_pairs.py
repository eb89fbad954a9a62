"""Evidence of validators who always approve one author."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.approval_pairs import approval_pairs, false_discoveries

people = st.sampled_from("abcd")
rows = st.lists(
    st.tuples(people, people, st.integers(0, 8), st.integers(0, 8)).map(
        lambda row: (row[0], row[1], min(row[2:]), max(row[2:]))
    ),
    max_size=16,
)
tails = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_a_pair_that_always_approves_stands_out_and_its_favours_are_seen():
    rng = random.Random(3)
    honest = [
        (f"v{validator}", f"a{author}", sum(rng.random() < 0.7 for _ in range(5)), 5)
        for validator in range(20)
        for author in range(20)
    ]
    ring = [("v0", "v1", 30, 30), ("v1", "v0", 28, 30)]
    first, second, *others = approval_pairs(honest + ring)
    assert (first.validator, first.author, first.approved, first.judged) == ("v0", "v1", 30, 30)
    assert first.returned == (28, 30)
    assert (second.validator, second.returned) == ("v1", (30, 30))
    assert first.tail < 0.001
    assert first.false_discovery < 0.05 < min(pair.false_discovery for pair in others)


def test_a_good_author_is_no_accomplice():
    # Everybody approves of a; that v does, too, is explained by a.
    found = approval_pairs(
        [("v", "a", 20, 20), ("w", "a", 20, 20), ("x", "a", 20, 20), ("v", "b", 5, 20)]
    )
    pair = next(pair for pair in found if (pair.validator, pair.author) == ("v", "a"))
    assert pair.base_rate > 0.95
    assert pair.tail > 0.3


def test_who_has_no_other_work_is_held_against_everybody():
    (alone, *_) = approval_pairs([("v", "a", 10, 10), ("w", "b", 49, 99)])
    assert (alone.validator, alone.base_rate) == ("v", pytest.approx(50 / 101))
    assert alone.tail == pytest.approx(stats.binom.sf(9, 10, 50 / 101))


def test_rows_of_a_pair_add_up_and_empty_ones_are_none():
    (pair,) = approval_pairs([("v", "a", 1, 2), ("v", "a", 2, 2), ("w", "a", 0, 0)])
    assert (pair.approved, pair.judged, pair.base_rate, pair.returned) == (3, 4, 0.5, (0, 0))


def test_no_verdicts_are_no_evidence():
    assert approval_pairs([]) == []


@given(tails)
def test_false_discoveries_are_those_of_scipy(chances):
    assert false_discoveries(chances) == pytest.approx(stats.false_discovery_control(chances))


@given(rows, st.randoms())
def test_every_pair_is_shown_once_in_a_fixed_order_with_probabilities(verdicts, rng):
    found = approval_pairs(verdicts)
    assert found == approval_pairs(rng.sample(verdicts, len(verdicts)))
    assert sorted((pair.validator, pair.author) for pair in found) == sorted(
        {(validator, author) for validator, author, _, judged in verdicts if judged}
    )
    for pair in found:
        assert 0 < pair.base_rate < 1
        assert 0 <= pair.tail <= pair.false_discovery + 1e-12 <= 1 + 1e-12
    assert [pair.tail for pair in found] == sorted(pair.tail for pair in found)
