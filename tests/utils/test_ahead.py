"""Reading ahead: order, other threads, errors, and stopping early."""

import threading
from functools import partial

import pytest

from app.utils.ahead import ahead
from tests.waiting import eventually


def test_all_pieces_come_in_their_order():
    last_first = threading.Barrier(2)

    def late(number):
        last_first.wait(10)
        return number

    # Each pair is ready only when both are: were they done one by one, none would be.
    assert list(ahead((partial(late, number) for number in range(100)), workers=2)) == list(
        range(100)
    )
    assert list(ahead([], workers=2)) == []


def test_the_next_ones_are_made_while_one_is_used():
    made = threading.Semaphore(0)

    def piece():
        made.release()
        return threading.get_ident()

    found = ahead([piece] * 3, workers=2)
    first = next(found)
    for _ in range(3):
        assert made.acquire(timeout=10)
    assert threading.get_ident() not in {first, *found}


def test_no_more_wait_to_be_used_than_there_are_workers():
    taken = []

    def tasks():
        for number in range(10):
            taken.append(number)
            yield lambda: None

    found = ahead(tasks(), workers=2)
    next(found)
    assert taken == [0, 1, 2]
    next(found)
    assert taken == [0, 1, 2, 3]
    found.close()


def test_what_goes_wrong_is_raised_after_what_came_before():
    def wrong():
        raise ValueError("two")

    found = ahead([lambda: "one", wrong, lambda: "three"], workers=2)
    assert next(found) == "one"
    with pytest.raises(ValueError, match="two"):
        next(found)


def test_who_stops_early_waits_for_what_is_being_made():
    begun, ended = threading.Event(), threading.Event()

    def slow():
        begun.set()
        eventually(lambda: found.gi_running)  # It is being closed.
        ended.set()

    found = ahead([lambda: None, slow], workers=1)
    next(found)
    assert begun.wait(10)
    found.close()
    assert ended.is_set()
