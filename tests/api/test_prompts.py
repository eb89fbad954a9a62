"""Prompts: a single question to the model, stored before it is asked."""

import threading
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.clients.inference.base import InferenceError
from app.clients.live import NoLive
from app.db import db, transaction
from app.services import responses
from app.utils import clock
from tests.model_side import ENDPOINT, MODEL, Reply
from tests.world import Person, created, problem

QUERY = f"/endpoint/{ENDPOINT}/query"


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction(model_version='2026-11')['id']}/prompts"


def history(person, path):
    return person.read(path.replace("/prompts", "/history"))["messages"]


def test_the_answer_holds_the_stored_prompt_and_the_stored_response(alice, path):
    body = {
        "content": "What is machine learning?",
        "context": "A lesson.",
        "parameters": {"max_new_tokens": 20, "temperature": 0.5},
    }
    exchange = created(alice.post(path, body))
    prompt, response = exchange["prompt"], exchange["response"]
    assert prompt == {
        "id": prompt["id"],
        "interaction_id": path.split("/")[2],
        "sequence": 1,
        **body,
        "chosen_response_id": None,
        "created_at": prompt["created_at"],
    }
    assert UUID(prompt["id"]).version == UUID(response["id"]).version == 7
    assert response == {
        "id": response["id"],
        "prompt_id": prompt["id"],
        "status": "complete",
        "content": "You said: What is machine learning?",
        "model_id": MODEL,
        "model_version": "1.0",
        "endpoint_name": ENDPOINT,
        "provider": "model_service",
        "finish_reason": None,
        "usage": {"prompt_tokens": None, "completion_tokens": None},
        "latency_ms": response["latency_ms"],
        "first_token_ms": None,
        "error": None,
        "created_at": response["created_at"],
        "completed_at": response["completed_at"],
    }
    assert response["latency_ms"] >= 0
    assert prompt["created_at"] <= response["created_at"] <= response["completed_at"]
    assert alice.read(f"/responses/{response['id']}") == response


def test_the_model_gets_the_question_its_context_and_its_parameters(alice, path, model_side):
    parameters = {
        "max_new_tokens": 5,
        "max_length": 99,
        "temperature": 0,
        "top_k": 3,
        "top_p": 0.5,
        "repetition_penalty": 1.5,
    }
    body = {"content": "Why?", "context": "Because.", "parameters": parameters}
    created(alice.post(path, body))
    sent = {"query": "Why?", "context": "Because.", "parameters": parameters}
    assert model_side.calls == [(QUERY, sent)]


def test_the_model_sees_nothing_of_the_conversation(alice, path, model_side):
    created(alice.post(path, {"content": "one"}))
    created(alice.post(path, {"content": "two"}))
    assert model_side.calls[-1] == (QUERY, {"query": "two"})


def test_prompts_are_numbered_within_their_conversation(alice, path):
    numbers = [created(alice.post(path, {"content": word}))["prompt"]["sequence"] for word in "abc"]
    assert numbers == [1, 2, 3]
    assert alice.exchange()["prompt"]["sequence"] == 1


def test_the_prompt_is_committed_before_the_model_is_asked(
    app, alice, path, model_side, background
):
    gate = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "late"}], gate=gate)
    answer = background(
        lambda: Person(app.test_client(), "alice", "user").post(path, {"content": "Hello?"})
    )
    try:
        assert model_side.asked.wait(10)
        question, pending = history(alice, path)
        shown = alice.read(f"/responses/{pending['id']}")
    finally:
        gate.set()
    assert (question["content"], pending["content"]) == ("Hello?", "")
    assert (pending["status"], shown["status"], shown["content"]) == ("pending", "pending", None)
    stored = created(answer.result(10))
    assert stored["response"]["id"] == pending["id"]
    assert stored["response"]["content"] == "late"


def test_no_connection_is_held_while_the_model_answers(app, alice, path, model_side, background):
    gate = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "late"}], gate=gate)
    answer = background(
        lambda: Person(app.test_client(), "alice", "user").post(path, {"content": "Hello?"})
    )
    try:
        assert model_side.asked.wait(10)
        with app.app_context():
            assert db.engine.pool.checkedout() == 0
    finally:
        gate.set()
    created(answer.result(10))


def test_an_answer_that_comes_after_the_sweep_is_too_late(app, alice, path, model_side, background):
    gate = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "late"}], gate=gate)
    answer = background(
        lambda: Person(app.test_client(), "alice", "user").post(path, {"content": "Hello?"})
    )
    try:
        assert model_side.asked.wait(10)
        with app.app_context(), transaction() as session:
            overdue = clock.now() + timedelta(hours=1)
            assert responses.end_overdue(session, moment=overdue, limit=10, live=NoLive()) == 1
    finally:
        gate.set()
    late = problem(answer.result(10), 504, "model_timeout")
    kept = alice.read(f"/responses/{late['response_id']}")
    assert (kept["status"], kept["content"]) == ("failed", None)
    assert kept["error"]["code"] == "interrupted"
    assert kept["prompt_id"] == late["prompt_id"]


def test_a_model_that_nobody_serves_is_a_conflict_and_on_record(alice):
    interaction = alice.interaction(model_id="nobody/serves-this")
    answer = alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello?"})
    refused = problem(answer, 409, "model_not_served")
    kept = alice.read(f"/responses/{refused['response_id']}")
    assert kept["status"] == "failed"
    assert kept["error"] == {"code": "model_not_served", "message": refused["detail"]}
    assert kept["prompt_id"] == refused["prompt_id"]
    assert "nobody/serves-this" in refused["detail"]


@pytest.mark.parametrize("kind", ["prompts", "chat"])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("model_not_served", 409),
        ("model_context_missing", 422),
        ("model_failed", 502),
        ("model_unavailable", 503),
        ("model_not_ready", 503),
        ("model_timeout", 504),
    ],
)
def test_every_failure_of_the_model_side_is_a_problem_that_names_what_is_stored(
    alice, path, raise_when_asked, kind, code, status
):
    raise_when_asked(InferenceError(code, "as told", "some-endpoint", raw="<html>oops"))
    body = {"content": "Hello?"} if kind == "prompts" else {"message": "Hello?"}
    answer = alice.post(path.replace("prompts", kind), body)
    told = problem(answer, status, code)
    assert told["detail"] == "as told"
    assert ("Retry-After" in answer.headers) == (status == 503)
    kept = alice.read(f"/responses/{told['response_id']}")
    assert (kept["status"], kept["prompt_id"]) == ("failed", told["prompt_id"])
    assert kept["error"] == {"code": code, "message": "as told"}
    assert kept["endpoint_name"] == "some-endpoint"
    assert datetime.fromisoformat(kept["completed_at"])
    assert [message["status"] for message in history(alice, path)] == [None, "failed"]


def test_a_model_that_has_too_much_to_do_says_when_to_come_again(alice, path, raise_when_asked):
    raise_when_asked(InferenceError("model_busy", "full", retry_after=7))
    answer = alice.post(path, {"content": "Hello?"})
    assert problem(answer, 429, "model_busy")["response_id"]
    assert answer.headers["Retry-After"] == "7"


def test_a_broken_model_is_a_bad_gateway_and_its_words_go_to_nobody(alice, path, model_side):
    model_side.query_reply = lambda _: Reply({"error": "/opt/ml/secret path"}, status=500)
    answer = alice.post(path, {"content": "Hello?"})
    told = problem(answer, 502, "model_failed")
    kept = alice.get(f"/responses/{told['response_id']}")
    assert "secret" not in answer.text + kept.text


def test_a_fault_of_ours_ends_the_response_and_says_nothing_of_the_inside(
    alice, path, raise_when_asked
):
    raise_when_asked(ZeroDivisionError("inner words"))
    answer = alice.post(path, {"content": "Hello?"})
    problem(answer, 500, "internal")
    assert "inner" not in answer.text
    _, failed = history(alice, path)
    kept = alice.read(f"/responses/{failed['id']}")
    assert kept["status"] == "failed"
    assert kept["error"] == {"code": "internal", "message": "the call broke off"}


def test_a_conversation_goes_on_after_a_failure(alice, path, model_side):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(alice.post(path, {"content": "first"}), 502)
    model_side.query_reply = None
    assert created(alice.post(path, {"content": "second"}))["prompt"]["sequence"] == 2


@pytest.mark.parametrize("status", ["completed", "abandoned"])
def test_an_ended_conversation_takes_no_more_prompts(alice, path, model_side, status):
    alice.put(path.removesuffix("/prompts"), {"status": status})
    assert status in problem(alice.post(path, {"content": "?"}), 409, "interaction_ended")["detail"]
    assert history(alice, path) == []
    assert model_side.calls == []


def test_only_the_owner_prompts(alice, bob, vera, adam, path, model_side):
    problem(bob.post(path, {"content": "?"}), 404, "not_found")
    for person in (vera, adam):
        problem(person.post(path, {"content": "?"}), 403, "not_owner")
    problem(alice.post(f"/interactions/{uuid4()}/prompts", {"content": "?"}), 404)
    assert history(alice, path) == []
    assert model_side.calls == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": " \n"}, "content"),
        ({"content": None}, "content"),
        ({"content": ["?"]}, "content"),
        ({"content": "x" * 500_001}, "content"),
        ({"content": "?", "context": ""}, "context"),
        ({"content": "?", "parameters": []}, "parameters._schema"),
        ({"content": "?", "parameters": {"stop": "x"}}, "parameters.stop"),
        ({"content": "?", "parameters": {"temperature": "0.5"}}, "parameters.temperature"),
        ({"content": "?", "parameters": {"temperature": True}}, "parameters.temperature"),
        ({"content": "?", "parameters": {"temperature": -0.1}}, "parameters.temperature"),
        ({"content": "?", "parameters": {"top_p": 1.1}}, "parameters.top_p"),
        ({"content": "?", "parameters": {"top_k": 1.5}}, "parameters.top_k"),
        ({"content": "?", "parameters": {"top_k": True}}, "parameters.top_k"),
        ({"content": "?", "parameters": {"max_new_tokens": 0}}, "parameters.max_new_tokens"),
        ({"content": "?", "model_id": "a/b"}, "model_id"),
        ({"content": "?", "role": "system"}, "role"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(alice, path, model_side, body, field):
    assert problem(alice.post(path, body), 422, "invalid")["errors"].keys() == {field}
    assert history(alice, path) == []
    assert model_side.calls == []


def test_a_null_context_is_none(alice, path, model_side):
    assert created(alice.post(path, {"content": "?", "context": None}))["prompt"]["context"] is None
    assert "context" not in model_side.calls[-1][1]


def test_a_text_goes_to_the_model_and_comes_back_as_it_is(alice, path):
    text = "  Ünïcödé 🙂\n\t\"quoted\" 'n' \\ back\u202eslash </script>  "
    exchange = created(alice.post(path, {"content": text}))
    assert exchange["prompt"]["content"] == text
    assert exchange["response"]["content"] == f"You said: {text}"
