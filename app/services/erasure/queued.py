"""Queued: the task queue's own rows about a person, whose arguments name them."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# What is under way stays until it is done: its row is the worker's.
_ERASE = text(
    """
DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND (
    args ->> 'user_id' = :user_id
    OR args ->> 'job_id' IN (
        SELECT CAST(id AS text) FROM jobs WHERE user_id = :pseudonym AND kind <> 'erasure')
    OR args ->> 'interaction_id' IN (
        SELECT CAST(id AS text) FROM interactions WHERE user_id = :pseudonym))
"""
)
_LEFT = text(
    """
SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND args ->> 'user_id' = :user_id
"""
)


def erase(session: Session, *, user_id: str, pseudonym: str) -> bool:
    """Remove them from the queue, and say whether one that names the person is being done."""
    session.execute(_ERASE, {"user_id": user_id, "pseudonym": pseudonym})
    return bool(session.scalar(_LEFT, {"user_id": user_id}))
