"""Rows for the insights: feedback on answers of five models, spread over twelve weeks."""

from benchmarks import stack
from benchmarks.stack import Stores

# Foreign keys are not asked: the rows fit, and asking is what would take the time.
_FILL = """
SET session_replication_role = replica;
CREATE TEMP TABLE n AS
    SELECT g, now() - interval '83 days' * g / {answers} AS at, gen_random_uuid() AS r,
           'acme/m-' || g % 5 AS m, 'user-' || g % 500 AS u
    FROM generate_series(1, {answers}) g;
ALTER TABLE n ADD COLUMN i uuid;
UPDATE n SET i = uuidv7(at - now()), r = uuidv7(at - now());
INSERT INTO interactions (id, user_id, model_id, training_consent, created_at)
SELECT i, u, m, true, at FROM n;
INSERT INTO responses
    (id, prompt_id, interaction_id, status, content, model_id, model_version, created_at, due_at)
SELECT r, i, i, 'complete', 'An answer.', m, 'v' || g % 2, at, at FROM n;
CREATE TEMP TABLE k AS
    SELECT n.*, uuidv7(n.at - now()) AS f, 'rater-' || (g * 7 + j * 13) % 200 AS rater, j
    FROM n, generate_series(1, 3) j;
INSERT INTO feedback
    (id, response_id, interaction_id, owner_id, model_id, user_id, status, priority, reasons,
     created_at, decided_at)
SELECT f, r, i, u, m, rater, CASE WHEN g % 10 = 0 THEN 'pending' ELSE 'validated' END,
       random(), '{{}}', at, CASE WHEN g % 10 > 0 THEN at + interval '5 hours' END
FROM k;
INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
SELECT k.f, d.id, d.version, d.position,
       to_jsonb(greatest(1, least(5, 1 + g % 5 + floor(random() * 1.4)::int)))
FROM k, dimensions d WHERE d.name IN ('accuracy', 'clarity');
INSERT INTO validations (id, feedback_id, round, validator_id, is_valid, created_at)
SELECT uuidv7(at + random() * interval '9 hours' - now()), f, 1, 'vera', true, at
FROM k WHERE g % 10 > 0;
UPDATE validations SET created_at = uuid_extract_timestamp(id);
"""


def fill(found: Stores, feedback: int) -> None:
    """Make so much feedback, three people on each answer, of which two scores each."""
    stack.execute(found, _FILL.format(answers=feedback // 3))
    stack.vacuum(found)
