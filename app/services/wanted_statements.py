"""The statements that look at a window of answers, and measure what is in it."""

from sqlalchemy import text

from app.services.policy_statements import in_force

_ALL = """
    SELECT id AS place, id, interaction_id, model_id, content, created_at FROM responses
    WHERE status IN ('complete', 'cancelled') AND id <= :top
    ORDER BY id DESC LIMIT :window
"""
# A range of one and both in the order: only the index by model has that. By equality the planner
# might go through the newest answers of all models for those of one that was asked long ago.
_ALL_OF_MODEL = """
    SELECT id AS place, id, interaction_id, model_id, content, created_at FROM responses
    WHERE status IN ('complete', 'cancelled') AND id <= :top
      AND model_id BETWEEN :model_id AND :model_id
    ORDER BY model_id, id DESC LIMIT :window
"""
# A conversation without answers holds its place in the window: it says where the next begins.
_OWN = """
    SELECT i.id AS place, r.id, r.interaction_id, r.model_id, r.content, r.created_at
    FROM (SELECT id FROM interactions WHERE user_id = :user_id AND id <= :top{of_model}
          ORDER BY id DESC LIMIT :window) i
    LEFT JOIN LATERAL (
        SELECT answer.* FROM (
            SELECT id FROM prompts WHERE interaction_id = i.id ORDER BY sequence DESC LIMIT 10
        ) p CROSS JOIN LATERAL (
            SELECT * FROM responses WHERE prompt_id = p.id ORDER BY id DESC LIMIT 4
        ) answer
        WHERE answer.status IN ('complete', 'cancelled'){of_answer}
    ) r ON true
"""
_MEASURED = f"""
WITH looked_at AS ({{window}}
), known AS (
    SELECT m.model_id,
           (SELECT count(*) FROM (SELECT FROM feedback f
                WHERE f.model_id = m.model_id AND f.status = 'validated'
                ORDER BY f.id DESC LIMIT 30) few) AS n,
           ({in_force("priority", model_id="m.model_id")}) AS weights
    FROM (SELECT DISTINCT model_id FROM looked_at) m
)
SELECT w.place, w.id, w.interaction_id, w.created_at, known.n AS known, known.weights,
       w.content <> '' AND (SELECT count(*) FROM feedback
           WHERE response_id = w.id AND user_id = :user_id) = 0 AS is_open,
       count(*) OVER (PARTITION BY md5(lower(left(w.content, 1000)))) AS alike, given.*
FROM looked_at w
LEFT JOIN known ON known.model_id = w.model_id
LEFT JOIN LATERAL (
    SELECT count(*) AS raters, bool_or(flag IS NOT NULL) AS flagged,
           bool_or(rating = 'dislike') AS disliked,
           jsonb_agg(stances) FILTER (WHERE stances IS NOT NULL) AS stances
    FROM (SELECT flag, rating, stances FROM feedback
          WHERE response_id = w.id AND status NOT IN ('withdrawn', 'rejected') LIMIT 100) rated
) given ON true
"""  # noqa: S608  # Ours.
# By whether all answers are theirs to rate, and whether a model is asked for.
STATEMENTS = {
    (True, False): text(_MEASURED.format(window=_ALL)),
    (True, True): text(_MEASURED.format(window=_ALL_OF_MODEL)),
    (False, False): text(_MEASURED.format(window=_OWN.format(of_model="", of_answer=""))),
    (False, True): text(
        _MEASURED.format(
            window=_OWN.format(
                of_model=" AND model_id = :model_id", of_answer=" AND answer.model_id = :model_id"
            )
        )
    ),
}
