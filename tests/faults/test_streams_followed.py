"""Streams have listeners anywhere: late, restless, gone, or too slow to hear anything."""

import random
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from redis import Redis

from tests.events import text_of
from tests.faults.listening import Listener
from tests.model_side import MODEL, Reply
from tests.sizes import size
from tests.waiting import eventually
from tests.world import token

PART = 40
WORDS = [f"{number} größer " for number in range(3 * PART)]
FOLLOWERS = 3


@pytest.fixture
def gates(model_side):
    """Have the model stop after each third of its words but the last."""
    held = [threading.Event(), threading.Event()]
    first, second, third = (WORDS[start : start + PART] for start in range(0, len(WORDS), PART))
    pieces = [*first, held[0], *second, held[1], *third]
    model_side.chat_reply = lambda _: Reply({}, stream=pieces)
    yield held
    for gate in held:
        gate.set()


@pytest.fixture
def chat(installation):
    """Return somebody's name and the path of their new conversation's chat."""
    name = f"streamer-{uuid.uuid4().hex[:8]}"
    interaction = installation.caller(name).made("/interactions", {"model_id": MODEL})
    return name, f"/interactions/{interaction['id']}/chat"


def _nothing(_):
    pass


def _kill(redis):
    redis.kill()


def _empty(redis):
    with closing(Redis.from_url(redis.url)) as connection:
        connection.flushall()


@pytest.fixture
def redis(installation):
    yield installation.redis
    if installation.redis.poll() is not None:
        installation.redis.begin()
        installation.redis.wait_ready()


def _restless(listener, response_id):
    """Follow an answer, going away after some tokens again and again; return what was heard."""
    tokens = []
    while True:
        last = tokens[-1].data["index"] if tokens else None
        listening, patience = listener.follow(response_id, last=last), random.randint(1, PART)
        for event in listening:
            if event.name in {"response", "error"}:
                return tokens, event
            tokens += [event] if event.name == "token" else []
            patience -= 1
            if not patience:
                listening.leave()
                break


@pytest.mark.long
@pytest.mark.parametrize("lose", [_nothing, _empty, _kill])
def test_every_follower_hears_all_of_it_in_order(installation, streaming, redis, gates, chat, lose):
    for _ in range(size(1, 10)):
        _follow_from_everywhere(installation, streaming, redis, gates, chat, lose)


def _follow_from_everywhere(installation, streaming, redis, gates, chat, lose):
    name, path = chat
    asked = Listener(streaming.url, name).ask(path, {"message": "Count."})
    response_id = next(asked).data["response_id"]
    # Two nodes of two processes each.
    nodes = [Listener(web.url, name) for web in (streaming, installation.web)] * FOLLOWERS
    with ThreadPoolExecutor(2 * len(nodes)) as people:
        early = [people.submit(_restless, node, response_id) for node in nodes]
        for _ in range(PART):
            next(asked)
        lose(redis)
        gates[0].set()
        for _ in range(PART):
            next(asked)
        late = [people.submit(_restless, node, response_id) for node in nodes]
        if redis.poll() is not None:
            redis.begin()
            redis.wait_ready()
        gates[1].set()
        *_, last = asked
        heard = [follower.result(30) for follower in early + late]
    assert last.name == "response"
    assert last.data["content"] == text_of(asked.heard) == "".join(WORDS)
    for tokens, end in heard:
        assert [token.data["index"] for token in tokens] == list(range(len(WORDS)))
        assert [token.data["text"] for token in tokens] == WORDS
        assert end.data == last.data


def test_a_listener_who_hangs_up_does_not_stop_the_recording(installation, streaming, gates, chat):
    name, path = chat
    asked = Listener(streaming.url, name).ask(path, {"message": "Count."})
    response_id = next(asked).data["response_id"]
    next(asked)
    asked.leave()
    for gate in gates:
        gate.set()
    tokens, last = _restless(Listener(installation.web.url, name), response_id)
    assert last.data["content"] == text_of(tokens) == "".join(WORDS)


def test_a_listener_who_never_reads_does_not_hold_the_recording(
    installation, streaming, model_side, chat
):
    name, path = chat
    # More than the buffers between the two can hold.
    many = ["." * 50_000] * 160
    model_side.chat_reply = lambda _: Reply({}, stream=many)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with deaf:
        deaf.connect(("127.0.0.1", streaming.port))
        body = b'{"message": "Go on.", "stream": true}'
        head = (
            f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token(name)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        deaf.sendall(head.encode() + body)
        query = (
            "SELECT r.status, length(r.content) FROM responses r JOIN prompts p "
            "ON p.id = r.prompt_id WHERE p.interaction_id = %s AND r.completed_at IS NOT NULL"
        )
        ended = eventually(lambda: installation.rows(query, path.split("/")[2]), seconds=30)
    assert ended == [("complete", 160 * 50_000)]
