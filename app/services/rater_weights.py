"""Weights of raters: how far each person's word can be relied upon, for ``sample_weight``."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.measuring import OVERALL, Capacity
from app.models import Reliability


def of_people(session: Session, *, people: Collection[str]) -> Mapping[str, float]:
    """Return the weights, from 0 to 1, of those people of whom it is known.

    That is the mean of what is held of them as raters, as it was counted last: it does not
    fade between two exports, so that the same dataset has the same weights.
    """
    mean = Reliability.alpha / (Reliability.alpha + Reliability.beta)
    query = select(Reliability.user_id, mean).where(
        Reliability.user_id.in_(people),
        Reliability.capacity == Capacity.RATER,
        Reliability.scope == OVERALL,
    )
    return {row[0]: row[1] for row in session.execute(query)}
