"""Selections as conditions in SQL, each with the name of what it asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.domain.selection import Selection
from app.services import consent

# Where a score lies on its scale, from 0 to 1, as app.domain.scale computes it.
PLACE = """
CASE n.scale ->> 'type'
    WHEN 'numeric' THEN (CAST(s.score AS float8) - CAST(n.scale -> 'min' AS float8))
        / (CAST(n.scale -> 'max' AS float8) - CAST(n.scale -> 'min' AS float8))
    WHEN 'boolean' THEN CAST(CAST(s.score AS boolean) AS int)
    ELSE (SELECT CAST(o.place - 1 AS float8) / (jsonb_array_length(n.scale -> 'categories') - 1)
          FROM jsonb_array_elements(n.scale -> 'categories') WITH ORDINALITY AS o(name, place)
          WHERE o.name = s.score)
END
"""
# Every score that counts of the answer that an entry is about, whoever gave it.
_SCORES = f"""
FROM dataset_entries o
JOIN dimension_ratings s ON s.feedback_id = o.feedback_id AND s.score IS NOT NULL AND NOT s.refuted
JOIN dimensions d ON d.id = s.dimension_id
JOIN dimension_versions n ON n.dimension_id = s.dimension_id AND n.version = s.dimension_version
CROSS JOIN LATERAL (SELECT {PLACE} AS place) at
WHERE o.response_id = e.response_id AND o.withdrawn_at IS NULL
"""  # Only what stands above is put in.
_MEAN = f"(SELECT avg(at.place) {_SCORES} AND d.name = :{{name}}) >= :{{least}}"
_LIKES = """
SELECT 1 - 2 * stddev_pop(CASE l.rating WHEN 'like' THEN 1 ELSE 0 END) AS agreement
FROM dataset_entries o JOIN feedback l ON l.id = o.feedback_id AND l.rating IS NOT NULL
WHERE o.response_id = e.response_id AND o.withdrawn_at IS NULL HAVING count(*) > 1
"""
_AGREEMENT = f"""
(SELECT avg(each.agreement) FROM (
    SELECT 1 - 2 * stddev_pop(at.place) AS agreement {_SCORES}
    GROUP BY s.dimension_id HAVING count(*) > 1
    UNION ALL {_LIKES}
) each) >= :min_agreement - 1e-9
"""  # noqa: S608
_RATERS = """
(SELECT count(DISTINCT l.user_id) FROM dataset_entries o JOIN feedback l ON l.id = o.feedback_id
 WHERE o.response_id = e.response_id AND o.withdrawn_at IS NULL) >= :min_raters
"""
_RELIED_ON = """
(SELECT q.alpha / (q.alpha + q.beta) FROM reliabilities q
 WHERE q.capacity = 'rater' AND q.scope = 'overall' AND q.user_id = {rater})
 >= :min_reliability
"""
_AUTHOR = "(SELECT l.user_id FROM feedback l WHERE l.id = e.feedback_id)"
_CHOOSERS = "(SELECT count(DISTINCT o.user_id) FROM preferences o WHERE o.prompt_id = e.prompt_id)"
_OTHER_VERSION = """
NOT EXISTS (
    SELECT FROM preference_ranks k JOIN responses o ON o.id = k.response_id
    WHERE k.preference_id = e.id AND o.model_version IS DISTINCT FROM :model_version
)
"""
_RANKED = """
EXISTS (SELECT FROM preference_ranks k
        WHERE k.preference_id = e.id AND k.response_id = :response_id)
"""
_TAGS = """
CASE jsonb_typeof(i.metadata -> 'tags')
    WHEN 'string' THEN jsonb_build_array(i.metadata -> 'tags') ELSE i.metadata -> 'tags'
END @> CAST(:tags AS jsonb)
"""
# What was said of a conversation goes before what was guessed of a question.
_SHARED = {
    "since": "e.created_at >= :since",
    "until": "e.created_at < :until",
    "language": "COALESCE(i.metadata ->> 'language', e.language) = :language",
    "tags": _TAGS,
    "intent": "i.metadata ->> 'intent' = :intent",
    "interaction_id": "e.interaction_id = :interaction_id",
}
_OF_ENTRIES = {
    "model_version": "e.model_version = :model_version",
    "min_agreement": _AGREEMENT,
    "min_raters": _RATERS,
    "min_reliability": _RELIED_ON.format(rater=_AUTHOR),
    "response_id": "e.response_id = :response_id",
    "feedback_id": "e.feedback_id = :feedback_id",
    **_SHARED,
}
# A preference has neither scores nor an agreement, and it is no feedback.
_OF_PREFERENCES = {
    "model_version": _OTHER_VERSION,
    "min_agreement": "false",
    "min_raters": f"{_CHOOSERS} >= :min_raters",
    "min_reliability": _RELIED_ON.format(rater="e.user_id"),
    "response_id": _RANKED,
    "feedback_id": "false",
    **_SHARED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a selection asks, by its name, and the SQL that says so of ``e`` and ``i``.

    Those are an entry or a preference and its interaction.
    """

    name: str
    sql: str
    values: dict[str, Any] = field(default_factory=dict)


def of_entries(selection: Selection) -> list[Condition]:
    """Return what is asked of entries; that its person consented always is."""
    return [*_conditions(selection, _OF_ENTRIES), *_scores(selection, _MEAN)]


def of_preferences(selection: Selection) -> list[Condition]:
    """Return what is asked of preferences."""
    return [*_conditions(selection, _OF_PREFERENCES), *_scores(selection, "false")]


def joined(conditions: Sequence[Condition]) -> str:
    """Return conditions as one."""
    return " AND ".join(f"({one.sql})" for one in conditions)


def values_of(conditions: Sequence[Condition]) -> dict[str, Any]:
    """Return what stands for the names in the SQL."""
    return {name: value for one in conditions for name, value in one.values.items()}


def _conditions(selection: Selection, known: dict[str, str]) -> Iterator[Condition]:
    yield Condition(name=consent.NO_CONSENT, sql=consent.may_be_trained_on())
    for name, sql in known.items():
        value = getattr(selection, name)
        if value is not None and value != ():
            given = orjson.dumps(value).decode() if name == "tags" else value
            yield Condition(name=name, sql=sql, values={name: given})


def _scores(selection: Selection, sql: str) -> Iterator[Condition]:
    for number, (dimension, least) in enumerate(selection.min_score):
        names = {"name": f"dimension_{number}", "least": f"least_{number}"}
        # Means of floats that lie on the bound must not fall below it by their last bit.
        values = {names["name"]: dimension, names["least"]: least - 1e-9}
        yield Condition(name=f"min_score:{dimension}", sql=sql.format(**names), values=values)
