"""Messages survive: a killed worker, a model side that is away, Redis that is emptied."""

import signal
import threading
import uuid

import pytest
from redis import Redis

from tests.model_side import MODEL, Reply
from tests.sizes import size
from tests.waiting import eventually

SENT_AT_ONCE = 3
ANSWERED_WITHIN_SECONDS = 60


@pytest.fixture
def alice(installation):
    return installation.caller(f"alice-{uuid.uuid4().hex[:8]}")


def _send(caller, contents):
    """Send messages in one conversation; return its path and what was accepted."""
    here = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}"
    replies = [caller.post(f"{here}/messages", {"content": content}) for content in contents]
    assert [reply.status for reply in replies] == [202] * len(contents)
    return here, [reply.json for reply in replies]


def _answered(caller, sent):
    """Say whether every job has ended well, or fail where one has not."""
    jobs = [caller.found(f"/jobs/{one['job_id']}") for one in sent]
    assert not [job for job in jobs if job["status"] == "failed"]
    return all(job["status"] == "succeeded" for job in jobs)


def _each_answered_once(installation, caller, here, sent):
    assert [one["role"] for one in caller.found(f"{here}/messages")["items"]] == (
        ["user", "assistant"] * len(sent)
    )
    found = installation.rows(
        "SELECT prompt_id::text, count(*) FILTER (WHERE status = 'complete'),"
        " bool_or(status IN ('pending', 'streaming'))"
        " FROM responses WHERE prompt_id::text = ANY(%s) GROUP BY 1",
        [one["message"]["id"] for one in sent],
    )
    assert sorted(found) == sorted((one["message"]["id"], 1, False) for one in sent)


@pytest.mark.long
def test_r38_a_killed_workers_messages_are_answered_once(
    installation, worker, alice, model_side, redis_of
):
    for number in range(size(1, 25)):
        gate = threading.Event()
        pieces = ["Here", gate, " it", " is."] if number % 2 else [gate, "Here it is."]
        model_side.asked.clear()
        model_side.chat_reply = lambda _, pieces=pieces: Reply({}, stream=pieces)
        here, sent = _send(alice, [f"{number}-{one}" for one in range(SENT_AT_ONCE)])
        assert model_side.asked.wait(20)
        if number % 2:
            first = sent[0]["response_id"]
            eventually(lambda: alice.found(f"/responses/{first}")["status"] == "streaming")  # noqa: B023
        worker.kill()
        redis_of.flushall()
        gate.set()
        worker.begin()
        eventually(lambda: _answered(alice, sent), seconds=ANSWERED_WITHIN_SECONDS)  # noqa: B023
        _each_answered_once(installation, alice, here, sent)
        cut_off = alice.found(f"/responses/{sent[0]['response_id']}")
        assert (cut_off["status"], cut_off["error"]["code"]) == ("failed", "interrupted")
        assert cut_off["content"] == ("Here" if number % 2 else None)


def test_messages_wait_for_a_worker(installation, worker, alice):
    worker.kill()
    here, sent = _send(alice, ["First?", "Second?"])
    assert alice.found(f"/responses/{sent[0]['response_id']}")["status"] == "pending"
    worker.begin()
    eventually(lambda: _answered(alice, sent), seconds=ANSWERED_WITHIN_SECONDS)
    _each_answered_once(installation, alice, here, sent)


def test_messages_wait_for_the_model_side(installation, worker, alice, model_side):
    model_side.chat_reply = lambda _: Reply({"detail": "away"}, status=503)
    here, sent = _send(alice, ["First?", "Second?"])
    job = f"/jobs/{sent[0]['job_id']}"
    eventually(lambda: alice.found(job)["attempts"] == 1 and alice.found(job)["error"])
    assert alice.found(f"/responses/{sent[0]['response_id']}")["status"] == "pending"
    model_side.chat_reply = None
    eventually(lambda: _answered(alice, sent), seconds=ANSWERED_WITHIN_SECONDS)
    _each_answered_once(installation, alice, here, sent)


def test_r35_a_stopped_worker_finishes_the_answer_it_has_begun(
    installation, worker, alice, model_side
):
    gate = threading.Event()
    model_side.chat_reply = lambda _: Reply({}, stream=["Here", gate, " it is."])
    here, sent = _send(alice, ["First?"])
    response = f"/responses/{sent[0]['response_id']}"
    eventually(lambda: alice.found(response)["status"] == "streaming")
    worker.signal(signal.SIGTERM)
    gate.set()
    assert eventually(lambda: worker.poll() is not None and [worker.poll()]) == [0]
    answered = alice.found(response)
    assert (answered["status"], answered["content"]) == ("complete", "Here it is.")
    _each_answered_once(installation, alice, here, sent)


@pytest.fixture
def redis_of(installation):
    client = Redis.from_url(installation.redis.url)
    yield client
    client.close()
