"""A streak is unbroken, and today need not be over."""

from datetime import date, timedelta
from itertools import count

import pytest

from app.domain.streaks import streak

TODAY = date(2026, 3, 1)


def ago(*days):
    return [TODAY - timedelta(days=one) for one in days]


@pytest.mark.parametrize(
    ("days", "length"),
    [
        ([], 0),
        ([0], 1),
        ([1], 1),
        ([2], 0),
        ([0, 1, 2, 4], 3),
        ([1, 2, 3, 10], 3),
        ([0, 2], 1),
    ],
)
def test_days_without_a_gap_are_counted(days, length):
    assert streak(ago(*days), today=TODAY) == length


def test_no_more_days_are_looked_at_than_it_takes():
    looked = []

    def days():
        for one in count():
            looked.append(one)
            yield from ago(one if one < 3 else one + 1)

    assert streak(days(), today=TODAY) == 3
    assert len(looked) == 4
