"""Values are kept in a real Redis, and a Redis that is gone, hung or odd is only a miss."""

import os
import signal
import time

import pytest
from redis import Redis

from app.clients import cache as module
from app.clients.cache import NullCache, RedisCache
from devstack import redis as embedded_redis
from tests.clients.loopback import always

# How much longer than it should take a busy machine may need.
MARGIN = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Redis of this file's own, which its tests may kill."""
    started = embedded_redis.start(tmp_path_factory.mktemp("redis"))
    yield started
    started.stop()


@pytest.fixture
def redis(server):
    if server.poll() is not None:
        server.restart()
    with Redis.from_url(server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def cache(server, redis):
    return RedisCache(server.url)


@pytest.fixture
def no_rest(monkeypatch):
    monkeypatch.setattr(module, "_REST_SECONDS", 0.0)


def test_a_value_is_kept(cache):
    value = {"name": "gpt2", "list": [1, 2.5, None, True, "ü"]}
    cache.set("a/b c", value, seconds=60)
    assert cache.get("a/b c") == value
    assert cache.ping()


def test_a_value_may_be_false(cache):
    cache.set("no", value=False, seconds=60)
    assert cache.get("no") is False


def test_an_unknown_key_is_a_miss(cache):
    assert cache.get("unknown") is None


def test_a_deleted_value_is_a_miss(cache):
    cache.set("a", 1, seconds=60)
    cache.delete("a")
    cache.delete("a")
    assert cache.get("a") is None


def test_a_value_is_kept_as_long_as_was_said_under_a_name_of_ours(cache, redis):
    cache.set("a", 1, seconds=60)
    assert 59_000 < redis.pttl("interaction:a") <= 60_000


@pytest.mark.parametrize("seconds", [0, -1, 0.0001])
def test_no_time_at_all_is_not_kept(cache, redis, seconds):
    cache.set("a", 1, seconds=seconds)
    assert redis.keys() == []


@pytest.mark.parametrize("kept", [b"", b"{", b"\xff\xfe"])
def test_what_is_no_json_is_a_miss(cache, redis, kept):
    redis.set("interaction:a", kept)
    assert cache.get("a") is None
    redis.delete("interaction:a")
    redis.rpush("interaction:a", "a list")
    assert cache.get("a") is None


def test_a_redis_that_was_never_there_is_a_miss():
    cache = RedisCache("redis://127.0.0.1:1/0")
    cache.set("a", 1, seconds=60)
    cache.delete("a")
    assert cache.get("a") is None
    assert not cache.ping()


@pytest.mark.usefixtures("no_rest")
def test_a_redis_that_is_killed_is_a_miss_and_used_again_once_it_is_back(server, redis):
    cache = RedisCache(server.url)
    cache.set("a", 1, seconds=60)
    server.kill()
    assert cache.get("a") is None
    assert not cache.ping()
    server.restart()
    assert cache.ping()
    cache.set("a", 2, seconds=60)
    assert cache.get("a") == 2


def test_a_redis_that_hangs_costs_one_wait_and_not_one_each_time(cache, redis):
    cache.set("a", 1, seconds=60)
    hung = redis.info("server")["process_id"]
    os.kill(hung, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert cache.get("a") is None
        assert time.monotonic() - started < module._TIMEOUT_SECONDS + MARGIN
        started = time.monotonic()
        for _ in range(200):
            assert cache.get("a") is None
        # Two hundred waits would take 50 s.
        assert time.monotonic() - started < MARGIN
    finally:
        os.kill(hung, signal.SIGCONT)


@pytest.mark.usefixtures("no_rest")
def test_a_late_answer_is_never_taken_for_another_ones(server, redis):
    cache = RedisCache(server.url)
    cache.set("a", "of a", seconds=60)
    cache.set("b", "of b", seconds=60)
    hung = redis.info("server")["process_id"]
    os.kill(hung, signal.SIGSTOP)
    try:
        assert cache.get("a") is None
    finally:
        os.kill(hung, signal.SIGCONT)
    assert [cache.get("b") for _ in range(5)] == ["of b"] * 5


def test_a_server_that_is_no_redis_is_a_miss(serve):
    cache = RedisCache(serve(always()).url.replace("http:", "redis:"))
    assert cache.get("a") is None
    assert not cache.ping()


def test_a_redis_that_wants_another_password_is_a_miss(server, redis):
    redis.config_set("requirepass", "unguessed")
    try:
        cache = RedisCache(server.url)
        assert cache.get("a") is None
        assert not cache.ping()
    finally:
        redis.config_set("requirepass", "")


def test_only_what_the_embedded_redis_understands_is_sent(server, redis):
    assert redis.info("server")["redis_version"].startswith("6.2.")
    redis.config_resetstat()
    cache = RedisCache(server.url)
    cache.set("a", 1, seconds=60)
    assert cache.get("a") == 1
    cache.delete("a")
    assert cache.ping()
    assert redis.info("stats")["total_error_replies"] == 0


class TestWithoutRedis:
    def test_nothing_is_kept(self):
        cache = NullCache()
        cache.set("a", 1, seconds=60)
        cache.delete("a")
        assert cache.get("a") is None
        assert not cache.ping()
