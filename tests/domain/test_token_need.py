"""What a call needs: its question by estimate, and the longest answer that was asked for."""

import pytest

from app.domain.token_need import USUAL_ANSWER, answer_tokens, token_need


def need(content="Hello there", context=None, messages=None, **parameters):
    return token_need(content=content, context=context, messages=messages, parameters=parameters)


def test_a_longer_question_needs_more():
    assert need("Hello there, you").question > need("Hello there").question > 0


def test_the_context_belongs_to_the_question():
    assert need(context="A lesson.").question > need().question


def test_messages_stand_for_the_content():
    said = {"role": "user", "content": "Hello there"}
    assert need("unlike", messages=[said]).question == need().question
    assert need(messages=[said, said]).question > need().question
    assert need(messages=[{"role": "assistant", "content": None}]).question < need().question


def test_parts_and_calls_of_tools_are_counted():
    parts = [{"type": "text", "text": "Hello there"}]
    assert need(messages=[{"role": "user", "content": parts}]).question == need().question
    calls = [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    silent = {"role": "assistant", "content": ""}
    called = {**silent, "tool_calls": calls}
    assert need(messages=[called]).question > need(messages=[silent]).question


def test_what_is_told_of_tools_is_counted():
    assert need(tools=[{"type": "function"}]).question > need().question
    assert need(tools=[]).question == need().question


@pytest.mark.parametrize("name", ["max_new_tokens", "max_length", "max_tokens"])
def test_the_answer_is_as_long_as_was_asked_for(name):
    assert need(**{name: 7}).answer == 7
    assert need(**{name: 7}).total == need().question + 7


def test_the_largest_of_several_lengths_counts():
    assert need(max_length=1, max_completion_tokens=900).answer == 900


@pytest.mark.parametrize("length", [-5, 0, True, "9", 2.5, None])
def test_what_is_no_length_is_none(length):
    assert need(max_tokens=length).answer == USUAL_ANSWER


def test_no_need_is_too_large_to_be_stored():
    assert need(max_tokens=10**12).total == 2**31 - 1


def test_an_answer_that_nobody_counted_is_estimated():
    assert answer_tokens("Two words") > answer_tokens("") == answer_tokens(None) == 0
