"""Streaks: on how many days in a row somebody has contributed."""

from collections.abc import Iterable
from datetime import date, timedelta

_DAY = timedelta(days=1)


def streak(days: Iterable[date], *, today: date) -> int:
    """Return how many days without a gap end today, or yesterday: today is not over yet.

    ``days`` are the days with a contribution, each once, newest first; no more of them are
    looked at than the streak is long.
    """
    length, expected = 0, today
    for day in days:
        if length == 0 and day == today - _DAY:
            expected = day
        if day != expected:
            break
        length += 1
        expected = day - _DAY
    return length
