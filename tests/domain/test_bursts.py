"""Evidence of doing much more in a while than usual."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bursts import fullest_burst

HOUR = 3600
moments = st.lists(st.integers(0, 100_000), min_size=1, max_size=60)


def test_fifty_in_an_hour_stand_out_of_two_a_day():
    calm = [day * 24 * HOUR + minute * 60 for day in range(10) for minute in (0, 30)]
    burst = [3 * 24 * HOUR + 12 * HOUR + second * 60 for second in range(50)]
    found = fullest_burst(calm + burst, window=HOUR)
    assert (found.start, found.end, found.count) == (burst[0], burst[-1], 50)
    assert (found.usual, found.ratio, found.windows) == (2, 25, 11)


def test_a_steady_worker_makes_no_burst():
    found = fullest_burst([minute * 360 for minute in range(100)], window=HOUR)
    assert (found.count, found.ratio) == (10, 1)


def test_a_newcomer_is_compared_with_others():
    burst = [second * 10 for second in range(40)]
    alone, beside = (fullest_burst(burst, window=HOUR, others_usual=usual) for usual in (None, 4.0))
    assert (alone.usual, alone.ratio, alone.windows) == (40, 1, 1)
    assert (beside.usual, beside.ratio, beside.windows) == (4, 10, 0)


def test_who_has_a_history_is_compared_with_it():
    days = [day * 24 * HOUR for day in range(5)]
    found = fullest_burst(days, window=HOUR, others_usual=50.0)
    assert (found.usual, found.windows) == (1, 5)


def test_nothing_done_is_no_burst():
    assert fullest_burst([], window=HOUR) is None


def test_two_a_window_apart_are_not_in_one():
    assert fullest_burst([0, HOUR], window=HOUR).count == 1


@given(moments, st.integers(1, 10_000))
def test_no_window_is_fuller_and_the_count_is_right(times, window):
    found = fullest_burst(times, window=window)
    counts = [sum(start <= moment < start + window for moment in times) for start in times]
    assert found.count == max(counts)
    assert sum(found.start <= moment <= found.end for moment in times) == found.count
    assert found.end - found.start < window
    assert found.usual <= found.count


@given(moments, st.integers(1, 10_000), st.integers(0, 10**9), st.randoms())
def test_neither_order_nor_the_zero_of_the_clock_matters(times, window, later, random):
    moved = [moment + later for moment in random.sample(times, len(times))]
    one, other = (fullest_burst(said, window=window) for said in (times, moved))
    assert (one.count, one.ratio, one.start + later) == (other.count, other.ratio, other.start)
