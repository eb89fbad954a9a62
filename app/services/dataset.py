"""The dataset: validated feedback as training examples, read with their texts joined in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.page import Page, PageRequest, page_of
from app.domain.selection import Selection
from app.domain.shapes import raw
from app.domain.shapes.standing import standing_of
from app.errors import NotFound
from app.services import row_parts, selectable, selections
from app.services.dataset_context import CONTEXT

# As times stand everywhere else; PostgreSQL's own JSON leaves zeros at the end away.
_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'

_ENTRIES = f"""
SELECT e.id, e.model_id, e.model_version, e.feedback_id, e.response_id, e.prompt_id,
       e.interaction_id, e.validation_id, e.created_at,
       p.content AS prompt, r.content AS original_response,
       COALESCE(f.correction, k.correction, r.content) AS response, f.rating, f.overall_comment,
       COALESCE(q.ratings, '{{{{}}}}'::jsonb) AS quality_ratings,
       {CONTEXT} AS context
FROM dataset_entries e
JOIN prompts p ON p.id = e.prompt_id
JOIN responses r ON r.id = e.response_id
JOIN feedback f ON f.id = e.feedback_id
JOIN interactions i ON i.id = e.interaction_id
LEFT JOIN validations k ON k.id = e.correction_id
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(d.name, s.score) AS ratings
    FROM dimension_ratings s JOIN dimensions d ON d.id = s.dimension_id
    WHERE s.feedback_id = f.id AND s.score IS NOT NULL AND NOT s.refuted
) q ON true
WHERE {{condition}}
ORDER BY e.id DESC
LIMIT :limit
"""  # noqa: S608  # Only what is a constant is put in.
_LIVE = "e.withdrawn_at IS NULL AND e.model_id = :model_id"
# What has been erased is not there for anybody.
_ONE = text(_ENTRIES.format(condition="e.id = :id AND i.erased_at IS NULL"))

_PROVENANCE = text(
    """
SELECT e.withdrawn_at, e.correction_id, f.user_id AS author, f.status AS feedback_status,
       f.created_at AS feedback_at,
       i.user_id AS owner, r.endpoint_name, r.provider, r.model_version,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', v.id, 'validator_id', v.validator_id, 'is_valid', v.is_valid,
            'notes', v.notes, 'correction', v.correction,
            'created_at', to_char(v.created_at AT TIME ZONE 'UTC', :time),
            'dimension_verdicts', COALESCE((SELECT jsonb_agg(jsonb_build_object(
                'dimension', d.name, 'dimension_version', j.dimension_version,
                'is_valid', j.is_valid, 'notes', j.notes, 'correct_score', j.correct_score)
                ORDER BY j.position)
             FROM validation_dimensions j JOIN dimensions d ON d.id = j.dimension_id
             WHERE j.validation_id = v.id), '[]'::jsonb)) ORDER BY v.id)
        FROM validations v WHERE v.feedback_id = f.id) AS validations,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', c.id, 'decided_by', c.decided_by, 'is_valid', c.is_valid,
            'notes', c.notes,
            'created_at', to_char(c.created_at AT TIME ZONE 'UTC', :time)) ORDER BY c.id)
        FROM decisions c WHERE c.feedback_id = f.id) AS decisions,
       (SELECT jsonb_agg(jsonb_build_object(
            'dimension', d.name, 'dimension_version', s.dimension_version, 'score', s.score,
            'justification', s.justification, 'correct_response', s.correct_response,
            'refuted', s.refuted)
            ORDER BY s.position)
        FROM dimension_ratings s JOIN dimensions d ON d.id = s.dimension_id
        WHERE s.feedback_id = f.id) AS ratings
FROM dataset_entries e
JOIN feedback f ON f.id = e.feedback_id
JOIN responses r ON r.id = e.response_id
JOIN interactions i ON i.id = e.interaction_id
WHERE e.id = :id
"""
)

_STATS = text(
    """
SELECT e.model_id, count(*) AS entries,
       count(*) FILTER (WHERE f.correction IS NOT NULL OR e.correction_id IS NOT NULL)
           AS corrections,
       min(e.created_at) AS first_at, max(e.created_at) AS last_at
FROM dataset_entries e JOIN feedback f ON f.id = e.feedback_id
WHERE e.withdrawn_at IS NULL
GROUP BY e.model_id ORDER BY e.model_id
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an entry comes from."""

    type: str
    feedback_id: UUID
    response_id: UUID
    interaction_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A training example; ``response`` is the correction where there is one.

    The author's own goes before one that a validator made.
    """

    id: UUID
    model_id: str
    prompt: str
    response: str
    original_response: str
    context: list[dict[str, str]]
    quality_ratings: dict[str, Any]
    source: Source
    created_at: datetime


def page_entries(session: Session, *, selection: Selection, page: PageRequest) -> Page:
    """Return a page of the selected entries, newest first; raises Invalid for no dimension."""
    selectable.check_dimensions(session, selection=selection)
    conditions = selections.of_entries(selection)
    asked = [_LIVE, selections.joined(conditions), *(["e.id < :after"] if page.after else [])]
    values = {
        "model_id": selection.model_id,
        "limit": page.limit + 1,
        **selections.values_of(conditions),
        **({"after": page.after[0]} if page.after else {}),
    }
    statement = text(_ENTRIES.format(condition=" AND ".join(asked)))
    rows = session.execute(statement, values).all()
    return page_of([_entry(row) for row in rows], page, lambda entry: (entry.id,))


def get_with_provenance(session: Session, *, entry_id: UUID) -> tuple[Entry, dict[str, Any]]:
    """Return an entry and what it comes from; raises NotFound."""
    row = session.execute(_ONE, {"id": entry_id, "limit": 1}).one_or_none()
    if row is None:
        raise NotFound(f"there is no dataset entry {entry_id}")
    found = session.execute(_PROVENANCE, {"id": entry_id, "time": _TIME}).mappings().one()
    answer = row_parts.judged_answer(session, response_id=row.response_id)
    provenance = {
        **found,
        "prompt_id": row.prompt_id,
        "validation_id": row.validation_id,
        "all_ratings": raw.ratings_of(answer),
        **raw.summary(standing_of(answer)),
        **{name: found[name] or [] for name in ("ratings", "validations", "decisions")},
    }
    return _entry(row), provenance


def stats(session: Session) -> dict[str, Any]:
    """Return how many entries there are, in all and by model."""
    models = [dict(row) for row in session.execute(_STATS).mappings()]
    return {
        "total_entries": sum(model["entries"] for model in models),
        "total_corrections": sum(model["corrections"] for model in models),
        "models": models,
    }


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        model_id=row.model_id,
        prompt=row.prompt,
        response=row.response,
        original_response=row.original_response,
        context=row.context,
        quality_ratings=row.quality_ratings,
        source=Source(
            type="feedback",
            feedback_id=row.feedback_id,
            response_id=row.response_id,
            interaction_id=row.interaction_id,
        ),
        created_at=row.created_at,
    )
