"""R31: one effect a key, however often, from however many, and whatever breaks in between."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from procrastinate import App, SyncPsycopgConnector

from tests.faults.caller import NoAnswer
from tests.model_side import MODEL, Reply
from tests.sizes import size
from tests.waiting import eventually

PARALLEL = 50
FIRST_RUNS = "idempotency_key_in_use"
REPLAYED = "Idempotent-Replayed"


@dataclass
class Post:
    """A POST, and how to see how often it took effect."""

    path: str
    body: dict[str, Any]
    count: str
    values: tuple[Any, ...]


@pytest.fixture
def caller(installation):
    return installation.caller(f"repeater-{uuid.uuid4().hex[:8]}", seconds=30)


def _start_interaction(caller):
    title = uuid.uuid4().hex
    count = "SELECT count(*) FROM interactions WHERE title = %s"
    return Post("/interactions", {"model_id": MODEL, "title": title}, count, (title,))


def _ask(caller):
    path = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}/prompts"
    content = uuid.uuid4().hex
    count = (
        "SELECT count(*) FROM prompts JOIN responses r ON prompt_id = prompts.id "
        "WHERE prompts.content = %s"
    )
    return Post(path, {"content": content}, count, (content,))


def _rate(caller):
    question = _ask(caller)
    response_id = caller.made(question.path, question.body)["response"]["id"]
    body = {
        "response_id": response_id,
        "dimension_ratings": [{"dimension_id": "accuracy", "score": 2}],
    }
    return Post(
        "/feedback", body, "SELECT count(*) FROM feedback WHERE response_id = %s", (response_id,)
    )


POSTS = pytest.mark.parametrize("post", [_start_interaction, _ask, _rate])


def _effects(installation, post):
    return installation.rows(post.count, *post.values)[0][0]


def _key():
    return f"key-{uuid.uuid4()}"


@pytest.mark.long
@POSTS
def test_r31_parallel_repeats_have_one_effect_and_one_answer(installation, caller, post):
    with ThreadPoolExecutor(PARALLEL) as people:
        for _ in range(size(3, 1000)):
            one, key = post(caller), _key()
            replies = list(
                people.map(lambda _: caller.post(one.path, one.body, key=key), range(PARALLEL))  # noqa: B023
            )
            answered = [reply for reply in replies if reply.status == 201]
            others = [reply for reply in replies if reply.status != 201]
            assert {(reply.status, reply.json["code"]) for reply in others} <= {(409, FIRST_RUNS)}
            assert len({reply.body for reply in answered}) == 1
            assert sum(REPLAYED not in reply.headers for reply in answered) == 1
            assert _effects(installation, one) == 1


@POSTS
def test_r31_another_body_is_refused_and_the_first_answer_stays(installation, caller, post):
    one, key = post(caller), _key()
    first = caller.post(one.path, one.body, key=key)
    other = {**one.body, "title" if "model_id" in one.body else "context": "another"}
    if "response_id" in one.body:
        other = {**one.body, "overall_comment": "another"}
    refused = caller.post(one.path, other, key=key)
    assert (refused.status, refused.json["code"]) == (422, "idempotency_key_reused")
    again = caller.post(one.path, one.body, key=key)
    assert (again.status, again.body, again.headers[REPLAYED]) == (201, first.body, "true")
    assert _effects(installation, one) == 1


def test_r31_a_key_counts_for_one_route_alone(installation, caller):
    key = _key()
    for post in (_start_interaction, _ask, _ask, _rate):
        one = post(caller)
        reply = caller.post(one.path, one.body, key=key)
        assert (reply.status, REPLAYED in reply.headers) == (201, False)
        assert _effects(installation, one) == 1


def test_r31_a_key_counts_for_one_caller_alone(installation, caller):
    one, key = _start_interaction(caller), _key()
    mine = caller.made(one.path, one.body, key=key)
    stranger = installation.caller("stranger")
    theirs = stranger.post(one.path, one.body, key=key)
    assert (theirs.status, REPLAYED in theirs.headers) == (201, False)
    assert theirs.json["id"] != mine["id"]
    assert theirs.json["user_id"] == "stranger"


def test_r31_a_repeat_after_a_crash_asks_anew_for_the_same_prompt(installation, caller, model_side):
    one, key, gate = _ask(caller), _key(), threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "Late."}], gate=gate)
    with ThreadPoolExecutor(1) as person:
        broken = person.submit(caller.post, one.path, one.body, key=key)
        assert model_side.asked.wait(10)
        installation.web.kill_everything()
        gate.set()
        assert isinstance(broken.exception(30), NoAnswer)
    installation.web.begin()
    installation.web.wait_ready()
    while_it_may_run = caller.post(one.path, one.body, key=key)
    # Where the sweep was faster than the repeat, the response is over and made anew at once.
    assert while_it_may_run.status == 201 or while_it_may_run.json["code"] == FIRST_RUNS
    installation.nothing_stays_open()
    is_anew = while_it_may_run.status == 201
    repeat = while_it_may_run if is_anew else caller.post(one.path, one.body, key=key)
    assert (repeat.status, REPLAYED in repeat.headers) == (201, False)
    again = caller.post(one.path, one.body, key=key)
    assert (again.json, again.headers[REPLAYED]) == (repeat.json, "true")
    rows = installation.rows(
        "SELECT p.id, r.status FROM prompts p JOIN responses r ON r.prompt_id = p.id "
        "WHERE p.content = %s ORDER BY r.id",
        *one.values,
    )
    assert [status for _, status in rows] == ["failed", "complete"]
    assert {str(prompt_id) for prompt_id, _ in rows} == {repeat.json["prompt"]["id"]}


@POSTS
def test_r31_a_key_that_has_expired_is_as_good_as_new(installation, caller, post):
    one, key = post(caller), _key()
    caller.made(one.path, one.body, key=key)
    installation.execute(
        "UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = %s",
        key,
    )
    _forget_expired(installation)
    known = "SELECT 1 FROM idempotency_keys WHERE key = %s"
    eventually(lambda: not installation.rows(known, key))
    later = caller.post(one.path, one.body, key=key)
    assert REPLAYED not in later.headers
    # A second opinion of the same person is one too many, key or not.
    assert later.status == (409 if "response_id" in one.body else 201)


def _forget_expired(installation):
    """Have the worker do now what it does once an hour."""
    connector = SyncPsycopgConnector(conninfo=installation.postgres.url)
    with App(connector=connector).open() as queue:
        queue.configure_task("idempotency.forget", queue="default").defer(timestamp=0)
