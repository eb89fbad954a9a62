"""Trust: how often somebody's verdict counts, by their level and the rules of the round."""

from sqlalchemy.orm import Session

from app.domain.levels import verdict_weight
from app.models import Feedback
from app.services import points


def weight_of(session: Session, *, user_id: str, target: Feedback) -> int:
    """Return how often a verdict counts towards the quorum; N stays a number of verdicts."""
    if target.trusted_weight == 1:
        return 1
    level = points.standing(session, user_id=user_id).level
    return verdict_weight(level, trusted_weight=target.trusted_weight)
