"""Evidence in how people rate: always the same score, texts that are copies, bursts, crowds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bursts import Burst, fullest_burst
from app.domain.near_duplicates import Copies, near_duplicates
from app.domain.signals import Found, SignalKind, Thresholds, named
from app.domain.straight_lining import straight_line
from app.utils.ids import first_id_at

_MOST_NAMED = 20
_MOST_OF_ONE = 2_000
_MOST_TEXTS = 20_000

_BUSY = text(
    "SELECT user_id FROM feedback WHERE id >= :first GROUP BY user_id"
    " HAVING count(*) >= :least ORDER BY user_id"
)
_RATERS = text(
    """
SELECT f.user_id FROM feedback f JOIN dimension_ratings r ON r.feedback_id = f.id
WHERE f.id >= :first AND r.score IS NOT NULL
GROUP BY f.user_id HAVING count(*) >= :least ORDER BY f.user_id
"""
)
_SCORES = text(
    """
SELECT r.feedback_id, CAST(r.score AS float8) AS score
FROM feedback f JOIN dimension_ratings r ON r.feedback_id = f.id
WHERE f.user_id = :person AND f.id >= :first AND jsonb_typeof(r.score) = 'number'
ORDER BY f.id DESC, r.position DESC LIMIT :most
"""
)
_MOMENTS = text(
    "SELECT id, extract(epoch FROM created_at)::float8 AS at FROM feedback"
    " WHERE user_id = :person AND id >= :first ORDER BY id DESC LIMIT :most"
)
# What is usual in a window in which anybody does anything at all.
_USUAL = text(
    """
SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY n), 1) FROM (
    SELECT count(*) AS n FROM feedback WHERE id >= :first
    GROUP BY user_id, floor(extract(epoch FROM created_at) / :window)
) windows
"""
)
_CROWDED = text(
    "SELECT interaction_id FROM feedback WHERE id >= :first GROUP BY interaction_id"
    " HAVING count(DISTINCT user_id) >= :least ORDER BY interaction_id"
)
_COMERS = text(
    """
SELECT DISTINCT ON (user_id) user_id, id, extract(epoch FROM created_at)::float8 AS at
FROM feedback WHERE interaction_id = :interaction AND id >= :first
ORDER BY user_id, id LIMIT :most
"""
)
_TEXTS = text(
    """
SELECT id, user_id, overall_comment, correction FROM feedback
WHERE id >= :first AND (overall_comment IS NOT NULL OR correction IS NOT NULL)
ORDER BY id DESC LIMIT :most
"""
)


def straight_lines(session: Session, *, since: datetime, limits: Thresholds) -> Iterator[Found]:
    """Yield who gives nearly always the same score."""
    first = first_id_at(since)
    for person in session.scalars(_RATERS, {"first": first, "least": limits.scores}).all():
        values = {"person": person, "first": first, "most": _MOST_OF_ONE}
        rows = session.execute(_SCORES, values).all()
        line = straight_line([row.score for row in reversed(rows)])
        if line.scores < limits.scores or (line.common_share or 0) < limits.common_share:
            continue
        yield Found(
            kind=SignalKind.STRAIGHT_LINING,
            subject=(person,),
            people=(person,),
            evidence={
                **asdict(line),
                "threshold": {"scores": limits.scores, "common_share": limits.common_share},
                "feedback_ids": _some(row.feedback_id for row in rows),
            },
            rests_on=tuple(row.feedback_id for row in rows),
            least=limits.scores,
        )


def copies(session: Session, *, since: datetime, limits: Thresholds) -> Iterator[Found]:
    """Yield texts that are nearly the same, on several feedbacks."""
    rows = session.execute(_TEXTS, {"first": first_id_at(since), "most": _MOST_TEXTS}).all()
    authors = {row.id: row.user_id for row in rows}
    texts = (
        (f"{row.id} {part}", said)
        for row in rows
        for part, said in (("comment", row.overall_comment), ("correction", row.correction))
        if said
    )
    clusters = near_duplicates(texts, threshold=limits.resemblance, at_least=limits.characters)
    for cluster in clusters:
        ids = sorted({UUID(key.split(" ")[0]) for key in cluster.keys})
        if len(ids) >= limits.copies:
            yield _copied(cluster, ids, named(authors[one] for one in ids), limits)


def _copied(cluster: Copies, ids: list[UUID], people: tuple[str, ...], limits: Thresholds) -> Found:
    return Found(
        kind=SignalKind.NEAR_DUPLICATES,
        # Its oldest text, until that is too long ago: then it is known by what it rests on.
        subject=(str(ids[0]),),
        people=people,
        evidence={
            "texts": len(cluster.keys),
            "feedbacks": len(ids),
            "least_resemblance": min(link.resemblance for link in cluster.links),
            "threshold": {"copies": limits.copies, "resemblance": limits.resemblance},
            "feedback_ids": [str(one) for one in ids[-_MOST_NAMED:]],
        },
        rests_on=tuple(ids),
        least=limits.copies,
    )


def bursts(session: Session, *, since: datetime, limits: Thresholds) -> Iterator[Found]:
    """Yield who gave much more feedback in a while than is usual, and who came in crowds."""
    first = first_id_at(since)
    usual = session.scalar(_USUAL, {"first": first, "window": limits.burst_seconds})
    for person in session.scalars(_BUSY, {"first": first, "least": limits.burst}).all():
        values = {"person": person, "first": first, "most": _MOST_OF_ONE}
        rows = session.execute(_MOMENTS, values).all()
        moments = [row.at for row in rows]
        burst = fullest_burst(moments, window=limits.burst_seconds, others_usual=usual)
        if burst and burst.count >= limits.burst and burst.ratio >= limits.burst_ratio:
            threshold = {"count": limits.burst, "ratio": limits.burst_ratio}
            within = _within(burst, rows)
            yield Found(
                kind=SignalKind.BURST,
                subject=(person,),
                people=(person,),
                evidence=_rushed(burst, within, limits, threshold),
                rests_on=tuple(row.id for row in within),
                least=limits.burst,
            )
    yield from _crowds(session, first, limits)


def _crowds(session: Session, first: Any, limits: Thresholds) -> Iterator[Found]:
    crowded = session.scalars(_CROWDED, {"first": first, "least": limits.crowd}).all()
    for interaction in crowded:
        values = {"interaction": interaction, "first": first, "most": _MOST_OF_ONE}
        rows = session.execute(_COMERS, values).all()
        burst = fullest_burst([row.at for row in rows], window=limits.burst_seconds)
        if burst and burst.count >= limits.crowd:
            within = _within(burst, rows)
            evidence = _rushed(burst, within, limits, {"count": limits.crowd})
            yield Found(
                kind=SignalKind.CROWD,
                subject=(str(interaction),),
                people=named(row.user_id for row in within),
                evidence={"interaction_id": str(interaction), **evidence},
                rests_on=tuple(row.id for row in within),
                least=limits.crowd,
            )


def _within(burst: Burst, rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if burst.start <= row.at <= burst.end]


def _rushed(
    burst: Burst, within: Sequence[Any], limits: Thresholds, threshold: dict[str, float]
) -> dict[str, Any]:
    """Return the evidence: the fullest window, what it exceeded, and what is in it."""
    return {
        **asdict(burst),
        "threshold": {"seconds": limits.burst_seconds, **threshold},
        "feedback_ids": _some(row.id for row in within),
    }


def _some(ids: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(one) for one in ids))[:_MOST_NAMED]
