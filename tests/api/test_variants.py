"""Variants: further answers to a prompt, and the choice among them."""

from uuid import uuid4

import pytest

from tests.events import listen, text_of
from tests.model_side import Reply
from tests.statements import statements
from tests.world import created, problem

OTHER = "acme/other-2"


@pytest.fixture
def answers(model_side):
    """Let the model give another answer each time."""

    def reply(body):
        text = f"Answer {len(model_side.calls)} of {body['model']}"
        return Reply({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})

    model_side.chat_reply = reply
    model_side.models[OTHER] = "acme--other-2-0a1b2c3d-202611210900"


@pytest.fixture
def turn(alice, answers):
    """A prompt with one answer, and the path to its responses."""
    path = f"/interactions/{alice.interaction(system_prompt='Be brief.')['id']}/chat"
    exchange = created(alice.post(path, {"message": "Say something"}))
    return exchange, f"/prompts/{exchange['prompt']['id']}"


def contents(person, path):
    return [one["content"] for page in person.walk(path, limit=1) for one in page]


def test_a_prompt_is_answered_once_more_with_what_was_sent_before(alice, turn, model_side):
    first, path = turn
    again = created(alice.post(f"{path}/responses", {}))
    assert again["prompt_id"] == first["prompt"]["id"]
    assert again["id"] != first["response"]["id"]
    assert model_side.calls[0][1] == model_side.calls[1][1]
    assert contents(alice, f"{path}/responses") == [
        first["response"]["content"],
        again["content"],
    ]
    sent = alice.read(f"/responses/{again['id']}/context")
    assert sent["messages"] == model_side.calls[1][1]["messages"]


def test_another_model_and_other_parameters(alice, turn, model_side):
    _, path = turn
    body = {"model_id": OTHER, "parameters": {"temperature": 0.9}}
    again = created(alice.post(f"{path}/responses", body))
    assert again["model_id"] == OTHER
    assert model_side.calls[-1][1]["model"] == OTHER
    assert model_side.calls[-1][1]["temperature"] == 0.9
    context = alice.read(f"/responses/{again['id']}/context")
    assert (context["model_id"], context["parameters"]) == (OTHER, {"temperature": 0.9})


def test_a_single_question_is_answered_once_more(alice, model_side):
    exchange = alice.exchange("Why?")
    again = created(alice.post(f"/prompts/{exchange['prompt']['id']}/responses", {}))
    assert again["content"] == "You said: Why?"
    assert model_side.calls[0] == model_side.calls[1]


def test_another_answer_streams(alice, turn):
    _, path = turn
    heard = list(listen(alice.post(f"{path}/responses", {"stream": True})))
    assert text_of(heard) == heard[-1].data["content"]
    assert heard[-1].data["status"] == "complete"


def test_the_history_shows_the_newest_complete_answer_until_one_is_chosen(alice, turn, model_side):
    first, path = turn
    history = f"/interactions/{first['prompt']['interaction_id']}/history"
    again = created(alice.post(f"{path}/responses", {}))
    model_side.chat_reply = lambda _: Reply({"detail": "no"}, status=500)
    problem(alice.post(f"{path}/responses", {}), 502)
    assert alice.read(history)["messages"][1]["id"] == again["id"]
    chosen = alice.put(f"{path}/choice", {"response_id": first["response"]["id"]})
    assert chosen.status_code == 200
    assert chosen.json["chosen_response_id"] == first["response"]["id"]
    assert alice.read(history)["messages"][1]["id"] == first["response"]["id"]
    assert alice.put(f"{path}/choice", {"response_id": None}).json["chosen_response_id"] is None
    assert alice.read(history)["messages"][1]["id"] == again["id"]


def test_the_conversation_goes_on_with_the_chosen_answer(alice, turn, model_side):
    first, path = turn
    created(alice.post(f"{path}/responses", {}))
    alice.put(f"{path}/choice", {"response_id": first["response"]["id"]})
    chat = f"/interactions/{first['prompt']['interaction_id']}/chat"
    created(alice.post(chat, {"message": "Go on"}))
    assert model_side.calls[-1][1]["messages"][2]["content"] == first["response"]["content"]


def test_choosing_is_in_the_log_once(alice, adam, turn):
    first, path = turn
    for _ in range(2):
        alice.put(f"{path}/choice", {"response_id": first["response"]["id"]})
    (event,) = adam.read("/events", type="prompt.response_chosen")["items"]
    assert event["data"] == {"id": first["prompt"]["id"], "response_id": first["response"]["id"]}


def test_only_an_answer_to_the_prompt_can_be_chosen(alice, turn, model_side):
    _, path = turn
    other = alice.response()
    for response_id in (other["id"], str(uuid4())):
        refused = problem(alice.put(f"{path}/choice", {"response_id": response_id}), 422)
        assert list(refused["errors"]) == ["response_id"]
    model_side.chat_reply = lambda _: Reply({"detail": "no"}, status=500)
    failed = problem(alice.post(f"{path}/responses", {}), 502)
    problem(alice.put(f"{path}/choice", {"response_id": failed["response_id"]}), 422)
    problem(alice.put(f"{path}/choice", {}), 422)


def test_others_answer_and_choose_nothing(alice, bob, vera, turn):
    first, path = turn
    choice = {"response_id": first["response"]["id"]}
    problem(bob.post(f"{path}/responses", {}), 404, "not_found")
    problem(bob.put(f"{path}/choice", choice), 404, "not_found")
    problem(bob.get(f"{path}/responses"), 404, "not_found")
    problem(vera.post(f"{path}/responses", {}), 403, "forbidden")
    problem(vera.put(f"{path}/choice", choice), 403, "forbidden")
    assert contents(vera, f"{path}/responses") == [first["response"]["content"]]
    problem(alice.get(f"/prompts/{uuid4()}/responses"), 404, "not_found")
    problem(alice.post(f"/prompts/{uuid4()}/responses", {}), 404, "not_found")


def test_an_ended_conversation_gets_no_further_answers(alice, turn):
    first, path = turn
    interaction = f"/interactions/{first['prompt']['interaction_id']}"
    alice.put(interaction, {"status": "completed"})
    problem(alice.post(f"{path}/responses", {}), 409, "interaction_ended")


def test_a_prompt_has_a_bounded_number_of_answers(alice, turn, monkeypatch):
    _, path = turn
    monkeypatch.setattr("app.services.variants.MOST_RESPONSES", 2)
    created(alice.post(f"{path}/responses", {}))
    problem(alice.post(f"{path}/responses", {}), 409, "too_many_responses")


def test_a_repeat_gets_the_same_answer(alice, turn, model_side):
    _, path = turn
    key = {"Idempotency-Key": "v-1"}
    first = alice.post(f"{path}/responses", {}, headers=key)
    again = alice.post(f"{path}/responses", {}, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == created(first)
    assert len(model_side.calls) == 2
    problem(
        alice.post(f"{path}/responses", {"model_id": OTHER}, headers=key),
        422,
        "idempotency_key_reused",
    )


def test_a_repeat_after_a_failure_is_a_new_response(alice, turn, model_side):
    _, path = turn
    key = {"Idempotency-Key": "v-2"}
    working = model_side.chat_reply
    model_side.chat_reply = lambda _: Reply({"detail": "no"}, status=500)
    failed = problem(alice.post(f"{path}/responses", {}, headers=key), 502)
    model_side.chat_reply = working
    second = created(alice.post(f"{path}/responses", {}, headers=key))
    assert second["id"] != failed["response_id"]
    assert alice.post(f"{path}/responses", {}, headers=key).json == second


def test_the_list_costs_the_same_for_any_length(app, alice, turn):
    _, path = turn
    with statements(app) as few:
        alice.read(f"{path}/responses")
    for _ in range(5):
        created(alice.post(f"{path}/responses", {}))
    with statements(app) as many:
        assert len(alice.read(f"{path}/responses", limit=100)["items"]) == 6
    assert len(many) == len(few)
