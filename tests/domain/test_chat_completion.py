"""What is told of an answer whose body cannot be read."""

import pytest

from app.domain.chat_completion import message_in

WORDS = {"role": "assistant", "content": "words"}


@pytest.mark.parametrize("raw", [None, "", "null", "{broken", '"text"', "[" * 200_000])
def test_a_body_that_says_no_message_leaves_the_words(raw):
    assert message_in(raw, "words") == WORDS


def test_what_a_message_says_beside_its_words_is_kept():
    raw = '{"choices": [{"message": {"content": "other", "tool_calls": [], "odd": 1}}]}'
    assert message_in(raw, "words") == {**WORDS, "tool_calls": [], "odd": 1}
