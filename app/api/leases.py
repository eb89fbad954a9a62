"""Leases: the feedback that a validator is to judge next, theirs for a while."""

from typing import Any
from uuid import UUID

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.story import MODEL
from app.api.examples.validation import LEASE, WORK
from app.api.schemas.validation_work import LeaseOut, NextIn, WorkOut
from app.db import transaction
from app.domain.access import Permission
from app.services import leases

blueprint = Blueprint("leases", __name__, description="Handing out what to validate")


@blueprint.operation("POST", "/validation/next", needs=Permission.VALIDATION_WRITE)
@blueprint.arguments(NextIn, example={"model_id": MODEL})
@blueprint.response(200, WorkOut, example=WORK)
@blueprint.alt_response(204, description="There is nothing for you to validate.")
def take_next(body: dict[str, Any]) -> Any:
    """Take what is most worth validating; a place is kept for you until the lease ends.

    With the feedback come the question and the answer that it is about; what was said before
    them is in `GET /responses/{id}/context`.
    Some is drawn by lot instead (`random_share` of the policy), so that the gain of the order
    can be measured. Asked again you are given the same. Nobody is given their own feedback,
    feedback on their own conversations, or what they have judged in this round.
    """
    with transaction() as session:
        work = leases.take_next(session, principal=principal(), **body)
    return work or Response(status=204)


@blueprint.operation(
    "POST",
    "/validation/leases/<uuid:token>/renew",
    needs=Permission.VALIDATION_WRITE,
    errors=(404, 409),
)
@blueprint.response(200, LeaseOut, example=LEASE)
def renew_lease(token: UUID) -> Any:
    """Let a lease of yours run its time from now on; one that has ended is a 409."""
    with transaction() as session:
        return leases.renew(session, principal=principal(), token=token)


@blueprint.operation(
    "DELETE",
    "/validation/leases/<uuid:token>",
    needs=Permission.VALIDATION_WRITE,
    errors=(404,),
)
@blueprint.response(204)
def release_lease(token: UUID) -> Any:
    """Give a place back, so that somebody else can have it at once."""
    with transaction() as session:
        leases.release(session, principal=principal(), token=token)
    return Response(status=204)
