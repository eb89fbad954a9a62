"""Frozen versions: rows a second beside COPY and SHA-256 of the same rows, memory, and growth."""

import http.client
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil
import psycopg2

from benchmarks import stack
from benchmarks.stack import Stores

# BENCH_ROWS=1000000 for the whole of it.
_SIZES = (10_000, int(os.environ.get("BENCH_ROWS", "100000")))
_WARM = 100
_LOOK_SECONDS = 0.02
_ASK_SECONDS = 0.5
_WAIT_SECONDS = 3600
# About a kilobyte a row in canonical JSON; one in fifty is nearly the row before it. Foreign
# keys are not asked: the rows fit, and asking is what would take the time. The language is known,
# or the worker would look for it meanwhile.
_FILL = """
SET session_replication_role = replica;
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT uuidv7(interval '1 ms' * n) AS id, n, n - (n % 50 = 0)::int AS seed
FROM generate_series(1, {size}) n;
INSERT INTO interactions (id, user_id, model_id, training_consent)
SELECT id, 'user-' || n % 1000, '{model}', true FROM made;
INSERT INTO prompts (id, interaction_id, sequence, kind, content)
SELECT id, id, 1, 'prompt', 'What is ' || words || '?' FROM made, LATERAL (
    SELECT string_agg(md5(seed || ' asks ' || k), ' ') AS words FROM generate_series(1, 4) k) said;
INSERT INTO responses
    (id, prompt_id, interaction_id, status, content, model_id, due_at, completed_at)
SELECT id, id, id, 'complete', words || repeat('.', 1 + n % 2), '{model}', now(), now()
FROM made, LATERAL (
    SELECT string_agg(md5(seed || ' says ' || k), ' ') AS words FROM generate_series(1, 6) k) said;
INSERT INTO feedback
    (id, response_id, interaction_id, owner_id, model_id, user_id, status, rating, priority,
     reasons)
SELECT id, id, id, 'user-' || n % 1000, '{model}', 'rater-' || n % 1000, 'validated', 'like', 0,
       '{{}}'
FROM made;
INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
SELECT m.id, d.id, d.version, d.position, to_jsonb(1 + m.n % 5)
FROM made m, dimensions d WHERE d.name IN ('accuracy', 'clarity');
INSERT INTO dataset_entries
    (id, model_id, feedback_id, response_id, prompt_id, interaction_id, language)
SELECT id, '{model}', id, id, id, id, 'en' FROM made
"""
# What a frozen row says, as the tables have it.
_ROWS = """
SELECT e.id, e.model_id, e.interaction_id, e.prompt_id, p.content AS asked, e.response_id,
       r.content AS said, e.feedback_id, f.user_id, f.rating, e.created_at,
       (SELECT jsonb_agg(s.score) FROM dimension_ratings s WHERE s.feedback_id = f.id) AS scores
FROM dataset_entries e JOIN prompts p ON p.id = e.prompt_id
JOIN responses r ON r.id = e.response_id JOIN feedback f ON f.id = e.feedback_id
WHERE e.model_id = '{model}'
"""


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What freezing took; memory above what the worker held before, at most."""

    rows: int
    dropped: int
    seconds: float
    megabytes: float


class _Hash:
    """A file that keeps nothing of what is written but its hash."""

    def __init__(self) -> None:
        self.made = sha256()

    def write(self, data: bytes) -> int:
        """Take ``data``."""
        self.made.update(data)
        return len(data)


def main(seconds: float) -> None:
    """Measure and print; the numbers of rows decide how long it takes."""
    del seconds
    with stack.stores() as found:
        for size in (_WARM, *_SIZES):
            stack.execute(found, _FILL.format(size=size, model=_model(size)))
        stack.vacuum(found)
        print("\nFreezing versions, one worker\n", flush=True)
        with stack.service(found) as port:
            took = [_print(size, _freeze(found, port, size), found) for size in _SIZES]
    print(f"{'growth of time a row':24}{took[-1] / took[0]:.2f} (aim <= 1.2)")


def _model(size: int) -> str:
    return f"acme/rows-{size}"


def _freeze(found: Stores, port: int, size: int) -> _Frozen:
    """Freeze so many rows in a worker of its own, which has frozen some others before."""
    with _worker(found) as worker:
        list(_frozen(port, _WARM))
        idle = worker.memory_info().rss
        looks = [(job, worker.memory_info().rss) for job in _frozen(port, size)]
    job, peak = looks[-1][0], max(memory for _, memory in looks)
    version = _asked(port, "GET", f"/dataset/versions/{job['result']['version_id']}")
    dropped = version["manifest"]["near_duplicates"]["rows"]
    assert version["rows"] + dropped == size, version
    began, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return _Frozen(version["rows"], dropped, (ended - began).total_seconds(), (peak - idle) / 2**20)


@contextmanager
def _worker(found: Stores) -> Iterator[psutil.Process]:
    with TemporaryDirectory(prefix="bench-") as folder:
        environment = {**stack.settings(found), "STORAGE_URL": Path(folder).as_uri()}
        with stack.process([*stack.FLASK, "worker"], environment) as child:
            yield psutil.Process(child.pid)


def _frozen(port: int, size: int) -> Iterator[dict[str, Any]]:
    """Have a version made and yield its job, as it was asked for last, until that has ended."""
    begun = _asked(port, "POST", f"/dataset/model/{_model(size)}/versions", b"{}")
    job, until, again = {"status": "queued"}, time.monotonic() + _WAIT_SECONDS, 0.0
    while job["status"] in {"queued", "running"}:
        assert time.monotonic() < until, job
        time.sleep(_LOOK_SECONDS)
        if time.monotonic() > again:
            job, again = _asked(port, "GET", f"/jobs/{begun['job_id']}"), time.monotonic()
            again += _ASK_SECONDS
        yield job
    assert job["status"] == "succeeded", job


def _asked(port: int, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Authorization": f"Bearer {stack.token(role='admin')}",
        "Content-Type": "application/json",
    }
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    said: dict[str, Any] = orjson.loads(answer.read())
    connection.close()
    assert answer.status < 300, said
    return said


def _print(size: int, frozen: _Frozen, found: Stores) -> float:
    """Print what freezing took and return the seconds of a row."""
    rate, limit = size / frozen.seconds, size / _copied(found, size)
    print(
        f"{size:>9} rows {frozen.seconds:8.1f} s {rate:8.0f}/s, of COPY and SHA-256 "
        f"{rate / limit:.3f}, {frozen.megabytes:.0f} MiB over idle, {frozen.dropped} left out",
        flush=True,
    )
    return frozen.seconds / size


def _copied(found: Stores, size: int) -> float:
    """Return the seconds that it takes to read the same rows by COPY and hash them."""
    connection = psycopg2.connect(found.database_url)
    began = time.perf_counter()
    with connection, connection.cursor() as cursor:
        rows = _ROWS.format(model=_model(size))
        cursor.copy_expert(f"COPY ({rows}) TO STDOUT (FORMAT csv)", _Hash())
    spent = time.perf_counter() - began
    connection.close()
    return spent
