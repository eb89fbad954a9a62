"""Feedback as it would be there from long ago, put into the tables by its time."""

from sqlalchemy import text

from app.db import transaction
from app.utils.ids import id_at

_INSERT = text(
    """
WITH interaction AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent, created_at)
    VALUES (:interaction, :owner, :model, true, :at)
), response AS (
    INSERT INTO responses (id, prompt_id, interaction_id, status, content, model_id,
                           model_version, created_at, due_at)
    VALUES (:response, :interaction, :interaction, 'complete', 'x', :model, :version, :at, :at)
), feedback AS (
    INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id, status,
                          priority, reasons, created_at, decided_at)
    VALUES (:feedback, :response, :interaction, :owner, :model, :user, :status, 0, '{}', :at,
            :decided_at)
), verdict AS (
    INSERT INTO validations (id, feedback_id, round, validator_id, is_valid, created_at)
    SELECT :verdict, :feedback, 1, 'vera', true, :decided_at WHERE :decided_at IS NOT NULL
)
INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
SELECT :feedback, d.id, d.version, 0, to_jsonb(CAST(:score AS int))
FROM dimensions d WHERE d.name = 'accuracy' AND :score IS NOT NULL
"""
).columns()


def happened(app, at, *, user="alice", model="acme/old", version=None, decided_at=None, score=None):
    """Let somebody have given feedback at a time, on a conversation of that time."""
    ids = {
        name: id_at(at, place=place)
        for place, name in enumerate(("interaction", "response", "feedback"))
    }
    values = {
        **ids,
        "at": at,
        "owner": f"{user}-friend",
        "user": user,
        "model": model,
        "version": version,
        "status": "validated" if decided_at else "pending",
        "decided_at": decided_at,
        "verdict": id_at(decided_at or at, place=3),
        "score": score,
    }
    with app.app_context(), transaction() as session:
        # Whatever else would have been there is not asked for.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(_INSERT, values)
