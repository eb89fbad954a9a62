"""Idempotency keys: a repeat of a POST gets the first answer and has no second effect."""

import threading
from concurrent.futures import wait
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.db import db
from app.jobs import upkeep
from app.services import interactions
from tests.model_side import MODEL, Reply
from tests.waiting import eventually
from tests.world import Person, created, problem

BODY = {"model_id": MODEL, "title": "Once"}


def keyed(person, path, body, key="a-key"):
    return person.post(path, body, headers={"Idempotency-Key": key})


def count(person):
    return len(person.read("/interactions")["items"])


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}"


def test_a_repeat_gets_the_first_answer_and_has_no_effect(alice):
    first, second = (keyed(alice, "/interactions", BODY) for _ in range(2))
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    for answer in (first, second):
        assert (answer.status_code, answer.mimetype) == (201, "application/json")
        assert answer.headers["ETag"] == '"1"'
    assert first.data == second.data
    assert count(alice) == 1


def test_without_a_key_everything_happens_twice(alice):
    for _ in range(2):
        created(alice.post("/interactions", BODY))
    assert count(alice) == 2


def test_each_key_is_for_one_effect(alice):
    ids = {keyed(alice, "/interactions", BODY, key).json["id"] for key in ("a", "b", "c")}
    assert len(ids) == 3


def test_the_quoted_form_of_the_draft_is_the_same_key(alice):
    first = keyed(alice, "/interactions", BODY, "a-key")
    assert keyed(alice, "/interactions", BODY, '"a-key"').json == first.json
    assert count(alice) == 1


def test_the_same_body_written_in_another_way_is_the_same(alice):
    first = keyed(alice, "/interactions", BODY)
    again = alice.call(
        "POST",
        "/interactions",
        data=f'  {{ "title":"Once",\n"model_id": "{MODEL}" }}',
        content_type="application/json; charset=utf-8",
        headers={"Idempotency-Key": "a-key"},
    )
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_body_with_the_same_key_is_refused(alice):
    keyed(alice, "/interactions", BODY)
    other = keyed(alice, "/interactions", {**BODY, "title": "Twice"})
    problem(other, 422, "idempotency_key_reused")
    assert count(alice) == 1


def test_another_query_with_the_same_key_is_refused(alice):
    keyed(alice, "/interactions", BODY)
    problem(keyed(alice, "/interactions?x=1", BODY), 422, "idempotency_key_reused")


def test_a_key_is_the_callers_own(alice, bob):
    first, second = (keyed(person, "/interactions", BODY) for person in (alice, bob))
    assert "Idempotent-Replayed" not in second.headers
    assert first.json["id"] != second.json["id"]


def test_a_key_is_for_one_route(alice, vera):
    given = [alice.feedback()["id"] for _ in range(2)]
    verdicts = [
        created(keyed(vera, f"/validation/feedback/{one}", {"is_valid": True})) for one in given
    ]
    assert [verdict["feedback_id"] for verdict in verdicts] == given


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "tab\there"])
def test_a_key_is_visible_ascii_of_a_bounded_length(alice, key):
    problem(keyed(alice, "/interactions", BODY, key), 400, "malformed")
    assert count(alice) == 0


def test_the_longest_key_is_taken(alice):
    for _ in range(2):
        created(keyed(alice, "/interactions", BODY, "x" * 255))
    assert count(alice) == 1


def test_a_refusal_is_kept_as_well(alice, vera):
    given = vera.feedback(alice.response()["id"])
    route = f"/validation/feedback/{given['id']}"
    first, second = (keyed(vera, route, {"is_valid": True}) for _ in range(2))
    assert problem(first, 403, "own_feedback")
    assert second.data == first.data
    assert second.mimetype == "application/problem+json"
    assert second.headers["Idempotent-Replayed"] == "true"


def test_what_was_refused_for_its_form_is_refused_again_and_another_body_needs_another_key(alice):
    bad = {"model_id": ""}
    first, second = (keyed(alice, "/interactions", bad) for _ in range(2))
    problem(first, 422, "invalid")
    assert second.data == first.data
    problem(keyed(alice, "/interactions", BODY), 422, "idempotency_key_reused")
    created(keyed(alice, "/interactions", BODY, "another"))


def test_a_body_that_is_no_json_has_a_fingerprint_too(alice):
    def send(data):
        return alice.call(
            "POST",
            "/interactions",
            data=data,
            content_type="application/json",
            headers={"Idempotency-Key": "a-key"},
        )

    problem(send(b"{"), 400, "malformed")
    assert send(b"{").headers["Idempotent-Replayed"] == "true"
    problem(send(b"{{"), 422, "idempotency_key_reused")


def test_a_fault_of_ours_is_not_kept(alice, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(interactions, "create", lambda *_, **__: 1 / 0)
        problem(keyed(alice, "/interactions", BODY), 500, "internal")
    created(keyed(alice, "/interactions", BODY))


def test_who_is_not_known_leaves_no_key(app, alice):
    nobody = Person(app.test_client(), "alice", "user", exp=1)
    problem(keyed(nobody, "/interactions", BODY), 401)
    assert "Idempotent-Replayed" not in keyed(alice, "/interactions", BODY).headers


def test_a_body_that_is_too_large_is_not_kept(app, alice, config):
    huge = {"model_id": MODEL, "system_prompt": "x" * config.max_body_bytes}
    for _ in range(2):
        answer = keyed(alice, "/interactions", huge)
        problem(answer, 413, "too_large")
        assert "Idempotent-Replayed" not in answer.headers


def test_while_the_first_runs_a_repeat_is_a_conflict(app, alice, background, monkeypatch):
    entered, gate = threading.Event(), threading.Event()
    create = interactions.create

    def slowly(*args, **kwargs):
        entered.set()
        assert gate.wait(10)
        return create(*args, **kwargs)

    monkeypatch.setattr(interactions, "create", slowly)
    other = Person(app.test_client(), "alice", "user")
    first = background(keyed, other, "/interactions", BODY)
    try:
        assert entered.wait(10)
        repeat = keyed(alice, "/interactions", BODY)
    finally:
        gate.set()
    problem(repeat, 409, "idempotency_key_in_use")
    kept = created(first.result(10))
    assert keyed(alice, "/interactions", BODY).json == kept
    assert count(alice) == 1


def test_a_key_on_other_methods_means_nothing(alice):
    made = alice.interaction()
    header = {"Idempotency-Key": "a key that is none"}
    assert alice.get("/interactions", headers=header).status_code == 200
    answer = alice.put(f"/interactions/{made['id']}", {"title": "x"}, headers=header)
    assert answer.status_code == 200


# Where a model is asked the key belongs to the prompt.


@pytest.mark.parametrize(
    ("kind", "body"), [("prompts", {"content": "Hello"}), ("chat", {"message": "Hello"})]
)
def test_a_repeated_question_gets_the_stored_answer(alice, path, model_side, kind, body):
    first, second = (keyed(alice, f"{path}/{kind}", body) for _ in range(2))
    assert created(first) == created(second)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(model_side.calls) == 1
    assert alice.read(path)["message_count"] == 2


def test_a_repeated_question_with_another_body_is_refused(alice, path, model_side):
    keyed(alice, f"{path}/prompts", {"content": "Hello"})
    other = keyed(alice, f"{path}/prompts", {"content": "Goodbye"})
    problem(other, 422, "idempotency_key_reused")
    assert len(model_side.calls) == 1


def test_while_the_model_answers_a_repeat_is_a_conflict(app, alice, path, model_side, background):
    gate = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "late"}], gate=gate)
    other = Person(app.test_client(), "alice", "user")
    first = background(keyed, other, f"{path}/prompts", {"content": "Hello"})
    try:
        assert model_side.asked.wait(10)
        repeat = keyed(alice, f"{path}/prompts", {"content": "Hello"})
    finally:
        gate.set()
    problem(repeat, 409, "idempotency_key_in_use")
    assert created(first.result(10))["response"]["content"] == "late"
    assert len(model_side.calls) == 1


def test_after_a_failure_a_repeat_asks_again_for_the_same_prompt(alice, path, model_side):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    failed = problem(keyed(alice, f"{path}/prompts", {"content": "Hello"}), 502)
    model_side.query_reply = None
    second = keyed(alice, f"{path}/prompts", {"content": "Hello"})
    exchange = created(second)
    assert "Idempotent-Replayed" not in second.headers
    assert exchange["prompt"]["id"] == failed["prompt_id"]
    assert exchange["response"]["id"] != failed["response_id"]
    assert exchange["response"]["content"] == "You said: Hello"
    third = keyed(alice, f"{path}/prompts", {"content": "Hello"})
    assert created(third) == exchange
    assert third.headers["Idempotent-Replayed"] == "true"
    assert len(model_side.calls) == 2


def test_a_repeat_after_a_failure_goes_with_the_memory_of_its_place(alice, path, model_side):
    created(alice.post(f"{path}/chat", {"message": "one"}))
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(keyed(alice, f"{path}/chat", {"message": "two"}), 502)
    model_side.chat_reply = None
    created(alice.post(f"{path}/chat", {"message": "three"}))
    created(keyed(alice, f"{path}/chat", {"message": "two"}))
    told = [message["content"] for message in model_side.calls[-1][1]["messages"]]
    assert told == ["one", "You said: one", "two"]


def test_a_repeat_after_a_failure_uses_the_conversations_system_prompt(alice, model_side):
    path = f"/interactions/{alice.interaction(system_prompt='Be brief.')['id']}"
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(keyed(alice, f"{path}/chat", {"message": "two"}), 502)
    model_side.chat_reply = None
    created(keyed(alice, f"{path}/chat", {"message": "two"}))
    assert model_side.calls[-1][1]["messages"][0] == {"role": "system", "content": "Be brief."}


def test_what_never_became_a_prompt_keeps_no_key(alice, path):
    problem(keyed(alice, f"{path}/prompts", {"content": ""}), 422, "invalid")
    created(keyed(alice, f"{path}/prompts", {"content": "Hello"}))


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["Hello", "Hello"], 409, "idempotency_key_in_use"),
        (["Hello", "Goodbye"], 422, "idempotency_key_reused"),
    ],
)
def test_of_two_first_requests_at_once_one_stores_a_prompt(
    app, alice, path, model_side, background, words, status, code
):
    with app.app_context():
        engine = db.engine
    people = [Person(app.test_client(), "alice", "user") for _ in range(2)]
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE interactions%'"
    )
    with engine.connect() as holder, engine.connect() as watcher:
        # A transaction would see the same activity for ever.
        watcher.execution_options(isolation_level="AUTOCOMMIT")
        holder.execute(
            text("SELECT 1 FROM interactions WHERE id = :id FOR UPDATE"),
            {"id": path.rsplit("/", 1)[1]},
        )
        sent = [
            background(keyed, person, f"{path}/prompts", {"content": word})
            for person, word in zip(people, words, strict=True)
        ]
        # Both have found that there is no such key, and now stand at the conversation's row.
        eventually(lambda: watcher.scalar(waiting) == 2)
        holder.rollback()
        wait(sent)
    answers = sorted((one.result() for one in sent), key=lambda answer: answer.status_code)
    exchange = created(answers[0])
    problem(answers[1], status, code)
    assert alice.read(path)["message_count"] == 2
    body = {"content": exchange["prompt"]["content"]}
    assert created(keyed(alice, f"{path}/prompts", body)) == exchange
    assert len(model_side.calls) == 1


def test_a_key_is_forgotten_after_its_time(app, alice):
    first = created(keyed(alice, "/interactions", BODY))
    hours = app.extensions["settings"].idempotency_hours
    forget_now = upkeep.forgetter(replace(app.extensions["settings"], idempotency_hours=0))
    forget_later = upkeep.forgetter(replace(app.extensions["settings"], idempotency_hours=hours))
    with app.app_context():
        forget_later(timestamp=0)
        assert keyed(alice, "/interactions", BODY).json == first
        forget_now(timestamp=0)
    assert keyed(alice, "/interactions", BODY).json["id"] != first["id"]
