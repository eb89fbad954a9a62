"""Votes compared: what everybody's errors make of them beside the plain majority, and pairs.

Computed by a periodic job over a bounded number of the latest votes, into tables: the estimate
needs all votes at once and some rounds over them, which no reader should wait for.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.dawid_skene import dawid_skene
from app.domain.kappa import PairKappa, Weights, pairwise_kappas
from app.domain.majority import Decision, decisions
from app.domain.measuring import OVERALL, Basis, Measured
from app.domain.page import Page, PageRequest
from app.domain.states import VerdictWord
from app.domain.votes import Votes
from app.models import Contradiction, Dimension, RaterKappa
from app.services import keyset, measurements
from app.utils import clock
from app.utils.iterables import batched

_LABELS = (VerdictWord.INVALID, VerdictWord.VALID)
# Of fewer than this many things in common, kappa says nothing.
_LEAST_SHARED = 5
_BATCH = 1000

_VERDICTS = text(
    """
(SELECT 'round' AS basis, v.feedback_id, v.round, v.validator_id,
        CASE WHEN v.is_valid THEN 'valid' ELSE 'invalid' END AS word
 FROM validations v JOIN feedback f ON f.id = v.feedback_id
 WHERE v.is_valid IS NOT NULL AND f.validators > 1 ORDER BY v.id DESC LIMIT :most)
UNION ALL
(SELECT 'gold', a.feedback_id, 1, a.validator_id,
        CASE WHEN a.is_valid THEN 'valid' ELSE 'invalid' END
 FROM gold_answers a WHERE a.is_valid IS NOT NULL ORDER BY a.id DESC LIMIT :most)
"""
)
# The last word of an administrator on a round.
_KNOWN = text(
    """
SELECT 'gold' AS basis, g.feedback_id, 1 AS round,
       CASE WHEN g.is_valid THEN 'valid' ELSE 'invalid' END AS word
FROM gold_items g WHERE g.feedback_id = ANY(:gold)
UNION ALL
SELECT * FROM (
    SELECT DISTINCT ON (feedback_id, round) 'round', feedback_id, round,
           CASE WHEN is_valid THEN 'valid' ELSE 'invalid' END
    FROM decisions WHERE feedback_id = ANY(:rounds) ORDER BY feedback_id, round, id DESC
) decided
"""
)
# The latest scores on the current scale of a dimension, without what was taken back or refuted;
# of one person there is one a response.
_SCORES = text(
    """
SELECT f.response_id, f.user_id, CAST(r.score AS text) AS score
FROM dimension_ratings r JOIN feedback f ON f.id = r.feedback_id
WHERE r.dimension_id = :id AND r.dimension_version = :version AND r.score IS NOT NULL
  AND f.status <> 'withdrawn' AND NOT r.refuted
ORDER BY r.feedback_id DESC LIMIT :most
"""
)


def compare(
    transactions: Transactions, *, most: int, watch: Callable[[int], None] = lambda _: None
) -> int:
    """Compute contradictions and kappas anew from the latest ``most`` votes and scores.

    Returns how many dimensions there are; ``watch`` is told how many are done. A second run at
    the same time waits for the first, and leaves what that has stored.
    """
    now = clock.now()
    with transactions() as session:
        votes, known = _verdicts(session, most)
        _keep_contradictions(session, votes, known, now)
        kappas = _kappas(votes, values=[0.0, 1.0], weights="unweighted", scope=OVERALL, now=now)
        _keep_kappas(session, OVERALL, kappas)
        dimensions = session.scalars(select(Dimension).order_by(Dimension.id)).all()
    for done, dimension in enumerate(dimensions, 1):
        with transactions() as session:
            _keep_kappas(session, str(dimension.id), _scored(session, dimension, most, now))
        watch(done)
    with transactions() as session:
        measurements.note(session, what=Measured.AGREEMENT, as_of=now)
    return len(dimensions)


def _verdicts(session: Session, most: int) -> tuple[Votes, dict[str, str]]:
    rows = session.execute(_VERDICTS, {"most": most}).all()
    named = ((_item(row), row.validator_id, row.word) for row in rows)
    ids = {basis: list({row.feedback_id for row in rows if row.basis == basis}) for basis in Basis}
    found = session.execute(_KNOWN, {"gold": ids[Basis.GOLD], "rounds": ids[Basis.ROUND]})
    return Votes.of(named, labels=_LABELS), {_item(row): row.word for row in found}


def _item(row: Any) -> str:
    return f"{row.basis} {row.feedback_id} {row.round}"


def _keep_contradictions(
    session: Session, votes: Votes, known: dict[str, str], now: datetime
) -> None:
    session.execute(delete(Contradiction))
    consensus = dawid_skene(votes, gold=known)
    rows = (_row(one, known, now) for one in decisions(votes, consensus) if one.contradicts)
    _insert(session, Contradiction, rows)


def _row(one: Decision, known: dict[str, str], now: datetime) -> dict[str, Any]:
    basis, feedback_id, number = one.item.split(" ")
    return {
        "feedback_id": UUID(feedback_id),
        "round": int(number),
        "basis": basis,
        "votes": one.votes,
        "majority": one.majority,
        "share": one.share,
        "estimate": one.label,
        "posterior": one.posterior,
        "is_known": one.item in known,
        "computed_at": now,
    }


def _scored(
    session: Session, dimension: Dimension, most: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """Return the kappas of a dimension: of numbers by the square of their distance."""
    values = {"id": dimension.id, "version": dimension.version, "most": most}
    rows = session.execute(_SCORES, values).all()
    is_numeric = dimension.scale["type"] == "numeric"
    labels = sorted({row.score for row in rows}, key=float if is_numeric else None)
    votes = Votes.of(
        ((str(row.response_id), row.user_id, row.score) for row in rows), labels=labels
    )
    numbers = [float(label) if is_numeric else float(n) for n, label in enumerate(labels)]
    weights: Weights = "quadratic" if is_numeric else "unweighted"
    return _kappas(votes, values=numbers, weights=weights, scope=str(dimension.id), now=now)


def _kappas(
    votes: Votes, *, values: Sequence[float], weights: Weights, scope: str, now: datetime
) -> Iterator[dict[str, Any]]:
    for pair in pairwise_kappas(votes, values=values, weights=weights):
        if pair.kappa.items >= _LEAST_SHARED:
            yield {**_named(pair), "scope": scope, "weights": weights, "computed_at": now}


def _named(pair: PairKappa) -> dict[str, Any]:
    return {
        "one": pair.one,
        "other": pair.other,
        "kappa": pair.kappa.value,
        "undefined": pair.kappa.undefined,
        "items": pair.kappa.items,
    }


def _keep_kappas(session: Session, scope: str, rows: Iterator[dict[str, Any]]) -> None:
    session.execute(delete(RaterKappa).where(RaterKappa.scope == scope))
    _insert(session, RaterKappa, rows)


def _insert(session: Session, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    for batch in batched(rows, _BATCH):
        session.execute(insert(table).on_conflict_do_nothing(), batch)


def page_contradictions(session: Session, *, page: PageRequest) -> Page:
    """Return where the estimate and the majority differ, the latest feedback first."""
    key = (Contradiction.feedback_id, Contradiction.round, Contradiction.basis)
    return keyset.descending(session, query=select(Contradiction), by=key, page=page)


def page_kappas(session: Session, *, page: PageRequest, scope: str = OVERALL) -> Page:
    """Return how far each two people agree, beyond chance, in the order of their names."""
    query = select(RaterKappa).where(RaterKappa.scope == scope)
    key = (RaterKappa.one, RaterKappa.other)
    return keyset.ascending(session, query=query, by=key, page=page)
