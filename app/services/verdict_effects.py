"""What verdicts do beyond deciding: which ratings count, and whose correction is taken.

The feedback as a whole is decided by the whole verdicts alone. A rating of one dimension counts
(in the dataset and in statistics) unless, when the round ends, the weighted share of the
verdicts on that dimension that are against it is above the quorum of the round: then it is
``dimension_ratings.refuted``. Readers ask that column, and nothing is aggregated when reading::

    AND NOT dimension_ratings.refuted

A decision of an admin is about the whole: what the round refuted stays refuted.

A validator's correction of the answer is taken where the outcome is valid and their verdict of
the last round says so too; of several the one with the greatest weight, then the first.
``dataset_entries.correction_id`` names that verdict. It stands in for the answer only where the
author corrected nothing, else it is kept beside it::

    COALESCE(feedback.correction, validations.correction, responses.content)
"""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.domain import quorum
from app.models import DimensionRating, Feedback

_SAID = text(
    """
SELECT d.dimension_id, d.is_valid, v.weight
FROM validations v JOIN validation_dimensions d ON d.validation_id = v.id
WHERE v.feedback_id = :feedback_id AND v.round = :round
"""
)


def mark_refuted(session: Session, *, target: Feedback) -> None:
    """Mark the ratings that the round, which has just ended, is against."""
    against, whole = defaultdict[UUID, float](float), defaultdict[UUID, float](float)
    round_ = {"feedback_id": target.id, "round": target.round}
    for dimension_id, is_valid, weight in session.execute(_SAID, round_):
        whole[dimension_id] += weight
        against[dimension_id] += 0 if is_valid else weight
    refuted = [
        dimension_id
        for dimension_id, sum_ in whole.items()
        if quorum.is_refuted(against=against[dimension_id], whole=sum_, quorum=target.quorum)
    ]
    if refuted:
        session.execute(
            update(DimensionRating)
            .where(
                DimensionRating.feedback_id == target.id,
                DimensionRating.dimension_id.in_(refuted),
            )
            .values(refuted=True)
            .execution_options(synchronize_session=False)
        )
