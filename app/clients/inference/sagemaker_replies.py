"""What an endpoint of SageMaker answers: a body, or the parts of a stream."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.clients.aws import AwsAnswer
from app.clients.http_answer import HttpReply
from app.clients.inference.answers import completion_of
from app.clients.inference.base import Completion, Pieces
from app.clients.inference.pieces import Source, in_one_piece, streamed
from app.clients.inference.sagemaker_failures import told
from app.domain.chat_text import first_turn
from app.domain.container_body import Asked
from app.domain.inference_reply import ReplyFailure, read_json

_JSON = "application/json"
# What the tools of AWS call a variant where there is one alone.
_ONLY_VARIANT = "AllTraffic"


def variant_of(answer: AwsAnswer) -> str | None:
    """Return which of an endpoint's models has answered, where there are several."""
    variant = answer.said.get("InvokedProductionVariant")
    return variant if isinstance(variant, str) and variant != _ONLY_VARIANT else None


def whole_reply(body: bytes, asked: Asked, source: Source) -> Completion:
    """Return the answer in a container's body; raises InferenceError."""
    reply = HttpReply(200, {}, body, 0)
    completion = completion_of(reply, source, prompt=asked.prompt)
    if asked.is_script:
        return replace(completion, text=first_turn(completion.text, template=asked.template))
    return completion


def read_stream(answer: AwsAnswer, asked: Asked, source: Source) -> Pieces:
    """Yield the text of a stream as it comes; a container may answer whole all the same.

    Raises InferenceError.
    """
    parts = _parts(answer.said["Body"], source.endpoint_name)
    if _is_json(answer):
        body = b"".join(parts)
        if _is_one_value(body):
            return (yield from in_one_piece(whole_reply(body, asked, source)))
        # Lines of JSON under the wrong name.
        parts = iter([body])
    completion = yield from streamed(parts, source, on_whole=answer.http.hurry)
    answer.http.finish()
    return completion


def _parts(events: Any, endpoint_name: str) -> Iterator[bytes]:
    """Yield the container's own bytes, cut anywhere; raises InferenceError."""
    with told(endpoint_name):
        for event in events:
            part = event.get("PayloadPart") or {}
            yield part.get("Bytes") or b""


def _is_json(answer: AwsAnswer) -> bool:
    kind = answer.said.get("ContentType") or ""
    return kind.partition(";")[0].strip().lower() == _JSON


def _is_one_value(body: bytes) -> bool:
    try:
        read_json(body)
    except ReplyFailure:
        return False
    return True
