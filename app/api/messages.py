"""Messages: said now and answered in the background, and a conversation read as messages."""

from typing import Any
from uuid import UUID

from app.api import asking_context, idempotency, server_sent_events
from app.api.blueprint import Blueprint
from app.api.context import config, principal, remotes
from app.api.examples.conversations import (
    ACCEPTED_MESSAGE,
    ANSWER_MESSAGE,
    EVENTS_OF_AN_ANSWER,
    MESSAGE,
)
from app.api.examples.story import page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.messages import AcceptedMessageOut, MessageOut, SentMessageIn
from app.api.schemas.pages import PageQuery, page_of
from app.db import transaction
from app.domain.access import Permission
from app.services import interactions, messages
from app.services.messages import Sent
from app.services.questions import Question

blueprint = Blueprint("messages", __name__, description="Messages answered in the background")


@blueprint.operation(
    "POST",
    "/interactions/<uuid:interaction_id>/messages",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404, 409),
    binds_own_key=True,
)
@blueprint.arguments(SentMessageIn, example={"content": "What is machine learning?"})
@blueprint.response(202, AcceptedMessageOut, example=ACCEPTED_MESSAGE)
@blueprint.event_stream(example=EVENTS_OF_AN_ANSWER)
def send_message(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Say something to a model that remembers the conversation, and do not wait for the answer.

    The answer is made in the background, in the order of the conversation's messages, and tried
    again while the model side is away. `Location` leads to its job; when the message is answered,
    the job's `result` names the response. Follow the answer by `GET /responses/{id}/stream`, or
    ask for events here with `stream`. A 429 `messages_waiting` says that too many wait already.
    """
    streams = server_sent_events.is_wanted(said=body.pop("stream", None))
    sent = _send(interaction_id, Question(kind="chat", **body))
    headers = {"Location": f"/jobs/{sent.job_id}"}
    headers |= idempotency.replayed() if sent.replayed else {}
    if not streams:
        return sent, 202, headers
    tokens = asking_context.follower().follow(sent.response_id)
    return server_sent_events.stream(tokens, told=sent.exchange, headers=headers)


def _send(interaction_id: UUID, question: Question) -> Sent:
    with transaction() as session:
        return messages.send(
            session,
            principal=principal(),
            queue=remotes().queue,
            interaction_id=interaction_id,
            question=question,
            limits=asking_context.limits(streams=True),
            most_waiting=config().messages_pending_per_conversation,
            claim=idempotency.claim(),
        )


@blueprint.operation(
    "GET",
    "/interactions/<uuid:interaction_id>/messages",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(MessageOut), example=page_example(MESSAGE, ANSWER_MESSAGE))
def list_messages(query: dict[str, Any], interaction_id: UUID) -> Any:
    """Read a conversation as messages, oldest first.

    An answer is among them once there is some of it; `/history` also shows those that wait.
    """
    page = page_request(query, (int, int))
    with transaction() as session:
        interactions.get(session, principal=principal(), interaction_id=interaction_id)
        return page_body(messages.page(session, interaction_id=interaction_id, page=page))
