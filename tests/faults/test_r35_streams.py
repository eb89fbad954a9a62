"""R35, with streams: a stop lets them end, and stores what has come of those it cannot."""

import signal
import threading
from uuid import uuid4

import pytest

from tests.faults.caller import Caller, NeverSent
from tests.faults.listener import Listener
from tests.model_side import MODEL, Reply
from tests.waiting import eventually

GRACEFUL = 6
WORDS = [f" word{number}" for number in range(40)]


@pytest.fixture
def gates():
    """What the model waits at: before its last words, and for ever."""
    last, never, left = (threading.Event() for _ in range(3))
    yield last, never, left
    for one in (last, never, left):
        one.set()


@pytest.fixture
def streams(model_side, gates):
    """Let the model answer by what is asked."""
    last, never, left = gates
    kinds = {
        "whole": ["One", last, " two"],
        "late": [last, "Late"],
        "endless": ["Some", never, "thing"],
        "silent": [never, "Nothing"],
        "left": ["Left", left, *WORDS, last, "."],
    }

    def reply(body):
        return Reply({}, stream=kinds[body["messages"][-1]["content"].split(":")[0]])

    model_side.chat_reply = reply


@pytest.fixture
def web(running):
    one = running.another_web(GRACEFUL_SECONDS=str(GRACEFUL))
    one.begin()
    one.wait_ready()
    yield one
    one.stop()


@pytest.fixture
def listen(web):
    """Return how somebody asks something of a kind in a conversation of its own."""
    run = uuid4().hex[:8]

    def ask(kind):
        name = f"listener-{run}"
        caller = Caller(web.url, name)
        path = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}/chat"
        return Listener(web.url, name, path, f"{kind}:{run}:{uuid4().hex[:8]}")

    return ask


def stored(installation, *listeners):
    """Return status, text and code of what was answered to each."""
    found = installation.rows(
        "SELECT p.content, r.status, r.content, r.error->>'code' FROM responses r "
        "JOIN prompts p ON p.id = r.prompt_id WHERE p.content = ANY(%s)",
        [one.message for one in listeners],
    )
    by_message = {message: tuple(rest) for message, *rest in found}
    return [by_message[one.message] for one in listeners]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["stop", "reload"])
def test_r35_streams_end_or_keep_what_has_come(
    installation, web, listen, streams, gates, model_side, number
):
    last, _, left = gates
    before = set(web.worker_pids())
    whole = [listen("whole") for _ in range(4)]
    late, endless, silent, gone = (listen(kind) for kind in ("late", "endless", "silent", "left"))
    for one in (*whole, endless, gone):
        one.heard(2)
    eventually(lambda: len(model_side.calls) == 8)
    gone.leave()
    left.set()
    eventually(lambda: stored(installation, gone)[0][0] == "streaming")
    web.signal(number)
    if number == signal.SIGTERM:
        eventually(lambda: not web.readiness())
    else:
        eventually(lambda: set(web.worker_pids()) - before)
    last.set()
    for one in (*whole, late):
        name, response = one.last
        assert (name, response["status"]) == ("response", "complete")
    for one in (endless, silent):
        name, problem = one.last
        assert (name, problem["code"], problem["status"]) == ("error", "interrupted", 503)
        assert problem["response_id"] == one.events[0][1]["response_id"]
    eventually(lambda: web.poll() is not None or not before & set(web.worker_pids()))
    assert stored(installation, *whole) == [("complete", "One two", None)] * 4
    assert stored(installation, late, endless, silent, gone) == [
        ("complete", "Late", None),
        ("failed", "Some", "interrupted"),
        ("failed", None, "interrupted"),
        ("complete", "Left" + "".join(WORDS) + ".", None),
    ]
    assert web.poll() == (0 if number == signal.SIGTERM else None)


def test_r35_a_recording_without_listeners_is_broken_off_in_time(
    installation, web, listen, streams, gates
):
    _, _, left = gates
    gone = listen("left")
    gone.heard(2)
    gone.leave()
    left.set()
    eventually(lambda: stored(installation, gone)[0][0] == "streaming")
    web.signal(signal.SIGTERM)
    eventually(lambda: web.poll() is not None)
    assert web.poll() == 0
    assert stored(installation, gone) == [("failed", "Left" + "".join(WORDS), "interrupted")]


def test_r35_whoever_comes_while_it_stops_is_refused(installation, web, listen, streams, gates):
    last, _, _ = gates
    whole = listen("whole")
    whole.heard(2)
    web.signal(signal.SIGTERM)
    eventually(lambda: not web.readiness())
    with pytest.raises(NeverSent):
        listen("late")
    last.set()
    assert whole.last[0] == "response"
    eventually(lambda: web.poll() is not None)
