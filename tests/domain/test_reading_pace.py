"""Evidence of judging faster than reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reading_pace import reading_pace, reading_seconds

texts = st.lists(st.tuples(st.floats(0, 10_000), st.integers(1, 10_000)), min_size=1, max_size=20)


def test_an_average_reader_takes_a_minute_over_863_characters():
    assert reading_seconds(863) == 60


def test_who_takes_a_tenth_of_the_time_to_read_is_counted():
    pace = reading_pace([(6, 863), (60, 863), (120, 863)])
    assert (pace.judged, pace.hasty, pace.limit) == (3, 1, 0.25)
    assert (pace.median_share, pace.fastest_share) == pytest.approx((1, 0.1))


@pytest.mark.parametrize("judged", [[], [(5, 0)]], ids=["nothing", "an empty text"])
def test_nothing_to_read_is_no_evidence(judged):
    pace = reading_pace(judged)
    assert (pace.judged, pace.hasty, pace.median_share, pace.fastest_share) == (0, 0, None, None)


def test_a_clock_that_went_back_gives_no_negative_pace():
    assert reading_pace([(-3, 100)]).fastest_share == 0


@given(texts, st.floats(0.01, 2))
def test_figures_fit_each_other(judged, limit):
    pace = reading_pace(judged, limit=limit)
    assert 0 <= pace.hasty <= pace.judged == len(judged)
    assert pace.fastest_share <= pace.median_share
    assert (pace.fastest_share < limit) == (pace.hasty > 0)


@given(texts, st.floats(1.1, 10))
def test_taking_longer_never_counts_as_hastier(judged, factor):
    slower = [(seconds * factor, characters) for seconds, characters in judged]
    assert reading_pace(slower).hasty <= reading_pace(judged).hasty
