"""Shares and their differences, against the figures of the papers they are from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.proportions import Share, difference, interval


def shares(most=200):
    return st.integers(1, most).flatmap(
        lambda whole: st.builds(Share, part=st.integers(0, whole), whole=st.just(whole))
    )


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_of_a_share_is_the_published_one(part, whole, low, high):
    found = interval(Share(part=part, whole=whole))
    assert found == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe, "Interval estimation for the difference between independent proportions"
    # (1998), table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090),
     ((6, 7), (2, 7), 0.0582, 0.8062), ((5, 56), (0, 29), -0.0381, 0.1926)],
)  # fmt: skip
def test_the_interval_of_a_difference_is_the_published_one(one, other, low, high):
    found = difference(Share(part=one[0], whole=one[1]), Share(part=other[0], whole=other[1]))
    assert found[0] == pytest.approx(one[0] / one[1] - other[0] / other[1])
    assert found[1:] == pytest.approx((low, high), abs=0.00006)


@given(shares(), shares())
def test_the_difference_lies_in_its_interval_and_turns_round(one, other):
    found, low, high = difference(one, other)
    assert -1 - 1e-9 <= low <= found <= high <= 1 + 1e-9
    back, back_low, back_high = difference(other, one)
    assert (back, back_low, back_high) == pytest.approx((-found, -high, -low))
