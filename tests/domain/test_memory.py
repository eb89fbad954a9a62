"""What of a conversation the model is told again."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.memory import Turn, messages_for

texts = st.text("ab é", max_size=12)
conversations = st.lists(st.builds(Turn, texts, texts), max_size=8)


def user(content):
    return {"role": "user", "content": content}


def assistant(content):
    return {"role": "assistant", "content": content}


def said(turns):
    return [message for turn in turns for message in (user(turn.prompt), assistant(turn.answer))]


def test_everything_goes_along_while_it_fits():
    messages = messages_for(
        turns=[Turn("one", "1"), Turn("two", "2")],
        content="three",
        system_prompt="Count.",
        characters=1000,
    )
    assert messages == [
        {"role": "system", "content": "Count."},
        user("one"),
        assistant("1"),
        user("two"),
        assistant("2"),
        user("three"),
    ]


def test_a_first_message_goes_alone():
    messages = messages_for(turns=[], content="Hello", system_prompt=None, characters=6000)
    assert messages == [user("Hello")]


def test_an_empty_system_prompt_is_none():
    messages = messages_for(turns=[], content="Hello", system_prompt="", characters=6000)
    assert messages == [user("Hello")]


def test_the_oldest_turns_are_left_out_first():
    turns = [Turn("aaaa", "AAAA"), Turn("bbbb", "BBBB"), Turn("cccc", "CCCC")]
    messages = messages_for(turns=turns, content="dd", system_prompt=None, characters=18)
    assert messages == [*said(turns[1:]), user("dd")]


def test_one_character_too_many_leaves_the_whole_turn_out():
    turns = [Turn("aaaa", "AAAA"), Turn("bbbb", "BBBB")]
    messages = messages_for(turns=turns, content="dd", system_prompt=None, characters=17)
    assert messages == [*said(turns[1:]), user("dd")]


def test_a_turn_that_does_not_fit_ends_the_memory_even_if_an_older_one_would_fit():
    turns = [Turn("a", "b"), Turn("long" * 100, "answer")]
    messages = messages_for(turns=turns, content="c", system_prompt=None, characters=50)
    assert messages == [user("c")]


def test_the_system_prompt_takes_its_part_of_the_room():
    messages = messages_for(
        turns=[Turn("aaaa", "AAAA")], content="dd", system_prompt="ssss", characters=13
    )
    assert messages == [{"role": "system", "content": "ssss"}, user("dd")]


def test_the_question_itself_goes_however_long_it_is():
    messages = messages_for(
        turns=[Turn("a", "b")], content="x" * 100, system_prompt="s", characters=10
    )
    assert messages == [{"role": "system", "content": "s"}, user("x" * 100)]


@given(conversations, texts, st.none() | texts, st.integers(0, 100))
def test_what_goes_is_an_unbroken_end_of_the_conversation_within_the_room(
    turns, content, system_prompt, characters
):
    messages = messages_for(
        turns=turns, content=content, system_prompt=system_prompt, characters=characters
    )
    memory = messages[1 if system_prompt else 0 : -1]
    kept = len(memory) // 2
    assert messages[-1] == user(content)
    assert memory == said(turns[len(turns) - kept :])
    if kept:
        assert sum(len(message["content"]) for message in messages) <= characters
    if kept < len(turns):
        left_out = turns[len(turns) - kept - 1]
        with_it = sum(len(message["content"]) for message in messages)
        assert with_it + len(left_out.prompt) + len(left_out.answer) > characters
