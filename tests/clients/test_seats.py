"""Seats: a few of a person are counted in the process alone, the others over all nodes."""

import pytest

from app.clients.cache import RedisCache
from app.clients.seats import Seats
from app.utils.ids import new_id


@pytest.fixture
def link(redis):
    return RedisCache(redis.url).link


@pytest.fixture
def person():
    return str(new_id())


def taken(seats, person, seconds=60.0):
    """Take seats until there are no more."""
    found = []
    while (leave := seats.take(person, seconds=seconds)) is not None:
        found.append(leave)
    return found


@pytest.mark.parametrize("limit", [1, 7, 8, 20, 64])
def test_one_process_gives_exactly_as_many_as_the_limit(link, person, limit):
    seats = Seats(link, limit=limit)
    leaves = taken(seats, person)
    assert len(leaves) == limit
    for leave in leaves:
        leave()
    assert len(taken(seats, person)) == limit


@pytest.mark.parametrize("limit", [3, 64])
def test_without_redis_each_process_gives_as_many(person, limit):
    assert [len(taken(Seats(None, limit=limit), person)) for _ in range(2)] == [limit, limit]


def test_a_second_process_adds_no_more_than_its_free_ones(link, person):
    first, second = (Seats(link, limit=64) for _ in range(2))
    assert len(taken(first, person)) == 64
    assert len(taken(second, person)) == 8


def test_few_seats_are_shared_exactly(link, person):
    first, second = (Seats(link, limit=4) for _ in range(2))
    assert len(taken(first, person)) == 4
    assert taken(second, person) == []


def test_a_seat_falls_free_by_itself(person):
    seats = Seats(None, limit=8)
    assert seats.take(person, seconds=0) is not None
    assert len(taken(seats, person)) == 8


def test_leaving_twice_gives_no_seat_away(person):
    seats = Seats(None, limit=16)
    first, second, *_ = taken(seats, person)
    first()
    first()
    assert len(taken(seats, person)) == 1
    second()
    assert len(taken(seats, person)) == 1
