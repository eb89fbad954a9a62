"""Reading ahead: order, the other thread, errors, and stopping early."""

import threading

import pytest

from app.utils.ahead import ahead


def test_all_pieces_come_in_their_order():
    assert list(ahead(iter_of(range(1, 100)))) == list(range(1, 100))
    assert list(ahead(iter_of([]))) == []


def iter_of(items):
    yield from items


def test_the_next_one_is_made_while_the_last_is_used():
    made = threading.Event()

    def pieces():
        yield threading.get_ident()
        made.set()
        yield threading.get_ident()

    found = ahead(pieces())
    first = next(found)
    assert made.wait(10)
    assert first == next(found) != threading.get_ident()


def test_no_more_than_one_waits_to_be_used():
    begun = []

    def pieces():
        for number in range(1, 10):
            begun.append(number)
            yield number

    found = ahead(pieces())
    next(found)
    next(found)
    found.close()
    assert begun in ([1, 2], [1, 2, 3])


def test_what_goes_wrong_is_raised_after_what_came_before():
    def pieces():
        yield "one"
        raise ValueError("two")

    found = ahead(pieces())
    assert next(found) == "one"
    with pytest.raises(ValueError, match="two"):
        next(found)


def test_who_stops_early_ends_the_making():
    ended = threading.Event()

    def pieces():
        try:
            while True:
                yield "again"
        finally:
            ended.set()

    found = ahead(pieces())
    next(found)
    found.close()
    assert ended.is_set()
