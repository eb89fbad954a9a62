"""Authoring: what its author may do with feedback after giving it."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.states import FeedbackStatus
from app.errors import Conflict, Forbidden
from app.models import Feedback
from app.services import (
    feedback,
    feedback_views,
    outcomes,
    policy_statements,
    validation,
    validation_places,
    validation_policies,
)
from app.services.feedback_views import FeedbackView
from app.services.outcomes import Ground

_OPEN = (FeedbackStatus.PENDING, FeedbackStatus.RETURNED)


def withdraw(session: Session, *, principal: Principal, feedback_id: UUID) -> FeedbackView:
    """Take feedback back before it is decided; raises NotFound, Forbidden and Conflict."""
    target = _own(session, principal, feedback_id)
    _demand(target, *_OPEN, code="feedback_decided")
    validation_places.close(session, target=target)
    return _moved(session, principal, target, FeedbackStatus.WITHDRAWN, "withdrawn")


def resubmit(session: Session, *, principal: Principal, feedback_id: UUID) -> FeedbackView:
    """Hand in again what was returned: a new round, by the rules that hold now.

    Raises NotFound, Forbidden and Conflict.
    """
    target = _own(session, principal, feedback_id)
    _demand(target, FeedbackStatus.RETURNED, code="feedback_not_returned")
    rules = validation_policies.rules_for(session, model_id=target.model_id)
    target.round += 1
    for name in policy_statements.ROUND:
        setattr(target, name, getattr(rules, name))
    target.return_reason = None
    return _moved(session, principal, target, FeedbackStatus.PENDING, "resubmitted")


def appeal(
    session: Session, *, principal: Principal, feedback_id: UUID, reason: str
) -> FeedbackView:
    """Have an admin look at a rejection, once; until then the feedback counts as tied.

    Raises NotFound, Forbidden and Conflict.
    """
    target = _own(session, principal, feedback_id)
    _demand(target, FeedbackStatus.REJECTED, code="feedback_not_rejected")
    if target.appeal is not None:
        raise Conflict("expected no appeal before this one, found one", code="appealed_already")
    target.appeal = reason
    return _moved(session, principal, target, FeedbackStatus.TIED, "appealed")


def _own(session: Session, principal: Principal, feedback_id: UUID) -> Feedback:
    """Return feedback of one's own, locked; who may not read it learns nothing of it."""
    target = validation.lock(session, feedback_id=feedback_id)
    if target.user_id == principal.id:
        return target
    if feedback.may_read(principal, row=target):
        raise Forbidden("only its author may do this", code="not_the_author")
    raise feedback.missing(feedback_id)


def _demand(target: Feedback, *statuses: FeedbackStatus, code: str) -> None:
    if target.status not in statuses:
        wanted = " or ".join(statuses)
        raise Conflict(f"expected {wanted} feedback, found it {target.status}", code=code)


def _moved(
    session: Session, principal: Principal, target: Feedback, status: FeedbackStatus, word: str
) -> FeedbackView:
    ground = Ground(actor=principal.id)
    outcomes.move(session, target=target, status=status, word=word, ground=ground)
    return feedback_views.many(session, rows=[target], reader=principal)[0]
