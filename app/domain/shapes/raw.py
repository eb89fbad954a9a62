"""Everything: one record an entry, with every rating, what they come to, and all ids.

A rating's ``score`` is JSON in a text (``"4"``, ``"true"``) in every format: scales are numeric,
boolean and categorical, and whoever reads JSON lines into a table (Arrow, ``datasets``) refuses a
column that is now a number and then a text. ``place`` is the score between 0 and 1.
"""

from collections.abc import Iterator
from typing import Any

from app.domain.shapes.lineage import rounded
from app.domain.shapes.row import Answer, Judgement, Row, Score
from app.domain.shapes.shape import (
    MESSAGES,
    Drop,
    Fields,
    ListOf,
    Made,
    Plain,
    Reason,
    Record,
    Rules,
    Shape,
)
from app.domain.shapes.standing import Standing, standing_of
from app.utils.canonical_json import canonical_bytes

_RATING = Fields(
    (
        ("rater", Plain.TEXT),
        ("feedback_id", Plain.TEXT),
        ("dimension", Plain.TEXT),
        ("dimension_version", Plain.WHOLE),
        ("score", Plain.TEXT),
        ("place", Plain.NUMBER),
        ("justification", Plain.TEXT),
    )
)
_AGGREGATE = Fields(
    (
        ("dimension", Plain.TEXT),
        ("mean", Plain.NUMBER),
        ("raters", Plain.WHOLE),
        ("agreement", Plain.NUMBER),
    )
)
_COLUMNS = (
    ("entry_id", Plain.TEXT),
    ("feedback_id", Plain.TEXT),
    ("response_id", Plain.TEXT),
    ("prompt_id", Plain.TEXT),
    ("interaction_id", Plain.TEXT),
    ("model_id", Plain.TEXT),
    ("model_version", Plain.TEXT),
    ("language", Plain.TEXT),
    ("tags", ListOf(Plain.TEXT)),
    ("intent", Plain.TEXT),
    ("context", MESSAGES),
    ("prompt", Plain.TEXT),
    ("response", Plain.TEXT),
    ("correction", Plain.TEXT),
    ("rater", Plain.TEXT),
    ("rating", Plain.TEXT),
    ("comment", Plain.TEXT),
    ("flag", Plain.TEXT),
    ("verdicts_valid", Plain.WHOLE),
    ("verdicts_invalid", Plain.WHOLE),
    ("ratings", ListOf(_RATING)),
    ("aggregates", ListOf(_AGGREGATE)),
    ("likes", Plain.WHOLE),
    ("dislikes", Plain.WHOLE),
    ("raters", Plain.WHOLE),
    ("agreement", Plain.NUMBER),
    ("sample_weight", Plain.NUMBER),
    ("created_at", Plain.TEXT),
)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    del rules
    for answer in row.answers:
        standing = standing_of(answer)
        for judgement in answer.judgements:
            if judgement.selected:
                yield _record(row, answer, judgement, standing)
    if not any(answer.judgements for answer in row.answers):
        yield Drop(Reason.NO_SCORES, row.prompt_id)


def _record(row: Row, answer: Answer, judgement: Judgement, standing: Standing) -> Record:
    return {
        "entry_id": judgement.entry_id,
        "feedback_id": judgement.feedback_id,
        "response_id": answer.response_id,
        "prompt_id": row.prompt_id,
        "interaction_id": row.interaction_id,
        "model_id": row.model_id,
        "model_version": answer.model_version,
        "language": row.language,
        "tags": list(row.tags),
        "intent": row.intent,
        "context": list(answer.context),
        "prompt": row.prompt,
        "response": answer.content,
        "correction": judgement.correction,
        "rater": judgement.rater,
        "rating": judgement.rating,
        "comment": judgement.comment,
        "flag": judgement.flag,
        "verdicts_valid": judgement.valid,
        "verdicts_invalid": judgement.invalid,
        "ratings": [_in_text(rating) for rating in ratings_of(answer)],
        **summary(standing),
        "sample_weight": rounded(judgement.weight),
        "created_at": judgement.created_at,
    }


def ratings_of(answer: Answer) -> list[Record]:
    """Return every rating of an answer, whoever gave it, with its score as it was given."""
    return [_rating(one, score) for one in answer.judgements for score in one.scores]


def _in_text(rating: Record) -> Record:
    return {**rating, "score": canonical_bytes(rating["score"]).decode()}


def summary(standing: Standing) -> dict[str, Any]:
    """Return what all ratings of an answer come to."""
    return {
        "aggregates": [
            {
                "dimension": one.dimension,
                "mean": rounded(one.mean),
                "raters": one.raters,
                "agreement": rounded(one.agreement),
            }
            for one in standing.aggregates
        ],
        "likes": standing.likes,
        "dislikes": standing.dislikes,
        "raters": standing.raters,
        "agreement": rounded(standing.agreement),
    }


def _rating(judgement: Judgement, score: Score) -> Record:
    return {
        "rater": judgement.rater,
        "feedback_id": judgement.feedback_id,
        "dimension": score.dimension,
        "dimension_version": score.version,
        "score": score.score,
        "place": rounded(score.place),
        "justification": score.justification,
    }


RAW = Shape(
    name="raw",
    about="One record an entry: every rating of its answer (its score as JSON in a text), their"
    " aggregates, and all ids.",
    columns=lambda _: _COLUMNS,
    make=_make,
)
