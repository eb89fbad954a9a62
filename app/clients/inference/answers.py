"""What came of a request over HTTP: a completion, or the failure it stands for."""

from typing import Any

from app.clients.http_answer import HttpReply, HttpStream
from app.clients.inference.base import Completion, Pieces
from app.clients.inference.failures import failure_in_words, failure_of_status, raw_of
from app.clients.inference.pieces import Source, in_one_piece, streamed
from app.domain.inference_reply import ReplyFailure, raise_for_error, read_json, read_reply

_NOT_FOUND = 404


def json_of(reply: HttpReply) -> Any:
    """Return the JSON of a look-up, an empty object where there is no such thing.

    Raises InferenceError.
    """
    if reply.status == _NOT_FOUND:
        return {}
    try:
        if not reply.ok:
            raise failure_of_status(reply, None)
        value = read_json(reply.body)
        raise_for_error(value)
    except ReplyFailure as failure:
        raise failure_in_words(failure.message, failure.said, None, raw_of(reply)) from failure
    return value


def completion_of(reply: HttpReply, source: Source, *, prompt: str) -> Completion:
    """Return the model's answer; raises InferenceError where it is none."""
    name = source.endpoint_name
    if not reply.ok:
        raise failure_of_status(reply, name)
    try:
        answer = read_reply(reply.body, prompt=prompt)
    except ReplyFailure as failure:
        raise failure_in_words(failure.message, failure.said, name, raw_of(reply)) from failure
    return source.completion(answer, raw_of(reply))


def read_answer(answer: HttpStream, source: Source, *, streams: bool, prompt: str = "") -> Pieces:
    """Yield the text of an answer as it comes: a stream, where one was wanted and given.

    Raises InferenceError, and RemoteError where an answer that comes whole breaks off.
    """
    if not streams or not answer.ok or not answer.has_events:
        completion = completion_of(answer.reply(), source, prompt=prompt)
        return (yield from in_one_piece(completion))
    completion = yield from streamed(answer, source, on_whole=answer.hurry)
    answer.finish()
    return completion
