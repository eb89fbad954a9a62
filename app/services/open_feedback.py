"""Open feedback: what is there for somebody to judge, as conditions on it."""

from sqlalchemy import ColumnElement, func, or_, select

from app.domain.access import Principal
from app.domain.states import FeedbackStatus
from app.models import Feedback, ValidationPlace
from app.services import gold_dealing
from app.utils import clock


def open_to(principal: Principal) -> list[ColumnElement[bool]]:
    """Return the conditions under which feedback is there for a person to judge.

    It waits, it is not theirs, they have not judged it in this round, and a place is left
    beside the verdicts and the live leases of others. It is no gold: that is dealt.
    """
    return [*_waiting_for(principal), gold_dealing.is_ordinary()]


def shown_to(principal: Principal) -> list[ColumnElement[bool]]:
    """Return the conditions for the queue as they see it: the same, and gold dealt to them."""
    shown = or_(gold_dealing.is_ordinary(), gold_dealing.is_dealt_to(principal))
    return [*_waiting_for(principal), shown]


def _waiting_for(principal: Principal) -> list[ColumnElement[bool]]:
    place = ValidationPlace
    is_other = place.validator_id != principal.id
    has_judged = (place.validator_id == principal.id) & place.expires_at.is_(None)
    # One subquery a row, which is a look into the key; joined, it could be a scan of all.
    has_room = (
        select(
            (func.count().filter(is_other) < Feedback.validators)
            & (func.count().filter(has_judged) == 0)
        )
        .where(
            place.feedback_id == Feedback.id,
            place.round == Feedback.round,
            or_(place.expires_at.is_(None), place.expires_at > clock.now()),
        )
        .correlate(Feedback)
        .scalar_subquery()
    )
    return [
        Feedback.status == FeedbackStatus.PENDING,
        Feedback.user_id != principal.id,
        Feedback.owner_id != principal.id,
        has_room,
    ]
