"""Standings: how much is known of feedback before it is judged, measured when it is given.

A measure looks at a bounded number of rows, however many there are, and says so by its limit.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.priority import Said, Standing, Weights
from app.domain.text_bands import BANDS, bands
from app.models import Feedback
from app.services.feedback_views import FeedbackView, factors_of
from app.services.fitting import GivenFeedback
from app.services.policy_statements import in_force

RATING = "rating"
_LIKED = {"like": 1.0, "dislike": 0.0}
_EVERY = ""
# By an index each, in its order: the planner might take "30 of many" for an easy find otherwise.
# Of the response r, in the statement that looks it up: how many of the model's validated
# feedback (30 at most are looked at) have a score on which dimension, how much of what the
# author gave before was validated (30 of either at most), and how many have such a text.
EVIDENCE = """
       (SELECT jsonb_object_agg(question, n) FROM (
            SELECT question, count(*) AS n
            FROM (SELECT stances FROM feedback
                  WHERE model_id = r.model_id AND status = 'validated'
                  ORDER BY id DESC LIMIT 30) known,
                 LATERAL (SELECT jsonb_object_keys(known.stances) AS question
                          UNION ALL SELECT '') each_question
            GROUP BY question) counted) AS evidence"""
TRACK_RECORD = """
       (SELECT count(*) FROM (SELECT FROM feedback
            WHERE user_id = {person} AND status = 'validated'
            ORDER BY id DESC LIMIT 30) own) AS was_valid,
       (SELECT count(*) FROM (SELECT FROM feedback
            WHERE user_id = {person} AND status = 'rejected'
            ORDER BY id DESC LIMIT 30) own) AS was_invalid"""
NEAR = "SELECT feedback_id FROM feedback_sketches WHERE {band} = {value} LIMIT 10"
_NEAR = "\n            UNION ".join(
    f"({NEAR.format(band=f'band_{number}', value=f':band_{number}')})"
    for number in range(1, BANDS + 1)
)
COLUMNS = f"""{EVIDENCE},{TRACK_RECORD.format(person=":user_id")},
       (SELECT count(*) FROM (
            {_NEAR}
       ) near) AS alike,
       ({in_force("priority", model_id="r.model_id")}) AS weights"""  # noqa: S608  # Ours.
_HOLD = text(
    """
SELECT 1 FROM responses r JOIN feedback f ON f.response_id = r.id
WHERE f.id = :feedback_id FOR NO KEY UPDATE OF r
"""
)
# Before one of them is locked by itself: whoever locks several does it in the order of their ids.
_HOLD_WAITING = text(
    """
SELECT 1 FROM feedback
WHERE response_id = (SELECT response_id FROM feedback WHERE id = :feedback_id)
  AND status IN ('pending', 'returned')
ORDER BY id FOR NO KEY UPDATE
"""
)
_STANCES = text(
    """
SELECT stances FROM feedback
WHERE response_id = :response_id AND status <> 'withdrawn' AND stances IS NOT NULL LIMIT 100
"""
)
# Whoever waits is locked in one order: two that do this never wait for each other.
_FOLLOW = text(
    """
WITH waiting AS (
    SELECT f.id, t.factor, t.reason, t.number
    FROM jsonb_to_recordset(:rows) AS t(
        response_id uuid, factor jsonb, reason jsonb, number float8)
    JOIN feedback f ON f.response_id = t.response_id AND f.status IN ('pending', 'returned')
    ORDER BY f.id FOR NO KEY UPDATE OF f
)
UPDATE feedback f
SET factors = (f.factors - 'disagreement') || w.factor,
    reasons = (f.reasons - 'disagreement') || w.reason,
    priority = f.priority - COALESCE((f.reasons ->> 'disagreement')::float8, 0) + w.number
FROM waiting w WHERE f.id = w.id
"""
).bindparams(bindparam("rows", type_=JSONB))
# Of responses that several have rated.
_STANCES_OF_MANY = text(
    """
SELECT r.id, s.stances FROM unnest(CAST(:ids AS uuid[])) AS r(id), LATERAL (
    SELECT jsonb_agg(stances) AS stances FROM (
        SELECT stances FROM feedback
        WHERE response_id = r.id AND status <> 'withdrawn' AND stances IS NOT NULL
        LIMIT 100) each_of_them) s
WHERE jsonb_array_length(s.stances) > 1
"""
)
_VERDICTS = text(
    f"""
SELECT count(*) FILTER (WHERE is_valid) AS valid, count(*) FILTER (WHERE NOT is_valid) AS invalid,
       ({in_force("priority", model_id=":model_id")}) AS weights
FROM validations WHERE feedback_id = :feedback_id AND round = :round
"""  # noqa: S608  # Ours.
)


def bands_of(given: GivenFeedback) -> dict[str, int | None]:
    """Return the bands of all that somebody wrote; all null where that is too little."""
    said = [given.overall_comment, given.correction]
    said += [part for one in given.ratings for part in (one.justification, one.correct_response)]
    found = dict(enumerate(bands("\n".join(filter(None, said)))))
    return {f"band_{place + 1}": found.get(place) for place in range(BANDS)}


def standing_of(measured: Any, *, rated: Collection[UUID], has_text: bool) -> Standing:
    """Return the standing by the ``COLUMNS`` of a row; the dimension least known of counts."""
    known = measured.evidence or {}
    counts = [known.get(str(one), 0) for one in rated] or [known.get(_EVERY, 0)]
    expected = priority.expected_share(measured.was_valid, measured.was_invalid)
    return Standing(
        uncertainty=priority.uncertainty(expected),
        thin_evidence=priority.thin_evidence(min(counts)),
        novelty=1 / (1 + measured.alike) if has_text else None,
    )


def said_by(view: FeedbackView, *, positions: Iterable[float]) -> Said:
    """Return what feedback itself says for being looked at soon."""
    return Said(
        positions=tuple(positions),
        rating=view.rating,
        has_correction=view.correction is not None
        or any(rating.correct_response for rating in view.dimension_ratings),
        is_flagged=view.flag is not None,
    )


def stances_of(*, rating: str | None, positions: Mapping[UUID, float]) -> dict[str, float]:
    """Return where somebody stands, from 0 to 1, by dimension and as ``rating``."""
    found = {str(dimension): position for dimension, position in positions.items()}
    return found | ({RATING: _LIKED[rating]} if rating else {})


def hold(session: Session, *, feedback_id: UUID) -> None:
    """Let nobody else rate the response of this feedback until the transaction ends.

    Who will call ``after_rating`` does so before locking feedback, as who submits does. All that
    waits on the response is held with it.
    """
    session.execute(_HOLD, {"feedback_id": feedback_id})
    session.execute(_HOLD_WAITING, {"feedback_id": feedback_id})


def stances_on(session: Session, *, response_id: UUID) -> list[dict[str, float]]:
    """Return where those stand who rated a response, 100 of them at most."""
    return list(session.scalars(_STANCES, {"response_id": response_id}))


def after_rating(
    session: Session,
    *,
    response_id: UUID,
    stances: Iterable[Mapping[str, float]],
    weights: Weights,
) -> None:
    """Let all feedback on a response that waits count how far its raters lie apart."""
    session.execute(_FOLLOW, {"rows": [_followed(response_id, stances, weights)]})


def after_ratings(session: Session, *, weights: Mapping[UUID, Weights]) -> None:
    """Do the same for many responses, each with its weights, that several have rated."""
    found = session.execute(_STANCES_OF_MANY, {"ids": list(weights)})
    rows = [_followed(row.id, row.stances, weights[row.id]) for row in found]
    if rows:
        session.execute(_FOLLOW, {"rows": rows})


def _followed(
    response_id: UUID, stances: Iterable[Mapping[str, float]], weights: Weights
) -> dict[str, Any]:
    factor = priority.factors_of(
        Said(), Standing(disagreement=priority.widest_disagreement(stances))
    )
    reason = priority.weighed(factor, weights)
    return {
        "response_id": response_id,
        "factor": factor,
        "reason": reason,
        "number": sum(reason.values()),
    }


def after_verdict(session: Session, *, target: Feedback) -> None:
    """Let feedback whose round goes on count how unclear its verdicts leave it.

    The caller has locked it.
    """
    round_ = {"feedback_id": target.id, "round": target.round, "model_id": target.model_id}
    row = session.execute(_VERDICTS, round_).one()
    expected = priority.expected_share(row.valid, row.invalid)
    factors = {**factors_of(target), "uncertainty": priority.uncertainty(expected)}
    place(target, factors=factors, weights=priority.weights_of(row.weights))
    session.flush()


def place(row: Feedback, *, factors: dict[str, float], weights: Weights) -> None:
    """Give feedback its place in the queue."""
    row.factors, row.reasons = factors, priority.weighed(factors, weights)
    row.priority = priority.queue_key(row.reasons, row.created_at)
