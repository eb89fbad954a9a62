"""An endpoint that keeps failing is left alone, on all nodes, and tried again by one."""

import pytest
from redis import Redis

from app.clients.cache import RedisCache
from app.clients.inference import breaker as module
from app.clients.inference.breaker import Breaker
from tests.waiting import eventually

KEY = "openai:acme/llama"
FAILURES = 3
REST = 0.3


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def fail(breaker, times=1, key=KEY):
    for _ in range(times):
        breaker.failed(key, turn=breaker.turn(key))


class TestInOneProcess:
    @pytest.fixture
    def clock(self):
        return Clock()

    @pytest.fixture
    def breaker(self, clock):
        return Breaker(None, failures=FAILURES, rest_seconds=3.0, clock=clock)

    def test_everybody_is_let_through_at_first(self, breaker):
        assert [breaker.wait(KEY) for _ in range(3)] == [0, 0, 0]

    def test_nobody_is_after_failures_in_a_row(self, breaker, clock):
        fail(breaker, FAILURES - 1)
        assert breaker.wait(KEY) == 0
        fail(breaker)
        assert breaker.wait(KEY) == 3.0
        clock.now += 2
        assert breaker.wait(KEY) == 1.0
        assert breaker.wait("another") == 0

    def test_an_answer_ends_the_row(self, breaker):
        for _ in range(5):
            fail(breaker, FAILURES - 1)
            breaker.succeeded(KEY)
        assert breaker.wait(KEY) == 0

    def test_one_tries_when_the_rest_is_over(self, breaker, clock):
        fail(breaker, FAILURES)
        clock.now += 3
        assert [breaker.wait(KEY) for _ in range(3)] == [0, 3.0, 3.0]

    def test_a_try_that_fails_begins_another_rest(self, breaker, clock):
        fail(breaker, FAILURES)
        clock.now += 3
        assert breaker.wait(KEY) == 0
        clock.now += 1
        fail(breaker)
        assert breaker.wait(KEY) == 3.0

    def test_a_try_that_succeeds_lets_everybody_through(self, breaker, clock):
        fail(breaker, FAILURES)
        clock.now += 3
        assert breaker.wait(KEY) == 0
        breaker.succeeded(KEY)
        assert [breaker.wait(KEY) for _ in range(3)] == [0, 0, 0]
        fail(breaker, FAILURES - 1)
        assert breaker.wait(KEY) == 0

    def test_a_try_that_tells_nothing_is_followed_by_another(self, breaker, clock):
        fail(breaker, FAILURES)
        for _ in range(3):
            clock.now += 3
            assert breaker.wait(KEY) == 0

    def test_calls_begun_before_the_rest_do_not_prolong_it(self, breaker, clock):
        turn = breaker.turn(KEY)
        fail(breaker, FAILURES)
        clock.now += 2.9
        for _ in range(10):
            breaker.failed(KEY, turn=turn)
        clock.now += 0.1
        assert breaker.wait(KEY) == 0

    def test_names_are_not_remembered_for_ever(self, breaker, monkeypatch):
        monkeypatch.setattr(module, "_MOST_KNOWN", 10)
        fail(breaker, FAILURES)
        for number in range(100):
            assert breaker.wait(f"model {number}") == 0
        assert len(breaker._views) <= 11
        assert breaker.wait(KEY) == 3.0


@pytest.fixture
def links(redis):
    with Redis.from_url(redis.url) as client:
        client.flushall()
    return [RedisCache(redis.url).link for _ in range(2)]


@pytest.fixture
def nodes(links, monkeypatch):
    """Two processes that look at Redis with every call."""
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.001)
    return [Breaker(link, failures=FAILURES, rest_seconds=REST) for link in links]


def waits(breaker):
    return breaker.wait(KEY) > 0


class TestOnAllNodes:
    def test_failures_are_counted_together(self, nodes):
        one, other = nodes
        fail(one)
        fail(other)
        assert not waits(one)
        fail(one)
        assert waits(one)
        eventually(lambda: waits(other))
        assert other.wait("another") == 0

    def test_an_answer_at_one_node_ends_the_row_of_both(self, nodes):
        one, other = nodes
        fail(one, FAILURES - 1)
        # The other one sees with its next look that somebody failed.
        eventually(lambda: not waits(other) and other._views[KEY].is_suspect)
        other.succeeded(KEY)
        fail(one)
        assert not waits(other)

    def test_one_of_all_tries(self, nodes, links):
        one, other = nodes
        fail(one, FAILURES)
        links[0].run(lambda: links[0].redis.delete(links[0].key(f"breaker:open:{KEY}")))
        one._views.clear()
        let = [not waits(node) for node in (one, other, one, other)]
        assert let == [True, False, False, False]

    def test_a_try_that_succeeds_lets_all_through(self, nodes):
        one, other = nodes
        fail(one, FAILURES)
        eventually(lambda: waits(other))
        eventually(lambda: not waits(one))
        one.succeeded(KEY)
        eventually(lambda: not waits(other))
        assert not waits(one)

    def test_a_try_that_fails_holds_all_back(self, nodes):
        one, other = nodes
        fail(one, FAILURES)
        eventually(lambda: not waits(one))
        fail(one)
        assert waits(one)
        eventually(lambda: waits(other))

    def test_a_node_without_redis_keeps_away_by_itself(self):
        lonely = Breaker(RedisCache("redis://127.0.0.1:1").link, failures=FAILURES)
        fail(lonely, FAILURES)
        assert waits(lonely)

    def test_what_redis_forgets_is_counted_anew(self, nodes, links):
        one, other = nodes
        fail(one, FAILURES)
        links[0].redis.flushall()
        assert not waits(other)
        eventually(lambda: not waits(one))
        fail(other, FAILURES)
        assert waits(other)

    def test_an_endpoint_that_works_costs_a_look_a_second(self, links):
        breaker = Breaker(links[0])
        before = links[0].redis.info("commandstats").get("cmdstat_evalsha", {"calls": 0})
        for _ in range(200):
            assert breaker.wait(KEY) == 0
            breaker.succeeded(KEY)
        after = links[0].redis.info("commandstats")["cmdstat_evalsha"]
        assert after["calls"] - before["calls"] <= 3
