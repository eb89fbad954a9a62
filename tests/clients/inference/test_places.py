"""As many calls as there are places are under way, over all nodes, whatever ends them."""

import threading

import pytest
from redis import Redis

from app.clients.cache import RedisCache
from app.clients.inference.places import Places
from tests.waiting import eventually

KEY = "openai:acme/llama"


@pytest.fixture
def nodes(redis):
    with Redis.from_url(redis.url) as client:
        client.flushall()
    return [Places(RedisCache(redis.url).link) for _ in range(2)]


@pytest.fixture(params=["redis", "none", "away"])
def alone(request, nodes):
    away = RedisCache("redis://127.0.0.1:1").link
    return {"redis": nodes[0], "none": Places(None), "away": Places(away)}[request.param]


def take(places, *, limit=2, seconds=60, key=KEY):
    return places.take(key, limit=limit, seconds=seconds)


def test_places_are_given_until_there_are_none_and_again_when_left(alone):
    first, second = take(alone), take(alone)
    assert first
    assert second
    assert take(alone) is None
    assert take(alone, key="another")
    first.leave()
    assert take(alone)
    assert take(alone) is None


def test_nodes_share_them(nodes):
    one, other = nodes
    held = take(one), take(other)
    assert all(held)
    assert take(one) is None
    assert take(other) is None
    held[1].leave()
    assert take(one)


def test_a_node_that_was_killed_takes_none_along(nodes):
    killed, alive = nodes
    assert take(killed, seconds=0.2)
    assert take(killed, seconds=0.2)
    assert take(alive) is None
    eventually(lambda: take(alive))


def test_a_place_that_is_held_on_to_is_kept(nodes):
    held, other = nodes
    place = take(held, limit=1, seconds=0.5)
    stop = threading.Event()

    def hold():
        while not stop.wait(0.02):
            place.hold()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert not stop.wait(1.2)
        assert take(other, limit=1) is None
    finally:
        stop.set()
        holder.join()
    place.leave()
    assert take(other, limit=1)


def test_holding_on_often_costs_nothing(nodes, redis):
    place = take(nodes[0], seconds=60)
    with Redis.from_url(redis.url) as client:
        before = client.info("commandstats")["cmdstat_evalsha"]["calls"]
        for _ in range(1000):
            place.hold()
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == before


def test_places_left_behind_in_redis_go_with_their_time(nodes, redis):
    take(nodes[0], seconds=60)
    with Redis.from_url(redis.url) as client:
        (key,) = client.keys()
        assert 59_000 < client.pttl(key) <= 60_000


def test_redis_may_lose_them(nodes, redis):
    place = take(nodes[0], limit=1)
    with Redis.from_url(redis.url) as client:
        client.flushall()
    assert take(nodes[1], limit=1)
    place.leave()
    place.hold()


def test_no_more_than_there_are_is_ever_given_to_threads_of_many_nodes(nodes):
    inside, most, wrong = 0, 0, 0
    lock = threading.Lock()

    def work(places):
        nonlocal inside, most, wrong
        for _ in range(50):
            place = take(places, limit=3)
            if place is None:
                continue
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
            place.leave()

    threads = [threading.Thread(target=work, args=(nodes[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= 3
    assert all(take(nodes[0], limit=3) for _ in range(3))
