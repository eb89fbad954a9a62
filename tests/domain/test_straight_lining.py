"""Evidence of the same score over and over."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.straight_lining import StraightLine, straight_line

scores = st.lists(st.integers(1, 5), min_size=1, max_size=50)


def test_the_same_score_every_time_shows_in_every_figure():
    assert straight_line([4] * 20) == StraightLine(
        scores=20,
        distinct=1,
        variance=0.0,
        entropy=0.0,
        common=4,
        common_share=1.0,
        longest_run=20,
    )


def test_varied_scores_show_so():
    line = straight_line([1, 2, 2, 3, 1, 3])
    assert (line.distinct, line.longest_run, line.common) == (3, 2, 1)
    assert (line.variance, line.entropy) == pytest.approx((2 / 3, log2(3)))
    assert line.common_share == pytest.approx(1 / 3)


def test_no_scores_are_no_evidence():
    line = straight_line([])
    assert (line.scores, line.longest_run, line.variance, line.entropy) == (0, 0, None, None)


@given(scores)
def test_figures_fit_each_other(given_scores):
    line = straight_line(given_scores)
    assert 1 <= line.distinct <= line.scores == len(given_scores)
    assert 0 <= line.entropy <= log2(line.distinct) + 1e-9
    assert line.longest_run <= given_scores.count(line.common)
    assert (line.distinct == 1) == (line.longest_run == line.scores) == (line.variance == 0)


@given(scores, st.randoms())
def test_order_matters_to_runs_only(given_scores, random):
    shuffled = random.sample(given_scores, len(given_scores))
    one, other = straight_line(given_scores), straight_line(shuffled)
    assert (one.distinct, one.common) == (other.distinct, other.common)
    assert (one.variance, one.entropy) == pytest.approx((other.variance, other.entropy))
    in_a_row = straight_line(sorted(given_scores))
    assert in_a_row.longest_run >= one.longest_run
