"""R27: a model that is down is left alone by all workers, and a slow one holds nobody else up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.caller import Caller
from tests.model_side import MODEL, Reply
from tests.waiting import eventually

REST = 3
MOST_FAILURES = 10
CLOSED_AFTER = 10
SLOW_MODEL = "acme/slow-1"
SLOW_ENDPOINT = "acme--slow-1-0a1b2c3d-202611210900"
PLACES = 4
WORKERS, THREADS = 2, 8


@pytest.fixture(scope="module")
def web(running):
    one = running.another_web(
        WEB_WORKERS=str(WORKERS), WEB_THREADS=str(THREADS), MODEL_DEADLINE_SECONDS="15"
    )
    one.begin()
    one.wait_ready()
    yield one
    one.stop()


@pytest.fixture
def slow_model(installation, model_side):
    """A model that takes few calls at a time."""
    model_side.models = {**model_side.models, SLOW_MODEL: SLOW_ENDPOINT}
    installation.execute(
        "INSERT INTO models (model_id, provider, max_concurrency) VALUES (%s, %s, %s)",
        SLOW_MODEL,
        "model_service",
        PLACES,
    )
    yield SLOW_MODEL
    installation.execute("DELETE FROM models WHERE model_id = %s", SLOW_MODEL)


def asking(web, name, model=MODEL):
    """Return how somebody asks in a conversation of its own."""
    path = f"/interactions/{Caller(web.url, name).made('/interactions', {'model_id': model})['id']}"

    def ask(_=None):
        # A connection of its own each time, so that every web process gets its share.
        caller = Caller(web.url, name, seconds=40)
        return caller.call("POST", f"{path}/prompts", {"content": "Are you there?"}, keep=False)

    return ask


def test_r27_a_model_that_is_down_is_left_alone_until_it_is_back(installation, web, model_side):
    ask = asking(web, "r27-down")
    assert ask().status == 201
    before = len(model_side.calls)
    model_side.query_reply = lambda _: Reply({"detail": "down"}, status=503)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as people:
        replies = list(people.map(ask, range(60)))
    tries = 1 + (time.monotonic() - began) / REST
    assert {reply.status for reply in replies} == {503}
    assert {reply.json["code"] for reply in replies} == {"model_unavailable"}
    assert all(int(reply.headers["Retry-After"]) >= 1 for reply in replies)
    # Four at a time may all be on their way when the fifth failure opens it.
    assert len(model_side.calls) - before <= MOST_FAILURES + tries
    model_side.query_reply = None
    eventually(lambda: ask().status == 201, seconds=2 * CLOSED_AFTER)
    # Every worker sees it with its next look.
    eventually(lambda: {ask().status for _ in range(8)} == {201}, seconds=CLOSED_AFTER)
    installation.nothing_stays_open()


def test_r27_a_model_that_hangs_takes_no_thread_from_others(
    installation, web, model_side, slow_model
):
    ask, other = asking(web, "r27-slow", slow_model), asking(web, "r27-other")
    gate = threading.Event()
    hung = [Reply([{"generated_text": "At last."}], gate=gate)]
    model_side.query_reply = lambda _: hung[0]
    asked = 2 * WORKERS * THREADS
    with ThreadPoolExecutor(asked) as people:
        waiting = [people.submit(ask) for _ in range(asked)]
        eventually(lambda: sum(one.done() for one in waiting) == asked - PLACES)
        refused = [one.result() for one in waiting if one.done()]
        assert len(model_side.calls) == PLACES
        hung[0] = Reply([{"generated_text": "Here I am."}])
        caller = Caller(web.url, "r27-reader")
        assert {caller.call("GET", "/interactions", keep=False).status for _ in range(20)} == {200}
        assert {other().status for _ in range(4)} == {201}
        gate.set()
        answered = [one.result(60) for one in waiting if one.result(60).status == 201]
    assert len(answered) == PLACES
    assert {(one.status, one.json["code"]) for one in refused} == {(429, "model_busy")}
    assert all(int(one.headers["Retry-After"]) >= 1 for one in refused)
    assert ask().status == 201
