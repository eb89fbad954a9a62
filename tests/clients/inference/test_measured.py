"""What came of the last call to a model is known on every node, and without Redis on each."""

import pytest

from app.clients.cache import NullCache, RedisCache
from app.clients.inference.base import InferenceError
from app.clients.inference.health import Health, HealthBook
from app.clients.inference.measured import Measured
from app.utils import clock
from tests.clients.inference.streams import outcome
from tests.clients.inference.test_guarded import ANSWER, WAYS, Provider, question

ASKED = question("Acme/Echo")


@pytest.fixture
def cache(redis):
    cache = RedisCache(redis.url, prefix="measured:")
    yield cache
    cache.link.redis.flushdb()


@pytest.fixture
def book(cache):
    return HealthBook(cache)


def measured(book, error=None):
    provider = Provider()
    provider.error = error
    return Measured(provider, book, key_of=str.lower)


def known(book, key="acme/echo"):
    return book.of([key])[0]


@pytest.mark.parametrize("cache_too", [True, False])
def test_nothing_is_known_of_a_model_that_nobody_asked(cache, cache_too):
    book = HealthBook(cache if cache_too else NullCache())
    assert book.of(["a", "b"]) == [None, None]
    assert book.of([]) == []


def test_whoever_answers_works_and_took_as_long(book):
    assert measured(book).complete(ASKED) == ANSWER
    assert known(book) == Health(works=True, latency_ms=1)
    assert known(book, "another") is None


@pytest.mark.parametrize("call", WAYS)
@pytest.mark.parametrize("error", [None, "model_unavailable"])
def test_every_way_to_ask_is_noted(book, call, error):
    provider = measured(book, error)

    def ask():
        answer = getattr(provider, call)(ASKED)
        return outcome(answer) if call == "stream" else answer

    if error:
        with pytest.raises(InferenceError):
            ask()
    else:
        ask()
    assert known(book).works is (error is None)


def test_a_failure_leaves_the_latency_known_also_on_another_node(cache, book):
    book.answered("acme/echo", latency_ms=40)
    other = HealthBook(cache)
    with pytest.raises(InferenceError):
        measured(other, "model_timeout").complete(ASKED)
    assert known(other) == known(book) == Health(works=False, latency_ms=40)


def test_nodes_know_it_from_each_other(cache, book):
    other = HealthBook(cache)
    book.failed("acme/echo")
    assert known(other) == Health(works=False, latency_ms=None)
    other.answered("acme/echo", latency_ms=7)
    assert known(book) == Health(works=True, latency_ms=7)


def test_without_redis_each_knows_its_own():
    book, other = HealthBook(NullCache()), HealthBook(NullCache())
    book.answered("acme/echo", latency_ms=7)
    assert (known(book), known(other)) == (Health(works=True, latency_ms=7), None)


def test_calls_that_went_alike_are_told_now_and_then(cache, book):
    for latency in (1, 2, 3):
        book.answered("acme/echo", latency_ms=latency)
    assert known(book).latency_ms == 3
    assert known(HealthBook(cache)).latency_ms == 1


def test_what_others_left_in_its_place_is_nothing(cache, book):
    for value in (["x", True, 1], [1], "word", {"a": 1}, 5):
        cache.set("health:acme/echo", value, seconds=60)
        assert known(book) is None


def test_what_is_long_past_says_nothing_any_more(cache, book):
    cache.set("health:acme/echo", [clock.now().timestamp() - 4000, True, 5], seconds=60)
    assert known(book) is None


def test_a_question_at_fault_says_nothing_of_the_model(book):
    with pytest.raises(InferenceError):
        measured(book, "model_context_missing").complete(ASKED)
    assert known(book) is None


def test_who_leaves_a_stream_says_nothing_of_the_model(book):
    pieces = measured(book).stream(ASKED)
    next(pieces)
    pieces.close()
    assert known(book) is None


def test_health_is_the_providers(book):
    assert measured(book).health() is True
    assert measured(book, "model_failed").health() is False
