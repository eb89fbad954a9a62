"""An answer is put together from whatever its container streams."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.inference_reply import Reply, ReplyFailure
from app.domain.storable import PieceJoiner, storable_json
from app.domain.streamed_answer import StreamedAnswer


def chunk(delta=None, reason=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {"id": "c-1", "model": "m", "object": "chat.completion.chunk", "choices": choices} | more


def token(text, *, special=False, **more):
    return {"index": 1, "token": {"id": 7, "text": text, "special": special}, **more}


def fed(*values):
    answer = StreamedAnswer()
    return [answer.feed(value) for value in values], answer


USAGE = {"usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}
DONE = {"finish_reason": "eos_token", "generated_tokens": 2}


@pytest.mark.parametrize(
    ("values", "reply"),
    [
        (
            [
                chunk({"role": "assistant", "content": ""}),
                chunk({"content": "Pa"}),
                chunk({"content": "ris"}),
                chunk({}, "stop"),
                chunk(**USAGE),
            ],
            Reply("Paris", "stop", 5, 2),
        ),
        ([chunk({"content": "Pa"}), chunk({"content": "ris"}, "length")], Reply("Paris", "length")),
        (
            [
                {"choices": [{"text": "Pa"}]},
                {"choices": [{"text": "ris", "finish_reason": "stop"}]},
            ],
            Reply("Paris", "stop"),
        ),
        (
            [
                token("Pa", generated_text=None, details=None),
                token("ris"),
                token("</s>", special=True, generated_text="Paris", details=DONE),
            ],
            Reply("Paris", "eos_token", None, 2),
        ),
        (
            [
                {"token": {"id": 1, "text": "Pa", "log_prob": -0.5}},
                {"token": {"id": 2, "text": "ris"}, "generated_text": "Paris", "details": DONE},
            ],
            Reply("Paris", "eos_token", None, 2),
        ),
        ([token("Pa"), token("ris"), {"details": DONE}], Reply("Paris", "eos_token", None, 2)),
        ([[{"generated_text": "Paris"}]], Reply("Paris")),
        ([{"generated_text": ""}], Reply("")),
        (
            [{"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}], **USAGE}],
            Reply("Paris", "stop", 5, 2),
        ),
    ],
)
def test_the_pieces_become_the_whole(values, reply):
    pieces, answer = fed(*values)
    assert "".join(pieces) == reply.text
    assert answer.reply() == reply
    assert answer.is_whole
    raw = json.loads(answer.raw())
    assert raw["choices"][0]["message"]["content"] == (reply.text or None)
    assert raw["choices"][0]["finish_reason"] == reply.finish_reason


def test_each_piece_is_given_when_it_comes():
    pieces, _ = fed(chunk({"content": "a"}), chunk({}), chunk({"content": "b"}), token("c"))
    assert pieces == ["a", "", "b", "c"]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [chunk({"content": "Pa"})],
        [token("Pa")],
        [token("Pa"), chunk(**USAGE)],
        ["words"],
        [7],
        [None],
        [{"unheard": "of"}],
    ],
)
def test_an_answer_is_not_whole_until_somebody_said_so(values):
    _, answer = fed(*values)
    assert not answer.is_whole
    answer.finish()
    assert answer.is_whole


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"error": {"message": "too much", "code": 500}}, "too much"),
        ({"error": "too much", "error_type": "overloaded"}, "too much"),
        ({"object": "error", "message": "too much", "code": 400}, "too much"),
        ({"token": {"id": -1, "text": ""}, "details": {"finish_reason": "error"}}, ""),
        (chunk({}, "error"), ""),
    ],
)
def test_an_error_within_is_a_failure(error, said):
    answer = StreamedAnswer()
    answer.feed(chunk({"content": "Pa"}))
    with pytest.raises(ReplyFailure) as caught:
        answer.feed(error)
    assert caught.value.said == said
    assert answer.reply().text == "Pa"


class TestAMessage:
    def test_with_calls_of_tools_is_put_together(self):
        first = {"index": 0, "id": "t1", "type": "function"}
        _, answer = fed(
            chunk({"role": "assistant", "content": None}),
            chunk({"tool_calls": [{**first, "function": {"name": "find", "arguments": ""}}]}),
            chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"q":'}}]}),
            chunk({"tool_calls": [{"index": 1, "id": "t2", "function": {"name": "stop"}}]}),
            chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"a"}'}}]}),
            chunk({}, "tool_calls"),
        )
        assert answer.reply() == Reply(
            "",
            "tool_calls",
            message={
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {**first, "function": {"name": "find", "arguments": '{"q":"a"}'}},
                    {"index": 1, "id": "t2", "function": {"name": "stop"}},
                ],
            },
        )

    def test_keeps_calls_that_come_whole_and_without_an_index(self):
        calls = [{"id": "a", "function": {"name": "f"}}, {"id": "b", "function": {"name": "g"}}]
        _, answer = fed(chunk({"tool_calls": calls[:1]}), chunk({"tool_calls": calls[1:]}))
        assert answer.reply().message["tool_calls"] == calls

    def test_keeps_what_else_is_said(self):
        _, answer = fed(
            chunk({"reasoning": "hm", "refusal": None}), chunk({"reasoning": "m", "content": "Yes"})
        )
        reply = answer.reply()
        assert (reply.text, reply.message["reasoning"]) == ("Yes", "hmm")

    def test_of_text_alone_is_not_kept_twice(self):
        _, answer = fed(chunk({"role": "assistant", "content": "Paris", "refusal": None}, "stop"))
        assert answer.reply().message is None

    def test_of_a_refusal_is_its_text(self):
        pieces, answer = fed(chunk({"refusal": "I "}), chunk({"refusal": "won't."}, "stop"))
        assert "".join(pieces) == answer.reply().text == "I won't."

    def test_leaves_what_was_fed_alone(self):
        given = chunk({"tool_calls": [{"index": 0, "function": {"arguments": "a"}}]})
        fed(given, chunk({"tool_calls": [{"index": 0, "function": {"arguments": "b"}}]}))
        assert given["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == "a"

    def test_nested_deeper_than_any_is_a_failure(self):
        deep = json.loads('{"a":' * 400 + "1" + "}" * 400)
        with pytest.raises(ReplyFailure, match="deep"):
            fed(chunk({"tool_calls": [deep]}))


def test_other_choices_are_left_out():
    _, answer = fed({"choices": [{"index": 1, "delta": {"content": "other"}}]})
    assert answer.reply().text == ""


def test_a_character_cut_in_two_is_put_together():
    high, low = json.loads('"\\ud83d"'), json.loads('"\\ude00"')
    pieces, answer = fed(chunk({"content": f"a{high}"}), chunk({"content": f"{low}b"}))
    assert pieces == ["a", "😀b"]
    assert answer.finish() == ""
    pieces, answer = fed(chunk({"content": f"a{high}"}))
    assert (pieces, answer.finish()) == (["a"], "\ufffd")
    assert answer.reply().text == "a\ufffd"


@given(st.text(st.characters(), max_size=8), st.lists(st.integers(0, 16), max_size=6))
def test_pieces_of_utf_16_cut_anywhere_are_one_text(text, places):
    """Whatever units a sender cuts between, the text is what it was, made storable."""
    units = text.encode("utf-16-le", "surrogatepass")
    edges = sorted({0, len(units), *(2 * place for place in places if 2 * place < len(units))})
    pieces = [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in pairwise(edges)]
    joiner = PieceJoiner()
    joined = "".join(joiner.feed(piece) for piece in pieces) + joiner.end()
    whole = units.decode("utf-16-le", "replace").replace("\0", "\ufffd")
    assert joined == whole


@pytest.mark.parametrize("piece", [chunk({"content": "a\0b"}), token("a\0b")])
def test_what_no_store_takes_is_replaced(piece):
    pieces, answer = fed(piece)
    assert pieces == ["a\ufffdb"]
    assert "\0" not in json.loads(answer.raw())["choices"][0]["message"]["content"]


def test_a_message_is_made_storable_to_its_depth():
    assert storable_json({"a\0": ["\ud800", {"b": "\0"}, 1, None]}) == {
        "a\ufffd": ["\ufffd", {"b": "\ufffd"}, 1, None]
    }


KEYS = [
    *("choices", "delta", "message", "content", "text", "token", "special", "details"),
    *("finish_reason", "generated_text", "usage", "index", "tool_calls", "function"),
    *("arguments", "role", "error"),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(anything, max_size=4))
def test_any_values_give_storable_pieces_that_are_the_text(values):
    answer, pieces = StreamedAnswer(), []
    for value in values:
        try:
            pieces.append(answer.feed(value))
        except ReplyFailure:
            return
    pieces.append(answer.finish())
    assert "".join(pieces) == answer.reply().text
    assert isinstance(answer.raw(), str)
