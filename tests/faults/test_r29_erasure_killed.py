"""R29: whenever the worker is killed while it erases, the next one goes on to the end."""

import random
import threading
import uuid

import pytest

from tests.model_side import MODEL
from tests.sizes import size
from tests.waiting import eventually

CONVERSATIONS = 400
WORD = "canary"
# A conversation with all that hangs on it, so many times over.
FILL = """
WITH given AS (
    SELECT CAST(%s AS text) AS person, CAST(%s AS text) AS word, CAST(%s AS text) AS model
), n AS (
    SELECT uuidv7() AS i, uuidv7() AS p, uuidv7() AS r, uuidv7() AS f, given.*
    FROM given, generate_series(1, %s)
), i AS (
    INSERT INTO interactions (id, user_id, model_id, title, training_consent, last_sequence)
    SELECT i, person, model, word, true, 1 FROM n
), p AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT p, i, 1, 'prompt', word FROM n
), r AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, content, raw, model_id, due_at, completed_at)
    SELECT r, p, i, 'complete', word, word, model, now(), now() FROM n
), c AS (
    INSERT INTO response_chunks (response_id, index, tokens) SELECT r, 0, ARRAY[word] FROM n
), f AS (
    INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id,
                          overall_comment, rating, priority, reasons)
    SELECT f, r, i, person, model, person, word, 'like', 0, '{}' FROM n
)
INSERT INTO events (id, type, subject, actor, interaction_id, data)
SELECT uuidv7(), 'filled', 'interaction:' || i, person, i, '{}' FROM n
"""
LEFT = """
SELECT (SELECT count(*) FROM interactions WHERE title = given.word OR user_id = given.person)
     + (SELECT count(*) FROM prompts WHERE content = given.word)
     + (SELECT count(*) FROM responses WHERE given.word IN (content, raw))
     + (SELECT count(*) FROM response_chunks WHERE tokens = ARRAY[given.word])
     + (SELECT count(*) FROM feedback WHERE overall_comment = given.word
                                         OR given.person IN (user_id, owner_id))
     + (SELECT count(*) FROM events WHERE actor = given.person)
FROM (SELECT CAST(%s AS text) AS person, CAST(%s AS text) AS word) given
"""
# Rows are whole before their turn and erased after it, each with all of its texts.
HALF = """
SELECT count(*) FROM responses WHERE (content = %s) <> (raw IS NOT NULL AND raw = %s)
"""


@pytest.fixture
def worker(installation):
    yield installation.worker
    if installation.worker.poll() is not None:
        installation.worker.begin()


@pytest.mark.long
def test_r29_a_killed_erasure_is_gone_on_with(installation, worker):
    for _ in range(size(1, 30)):
        person = f"person-{uuid.uuid4().hex}"
        word = f"{WORD}-{person}"
        installation.execute(FILL, person, word, MODEL, CONVERSATIONS)
        caller = installation.caller(person)
        job_id = caller.call("DELETE", "/users/me/data").json["job_id"]
        begun = "SELECT count(*) FROM jobs WHERE id = %s AND done > 0"
        eventually(lambda: installation.rows(begun, job_id) == [(1,)])  # noqa: B023
        threading.Event().wait(random.uniform(0, 0.3))  # Any moment, not a certain one.
        worker.kill()
        assert installation.rows(HALF, word, word) == [(0,)]
        worker.begin()
        done = "SELECT status FROM jobs WHERE id = %s"
        eventually(lambda: installation.rows(done, job_id) == [("succeeded",)], seconds=60)  # noqa: B023
        assert installation.rows(LEFT, person, word) == [(0,)]
        job = caller.call("GET", f"/jobs/{job_id}").json
        assert job["result"]["erased"]["prompts"] == CONVERSATIONS
        assert job["progress"] == {"done": 2 * CONVERSATIONS, "total": 2 * CONVERSATIONS}
