"""The beta distribution against exact sums of binomials, a reference, and itself."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.beta_distribution import binomial_tail, quantile, share_below

shapes = st.floats(0.05, 5_000)
points = st.floats(0.001, 0.999)


@given(st.integers(0, 40), st.integers(0, 40), points)
def test_the_tail_of_a_binomial_is_the_exact_sum(successes, trials, chance):
    exact = Fraction(chance)
    expected = sum(
        comb(trials, k) * exact**k * (1 - exact) ** (trials - k)
        for k in range(successes, trials + 1)
    )
    assert binomial_tail(successes, trials=trials, chance=chance) == pytest.approx(float(expected))


@given(points, shapes, shapes)
def test_the_share_below_a_point_is_that_of_scipy(point, alpha, beta):
    expected = stats.beta.cdf(point, alpha, beta)
    assert share_below(point, alpha=alpha, beta=beta) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.5, 1, 40, 1e6])
@pytest.mark.parametrize("beta", [0.5, 1, 40, 1e6])
@pytest.mark.parametrize("share", [0.025, 0.5, 0.975])
def test_quantiles_are_those_of_scipy(alpha, beta, share):
    expected = stats.beta.ppf(share, alpha, beta)
    assert quantile(share, alpha=alpha, beta=beta) == pytest.approx(expected, rel=1e-6)


@given(points, st.floats(0.1, 500), st.floats(0.1, 500))
def test_a_quantile_has_its_share_below_it(share, alpha, beta):
    point = quantile(share, alpha=alpha, beta=beta)
    # With a shape below 1 much may lie within the last bit beside 0 or 1.
    if 1e-12 < point < 1 - 1e-12:
        assert share_below(point, alpha=alpha, beta=beta) == pytest.approx(share, abs=1e-4)


@given(points, points, shapes, shapes)
def test_more_lies_below_a_later_point(one, other, alpha, beta):
    early, late = (share_below(point, alpha=alpha, beta=beta) for point in sorted((one, other)))
    assert 0 <= early <= late + 1e-9 <= 1 + 1e-9


def test_everything_lies_between_nought_and_one():
    assert share_below(0, alpha=2, beta=3) == 0
    assert share_below(1, alpha=2, beta=3) == 1
    assert binomial_tail(0, trials=0, chance=0.5) == 1
    assert binomial_tail(4, trials=3, chance=0.5) == 0


def test_evidence_beyond_all_floats_is_no_number():
    with pytest.raises(ArithmeticError):
        share_below(0.5, alpha=1e16, beta=1e16)
