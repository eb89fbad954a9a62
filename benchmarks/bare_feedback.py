"""The rival: a bare Flask route that stores feedback by one statement, and checks nothing."""

import os
import threading
import uuid

import psycopg2
from flask import Flask, request

app = Flask(__name__)
_local = threading.local()
STATEMENT = """
WITH given AS (
    INSERT INTO feedback
        (id, response_id, interaction_id, owner_id, model_id, user_id, overall_comment,
         priority, reasons)
    SELECT %(id)s, r.id, r.interaction_id, i.user_id, r.model_id, %(user)s, %(comment)s, 0, '{}'
    FROM responses r JOIN interactions i ON i.id = r.interaction_id WHERE r.id = %(response)s
    RETURNING id, interaction_id
), scores AS (
    INSERT INTO dimension_ratings
        (feedback_id, dimension_id, dimension_version, position, score, justification)
    SELECT given.id, d.id, d.version, s.place, to_jsonb(s.score), s.justification
    FROM given, (VALUES (0, %(name0)s, %(score0)s, %(why0)s), (1, %(name1)s, %(score1)s, %(why1)s))
        AS s(place, name, score, justification)
    JOIN dimensions d ON d.name = s.name AND d.model_id = 'all'
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT gen_random_uuid(), 'feedback.submitted', 'feedback:' || id, %(user)s, interaction_id,
           jsonb_build_object('feedback_id', id)
    FROM given
)
SELECT id FROM given
"""


def _connection() -> psycopg2.extensions.connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return _local.connection


@app.post("/feedback")
def submit() -> tuple[dict[str, str], int]:
    """Store feedback and answer with its id."""
    body = request.get_json()
    ratings = body["dimension_ratings"]
    values = {"id": str(uuid.uuid4()), "user": "bare", "response": body["response_id"]}
    for place, rating in enumerate(ratings):
        values[f"name{place}"] = rating["dimension_id"]
        values[f"score{place}"] = rating["score"]
        values[f"why{place}"] = rating["justification"]
    connection = _connection()
    with connection, connection.cursor() as cursor:
        cursor.execute(STATEMENT, {**values, "comment": body["overall_comment"]})
        stored = cursor.fetchone()
    return {"id": stored[0]}, 201
