"""A stream's bytes become pieces and an answer; what breaks it keeps what had come."""

import json

import pytest

from app.clients.http_answer import RemoteError
from app.clients.inference.pieces import Source, in_one_piece, streamed, whole
from tests.clients.inference.streams import DONE, failure, outcome, said

SOURCE = Source(endpoint_name="e", provider="p", started=0.0, model_version="1")
# A sender that counts in UTF-16 may stop in the middle of a character.
HALF = b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n'


def broken(*pieces, kind="broken"):
    yield from pieces
    raise RemoteError("stub", kind)


def test_what_is_left_of_a_character_comes_last():
    came, completion = outcome(streamed([HALF, DONE], SOURCE))
    assert came == ["a", "\ufffd"]
    assert completion.text == "a\ufffd"


def test_a_line_without_an_end_is_no_answer():
    came, error = failure(streamed([said("Pa"), b"data: "] + [b"x" * 1_000_000] * 5, SOURCE))
    assert (came, error.code) == (["Pa"], "model_failed")
    assert "at most" in error.message


@pytest.mark.parametrize(
    ("kind", "code"),
    [("timeout", "model_timeout"), ("broken", "model_failed"), ("too_large", "model_failed")],
)
def test_a_failure_of_the_remote_is_told_unless_all_was_there(kind, code):
    came, error = failure(streamed(broken(said("Pa"), kind=kind), SOURCE))
    assert (came, error.code, error.endpoint_name) == (["Pa"], code, "e")
    came, completion = outcome(streamed(broken(said("Paris", "stop"), kind=kind), SOURCE))
    assert (came, completion.finish_reason) == (["Paris"], "stop")


def test_the_last_word_is_told_once():
    told = []
    stream = streamed(
        [said("Paris", "stop"), said(), DONE], SOURCE, on_whole=lambda: told.append(1)
    )
    completion = whole(stream)
    assert (told, completion.text, completion.model_version) == ([1], "Paris", "1")
    assert list(in_one_piece(completion)) == ["Paris"]


def test_the_words_of_an_error_are_kept_where_they_were_but_not_told():
    error_event = b"event: error\ndata: " + b"10.0.0.7 \0" + b"x" * 100_000 + b"\n\n"
    _, error = failure(streamed([error_event], SOURCE))
    assert "10.0.0.7" not in error.message
    assert error.raw.startswith("10.0.0.7 \ufffdx")
    assert len(error.raw) == 65_536


def test_what_is_no_json_within_is_told_with_what_it_was():
    _, error = failure(streamed([b"data: {nonsense\n\n"], SOURCE))
    assert (error.code, error.raw) == ("model_failed", "{nonsense")
    assert json.loads(outcome(streamed([said("a"), DONE], SOURCE))[1].raw)["id"] == "c-1"
