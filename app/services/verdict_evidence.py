"""Evidence in how people judge: verdicts faster than can be read, pairs that approve."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.approval_pairs import ApprovalPair, approval_pairs
from app.domain.reading_pace import reading_pace, reading_seconds
from app.domain.signals import Found, SignalKind, Thresholds, named
from app.utils.ids import first_id_at

_MOST_NAMED = 20
_MOST_OF_ONE = 2_000

_VALIDATORS = text(
    "SELECT validator_id FROM validations WHERE id >= :first GROUP BY validator_id"
    " HAVING count(*) >= :least ORDER BY validator_id"
)
# Between two verdicts of one person there is at most the time that the second one took.
_TIMES = text(
    """
SELECT v.id, extract(epoch FROM v.created_at - lag(v.created_at) OVER (ORDER BY v.id)) AS seconds,
       coalesce(length(r.content), 0) + coalesce(length(f.overall_comment), 0)
       + coalesce(length(f.correction), 0) AS characters
FROM validations v
JOIN feedback f ON f.id = v.feedback_id
JOIN responses r ON r.id = f.response_id
WHERE v.validator_id = :validator AND v.id >= :first
ORDER BY v.id DESC LIMIT :most
"""
)
_PAIRS = text(
    """
SELECT v.validator_id, f.user_id, count(*) FILTER (WHERE v.is_valid) AS approved,
       count(*) AS judged
FROM validations v JOIN feedback f ON f.id = v.feedback_id
WHERE v.id >= :first AND v.is_valid IS NOT NULL
GROUP BY v.validator_id, f.user_id
"""
)
_VERDICTS = text(
    """
SELECT v.id FROM validations v JOIN feedback f ON f.id = v.feedback_id
WHERE v.validator_id = :validator AND f.user_id = :author AND v.id >= :first AND v.is_valid
ORDER BY v.id DESC LIMIT :most
"""
)


def too_fast(session: Session, *, since: datetime, limits: Thresholds) -> Iterator[Found]:
    """Yield who gave many of their verdicts in a fraction of the time that reading takes."""
    first = first_id_at(since)
    busy = session.scalars(_VALIDATORS, {"first": first, "least": limits.verdicts}).all()
    for validator in busy:
        values = {"validator": validator, "first": first, "most": _MOST_OF_ONE}
        rows = [
            row
            for row in session.execute(_TIMES, values)
            if row.seconds is not None and row.seconds <= limits.pause_seconds
        ]
        timed = [(float(row.seconds), row.characters) for row in rows]
        pace = reading_pace(timed, limit=limits.hasty_limit)
        if pace.judged >= limits.verdicts and pace.hasty >= limits.hasty_share * pace.judged:
            hasty = _hasty(rows, limits)
            yield Found(
                kind=SignalKind.TOO_FAST,
                subject=(validator,),
                people=(validator,),
                evidence={
                    **asdict(pace),
                    "threshold": {"verdicts": limits.verdicts, "hasty_share": limits.hasty_share},
                    "validation_ids": [str(one) for one in hasty[:_MOST_NAMED]],
                },
                rests_on=hasty,
                least=limits.hasty_share * limits.verdicts,
            )


def _hasty(rows: list[Any], limits: Thresholds) -> tuple[UUID, ...]:
    return tuple(
        row.id
        for row in rows
        if float(row.seconds) < limits.hasty_limit * reading_seconds(row.characters)
    )


def pairs(session: Session, *, since: datetime, limits: Thresholds) -> Iterator[Found]:
    """Yield pairs where one approves the other more than either explains, or both always do."""
    first = first_id_at(since)
    rows = session.execute(_PAIRS, {"first": first})
    found = approval_pairs((row[0], row[1], row[2], row[3]) for row in rows)
    odd = [pair for pair in found if _is_odd(pair, limits) or _is_mutual(pair, limits)]
    for people, group in groupby(sorted(odd, key=_people), key=_people):
        ways = list(group)
        approvals = tuple(one for pair in ways for one in _verdicts(session, pair, first))
        yield Found(
            kind=SignalKind.APPROVAL_PAIR,
            subject=people,
            people=people,
            evidence={
                "ways": [asdict(pair) for pair in ways],
                "is_mutual": any(_is_mutual(pair, limits) for pair in ways),
                "threshold": {
                    "approvals": limits.approvals,
                    "false_discovery": limits.false_discovery,
                    "mutual": limits.mutual,
                },
                "validation_ids": [str(one) for one in approvals],
            },
            rests_on=approvals,
            least=limits.approvals,
        )


def _people(pair: ApprovalPair) -> tuple[str, ...]:
    return named((pair.validator, pair.author))


def _is_odd(pair: ApprovalPair, limits: Thresholds) -> bool:
    return pair.approved >= limits.approvals and pair.false_discovery <= limits.false_discovery


def _is_mutual(pair: ApprovalPair, limits: Thresholds) -> bool:
    approved, judged = pair.returned
    is_whole = pair.approved == pair.judged and approved == judged
    return is_whole and min(pair.approved, approved) >= limits.mutual


def _verdicts(session: Session, pair: ApprovalPair, first: Any) -> list[Any]:
    values = {"validator": pair.validator, "author": pair.author, "first": first}
    return list(session.scalars(_VERDICTS, {**values, "most": _MOST_NAMED}))
