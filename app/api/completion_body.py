"""Stored answers in OpenAI's form: whole, and as the chunks of a stream."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.chat_completion import delta_of, finish_reason, message_in, usage
from app.services.exchanges import Exchange

Json = dict[str, Any]
PREFIX = "chatcmpl-"


def completion(exchange: Exchange, answers: Sequence[Any]) -> Json:
    """Return the body that the complete ``answers`` to a prompt are, at least one."""
    return {
        **_head(exchange, answers[0], "chat.completion"),
        "choices": [_choice(answer, place) for place, answer in enumerate(answers)],
        "usage": _usage(answers),
    }


def _head(exchange: Exchange, response: Any, kind: str) -> Json:
    return {
        "id": f"{PREFIX}{response.id}",
        "object": kind,
        "created": int(response.created_at.timestamp()),
        "model": response.model_id,
        "interaction_id": exchange.prompt.interaction_id,
    }


def _choice(response: Any, place: int) -> Json:
    message = message_in(response.raw, response.content or "")
    return {
        "index": place,
        "message": {"refusal": None, **message},
        "logprobs": None,
        "finish_reason": finish_reason(response.finish_reason, message),
        "response_id": response.id,
    }


def _usage(answers: Sequence[Any]) -> dict[str, int] | None:
    return usage([(one.prompt_tokens, one.completion_tokens) for one in answers])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """The chunks of one answer; ``tells_usage`` where the caller wants one more, with tokens."""

    exchange: Exchange
    tells_usage: bool = False

    def first(self) -> Json:
        """Return the chunk that says who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> Json:
        """Return a chunk of the text."""
        return self._chunk({"content": text})

    def last(self, response: Any) -> Iterator[Json]:
        """Yield what follows the text of an answer that is stored."""
        message = message_in(response.raw, response.content or "")
        more = delta_of(message)
        if more:
            yield self._chunk(more)
        yield self._chunk({}, finish_reason(response.finish_reason, message))
        if self.tells_usage:
            yield self._whole([], _usage([response]))

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._whole([choice], None)

    def _whole(self, choices: list[Json], counted: Json | None) -> Json:
        head = _head(self.exchange, self.exchange.response, "chat.completion.chunk")
        told = {"usage": counted} if self.tells_usage else {}
        return {**head, "choices": choices, **told}
