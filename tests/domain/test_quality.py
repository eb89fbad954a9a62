"""Wilson's lower bound: little evidence counts little."""

import pytest

from app.domain.quality import wilson_lower_bound


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(1, 1, 0.207), (100, 100, 0.963), (0, 1, 0.0), (0, 50, 0.0), (50, 100, 0.404)],
)
def test_published_values(successes, trials, expected):
    assert wilson_lower_bound(successes, trials) == pytest.approx(expected, abs=5e-4)


def test_without_a_trial_there_is_none():
    assert wilson_lower_bound(0, 0) is None


def test_more_evidence_of_the_same_share_counts_more():
    few, many = wilson_lower_bound(8, 10), wilson_lower_bound(80, 100)
    assert few is not None
    assert many is not None
    assert few < many < 0.8
