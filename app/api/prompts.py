"""Prompts: asking the model of a conversation, with and without its memory."""

from typing import Any
from uuid import UUID

from app.api import idempotency
from app.api.blueprint import Blueprint
from app.api.context import config, principal, remotes
from app.api.examples.conversations import EXCHANGE
from app.api.schemas.exchanges import ChatIn, ExchangeOut, PromptIn
from app.db import transaction
from app.domain.access import Permission
from app.services import asking
from app.services.asking import Limits, Question

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
def submit_prompt(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Ask a single question, without the conversation's memory.

    The prompt is stored before the model is asked, and the response before it is returned. When
    the model side fails, the problem names both; the response stays on record as failed. A model
    that nobody serves is a 409 `model_not_served`.
    """
    return _ask(interaction_id, Question(kind="prompt", **body))


@blueprint.operation(
    "POST",
    "/interactions/<uuid:interaction_id>/chat",
    needs=Permission.INTERACTIONS_WRITE,
    errors=_FAILURES,
    binds_own_key=True,
)
@blueprint.arguments(ChatIn, example={"message": "And what is it good for?"})
@blueprint.response(201, ExchangeOut, example=EXCHANGE)
def chat(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Say something to a model that remembers the conversation.

    What was said before goes along, as far as it fits and since the memory was last cleared.
    """
    return _ask(interaction_id, Question(kind="chat", content=body.pop("message"), **body))


def _ask(interaction_id: UUID, question: Question) -> Any:
    settings = config()
    answer = asking.ask(
        transaction,
        provider=remotes().inference,
        principal=principal(),
        interaction_id=interaction_id,
        question=question,
        limits=Limits(
            deadline_seconds=settings.model_deadline_seconds,
            grace_seconds=settings.pending_grace_seconds,
            context_characters=settings.chat_context_characters,
        ),
        claim=idempotency.claim(),
    )
    headers = idempotency.replayed() if answer.replayed else {}
    return answer.exchange, 201, headers
