"""Answers that come piece by piece, and ones that come whole, as the same generators."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.clients.http_answer import RemoteError
from app.clients.inference.base import Completion, InferenceError, Pieces
from app.clients.inference.failures import failure_in_words, failure_of
from app.domain.event_stream import ServerSentEvent, StreamFault, json_value, records_of
from app.domain.inference_reply import Reply, ReplyFailure
from app.domain.storable import storable
from app.domain.streamed_answer import StreamedAnswer

# What a caller says that takes events, and a whole body from who does not stream.
EVENTS = {"Accept": "text/event-stream, application/json"}
_DONE = "[DONE]"
_LONGEST_RAW = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose answer it is, in the words of a completion; ``started`` is when it was asked."""

    endpoint_name: str
    provider: str
    started: float
    model_version: str | None = None

    def completion(self, reply: Reply, raw: str) -> Completion:
        """Return the completion that ``reply`` is, having come in ``raw`` just now."""
        return Completion(
            text=reply.text,
            endpoint_name=self.endpoint_name,
            provider=self.provider,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            raw=raw,
            latency_ms=round(1000 * (time.monotonic() - self.started)),
            model_version=self.model_version,
            message=reply.message,
        )


def whole(pieces: Pieces) -> Completion:
    """Wait for all pieces and return what they come to."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            completion: Completion = end.value
            return completion


def in_one_piece(completion: Completion) -> Pieces:
    """Yield the text of an answer that came whole, where it has one."""
    if completion.text:
        yield completion.text
    return completion


def streamed(
    chunks: Iterable[bytes], source: Source, *, on_whole: Callable[[], None] | None = None
) -> Pieces:
    """Yield the text in a stream's bytes as it comes.

    Raises InferenceError for an error within, and for a stream that breaks off. After the
    sender's last word about the answer it may do so: the answer is there. ``on_whole`` is
    told of that word: counts of tokens may follow, or nothing.
    """
    answer = StreamedAnswer()
    try:
        yield from _texts(chunks, answer, source, on_whole)
    except InferenceError:
        if not answer.is_whole:
            raise
    if not answer.is_whole:
        raise InferenceError("model_failed", "the answer broke off", source.endpoint_name)
    rest = answer.finish()
    if rest:
        yield rest
    return source.completion(answer.reply(), answer.raw())


def _texts(
    chunks: Iterable[bytes],
    answer: StreamedAnswer,
    source: Source,
    on_whole: Callable[[], None] | None,
) -> Generator[str, None, None]:
    for record in _records(chunks, source):
        if record.data == _DONE:
            answer.is_whole = True
            return
        text = _text(record, answer, source)
        if text:
            yield text
        if answer.is_whole and on_whole:
            on_whole()
            on_whole = None


def _records(chunks: Iterable[bytes], source: Source) -> Iterator[ServerSentEvent]:
    """Yield the records in ``chunks``; raises InferenceError where they end too early."""
    try:
        yield from records_of(chunks)
    except RemoteError as error:
        raise failure_of(error, source.endpoint_name) from error
    except StreamFault as fault:
        raise InferenceError("model_failed", fault.message, source.endpoint_name) from fault


def _text(record: ServerSentEvent, answer: StreamedAnswer, source: Source) -> str:
    """Return the text that ``record`` adds."""
    try:
        return answer.feed(_value(record))
    except (ReplyFailure, StreamFault) as failure:
        raw = storable(record.data)[:_LONGEST_RAW]
        name, said = source.endpoint_name, getattr(failure, "said", "")
        if answer.has_begun:
            raise InferenceError("model_failed", failure.message, name, raw) from failure
        raise failure_in_words(failure.message, said, name, raw) from failure


def _value(record: ServerSentEvent) -> Any:
    if record.event == "error":
        raise ReplyFailure("found an error instead of an answer", record.data)
    return json_value(record.data)
