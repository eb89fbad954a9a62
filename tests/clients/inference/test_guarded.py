"""A provider is asked where it works and has room; where not, callers know at once."""

import threading
import time

import pytest

from app.clients.inference.base import Completion, InferenceError, InferenceRequest
from app.clients.inference.breaker import Breaker
from app.clients.inference.guarded import Guarded, Limit
from app.clients.inference.places import Places
from app.domain.deadline import Deadline
from tests.clients.inference.streams import outcome

ANSWER = Completion(
    text="Paris",
    endpoint_name="e",
    provider="p",
    finish_reason="stop",
    prompt_tokens=None,
    completion_tokens=None,
    raw="",
    latency_ms=1,
    model_version=None,
)


class Provider:
    """Answers, or fails with what it was told to."""

    def __init__(self):
        self.error = None
        self.asked = 0
        self.during = lambda: None
        self.closed = 0

    def complete(self, request):
        self.asked += 1
        self.during()
        if self.error:
            raise InferenceError(self.error, "no")
        assert request.content == "Capital?"
        return ANSWER

    def stream(self, request):
        self.asked += 1
        assert request.content == "Capital?"
        try:
            yield "Pa"
            self.during()
            if self.error:
                raise InferenceError(self.error, "no")
            yield "ris"
        finally:
            self.closed += 1
        return ANSWER

    def health(self):
        return self.error is None


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def guard(provider):
    breaker = Breaker(None, failures=3, rest_seconds=60)
    return Guarded(provider, breaker, Limit(places=Places(None), most=2), key_of=str.lower)


WAYS = ["complete", "stream"]


def question(model="M"):
    return InferenceRequest(model_id=model, content="Capital?", deadline=Deadline.after(10))


def call(guard, how="complete", *, model="M"):
    return getattr(guard, how)(question(model))


def done(guard, how, **more):
    found = call(guard, how, **more)
    return outcome(found)[1] if how == "stream" else found


def error_of(guard, how="complete", **more):
    with pytest.raises(InferenceError) as caught:
        done(guard, how, **more)
    return caught.value


@pytest.mark.parametrize("how", WAYS)
def test_an_answer_passes_through(guard, how):
    assert done(guard, how) == ANSWER


def test_pieces_pass_through(guard):
    assert outcome(call(guard, "stream")) == (["Pa", "ris"], ANSWER)


@pytest.mark.parametrize("code", ["model_unavailable", "model_timeout"])
def test_an_endpoint_that_keeps_failing_is_left_alone(guard, provider, code):
    provider.error = code
    assert [error_of(guard).code for _ in range(3)] == [code] * 3
    started = time.monotonic()
    error = error_of(guard)
    assert time.monotonic() - started < 1
    assert (error.code, provider.asked) == ("model_unavailable", 3)
    assert 55 < error.retry_after <= 60
    assert error_of(guard, "stream", model="m").code == "model_unavailable"
    assert provider.asked == 3
    provider.error = None
    assert call(guard, model="another")


@pytest.mark.parametrize("code", ["model_failed", "model_not_ready", "model_not_served"])
def test_an_endpoint_that_answers_with_errors_is_asked_on(guard, provider, code):
    provider.error = code
    assert [error_of(guard).code for _ in range(10)] == [code] * 10


def test_a_stream_that_began_shows_that_the_endpoint_works(guard, provider):
    provider.error = "model_timeout"
    for _ in range(5):
        assert error_of(guard, "stream").code == "model_timeout"
    assert provider.asked == 5


def test_a_fault_of_ours_tells_nothing(guard, provider):
    def fall():
        raise ZeroDivisionError

    provider.during = fall
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            call(guard)
    provider.during = lambda: None
    assert call(guard) == ANSWER


class TestPlaces:
    def test_that_are_taken_are_told_at_once_and_free_again_after(self, guard, provider):
        begun, go = threading.Semaphore(0), threading.Event()

        def wait():
            begun.release()
            assert go.wait(10)

        provider.during = wait
        callers = [threading.Thread(target=call, args=(guard,)) for _ in range(2)]
        for caller in callers:
            caller.start()
        for _ in callers:
            assert begun.acquire(timeout=10)
        error = error_of(guard)
        assert (error.code, error.retry_after) == ("model_busy", 1.0)
        assert [error_of(guard, how).code for how in WAYS] == ["model_busy"] * 2
        go.set()
        for caller in callers:
            caller.join()
        assert call(guard) == ANSWER

    @pytest.mark.parametrize("error", [None, "model_failed"])
    def test_are_given_back_however_a_call_ends(self, guard, provider, error):
        provider.error = error
        for _ in range(5):
            if error:
                error_of(guard)
                error_of(guard, "stream")
            else:
                call(guard)
                done(guard, "stream")

    def test_are_given_back_by_streams_that_nobody_listens_to(self, guard, provider):
        for _ in range(5):
            pieces = call(guard, "stream")
            assert next(pieces) == "Pa"
            pieces.close()
        assert provider.closed == 5

    def test_are_not_taken_by_streams_that_nobody_began(self, guard):
        waiting = [call(guard, "stream") for _ in range(5)]
        assert call(guard) == ANSWER
        for pieces in waiting:
            pieces.close()

    def test_may_be_unlimited(self, provider):
        guard = Guarded(provider, None, Limit(places=Places(None)))
        streams = [call(guard, "stream") for _ in range(20)]
        assert [next(pieces) for pieces in streams] == ["Pa"] * 20
        for pieces in streams:
            pieces.close()


def test_without_breaker_and_limit_everything_passes(provider):
    guard = Guarded(provider, None, None)
    provider.error = "model_unavailable"
    for _ in range(10):
        error_of(guard)
    assert provider.asked == 10


def test_health_is_the_providers(guard, provider):
    assert guard.health()
    provider.error = "model_unavailable"
    assert not guard.health()
