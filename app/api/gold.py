"""Gold: feedback whose right verdict administrators know, mixed in with what validators judge."""

from typing import Any
from uuid import UUID

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.people import GOLD, KNOWN
from app.api.examples.story import page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.gold import GoldIn, GoldOut
from app.api.schemas.pages import PageQuery, page_of
from app.db import transaction
from app.domain.access import Permission
from app.services import gold_items

blueprint = Blueprint("gold", __name__, description="Known answers among what is validated")


@blueprint.operation(
    "PUT",
    "/validation/gold/<uuid:feedback_id>",
    needs=Permission.VALIDATION_GOLD,
    errors=(404, 409),
)
@blueprint.arguments(GoldIn, example=KNOWN)
@blueprint.response(200, GoldOut, example=GOLD)
def mark_gold(body: dict[str, Any], feedback_id: UUID) -> Any:
    """Mark pending feedback as gold: no round decides on it, and validators are measured by it.

    They are dealt it by `POST /validation/next` at the `gold_share` of the model's policy, once
    each, and it looks like any other. Their verdicts are kept apart: the feedback stays pending
    and makes no training example. Decided feedback is a 409: anybody could look its answer up.
    Nobody says what is right about their own feedback, or that on their own conversation: 403.
    """
    with transaction() as session:
        return gold_items.mark(session, principal=principal(), feedback_id=feedback_id, **body)


@blueprint.operation(
    "DELETE",
    "/validation/gold/<uuid:feedback_id>",
    needs=Permission.VALIDATION_GOLD,
    errors=(404,),
)
@blueprint.response(204)
def retire_gold(feedback_id: UUID) -> Any:
    """Let gold be feedback like any other again, to be decided on; its answers go on counting."""
    with transaction() as session:
        gold_items.retire(session, principal=principal(), feedback_id=feedback_id)
    return Response(status=204)


@blueprint.operation("GET", "/validation/gold", needs=Permission.VALIDATION_GOLD)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(GoldOut), example=page_example(GOLD))
def list_gold(query: dict[str, Any]) -> Any:
    """List gold, the latest feedback first, with how many answered it right."""
    with transaction() as session:
        return page_body(gold_items.page(session, page=page_request(query)))
