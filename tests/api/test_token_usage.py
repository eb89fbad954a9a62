"""Token usage: so many tokens a person and day, however many questions are asked at once."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.clients.live import NoLive
from app.db import transaction
from app.domain.token_need import USUAL_ANSWER, token_need
from app.services import api_keys, responses
from app.utils import clock
from tests.model_side import Reply
from tests.statements import statements
from tests.world import Person, created, problem

BUDGET = 2000
SHORT = {"max_new_tokens": 100}
COUNTED = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@pytest.fixture
def budgeted(another):
    """The application with a budget."""
    return another(daily_tokens=BUDGET)


@pytest.fixture
def carol(budgeted):
    return Person(budgeted.test_client(), "carol", "user")


@pytest.fixture
def path(carol):
    return f"/interactions/{carol.interaction()['id']}"


def need(content="Hello", answer=100, **parts):
    found = token_need(
        **{"content": content, "context": None, "messages": None, **parts},
        parameters={"max_new_tokens": answer},
    )
    return found.question, found.total


def today():
    return clock.now().date().isoformat()


def test_a_day_begins_with_the_whole_budget(carol):
    assert carol.read("/users/me/usage") == {
        "day": today(),
        "budget": BUDGET,
        "used": {"prompt_tokens": 0, "completion_tokens": 0},
        "reserved": 0,
        "remaining": BUDGET,
        "requests": 0,
    }


def test_without_a_budget_nothing_is_counted(app, alice):
    interaction = alice.interaction()
    with statements(app) as run:
        created(alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"}))
    assert not [one for one, _ in run if "token_usage" in one]
    nothing = dict.fromkeys(("budget", "used", "reserved", "remaining", "requests"))
    assert alice.read("/users/me/usage") == {"day": today(), **nothing}


def test_what_the_model_side_counted_is_used(carol, path):
    created(carol.post(f"{path}/chat", {"message": "Hello", "parameters": SHORT}))
    found = carol.read("/users/me/usage")
    assert found["used"] == {"prompt_tokens": 7, "completion_tokens": 3}
    assert (found["reserved"], found["remaining"], found["requests"]) == (0, BUDGET - 10, 1)


def test_where_nobody_counts_the_estimate_is_used(carol, path):
    created(carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT}))
    used = carol.read("/users/me/usage")["used"]
    assert used["prompt_tokens"] == need()[0]
    assert 0 < used["completion_tokens"] < 10


def test_tokens_are_set_aside_while_the_model_answers(carol, path, model_side):
    seen = []

    def reply(_):
        seen.append(carol.read("/users/me/usage"))
        return Reply([{"generated_text": "Done."}])

    model_side.query_reply = reply
    created(carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT, "n": 2}))
    assert {one["reserved"] for one in seen} <= {2 * need()[1], need()[1]}
    assert seen[0]["reserved"] == 2 * need()[1]
    assert seen[0]["used"] == {"prompt_tokens": 0, "completion_tokens": 0}
    after = carol.read("/users/me/usage")
    assert after["reserved"] == 0
    assert after["requests"] == 1
    assert after["used"]["prompt_tokens"] == 2 * need()[0]


def test_an_answer_without_a_length_is_taken_for_the_usual_one(carol, path, model_side):
    seen = []

    def reply(_):
        seen.append(carol.read("/users/me/usage")["reserved"])
        return Reply([{"generated_text": "Done."}])

    model_side.query_reply = reply
    created(carol.post(f"{path}/prompts", {"content": "Hello"}))
    assert seen == [need(answer=USUAL_ANSWER)[1]]


@pytest.mark.parametrize("stream", [False, True])
def test_a_question_over_the_budget_is_refused_and_not_stored(carol, path, model_side, stream):
    body = {"content": "Hello", "parameters": {"max_new_tokens": BUDGET}, "stream": stream}
    refused = carol.post(f"{path}/prompts", body, headers={"Idempotency-Key": "over"})
    told = problem(refused, 429, "token_budget_exhausted")
    assert (told["limit"], told["used"], told["reserved"]) == (BUDGET, 0, 0)
    assert told["wanted"] == need(answer=BUDGET)[1]
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert model_side.calls == []
    assert carol.read(f"{path}/history")["messages"] == []
    assert carol.read("/users/me/usage")["requests"] == 0
    # The key is free: nothing came of it.
    again = {"content": "Hello", "parameters": {"max_new_tokens": BUDGET}, "stream": stream}
    problem(
        carol.post(f"{path}/prompts", again, headers={"Idempotency-Key": "over"}),
        429,
        "token_budget_exhausted",
    )


def test_what_is_used_leaves_less_for_the_next_question(carol, path, model_side):
    usage = {**COUNTED, "completion_tokens": BUDGET - 60}
    message = {"role": "assistant", "content": "A long story."}
    body = {"choices": [{"index": 0, "message": message}], "usage": usage}
    model_side.chat_reply = lambda _: Reply(body)
    created(carol.post(f"{path}/chat", {"message": "Tell", "parameters": SHORT}))
    refused = carol.post(f"{path}/chat", {"message": "More", "parameters": SHORT})
    told = problem(refused, 429, "token_budget_exhausted")
    assert told["used"] == BUDGET - 60 + 7
    assert len(model_side.calls) == 1


def test_more_was_used_than_was_left(carol, path, model_side):
    usage = {**COUNTED, "completion_tokens": 2 * BUDGET}
    message = {"role": "assistant", "content": "A long story."}
    body = {"choices": [{"index": 0, "message": message}], "usage": usage}
    model_side.chat_reply = lambda _: Reply(body)
    created(carol.post(f"{path}/chat", {"message": "Tell", "parameters": SHORT}))
    assert carol.read("/users/me/usage")["remaining"] == 0


def test_another_day_is_another_budget(carol, path, budgeted):
    with budgeted.app_context(), transaction() as session:
        session.execute(
            text("INSERT INTO token_usage (user_id, day, prompt_tokens) VALUES ('carol', :day, 1)"),
            {"day": clock.now().date() - timedelta(days=1)},
        )
    assert carol.read("/users/me/usage")["remaining"] == BUDGET


def test_one_person_s_budget_is_not_another_s(carol, path, budgeted):
    body = {"message": "Hello", "parameters": {"max_new_tokens": BUDGET - 100}}
    created(carol.post(f"{path}/chat", body))
    dave = Person(budgeted.test_client(), "dave", "user")
    own = f"/interactions/{dave.interaction()['id']}/chat"
    created(dave.post(own, body))


@pytest.mark.parametrize(
    ("reply", "status", "counts"),
    [
        (Reply({"error": "broken"}, status=500), 502, True),
        (Reply({"error": "away"}, status=503), 503, False),
    ],
    ids=["a model that ran", "a model that did not run"],
)
def test_a_failure_counts_where_a_model_may_have_run(
    carol, path, model_side, reply, status, counts
):
    model_side.query_reply = lambda _: reply
    asked = carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT})
    assert asked.status_code == status
    found = carol.read("/users/me/usage")
    assert found["reserved"] == 0
    assert found["used"]["prompt_tokens"] == (need()[0] if counts else 0)
    assert found["used"]["completion_tokens"] == 0


def test_the_sweep_settles_what_a_crash_left_open(carol, path, budgeted, model_side):
    created(carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT, "n": 2}))
    question, whole = need()
    with budgeted.app_context(), transaction() as session:
        session.execute(text("UPDATE responses SET status = 'pending', content = NULL"))
        session.execute(
            text("UPDATE token_usage SET reserved = :r, prompt_tokens = 0, completion_tokens = 0"),
            {"r": 2 * whole},
        )
        later = clock.now() + timedelta(days=1)
        assert responses.end_overdue(session, moment=later, limit=10, live=NoLive()) == 2
    found = carol.read("/users/me/usage")
    assert found["reserved"] == 0
    assert found["used"] == {"prompt_tokens": 2 * question, "completion_tokens": 0}


def test_a_cancelled_answer_counts_what_has_come(carol, path, budgeted):
    exchange = created(carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT}))
    with budgeted.app_context(), transaction() as session:
        session.execute(text("UPDATE responses SET status = 'streaming', content = NULL"))
        session.execute(
            text("INSERT INTO response_chunks (response_id, index, tokens) VALUES (:id, 0, :t)"),
            {"id": exchange["response"]["id"], "t": ["Half", " an", " answer"]},
        )
        session.execute(
            text("UPDATE token_usage SET reserved = 150, prompt_tokens = 0, completion_tokens = 0")
        )
    cancelled = carol.post(f"/responses/{exchange['response']['id']}/cancel")
    assert (cancelled.status_code, cancelled.json["content"]) == (200, "Half an answer")
    used = carol.read("/users/me/usage")["used"]
    assert used["prompt_tokens"] == need()[0]
    assert 0 < used["completion_tokens"] <= 10


def test_a_repeat_after_a_failure_sets_tokens_aside_again(carol, path, model_side):
    model_side.query_reply = lambda _: Reply({"error": "broken"}, status=500)
    body, key = {"content": "Hello", "parameters": SHORT}, {"Idempotency-Key": "once"}
    assert carol.post(f"{path}/prompts", body, headers=key).status_code == 502
    model_side.query_reply = None
    created(carol.post(f"{path}/prompts", body, headers=key))
    found = carol.read("/users/me/usage")
    assert (found["requests"], found["used"]["prompt_tokens"]) == (2, 2 * need()[0])
    created(carol.post(f"{path}/prompts", body, headers=key))
    assert carol.read("/users/me/usage") == found


def test_another_answer_takes_tokens_as_the_first_one_did(carol, path, model_side):
    exchange = created(carol.post(f"{path}/prompts", {"content": "Hello", "parameters": SHORT}))
    again = f"/prompts/{exchange['prompt']['id']}/responses"
    created(carol.post(again, {}))
    found = carol.read("/users/me/usage")
    assert (found["requests"], found["used"]["prompt_tokens"]) == (2, 2 * need()[0])
    refused = carol.post(again, {"parameters": {"max_new_tokens": BUDGET}})
    problem(refused, 429, "token_budget_exhausted")
    assert len(model_side.calls) == 2
    assert len(carol.read(again)["items"]) == 2


def test_admins_and_api_keys_have_no_budget(budgeted, app):
    adam = Person(budgeted.test_client(), "adam", "admin")
    body = {"content": "Hello", "parameters": {"max_new_tokens": 2 * BUDGET}}
    created(adam.post(f"/interactions/{adam.interaction()['id']}/prompts", body))
    assert adam.read("/users/me/usage")["budget"] is None
    scopes = ["interactions:read", "interactions:write"]
    with budgeted.app_context(), transaction() as session:
        key = api_keys.create(session, name="front", scopes=scopes)
    service = Person(budgeted.test_client(), "front")
    service.headers = {"X-API-Key": key}
    created(service.post(f"/interactions/{service.interaction()['id']}/prompts", body))
    assert service.read("/users/me/usage")["budget"] is None
