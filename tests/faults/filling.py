"""Many conversations at once, each with all that hangs on it, for processes that are killed."""

from tests.faults.installation import Installation

# ``word`` stands before each text; what follows is different everywhere.
_FILL = """
WITH given AS (
    SELECT CAST(%s AS text) AS person, CAST(%s AS text) AS word, CAST(%s AS text) AS model,
           CAST(%s AS int) AS rows, CAST(%s AS int) AS words
), n AS (
    SELECT uuidv7() AS i, uuidv7() AS p, uuidv7() AS r, uuidv7() AS f, uuidv7() AS v, given.*,
           said.text, said.answer
    FROM given, generate_series(1, rows) one, LATERAL (
        SELECT word || string_agg(' ' || md5(random() || '-' || one || '-' || w), '') AS text,
               word || string_agg(' ' || md5(w || '-' || one || '-' || random()), '') AS answer
        FROM generate_series(1, words) w) said
), i AS (
    INSERT INTO interactions (id, user_id, model_id, title, training_consent, last_sequence)
    SELECT i, person, model, text, true, 1 FROM n
), p AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT p, i, 1, 'prompt', text FROM n
), r AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, content, raw, model_id, due_at, completed_at)
    SELECT r, p, i, 'complete', answer, answer, model, now(), now() FROM n
), c AS (
    INSERT INTO response_chunks (response_id, index, tokens) SELECT r, 0, ARRAY[answer] FROM n
), f AS (
    INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id, status,
                          overall_comment, rating, priority, reasons, decided_at)
    SELECT f, r, i, person, model, person, 'validated', text, 'like', 0, '{}', now() FROM n
), k AS (
    INSERT INTO validation_places (feedback_id, round, place, validators, validator_id, token)
    SELECT f, 1, 1, 1, 'judge', uuidv7() FROM n
), v AS (
    INSERT INTO validations (id, feedback_id, round, validator_id, is_valid, notes)
    SELECT v, f, 1, 'judge', true, text FROM n
), d AS (
    INSERT INTO dataset_entries (id, model_id, feedback_id, validation_id, response_id, prompt_id,
                                 interaction_id, language)
    SELECT uuidv7(), model, f, v, r, p, i, 'en' FROM n
)
INSERT INTO events (id, type, subject, actor, interaction_id, data)
SELECT uuidv7(), 'filled', 'feedback:' || f, person, i, jsonb_build_object('author_id', person)
FROM n
"""


def fill(
    installation: Installation, *, model: str, person: str, word: str, rows: int, words: int = 30
) -> None:
    """Make validated feedback by ``person``, on as many conversations of their own."""
    installation.execute(_FILL, person, word, model, rows, words)
