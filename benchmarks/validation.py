"""Validation: the queue with a thousand and a million that wait, and verdicts beside pgbench."""

import orjson

from benchmarks import load, pgbench, stack
from benchmarks.report import Line, table

_SMALL, _LARGE = 1_000, 1_000_000
_ROUNDS = 5
_CLIENTS = (1, 8)
# A model for each size, and one prompt and answer for all of it: the queue is feedback alone.
# What it refers to is there: the keys need not be looked up a million times.
_SEED = """
SET session_replication_role = replica;
WITH one AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent)
    VALUES (uuidv7(), 'owner', '{model}', true) RETURNING id
), asked AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT uuidv7(), id, 1, 'prompt', 'What is machine learning?' FROM one
    RETURNING id, interaction_id
), answered AS (
    INSERT INTO responses (id, prompt_id, interaction_id, status, content, model_id, due_at)
    SELECT uuidv7(), id, interaction_id, 'complete', 'A kind of statistics.', '{model}', now()
    FROM asked RETURNING id, interaction_id
)
INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id, rating,
                      priority, reasons, factors)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex({first} + n), 12, '0'))::uuid, id,
       interaction_id, 'owner', '{model}', 'author-' || n, 'dislike', -n * 0.001,
       '{{"disliked": 1.0}}', '{{"disliked": 1.0}}'
FROM answered, generate_series(1, {size}) n
"""  # Only numbers and names of ours are put in.
# What a verdict of one that decides cannot do without: place, verdict, status, entry and events,
# as this service says it. Points and gold, which the service keeps in the same transaction, are
# not in it: what they cost is part of the ratio.
_VERDICT = """
\\set n random(1, {size})
BEGIN;
SELECT id FROM feedback WHERE id = {id} FOR NO KEY UPDATE;
SELECT id FROM validations WHERE feedback_id = {id} AND round = 1 AND validator_id = {judge};
SELECT * FROM validation_places WHERE feedback_id = {id} AND round = 1 ORDER BY place FOR UPDATE;
INSERT INTO validation_places (feedback_id, round, place, validators, validator_id, token)
VALUES ({id}, 1, 1, 1, {judge}, gen_random_uuid()) ON CONFLICT DO NOTHING;
INSERT INTO validations (id, feedback_id, round, validator_id, is_valid)
VALUES (uuidv7(), {id}, 1, {judge}, true) ON CONFLICT DO NOTHING;
SELECT count(*) FILTER (WHERE is_valid) FROM validations WHERE feedback_id = {id} AND round = 1;
UPDATE feedback SET status = 'validated', version = version + 1, updated_at = now(),
       decided_at = now() WHERE id = {id};
INSERT INTO events (id, type, subject, actor, data)
VALUES (uuidv7(), 'feedback.validated', 'feedback:' || {id}, {judge}, '{{}}');
INSERT INTO dataset_entries (id, model_id, feedback_id, response_id, prompt_id, interaction_id)
SELECT uuidv7(), f.model_id, f.id, r.id, r.prompt_id, r.interaction_id
FROM feedback f JOIN responses r ON r.id = f.response_id WHERE f.id = {id}
ON CONFLICT DO NOTHING;
INSERT INTO events (id, type, subject, actor, data)
VALUES (uuidv7(), 'dataset.entry_added', 'feedback:' || {id}, {judge}, '{{}}');
END;
"""
# The verdicts of pgbench and of the service are about different feedback of the large model.
_PGBENCH_FIRST, _SERVICE_FIRST = 500_000, 20_000


def main(seconds: float) -> None:
    """Measure and print; small and large alternate, so that noise falls on both.

    Each size has a database and a service of its own: the queue is all that waits.
    """
    with stack.stores() as small, stack.stores() as large:
        for found, size in ((small, _SMALL), (large, _LARGE)):
            stack.execute(found, _SEED.format(model=stack.SERVED, first=0, size=size))
            stack.vacuum(found)
            print(f"{size:,} wait", flush=True)
        with stack.service(small) as small_port, stack.service(large) as large_port:
            print("\nOne client, median of rounds\n")
            _compare("GET /feedback/pending", (small_port, large_port), _pending, seconds)
            _compare("POST /validation/next", (small_port, large_port), _Next(), seconds)
            _compare_verdicts(large, large_port, seconds)


def _compare(name: str, ports: tuple[int, int], request: load.Request, seconds: float) -> None:
    medians: dict[int, list[float]] = {port: [] for port in ports}
    for _ in range(_ROUNDS):
        for port in ports:
            medians[port].append(_median(port, request, seconds))
    small, large = (sorted(medians[port])[_ROUNDS // 2] for port in ports)
    print(
        f"{name:24} 10^3 waiting {small:.2f} ms, 10^6 waiting {large:.2f} ms, "
        f"ratio {large / small:.2f} (aim <= 1.5)",
        flush=True,
    )


def _median(port: int, request: load.Request, seconds: float) -> float:
    """Send for a while; so little that of a thousand none need be waited for."""
    run = load.run(port, request, connections=1, seconds=min(0.5, seconds / _ROUNDS))
    run.check(200)
    return run.p50


def _pending(_: int) -> bytes:
    return load.http("GET", "/feedback/pending", token=stack.token("reader"))


class _Next:
    """Requests for work, each by somebody else: who holds a lease is given that again."""

    def __init__(self) -> None:
        self._used = 0

    def __call__(self, number: int) -> bytes:
        """Return the next request."""
        del number
        self._used += 1
        # So few that a thousand are enough for all of them.
        token = stack.token(f"judge-{self._used}")
        return load.http("POST", "/validation/next", token=token, body=b"{}")


class _Verdicts:
    """Verdicts on one feedback after the other, each once."""

    def __init__(self) -> None:
        self._used = 0
        # One person's points are counted one after the other; many judge at once.
        self._tokens = [stack.token(f"validator-{number}") for number in range(64)]

    def __call__(self, number: int) -> bytes:
        """Return the next request."""
        del number
        self._used += 1
        id_ = f"00000000-0000-7000-8000-{_SERVICE_FIRST + self._used:012x}"
        body = orjson.dumps({"is_valid": True, "notes": "The source says so."})
        token = self._tokens[self._used % len(self._tokens)]
        return load.http("POST", f"/validation/feedback/{id_}", token=token, body=body)


def _compare_verdicts(found: stack.Stores, port: int, seconds: float) -> None:
    lines = [Line("pgbench, the statements", n, *_pgbench(found, n, seconds)) for n in _CLIENTS]
    verdicts = _Verdicts()
    for clients in _CLIENTS:
        run = load.run(port, verdicts, connections=clients, seconds=seconds)
        run.check(201)
        lines.append(Line("this service", clients, run.per_second, run.p50))
    table("POST /validation/feedback/{id}: one verdict decides", lines, baseline=lines[0].name)


def _pgbench(found: stack.Stores, clients: int, seconds: float) -> tuple[float, float]:
    id_ = f"('00000000-0000-7000-8000-' || lpad(to_hex({_PGBENCH_FIRST} + :n), 12, '0'))::uuid"
    script = _VERDICT.format(size=_LARGE - _PGBENCH_FIRST, id=id_, judge="'pgbench'")
    return pgbench.run(found, script, clients=clients, seconds=seconds)
