"""Feedback: giving it and finding it."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.feedback import CHANGED_FEEDBACK, FEEDBACK, PENDING_FEEDBACK, REVISION
from app.api.examples.story import RESPONSE_ID, page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.feedback import (
    FeedbackChangesIn,
    FeedbackIn,
    FeedbackOut,
    FeedbackRevisionOut,
    PendingFeedbackOut,
)
from app.api.schemas.pages import FeedbackQuery, PageQuery, PendingQuery, page_of
from app.api.versions import etag, required_version
from app.db import transaction
from app.domain.access import Permission
from app.services import changing, feedback, feedback_queue, submission
from app.services.feedback_queue import QueuedFeedback

blueprint = Blueprint("feedback", __name__, description="What people think of responses")
_EXAMPLE = {
    "response_id": RESPONSE_ID,
    "dimension_ratings": [
        {
            "dimension_id": "accuracy",
            "score": 4,
            "justification": "Accurate, some context missing.",
        }
    ],
    "overall_comment": "Good response overall.",
}


@blueprint.operation("POST", "/feedback", needs=Permission.FEEDBACK_WRITE, errors=(404, 409))
@blueprint.arguments(FeedbackIn, example=_EXAMPLE)
@blueprint.response(201, FeedbackOut, example=FEEDBACK)
def submit_feedback(body: dict[str, Any]) -> Any:
    """Rate, comment, correct or flag a response.

    The interaction's owner, validators and administrators may, once a person and response: a
    second time is a 409 that names the first. A dimension goes by its id or its name, and its
    scale says which scores it takes.
    """
    with transaction() as session:
        given = submission.submit(session, principal=principal(), **body)
    return given, 201, etag(given)


@blueprint.operation(
    "GET", "/feedback/<uuid:feedback_id>", needs=Permission.FEEDBACK_READ, errors=(404,)
)
@blueprint.response(200, FeedbackOut, example=FEEDBACK)
def get_feedback(feedback_id: UUID) -> Any:
    """Show feedback to its author, validators and administrators."""
    with transaction() as session:
        found = feedback.get(session, principal=principal(), feedback_id=feedback_id)
    return found, 200, etag(found)


@blueprint.operation(
    "PATCH",
    "/feedback/<uuid:feedback_id>",
    needs=Permission.FEEDBACK_WRITE,
    errors=(404, 409, 412, 428),
)
@blueprint.arguments(FeedbackChangesIn, example={"rating": "dislike", "flag": None})
@blueprint.response(200, FeedbackOut, example=CHANGED_FEEDBACK)
def change_feedback(body: dict[str, Any], feedback_id: UUID) -> Any:
    """Change your feedback while it is pending or returned and nobody has judged it.

    `If-Match` has to say which version you have seen. What is absent stays, null takes a part
    away, and one part at least must stay. What it was can be read among its revisions.
    """
    seen = required_version()
    with transaction() as session:
        changed = changing.change(
            session,
            principal=principal(),
            feedback_id=feedback_id,
            changes=body,
            seen_version=seen,
        )
    return changed, 200, etag(changed)


@blueprint.operation(
    "GET", "/feedback/<uuid:feedback_id>/revisions", needs=Permission.FEEDBACK_READ, errors=(404,)
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(FeedbackRevisionOut), example=page_example(REVISION))
def list_feedback_revisions(query: dict[str, Any], feedback_id: UUID) -> Any:
    """List what changes of feedback have replaced, the last one first."""
    page = page_request(query, (int,))
    with transaction() as session:
        found = feedback.list_revisions(
            session, principal=principal(), feedback_id=feedback_id, page=page
        )
    return page_body(found)


@blueprint.operation("GET", "/feedback/user", needs=Permission.FEEDBACK_READ)
@blueprint.arguments(FeedbackQuery, location="query")
@blueprint.response(200, page_of(FeedbackOut), example=page_example(FEEDBACK))
def list_own_feedback(query: dict[str, Any]) -> Any:
    """List your own feedback, newest first."""
    page = page_request(query)
    with transaction() as session:
        return page_body(feedback.list_own(session, principal=principal(), page=page, **query))


@blueprint.operation("GET", "/feedback/pending", needs=Permission.VALIDATION_READ)
@blueprint.arguments(PendingQuery, location="query")
@blueprint.response(200, page_of(PendingFeedbackOut), example=page_example(PENDING_FEEDBACK))
def list_pending_feedback(query: dict[str, Any]) -> Any:
    """List what you may validate, most worth first, with the reasons.

    Neither your own feedback is among it nor feedback on your own conversations.
    """
    page = page_request(query, (float, UUID))
    with transaction() as session:
        found = feedback_queue.page_pending(session, principal=principal(), page=page, **query)
    body = page_body(found)
    return {**body, "items": [_flat(item) for item in body["items"]]}


@blueprint.operation(
    "GET",
    "/feedback/response/<uuid:response_id>",
    needs=Permission.FEEDBACK_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(FeedbackOut), example=page_example(FEEDBACK))
def list_feedback_of_response(query: dict[str, Any], response_id: UUID) -> Any:
    """List a response's feedback: your own, or all for validators and its owner."""
    page = page_request(query)
    with transaction() as session:
        return page_body(
            feedback.list_for_response(
                session, principal=principal(), response_id=response_id, page=page
            )
        )


def _flat(item: QueuedFeedback) -> dict[str, Any]:
    given = item.feedback
    fields = {name: getattr(given, name) for name in given.__slots__ if name != "reasons"}
    return {**fields, "priority": item.priority, "reasons": item.reasons}
