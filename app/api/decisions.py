"""Decisions: the ways of feedback beside verdicts, by administrators and by its author."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import config, principal, remotes
from app.api.examples.story import page_example
from app.api.examples.validation import (
    APPEAL,
    APPEALED,
    DECIDING,
    DECISION,
    RESUBMITTED,
    TIED,
    WITHDRAWN,
)
from app.api.pagination import page_body, page_request
from app.api.schemas.feedback import FeedbackOut
from app.api.schemas.pages import PageQuery, page_of
from app.api.schemas.validation_work import AppealIn, DecisionIn, DecisionOut
from app.api.versions import etag
from app.db import transaction
from app.domain.access import Permission
from app.services import authoring, decisions, feedback_queue

blueprint = Blueprint("decisions", __name__, description="Ties, appeals, returns, withdrawals")


@blueprint.operation("GET", "/feedback/tied", needs=Permission.VALIDATION_DECIDE)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(FeedbackOut), example=page_example(TIED))
def list_tied_feedback(query: dict[str, Any]) -> Any:
    """List what waits for an administrator: ties and appeals, newest first."""
    with transaction() as session:
        return page_body(
            feedback_queue.page_tied(session, principal=principal(), page=page_request(query))
        )


@blueprint.operation(
    "POST",
    "/feedback/<uuid:feedback_id>/decision",
    needs=Permission.VALIDATION_DECIDE,
    errors=(404, 409),
)
@blueprint.arguments(DecisionIn, example=DECIDING)
@blueprint.response(201, DecisionOut, example=DECISION)
def decide_on_feedback(body: dict[str, Any], feedback_id: UUID) -> Any:
    """Decide on tied feedback, or against what was decided.

    It is no verdict: it takes no place. What is found invalid after all leaves the dataset.
    """
    with transaction() as session:
        return decisions.decide(
            session,
            principal=principal(),
            feedback_id=feedback_id,
            queue=remotes().queue if config().user_service_url else None,
            **body,
        )


@blueprint.operation(
    "POST",
    "/feedback/<uuid:feedback_id>/appeal",
    needs=Permission.FEEDBACK_WRITE,
    errors=(404, 409),
)
@blueprint.arguments(AppealIn, example={"reason": APPEAL})
@blueprint.response(200, FeedbackOut, example=APPEALED)
def appeal_rejection(body: dict[str, Any], feedback_id: UUID) -> Any:
    """Have an administrator look at the rejection of your feedback, once.

    Until they decide it is `tied`.
    """
    with transaction() as session:
        found = authoring.appeal(session, principal=principal(), feedback_id=feedback_id, **body)
    return found, 200, etag(found)


@blueprint.operation(
    "POST",
    "/feedback/<uuid:feedback_id>/withdraw",
    needs=Permission.FEEDBACK_WRITE,
    errors=(404, 409),
)
@blueprint.response(200, FeedbackOut, example=WITHDRAWN)
def withdraw_feedback(feedback_id: UUID) -> Any:
    """Take your feedback back while it is pending or returned."""
    with transaction() as session:
        found = authoring.withdraw(session, principal=principal(), feedback_id=feedback_id)
    return found, 200, etag(found)


@blueprint.operation(
    "POST",
    "/feedback/<uuid:feedback_id>/resubmit",
    needs=Permission.FEEDBACK_WRITE,
    errors=(404, 409),
)
@blueprint.response(200, FeedbackOut, example=RESUBMITTED)
def resubmit_feedback(feedback_id: UUID) -> Any:
    """Hand in again what was returned to you: a new round, by the policy that holds now."""
    with transaction() as session:
        found = authoring.resubmit(session, principal=principal(), feedback_id=feedback_id)
    return found, 200, etag(found)
