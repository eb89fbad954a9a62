"""Chat: messages to a model that remembers the conversation."""

import pytest

from tests.model_side import MODEL, Reply
from tests.world import created, problem


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}"


def say(person, path, message, **more):
    return created(person.post(f"{path}/chat", {"message": message, **more}))


def sent(model_side):
    """Return role and content of what went to the model last."""
    return [
        (message["role"], message["content"]) for message in model_side.calls[-1][1]["messages"]
    ]


def test_the_answer_has_the_same_shape_as_a_prompts(alice, path):
    exchange = say(alice, path, "Hello")
    asked = created(alice.post(f"{path}/prompts", {"content": "Hello"}))
    assert exchange["prompt"].keys() == asked["prompt"].keys()
    assert exchange["response"].keys() == asked["response"].keys()
    assert exchange["response"]["content"] == "You said: Hello"
    assert exchange["response"]["finish_reason"] == "stop"
    assert exchange["response"]["usage"] == {"prompt_tokens": 7, "completion_tokens": 3}


def test_it_goes_by_the_chat_completion_api(alice, path, model_side):
    say(alice, path, "Hello", parameters={"temperature": 0.1})
    assert model_side.calls == [
        (
            "/chat/completions",
            {
                "model": MODEL,
                "messages": [{"role": "user", "content": "Hello"}],
                "temperature": 0.1,
            },
        )
    ]


def test_the_model_is_told_what_came_before(alice, path, model_side):
    say(alice, path, "one")
    say(alice, path, "two")
    say(alice, path, "three")
    assert sent(model_side) == [
        ("user", "one"),
        ("assistant", "You said: one"),
        ("user", "two"),
        ("assistant", "You said: two"),
        ("user", "three"),
    ]


def test_single_prompts_belong_to_the_conversation(alice, path, model_side):
    created(alice.post(f"{path}/prompts", {"content": "one"}))
    say(alice, path, "two")
    assert sent(model_side) == [
        ("user", "one"),
        ("assistant", "You said: one"),
        ("user", "two"),
    ]


def test_other_conversations_do_not(alice, path, model_side):
    say(alice, path, "here")
    other = f"/interactions/{alice.interaction()['id']}"
    say(alice, other, "there")
    assert sent(model_side) == [("user", "there")]


def test_a_message_may_be_an_object_with_its_role(alice, path, model_side):
    exchange = say(alice, path, {"role": "user", "content": "Hello"})
    assert exchange["prompt"]["content"] == "Hello"
    assert sent(model_side) == [("user", "Hello")]


def test_the_conversations_system_prompt_goes_first(alice, model_side):
    path = f"/interactions/{alice.interaction(system_prompt='Be brief.')['id']}"
    say(alice, path, "one")
    say(alice, path, "two")
    assert sent(model_side) == [
        ("system", "Be brief."),
        ("user", "one"),
        ("assistant", "You said: one"),
        ("user", "two"),
    ]


def test_a_message_may_bring_its_own_system_prompt(alice, model_side):
    path = f"/interactions/{alice.interaction(system_prompt='Be brief.')['id']}"
    say(alice, path, "one", system_prompt="Be verbose.")
    assert sent(model_side)[0] == ("system", "Be verbose.")
    say(alice, path, "two", system_prompt=None)
    assert sent(model_side)[0] == ("system", "Be brief.")
    assert alice.read(path)["system_prompt"] == "Be brief."


def test_a_question_that_got_no_answer_is_not_remembered(alice, path, model_side):
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(alice.post(f"{path}/chat", {"message": "lost"}), 502)
    model_side.chat_reply = None
    say(alice, path, "again")
    assert sent(model_side) == [("user", "again")]


def test_after_forgetting_the_model_knows_only_what_came_since(alice, path, model_side):
    say(alice, path, "before")
    alice.delete(f"{path}/memory")
    say(alice, path, "after")
    assert sent(model_side) == [("user", "after")]
    say(alice, path, "later")
    assert sent(model_side) == [
        ("user", "after"),
        ("assistant", "You said: after"),
        ("user", "later"),
    ]


def test_forgetting_keeps_the_system_prompt(alice, model_side):
    path = f"/interactions/{alice.interaction(system_prompt='Be brief.')['id']}"
    say(alice, path, "before")
    alice.delete(f"{path}/memory")
    say(alice, path, "after")
    assert sent(model_side) == [("system", "Be brief."), ("user", "after")]


def test_an_ended_conversation_takes_no_more_messages(alice, path, model_side):
    alice.put(path, {"status": "completed"})
    problem(alice.post(f"{path}/chat", {"message": "?"}), 409, "interaction_ended")
    assert model_side.calls == []


def test_only_the_owner_chats(alice, bob, vera, adam, path, model_side):
    problem(bob.post(f"{path}/chat", {"message": "?"}), 404, "not_found")
    for person in (vera, adam):
        problem(person.post(f"{path}/chat", {"message": "?"}), 403, "not_owner")
    assert model_side.calls == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": ""}, "message.content"),
        ({"message": "  "}, "message.content"),
        ({"message": 5}, "message"),
        ({"message": ["Hello"]}, "message"),
        ({"message": None}, "message"),
        ({"message": {"content": "Hello"}}, "message.role"),
        ({"message": {"role": "assistant", "content": "Hello"}}, "message.role"),
        ({"message": {"role": "system", "content": "Hello"}}, "message.role"),
        ({"message": {"role": "user"}}, "message.content"),
        ({"message": {"role": "user", "content": "?", "name": "x"}}, "message.name"),
        ({"message": "?", "messages": []}, "messages"),
        ({"message": "?", "system_prompt": ""}, "system_prompt"),
        ({"message": "?", "parameters": {"n": 2}}, "parameters.n"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(alice, path, model_side, body, field):
    answer = alice.post(f"{path}/chat", body)
    assert problem(answer, 422, "invalid")["errors"].keys() == {field}
    assert alice.read(path)["message_count"] == 0
    assert model_side.calls == []
