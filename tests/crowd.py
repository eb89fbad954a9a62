"""Fills the tables with many rows by one statement, for tests that need a crowd."""

from sqlalchemy import text

from app.db import db, transaction
from tests.model_side import MODEL

_FILL = text(
    """
WITH n AS (
    SELECT g, uuidv7() AS i, uuidv7() AS p, uuidv7() AS r, uuidv7() AS f, uuidv7() AS v,
           uuidv7() AS e, CASE WHEN g % :every = 0 THEN :model ELSE 'acme/crowd-' || g % 7 END AS m,
           CASE WHEN g % :every = 0 THEN :user ELSE 'user-' || g % 100 END AS u
    FROM generate_series(1, :rows) g
), i AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent, last_sequence)
    SELECT i, u, m, true, 1 FROM n
), p AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT p, i, 1, 'prompt', 'question ' || g FROM n
), r AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, content, model_id, due_at, completed_at)
    SELECT r, p, i, 'complete', 'answer ' || g, m, now(), now() FROM n
), f AS (
    INSERT INTO feedback
        (id, response_id, interaction_id, owner_id, model_id, user_id, status, rating, priority,
         reasons)
    SELECT f, r, i, u, m, u,
           CASE WHEN g % 2 = 0 THEN 'validated' WHEN g % 10 = 5 THEN 'tied' ELSE 'pending' END,
           'like', random(), '{}'
    FROM n
), s AS (
    INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
    SELECT n.f, d.id, d.version, d.position, to_jsonb(1 + g % 5)
    FROM n, dimensions d WHERE d.name IN ('accuracy', 'clarity')
), gold AS (
    INSERT INTO gold_items (feedback_id, is_valid, marked_by)
    SELECT f, true, 'adam' FROM n WHERE g % 10 = 5
), dealt AS (
    INSERT INTO gold_leases (feedback_id, validator_id, token, expires_at)
    SELECT f, 'judge-' || g % 50, uuidv7(), now() FROM n WHERE g % 10 = 5
), answered AS (
    INSERT INTO gold_answers (id, feedback_id, validator_id, is_valid)
    SELECT uuidv7(), f, 'judge-' || g % 50, g % 20 = 5 FROM n WHERE g % 10 = 5
), k AS (
    INSERT INTO validation_places
        (feedback_id, round, place, validators, validator_id, token)
    SELECT f, 1, 1, 1, 'vera', uuidv7() FROM n WHERE g % 2 = 0
), v AS (
    INSERT INTO validations (id, feedback_id, round, validator_id, is_valid)
    SELECT v, f, 1, 'vera', true FROM n WHERE g % 2 = 0
), e AS (
    INSERT INTO dataset_entries
        (id, model_id, feedback_id, validation_id, response_id, prompt_id, interaction_id)
    SELECT e, m, f, v, r, p, i FROM n WHERE g % 2 = 0
), taken AS (
    INSERT INTO imported_conversations (importer, external_id, digest, interaction_id)
    SELECT 'crowd', CAST(i AS text), '', i FROM n WHERE g % 10 = 1
), held AS (
    INSERT INTO reliabilities (user_id, capacity, scope, alpha, beta, as_of, answers, reasons)
    SELECT 'judge-' || g || '-' || f, 'validator', s, 9, 2, now(), 9, '{}'
    FROM n, unnest(ARRAY['overall', '0199c0de-0000-7000-8000-000000000003']) s WHERE g % 10 = 5
), doubted AS (
    INSERT INTO contradictions
        (feedback_id, round, basis, votes, majority, share, estimate, posterior, computed_at)
    SELECT f, 1, 'round', 3, 'valid', 0.6, 'invalid', 0.9, now() FROM n WHERE g % 10 = 5
), agreed AS (
    INSERT INTO rater_kappas (one, other, scope, weights, kappa, items, computed_at)
    SELECT 'judge-' || f, 'judge-' || g, 'overall', 'unweighted', 0.5, 9, now()
    FROM n WHERE g % 10 = 5
), seen AS (
    INSERT INTO signals (id, kind, key, people, evidence, first_seen, last_seen, status)
    SELECT uuidv7(), CASE WHEN g % 20 = 5 THEN 'burst' ELSE 'crowd' END, f, '[]', '{}',
           now(), now(), CASE WHEN g % 100 = 15 THEN 'dismissed' ELSE 'open' END
    FROM n WHERE g % 10 = 5
), brought AS (
    INSERT INTO imported_feedback (importer, source, external_id, digest, feedback_id)
    SELECT 'crowd', 'argilla', CAST(f AS text), '', f FROM n WHERE g % 10 = 1
), w AS (
    INSERT INTO models (model_id, provider) SELECT 'crowd/' || i, 'model_service' FROM n
    WHERE g % 10 = 0
), c AS (
    INSERT INTO contributors (user_id, points, level)
    SELECT 'crowd-' || i, 1 + g % 100, 'newcomer' FROM n WHERE g % 2 = 0
), t AS (
    INSERT INTO contributor_periods (user_id, period, start, points)
    SELECT 'crowd-' || i, 'week', CAST(date_trunc('week', now() AT TIME ZONE 'UTC') AS date),
           1 + g % 100 FROM n WHERE g % 2 = 0
), l AS (
    INSERT INTO points_entries
        (user_id, sequence, position, event_id, feedback_id, rule, rule_version, subject, amount,
         full_amount, balance, earned_at)
    SELECT u, nextval(pg_get_serial_sequence('events', 'sequence')), 0, uuidv7(), f,
           'feedback_validated', 1, 'feedback:' || f || '#1', 10, 10, 10, now()
    FROM n
), j AS (
    INSERT INTO jobs (id, kind, user_id, status)
    SELECT uuidv7(), 'crowd.' || g % 100, u,
           CASE WHEN g % 200 = 3 THEN 'failed' ELSE 'succeeded' END
    FROM n
)
INSERT INTO events (id, type, subject, interaction_id, data)
SELECT uuidv7(), 'crowd.' || g % 100, 'interaction:' || i, i, '{}' FROM n
"""
)


def fill(app, rows, *, every=10, user="alice", model=MODEL):
    """Make ``rows`` conversations with feedback; one in ``every`` is of ``user`` with ``model``.

    ``every`` is even: then feedback of ``user`` is validated, and most of the rest pending.
    """
    values = {"rows": rows, "every": every, "user": user, "model": model}
    with app.app_context():
        with transaction() as session:
            # Many rows on a busy machine take longer than a request may.
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(_FILL, values)
        with transaction() as session:
            names = (table.name for table in db.metadata.sorted_tables)
            session.execute(text(f"ANALYZE {', '.join(names)}"))
