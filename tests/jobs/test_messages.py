"""Messages are answered by the worker: in order, with memory, once, and after faults that pass."""

import threading
from dataclasses import replace
from uuid import uuid4

import pytest
from procrastinate.jobs import Job
from sqlalchemy.exc import OperationalError

from app.jobs.messages import PassingFaults
from tests.events import listen, text_of
from tests.model_side import MODEL, Reply
from tests.world import Person, problem

AWAY = Reply({"detail": "away"}, status=503)
BROKEN = Reply({"detail": "no memory"}, status=500)
DUE = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
TRIES = 8


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}/messages"


@pytest.fixture
def send(alice, path):
    """Send a message of Alice's and return what is accepted."""

    def post(content="What is machine learning?", **kwargs):
        answer = alice.post(path, {"content": content}, **kwargs)
        assert answer.status_code == 202, answer.text
        return answer.json

    return post


@pytest.fixture
def answers(model_side):
    """Let the model give these replies to chat messages, the last of them for ever."""

    def choose(*replies):
        left = list(replies)
        model_side.chat_reply = lambda _: left.pop(0) if len(left) > 1 else left[0]

    return choose


@pytest.fixture
def give_up(send, answers, work, sql):
    """Have a message that was tried too often."""

    def run():
        answers(AWAY)
        sent = send()
        work()
        assert sql("SELECT status, attempts FROM jobs") == [("queued", 1)]
        sql("UPDATE jobs SET attempts = :tried", tried=TRIES - 1)
        sql(DUE)
        work()
        return sent

    return run


def said(text):
    message = {"role": "assistant", "content": text}
    return Reply({"choices": [{"message": message, "finish_reason": "stop"}]})


def questions(model_side):
    """Return the messages of every chat that the model was asked for."""
    return [body["messages"] for path, body in model_side.calls if path == "/chat/completions"]


def test_a_message_is_answered_in_the_background(alice, path, send, work, model_side):
    sent = send()
    assert model_side.calls == []
    waiting = alice.read(f"/responses/{sent['response_id']}")
    assert waiting == sent["response"]
    assert (waiting["status"], waiting["content"]) == ("pending", None)
    assert alice.read(f"/jobs/{sent['job_id']}")["status"] == "queued"
    work()
    answered = alice.read(f"/responses/{sent['response_id']}")
    assert answered["status"] == "complete"
    assert answered["content"] == "You said: What is machine learning?"
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["kind"], job["status"], job["attempts"]) == ("message", "succeeded", 1)
    assert job["progress"] == {"done": 1, "total": 1}
    assert job["result"] == {"response_id": sent["response_id"], "status": "complete"}
    roles = [(one["role"], one["content"]) for one in alice.read(path)["items"]]
    assert roles == [
        ("user", "What is machine learning?"),
        ("assistant", "You said: What is machine learning?"),
    ]


def test_the_record_is_that_of_any_chat(alice, path, send, work):
    sent = send()
    work()
    here = path.removesuffix("/messages")
    history = alice.read(f"{here}/history")["messages"]
    assert [one["id"] for one in history] == [sent["message"]["id"], sent["response_id"]]
    replayed = alice.read(f"{here}/replay")["messages"]
    assert [one["id"] for one in replayed] == [sent["message"]["id"], sent["response_id"]]
    context = alice.read(f"/responses/{sent['response_id']}/context")
    assert context["messages"] == [{"role": "user", "content": "What is machine learning?"}]


def test_messages_are_answered_in_order_and_with_what_came_before(send, work, model_side):
    send("First?")
    send("Second?")
    work()
    assert questions(model_side) == [
        [{"role": "user", "content": "First?"}],
        [
            {"role": "user", "content": "First?"},
            {"role": "assistant", "content": "You said: First?"},
            {"role": "user", "content": "Second?"},
        ],
    ]


def test_parameters_and_a_system_prompt_go_along(alice, path, work, model_side):
    body = {"content": "Hello", "system_prompt": "Be brief.", "parameters": {"temperature": 0.5}}
    assert alice.post(path, body).status_code == 202
    work()
    ((_, asked),) = model_side.calls
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert asked["temperature"] == 0.5


def test_a_fault_that_passes_is_waited_for(alice, send, answers, work, sql, model_side):
    answers(AWAY)
    first, second = send("First?"), send("Second?")
    work()
    waiting = alice.read(f"/responses/{first['response_id']}")
    assert (waiting["status"], waiting["error"]) == ("pending", None)
    job = alice.read(f"/jobs/{first['job_id']}")
    assert (job["status"], job["attempts"]) == ("queued", 1)
    assert job["error"]["code"] == "model_unavailable"
    # The order is kept: the second one waits behind the first.
    assert alice.read(f"/jobs/{second['job_id']}")["attempts"] == 0
    assert sql("SELECT status::text, scheduled_at > now() FROM procrastinate_jobs ORDER BY id") == [
        ("todo", True),
        ("todo", None),
    ]
    model_side.chat_reply = None
    sql(DUE)
    work()
    work()
    for sent, attempts in ((first, 2), (second, 1)):
        assert alice.read(f"/responses/{sent['response_id']}")["status"] == "complete"
        job = alice.read(f"/jobs/{sent['job_id']}")
        assert (job["status"], job["attempts"], job["error"]) == ("succeeded", attempts, None)


def test_other_conversations_do_not_wait(alice, bob, send, answers, work):
    answers(AWAY)
    send()
    work()
    answers(said("Here."))
    theirs = f"/interactions/{bob.interaction()['id']}/messages"
    bob.post(theirs, {"content": "Me too?"})
    work()
    assert bob.read(theirs)["items"][-1]["content"] == "Here."


def test_what_fails_for_good_is_not_tried_again(alice, send, answers, work, sql):
    answers(BROKEN)
    sent = send()
    work()
    failed = alice.read(f"/responses/{sent['response_id']}")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "model_failed")
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["attempts"]) == ("failed", 1)
    assert job["error"] == failed["error"]
    assert job["result"] == {"response_id": sent["response_id"], "status": "failed"}
    assert sql("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'") == []


def test_one_that_is_tried_too_often_is_a_dead_letter(alice, adam, give_up, work, answers):
    sent = give_up()
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["attempts"]) == ("failed", TRIES)
    assert job["error"]["code"] == "model_unavailable"
    failed = alice.read(f"/responses/{sent['response_id']}")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "model_unavailable")
    (letter,) = adam.read("/jobs", status="failed", kind="message")["items"]
    assert (letter["id"], letter["user_id"]) == (sent["job_id"], "alice")
    answers(said("At last."))
    assert adam.post(f"/jobs/{sent['job_id']}/retry").json["attempts"] == 0
    work()
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert job["status"] == "succeeded"
    # The failure stays on record beside the answer.
    assert job["result"]["response_id"] != sent["response_id"]
    assert alice.read(f"/responses/{sent['response_id']}")["status"] == "failed"
    assert alice.read(f"/responses/{job['result']['response_id']}")["content"] == "At last."


def test_the_conversation_goes_on_after_a_dead_letter(give_up, send, work, answers, model_side):
    give_up()
    answers(said("Here."))
    model_side.calls.clear()
    send("Still there?")
    work()
    assert questions(model_side) == [[{"role": "user", "content": "Still there?"}]]


def test_a_stream_that_broke_off_is_kept_and_made_anew(
    alice, path, send, answers, work, sql, monkeypatch
):
    # The process is stopped while the model answers.
    monkeypatch.setattr("app.utils.stopping.is_over", lambda: True)
    answers(Reply({}, stream=["Machine", " learning"]))
    sent = send()
    work()
    broken = alice.read(f"/responses/{sent['response_id']}")
    assert (broken["status"], broken["content"]) == ("failed", "Machine")
    assert broken["error"]["code"] == "interrupted"
    assert alice.read(f"/jobs/{sent['job_id']}")["status"] == "queued"
    monkeypatch.undo()
    answers(said("Whole."))
    sql(DUE)
    work()
    result = alice.read(f"/jobs/{sent['job_id']}")["result"]
    assert alice.read(f"/responses/{result['response_id']}")["content"] == "Whole."
    assert [one["content"] for one in alice.read(path)["items"]][1:] == ["Whole."]


@pytest.mark.parametrize("status", ["pending", "streaming"])
def test_what_a_dead_worker_left_is_ended_and_made_anew(alice, send, work, sql, status):
    sent = send()
    sql("UPDATE jobs SET status = 'running', attempts = 1")
    sql("UPDATE responses SET status = :status", status=status)
    if status == "streaming":
        sql(
            "INSERT INTO response_chunks (response_id, index, tokens) VALUES (:id, 0, :tokens)",
            id=sent["response_id"],
            tokens=["Mach", "ine"],
        )
    work()
    left = alice.read(f"/responses/{sent['response_id']}")
    assert (left["status"], left["error"]["code"]) == ("failed", "interrupted")
    assert left["content"] == ("Machine" if status == "streaming" else None)
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["attempts"]) == ("succeeded", 2)
    made = alice.read(f"/responses/{job['result']['response_id']}")
    assert (made["status"], made["prompt_id"]) == ("complete", sent["message"]["id"])


@pytest.mark.parametrize(
    ("status", "code", "job_status"),
    [("complete", None, "succeeded"), ("failed", "model_failed", "failed")],
)
def test_what_a_dead_worker_had_ended_is_put_on_record(
    alice, send, work, sql, model_side, status, code, job_status
):
    sent = send()
    sql("UPDATE jobs SET status = 'running', attempts = 1")
    error = f'{{"code": "{code}", "message": "it did not"}}' if code else None
    sql("UPDATE responses SET status = :status, error = CAST(:e AS jsonb)", status=status, e=error)
    work()
    assert model_side.calls == []
    assert alice.read(f"/jobs/{sent['job_id']}")["status"] == job_status


def test_a_message_that_kills_its_workers_is_given_up(alice, send, work, sql, model_side):
    sent = send()
    sql("UPDATE jobs SET status = 'running', attempts = :tries", tries=TRIES)
    work()
    assert model_side.calls == []
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "interrupted")


def test_a_worker_that_was_late_and_not_dead_makes_no_second_answer(
    alice, path, send, work, work_elsewhere, defer_again, model_side
):
    sent = send()
    takes_over = threading.Event()

    def slow(_):
        if takes_over.is_set():
            return said("By the other one.")
        takes_over.set()
        defer_again("messages.answer", sent["job_id"])
        work_elsewhere()
        return said("Too late.")

    model_side.chat_reply = slow
    work()
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["result"]["status"]) == ("succeeded", "complete")
    assert alice.read(f"/responses/{sent['response_id']}")["status"] == "failed"
    assert [one["content"] for one in alice.read(path)["items"]][1:] == ["By the other one."]


def test_a_task_that_runs_twice_asks_once(alice, send, work, defer, model_side):
    sent = send()
    work()
    defer("messages.answer", job_id=sent["job_id"])
    defer("messages.answer", job_id=str(uuid4()))
    work()
    assert len(model_side.calls) == 1
    assert alice.read(f"/jobs/{sent['job_id']}")["attempts"] == 1


def test_what_the_sweep_ended_while_it_waited_is_answered_all_the_same(
    alice, path, send, defer, work, sql
):
    sent = send()
    sql("UPDATE responses SET due_at = now() - interval '1 second'")
    defer("responses.end_overdue", timestamp=0)
    sql("UPDATE procrastinate_jobs SET scheduled_at = '2100-01-01' WHERE lock IS NOT NULL")
    work()
    assert alice.read(f"/responses/{sent['response_id']}")["status"] == "failed"
    sql(DUE)
    work()
    assert [one["role"] for one in alice.read(path)["items"]] == ["user", "assistant"]


def test_a_message_may_wait_for_hours(send, defer, work, sql, alice):
    sent = send()
    sql("UPDATE responses SET created_at = created_at - interval '20 hours',"
        " due_at = due_at - interval '20 hours'")  # fmt: skip
    sql("UPDATE procrastinate_jobs SET scheduled_at = '2100-01-01'")
    defer("responses.end_overdue", timestamp=0)
    work()
    assert alice.read(f"/responses/{sent['response_id']}")["status"] == "pending"


def test_a_cancelled_message_is_not_asked(alice, send, work, model_side):
    sent = send()
    cancelled = alice.post(f"/responses/{sent['response_id']}/cancel")
    assert cancelled.json["status"] == "cancelled"
    work()
    assert model_side.calls == []
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["result"]["status"]) == ("succeeded", "cancelled")


def test_a_model_that_was_disabled_meanwhile_is_a_dead_letter(alice, send, work, sql):
    sent = send()
    sql(
        "INSERT INTO models (model_id, provider, enabled) VALUES (:model, 'openai', false)",
        model=MODEL,
    )
    work()
    failed = alice.read(f"/responses/{sent['response_id']}")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "model_not_served")
    assert alice.read(f"/jobs/{sent['job_id']}")["error"]["code"] == "model_not_served"


def test_a_fault_of_ours_is_on_record(app, told, alice, send, monkeypatch, request, sql):
    def broken(_):
        raise RuntimeError("a fault of ours")

    remotes = replace(app.extensions["remotes"], providers=broken)
    monkeypatch.setitem(app.extensions, "remotes", remotes)
    work = request.getfixturevalue("work")
    sent = send()
    work()
    assert alice.read(f"/responses/{sent['response_id']}")["error"]["code"] == "internal"
    job = alice.read(f"/jobs/{sent['job_id']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "internal")
    assert sql("SELECT status::text FROM procrastinate_jobs") == [("failed",)]


def test_a_repeat_is_the_same_message(alice, send, work, model_side):
    headers = {"Idempotency-Key": "once"}
    first = send(headers=headers)
    assert send(headers=headers) == first
    work()
    again = send(headers=headers)
    assert again["response"]["status"] == "complete"
    ids = ("response_id", "job_id")
    assert [again[name] for name in ids] == [first[name] for name in ids]
    assert len(model_side.calls) == 1


def test_a_repeat_after_a_failure_is_answered_anew(alice, path, send, answers, work):
    headers = {"Idempotency-Key": "once"}
    answers(BROKEN)
    first = send(headers=headers)
    work()
    answers(said("Better."))
    again = alice.post(path, {"content": "What is machine learning?"}, headers=headers)
    assert "Idempotent-Replayed" not in again.headers
    assert again.json["message"] == first["message"]
    assert again.json["job_id"] == first["job_id"]
    assert again.json["response"]["status"] == "pending"
    work()
    assert alice.read(f"/responses/{again.json['response_id']}")["content"] == "Better."


def test_the_answer_can_be_followed(app, alice, path, work, answers):
    answers(Reply({}, stream=["Machine", " learning", "."]))
    followed = alice.post(path, {"content": "What is it?", "stream": True})
    events = listen(followed)
    exchange = next(events).data
    assert exchange["response"]["status"] == "pending"
    work()
    heard = list(events)
    assert text_of(heard) == "Machine learning."
    assert heard[-1].data["content"] == "Machine learning."
    other = Person(app.test_client(), "alice", "user")
    later = other.get(
        f"/responses/{exchange['response_id']}/stream", headers={"Last-Event-ID": "0"}
    )
    assert text_of(list(listen(later))) == " learning."


def test_a_follower_waits_while_it_is_tried_again(alice, path, work, answers, sql):
    answers(AWAY)
    events = listen(alice.post(path, {"content": "What is it?"}, headers=_EVENTS))
    next(events)
    work()
    answers(Reply({}, stream=["Here", "."]))
    sql(DUE)
    work()
    assert text_of(list(events)) == "Here."


_EVENTS = {"Accept": "text/event-stream"}


def test_so_many_may_wait_and_no_more(app, alice, send, path, work, monkeypatch):
    settings = replace(app.extensions["settings"], messages_pending_per_conversation=2)
    monkeypatch.setitem(app.extensions, "settings", settings)
    send("First?")
    send("Second?")
    refused = alice.post(path, {"content": "Third?"}, headers={"Idempotency-Key": "third"})
    problem(refused, 429, "messages_waiting")
    assert refused.headers["Retry-After"] == "10"
    assert len(alice.read(path)["items"]) == 2
    work()
    send("Third?", headers={"Idempotency-Key": "third"})


def test_a_database_that_goes_away_is_a_reason_to_try_again():
    lost = OperationalError("SELECT 1", {}, Exception("gone"))
    job = Job(id=1, queue="messages", lock=None, queueing_lock=None, task_name="messages.answer")
    assert PassingFaults().get_retry_decision(exception=lost, job=job).retry_at is not None
    assert PassingFaults().get_retry_decision(exception=RuntimeError(), job=job) is None


def test_an_answer_that_could_not_be_stored_is_made_anew(
    app, told, alice, path, send, monkeypatch, request, sql
):
    settings = replace(app.extensions["settings"], pending_grace_seconds=0.1)
    monkeypatch.setitem(app.extensions, "settings", settings)
    work = request.getfixturevalue("work")
    sent = send()

    def away(*_, **__):
        raise OperationalError("UPDATE responses", {}, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr("app.services.endings.complete", away)
        work()
    lost = alice.read(f"/responses/{sent['response_id']}")
    assert (lost["status"], lost["error"]["code"]) == ("failed", "interrupted")
    assert alice.read(f"/jobs/{sent['job_id']}")["status"] == "queued"
    sql(DUE)
    work()
    assert [one["role"] for one in alice.read(path)["items"]] == ["user", "assistant"]
