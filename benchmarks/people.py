"""People: reliability, comparison and agreement over a million ratings, with memory and time."""

import json
import os
import subprocess
import sys

from benchmarks import stack

# BENCH_RATINGS=100000 for a quick look.
_RATINGS = int(os.environ.get("BENCH_RATINGS", "1000000"))
_STATEMENT_SECONDS = "600"
# Two ratings a feedback, five people a response, three verdicts a feedback.
_FILL = """
WITH n AS (
    SELECT g, uuidv7() AS i, uuidv7() AS p, uuidv7() AS r FROM generate_series(1, {size} / 10) g
), i AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent, last_sequence)
    SELECT i, 'owner-' || g % 1000, 'acme/echo-1', true, 1 FROM n
), p AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT p, i, 1, 'prompt', 'What is machine learning?' FROM n
), r AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, content, model_id, due_at, completed_at)
    SELECT r, p, i, 'complete', 'A kind of statistics.', 'acme/echo-1', now(), now() FROM n
), f AS (
    INSERT INTO feedback
        (id, response_id, interaction_id, owner_id, model_id, user_id, status, rating, priority,
         reasons, validators, decided_at)
    SELECT uuidv7(), r, i, 'owner-' || g % 1000, 'acme/echo-1',
           'rater-' || (g * 7 + k * 131) % 2000 || '-' || k,
           CASE WHEN (g + k) % 5 = 0 THEN 'rejected' ELSE 'validated' END, 'like', 0, '{{}}', 3,
           now()
    FROM n, generate_series(1, 5) k
    RETURNING id, priority
), numbered AS (
    SELECT id, row_number() OVER () AS g FROM f
), s AS (
    INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
    SELECT numbered.id, d.id, d.version, d.position, to_jsonb(1 + (g + d.position) % 5)
    FROM numbered, dimensions d WHERE d.name IN ('accuracy', 'clarity')
), k AS (
    INSERT INTO validation_places (feedback_id, round, place, validators, validator_id, token)
    SELECT id, 1, v, 3, 'judge-' || (g * 3 + v) % 500, uuidv7()
    FROM numbered, generate_series(1, 3) v
)
INSERT INTO validations (id, feedback_id, round, validator_id, is_valid)
SELECT uuidv7(), id, 1, 'judge-' || (g * 3 + v) % 500, (g * 3 + v) % 7 > 0
FROM numbered, generate_series(1, 3) v
"""
# The jobs as a worker runs them, in a process whose memory is theirs alone.
_JOB = """
import json, resource, time
from app import create_app
from app.config import Config
from app.db import transaction
from app.services import reliabilities, validation_stats, vote_comparison
import os

config = Config.from_environment(os.environ)
app = create_app(config)

def stats():
    with transaction() as session:
        validation_stats.stats(session)

jobs = {
    "import alone": lambda: None,
    "reliability": lambda: reliabilities.measure(
        transaction, rule=reliabilities.forgetting(config)),
    "contradictions and kappas": lambda: vote_comparison.compare(
        transaction, most=config.compared_votes),
    "statistics with agreement": stats,
}
with app.app_context():
    begun = time.monotonic()
    jobs[JOB]()
    took = time.monotonic() - begun
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_JOBS = (
    "import alone",
    "reliability",
    "contradictions and kappas",
    "statistics with agreement",
)


def main(_seconds: float) -> None:
    """Measure and print; what the process needs by itself is the first line."""
    with stack.stores() as found:
        stack.execute(found, _FILL.format(size=_RATINGS))
        stack.vacuum(found)
        print(f"\n{_RATINGS:,} ratings, {_RATINGS * 3 // 2:,} verdicts\n")
        print(f"{'':32}{'seconds':>10}{'peak MB':>10}")
        for name in _JOBS:
            took, peak = _run(found, name)
            print(f"{name:32}{took:>10.1f}{peak:>10.0f}")


def _run(found: stack.Stores, name: str) -> tuple[float, float]:
    environment = {**stack.settings(found), "DB_STATEMENT_SECONDS": _STATEMENT_SECONDS}
    done = subprocess.run(
        [sys.executable, "-c", f"JOB = {name!r}\n{_JOB}"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    took, peak = json.loads(done.stdout.splitlines()[-1])
    return took, peak
