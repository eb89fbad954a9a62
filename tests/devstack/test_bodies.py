"""What callers send to the local Model Service is read strictly and told clearly."""

import pytest

from devstack.model_service.bodies import BodyError, read_chat, read_query

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def places(error):
    return [".".join(place) for place, _ in error.value.faults]


def test_a_query_is_one_message_of_the_user():
    ask = read_query({"query": "Who?", "context": "Ada wrote it."})
    assert ask.messages == [{"role": "user", "content": "Ada wrote it.\n\nWho?"}]
    assert ask.options == {
        "temperature": 0.2,
        "top_p": 0.9,
        "repeat_penalty": 1.1,
        "max_tokens": 200,
    }


def test_parameters_reach_the_engine_under_its_names():
    parameters = {
        "max_new_tokens": 7,
        "max_length": 99,
        "temperature": 0,
        "top_k": 3,
        "top_p": 1,
        "repetition_penalty": 1.3,
        "do_sample": True,
    }
    assert read_query({"query": "Who?", "parameters": parameters}).options == {
        "max_tokens": 7,
        "temperature": 0,
        "top_k": 3,
        "top_p": 1,
        "repeat_penalty": 1.3,
    }


def test_max_length_is_the_length_of_the_answer():
    ask = read_query({"query": "Who?", "parameters": {"max_length": 50}})
    assert ask.options["max_tokens"] == 50


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], "body"),
        (None, "body"),
        ({}, "body.query"),
        ({"query": 1}, "body.query"),
        ({"query": " "}, "body.query"),
        ({"query": "a", "context": 1}, "body.context"),
        ({"query": "a", "parameters": []}, None),
        ({"query": "a", "parameters": [1]}, "body.parameters"),
        ({"query": "a", "parameters": {"top_k": 1.5}}, "body.parameters.top_k"),
        ({"query": "a", "parameters": {"top_p": 1.1}}, "body.parameters.top_p"),
        (
            {"query": "a", "parameters": {"temperature": True}},
            "body.parameters.temperature",
        ),
        (
            {"query": "a", "parameters": {"temperature": float("nan")}},
            "body.parameters.temperature",
        ),
        (
            {"query": "a", "parameters": {"max_new_tokens": 0}},
            "body.parameters.max_new_tokens",
        ),
    ],
)
def test_a_wrong_query_names_the_place(body, fault):
    if fault is None:
        read_query(body)
        return
    with pytest.raises(BodyError) as refused:
        read_query(body)
    assert places(refused) == [fault]


def test_a_chat_is_read_with_openai_names():
    ask = read_chat(
        {
            **CHAT,
            "max_tokens": 5,
            "stop": "END",
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "hello"}]},
            ],
        }
    )
    assert ask.options["max_tokens"] == 5
    assert ask.options["stop"] == ["END"]
    assert (ask.stream, ask.include_usage, ask.model) == (True, True, "m")
    assert ask.messages[1] == {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"model": None}, "body.model"),
        ({"messages": []}, "body.messages"),
        ({"messages": ["hello"]}, "body.messages.0"),
        ({"messages": [{"role": "x", "content": "a"}]}, "body.messages.0.role"),
        ({"messages": [{"role": [], "content": "a"}]}, "body.messages.0.role"),
        ({"messages": [{"role": "user"}]}, "body.messages.0.content"),
        ({"messages": [{"role": "user", "content": [1]}]}, "body.messages.0.content"),
        ({"stream": "yes"}, "body.stream"),
        ({"stop": [1]}, "body.stop"),
        ({"temperature": "hot"}, "body.temperature"),
    ],
)
def test_a_wrong_chat_names_the_place(change, fault):
    with pytest.raises(BodyError) as refused:
        read_chat({**CHAT, **change})
    assert places(refused) == [fault]
