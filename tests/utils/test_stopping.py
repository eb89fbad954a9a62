"""A stop: what may run on, by when, and what is broken off then."""

import math
import threading

import pytest

from app.utils import stopping

SOON = 0.02
AGES = 10.0


@pytest.fixture(autouse=True)
def _go_on():
    yield
    stopping.forget()


def test_nothing_stops_by_itself():
    assert not stopping.is_over()


def test_a_stop_lets_run_on_until_its_end():
    stopping.begin(60)
    assert not stopping.is_over()


def test_a_wait_is_broken_off_when_it_is_over():
    broken = threading.Event()
    with stopping.breaking_off(broken.set):
        stopping.begin(SOON)
        assert broken.wait(AGES)
    assert stopping.is_over()


def test_a_wait_that_ended_in_time_is_left_alone():
    calls, broken = [], threading.Event()
    with stopping.breaking_off(lambda: calls.append("late")):
        pass
    with stopping.breaking_off(broken.set):
        stopping.begin(SOON)
        assert broken.wait(AGES)
    assert calls == []


def test_a_wait_that_begins_too_late_is_broken_off_at_once():
    stopping.begin(0)
    broken = threading.Event()
    with stopping.breaking_off(broken.set):
        assert broken.is_set()


def test_who_wants_to_stop_the_soonest_is_right():
    broken = threading.Event()
    with stopping.breaking_off(broken.set):
        stopping.begin(SOON)
        stopping.begin(60)
        assert broken.wait(AGES)


def test_a_stop_that_was_called_off_breaks_nothing_off():
    calls, later = [], threading.Event()
    with stopping.breaking_off(lambda: calls.append("late")):
        stopping.begin(60)
        stopping.forget()
    with stopping.breaking_off(later.set):
        stopping.begin(SOON)
        assert later.wait(AGES)
    assert calls == []


@pytest.mark.parametrize(
    ("graceful", "longest", "seconds"),
    [(75, 60, 67.5), (61, 60, 60.5), (100, 1, 90)],
)
def test_no_call_that_is_not_streamed_is_broken_off(graceful, longest, seconds):
    found = stopping.seconds_to_run(graceful_seconds=graceful, longest_call_seconds=longest)
    assert math.isclose(found, seconds)
    assert longest < found < graceful
