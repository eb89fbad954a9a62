"""Prompts: asking the model of a conversation, with and without its memory."""

from typing import Any
from uuid import UUID

from app.api import answering, asking_context, idempotency, server_sent_events
from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.conversations import EVENTS_OF_AN_ANSWER, EXCHANGE
from app.api.schemas.exchanges import ChatIn, ExchangeOut, PromptIn
from app.db import transaction
from app.domain.access import Permission
from app.errors import Invalid
from app.services import streaming
from app.services.questions import Question

blueprint = Blueprint("prompts", __name__, description="Asking a model")
_FAILURES = (404, 409, 502, 503, 504)


@blueprint.operation(
    "POST",
    "/interactions/<uuid:interaction_id>/prompts",
    needs=Permission.INTERACTIONS_WRITE,
    errors=_FAILURES,
    binds_own_key=True,
)
@blueprint.arguments(PromptIn, example={"content": "What is machine learning?"})
@blueprint.response(201, ExchangeOut, example=EXCHANGE)
@blueprint.event_stream(example=EVENTS_OF_AN_ANSWER)
def submit_prompt(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Ask a single question, without the conversation's memory.

    The prompt is stored before the model is asked, and the response before it is returned. When
    the model side fails, the problem names both; the response stays on record as failed. A model
    that nobody serves is a 409 `model_not_served`. With `stream` or `Accept: text/event-stream`
    the answer comes as events: `prompt`, `token`s as the model makes them, then `response` or
    `error`. `n` asks for several answers at once.
    """
    return _ask(interaction_id, "prompt", body)


@blueprint.operation(
    "POST",
    "/interactions/<uuid:interaction_id>/chat",
    needs=Permission.INTERACTIONS_WRITE,
    errors=_FAILURES,
    binds_own_key=True,
)
@blueprint.arguments(ChatIn, example={"message": "And what is it good for?"})
@blueprint.response(201, ExchangeOut, example=EXCHANGE)
@blueprint.event_stream(example=EVENTS_OF_AN_ANSWER)
def chat(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Say something to a model that remembers the conversation.

    What was said before goes along, as far as it fits and since the memory was last cleared. It
    streams, and gives several answers, as a prompt does.
    """
    return _ask(interaction_id, "chat", {"content": body.pop("message"), **body})


def _ask(interaction_id: UUID, kind: str, body: dict[str, Any]) -> Any:
    streams = server_sent_events.is_wanted(said=body.pop("stream", None))
    question = Question(kind=kind, answers=body.pop("n", 1), **body)
    if streams and question.answers > 1:
        message = "expected one answer at a time in a stream"
        raise Invalid(message, errors={"n": ["must be 1 where the answer is streamed"]})
    limits = asking_context.limits(streams=streams)
    with asking_context.seats(limits) as held:
        asked = streaming.begin(
            transaction,
            principal=principal(),
            interaction_id=interaction_id,
            question=question,
            limits=limits,
            claim=idempotency.claim(),
        )
        return answering.given(asked, streams=streams, held=held, show=lambda exchange: exchange)
