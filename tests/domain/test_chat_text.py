"""A conversation reads as a script whose next line is the assistant's."""

from app.domain.chat_text import as_text, first_turn


def test_turns_stand_under_each_other_and_the_assistant_is_next():
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "Who are you?"},
    ]
    assert as_text(messages) == (
        "Be brief.\nUser: Hello\nAssistant: Hi.\nUser: Who are you?\nAssistant:"
    )


def test_a_model_that_plays_the_user_as_well_is_cut_off():
    assert first_turn(" I am a model.\nUser: And I?\nAssistant: You") == "I am a model."
    assert first_turn("Plain.") == "Plain."


def test_parts_are_joined_and_a_message_without_words_is_an_empty_turn():
    parts = [{"type": "text", "text": "Look: "}, {"type": "image_url"}, {"text": "what?"}]
    messages = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "42"},
    ]
    assert as_text(messages) == "User: Look: what?\nAssistant: \n42\nAssistant:"
