"""Holding: an erasure and whoever else is writing wait for each other, and never in a circle.

Others hold a response, then the feedback on it in the order of its ids, then what hangs on that;
rows that name a conversation or an answer only want it to stay there (``FOR KEY SHARE``). So an
erasure takes the same locks in the same order, none of them against such rows. Who was first has
written under the old name what the erasure finds afterwards; who comes later finds it erased.
"""

from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from app.services.erasure.fates import CONVERSATION, FEEDBACK, VERDICT
from app.services.erasure.statements import Roots

_RATED = text(
    """
SELECT FROM responses
WHERE id IN (SELECT response_id FROM feedback WHERE interaction_id = ANY(CAST(:ids AS uuid[])))
ORDER BY id FOR NO KEY UPDATE
"""
)
_RATINGS = text(
    """
SELECT FROM feedback WHERE interaction_id = ANY(CAST(:ids AS uuid[]))
ORDER BY id FOR NO KEY UPDATE
"""
)
# Whoever builds a version holds it while they take rows: what they have taken is there then, and
# what has been withdrawn they will not take.
_BUILT = text("SELECT FROM dataset_versions WHERE status = 'building' ORDER BY id FOR UPDATE")


def roots(session: Session, *, kind: str, query: Select[Any]) -> Roots:
    """Return the roots that ``query`` finds, held until the transaction ends."""
    if kind == VERDICT:
        versions(session)
    # The name on feedback is part of a key.
    found = session.scalars(query.with_for_update(key_share=kind != FEEDBACK))
    held = Roots(kind=kind, ids=[str(id_) for id_ in found])
    if kind == CONVERSATION and held.ids:
        session.execute(_RATED, {"ids": held.ids})
        session.execute(_RATINGS, {"ids": held.ids})
    return held


def versions(session: Session) -> None:
    """Hold the versions that are being built."""
    session.execute(_BUILT)
