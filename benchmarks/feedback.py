"""Durable feedback: this service beside a bare Flask route and beside pgbench."""

import re

import orjson

from benchmarks import load, pgbench, stack
from benchmarks.bare_feedback import STATEMENT
from benchmarks.report import Line, table

_RESPONSES = 400_000
# Only the number of rows is put in, and it is ours.
_SEED = f"""
INSERT INTO interactions (id, user_id, model_id, training_consent)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'owner', 'acme/echo-1', true
FROM generate_series(1, {_RESPONSES}) n;
INSERT INTO prompts (id, interaction_id, sequence, kind, content)
SELECT id, id, 1, 'prompt', 'What is machine learning?' FROM interactions;
INSERT INTO responses (id, prompt_id, interaction_id, status, content, model_id, due_at)
SELECT id, id, id, 'complete', 'A kind of statistics.', 'acme/echo-1', now() FROM interactions;
"""  # noqa: S608
_CLIENTS = (1, 8, 32)


class _Feedbacks:
    """Requests that rate one response after the other, each once."""

    def __init__(self, *, token: str = "", first: int) -> None:
        self._token = token
        self._first = first
        self.used = 0

    def __call__(self, number: int) -> bytes:
        """Return the next request."""
        del number
        self.used += 1
        response_id = f"00000000-0000-7000-8000-{self._first + self.used:012x}"
        ratings = [
            {"dimension_id": "accuracy", "score": 4, "justification": "Accurate, lacks context."},
            {"dimension_id": "helpfulness", "score": 5, "justification": "Helps beginners."},
        ]
        body = {
            "response_id": response_id,
            "dimension_ratings": ratings,
            "overall_comment": "Good response overall, just needed more depth.",
        }
        return load.http("POST", "/feedback", token=self._token, body=orjson.dumps(body))


def main(seconds: float) -> None:
    """Measure and print."""
    with stack.stores() as found:
        stack.execute(found, _SEED)
        stack.vacuum(found)
        lines = [Line("pgbench, one statement", n, *_pgbench(found, n, seconds)) for n in _CLIENTS]
        with stack.rival("benchmarks.bare_feedback", {"DATABASE_URL": found.database_url}) as port:
            lines += _measured("bare Flask route", port, _Feedbacks(first=0), seconds)
        with stack.service(found) as port:
            requests = _Feedbacks(token=stack.token(), first=_RESPONSES // 2)
            lines += _measured("this service", port, requests, seconds)
    table("POST /feedback: two ratings, a comment, events", lines, baseline="bare Flask route")


def _measured(name: str, port: int, requests: _Feedbacks, seconds: float) -> list[Line]:
    load.run(port, requests, connections=8, seconds=1)
    lines = []
    for clients in _CLIENTS:
        run = load.run(port, requests, connections=clients, seconds=seconds)
        run.check(201)
        lines.append(Line(name, clients, run.per_second, run.p50))
    return lines


def _pgbench(found: stack.Stores, clients: int, seconds: float) -> tuple[float, float]:
    """Return transactions a second and mean latency in milliseconds."""
    values = {
        "id": "gen_random_uuid()",
        "user": "gen_random_uuid()::text",
        "comment": "'Good response overall, just needed more depth.'",
        "response": "('00000000-0000-7000-8000-' || lpad(to_hex(:n), 12, '0'))::uuid",
        "name0": "'accuracy'",
        "name1": "'helpfulness'",
        "score0": "4",
        "score1": "5",
        "why0": "'Accurate, lacks context.'",
        "why1": "'Helps beginners.'",
    }
    statement = re.sub(r"%\((\w+)\)s", lambda match: values[match[1]], STATEMENT)
    script = f"\\set n random(1, {_RESPONSES})\n{' '.join(statement.split())};\n"
    return pgbench.run(found, script, clients=clients, seconds=seconds)
