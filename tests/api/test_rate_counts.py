"""Counts for rate limits: shared while the cache works, and never less than what came here."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.api import rate_counts
from app.api.rate_counts import RateCounts
from app.clients.cache import NullCache, RedisCache
from tests.waiting import eventually

MINUTE = 60
NOON = 1_800_000_000 // MINUTE * MINUTE


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = float(NOON)

    monkeypatch.setattr(rate_counts.time, "time", lambda: Clock.now)
    return Clock


@pytest.fixture
def processes(redis, clock):
    two = [RateCounts(cache=RedisCache(redis.url)) for _ in range(2)]
    yield two
    for one in two:
        one.reset()


def test_processes_count_together(processes):
    one, other = processes
    assert [one.incr("ann", MINUTE), other.incr("ann", MINUTE), one.incr("ann", MINUTE, 3)] == [
        1,
        2,
        5,
    ]
    assert one.get("ann") == 5


def test_callers_are_counted_apart(processes):
    assert [processes[0].incr(who, MINUTE) for who in ("bea", "cid", "bea")] == [1, 1, 2]


def test_a_count_that_redis_lost_goes_on_from_what_was_seen_here(processes, redis):
    one, other = processes
    one.incr("dan", MINUTE, 7)
    other.incr("dan", MINUTE)
    RateCounts(cache=RedisCache(redis.url)).incr("eve", MINUTE)
    other._cache._redis.flushall()
    assert other.incr("dan", MINUTE) == 9
    assert one.incr("dan", MINUTE) == 8


def test_without_redis_each_process_counts_for_itself(clock):
    counts = RateCounts(cache=NullCache())
    assert [counts.incr("fay", MINUTE) for _ in range(3)] == [1, 2, 3]


def test_a_new_window_begins_at_the_full_minute(processes, clock):
    one = processes[0]
    clock.now = NOON + 59.9
    one.incr("gus", MINUTE, 9)
    assert one.get_expiry("gus") == NOON + MINUTE
    clock.now = NOON + MINUTE
    assert one.get("gus") == 0
    assert one.incr("gus", MINUTE) == 1
    assert one.get_expiry("gus") == NOON + 2 * MINUTE


def test_what_is_over_is_forgotten(clock):
    counts = RateCounts(cache=NullCache())
    for number in range(5000):
        clock.now = NOON + number
        counts.incr(f"guest-{number}", 1)
    assert len(counts._windows) <= 1000


def test_a_reset_reaches_redis(processes):
    one, other = processes
    one.incr("hal", MINUTE, 4)
    one.reset()
    assert (one.get("hal"), other.incr("hal", MINUTE)) == (0, 1)


def test_counting_is_always_possible(processes):
    assert processes[0].check()
    assert processes[0].get("nobody") == 0


def test_who_comes_back_late_is_not_counted_twice(clock):
    class Overtaken:
        """Counts; the first to ask is answered after the second."""

        def __init__(self):
            self.count, self.second = 0, threading.Event()

        def add(self, *_, **__):
            self.count += 1
            mine = self.count
            if mine == 1:
                self.second.wait(20)
            return mine

    cache = Overtaken()
    counts = RateCounts(cache=cache)
    with ThreadPoolExecutor(1) as other:
        late = other.submit(counts.incr, "ida", MINUTE)
        eventually(lambda: cache.count == 1)
        assert counts.incr("ida", MINUTE) == 2
        cache.second.set()
        assert late.result(20) == 1
    assert counts.get("ida") == 2
    assert counts.incr("ida", MINUTE) == 3
