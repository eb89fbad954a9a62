"""A parameter says the same to every server, whatever it is called there."""

import pytest

from app.domain.generation_parameters import answer_length, container_parameters, openai_parameters


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {}),
        ({"temperature": 0, "top_p": 1}, {"temperature": 0, "top_p": 1}),
        ({"max_new_tokens": 5}, {"max_tokens": 5}),
        ({"max_length": 5}, {"max_tokens": 5}),
        ({"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ({"max_new_tokens": 5, "max_length": 9}, {"max_tokens": 5}),
        ({"max_tokens": 4, "max_new_tokens": 5}, {"max_tokens": 4}),
        ({"max_completion_tokens": 3, "max_tokens": 4}, {"max_completion_tokens": 3}),
        ({"stop_sequences": ["a"]}, {"stop": ["a"]}),
        ({"stop_sequences": ["a"], "stop": "b"}, {"stop": "b"}),
        ({"do_sample": True, "return_full_text": False, "details": True}, {}),
        ({"tools": [{}], "response_format": {}, "own": 1}, ...),
        ({"model": "x", "messages": [], "stream": True, "stream_options": {}, "n": 5}, {}),
    ],
)
def test_fields_of_a_chat_completion(given, fields):
    assert openai_parameters(given) == (given if fields is ... else fields)


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ({}, {}),
        ({"max_new_tokens": 5, "top_k": 3}, ...),
        ({"max_tokens": 5}, {"max_new_tokens": 5}),
        ({"max_completion_tokens": 5}, {"max_new_tokens": 5}),
        ({"max_tokens": 4, "max_new_tokens": 5}, {"max_new_tokens": 5}),
        ({"max_completion_tokens": 3, "max_tokens": 4}, {"max_new_tokens": 3}),
        ({"stop": "a"}, {"stop": ["a"]}),
        ({"stop": ["a"]}, ...),
        ({"tools": [], "response_format": {}, "user": "u", "n": 2, "stream": True}, {}),
        ({"inputs": "x", "messages": []}, {}),
        ({"candidate_labels": ["a"], "return_full_text": False}, ...),
    ],
)
def test_parameters_of_a_container(given, parameters):
    assert container_parameters(given) == (given if parameters is ... else parameters)


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ({}, None),
        ({"max_new_tokens": 5}, 5),
        ({"max_tokens": 4, "max_new_tokens": 5}, 4),
        ({"max_completion_tokens": 3, "max_tokens": 4}, 3),
        ({"max_length": 9}, None),
        ({"max_tokens": None, "max_new_tokens": True}, None),
        ({"max_tokens": "7"}, None),
        ({"max_tokens": 0}, None),
    ],
)
def test_how_long_an_answer_may_be_is_found_under_each_name(given, tokens):
    assert answer_length(given) == tokens
