"""Parts of rows: the questions, answers, judgements and choices, a query for each kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.scale import parse_scale
from app.domain.selection import Selection
from app.domain.shapes.row import Answer, Choice, Judgement, Row, Score
from app.services import rater_weights, selections
from app.services.dataset_context import CONTEXT

# Ids are told as texts, which they become: a million of them would take a second as numbers.
Grouped: TypeAlias = Mapping[str, Sequence[Any]]
_MOST_SCORES = 10_000

_QUESTIONS = text(
    """
SELECT CAST(p.id AS text) AS id, p.content, CAST(p.interaction_id AS text) AS interaction_id,
       i.metadata ->> 'intent' AS intent,
       i.metadata ->> 'language' AS language, i.metadata -> 'tags' AS tags
FROM prompts p JOIN interactions i ON i.id = p.interaction_id
WHERE p.id = ANY(CAST(:ids AS uuid[])) ORDER BY p.id DESC
"""
)
_JUDGED = """
SELECT CAST(e.id AS text) AS id, CAST(e.prompt_id AS text) AS prompt_id,
       CAST(e.response_id AS text) AS response_id, CAST(e.feedback_id AS text) AS feedback_id,
       e.created_at, e.language, f.user_id, f.rating, f.overall_comment,
       COALESCE(f.correction, k.correction) AS correction,
       COALESCE(f.flag_reason, f.flag) AS flag, v.valid, v.invalid,
       ({selected}) IS TRUE AS selected
FROM dataset_entries e
JOIN interactions i ON i.id = e.interaction_id
JOIN feedback f ON f.id = e.feedback_id
LEFT JOIN validations k ON k.id = e.correction_id
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE is_valid) AS valid,
           count(*) FILTER (WHERE NOT is_valid) AS invalid
    FROM validations WHERE feedback_id = f.id AND round = f.round
) v ON true
WHERE e.withdrawn_at IS NULL AND {condition}
ORDER BY e.id
"""
# All that was said of an answer counts for it, of which only a part may be selected.
_JUDGEMENTS = _JUDGED.format(
    condition="e.prompt_id = ANY(CAST(:ids AS uuid[])) AND e.model_id = :model_id",
    selected="{condition}",
)
_OF_ONE = text(_JUDGED.format(condition="e.response_id = :id", selected="true"))
_SCORES = text(
    """
SELECT CAST(s.feedback_id AS text) AS feedback_id, s.dimension_version,
       CAST(s.score AS text) AS score, s.justification, d.name, CAST(n.scale AS text) AS scale
FROM dimension_ratings s
JOIN dimensions d ON d.id = s.dimension_id
JOIN dimension_versions n ON n.dimension_id = s.dimension_id AND n.version = s.dimension_version
WHERE s.feedback_id = ANY(CAST(:ids AS uuid[])) AND s.score IS NOT NULL AND NOT s.refuted
ORDER BY s.feedback_id, s.position
"""
)
_CHOICES = """
SELECT CAST(e.id AS text) AS id, CAST(e.prompt_id AS text) AS prompt_id, e.user_id,
       e.verdict, e.language, jsonb_object_agg(k.response_id, k.rank) AS ranks
FROM preferences e
JOIN interactions i ON i.id = e.interaction_id
JOIN preference_ranks k ON k.preference_id = e.id
WHERE :preferences AND e.prompt_id = ANY(CAST(:ids AS uuid[])) AND {condition}
GROUP BY e.id, e.prompt_id, e.user_id, e.verdict, e.language
ORDER BY e.id
"""
_ANSWERS = text(
    f"""
SELECT CAST(r.id AS text) AS id, CAST(r.prompt_id AS text) AS prompt_id, r.content, r.model_id,
       r.model_version, {CONTEXT} AS context
FROM responses r
JOIN prompts p ON p.id = r.prompt_id
JOIN interactions i ON i.id = p.interaction_id
WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.content IS NOT NULL
ORDER BY r.id
"""  # noqa: S608  # Only what is a constant is put in.
)


def rows(session: Session, *, selection: Selection, prompt_ids: Sequence[str]) -> list[Row]:
    """Return the rows of questions, in the order of their ids from the newest on."""
    if not prompt_ids:
        return []
    entries = _asked(session, _JUDGEMENTS, selections.of_entries(selection), selection, prompt_ids)
    choices = _asked(session, _CHOICES, selections.of_preferences(selection), selection, prompt_ids)
    weights = rater_weights.of_people(session, people={one.user_id for one in (*entries, *choices)})
    scores = _scores(session, [one.feedback_id for one in entries])
    selected = {one.response_id for one in entries if one.selected}
    judged = _by((one for one in entries if one.response_id in selected), "response_id")
    judgements = {
        id_: tuple(_judgement(one, scores, weights) for one in found)
        for id_, found in judged.items()
    }
    compared = {key for one in choices for key in one.ranks}
    answers = _answers(session, [*judged, *compared], judgements)
    chosen = _by(choices, "prompt_id")
    languages = {one.prompt_id: one.language for one in (*entries, *choices)}
    questions = session.execute(_QUESTIONS, {"ids": list(prompt_ids)}).all()
    return [
        Row(
            prompt_id=one.id,
            interaction_id=one.interaction_id,
            model_id=selection.model_id,
            prompt=one.content,
            language=one.language or languages.get(one.id),
            tags=_tags(one.tags),
            intent=one.intent,
            answers=tuple(answers.get(one.id, ())),
            choices=tuple(_choice(choice, weights) for choice in chosen.get(one.id, ())),
        )
        for one in questions
    ]


def judged_answer(session: Session, *, response_id: UUID) -> Answer:
    """Return an answer with all validated feedback on it."""
    found = session.execute(_OF_ONE, {"id": response_id}).all()
    scores = _scores(session, [one.feedback_id for one in found])
    weights = rater_weights.of_people(session, people={one.user_id for one in found})
    judgements = tuple(_judgement(one, scores, weights) for one in found)
    answers = _answers(session, [str(response_id)], {str(response_id): judgements})
    return next(iter(answers.values()))[0]


def _asked(
    session: Session,
    statement: str,
    conditions: Sequence[selections.Condition],
    selection: Selection,
    ids: Sequence[str],
) -> Sequence[Any]:
    values = {
        "ids": list(ids),
        "model_id": selection.model_id,
        "preferences": selection.preferences,
        **selections.values_of(conditions),
    }
    return session.execute(
        text(statement.format(condition=selections.joined(conditions))), values
    ).all()


def _by(found: Iterable[Any], name: str) -> Grouped:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        grouped[getattr(one, name)].append(one)
    return grouped


def _scores(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[Score]]:
    found: dict[str, list[Score]] = defaultdict(list)
    for one in session.execute(_SCORES, {"ids": list(ids)}).all():
        value, place = _placed(one.scale, one.score)
        score = Score(
            dimension=one.name,
            version=one.dimension_version,
            score=value,
            place=place,
            justification=one.justification,
        )
        found[one.feedback_id].append(score)
    return found


@lru_cache(maxsize=_MOST_SCORES)
def _placed(scale: str, score: str) -> tuple[Any, float]:
    """Return a score and its place on a scale, both JSON as it is stored: there are few."""
    value = orjson.loads(score)
    return value, parse_scale(orjson.loads(scale)).position(value)


def _judgement(
    one: Any, scores: Mapping[str, Sequence[Score]], weights: Mapping[str, float]
) -> Judgement:
    return Judgement(
        entry_id=one.id,
        feedback_id=one.feedback_id,
        rater=one.user_id,
        created_at=one.created_at.isoformat(),
        rating=one.rating,
        comment=one.overall_comment,
        correction=one.correction,
        flag=one.flag,
        scores=tuple(scores.get(one.feedback_id, ())),
        valid=one.valid,
        invalid=one.invalid,
        weight=weights.get(one.user_id, 1.0),
        selected=one.selected,
    )


def _choice(one: Any, weights: Mapping[str, float]) -> Choice:
    return Choice(
        preference_id=one.id,
        rater=one.user_id,
        ranks=one.ranks,
        verdict=one.verdict,
        weight=weights.get(one.user_id, 1.0),
    )


def _answers(
    session: Session, ids: Sequence[str], judgements: Mapping[str, tuple[Judgement, ...]]
) -> Mapping[str, Sequence[Answer]]:
    found: dict[str, list[Answer]] = defaultdict(list)
    for one in session.execute(_ANSWERS, {"ids": list(set(ids))}).all():
        answer = Answer(
            response_id=one.id,
            model_id=one.model_id,
            model_version=one.model_version,
            content=one.content,
            context=tuple(one.context),
            judgements=judgements.get(one.id, ()),
        )
        found[one.prompt_id].append(answer)
    return found


def _tags(value: Any) -> tuple[str, ...]:
    """Return the tags of an interaction's metadata, which hold a text or a list of them."""
    found = value if isinstance(value, list) else [value]
    return tuple(one for one in found if isinstance(one, str))
