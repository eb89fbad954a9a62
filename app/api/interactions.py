"""Interactions: starting, finding, changing and reading conversations."""

from typing import Any
from uuid import UUID

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import config, principal
from app.api.examples.conversations import HISTORY, INTERACTION, INTERACTION_WITH_COUNT
from app.api.examples.story import page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.interactions import (
    HistoryOut,
    InteractionChangesIn,
    InteractionIn,
    InteractionOut,
    InteractionWithCountOut,
)
from app.api.schemas.pages import InteractionsQuery, PageQuery, page_of
from app.api.versions import etag, seen_version
from app.db import transaction
from app.domain.access import Permission
from app.services import blindness, history, interactions

blueprint = Blueprint(
    "interactions", __name__, description="Conversations with models, and what was said in them"
)


@blueprint.operation("POST", "/interactions", needs=Permission.INTERACTIONS_WRITE)
@blueprint.arguments(InteractionIn, example={"model_id": "google-bert/bert-base-uncased"})
@blueprint.response(201, InteractionOut, example=INTERACTION)
def create_interaction(body: dict[str, Any]) -> Any:
    """Start a conversation.

    No model is asked yet. `prompt` and `role` are older names for a system prompt.
    """
    body.setdefault("training_consent", config().training_consent_default)
    body["consent_policy"] = config().consent_policy_version
    with transaction() as session:
        made = interactions.create(session, principal=principal(), **body)
    return made, 201, etag(made)


@blueprint.operation("GET", "/interactions", needs=Permission.INTERACTIONS_READ)
@blueprint.arguments(InteractionsQuery, location="query")
@blueprint.response(200, page_of(InteractionOut), example=page_example(INTERACTION))
def list_interactions(query: dict[str, Any]) -> Any:
    """List your own conversations, newest first."""
    page = page_request(query)
    with transaction() as session:
        return page_body(interactions.list_own(session, principal=principal(), page=page, **query))


@blueprint.operation(
    "GET",
    "/interactions/<uuid:interaction_id>",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.response(200, InteractionWithCountOut, example=INTERACTION_WITH_COUNT)
def get_interaction(interaction_id: UUID) -> Any:
    """Show a conversation to its owner, validators and administrators.

    Whose it is stays hidden from validators while feedback on it is judged blindly.
    """
    with transaction() as session:
        found = interactions.get(session, principal=principal(), interaction_id=interaction_id)
        count = interactions.message_count(session, interaction_id=interaction_id)
        owner_id = blindness.owner_of(session, reader=principal(), interaction=found)
    return with_count(found, count, owner_id), 200, etag(found)


@blueprint.operation(
    "PUT",
    "/interactions/<uuid:interaction_id>",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404, 409, 412),
)
@blueprint.arguments(InteractionChangesIn, example={"status": "completed"})
@blueprint.response(200, InteractionWithCountOut, example=INTERACTION_WITH_COUNT)
def update_interaction(body: dict[str, Any], interaction_id: UUID) -> Any:
    """Change or end a conversation.

    What is absent stays. Completed and abandoned are final: changing the status again is a 409.
    """
    with transaction() as session:
        changed = interactions.update(
            session,
            principal=principal(),
            interaction_id=interaction_id,
            changes=body,
            consent_policy=config().consent_policy_version,
            seen_version=seen_version(),
        )
        count = interactions.message_count(session, interaction_id=interaction_id)
    return with_count(changed, count, changed.user_id), 200, etag(changed)


@blueprint.operation(
    "GET",
    "/interactions/<uuid:interaction_id>/history",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, HistoryOut, example=HISTORY)
def get_history(query: dict[str, Any], interaction_id: UUID) -> Any:
    """Read a conversation's messages, oldest first.

    The system prompt is not among them. An answer shows its status and your own rating.
    """
    page = page_request(query, (int, int))
    with transaction() as session:
        interactions.get(session, principal=principal(), interaction_id=interaction_id)
        found = history.page_messages(
            session, principal=principal(), interaction_id=interaction_id, page=page
        )
    body = page_body(found)
    return {"interaction_id": interaction_id, "messages": body.pop("items"), **body}


@blueprint.operation(
    "DELETE",
    "/interactions/<uuid:interaction_id>/memory",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404,),
)
@blueprint.response(204)
def forget_memory(interaction_id: UUID) -> Any:
    """Let the model forget what came before, pinned turns and summaries too.

    The record stays. A turn that is pinned afterwards is told again.
    """
    with transaction() as session:
        interactions.forget(session, principal=principal(), interaction_id=interaction_id)
    return Response(status=204)


def with_count(interaction: Any, count: int, owner_id: str | None) -> Any:
    """Return the interaction with the number of its messages beside it, and who is shown."""
    interaction.message_count, interaction.shown_user_id = count, owner_id
    return interaction
