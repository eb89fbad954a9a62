"""Chat completions: asking by OpenAI's API, so that its clients work as they are."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from marshmallow import INCLUDE, ValidationError

from app.api import answering, asking_context, completion_events, idempotency
from app.api.completion_body import Chunks, completion
from app.api.context import config, principal
from app.api.document import references
from app.api.examples.completions import CHUNKS, COMPLETION, REQUEST
from app.api.openai_blueprint import OpenAIBlueprint
from app.api.schemas.completion_requests import ChatCompletionRequest
from app.api.schemas.completions import ChatCompletionOut
from app.api.schemas.fields import Id
from app.db import transaction
from app.domain.access import Permission
from app.domain.chat_completion import question_in
from app.domain.states import ResponseStatus
from app.errors import AppError, Invalid
from app.services import completions
from app.services.completions import Conversation
from app.services.exchanges import Exchange
from app.services.questions import Asked, Limits, Question

blueprint = OpenAIBlueprint("completions", __name__, description="OpenAI's API")
INTERACTION, RESPONSE = "X-Interaction-ID", "X-Response-ID"
# How to answer, and whom: no parameters of the model's.
_OURS = frozenset({"model", "messages", "stream", "stream_options", "n", "metadata"})
_HEADERS = references(INTERACTION, RESPONSE)


@blueprint.operation(
    "POST",
    "/v1/chat/completions",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404, 409, 502, 503, 504),
    binds_own_key=True,
)
@blueprint.arguments(ChatCompletionRequest, unknown=INCLUDE, example=REQUEST)
@blueprint.response(200, ChatCompletionOut, example=COMPLETION, headers=_HEADERS)
@blueprint.event_stream(example=CHUNKS, parameters=[INTERACTION], headers=_HEADERS)
def create_chat_completion(body: dict[str, Any]) -> Any:
    """Ask by OpenAI's API; its official clients work with a token of this service as their key.

    Each call is recorded: in a new interaction, or in the one that `metadata.interaction_id` or
    the header `X-Interaction-ID` names, which keeps its model. The caller sends the whole
    conversation every time; fields that are not named here go to the model as they are. Feedback
    names the `response_id` of a choice, which is also the `id` without `chatcmpl-`.
    """
    limits = asking_context.limits(streams=bool(body.get("stream")))
    with asking_context.seats(limits) as held:
        asked = _begin(body, limits)
        try:
            return _stream(asked, body, held) if body.get("stream") else _whole(asked)
        except AppError as error:
            told = asked.opened.exchange.prompt.interaction_id
            error.data.setdefault("interaction_id", str(told))
            raise


def _begin(body: dict[str, Any], limits: Limits) -> Asked:
    answers, metadata = body.get("n") or 1, body.get("metadata") or {}
    if body.get("stream") and answers > 1:
        raise Invalid("expected one answer at a time in a stream", errors={"n": ["must be 1"]})
    conversation = Conversation(
        model_id=body["model"],
        interaction_id=_interaction_id(metadata),
        metadata=metadata,
        training_consent=config().training_consent_default,
        consent_policy=config().consent_policy_version,
    )
    return completions.begin(
        transaction,
        principal=principal(),
        conversation=conversation,
        question=_question(body, metadata, answers),
        limits=limits,
        claim=idempotency.claim(),
    )


def _question(body: dict[str, Any], metadata: dict[str, Any], answers: int) -> Question:
    parameters = {name: body[name] for name in body if name not in _OURS}
    return Question(
        kind="chat",
        content=question_in(body["messages"]),
        messages=body["messages"],
        parameters=parameters | ({"metadata": metadata} if metadata else {}),
        answers=answers,
    )


def _interaction_id(metadata: dict[str, Any]) -> UUID | None:
    """Take the interaction out of the metadata, or return the one that the header names."""
    in_body: UUID | None = metadata.pop("interaction_id", None)
    said = request.headers.get(INTERACTION)
    if not said:
        return in_body
    try:
        in_header: UUID = Id().deserialize(said)
    except ValidationError as error:
        raise Invalid(f"expected a UUID in {INTERACTION}") from error
    if in_body not in {None, in_header}:
        errors = {"metadata.interaction_id": [f"expected what {INTERACTION} names"]}
        raise Invalid("expected one interaction, found two named", errors=errors)
    return in_header


def _whole(asked: Asked) -> Response:
    answer = answering.answer_to(asked)
    exchange = answer.exchange
    answers = [one for one in exchange.responses if one.status != ResponseStatus.FAILED]
    headers = _names(exchange, answers[0])
    response = jsonify(completion(exchange, answers))
    response.headers.update(idempotency.replayed(headers) if answer.replayed else headers)
    return response


def _stream(asked: Asked, body: dict[str, Any], held: ExitStack) -> Response:
    exchange = asked.opened.exchange
    options = body.get("stream_options") or {}
    chunks = Chunks(exchange=exchange, tells_usage=bool(options.get("include_usage")))
    headers = _names(exchange, exchange.response)
    headers = headers if asked.call else idempotency.replayed(headers)
    return completion_events.stream(answering.tokens_of(asked, held), chunks, headers=headers)


def _names(exchange: Exchange, response: Any) -> dict[str, str]:
    return {INTERACTION: str(exchange.prompt.interaction_id), RESPONSE: str(response.id)}
