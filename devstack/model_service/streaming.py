"""A chat completion as server-sent events, the OpenAI way."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from devstack.model_service.engine import EngineError, Piece
from devstack.model_service.variants import envelope, usage_of

Json = dict[str, Any]


def events(pieces: Iterator[Piece], *, include_usage: bool) -> Iterator[bytes]:
    """Yield the events of an answer, one for each piece as it comes.

    Raises EngineError before the first event when the model refuses at once; a later
    failure is an event of its own, after which no ``[DONE]`` comes.
    """
    first = next(pieces, Piece())
    return _events(chain([first], pieces), include_usage=include_usage)


def _events(pieces: Iterator[Piece], *, include_usage: bool) -> Iterator[bytes]:
    shared = envelope("chat.completion.chunk")
    yield _event({**shared, "choices": [_choice({"role": "assistant", "content": ""})]})
    try:
        for piece in pieces:
            yield from map(_event, _chunks(piece, shared, include_usage=include_usage))
    except EngineError as error:
        yield _event({"error": {"message": error.message, "code": error.status}})
        return
    yield b"data: [DONE]\n\n"


def _chunks(piece: Piece, shared: Json, *, include_usage: bool) -> Iterator[Json]:
    if piece.text:
        yield {**shared, "choices": [_choice({"content": piece.text})]}
    if piece.finish:
        yield {**shared, "choices": [_choice({}, piece.finish)]}
    if piece.usage and include_usage:
        yield {**shared, "choices": [], "usage": usage_of(piece.usage)}


def _choice(delta: Json, finish: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _event(body: Json) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"
