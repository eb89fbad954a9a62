"""Whatever form an answer comes in, its text is found; what is no answer is told apart."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.inference_reply import (
    Reply,
    ReplyFailure,
    raise_for_error,
    read_json,
    read_reply,
    without_echo,
)
from app.domain.storable import storable

PROMPT = "What is the capital of France?"
KEYS = {
    *("choices", "message", "content", "text", "generated_text", "generation", "answer"),
    *("label", "labels", "score", "scores", "probabilities", "predicted_label", "sequence"),
    *("token_str", "error", "usage", "prompt_tokens", "completion_tokens"),
    *("details", "finish_reason", "generated_tokens"),
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted(KEYS)) | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


def read(value, prompt=PROMPT):
    return read_reply(json.dumps(value).encode(), prompt=prompt)


def openai(content, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, **more}
    return {"id": "1", "object": "chat.completion", "choices": [choice]}


@pytest.mark.parametrize(
    "value",
    [
        openai("Paris"),
        openai(
            [{"type": "text", "text": "Pa"}, {"type": "image"}, {"type": "text", "text": "ris"}]
        ),
        {"choices": [{"text": "Paris"}]},
        {"choices": [{"message": None, "text": "Paris"}]},
        {"choices": [{"message": {"content": None}, "text": "Paris"}]},
        {"generated_text": "Paris"},
        [{"generated_text": "Paris"}, {"generated_text": "Lyon"}],
        [[{"generated_text": "Paris"}]],
        [{"generated_text": [{"role": "user", "content": "?"}, {"content": "Paris"}]}],
        {"generation": "Paris"},
        [{"generation": {"role": "assistant", "content": "Paris"}}],
        {"score": 0.9, "start": 0, "end": 5, "answer": "Paris"},
        [{"answer": "Paris", "score": 0.9}],
        [{"summary_text": "Paris"}],
        [{"translation_text": "Paris"}],
        {"predicted_label": "Paris"},
        {"predicted_label": "Paris", "labels": "none", "probabilities": [1]},
        "Paris",
        {"error": None, "generated_text": "Paris"},
        {"error": False, "generated_text": "Paris"},
    ],
)
def test_a_text_is_found_in_every_form(value):
    assert read(value).text == "Paris"


def test_the_forms_are_tried_in_order():
    everything = {
        "choices": [{"message": {"content": "1"}, "text": "2"}],
        "generated_text": "3",
        "generation": "4",
        "answer": "5",
        "summary_text": "6",
        "label": "7",
        "score": 1.0,
    }
    found = []
    for name in ("message", "choices", "generated_text", "generation", "answer", "summary_text"):
        found.append(read(everything).text)
        (everything["choices"][0] if name == "message" else everything).pop(name)
    assert found == ["1", "2", "3", "4", "5", "6"]
    assert read(everything).text == "7: 1.0000"


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (
            [{"label": "NEGATIVE", "score": 0.1}, {"label": "POSITIVE", "score": 0.9}],
            "POSITIVE: 0.9000\nNEGATIVE: 0.1000",
        ),
        ([[{"label": "A", "score": 1}, {"label": "B", "score": 0}]], "A: 1.0000\nB: 0.0000"),
        ({"label": "A", "score": 0.5}, "A: 0.5000"),
        (
            [
                {"score": 0.2, "token": 1, "token_str": "Lyon", "sequence": "It is Lyon."},
                {"score": 0.7, "token": 2, "token_str": "Paris", "sequence": "It is Paris."},
            ],
            "It is Paris.: 0.7000\nIt is Lyon.: 0.2000",
        ),
        ([{"score": 0.2, "token_str": "Lyon"}], "Lyon: 0.2000"),
        (
            {"sequence": "x", "labels": ["a", "b"], "scores": [0.3, 0.7]},
            "b: 0.7000\na: 0.3000",
        ),
        (
            {"probabilities": [0.1, 0.9], "labels": ["no", "yes"], "predicted_label": "yes"},
            "yes: 0.9000\nno: 0.1000",
        ),
        ({"labels": ["a", 5, "b"], "scores": [0.5, 0.3, True]}, "a: 0.5000"),
        ([{"label": "A", "score": 0.5}, {"label": 1, "score": 0.5}, 7], "A: 0.5000"),
    ],
)
def test_scores_become_lines_the_best_first(value, lines):
    assert read(value).text == lines


@pytest.mark.parametrize(
    "value",
    [
        {"unheard": "of"},
        [1, 2, 3],
        ["Paris"],
        7,
        True,
        {"choices": []},
        {"choices": "none"},
        {"choices": [{}]},
        {"choices": ["Paris"]},
        {"choices": [{"message": {"content": [{"type": "image"}]}}]},
        {"generated_text": None},
        {"generated_text": []},
        {"generation": 5},
        {"labels": [], "scores": []},
        {"score": 10**400, "label": "x"},
        [{"entity": "B-LOC"}, {"word": "Paris"}, {"entity": 1, "word": "Paris"}],
        [[[[{"generated_text": "too deep"}]]]],
    ],
)
def test_any_other_form_is_shown_as_it_came(value):
    assert read(value).text == json.dumps(value)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (
            [
                {"entity": "B-PER", "word": "Ada", "score": 0.5, "start": 0, "end": 3},
                {"entity_group": "LOC", "word": "Paris", "score": 0.9},
            ],
            "Ada: B-PER (0.5000)\nParis: LOC (0.9000)",
        ),
        ([[{"entity": "B-LOC", "word": "Paris"}]], "Paris: B-LOC"),
    ],
)
def test_words_that_were_classified_become_lines_in_their_order(value, lines):
    assert read(value).text == lines


class TestAMessageWithoutWords:
    def test_is_an_empty_answer_that_keeps_what_it_says(self):
        calls = [{"id": "1", "function": {"name": "find", "arguments": "{}"}}]
        value = openai(None, finish_reason="tool_calls")
        value["choices"][0]["message"] |= {"tool_calls": calls, "refusal": None}
        reply = read(value)
        assert (reply.text, reply.finish_reason) == ("", "tool_calls")
        assert reply.message == value["choices"][0]["message"]

    def test_may_be_a_refusal(self):
        value = openai(None)
        value["choices"][0]["message"]["refusal"] = "I won't."
        assert read(value).text == "I won't."

    def test_is_kept_only_where_it_says_more_than_its_text(self):
        value = openai("Paris")
        value["choices"][0]["message"] |= {"refusal": None, "annotations": []}
        assert read(value).message is None

    def test_is_not_kept_where_it_is_nested_deeper_than_any(self):
        value = openai("Paris")
        value["choices"][0]["message"]["x"] = json.loads("[" * 400 + "]" * 400)
        assert read(value) == Reply("Paris")


@pytest.mark.parametrize("value", [None, [], {}])
def test_an_empty_value_is_no_answer(value):
    with pytest.raises(ReplyFailure, match="empty"):
        read(value)


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_text_is_an_answer(text):
    assert read([{"generated_text": text}]).text == text
    assert read(openai(text)).text == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"error": "CUDA out of memory"}, "CUDA out of memory"),
        ({"error": ""}, ""),
        ({"error": {"message": "overloaded", "code": 1}, "choices": []}, "overloaded"),
        ({"error": {"message": 5}}, ""),
        ({"error": ["a", "b"]}, ""),
        ({"error": True}, ""),
        ([{"error": "in a list"}], "in a list"),
        ({"generated_text": "Par", "error": "broke off"}, "broke off"),
    ],
)
def test_an_error_in_a_good_answers_dress_is_a_failure(value, said):
    with pytest.raises(ReplyFailure) as failure:
        read(value)
    assert failure.value.said == said
    assert "error" in failure.value.message


@pytest.mark.parametrize(
    "value",
    [
        openai("Par", finish_reason="error"),
        [{"generated_text": "Par", "details": {"finish_reason": "error"}}],
    ],
)
def test_an_answer_that_broke_off_with_an_error_is_a_failure(value):
    with pytest.raises(ReplyFailure, match="broke off"):
        read(value)


def test_only_objects_report_errors():
    raise_for_error(["error"])
    raise_for_error("error")
    raise_for_error({"endpoints": []})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"generated_text": "Par',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"Internal Server Error",
    ],
)
def test_what_is_no_json_is_a_failure(body):
    with pytest.raises(ReplyFailure, match="JSON"):
        read_json(body)


def test_what_is_no_utf8_is_a_failure():
    with pytest.raises(ReplyFailure, match="UTF-8"):
        read_reply(b'{"generated_text": "caf\xe9"}', prompt="")


class TestEcho:
    @pytest.mark.parametrize(
        ("text", "prompt", "rest"),
        [
            (f"{PROMPT} Paris.", PROMPT, "Paris."),
            (f"{PROMPT}\n\nParis.", PROMPT, "Paris."),
            (f"{PROMPT}Paris.", PROMPT, "Paris."),
            ("def f():\n    return 1", "def f():", "    return 1"),
            ("Once upon a time", "Once upon", "a time"),
            ("User: hi\nAssistant: Hello", "User: hi\nAssistant:", "Hello"),
        ],
    )
    def test_it_is_taken_off(self, text, prompt, rest):
        assert without_echo(text, prompt) == rest
        assert read([{"generated_text": text}], prompt).text == rest
        assert read({"generated_text": text}, prompt).text == rest

    @pytest.mark.parametrize(
        ("text", "prompt"),
        [
            ("Hello! Who is there?", "Hello"),
            ("Highlands", "Hi"),
            ("Hello", "Hello"),
            ("Hello \n", "Hello"),
            ("Paris.", PROMPT),
            ("Paris.", ""),
            ("", PROMPT),
        ],
    )
    def test_what_only_begins_like_the_prompt_stays(self, text, prompt):
        assert without_echo(text, prompt) == text

    def test_a_chat_does_not_echo(self):
        assert read(openai(f"{PROMPT} Paris.")).text == f"{PROMPT} Paris."


class TestListInWords:
    @pytest.mark.parametrize(
        "content",
        [
            "[{'generated_text': 'It\\'s Paris'}]",
            "[{'generated_text': \"It's Paris\"}]",
            "  [{'generated_text': \"It's Paris\", 'score': None}]\n",
            "[[{'generated_text': \"It's Paris\"}]]",
            repr([{"generated_text": f"{PROMPT} It's Paris"}]),
            repr([{"answer": "It's Paris"}]),
        ],
    )
    def test_the_text_inside_is_found(self, content):
        assert read(openai(content)).text == "It's Paris"

    def test_scores_inside_become_lines(self):
        content = repr([{"label": "A", "score": 0.25}])
        assert read(openai(content)).text == "A: 0.2500"

    @pytest.mark.parametrize(
        "content",
        [
            '[{"generated_text": "JSON is what the model wanted to say"}]',
            "{'generated_text': 'an object is not what it returns'}",
            "[{'name': 'a list a person asked for'}]",
            "[{'generated_text': nan}]",
            "[{'generated_text': 'cut off",
            "[{'generated_text': 5}]",
            "[{'generated_text': {[]: 1}}]",
            "[{'generated_text': __import__('os').abort()}]",
            "[{'generated_text': " + "(" * 10_000,
            "[{'generated_text': " + "-" * 100_000 + "1}]",
            "[{'generated_text': '" + "x" * 300_000 + "'}]",
            "[1, 2]",
        ],
    )
    def test_anything_else_stays_as_it_is(self, content):
        assert read(openai(content)).text == content


class TestWhatIsToldAboutIt:
    def test_openai(self):
        value = openai("Paris", finish_reason="stop")
        value["usage"] = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
        assert read(value) == Reply("Paris", "stop", 7, 2)

    def test_text_generation_inference(self):
        details = {"finish_reason": "length", "generated_tokens": 2}
        value = [{"generated_text": "Paris", "details": details}]
        assert read(value) == Reply("Paris", "length", None, 2)

    @pytest.mark.parametrize(
        "usage",
        [
            None,
            "many",
            {},
            {"prompt_tokens": -1, "completion_tokens": 2**31},
            {"prompt_tokens": 1.5, "completion_tokens": "2"},
            {"prompt_tokens": True, "completion_tokens": None},
        ],
    )
    def test_odd_counts_are_no_counts(self, usage):
        assert read({**openai("Paris"), "usage": usage}) == Reply("Paris")

    @pytest.mark.parametrize("reason", [None, "", 5, ["stop"]])
    def test_an_odd_reason_is_none(self, reason):
        assert read(openai("Paris", finish_reason=reason)).finish_reason is None

    def test_a_long_reason_is_cut(self):
        assert read(openai("Paris", finish_reason="x" * 500)).finish_reason == "x" * 64


def test_what_no_store_takes_is_replaced():
    assert storable("a\0b\ud800c😀") == "a�b�c😀"
    body = b'[{"generated_text": "a\\u0000b\\ud800c\\ud83d\\ude00"}]'
    assert read_reply(body, prompt="").text == "a�b�c😀"


@given(values, st.text(max_size=8))
def test_any_json_is_an_answer_that_can_be_stored_or_a_failure(value, prompt):
    try:
        reply = read(value, prompt)
    except ReplyFailure:
        return
    assert "\0" not in reply.text.encode().decode()
    assert reply.finish_reason is None or "\0" not in reply.finish_reason


@given(values)
def test_any_value_in_words_is_read_or_left(value):
    content = repr([{"generated_text": value}])
    assert isinstance(read(openai(content)).text, str)


@given(st.binary(max_size=64))
def test_any_bytes_are_an_answer_or_a_failure(body):
    with suppress(ReplyFailure):
        assert isinstance(read_reply(body, prompt="x"), Reply)
