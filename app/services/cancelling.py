"""Cancelling: nobody wants more of an answer; what has come of it is kept."""

import threading
import time
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.domain.states import OPEN_RESPONSES, ResponseStatus
from app.errors import Conflict, Forbidden
from app.models import Interaction, Response
from app.services import endings, responses
from app.services.journal import Journal

# Who records the answer looks about four times a second, where tokens come.
_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.05


def cancel(
    transactions: Transactions, *, principal: Principal, response_id: UUID, journal: Journal
) -> Response:
    """End an open response with what has come of it, and return it.

    Whoever records it is asked to end it first: it knows the last tokens. One that is silent,
    or gone, is not waited for. Raises NotFound, and Conflict where the answer is complete.
    """
    with transactions() as session:
        _request(session, principal, response_id)
    journal.stop(response_id)
    response = _wait(transactions, response_id)
    if response.status in OPEN_RESPONSES:
        with transactions() as session:
            response = endings.cancel(session, response_id=response_id, actor=principal.id)
    if response.status != ResponseStatus.CANCELLED:
        raise _too_late(response)
    return response


def _request(session: Session, principal: Principal, response_id: UUID) -> None:
    """Mark a response of the principal's own as wanted no more."""
    found = responses.get(session, principal=principal, response_id=response_id)
    interaction = session.get_one(Interaction, found.interaction_id)
    if interaction.user_id != principal.id:
        raise Forbidden("expected the person whose conversation it is")
    if found.status not in OPEN_RESPONSES and found.status != ResponseStatus.CANCELLED:
        raise _too_late(found)
    session.execute(
        update(Response)
        .where(Response.id == response_id, Response.status.in_(OPEN_RESPONSES))
        .values(cancel_requested_at=func.now())
    )


def _wait(transactions: Transactions, response_id: UUID) -> Response:
    """Return the response once it is final, or as it is after a moment."""
    until = time.monotonic() + _WAIT_SECONDS
    pause = threading.Event()
    while True:
        with transactions() as session:
            response = responses.state(session, response_id=response_id)
        if response.status not in OPEN_RESPONSES or time.monotonic() >= until:
            return response
        pause.wait(_LOOK_SECONDS)


def _too_late(response: Response) -> Conflict:
    return Conflict(
        f"expected a response that is not final, found it {response.status}",
        code="response_ended",
    )
