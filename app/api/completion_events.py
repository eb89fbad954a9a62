"""Chat completions as server-sent events: chunks, then `[DONE]`, or an error in OpenAI's form."""

from collections.abc import Generator, Iterator
from typing import Any

import orjson
from flask import Response, g

from app.api import errors, openai_errors
from app.api.completion_body import Chunks
from app.api.server_sent_events import KEEP_ALIVE, Tokens, event_stream
from app.services.recording import problem_of

_DONE = b"data: [DONE]\n\n"


def stream(tokens: Tokens, chunks: Chunks, *, headers: dict[str, str]) -> Response:
    """Return the chunks of an answer once its first token is there.

    Until then a failure has a status of its own: raises what ``tokens`` does.
    """
    return event_stream(_events(_begun(tokens), chunks, g.get("request_id", "")), headers=headers)


def _begun(tokens: Tokens) -> Tokens:
    try:
        first = next(tokens)
    except StopIteration as end:
        return _without_tokens(end.value)
    return _after(first, tokens)


def _without_tokens(response: Any) -> Tokens:
    yield from ()
    return response


def _after(first: Any, tokens: Tokens) -> Tokens:
    try:
        yield first
        return (yield from tokens)
    finally:
        tokens.close()


def _events(tokens: Tokens, chunks: Chunks, request_id: str) -> Iterator[bytes]:
    try:
        yield _event(chunks.first())
        for chunk in chunks.last(_sound((yield from _pieces(tokens, chunks)))):
            yield _event(chunk)
        yield _DONE
    except Exception as error:  # noqa: BLE001  # The status is out: this is how it is told.
        problem = errors.document(error, request_id=request_id)
        yield _event(openai_errors.body(problem))
    finally:
        tokens.close()


def _pieces(tokens: Tokens, chunks: Chunks) -> Generator[bytes, None, Any]:
    while True:
        try:
            token = next(tokens)
        except StopIteration as end:
            return end.value
        yield KEEP_ALIVE if token is None else _event(chunks.piece(token.text))


def _sound(response: Any) -> Any:
    """Return a response that somebody else recorded; raises what it failed by."""
    if response.error is None:
        return response
    raise problem_of(
        response.error["code"],
        message=response.error["message"],
        prompt_id=str(response.prompt_id),
        response_id=str(response.id),
    )


def _event(data: Any) -> bytes:
    return b"data: %s\n\n" % orjson.dumps(data)
