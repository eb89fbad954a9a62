"""Lists: what a page costs with a thousand rows and with a million."""

from benchmarks import load, stack

_SMALL, _LARGE = 1_000, 1_000_000
_ROUNDS = 5
_OWNER = "owner-{size}"
_CONVERSATIONS = """
INSERT INTO interactions (id, user_id, model_id, training_consent)
SELECT uuidv7(interval '1 ms' * n), 'owner-{size}', 'acme/echo-1', true
FROM generate_series(1, {size}) n
"""
_MESSAGES = """
WITH one AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent, last_sequence)
    VALUES ('00000000-0000-7000-8000-{size:012d}', 'talker', 'acme/echo-1', true, {size})
    RETURNING id
), said AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    SELECT uuidv7(interval '1 ms' * n), one.id, n, 'chat', 'What is machine learning?'
    FROM one, generate_series(1, {size} / 2) n
    RETURNING id, interaction_id
)
INSERT INTO responses (id, prompt_id, interaction_id, status, content, model_id, due_at)
SELECT id, id, interaction_id, 'complete', 'A kind of statistics.', 'acme/echo-1', now() FROM said
"""


def main(seconds: float) -> None:
    """Measure and print; small and large alternate, so that noise falls on both."""
    with stack.stores() as found:
        for size in (_SMALL, _LARGE):
            stack.execute(found, _CONVERSATIONS.format(size=size))
            stack.execute(found, _MESSAGES.format(size=size))
        stack.vacuum(found)
        with stack.service(found) as port:
            print("\nA page of 20, one client, median of rounds\n")
            _compare("GET /interactions", port, _interactions, seconds)
            _compare("GET /interactions/{id}/history", port, _history, seconds)


def _interactions(size: int) -> bytes:
    return load.http("GET", "/interactions", token=stack.token(_OWNER.format(size=size), "user"))


def _history(size: int) -> bytes:
    path = f"/interactions/00000000-0000-7000-8000-{size:012d}/history"
    return load.http("GET", path, token=stack.token("talker", "user"))


def _compare(name: str, port: int, request: load.Request, seconds: float) -> None:
    found: dict[int, list[float]] = {_SMALL: [], _LARGE: []}
    for _ in range(_ROUNDS):
        for size, medians in found.items():
            sent = request(size)
            run = load.run(port, lambda _, sent=sent: sent, connections=1, seconds=seconds / 4)
            run.check(200)
            medians.append(run.p50)
    small, large = (sorted(medians)[_ROUNDS // 2] for medians in found.values())
    print(
        f"{name:34} 10^3 rows {small:.2f} ms, 10^6 rows {large:.2f} ms, "
        f"ratio {large / small:.2f} (aim <= 1.2)"
    )
