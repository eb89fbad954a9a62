"""Scores summed up one after the other."""

from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scale import parse_scale
from app.domain.score_summary import ScoreSummary

FIVE = parse_scale({"type": "numeric", "min": 1, "max": 5, "step": 1})


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), min_size=2))
def test_it_says_what_the_textbook_says_of_all_of_them(said):
    summary = ScoreSummary(FIVE)
    for score, times in said:
        summary.add(score, times=times)
    everything = [score for score, times in said for _ in range(times)]
    assert summary.n == len(everything)
    assert summary.mean == pytest.approx(mean(everything))
    assert summary.spread == pytest.approx(stdev(everything), abs=1e-9)
    assert sum(one["n"] for one in summary.distribution) == len(everything)


def test_of_nothing_nothing_is_said():
    summary = ScoreSummary(FIVE)
    assert (summary.n, summary.mean, summary.spread, summary.distribution) == (0, None, None, [])


def test_of_yes_and_no_the_mean_is_the_share_of_yes():
    summary = ScoreSummary(parse_scale({"type": "boolean"}))
    summary.add(score=True, times=3)
    summary.add(score=False, times=1)
    assert summary.mean == 0.75
    assert summary.distribution == [{"score": False, "n": 1}, {"score": True, "n": 3}]


def test_a_fine_scale_is_told_in_hundredths_and_its_mean_is_exact():
    summary = ScoreSummary(parse_scale({"type": "numeric", "min": -10, "max": 10, "step": 0}))
    for number in range(1000):
        summary.add(number / 997, times=1)
    assert summary.mean == pytest.approx(sum(range(1000)) / 997 / 1000)
    assert len(summary.distribution) == 6
